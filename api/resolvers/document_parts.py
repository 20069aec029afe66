"""What a sales document is made with: its customer as the sales area knows them, their partners, and the materials.

All of it is read in one statement, held to what the caller may see. What is lacking is refused here, each with its path.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from api.auth.predicates import Bindings
from api.execution.command import Work
from api.resolvers.pricing import Place
from api.resolvers.qualification import qualification_rules
from domain.areas import Area, text_of
from domain.customer import BlockScope, CustomerType, OnboardingStatus, PartnerFunction, ReviewStatus
from domain.errors import NotFound, Refusal, Refused, refuse_if_any
from domain.onboarding import Holder, Paper, may_be_ordered_for
from models.customer import Customer
from models.material import Material, MaterialSalesView

FURTHER = """, t.id as sold_to_id, t.name, t.customer_type, t.onboarding_status, t.deletion_flag, t.archived_at,
    t.order_block, t.delivery_block, t.billing_block, v.order_block as area_order_block, v.sales_district,
    v.delivery_block as area_delivery_block, v.billing_block as area_billing_block, o.company_code,
    m.description as material_description, mp.storage_location,
    (select json_agg(json_build_array(x.function, x.customer_id, c.number, c.country, c.tax_number, own.tax_class)
                     order by x.id)
     from customer_partners x join customers c on c.id = x.customer_id
     left join customer_sales_area_views own on own.customer_id = c.id and own.sales_organization = v.sales_organization
         and own.distribution_channel = v.distribution_channel and own.division = v.division
     where x.view_id = v.id) as partners,
    (select json_agg(json_build_array(q.document_type, q.number, q.valid_from, q.valid_to, q.review_status))
     from customer_qualification_documents q where q.customer_id = t.id) as papers"""


@dataclass(frozen=True, slots=True)
class PartnerOfView:
    """Who takes a function in the customer's view of the area."""

    function: PartnerFunction
    id: int
    number: str
    country: str
    tax_number: str | None
    tax_class: str | None


@dataclass(frozen=True)
class Parts:
    """A customer and materials in one sales area; `header` and `materials` are rows with the columns of `Place` and more."""

    area: Area
    header: Mapping[str, Any]
    materials: Mapping[int, Mapping[str, Any]]
    today: date
    """The business day of the sales organization."""

    @property
    def own(self) -> bool:
        """Whether the customer is the caller's own."""
        return bool(self.header["own"])

    @property
    def partners(self) -> tuple[PartnerOfView, ...]:
        """Who takes which function for the customer there."""
        return tuple(
            PartnerOfView(PartnerFunction(function), id, number, country, tax_number, tax_class)
            for function, id, number, country, tax_number, tax_class in json.loads(self.header["partners"] or "[]")
        )

    @property
    def blocks(self) -> frozenset[BlockScope]:
        """What is blocked of the customer, in general or in the area."""
        columns = (
            (BlockScope.ORDER, "order_block"),
            (BlockScope.DELIVERY, "delivery_block"),
            (BlockScope.BILLING, "billing_block"),
        )
        return frozenset(scope for scope, name in columns if self.header[name] or self.header[f"area_{name}"])

    def may_be_ordered_for(self, day: date) -> bool:
        """Whether the customer is admitted, with every mandatory document valid on a day."""
        papers = tuple(
            Paper(kind, number, _day(start), _day(end), ReviewStatus(status))
            for kind, number, start, end, status in json.loads(self.header["papers"] or "[]")
        )
        holder = Holder(self.header["country"], CustomerType(self.header["customer_type"]), papers)
        return may_be_ordered_for(OnboardingStatus(self.header["onboarding_status"]), qualification_rules(), holder, day)


def _day(text: str | None) -> date | None:
    return None if text is None else date.fromisoformat(text)


async def parts_of(work: Work, area: Area, sold_to: int, materials: Sequence[int], paths: Sequence[str]) -> Parts:
    """The customer and the materials in a sales area; `paths` are where the materials stand in the input.

    Raises NotFound for what the caller does not see, Refused for a customer without a view there and materials not sold there.
    """
    rows = await _rows(work, area, sold_to, list(dict.fromkeys(materials)) or [0])
    if not rows:
        raise NotFound.because("NOT_FOUND", "soldTo", what="Customer")
    header = dict(rows[0])
    if header["view_id"] is None:
        raise Refused.because("NO_VIEW_THERE", "soldTo", area=text_of(area))
    found = {row["material_id"]: dict(row) for row in rows if row["material_id"] is not None}
    refuse_if_any(_unknown(materials, paths, found), NotFound)
    refuse_if_any(_unsold(materials, paths, found, area))
    return Parts(area, header, found, work.now.astimezone(ZoneInfo(header["time_zone"])).date())


async def with_materials(work: Work, parts: Parts, materials: Sequence[int]) -> Parts:
    """The same with further materials, those of them that are sold there and that the caller sees."""
    rows = await _rows(work, parts.area, parts.header["sold_to_id"], materials)
    found = {row["material_id"]: dict(row) for row in rows if row["sold_here"] is not None}
    return replace(parts, materials={**parts.materials, **found})


async def _rows(work: Work, area: Area, sold_to: int, materials: Sequence[int]) -> list[Any]:
    """A row for each of the materials with the header's columns in each, of nothing that is hidden."""
    bindings = Bindings()
    wanted = bindings.bind(list(materials), "bigint[]")
    place = Place(work.authority, area, bindings)
    rows = await work.connection.fetch(
        f"""{place.columns}{FURTHER} {place.header(sold_to)}
            cross join unnest({wanted}) as wanted (id)
            left join materials m on m.id = wanted.id and {place.seen(Material, "m")}
            left join material_sales_views w on w.material_id = m.id and {place.of("w")}
                and {place.seen(MaterialSalesView, "w")}
            left join plants p on p.code = w.delivering_plant
            left join material_plants mp on mp.material_id = m.id and mp.plant = coalesce(p.code, vp.code)
            where {place.seen(Customer, "t")}""",
        *bindings.values,
    )
    return list(rows)


def _unknown(materials: Sequence[int], paths: Sequence[str], found: Mapping[int, Any]) -> tuple[Refusal, ...]:
    pairs = zip(materials, paths, strict=True)
    return tuple(Refusal("NOT_FOUND", path, {"what": "Material"}) for id, path in pairs if id not in found)


def _unsold(
    materials: Sequence[int], paths: Sequence[str], found: Mapping[int, Mapping[str, Any]], area: Area
) -> tuple[Refusal, ...]:
    return tuple(
        Refusal("NOT_SOLD_THERE", path, {"value": found[id]["material_number"], "area": text_of(area)})
        for id, path in zip(materials, paths, strict=True)
        if found[id]["sold_here"] is None
    )
