"""Checks of the tower's responses. Unlike assert, they also work with python -O."""


class Unexpected(Exception):
    pass


def equal(found: object, expected: object, what: str) -> None:
    if found != expected:
        raise Unexpected(f"{what}: {found!r}, expected {expected!r}")
