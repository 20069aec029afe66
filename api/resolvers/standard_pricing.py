"""The customizing of pricing that a new installation begins with, from `policies/pricing.toml`."""

from __future__ import annotations

import secrets
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from api.execution.journal import recording
from api.resolvers.customizing import keep_piece
from api.resolvers.pieces import CODECS
from domain.pricing.kinds import PIECES, CustomizingKind
from models.pricing import CustomizingEntry

STANDARD = Path(__file__).parents[2] / "policies" / "pricing.toml"


async def install_pricing(by: str) -> bool:
    """Make the standard customizing, all or nothing; False if there is customizing already."""
    async with recording(by, f"install-{secrets.token_hex(8)}") as journal:
        if await CustomizingEntry.exists():
            return False
        for kind, value, titles in standard_pieces():
            await keep_piece(journal, kind, value, titles)
    return True


def standard_pieces() -> Iterator[tuple[CustomizingKind, Any, tuple[str, str]]]:
    """The pieces of the file with their titles in English and Chinese."""
    for section, pieces in tomllib.loads(STANDARD.read_text("utf-8")).items():
        kind = CustomizingKind[section.upper()]
        for code, said in pieces.items():
            titles = said.pop("title"), said.pop("title_zh")
            yield kind, CODECS[PIECES[kind]].validate_python({"code": code, **said}), titles
