"""Replaces pyzbase32 0.0.1, which python-teos requires.

pyzbase32 is a C extension that raises SystemError on Python 3.10 and later ("PY_SSIZE_T_CLEAN macro
must be defined"). This module has the two functions that python-teos calls, with the same types.
"""

ALPHABET = b"ybndrfg8ejkmcpqxot1uwisza345h769"


def encode_bytes(data: bytes) -> bytes:
    length = -(-len(data) * 8 // 5)
    number = int.from_bytes(data, "big") << (length * 5 - len(data) * 8)
    return bytes(ALPHABET[number >> shift & 31] for shift in range(length * 5 - 5, -1, -5))


def decode_bytes(encoded: str) -> bytes:
    number = 0
    for letter in encoded.encode():
        number = number << 5 | ALPHABET.index(letter)
    length = len(encoded) * 5 // 8
    return (number >> (len(encoded) * 5 - length * 8)).to_bytes(length, "big")
