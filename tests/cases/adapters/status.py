"""Area `status`: how far an item has come by its quantities, and what of items makes up the header."""

from __future__ import annotations

from domain.orders.statuses import Status, folded, status_of
from tests.cases.notation import Given, Results

LETTERS = {"": Status.NOT_RELEVANT, "A": Status.NOT_YET, "B": Status.PARTIAL, "C": Status.COMPLETE}
OF_STATUS = {status: letter for letter, status in LETTERS.items()}


def results(given: Given) -> Results:
    found = {}
    if "items" in given:
        found["header"] = [OF_STATUS[folded(LETTERS[each] for each in items)] for items in given["items"]]
    if "delivered" in given:
        ordered = given.number("ordered")
        found["status"] = [OF_STATUS[status_of(done, ordered)] for done in given.numbers("delivered")]
    return found
