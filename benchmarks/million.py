"""A large company to measure on: customers × 3 views over 100 sales organizations, made by SQL in a minute or two."""

from __future__ import annotations

import asyncpg

ORGANIZATIONS = 100
STRUCTURE = """
insert into credit_control_areas (code, name, currency) values ('B', 'Bench', 'CNY');
insert into company_codes (code, name, currency, country, credit_control_area)
    select 'B' || g, 'Company ' || g, 'CNY', 'CN', 'B' from generate_series(0, 9) g;
insert into sales_organizations (code, name, company_code, currency, time_zone)
    select 'B' || lpad(g::text, 3, '0'), 'Organization ' || g, 'B' || g % 10, 'CNY', 'Asia/Shanghai' from generate_series(0, 99) g;
insert into sales_areas (sales_organization, distribution_channel, division, currency)
    select 'B' || lpad(g::text, 3, '0'), c, d, 'CNY' from generate_series(0, 99) g, unnest(array['10', '20', '30']) c, unnest(array['00', '10']) d;
insert into plants (code, name, company_code, sales_organization, country)
    select 'B' || g, 'Plant ' || g, 'B' || g % 10, 'B' || lpad(g::text, 3, '0'), 'CN' from generate_series(0, 99) g;
"""

CUSTOMERS = """
insert into customers (number, name, customer_type, onboarding_status, country, region, market, street, city, postal_code,
                       phone, email, tax_number, deletion_flag, search_text, name_key, created_by, created_at, version)
select number, name, (array['AGENT', 'DEALER', 'END_USER'])[1 + g % 3], 'APPROVED', 'CN', region, 'M' || g % 7, 'Street ' || g % 900,
       region, '200000', '021-' || g, 'sales' || g || '@example.cn', tax, false,
       lower(name) || E'\\n' || number || E'\\n' || lower(tax), replace(name, '有限公司', ''), 'bench', now(), 1
from (select g, 'X' || lpad(g::text, 8, '0') as number,
             (array['华东', '恒通', '鑫源', '瑞达', '中泰', '金桥', '远航', '盛世'])[1 + (g * 7919) % 8]
             || (array['钢铁', '机械', '化工', '阀门', '电气', '石化', '装备'])[1 + (g * 104729) % 7] || '有限公司' || (g * 15485863 % 1000003) as name,
             (array['上海市', '江苏省', '浙江省', '北京市', null])[1 + g % 5] as region, '9131' || lpad(g::text, 14, '0') as tax
      from generate_series({begin}::bigint, {end}::bigint) g) s;
insert into customer_company_code_views (customer_id, company_code, reconciliation_account, cash_management_group, payment_terms, blocked)
    select id, 'B' || id % 10, '112200', 'E1', 'Z030', false from customers where number like 'X%' and number between 'X' || lpad({begin}::text, 8, '0') and 'X' || lpad({end}::text, 8, '0');
insert into customer_sales_area_views (customer_id, customer_number, customer_name, sales_organization, distribution_channel, division,
                                       sales_district, customer_group, price_list, currency, incoterms, shipping_condition,
                                       delivering_plant, payment_terms)
    select c.id, c.number, c.name, 'B' || lpad(((c.id + n * 37) % 100)::text, 3, '0'), (array['10', '20', '30'])[1 + c.id % 3], (array['00', '10'])[1 + n % 2],
           'D1', 'A', '01', 'CNY', 'EXW', '01', 'B' || (c.id + n * 37) % 100, 'Z030'
    from customers c, generate_series(0, 2) n
    where c.number like 'X%' and c.number between 'X' || lpad({begin}::text, 8, '0') and 'X' || lpad({end}::text, 8, '0');
insert into customer_partners (view_id, function, customer_id)
    select v.id, f, v.customer_id from customer_sales_area_views v join customers c on c.id = v.customer_id, unnest(array['SOLD_TO', 'SHIP_TO', 'BILL_TO', 'PAYER']) f
    where c.number between 'X' || lpad({begin}::text, 8, '0') and 'X' || lpad({end}::text, 8, '0');
insert into customer_bank_accounts (customer_id, bank_name, account_number, holder)
    select id, 'Bank', lpad(id::text, 16, '0'), name from customers where number between 'X' || lpad({begin}::text, 8, '0') and 'X' || lpad({end}::text, 8, '0');
insert into customer_qualification_documents (customer_id, document_type, number, review_status, added_by, version)
    select id, 'BUSINESS_LICENCE', tax_number, 'ACCEPTED', 'system', 1 from customers where number between 'X' || lpad({begin}::text, 8, '0') and 'X' || lpad({end}::text, 8, '0');
"""


INDEXES = """
select i.relname as name, pg_get_indexdef(x.indexrelid) as definition
from pg_index x join pg_class i on i.oid = x.indexrelid join pg_class t on t.oid = x.indrelid
where t.relname like 'customer%' and not exists (select 1 from pg_constraint c where c.conindid = x.indexrelid)
"""


async def make_structure(connection: asyncpg.Connection) -> None:
    """Add the bench's organizations to the demo company's."""
    await connection.execute(STRUCTURE)


async def make_customers(connection: asyncpg.Connection, begin: int, end: int) -> None:
    """Add customers number `begin` to `end`, each with three views in three organizations; indexes are made afterwards."""
    indexes = await connection.fetch(INDEXES)
    for index in indexes:
        await connection.execute(f"drop index {index['name']}")
    await connection.execute(
        "set session_replication_role = replica; set maintenance_work_mem = '1GB'"
    )  # the data is known to be right
    for low in range(begin, end + 1, 100_000):
        await connection.execute(CUSTOMERS.format(begin=low, end=min(low + 99_999, end)))
    for index in indexes:
        await connection.execute(index["definition"])


async def settle(connection: asyncpg.Connection) -> None:
    """Let the planner know what is there."""
    await connection.execute("vacuum analyze")
