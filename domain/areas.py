"""Sales areas and the patterns that roles and assignments are written in."""

import re
from typing import NewType

from domain.errors import Invalid

ANY = "*"
PARTS = ("sales_organization", "distribution_channel", "division")

Area = NewType("Area", tuple[str, str, str])
"""One sales area: sales organization, distribution channel, division. Never holds `*`."""

Pattern = NewType("Pattern", tuple[str, str, str])
"""As an area, but a part may be `*` for every code."""

EVERYWHERE = Pattern((ANY, ANY, ANY))

CODE = re.compile(r"[A-Za-z0-9._-]{1,10}")
"""What a code of the enterprise structure may look like: nothing that a pattern, a list or a quotation could be made of."""


def area_of(text: str, field: str | None = None) -> Area:
    """Read `1000/10/00`. Raises Invalid (AREA_MALFORMED, or AREA_IS_PATTERN where `*` stands) naming `field`."""
    parts = tuple(text.split("/"))
    if ANY in parts:
        raise Invalid.because("AREA_IS_PATTERN", field, value=text)
    if len(parts) != len(PARTS) or not all(CODE.fullmatch(part) for part in parts):
        raise Invalid.because("AREA_MALFORMED", field, value=text)
    return Area(parts)  # type: ignore[arg-type]  # three parts, as just seen


def pattern_of(text: str, field: str | None = None) -> Pattern:
    """Read `1000/*/*`. Raises Invalid (PATTERN_MALFORMED) naming `field`."""
    parts = tuple(text.split("/"))
    if len(parts) != len(PARTS) or not all(part == ANY or CODE.fullmatch(part) for part in parts):
        raise Invalid.because("PATTERN_MALFORMED", field, value=text)
    return Pattern(parts)  # type: ignore[arg-type]


def text_of(parts: Area | Pattern) -> str:
    """Write an area or a pattern as people read it: `1000/10/00`, `1000/*/*`."""
    return "/".join(parts)


def matches(pattern: Pattern, area: Area) -> bool:
    """Whether the area is one of the pattern's."""
    return all(part in (ANY, code) for part, code in zip(pattern, area, strict=True))


def covers(wide: Pattern, narrow: Pattern) -> bool:
    """Whether every area of `narrow` is one of `wide`."""
    return all(part in (ANY, other) for part, other in zip(wide, narrow, strict=True))


def meet(one: Pattern, other: Pattern) -> Pattern | None:
    """The areas of both, which is again a pattern, or None where they have none in common."""
    parts = []
    for mine, theirs in zip(one, other, strict=True):
        if mine != theirs and ANY not in (mine, theirs):
            return None
        parts.append(theirs if mine == ANY else mine)
    return Pattern(tuple(parts))  # type: ignore[arg-type]
