"""Relay's global ids: opaque to clients, here a type's name and a key."""

import base64
import binascii
import re

from domain.errors import Invalid

SHAPE = re.compile(r"([A-Z][A-Za-z]{0,39}):([A-Za-z0-9._-]{1,20})")


def encode(type_name: str, key: object) -> str:
    """The global id of one row."""
    return base64.b64encode(f"{type_name}:{key}".encode()).decode()


def decode(text: str, field: str | None = None) -> tuple[str, str]:
    """The type's name and the key. Raises Invalid (ID_MALFORMED) naming `field`."""
    try:
        found = SHAPE.fullmatch(base64.b64decode(text, validate=True).decode("ascii"))
    except (binascii.Error, ValueError):
        found = None
    if found is None or encode(*found.groups()) != text:
        raise Invalid.because("ID_MALFORMED", field)
    return found[1], found[2]


def key_of(text: str, type_name: str, field: str) -> int:
    """The numeric key of an id that must be of one type. Raises Invalid (ID_MALFORMED, ID_OF_OTHER_TYPE)."""
    found, key = decode(text, field)
    if found != type_name:
        raise Invalid.because("ID_OF_OTHER_TYPE", field, expected=type_name)
    if not key.isascii() or not key.isdigit() or int(key) >= 2**63:
        raise Invalid.because("ID_MALFORMED", field)
    return int(key)
