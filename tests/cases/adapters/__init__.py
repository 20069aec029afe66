"""One adapter for each area of the cases: it translates what is given, and lets the public rules do the rest."""

from collections.abc import Mapping

from tests.cases.adapters import (
    access,
    atp,
    base,
    billing,
    copy,
    credit,
    date,
    exclusion,
    free_goods,
    group,
    header,
    limit,
    minimum,
    payment,
    rounding,
    scale,
    status,
    tax,
    unit,
)
from tests.cases.notation import Adapter

ADAPTERS: Mapping[str, Adapter] = {
    "access": access.results,
    "atp": atp.results,
    "base": base.results,
    "billing": billing.results,
    "copy": copy.results,
    "credit": credit.results,
    "date": date.results,
    "exclusion": exclusion.results,
    "free goods": free_goods.results,
    "group": group.results,
    "header": header.results,
    "limit": limit.results,
    "minimum": minimum.results,
    "payment": payment.results,
    "rounding": rounding.results,
    "scale": scale.results,
    "status": status.results,
    "tax": tax.results,
    "unit": unit.results,
}
