"""What a client here holds the tower to. Not assert, which python -O would leave out."""


class Unexpected(Exception):
    pass


def equal(found: object, expected: object, what: str) -> None:
    if found != expected:
        raise Unexpected(f"{what}: {found!r}, expected {expected!r}")
