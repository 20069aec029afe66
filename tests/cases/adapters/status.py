"""Area `status`: of an item by its quantities, of a header by its items; blank not relevant, A none, B partial, C complete."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from domain.orders.quantities import BillingBasis, ItemQuantities
from domain.orders.statuses import (
    Axis,
    AxisStatus,
    ItemStanding,
    folded,
    statuses_of_document,
    statuses_of_item,
)
from tests.cases.notation import Given, Results

LETTERS = {"": AxisStatus.NOT_RELEVANT, "A": AxisStatus.NOT_YET, "B": AxisStatus.PARTIAL, "C": AxisStatus.COMPLETE}
OF_STATUS = {status: letter for letter, status in LETTERS.items()}
ASKED = {"delivered": Axis.DELIVERY, "issued": Axis.GOODS_MOVEMENT, "billed": Axis.BILLING, "confirmed": Axis.CONFIRMATION}
ASKED |= {"referenced": Axis.REFERENCE, "rejected": Axis.REJECTION, "posted": Axis.POSTING}


def results(given: Given) -> Results:
    return _header(given) if "items" in given else _item(given)


def _header(given: Given) -> Results:
    """Each entry is the items of one document: their statuses, or their quantities."""
    return {"header": [_folded(items) for items in given["items"]]}


def _folded(items: list[Any]) -> str:
    if all(isinstance(each, str) for each in items):
        return OF_STATUS[folded(LETTERS[each] for each in items)]
    return OF_STATUS[statuses_of_document(_standing(each, Axis.DELIVERY) for each in items)[Axis.DELIVERY]]


def _item(given: Given) -> Results:
    """The quantity that comes as a list is what the status is asked for, each one by itself."""
    name = next(key for key in ASKED if isinstance(given.get(key), list))
    standings = [_standing(given, ASKED[name], **{name: Decimal(value)}) for value in given[name]]
    return {"status": [OF_STATUS[statuses_of_item(each)[ASKED[name]]] for each in standings]}


def _standing(given: Given, axis: Axis, **quantities: Decimal) -> ItemStanding:
    single = {key: given.number(key) for key in ("ordered", *ASKED) if key in given and key not in quantities}
    return ItemStanding(ItemQuantities(**single, **quantities, billed_by=BillingBasis.ORDER), frozenset({axis}))
