"""Files that people hand in: taken by what they contain, never by what they say of themselves."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256

from domain.errors import Refusal

LONGEST_NAME = 120


@dataclass(frozen=True)
class SentFile:
    """A file as it was sent: its name and media type are the sender's words only."""

    name: str
    media_type: str
    content: bytes

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the content, in hexadecimal."""
        return sha256(self.content).hexdigest()


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of file that is taken: how its content begins and ends, how its names end, and what it must not contain."""

    media_type: str
    begins: bytes
    ends: bytes
    suffixes: tuple[str, ...]
    active: re.Pattern[bytes]


MARKUP = re.compile(rb"<\s*(script|html|svg|iframe|object|embed|!doctype)|<\?(php|xml)|javascript:", re.IGNORECASE)
"""What a browser or a server would run, hidden in a picture's comments or behind its end."""
ACTIONS = re.compile(rb"/(JavaScript|JS|Launch|EmbeddedFile|RichMedia|XFA|SubmitForm|ImportData)\b|<\s*script", re.IGNORECASE)
"""What a PDF does by itself when it is opened, or carries along."""
KINDS = (
    Kind("application/pdf", b"%PDF-", b"%%EOF", (".pdf",), ACTIONS),
    Kind("image/png", b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82", (".png",), MARKUP),
    Kind("image/jpeg", b"\xff\xd8\xff", b"\xff\xd9", (".jpg", ".jpeg"), MARKUP),
)
"""Scans and printouts; no format that is a program by nature, as SVG and Office files are."""
TITLES: Mapping[str, str] = {"application/pdf": "PDF", "image/png": "PNG", "image/jpeg": "JPEG"}
TAKEN = ", ".join(TITLES[kind.media_type] for kind in KINDS)
END_WITHIN = 1024
"""Writers leave line ends, and some a little more, behind a file's end."""


def kind_of(content: bytes) -> Kind | None:
    """What the content is, by its beginning and its end; None for what is not taken."""
    tail = content[-END_WITHIN:]
    return next((kind for kind in KINDS if content.startswith(kind.begins) and kind.ends in tail), None)


def faults_of_file(file: SentFile, most_bytes: int) -> tuple[Refusal, ...]:
    """Why a file is not taken; empty when it is."""
    if not file.content:
        return (Refusal("FILE_EMPTY", "file"),)
    if len(file.content) > most_bytes:
        return (Refusal("FILE_TOO_LARGE", "file", {"found": len(file.content), "most": most_bytes}),)
    faults = faults_of_name(file.name)
    kind = kind_of(file.content)
    if kind is None:
        return (*faults, Refusal("FILE_KIND", "file", {"taken": TAKEN}))
    if not file.name.lower().endswith(kind.suffixes) or file.media_type.lower() not in (kind.media_type, UNSAID):
        faults = (
            *faults,
            Refusal("FILE_MISNAMED", "file", {"name": file.name[:LONGEST_NAME], "kind": TITLES[kind.media_type]}),
        )
    if kind.active.search(file.content):
        faults = (*faults, Refusal("FILE_ACTIVE", "file"))
    return faults


UNSAID = "application/octet-stream"
"""What clients send that do not know."""


def faults_of_name(name: str) -> tuple[Refusal, ...]:
    """A name that leads elsewhere, cannot be seen, or is longer than a name is."""
    leads = any(sign in name for sign in "/\\") or name in ("", ".", "..") or name.startswith(".")
    hidden = any(unicodedata.category(sign) in ("Cc", "Cf") for sign in name)
    if leads or hidden:
        return (Refusal("FILE_NAME", "file"),)
    if len(name) > LONGEST_NAME:
        return (Refusal("TEXT_TOO_LONG", "file", {"found": len(name), "most": LONGEST_NAME}),)
    return ()
