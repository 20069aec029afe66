"""The demo company's credit: what is checked, and a limit for every customer; some are near theirs, some have used it up."""

import random
from datetime import date, datetime, timezone
from decimal import Decimal

from api.resolvers.standard_credit import install_credit_checks
from models.credit import CreditAccount, CreditLimit, ShownCreditAccount
from models.customer import CreditPointer, Customer
from models.organization import CreditControlArea

SEED = 20260104
DESK = "credit.admin"
MADE = datetime(2026, 1, 5, 2, 0, tzinfo=timezone.utc)
YEAR, AUTUMN = date(2026, 1, 1), date(2026, 10, 1)
REVIEW = date(2027, 1, 31)
USUAL = {"1000": Decimal(50_000_000), "3000": Decimal(10_000_000)}
WATCHED = {"1000": (Decimal(60_000), Decimal(150_000), Decimal(400_000)), "3000": (Decimal(20_000), Decimal(60_000))}
"""What customers of category C may come to, in the currency of their control area."""
WATCHED_FROM = 40
"""How many customers of a control area keep the usual limit before every tenth is watched."""
CUTS = (Decimal("1.05"), Decimal("2.5"), Decimal("0.8"))
"""What the limits of watched customers who have ordered come to in turn, by what counts: near, with room, and beyond."""
CONTROL_AREAS = "select distinct customer_id, credit_control_area from customer_areas where credit_control_area is not null"


async def make_credit() -> None:
    """Store checks, accounts and limits of all customers who keep an account of their own."""
    await install_credit_checks()
    await CreditControlArea.filter(code="1000").update(time_zone="Asia/Shanghai", initial_limit=USUAL["1000"])
    await CreditControlArea.filter(code="3000").update(time_zone="Asia/Singapore", initial_limit=USUAL["3000"])
    chance = random.Random(SEED)  # noqa: S311  # made to be repeatable
    held_by_others = {
        (each.customer_id, each.credit_control_area) for each in await CreditPointer.all() if each.holder_id != each.customer_id
    }
    rows = await Customer.all().order_by("id").values_list("id", "number")
    places: dict[int, list[str]] = {}
    for row in await Customer._meta.db.execute_query_dict(f"{CONTROL_AREAS} order by 1, 2"):
        places.setdefault(row["customer_id"], []).append(row["credit_control_area"])
    counted = dict.fromkeys(USUAL, 0)
    for id, _ in rows:
        for code in places.get(id, ()):
            if (id, code) in held_by_others:
                continue
            counted[code] += 1
            watched = counted[code] > WATCHED_FROM and counted[code] % 10 == 0
            account = await CreditAccount.create(
                customer_id=id,
                credit_control_area=code,
                risk_category="C" if watched else "B",
                next_review=REVIEW,
                secured=Decimal(10_000) if watched else Decimal(0),
                note="Pays late 付款较慢" if watched else None,
                tells_customer=chance.random() < 0.9,
            )
            await CreditLimit.create(
                account_id=account.id,
                amount=chance.choice(WATCHED[code]) if watched else USUAL[code],
                valid_from=YEAR,
                reason="Annual review 年度评审",
                set_by=DESK,
                set_at=MADE,
            )


async def cut_limits() -> None:
    """Cut the limits of watched customers who have ordered, as the desk does in autumn: some are near, some beyond theirs."""
    watched = ShownCreditAccount.filter(risk_category="C", total__gt=0).order_by("id")
    for place, account in enumerate(await watched):
        await CreditLimit.create(
            account_id=account.id,
            amount=(account.total * CUTS[place % len(CUTS)]).quantize(Decimal(1)),
            valid_from=AUTUMN,
            reason="Autumn review 秋季评审",
            set_by=DESK,
            set_at=MADE,
        )
