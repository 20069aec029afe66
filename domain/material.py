"""Rules of the material master as far as sales needs it: its texts, units and measures. Source: DOMAIN.md §3."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from domain.errors import Refusal
from domain.pricing.values import Unit

NUMBER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,19}")
GROUP = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,9}")
LONGEST_DESCRIPTION, LONGEST_NAME, MOST_UNITS = 200, 120, 20
MOST_MEASURE = Decimal("1e9")
MASS, VOLUME = "mass", "volume"


@dataclass(frozen=True, slots=True)
class FurtherUnit:
    """A further unit of a material: 1 of it is `numerator / denominator` of its base unit."""

    unit: str
    numerator: int
    denominator: int


@dataclass(frozen=True, slots=True)
class MaterialData:
    """A material as it is to be, as far as the rules look at it. Weights and volume are those of one base unit."""

    description: str
    base_unit: str
    tax_class: str
    gross_weight: Decimal | None = None
    net_weight: Decimal | None = None
    weight_unit: str | None = None
    volume: Decimal | None = None
    volume_unit: str | None = None
    units: tuple[FurtherUnit, ...] = ()


def faults_of_material(material: MaterialData, units: Mapping[str, Unit], tax_classes: Collection[str]) -> tuple[Refusal, ...]:
    """Everything that is wrong with a material by itself: `units` and `tax_classes` are all that there are."""
    return tuple(_faults(material, units, tax_classes))


def _faults(material: MaterialData, units: Mapping[str, Unit], tax_classes: Collection[str]) -> Iterator[Refusal]:
    yield from faults_of_text("description", material.description, LONGEST_DESCRIPTION)
    if material.base_unit not in units:
        yield Refusal("CODE_UNKNOWN", "baseUnit", {"value": material.base_unit})
    if material.tax_class not in tax_classes:
        yield Refusal("CODE_UNKNOWN", "taxClass", {"value": material.tax_class})
    yield from _faults_of_measures(material, units)
    yield from _faults_of_units(material.units, material.base_unit, units)


def faults_of_text(field: str, text: str, most: int) -> tuple[Refusal, ...]:
    """What is wrong with a text that must not be empty."""
    checks = (
        ("FIELD_EMPTY", any(unicodedata.category(sign)[0] not in "CZ" for sign in text)),
        ("TEXT_TOO_LONG", len(text) <= most),
        ("TEXT_CONTROL", all(unicodedata.category(sign) not in ("Cc", "Cs") for sign in text)),
    )
    return tuple(Refusal(reason, field, {"most": most}) for reason, holds in checks if not holds)[:1]


def _faults_of_measures(material: MaterialData, units: Mapping[str, Unit]) -> Iterator[Refusal]:
    measures = (
        ("grossWeight", material.gross_weight, "weightUnit", material.weight_unit, MASS),
        ("netWeight", material.net_weight, "weightUnit", material.weight_unit, MASS),
        ("volume", material.volume, "volumeUnit", material.volume_unit, VOLUME),
    )
    for field, measure, unit_field, unit, dimension in measures:
        if measure is None:
            continue
        if not 0 <= measure <= MOST_MEASURE:
            yield Refusal("MATERIAL_MEASURE", field, {"value": str(measure)})
        if unit is None or unit not in units or units[unit].dimension != dimension:
            yield Refusal("MEASURE_UNIT", unit_field, {"value": unit or "-", "dimension": dimension})
    gross, net = material.gross_weight, material.net_weight
    if gross is not None and net is not None and net > gross:
        yield Refusal("NET_ABOVE_GROSS", "netWeight")


def _faults_of_units(further: Sequence[FurtherUnit], base_unit: str, units: Mapping[str, Unit]) -> Iterator[Refusal]:
    if len(further) > MOST_UNITS:
        yield Refusal("MATERIAL_UNITS", "units", {"found": len(further), "most": MOST_UNITS})
    seen = {base_unit}
    for place, each in enumerate(further):
        if each.unit not in units:
            yield Refusal("CODE_UNKNOWN", f"units.{place}.unit", {"value": each.unit})
        if each.unit in seen:
            yield Refusal("UNIT_TWICE", f"units.{place}.unit", {"value": each.unit})
        if each.numerator < 1 or each.denominator < 1:
            yield Refusal("FRACTION_MALFORMED", f"units.{place}", {"value": f"{each.numerator}/{each.denominator}"})
        seen.add(each.unit)
