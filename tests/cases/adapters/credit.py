"""Area `credit`: what counts on an account, what passes which check, how long a release holds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from fractions import Fraction

from domain.credit.checks import CheckFacts, CheckKind, CheckRule, Finding, Reaction, check, status_of
from domain.credit.exposure import CreditItem, Exposure, Position, exposure, exposure_of, open_after
from domain.credit.insight import oldest, overdue_share
from domain.credit.limits import headroom
from domain.credit.release import Release, holds
from domain.credit.status import Bucket, CheckResult, CreditStatus, DocumentGroup
from domain.orders.quantities import BillingBasis, ItemQuantities
from domain.pricing.currencies import exchange_rate
from domain.pricing.units import converted
from domain.pricing.values import ExchangeRate
from tests.cases.notation import Given, Results

ZERO, ONE = Decimal(0), Decimal(1)
DAY = date(2026, 1, 1)
STATIC = CheckRule(CheckKind.STATIC_LIMIT, Reaction.BLOCK)
BUCKETS = {"openOrders": "open_orders", "openDeliveries": "open_deliveries", "openBilling": "open_billing"}
BUCKETS |= {"receivables": "receivables"}
OWED = {"openInvoices": ONE, "receivables": ONE, "downPayments": -ONE, "independentInvoice": ONE}
"""What is owed under which key, and which way it counts."""
STATUSES = {CreditStatus.APPROVED: "approved", CreditStatus.NOT_APPROVED: "not approved"}
STEP = re.compile(r"(deliver|bill|pay)(?: the)? ([\d.]+)")


def results(given: Given) -> Results:
    for key, read in READERS.items():
        if key in given:
            return read(given)
    return _standing(given)


def _day(text: str) -> date:
    return date.fromisoformat(text)


# ------------------------------------------------------------------------------------------------------------ releases


def _releases(given: Given) -> Results:
    """Whether a released order is checked again, for its value or on a day."""
    released = _day(given.get("released", DAY.isoformat()))
    days = given.get("numberOfDays", given.get("daysValid"))
    value = given.number("releasedValue", "1")

    def again(deviation: Decimal, now: Decimal, on: date) -> bool:
        return not holds(Release(value, released, deviation, None if days is None else int(days)), now, on)

    if "followOn" in given:
        assert given["valueUnchanged"]
        return {"checkedAgain": [again(ZERO, value, _day(each)) for each in given["followOn"]]}
    deviation, same_day = given.get("deviation"), given.get("sameDay", False)
    return {
        "checkedAgain": [
            again(
                Decimal(deviation if deviation is not None else each["deviation"]),
                each.number("value"),
                released if same_day else _day(each["on"]),
            )
            for each in given["cases"]
        ]
    }


# ------------------------------------------------------------------------------------------------------------ exposure


def _item(value: Decimal, counted: Decimal | None = None, **quantities: Decimal) -> CreditItem:
    """An item of so many units that count for one each, all of them until they are delivered."""
    item = ItemQuantities(ordered=value, billed_by=BillingBasis.ORDER, **quantities)
    return CreditItem(item, ONE, value if counted is None else counted)


def _buckets(found: Exposure) -> dict[str, Decimal]:
    return {key: getattr(found, name) for key, name in BUCKETS.items()} | {"total": found.total}


def _steps(given: Given) -> Results:
    """An order on its way, step by step."""
    order = given["order"]
    names = ("delivered", "issued", "billed", "posted")
    sums, owed, after = dict.fromkeys(names, ZERO), ZERO, []
    price = order.number("creditPrice")
    for step in given["steps"]:
        if step == "post it":
            owed += (sums["billed"] - sums["posted"]) * price
            sums["posted"] = sums["billed"]
        else:
            found = STEP.fullmatch(step)
            assert found, step
            amount = Decimal(found[2])
            match found[1]:
                case "deliver":
                    sums["delivered"] += amount
                    sums["issued"] += amount
                case "bill":
                    sums["billed"] += amount
                case "pay":
                    owed -= amount
        item = ItemQuantities(order.number("quantity"), **sums)
        counts = exposure_of(CreditItem(item, price, order.number("confirmed")))
        after.append(counts + Exposure(receivables=owed))
    return {"after": [_buckets(each) for each in after], "totals": [each.total for each in after]}


def _counting(given: Given) -> Results:
    """Orders of which not everything counts."""
    found = Exposure()
    for order in given["orders"]:
        value, confirmed = order.number("value"), order.get("confirmed", "all")
        counted = ZERO if order.get("creditBlocked", False) else value if confirmed == "all" else Decimal(confirmed)
        found += exposure_of(_item(value, counted))
    return _buckets(found)


def _service(given: Given) -> Results:
    """An item that is never delivered; by which update group its value would move elsewhere is not asked here."""
    order = given["order"]
    assert (order["deliveryRelevant"], given["updateGroup"]) == (False, "000018")
    return _buckets(exposure_of(_item(order.number("value"))))


def _billed(value: Decimal, invoice: Decimal) -> Exposure:
    """An order of which an invoice, posted, has taken so much."""
    return exposure_of(_item(value, billed=invoice, posted=invoice)) + Exposure(receivables=invoice)


def _invoiced(given: Given) -> Results:
    totals = [_billed(given.number("order"), each.number("invoice")) for each in given["cases"]]
    return {
        "total": [each.total for each in totals],
        "overLimit": [not _passes(given.number("limit"), each) for each in totals],
    }


def _two_orders(given: Given) -> Results:
    first, *others = given.numbers("orders")
    found = _billed(first, given.number("invoiceOfFirst"))
    for each in others:
        found += exposure_of(_item(each))
    return _buckets(found)


def _foreign(given: Given) -> Results:
    """Orders in another currency than the limit's, each converted once."""
    parts = re.fullmatch(r"([\d.]+) (\w+) = ([\d.]+) (\w+)", given["exchangeRate"])
    assert parts, given["exchangeRate"]
    theirs, currency = parts[2], given["limitCurrency"]
    rates = [ExchangeRate(theirs, parts[4], DAY, Fraction(parts[3]) / Fraction(parts[1]))]
    rate = exchange_rate(rates, theirs, currency, DAY)
    assert rate is not None
    found, after = Exposure(), []
    for value in given.numbers(f"orderItems{theirs}"):
        found += exposure_of(_item(converted(value, rate)))
        after.append(found)
    limit = given.number("limit")
    return {
        "afterFirst": after[0].total,
        "afterBoth": after[-1].total,
        "overLimit": [not _passes(limit, each) for each in after],
    }


def _areas(given: Given) -> Results:
    """What counts in each control area by itself."""
    found = {}
    areas = given["controlAreas"]
    for code in areas:
        area = areas[code]
        area.get("limit")
        found[code] = exposure_of(_item(area.number("openOrders"))).total
    return found


# -------------------------------------------------------------------------------------------------------------- checks


def _facts(
    limit: Decimal | None, before: Exposure, value: Decimal = ZERO, today: date = DAY, *positions: Position
) -> CheckFacts:
    return CheckFacts(
        today=today,
        limit=limit,
        exposure=before,
        positions=positions,
        value=value,
        own=(Position(Bucket.OPEN_ORDERS, today, value),),
        document_value=value,
        currency="EUR",
    )


def _found(rule: CheckRule, facts: CheckFacts) -> Finding:
    (finding,) = check([rule], facts, DocumentGroup.ORDER)
    return finding


def _passes(limit: Decimal, before: Exposure, value: Decimal = ZERO) -> bool:
    return _found(STATIC, _facts(limit, before, value)).result is CheckResult.PASSED


def _new_orders(given: Given) -> Results:
    limit, before = given.number("limit"), Exposure(receivables=given.number("exposure"))
    approved = [_passes(limit, before, each) for each in given.numbers("newOrders")]
    return {"approved": approved, "headroom": headroom(limit, before.total)}


def _change(given: Given) -> Results:
    limit, before = given.number("limit"), Exposure(receivables=given.number("exposureBefore"))
    return {
        "orderApproved": _passes(limit, before, given.number("order")),
        "changeApproved": _passes(limit, before, given.number("changeTo")),
    }


def _this_order(given: Given) -> Results:
    before = Exposure(open_orders=given.number("otherOpenOrders"), receivables=given.number("openInvoices"))
    facts = _facts(given.number("limit"), before, given.number("thisOrder"))
    finding = _found(STATIC, facts)
    return {
        "exposure": before.total + facts.value,
        "exceededBy": Decimal(finding.values["exceededBy"]),
        "status": STATUSES[status_of([finding])],
    }


def _horizon(given: Given) -> Results:
    """What a static check counts, and what a dynamic one leaves out."""
    orders = [Position(Bucket.OPEN_ORDERS, _day(x["shippingDate"]), x.number("value")) for x in given["openOrders"]]
    others = [Position(Bucket[_upper(key)], None, given.number(key)) for key in BUCKETS if key != "openOrders"]
    known, today, horizon = (*orders, *others), _day(given["today"]), _day(given["horizon"])
    facts = _facts(given.number("limit"), exposure(known), ZERO, today, *known)
    dynamic = CheckRule(CheckKind.DYNAMIC_LIMIT, Reaction.BLOCK, horizon_days=(horizon - today).days)
    return {
        name: {"exposure": Decimal(finding.values["exposure"]), "ok": finding.result is CheckResult.PASSED}
        for name, finding in (("static", _found(STATIC, facts)), ("dynamic", _found(dynamic, facts)))
    } | {"leftOut": open_after(known, horizon)}


def _upper(key: str) -> str:
    return BUCKETS[key].upper()


def _owed(items: Iterable[Given], value: str = "1") -> tuple[Position, ...]:
    return tuple(Position(Bucket.RECEIVABLES, _day(x["due"]), x.number("value", value)) for x in items)


def _overdue(given: Given) -> Results:
    today, days, known = _day(given["today"]), int(given["olderThanDays"]), _owed(given["receivables"])
    rule = CheckRule(CheckKind.OVERDUE_SHARE, Reaction.BLOCK, days=days, percent=given.number("maximumOverduePercent"))
    finding = _found(rule, _facts(None, exposure(known), ZERO, today, *known))
    return {"sharePercent": overdue_share(known, today, days), "ok": finding.result is CheckResult.PASSED}


def _oldest(given: Given) -> Results:
    today, known = _day(given["today"]), _owed(given["items"])
    facts = _facts(None, exposure(known), ZERO, today, *known)
    rules = [CheckRule(CheckKind.OLDEST_ITEM, Reaction.BLOCK, days=int(each)) for each in given["maximumDays"]]
    return {"daysOverdue": oldest(known, today), "ok": [_found(each, facts).result is CheckResult.PASSED for each in rules]}


def _maximum(given: Given) -> Results:
    rule = CheckRule(CheckKind.MAXIMUM_VALUE, Reaction.BLOCK, maximum=given.number("maximumDocumentValue"))
    facts = [_facts(None, Exposure(), value) for value in given.numbers("orders")]
    return {"approved": [_found(rule, each).result is CheckResult.PASSED for each in facts]}


def _standing(given: Given) -> Results:
    """What counts in all, and whether that is within the limit, if one is given."""
    owed = sum((sign * given.number(key) for key, sign in OWED.items() if key in given), ZERO)
    found = exposure_of(_item(given.number("openOrders", "0"))) + Exposure(receivables=owed)
    limit = given.get("limit")
    over = None if limit is None else not _passes(Decimal(limit), found)
    return {"exposure": found.total, "total": found.total, "overLimit": over}


READERS = {  # the key that tells the shape, and what reads it
    "releasedValue": _releases,
    "followOn": _releases,
    "steps": _steps,
    "updateGroup": _service,
    "invoiceOfFirst": _two_orders,
    "exchangeRate": _foreign,
    "controlAreas": _areas,
    "newOrders": _new_orders,
    "changeTo": _change,
    "thisOrder": _this_order,
    "horizon": _horizon,
    "maximumOverduePercent": _overdue,
    "maximumDays": _oldest,
    "maximumDocumentValue": _maximum,
    "cases": _invoiced,
    "orders": _counting,
}
