"""Scales 等级: which level holds for a scale base, and what may be wrong with one. Source: DOMAIN.md §3 Scales."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from itertools import pairwise

from domain.errors import Refusal
from domain.pricing.values import Scale, ScaleLevel, ScaleType

LEVELS_MOST = 100


def level_of(scale: Scale, scale_base: Decimal) -> ScaleLevel | None:
    """The level of a from-scale or to-scale; None below the first `from`, and above the last `to`."""
    if scale.type is ScaleType.FROM:
        return next((level for level in reversed(scale.levels) if level.start is not None and level.start <= scale_base), None)
    return next((level for level in scale.levels if level.end is None or scale_base <= level.end), None)


def refusals_of_scale(scale: Scale, field: str, values: Mapping[str, object]) -> tuple[Refusal, ...]:
    """What is wrong with a scale; `values` name its record in the texts."""
    bounds = [level.start if scale.type is ScaleType.FROM else level.end for level in scale.levels]
    if not scale.levels or len(scale.levels) > LEVELS_MOST:
        return (Refusal("SCALE_LEVELS", field, {**values, "found": len(scale.levels), "most": LEVELS_MOST}),)
    found: list[Refusal] = []
    for place, level in enumerate(scale.levels):
        last = place == len(scale.levels) - 1
        wanted, other = (level.start, level.end) if scale.type is ScaleType.FROM else (level.end, level.start)
        open_end = wanted is None and last and scale.type is not ScaleType.FROM
        if other is not None or (wanted is None and not open_end) or (wanted is not None and wanted < 0):
            found.append(Refusal("SCALE_BOUND", f"{field}.levels.{place}", dict(values)))
    for place, (lower, upper) in enumerate(pairwise(bounds), start=1):
        if lower is not None and upper is not None and lower >= upper:
            found.append(Refusal("SCALE_DESCENDS", f"{field}.levels.{place}", {**values, "level": str(upper)}))
    return tuple(found)
