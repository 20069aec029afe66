"""Ids of simulations: nothing is kept of one, so its id says what was asked, and when.

Whoever has the id may ask the same again, as of that moment or another; what they are told rests on their own rights.
"""

from __future__ import annotations

import base64
import binascii
import json
import zlib
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from api.resolvers.pricing import MOST_ITEMS, Asked, ItemAsked
from domain.errors import Invalid
from domain.pricing.values import ManualCondition

KIND = "PriceSimulation"
LONGEST = 400 * MOST_ITEMS
"""Bytes of what is asked, written out: more is not unpacked."""


@dataclass(frozen=True, slots=True)
class Kept:
    """What was asked, and when."""

    asked: Asked
    moment: datetime


def id_of(asked: Asked, moment: datetime) -> str:
    """The id of a simulation."""
    text = json.dumps([KIND, moment.isoformat(), asdict(asked)], default=str, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(zlib.compress(text.encode(), 9)).decode()


def kept_in(id: str, field: str) -> Kept:
    """What an id says. Raises Invalid (ID_MALFORMED) naming `field`."""
    try:
        unpacked = zlib.decompressobj().decompress(base64.b64decode(id, altchars=b"-_", validate=True), LONGEST)
        kind, moment, asked = json.loads(unpacked)
        if kind == KIND:
            return Kept(_asked(asked), datetime.fromisoformat(moment))
    except (binascii.Error, zlib.error, ValueError, TypeError, KeyError, InvalidOperation, RecursionError):
        pass
    raise Invalid.because("ID_MALFORMED", field)


def _asked(values: dict[str, Any]) -> Asked:
    items = tuple(
        ItemAsked(str(each["material"]), Decimal(each["quantity"]), str(each["unit"]), _by_hand(each["conditions"]))
        for each in values["items"]
    )
    return Asked(
        str(values["order_type"]),
        str(values["sales_area"]),
        str(values["sold_to"]),
        items,
        date.fromisoformat(values["pricing_date"]),
        date.fromisoformat(values["services_rendered_date"]),
        values["planned"] is True,
        _by_hand(values["conditions"]),
    )


def _by_hand(entries: Any) -> tuple[ManualCondition, ...]:
    return tuple(
        ManualCondition(
            str(each["condition_type"]),
            Decimal(each["rate"]),
            None if each["currency"] is None else str(each["currency"]),
            Decimal(each["per"]),
            None if each["unit"] is None else str(each["unit"]),
        )
        for each in entries
    )
