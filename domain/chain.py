"""The chain of hashes over the policy's versions: whoever knows its head can tell whether anything before was touched."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timezone

Rows = Mapping[str, tuple[tuple[str | None, ...], ...]]
"""What a version adds or ends: rows of text by table, in any order."""


@dataclass(frozen=True, slots=True)
class VersionEntry:
    """All that is kept of one version."""

    version: int
    activated_at: datetime
    activated_by: str
    reason: str
    added: Rows
    ended: Rows


def linked(previous: str, entry: VersionEntry) -> str:
    """The hash of a version: SHA-256, in hexadecimal, over the one before it and everything that is kept of it."""
    told = [
        previous,
        entry.version,
        entry.activated_at.astimezone(timezone.utc).isoformat(timespec="microseconds"),
        entry.activated_by,
        entry.reason,
        _sorted(entry.added),
        _sorted(entry.ended),
    ]
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


def _sorted(rows: Rows) -> list[tuple[str, list[list[str | None]]]]:
    return [
        (table, sorted((list(row) for row in mine), key=lambda row: [(value is not None, value or "") for value in row]))
        for table, mine in sorted(rows.items())
        if mine
    ]
