"""Credit: accounts, limits, requests, rules, decisions; and what items of orders and open items count for on an account.

What counts on an account is a view over the items themselves, so that it moves with them in the same transaction.
"""

import functools
from decimal import Decimal
from json import dumps, loads

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from domain.credit.limits import GrantScope
from domain.credit.requests import CreditDecisionKind, RequestKind, RequestStatus
from domain.credit.status import Band, DocumentGroup
from models.operations import ShownByView, Together

CODE = r"'^[A-Za-z0-9._-]{1,10}$'"
REFERENCES = {
    "credit_accounts": {"customer_id": "customers (id)", "credit_control_area": "credit_control_areas (code)"},
    "credit_limits": {"account_id": "credit_accounts (id)"},
    "credit_limit_requests": {"account_id": "credit_accounts (id)", "document_id": "sales_documents (id)"},
    "credit_check_rules": {"credit_control_area": "credit_control_areas (code)"},
    "credit_decisions": {"document_id": "sales_documents (id)"},
    "sales_items": {"credit_account_id": "credit_accounts (id)"},
    "open_items": {"credit_account_id": "credit_accounts (id)"},
}
COUNTS = """i.credit_account_id is not null and i.credit_price > 0
    and (i.billed < i.credit_quantity or i.billed < i.delivered or i.posted < i.billed)"""
"""Which items of orders can count on an account: as the index of them says it."""
OPEN = f"""create view credit_items as
    select i.credit_account_id as account_id, i.document_id, i.sales_organization, i.credit_on as day,
           greatest(least(i.credit_quantity, i.quantity - i.rejected) - greatest(i.delivered, i.billed), 0) * i.credit_price
               as open_orders,
           greatest(i.delivered - i.billed, 0) * i.credit_price as open_deliveries,
           (i.billed - i.posted) * i.credit_price as open_billing
    from sales_items i where {COUNTS}"""
"""What each item of an order counts for, bucket by bucket, as `domain.credit.exposure` has it."""
POSITIONS = """create view credit_positions as
    select i.account_id, i.document_id, i.sales_organization, p.bucket, i.day, p.value
    from credit_items i cross join lateral (values
        ('OPEN_ORDERS', i.open_orders), ('OPEN_DELIVERIES', i.open_deliveries), ('OPEN_BILLING', i.open_billing)
    ) p (bucket, value)
    where p.value > 0
    union all
    select o.credit_account_id, null, o.sales_organization, 'RECEIVABLES', o.due_date, o.open * o.credit_rate
    from open_items o where o.credit_account_id is not null and o.open <> 0"""
"""What counts on each account: so much in a bucket, due on a day."""
BUCKETS = ("open_orders", "open_deliveries", "open_billing", "receivables")
SUMS = ", ".join(f"coalesce(sum(p.value) filter (where p.bucket = '{each.upper()}'), 0) as {each}" for each in BUCKETS)
ROUNDED = ", ".join(f"round(s.{each}, currency_decimals(c.currency)) as {each}" for each in BUCKETS)
ACCOUNTS = f"""create view shown_credit_accounts as
    select a.*, c.currency, l.amount as limit_amount, {ROUNDED}, t.total, l.amount - t.total as available,
           case when t.total <= 0 or l.amount is null then 0 when l.amount = 0 then 999999.99
                else ceil(t.total / l.amount * 10000) / 100 end as utilization,
           case when a.block is not null or l.amount is null or t.total >= l.amount then 'BLOCKED'
                when t.total * 100 >= l.amount * c.near_percent then 'NEAR' else 'OK' end as band
    from credit_accounts a join credit_control_areas c on c.code = a.credit_control_area
    left join lateral (select credit_limit(a.id, (now() at time zone c.time_zone)::date) as amount) l on true
    left join lateral (select {SUMS} from credit_positions p where p.account_id = a.id) s on true
    left join lateral (
        select round({" + ".join(f"s.{each}" for each in BUCKETS)}, currency_decimals(c.currency)) as total) t on true"""
LIMIT = """create function credit_limit(account bigint, day date) returns numeric language sql stable parallel safe as $$
    select l.amount + coalesce((
        select sum(g.amount) from credit_limit_requests g
        where g.account_id = account and g.kind = 'GRANT' and g.status = 'APPROVED' and g.scope = 'CUSTOMER'
          and day between g.valid_from and g.valid_to), 0)
    from credit_limits l where l.account_id = account and l.valid_from <= day and (l.valid_to is null or l.valid_to >= day)
    order by l.valid_from desc, l.id desc limit 1 $$"""
"""What an account may come to on a day: the newest limit that is valid, and the grants for all that the customer orders."""
KEY = "v.customer_id::text || ':' || v.sales_organization || '/' || v.distribution_channel || '/' || v.division"
CUSTOMERS = f"""create view customer_credits as
    select v.id, {KEY} as key, case when coalesce(s.tells_customer, true) then v.customer_id end as told_customer_id,
           v.sales_organization, v.distribution_channel, v.division,
           coalesce(s.band, case when c.initial_limit > 0 then 'OK' else 'BLOCKED' end) as band,
           case when s.id is null then c.initial_limit else s.available end as available, c.currency
    from customer_sales_area_views v
    join sales_organizations o on o.code = v.sales_organization
    join company_codes b on b.code = o.company_code
    join credit_control_areas c on c.code = b.credit_control_area
    cross join lateral (
        select coalesce((select x.customer_id from customer_partners x
                         where x.view_id = v.id and x.function = 'PAYER' order by x.id limit 1), v.customer_id) as id) payer
    left join customer_credit_pointers r on r.customer_id = payer.id and r.credit_control_area = c.code
    left join shown_credit_accounts s
        on s.customer_id = coalesce(r.holder_id, payer.id) and s.credit_control_area = c.code"""
UP = [
    *(
        f"alter table {table} add constraint {table}_{column}_fkey foreign key ({column}) references {there}"
        for table, columns in REFERENCES.items()
        for column, there in columns.items()
    ),
    "alter table credit_accounts add constraint credit_accounts_holder unique (customer_id, credit_control_area)",
    "alter table credit_check_rules add constraint credit_check_rules_group unique (credit_control_area, risk_category, document_group)",
    *(
        f"alter table {table} add constraint {table}_risk_category_code check (risk_category ~ {CODE})"
        for table in ("credit_accounts", "credit_check_rules")
    ),
    "alter table credit_accounts add constraint credit_accounts_secured check (secured >= 0 and dunning_level >= 0)",
    "alter table credit_limits add constraint credit_limits_amount check (amount >= 0 and (valid_to is null or valid_to >= valid_from))",
    """alter table credit_limit_requests add constraint credit_limit_requests_asked check (amount >= 0
        and (valid_to is null or valid_to >= valid_from) and (kind = 'GRANT') = (scope is not null)
        and (kind = 'LIMIT' or valid_to is not null) and coalesce((scope = 'ORDER') = (document_id is not null), true)
        and coalesce((scope = 'AREA') = (sales_area is not null), true))""",
    """alter table credit_limit_requests add constraint credit_limit_requests_decided check (
        (status = 'REQUESTED') = (decided_by is null) and (decided_by is null) = (decided_at is null)
        and decided_by is distinct from requested_by)""",
    "alter table sales_items add constraint sales_items_credit check (credit_price >= 0 and credit_quantity >= 0)",
    "alter table open_items add constraint open_items_credit check ((credit_account_id is null) = (credit_rate is null))",
    "create index credit_limits_account on credit_limits (account_id, valid_from desc, id desc)",
    "create index credit_limit_requests_account on credit_limit_requests (account_id, id)",
    "create index credit_limit_requests_waiting on credit_limit_requests (id) where status = 'REQUESTED'",
    "create index credit_decisions_document on credit_decisions (document_id, id)",
    "create index credit_accounts_area on credit_accounts (credit_control_area, id)",
    f"create index sales_items_credit on sales_items (credit_account_id) where {COUNTS.replace('i.', '')}",
    "create index open_items_credit on open_items (credit_account_id) include (due_date, open, credit_rate) where credit_account_id is not null and open <> 0",
    f"create index customer_views_credit on customer_sales_area_views (({KEY.replace('v.', '')}))",
    """create index sales_documents_credit on sales_documents (sales_organization, order_date, id)
        where credit_status in ('NOT_APPROVED', 'PARTIALLY_RELEASED')""",
    """update credit_control_areas c set time_zone = coalesce((
        select o.time_zone from sales_organizations o join company_codes b on b.code = o.company_code
        where b.credit_control_area = c.code order by o.code limit 1), 'UTC')""",
    LIMIT,
    OPEN,
    POSITIONS,
    ACCOUNTS,
    CUSTOMERS,
]
DOWN = [
    "drop view customer_credits",
    "drop view shown_credit_accounts",
    "drop view credit_positions",
    "drop view credit_items",
    "drop function credit_limit",
    "drop index sales_documents_credit",
    "drop index customer_views_credit",
    *(
        f"alter table {table} drop constraint {table}_{column}_fkey"
        for table, columns in REFERENCES.items()
        for column in columns
    ),
]
"""What goes with a dropped table or column needs no undoing."""


class Migration(migrations.Migration):
    dependencies = [("models", "0018_approvals")]

    initial = False

    operations = [
        Together(
            ops.CreateModel(
                name="CreditAccount",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    ("customer_id", fields.BigIntField()),
                    ("credit_control_area", fields.CharField(max_length=10)),
                    ("risk_category", fields.CharField(max_length=10)),
                    ("next_review", fields.DateField(null=True)),
                    ("secured", fields.DecimalField(default=Decimal("0"), max_digits=18, decimal_places=3)),
                    ("dunning_level", fields.IntField(default=0)),
                    ("block", fields.CharField(null=True, max_length=200)),
                    ("note", fields.CharField(null=True, max_length=1000)),
                    ("tells_customer", fields.BooleanField(default=True)),
                    ("version", fields.IntField(default=1)),
                ],
                options={
                    "table": "credit_accounts",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "The account as it is kept.",
                },
                bases=["CreditAccountFields"],
            ),
            ops.CreateModel(
                name="CreditCheckRules",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    ("credit_control_area", fields.CharField(max_length=10)),
                    ("risk_category", fields.CharField(max_length=10)),
                    (
                        "document_group",
                        fields.CharEnumField(
                            description="ORDER: ORDER\nDELIVERY: DELIVERY\nGOODS_ISSUE: GOODS_ISSUE",
                            enum_type=DocumentGroup,
                            max_length=12,
                        ),
                    ),
                    (
                        "checks",
                        fields.JSONField(default=list, encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads),
                    ),
                    ("deviation", fields.DecimalField(default=Decimal("0"), max_digits=5, decimal_places=2)),
                    ("release_days", fields.IntField(null=True)),
                    ("version", fields.IntField(default=1)),
                ],
                options={
                    "table": "credit_check_rules",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "What is checked of documents of a group on accounts of a risk category 信用检查规则, as `domain.credit.checks` reads it.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="CreditDecision",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    ("document_id", fields.BigIntField()),
                    (
                        "kind",
                        fields.CharEnumField(
                            description="RELEASED: RELEASED\nPARTIALLY_RELEASED: PARTIALLY_RELEASED\nREJECTED: REJECTED\nFORWARDED: FORWARDED",
                            enum_type=CreditDecisionKind,
                            max_length=20,
                        ),
                    ),
                    ("value", fields.DecimalField(max_digits=18, decimal_places=3)),
                    ("currency", fields.CharField(max_length=3)),
                    ("day", fields.DateField()),
                    ("reason", fields.CharField(max_length=200)),
                    ("forwarded_to", fields.CharField(null=True, max_length=60)),
                    ("decided_by", fields.CharField(max_length=60)),
                    ("decided_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ],
                options={
                    "table": "credit_decisions",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "What somebody decided on a document that was blocked for credit 信用释放记录: kept for good, the last one holds.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="CreditLimit",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    ("account_id", fields.BigIntField()),
                    ("amount", fields.DecimalField(max_digits=18, decimal_places=3)),
                    ("valid_from", fields.DateField()),
                    ("valid_to", fields.DateField(null=True)),
                    ("reason", fields.CharField(max_length=200)),
                    ("set_by", fields.CharField(max_length=60)),
                    ("set_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                    ("approved_by", fields.CharField(null=True, max_length=60)),
                ],
                options={
                    "table": "credit_limits",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "What an account may come to 信用额度, from a day on, through another or until the next limit.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="CreditLimitRequest",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    ("account_id", fields.BigIntField()),
                    ("customer_id", fields.BigIntField()),
                    ("credit_control_area", fields.CharField(max_length=10)),
                    (
                        "kind",
                        fields.CharEnumField(description="LIMIT: LIMIT\nGRANT: GRANT", enum_type=RequestKind, max_length=10),
                    ),
                    ("amount", fields.DecimalField(max_digits=18, decimal_places=3)),
                    ("currency", fields.CharField(max_length=3)),
                    (
                        "scope",
                        fields.CharEnumField(
                            null=True,
                            description="CUSTOMER: CUSTOMER\nORDER: ORDER\nAREA: AREA",
                            enum_type=GrantScope,
                            max_length=10,
                        ),
                    ),
                    ("document_id", fields.BigIntField(null=True)),
                    ("sales_area", fields.CharField(null=True, max_length=32)),
                    ("valid_from", fields.DateField()),
                    ("valid_to", fields.DateField(null=True)),
                    ("reason", fields.CharField(max_length=200)),
                    (
                        "status",
                        fields.CharEnumField(
                            default=RequestStatus.REQUESTED,
                            description="REQUESTED: REQUESTED\nAPPROVED: APPROVED\nREJECTED: REJECTED",
                            enum_type=RequestStatus,
                            max_length=10,
                        ),
                    ),
                    ("requested_by", fields.CharField(max_length=60)),
                    ("requested_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                    ("decided_by", fields.CharField(null=True, max_length=60)),
                    ("decided_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                    ("refusal_reason", fields.CharField(null=True, max_length=200)),
                    ("version", fields.IntField(default=1)),
                ],
                options={
                    "table": "credit_limit_requests",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "A limit, or a temporary grant 临时授信 beyond it, that somebody asks for and somebody else decides on.",
                },
                bases=["Model"],
            ),
            ShownByView(
                name="CustomerCredit",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    ("key", fields.CharField(max_length=60)),
                    ("told_customer_id", fields.BigIntField(null=True)),
                    ("sales_organization", fields.CharField(max_length=10)),
                    ("distribution_channel", fields.CharField(max_length=10)),
                    ("division", fields.CharField(max_length=10)),
                    (
                        "band",
                        fields.CharEnumField(description="OK: OK\nNEAR: NEAR\nBLOCKED: BLOCKED", enum_type=Band, max_length=10),
                    ),
                    ("available", fields.DecimalField(null=True, max_digits=18, decimal_places=3)),
                    ("currency", fields.CharField(max_length=3)),
                ],
                options={
                    "table": "customer_credits",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "What a customer can still order in a sales area 信用状态与余量, on the account that its payer's documents count on.",
                },
                bases=["Model"],
            ),
            ShownByView(
                name="ShownCreditAccount",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    ("customer_id", fields.BigIntField()),
                    ("credit_control_area", fields.CharField(max_length=10)),
                    ("risk_category", fields.CharField(max_length=10)),
                    ("next_review", fields.DateField(null=True)),
                    ("secured", fields.DecimalField(default=Decimal("0"), max_digits=18, decimal_places=3)),
                    ("dunning_level", fields.IntField(default=0)),
                    ("block", fields.CharField(null=True, max_length=200)),
                    ("note", fields.CharField(null=True, max_length=1000)),
                    ("tells_customer", fields.BooleanField(default=True)),
                    ("version", fields.IntField(default=1)),
                    ("currency", fields.CharField(max_length=3)),
                    ("limit_amount", fields.DecimalField(null=True, max_digits=18, decimal_places=3)),
                    ("open_orders", fields.DecimalField(max_digits=18, decimal_places=3)),
                    ("open_deliveries", fields.DecimalField(max_digits=18, decimal_places=3)),
                    ("open_billing", fields.DecimalField(max_digits=18, decimal_places=3)),
                    ("receivables", fields.DecimalField(max_digits=18, decimal_places=3)),
                    ("total", fields.DecimalField(max_digits=18, decimal_places=3)),
                    ("available", fields.DecimalField(null=True, max_digits=18, decimal_places=3)),
                    ("utilization", fields.DecimalField(null=True, max_digits=18, decimal_places=2)),
                    (
                        "band",
                        fields.CharEnumField(description="OK: OK\nNEAR: NEAR\nBLOCKED: BLOCKED", enum_type=Band, max_length=10),
                    ),
                ],
                options={
                    "table": "shown_credit_accounts",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "The account with what counts on it: its limit today, and its exposure 信用占用 in four buckets, in its `currency`.",
                },
                bases=["CreditAccountFields"],
            ),
            ops.AlterField(
                model_name="CreditCheckResult",
                name="message",
                field=fields.CharField(max_length=300),
            ),
            ops.AddField(
                model_name="CreditCheckResult",
                name="figures",
                field=fields.JSONField(null=True, encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads),
            ),
            ops.AlterModelOptions(
                name="CreditControlArea",
                options={
                    "table": "credit_control_areas",
                    "app": "models",
                    "pk_attr": "code",
                    "table_description": "Where credit limits are held 信贷控制范围: in one currency, by one business day.",
                },
            ),
            ops.AddField(
                model_name="CreditControlArea",
                name="initial_category",
                field=fields.CharField(default="B", db_default="B", max_length=10),
            ),
            ops.AddField(
                model_name="CreditControlArea",
                name="initial_limit",
                field=fields.DecimalField(null=True, max_digits=18, decimal_places=3),
            ),
            ops.AddField(
                model_name="CreditControlArea",
                name="near_percent",
                field=fields.DecimalField(default=Decimal("80"), db_default=Decimal("80"), max_digits=5, decimal_places=2),
            ),
            ops.AddField(
                model_name="CreditControlArea",
                name="time_zone",
                field=fields.CharField(default="UTC", db_default="UTC", max_length=40),
            ),
            ops.AddField(
                model_name="OpenItem",
                name="credit_account_id",
                field=fields.BigIntField(null=True),
            ),
            ops.AddField(
                model_name="OpenItem",
                name="credit_rate",
                field=fields.DecimalField(null=True, max_digits=24, decimal_places=12),
            ),
            ops.AddField(
                model_name="SalesItem",
                name="credit_account_id",
                field=fields.BigIntField(null=True),
            ),
            ops.AddField(
                model_name="SalesItem",
                name="credit_on",
                field=fields.DateField(null=True),
            ),
            ops.AddField(
                model_name="SalesItem",
                name="credit_price",
                field=fields.DecimalField(null=True, max_digits=24, decimal_places=9),
            ),
            ops.AddField(
                model_name="SalesItem",
                name="credit_quantity",
                field=fields.DecimalField(default=Decimal("0"), db_default=Decimal("0"), max_digits=18, decimal_places=3),
            ),
        ),
        ops.RunSQL(UP, DOWN),
    ]
