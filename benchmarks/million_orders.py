"""Orders to measure on, in the demo company's areas: so many × 4 items, made by SQL; the newest were shipped and wait for billing."""

from __future__ import annotations

import asyncpg

STARTED = 100_000_000
ORDERS = """
insert into sales_documents (id, number, category, order_type, sales_organization, distribution_channel, division, sold_to_id, ship_to_id,
    bill_to_id, payer_id, order_date, entered_at, entered_by, pricing_date, requested_delivery_date, customer_reference, incoterms,
    payment_terms, currency, pricing_procedure, header_conditions, net_value, tax_amount, gross_value, cost, group_value, status,
    approval_status, credit_status, reference_status, confirmation_status, delivery_status, goods_movement_status, billing_status,
    posting_status, rejection_status, incomplete, complete_delivery, version)
select {started} + g, 'B' || lpad(g::text, 9, '0'), 'SALES_ORDER', 'OR', v.sales_organization, v.distribution_channel, v.division,
    v.customer_id, v.customer_id, v.customer_id, v.customer_id, date '2016-01-01' + (g % 3600)::int, now(), 'bench', '2026-01-05', '2026-01-05',
    'PO-' || g, 'EXW', 'Z030', v.currency, 'SDNET1', '[]', 400 + g % 5000, round((400 + g % 5000) * 0.13, 2), round((400 + g % 5000) * 1.13, 2),
    200, 400 + g % 5000, (array['OPEN', 'PARTIAL', 'COMPLETE'])[1 + g % 3], 'NOT_NEEDED', 'NOT_RUN', 'NOT_RELEVANT', 'COMPLETE',
    'COMPLETE', 'COMPLETE', 'NOT_YET', 'NOT_YET', 'NOT_YET', false, false, 1
from generate_series({begin}::bigint, {end}::bigint) g
join (select *, row_number() over (order by id) - 1 as place, count(*) over () as many from customer_sales_area_views
      where sales_organization = '1000') v on v.place = g % v.many
"""
ITEMS = """
insert into sales_items (id, document_id, line_number, item_category, material_id, description, plant, storage_location, shipping_point,
    quantity, unit, base_unit, numerator, denominator, requested_date, ship_separately, tax_class, under_tolerance, over_tolerance,
    priced_as, manual_conditions, net_price, net_value, tax_rate, tax_amount, gross_value, cost, called_value, currency, billed_by,
    rejected, confirmed, delivered, issued, billed, posted, referenced, returned, status, delivery_status, billing_status,
    sales_organization, distribution_channel, division, sold_to_id)
select {started}::bigint * 4 + g * 4 + n, {started} + g, (n + 1) * 10, 'TAN', 1 + (g * 4 + n) % 40, 'Material ' || n, '1000', '0001', '1000',
    10, 'PC', 'PC', 1, 1, '2026-01-05', false, '1', 0, 0, 'B', '[]', 10 + g % 90, (10 + g % 90) * 10, 13, round((10 + g % 90) * 1.3, 2),
    round((10 + g % 90) * 11.3, 2), 50, 0, d.currency, 'GOODS_ISSUE', 0, 10, 10, 10, 0, 0, 0, 0, 'PARTIAL', 'COMPLETE', 'NOT_YET',
    d.sales_organization, d.distribution_channel, d.division, d.sold_to_id
from generate_series({begin}::bigint, {end}::bigint) g cross join generate_series(0, 3) n join sales_documents d on d.id = {started} + g
"""
SHIPPED = """
insert into deliveries (id, number, delivery_type, returns, sales_organization, distribution_channel, division, plant, shipping_point,
    sold_to_id, ship_to_id, planned_date, goods_issue_date, picking_status, status, billing_status, created_by, created_at, version)
select d.id, 'D' || substr(d.number, 2), 'LF', false, d.sales_organization, d.distribution_channel, d.division, '1000', '1000', d.sold_to_id,
    d.ship_to_id, '2026-01-06', '2026-01-06', 'COMPLETE', 'COMPLETE', 'NOT_YET', 'bench', now(), 1
from sales_documents d where d.id > {started} + {end} - {shipped} and d.id <= {started} + {end};
insert into delivery_items (id, delivery_id, line_number, item_id, document_id, item_category, material_id, description, plant,
    storage_location, quantity, unit, base_quantity, base_unit, picked, issued, billed, billed_by, held_base)
select i.id, i.document_id, i.line_number, i.id, i.document_id, 'TAN', i.material_id, i.description, '1000', '0001', 10, 'PC', 10, 'PC', 10, 10, 0,
    'GOODS_ISSUE', 0
from sales_items i where i.document_id > {started} + {end} - {shipped} and i.document_id <= {started} + {end};
insert into document_flow_members (root_kind, root_id, kind, document_id, before)
select k, d.id, k, d.id, false from deliveries d cross join unnest(array['SALES', 'DELIVERY']) k
where d.id > {started} + {end} - {shipped} and d.id <= {started} + {end};
insert into document_flow_members (root_kind, root_id, kind, document_id, before)
select 'DELIVERY', d.id, 'SALES', d.id, true from deliveries d where d.id > {started} + {end} - {shipped} and d.id <= {started} + {end};
insert into sales_item_conditions (item_id, position, step, counter, condition_type, description, base, base_unit, rate, rate_unit, per,
    per_unit, value, currency, statistical, origin, header, supplement, rounding_difference, needs, searched, since)
select i.id, n, n * 10, 0, case n when 1 then 'PR00' when 2 then 'K007' when 3 then 'KF00' when 4 then 'MWST' else 'VPRS' end, 'Price', 10, 'PC',
    10, 'CNY', 1, 'PC', 100, 'CNY', n = 5, 'AUTOMATIC', false, false, 0, case n when 5 then 'sales_order_cost' else 'sales_order' end, '[]', now()
from sales_items i cross join generate_series(1, 5) n
where i.document_id > {started} + {end} - {shipped} and i.document_id <= {started} + {end};
"""


async def make_orders(connection: asyncpg.Connection, orders: int, shipped: int) -> None:
    """Add so many orders, of which the newest so many were shipped and are due for billing."""
    for begin in range(1, orders + 1, 100_000):
        values = {"started": STARTED, "begin": begin, "end": min(begin + 99_999, orders)}
        for sql in (ORDERS, ITEMS):
            await connection.execute(sql.format(**values))
    await connection.execute(SHIPPED.format(started=STARTED, end=orders, shipped=min(shipped, orders)))
    await connection.execute("vacuum analyze")
