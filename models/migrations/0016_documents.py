"""Sales documents, deliveries, billing documents, payments, stock, and the flow between them."""

from typing import Any

from tortoise import migrations
from tortoise.migrations import operations as ops
import functools
from decimal import Decimal
from domain.credit.status import CheckResult, CreditStatus
from domain.orders.approvals import ApprovalStatus
from domain.orders.categories import DocumentCategory
from domain.orders.copy_control import QuantityEffect
from domain.orders.incompletion import Part
from domain.orders.item_categories import Usage
from domain.orders.quantities import BillingBasis
from domain.orders.statuses import AxisStatus, SalesOrderStatus
from domain.pricing.values import ConditionOrigin, InactiveReason, PricingType
from json import dumps, loads
from models.payment import OpenItemKind
from tortoise import fields

from domain.pricing.currencies import PLACES
from models.operations import ShownByView, Together

AREA = "sales_organization, distribution_channel, division"
CODE = "'^[A-Za-z0-9._-]{1,10}$'"
DOCUMENTS = {
    "inquiries": ("INQUIRY",),
    "quotations": ("QUOTATION",),
    "contracts": ("CONTRACT",),
    "sales_orders": ("SALES_ORDER",),
    "returns": ("RETURN",),
    "memo_requests": ("CREDIT_MEMO_REQUEST", "DEBIT_MEMO_REQUEST"),
}
"""The views of sales documents, and of which categories each is."""
REFERENCES = {
    "sales_documents": {
        "sold_to_id": "customers",
        "ship_to_id": "customers",
        "bill_to_id": "customers",
        "payer_id": "customers",
        "agent_id": "customers",
    },
    "sales_items": {"document_id": "sales_documents", "material_id": "materials"},
    "schedule_lines": {"item_id": "sales_items"},
    "sales_item_conditions": {"item_id": "sales_items"},
    "incompletion_entries": {"document_id": "sales_documents"},
    "document_approvals": {"document_id": "sales_documents"},
    "credit_check_results": {"document_id": "sales_documents"},
    "deliveries": {"sold_to_id": "customers", "ship_to_id": "customers"},
    "delivery_items": {"delivery_id": "deliveries", "item_id": "sales_items"},
    "goods_issues": {"delivery_id": "deliveries", "reverses_id": "goods_issues"},
    "goods_movements": {"goods_issue_id": "goods_issues", "material_id": "materials"},
    "stock": {"material_id": "materials"},
    "material_plants": {"material_id": "materials"},
    "planned_movements": {"material_id": "materials"},
    "billing_documents": {
        "payer_id": "customers",
        "bill_to_id": "customers",
        "sold_to_id": "customers",
        "cancels_id": "billing_documents",
        "cancelled_by_id": "billing_documents",
    },
    "billing_items": {"billing_id": "billing_documents", "item_id": "sales_items", "delivery_item_id": "delivery_items"},
    "billing_taxes": {"billing_id": "billing_documents"},
    "payments": {"payer_id": "customers"},
    "open_items": {"payer_id": "customers", "billing_id": "billing_documents", "payment_id": "payments"},
    "clearings": {"payment_id": "payments", "open_item_id": "open_items", "residual_item_id": "open_items"},
}


def check(table: str, name: str, condition: str) -> str:
    return f"alter table {table} add constraint {table}_{name} check ({condition})"


def unique(table: str, *columns: str) -> str:
    return f"alter table {table} add constraint {table}_{'_'.join(columns)}_key unique ({', '.join(columns)})"


def one_of(categories: tuple[str, ...]) -> str:
    return " or ".join(f"category = '{each}'" for each in categories)


def document_header() -> list[Any]:
    """The columns of the table of sales documents, which each view of it shows."""
    return [
        ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
        ("number", fields.CharField(max_length=12)),
        (
            "category",
            fields.CharEnumField(
                description="INQUIRY: INQUIRY\nQUOTATION: QUOTATION\nCONTRACT: CONTRACT\nSALES_ORDER: SALES_ORDER\nDELIVERY: DELIVERY\nGOODS_ISSUE: GOODS_ISSUE\nINVOICE: INVOICE\nPRO_FORMA: PRO_FORMA\nCREDIT_MEMO: CREDIT_MEMO\nDEBIT_MEMO: DEBIT_MEMO\nCANCELLATION: CANCELLATION\nPAYMENT: PAYMENT\nRETURN: RETURN\nCREDIT_MEMO_REQUEST: CREDIT_MEMO_REQUEST\nDEBIT_MEMO_REQUEST: DEBIT_MEMO_REQUEST",
                enum_type=DocumentCategory,
                max_length=20,
            ),
        ),
        ("order_type", fields.CharField(max_length=4)),
        ("sales_organization", fields.CharField(max_length=10)),
        ("distribution_channel", fields.CharField(max_length=10)),
        ("division", fields.CharField(max_length=10)),
        ("sold_to_id", fields.BigIntField()),
        ("ship_to_id", fields.BigIntField()),
        ("bill_to_id", fields.BigIntField()),
        ("payer_id", fields.BigIntField()),
        ("agent_id", fields.BigIntField(null=True)),
        ("salesperson", fields.CharField(null=True, max_length=60)),
        ("order_date", fields.DateField()),
        ("entered_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
        ("entered_by", fields.CharField(max_length=60)),
        ("changed_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
        ("changed_by", fields.CharField(null=True, max_length=60)),
        ("confirmed_on", fields.DateField(null=True)),
        ("requested_delivery_date", fields.DateField(null=True)),
        ("pricing_date", fields.DateField()),
        ("customer_reference", fields.CharField(null=True, max_length=40)),
        ("purchaser_name", fields.CharField(null=True, max_length=60)),
        ("order_reason", fields.CharField(null=True, max_length=200)),
        ("sales_district", fields.CharField(null=True, max_length=10)),
        ("shipping_condition", fields.CharField(null=True, max_length=10)),
        ("incoterms", fields.CharField(null=True, max_length=10)),
        ("title_transfer_place", fields.CharField(null=True, max_length=80)),
        ("route", fields.CharField(null=True, max_length=40)),
        ("payment_terms", fields.CharField(null=True, max_length=10)),
        ("payment_method", fields.CharField(null=True, max_length=4)),
        ("complete_delivery", fields.BooleanField(default=False)),
        ("valid_from", fields.DateField(null=True)),
        ("valid_to", fields.DateField(null=True)),
        ("delivery_block", fields.CharField(null=True, max_length=4)),
        ("billing_block", fields.CharField(null=True, max_length=4)),
        ("currency", fields.CharField(max_length=3)),
        ("pricing_procedure", fields.CharField(max_length=10)),
        (
            "header_conditions",
            fields.JSONField(default=list, encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads),
        ),
        ("net_value", fields.DecimalField(default=Decimal("0"), max_digits=18, decimal_places=3)),
        ("tax_amount", fields.DecimalField(default=Decimal("0"), max_digits=18, decimal_places=3)),
        ("gross_value", fields.DecimalField(default=Decimal("0"), max_digits=18, decimal_places=3)),
        ("cost", fields.DecimalField(null=True, max_digits=18, decimal_places=3)),
        ("group_value", fields.DecimalField(default=Decimal("0"), max_digits=18, decimal_places=3)),
        ("discount_percent", fields.DecimalField(null=True, max_digits=9, decimal_places=4)),
        ("margin_percent", fields.DecimalField(null=True, max_digits=9, decimal_places=4)),
        (
            "status",
            fields.CharEnumField(
                default=SalesOrderStatus.OPEN,
                description="DRAFT: DRAFT\nOPEN: OPEN\nPARTIAL: PARTIAL\nCOMPLETE: COMPLETE\nREJECTED: REJECTED",
                enum_type=SalesOrderStatus,
                max_length=10,
            ),
        ),
        (
            "approval_status",
            fields.CharEnumField(
                default=ApprovalStatus.NOT_NEEDED,
                description="NOT_NEEDED: NOT_NEEDED\nPENDING: PENDING\nAPPROVED: APPROVED\nREJECTED: REJECTED",
                enum_type=ApprovalStatus,
                max_length=10,
            ),
        ),
        (
            "credit_status",
            fields.CharEnumField(
                default=CreditStatus.NOT_RUN,
                description="NOT_RUN: NOT_RUN\nAPPROVED: APPROVED\nNOT_APPROVED: NOT_APPROVED\nPARTIALLY_RELEASED: PARTIALLY_RELEASED\nRELEASED: RELEASED\nREJECTED: REJECTED",
                enum_type=CreditStatus,
                max_length=20,
            ),
        ),
        (
            "reference_status",
            fields.CharEnumField(
                default=AxisStatus.NOT_RELEVANT,
                description="NOT_RELEVANT: NOT_RELEVANT\nNOT_YET: NOT_YET\nPARTIAL: PARTIAL\nCOMPLETE: COMPLETE",
                enum_type=AxisStatus,
                max_length=12,
            ),
        ),
        (
            "confirmation_status",
            fields.CharEnumField(
                default=AxisStatus.NOT_RELEVANT,
                description="NOT_RELEVANT: NOT_RELEVANT\nNOT_YET: NOT_YET\nPARTIAL: PARTIAL\nCOMPLETE: COMPLETE",
                enum_type=AxisStatus,
                max_length=12,
            ),
        ),
        (
            "delivery_status",
            fields.CharEnumField(
                default=AxisStatus.NOT_RELEVANT,
                description="NOT_RELEVANT: NOT_RELEVANT\nNOT_YET: NOT_YET\nPARTIAL: PARTIAL\nCOMPLETE: COMPLETE",
                enum_type=AxisStatus,
                max_length=12,
            ),
        ),
        (
            "goods_movement_status",
            fields.CharEnumField(
                default=AxisStatus.NOT_RELEVANT,
                description="NOT_RELEVANT: NOT_RELEVANT\nNOT_YET: NOT_YET\nPARTIAL: PARTIAL\nCOMPLETE: COMPLETE",
                enum_type=AxisStatus,
                max_length=12,
            ),
        ),
        (
            "billing_status",
            fields.CharEnumField(
                default=AxisStatus.NOT_RELEVANT,
                description="NOT_RELEVANT: NOT_RELEVANT\nNOT_YET: NOT_YET\nPARTIAL: PARTIAL\nCOMPLETE: COMPLETE",
                enum_type=AxisStatus,
                max_length=12,
            ),
        ),
        (
            "posting_status",
            fields.CharEnumField(
                default=AxisStatus.NOT_RELEVANT,
                description="NOT_RELEVANT: NOT_RELEVANT\nNOT_YET: NOT_YET\nPARTIAL: PARTIAL\nCOMPLETE: COMPLETE",
                enum_type=AxisStatus,
                max_length=12,
            ),
        ),
        (
            "rejection_status",
            fields.CharEnumField(
                default=AxisStatus.NOT_RELEVANT,
                description="NOT_RELEVANT: NOT_RELEVANT\nNOT_YET: NOT_YET\nPARTIAL: PARTIAL\nCOMPLETE: COMPLETE",
                enum_type=AxisStatus,
                max_length=12,
            ),
        ),
        ("incomplete", fields.BooleanField(default=False)),
        ("awaited_level", fields.IntField(null=True)),
        ("awaited_role", fields.CharField(null=True, max_length=60)),
        ("external_key", fields.CharField(null=True, max_length=60)),
        ("version", fields.IntField(default=1)),
    ]


def condition_columns() -> list[Any]:
    """The columns of a row of a price, in their table and in the view of it."""
    return [
        ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
        ("item_id", fields.BigIntField()),
        ("position", fields.IntField()),
        ("step", fields.IntField()),
        ("counter", fields.IntField()),
        ("condition_type", fields.CharField(null=True, max_length=10)),
        ("description", fields.CharField(default="", max_length=80)),
        ("scale_base", fields.DecimalField(null=True, max_digits=24, decimal_places=6)),
        ("scale_base_unit", fields.CharField(null=True, max_length=6)),
        ("base", fields.DecimalField(null=True, max_digits=24, decimal_places=6)),
        ("base_unit", fields.CharField(null=True, max_length=6)),
        ("rate", fields.DecimalField(null=True, max_digits=18, decimal_places=6)),
        ("rate_unit", fields.CharField(null=True, max_length=6)),
        ("per", fields.DecimalField(null=True, max_digits=18, decimal_places=6)),
        ("per_unit", fields.CharField(null=True, max_length=6)),
        ("value", fields.DecimalField(null=True, max_digits=18, decimal_places=3)),
        ("currency", fields.CharField(max_length=3)),
        ("statistical", fields.BooleanField(default=False)),
        (
            "inactive_reason",
            fields.CharEnumField(
                null=True,
                description="EXCLUDED: EXCLUDED\nLATER_PRICE: LATER_PRICE\nRECORD_BLOCKED: RECORD_BLOCKED\nZERO: ZERO\nMANUAL: MANUAL\nERROR: ERROR",
                enum_type=InactiveReason,
                max_length=16,
            ),
        ),
        (
            "origin",
            fields.CharEnumField(
                description="AUTOMATIC: AUTOMATIC\nMANUAL: MANUAL\nCOPIED: COPIED",
                enum_type=ConditionOrigin,
                max_length=10,
            ),
        ),
        ("header", fields.BooleanField(default=False)),
        ("supplement", fields.BooleanField(default=False)),
        ("interval", fields.IntField(null=True)),
        ("rounding_difference", fields.DecimalField(default=Decimal("0"), max_digits=18, decimal_places=3)),
        ("record_id", fields.BigIntField(null=True)),
        ("needs", fields.CharField(max_length=40)),
        (
            "searched",
            fields.JSONField(default=list, encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads),
        ),
        ("since", fields.DatetimeField(auto_now=False, auto_now_add=False)),
        ("replaced_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
    ]


def orders(table: str, name: str, column: str, where: str = "") -> list[str]:
    """Indexes for an order: of everything, behind the sales organization, behind the area."""
    return [
        f"create index {name} on {table} ({column}, id) {where}",
        f"create index {name}_organization on {table} (sales_organization, {column}, id) {where}",
        f"create index {name}_area on {table} ({AREA}, {column}, id) {where}",
    ]


DOCUMENT_OF = """cross join lateral (
        select case s.category when 'INQUIRY' then 'inquiry' when 'QUOTATION' then 'quotation' when 'CONTRACT' then 'contract'
                   when 'SALES_ORDER' then 'sales_order' when 'RETURN' then 'return' else 'credit_memo_request' end as object,
               s.category, case s.category when 'INQUIRY' then 'Inquiry' when 'QUOTATION' then 'Quotation'
                   when 'CONTRACT' then 'Contract' when 'SALES_ORDER' then 'SalesOrder' when 'RETURN' then 'ReturnOrder'
                   else 'MemoRequest' end as type_name,
               s.number, s.order_date as day, case when s.status in ('DRAFT', 'OPEN') then 'NOT_YET'
                   when s.status = 'PARTIAL' then 'PARTIAL' else 'COMPLETE' end as status,
               s.sales_organization, s.distribution_channel, s.division, s.sold_to_id as owner_id, s.agent_id as other_owner_id
        from sales_documents s where {kind} = 'SALES' and s.id = {key}
        union all
        select 'delivery', 'DELIVERY', 'Delivery', s.number, coalesce(s.goods_issue_date, s.planned_date), s.status,
               s.sales_organization, s.distribution_channel, s.division, s.sold_to_id, s.ship_to_id
        from deliveries s where {kind} = 'DELIVERY' and s.id = {key}
        union all
        select s.object, 'GOODS_ISSUE', 'GoodsIssue', s.number, s.posting_date, 'COMPLETE',
               s.sales_organization, s.distribution_channel, s.division, s.sold_to_id, s.ship_to_id
        from goods_issues s where {kind} = 'MOVEMENT' and s.id = {key}
        union all
        select 'billing_document', s.category, 'BillingDocument', s.number, s.billing_date, s.status,
               s.sales_organization, s.distribution_channel, s.division, s.payer_id, s.bill_to_id
        from billing_documents s where {kind} = 'BILLING' and s.id = {key}
        union all
        select 'payment', 'PAYMENT', 'Payment', s.number, s.posting_date, 'COMPLETE',
               s.sales_organization, s.distribution_channel, s.division, s.payer_id, null
        from payments s where {kind} = 'PAYMENT' and s.id = {key}
    ) d"""
"""SQL for a document of a flow, whatever its table."""
TOLD = "d.object, d.category, d.type_name, d.number"
PLACE = "d.sales_organization, d.distribution_channel, d.division, d.owner_id, d.other_owner_id"
ORDERS = "where category = 'SALES_ORDER'"
UP = [
    f"""create function currency_decimals(code text) returns integer language sql immutable parallel safe
        return case when code in ({", ".join(f"'{code}'" for code, places in PLACES.items() if places == 0)}) then 0
        when code in ({", ".join(f"'{code}'" for code, places in PLACES.items() if places == 3)}) then 3
        when code in ({", ".join(f"'{code}'" for code, places in PLACES.items() if places == 4)}) then 4 else 2 end""",
    *(
        f"alter table {table} add constraint {table}_{column}_fkey foreign key ({column}) references {other} (id)"
        for table, columns in REFERENCES.items()
        for column, other in columns.items()
    ),
    *(
        check(table, "version_positive", "version > 0")
        for table in ("sales_documents", "deliveries", "billing_documents", "payments")
    ),
    unique("sales_documents", "number"),
    "create unique index sales_documents_external_key on sales_documents (external_key)",
    *(check("sales_documents", f"{column}_code", f"{column} ~ {CODE}") for column in AREA.split(", ")),
    *orders("sales_documents", "sales_orders_date", "order_date", ORDERS),
    *orders("sales_documents", "sales_orders_number", 'number collate "C"', ORDERS),
    *orders("sales_documents", "sales_orders_value", "net_value", ORDERS),
    "create index sales_documents_category on sales_documents (category, sales_organization, order_date, id)",
    "create index sales_documents_sold_to on sales_documents (sold_to_id, order_date, id)",
    "create index sales_documents_agent on sales_documents (agent_id, order_date, id) where agent_id is not null",
    "create index sales_documents_awaited on sales_documents (sales_organization, order_date, id) where awaited_role is not null",
    unique("sales_items", "document_id", "line_number"),
    "create index sales_items_material on sales_items (material_id)",
    check("sales_items", "ordered", "quantity > 0 and numerator > 0 and denominator > 0"),
    check("sales_items", "rejected", "rejected between 0 and quantity"),
    check("sales_items", "delivered", "delivered >= 0 and issued between 0 and delivered"),
    check(
        "sales_items",
        "billed",
        "billed between 0 and case billed_by when 'ORDER' then quantity - rejected when 'DELIVERY' then delivered else issued end and posted between 0 and billed",
    ),
    check("sales_items", "taken", "referenced >= 0 and returned >= 0"),
    "create index schedule_lines_item on schedule_lines (item_id, position)",
    "create index schedule_lines_held on schedule_lines (material_id, plant, confirmed_date) where open_base > 0",
    "create index schedule_lines_due on schedule_lines (plant, confirmed_date, id) where open_base > 0",
    check("schedule_lines", "confirmed", "confirmed between 0 and quantity and open_base >= 0"),
    "create index sales_item_conditions_item on sales_item_conditions (item_id, position) where replaced_at is null",
    "create index sales_item_conditions_replaced on sales_item_conditions (item_id, since) where replaced_at is not null",
    "create index incompletion_entries_document on incompletion_entries (document_id, id)",
    "create index credit_check_results_document on credit_check_results (document_id, position)",
    "create index document_approvals_document on document_approvals (document_id, level)",
    unique("deliveries", "number"),
    "create unique index deliveries_external_key on deliveries (external_key)",
    *orders("deliveries", "deliveries_order", 'number collate "C"'),
    "create index deliveries_sold_to on deliveries (sold_to_id, id)",
    "create index deliveries_ship_to on deliveries (ship_to_id, id)",
    unique("delivery_items", "delivery_id", "line_number"),
    "create index delivery_items_item on delivery_items (item_id)",
    "create index delivery_items_held on delivery_items (material_id, plant) where held_base > 0",
    check(
        "delivery_items",
        "quantities",
        "quantity >= 0 and picked between 0 and quantity and issued between 0 and quantity and billed between 0 and quantity and held_base >= 0",
    ),
    unique("goods_issues", "number"),
    "create index goods_issues_delivery on goods_issues (delivery_id, id)",
    "create unique index goods_issues_reversed on goods_issues (reverses_id)",
    "create index goods_movements_issue on goods_movements (goods_issue_id)",
    "create index goods_movements_material on goods_movements (material_id, plant, id)",
    unique("stock", "material_id", "plant", "storage_location"),
    check("stock", "there", "quantity >= 0"),
    unique("material_plants", "material_id", "plant"),
    "create index planned_movements_material on planned_movements (material_id, plant, day)",
    unique("billing_documents", "number"),
    "create unique index billing_documents_external_key on billing_documents (external_key)",
    *orders("billing_documents", "billing_documents_order", 'number collate "C"'),
    "create index billing_documents_payer on billing_documents (payer_id, id)",
    "create index billing_documents_bill_to on billing_documents (bill_to_id, id)",
    unique("billing_items", "billing_id", "line_number"),
    "create index billing_items_item on billing_items (item_id)",
    "create index billing_items_delivery on billing_items (delivery_item_id) where delivery_item_id is not null",
    "create index billing_taxes_billing on billing_taxes (billing_id, rate)",
    unique("payments", "number"),
    "create index payments_payer on payments (payer_id, id)",
    "create index open_items_payer on open_items (payer_id, company_code, due_date) where open <> 0",
    "create index open_items_billing on open_items (billing_id) where billing_id is not null",
    "create index open_items_payment on open_items (payment_id) where payment_id is not null",
    "create index open_items_due on open_items (sales_organization, due_date, id) where open <> 0",
    check("open_items", "open", "abs(open) <= abs(amount) and open * amount >= 0"),
    "create index clearings_payment on clearings (payment_id)",
    "create index clearings_item on clearings (open_item_id)",
    "create index document_links_successor on document_links (successor_kind, successor_id)",
    "create index document_links_predecessor on document_links (predecessor_kind, predecessor_id)",
    unique("document_flow_members", "root_kind", "root_id", "kind", "document_id"),
    f"create view plant_areas as select p.code as plant, {', '.join(f'a.{part}' for part in AREA.split(', '))} from plants p join sales_areas a on a.sales_organization = p.sales_organization",
    *(
        f"create view {view} as select * from sales_documents where {one_of(categories)} with local check option"
        for view, categories in DOCUMENTS.items()
    ),
    f"""create view shown_item_conditions as
        select c.*, {", ".join(f"i.{part}" for part in AREA.split(", "))}, i.sold_to_id, i.agent_id
        from sales_item_conditions c join sales_items i on i.id = c.item_id""",
    f"""create view document_flow_entries as
        select m.id, m.root_kind, m.root_id, m.kind, m.document_id, {TOLD}, d.day, d.status, {PLACE}
        from document_flow_members m {DOCUMENT_OF.format(kind="m.kind", key="m.document_id")}""",
    f"""create view document_references as
        select l.id, l.successor_kind, l.successor_id, l.predecessor_id as document_id, {TOLD},
               l.quantity, l.unit, l.value, l.currency, {PLACE}
        from (select min(id) as id, successor_kind, successor_id, predecessor_kind, predecessor_id,
                     case when count(distinct unit) = 1 then sum(quantity) end as quantity,
                     case when count(distinct unit) = 1 then min(unit) end as unit,
                     sum(value) as value, min(currency) as currency
              from document_links group by successor_kind, successor_id, predecessor_kind, predecessor_id) l
        {DOCUMENT_OF.format(kind="l.predecessor_kind", key="l.predecessor_id")}""",
]
DUE = [
    """create view due_delivery_lines as
        select l.id, d.id as document_id, i.line_number, i.material_id, l.plant, l.confirmed_date as day,
               round(l.open_base * i.denominator / i.numerator, 3) as open, i.unit,
               d.sales_organization, d.distribution_channel, d.division, d.sold_to_id, d.ship_to_id, d.agent_id
        from schedule_lines l join sales_items i on i.id = l.item_id join sales_documents d on d.id = l.document_id
        where l.open_base > 0 and d.category = 'SALES_ORDER' and d.delivery_block is null
          and d.approval_status in ('NOT_NEEDED', 'APPROVED')""",
    """create view due_billing_lines as
        select x.id * 2 as id, 'delivery' as object, 'Delivery' as type_name, v.id as document_id, v.number, x.line_number,
               x.material_id, v.goods_issue_date as day, x.issued - x.billed as due, x.unit,
               v.sales_organization, v.distribution_channel, v.division, d.payer_id,
               v.sold_to_id as owner_id, v.ship_to_id as other_owner_id
        from delivery_items x join deliveries v on v.id = x.delivery_id join sales_documents d on d.id = x.document_id
        where x.billed_by = 'GOODS_ISSUE' and x.billed < x.issued and d.billing_block is null
        union all
        select i.id * 2 + 1, case when d.category = 'SALES_ORDER' then 'sales_order' else 'credit_memo_request' end,
               case when d.category = 'SALES_ORDER' then 'SalesOrder' else 'MemoRequest' end, d.id, d.number, i.line_number,
               i.material_id, d.order_date, i.quantity - i.rejected - i.billed, i.unit,
               d.sales_organization, d.distribution_channel, d.division, d.payer_id, d.sold_to_id, d.agent_id
        from sales_items i join sales_documents d on d.id = i.document_id
        where i.billed_by = 'ORDER' and i.billed < i.quantity - i.rejected and d.billing_block is null
          and d.approval_status in ('NOT_NEEDED', 'APPROVED')""",
    "create index delivery_items_due on delivery_items (delivery_id) where billed_by = 'GOODS_ISSUE' and billed < issued",
    "create index sales_items_due on sales_items (document_id) where billed_by = 'ORDER' and billed < quantity - rejected",
]
DOWN = [
    "drop view due_billing_lines",
    "drop view due_delivery_lines",
    "drop view shown_item_conditions",
    "drop view document_references",
    "drop view document_flow_entries",
    *(f"drop view {view}" for view in DOCUMENTS),
    "drop view plant_areas",
    "drop function currency_decimals",
    *(
        f"alter table {table} drop constraint {table}_{column}_fkey"
        for table, columns in REFERENCES.items()
        for column in columns
    ),
]
"""What goes with a dropped table needs no undoing."""


class Migration(migrations.Migration):
    dependencies = [("models", "0015_prices")]

    initial = False

    operations = [
        Together(
            ops.CreateModel(
                name="BillingDocument",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    ("number", fields.CharField(max_length=12)),
                    ("billing_type", fields.CharField(max_length=4)),
                    (
                        "category",
                        fields.CharEnumField(
                            description="INQUIRY: INQUIRY\nQUOTATION: QUOTATION\nCONTRACT: CONTRACT\nSALES_ORDER: SALES_ORDER\nDELIVERY: DELIVERY\nGOODS_ISSUE: GOODS_ISSUE\nINVOICE: INVOICE\nPRO_FORMA: PRO_FORMA\nCREDIT_MEMO: CREDIT_MEMO\nDEBIT_MEMO: DEBIT_MEMO\nCANCELLATION: CANCELLATION\nPAYMENT: PAYMENT\nRETURN: RETURN\nCREDIT_MEMO_REQUEST: CREDIT_MEMO_REQUEST\nDEBIT_MEMO_REQUEST: DEBIT_MEMO_REQUEST",
                            enum_type=DocumentCategory,
                            max_length=20,
                        ),
                    ),
                    ("sales_organization", fields.CharField(max_length=10)),
                    ("distribution_channel", fields.CharField(max_length=10)),
                    ("division", fields.CharField(max_length=10)),
                    ("company_code", fields.CharField(max_length=10)),
                    ("sold_to_id", fields.BigIntField()),
                    ("bill_to_id", fields.BigIntField()),
                    ("payer_id", fields.BigIntField()),
                    ("billing_date", fields.DateField()),
                    ("due_date", fields.DateField(null=True)),
                    ("payment_terms", fields.CharField(null=True, max_length=10)),
                    ("incoterms", fields.CharField(null=True, max_length=10)),
                    ("currency", fields.CharField(max_length=3)),
                    ("net_value", fields.DecimalField(default=Decimal("0"), max_digits=18, decimal_places=3)),
                    ("tax_amount", fields.DecimalField(default=Decimal("0"), max_digits=18, decimal_places=3)),
                    ("gross_value", fields.DecimalField(default=Decimal("0"), max_digits=18, decimal_places=3)),
                    ("cost", fields.DecimalField(null=True, max_digits=18, decimal_places=3)),
                    ("group_value", fields.DecimalField(default=Decimal("0"), max_digits=18, decimal_places=3)),
                    ("open_amount", fields.DecimalField(default=Decimal("0"), max_digits=18, decimal_places=3)),
                    (
                        "status",
                        fields.CharEnumField(
                            default=AxisStatus.NOT_YET,
                            description="NOT_RELEVANT: NOT_RELEVANT\nNOT_YET: NOT_YET\nPARTIAL: PARTIAL\nCOMPLETE: COMPLETE",
                            enum_type=AxisStatus,
                            max_length=12,
                        ),
                    ),
                    ("split_by", fields.CharField(null=True, max_length=200)),
                    ("cancels_id", fields.BigIntField(null=True)),
                    ("cancelled_by_id", fields.BigIntField(null=True)),
                    ("reason", fields.CharField(null=True, max_length=200)),
                    ("created_by", fields.CharField(max_length=60)),
                    ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                    ("external_key", fields.CharField(null=True, max_length=60)),
                    ("version", fields.IntField(default=1)),
                ],
                options={
                    "table": "billing_documents",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "A billing document. `open_amount` is what the payer still owes of it; a cancellation names what it cancels.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="BillingItem",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    ("billing_id", fields.BigIntField()),
                    ("line_number", fields.IntField()),
                    ("item_id", fields.BigIntField()),
                    ("document_id", fields.BigIntField()),
                    ("delivery_item_id", fields.BigIntField(null=True)),
                    ("material_id", fields.BigIntField()),
                    ("description", fields.CharField(max_length=200)),
                    ("quantity", fields.DecimalField(max_digits=18, decimal_places=3)),
                    ("unit", fields.CharField(max_length=6)),
                    ("net_price", fields.DecimalField(null=True, max_digits=18, decimal_places=6)),
                    ("net_value", fields.DecimalField(max_digits=18, decimal_places=3)),
                    ("tax_rate", fields.DecimalField(max_digits=7, decimal_places=4)),
                    ("tax_amount", fields.DecimalField(max_digits=18, decimal_places=3)),
                    ("gross_value", fields.DecimalField(max_digits=18, decimal_places=3)),
                    ("cost", fields.DecimalField(null=True, max_digits=18, decimal_places=3)),
                    ("currency", fields.CharField(max_length=3)),
                ],
                options={
                    "table": "billing_items",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "A line of a billing document: so much of an order item, by the order itself or by a delivery of it.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="BillingTax",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    ("billing_id", fields.BigIntField()),
                    ("rate", fields.DecimalField(max_digits=7, decimal_places=4)),
                    ("net_value", fields.DecimalField(max_digits=18, decimal_places=3)),
                    ("tax_amount", fields.DecimalField(max_digits=18, decimal_places=3)),
                    ("currency", fields.CharField(max_length=3)),
                ],
                options={
                    "table": "billing_taxes",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "The lines of a billing document at one rate: their net amount and the tax on it.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="Clearing",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    ("payment_id", fields.BigIntField()),
                    ("open_item_id", fields.BigIntField()),
                    ("paid", fields.DecimalField(max_digits=18, decimal_places=3)),
                    ("discount_net", fields.DecimalField(default=Decimal("0"), max_digits=18, decimal_places=3)),
                    ("discount_tax", fields.DecimalField(default=Decimal("0"), max_digits=18, decimal_places=3)),
                    ("residual", fields.DecimalField(default=Decimal("0"), max_digits=18, decimal_places=3)),
                    ("residual_item_id", fields.BigIntField(null=True)),
                    ("currency", fields.CharField(max_length=3)),
                ],
                options={
                    "table": "clearings",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "What a payment did to an open item 清账: paid, discounted net and tax, and what residual item took its place.",
                },
                bases=["Model"],
            ),
            ShownByView(
                name="Contract",
                fields=document_header(),
                options={
                    "table": "contracts",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "What is agreed on to be called off 合同.",
                },
                bases=["DocumentHeader"],
            ),
            ops.CreateModel(
                name="CreditCheckResult",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    ("document_id", fields.BigIntField()),
                    ("position", fields.IntField()),
                    ("name", fields.CharField(max_length=40)),
                    (
                        "result",
                        fields.CharEnumField(
                            description="PASSED: PASSED\nWARNING: WARNING\nERROR: ERROR\nBLOCK: BLOCK",
                            enum_type=CheckResult,
                            max_length=10,
                        ),
                    ),
                    ("message", fields.CharField(max_length=200)),
                ],
                options={
                    "table": "credit_check_results",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "What a single credit check of a document found.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="Delivery",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    ("number", fields.CharField(max_length=12)),
                    ("delivery_type", fields.CharField(max_length=4)),
                    ("returns", fields.BooleanField(default=False)),
                    ("sales_organization", fields.CharField(max_length=10)),
                    ("distribution_channel", fields.CharField(max_length=10)),
                    ("division", fields.CharField(max_length=10)),
                    ("plant", fields.CharField(max_length=10)),
                    ("shipping_point", fields.CharField(max_length=10)),
                    ("route", fields.CharField(null=True, max_length=40)),
                    ("shipping_condition", fields.CharField(null=True, max_length=10)),
                    ("incoterms", fields.CharField(null=True, max_length=10)),
                    ("sold_to_id", fields.BigIntField()),
                    ("ship_to_id", fields.BigIntField()),
                    ("planned_date", fields.DateField()),
                    ("goods_issue_date", fields.DateField(null=True)),
                    (
                        "picking_status",
                        fields.CharEnumField(
                            default=AxisStatus.NOT_YET,
                            description="NOT_RELEVANT: NOT_RELEVANT\nNOT_YET: NOT_YET\nPARTIAL: PARTIAL\nCOMPLETE: COMPLETE",
                            enum_type=AxisStatus,
                            max_length=12,
                        ),
                    ),
                    (
                        "status",
                        fields.CharEnumField(
                            default=AxisStatus.NOT_YET,
                            description="NOT_RELEVANT: NOT_RELEVANT\nNOT_YET: NOT_YET\nPARTIAL: PARTIAL\nCOMPLETE: COMPLETE",
                            enum_type=AxisStatus,
                            max_length=12,
                        ),
                    ),
                    (
                        "billing_status",
                        fields.CharEnumField(
                            default=AxisStatus.NOT_RELEVANT,
                            description="NOT_RELEVANT: NOT_RELEVANT\nNOT_YET: NOT_YET\nPARTIAL: PARTIAL\nCOMPLETE: COMPLETE",
                            enum_type=AxisStatus,
                            max_length=12,
                        ),
                    ),
                    ("created_by", fields.CharField(max_length=60)),
                    ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                    ("external_key", fields.CharField(null=True, max_length=60)),
                    ("version", fields.IntField(default=1)),
                ],
                options={
                    "table": "deliveries",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "A delivery of one plant to one ship-to. `status` is that of its goods movement.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="DeliveryItem",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    ("delivery_id", fields.BigIntField()),
                    ("line_number", fields.IntField()),
                    ("item_id", fields.BigIntField()),
                    ("document_id", fields.BigIntField()),
                    ("item_category", fields.CharField(max_length=4)),
                    ("material_id", fields.BigIntField()),
                    ("description", fields.CharField(max_length=200)),
                    ("plant", fields.CharField(max_length=10)),
                    ("storage_location", fields.CharField(max_length=10)),
                    ("quantity", fields.DecimalField(max_digits=18, decimal_places=3)),
                    ("unit", fields.CharField(max_length=6)),
                    ("base_quantity", fields.DecimalField(max_digits=18, decimal_places=6)),
                    ("base_unit", fields.CharField(max_length=6)),
                    ("picked", fields.DecimalField(default=Decimal("0"), max_digits=18, decimal_places=3)),
                    ("issued", fields.DecimalField(default=Decimal("0"), max_digits=18, decimal_places=3)),
                    ("billed", fields.DecimalField(default=Decimal("0"), max_digits=18, decimal_places=3)),
                    (
                        "billed_by",
                        fields.CharEnumField(
                            null=True,
                            description="ORDER: ORDER\nDELIVERY: DELIVERY\nGOODS_ISSUE: GOODS_ISSUE",
                            enum_type=BillingBasis,
                            max_length=12,
                        ),
                    ),
                    ("held_base", fields.DecimalField(default=Decimal("0"), max_digits=18, decimal_places=6)),
                    ("held_on", fields.DateField(null=True)),
                ],
                options={
                    "table": "delivery_items",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "So much of an order item. Quantities are in the order item's unit; `base_quantity` is what moves in stock.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="DocumentApproval",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    ("document_id", fields.BigIntField()),
                    ("level", fields.IntField()),
                    ("role", fields.CharField(max_length=60)),
                    ("because", fields.CharField(max_length=120)),
                    ("approved", fields.BooleanField(null=True)),
                    ("decided_by", fields.CharField(null=True, max_length=60)),
                    ("decided_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                    ("reason", fields.CharField(null=True, max_length=200)),
                ],
                options={
                    "table": "document_approvals",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "A level of approval that a document needs 审批, and who decided what, of which figures.",
                },
                bases=["Model"],
            ),
            ShownByView(
                name="DocumentFlowEntry",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    ("root_kind", fields.CharField(max_length=10)),
                    ("root_id", fields.BigIntField()),
                    ("kind", fields.CharField(max_length=10)),
                    ("document_id", fields.BigIntField()),
                    ("object", fields.CharField(max_length=40)),
                    (
                        "category",
                        fields.CharEnumField(
                            description="INQUIRY: INQUIRY\nQUOTATION: QUOTATION\nCONTRACT: CONTRACT\nSALES_ORDER: SALES_ORDER\nDELIVERY: DELIVERY\nGOODS_ISSUE: GOODS_ISSUE\nINVOICE: INVOICE\nPRO_FORMA: PRO_FORMA\nCREDIT_MEMO: CREDIT_MEMO\nDEBIT_MEMO: DEBIT_MEMO\nCANCELLATION: CANCELLATION\nPAYMENT: PAYMENT\nRETURN: RETURN\nCREDIT_MEMO_REQUEST: CREDIT_MEMO_REQUEST\nDEBIT_MEMO_REQUEST: DEBIT_MEMO_REQUEST",
                            enum_type=DocumentCategory,
                            max_length=20,
                        ),
                    ),
                    ("type_name", fields.CharField(max_length=20)),
                    ("number", fields.CharField(max_length=12)),
                    ("day", fields.DateField()),
                    (
                        "status",
                        fields.CharEnumField(
                            description="NOT_RELEVANT: NOT_RELEVANT\nNOT_YET: NOT_YET\nPARTIAL: PARTIAL\nCOMPLETE: COMPLETE",
                            enum_type=AxisStatus,
                            max_length=12,
                        ),
                    ),
                    ("sales_organization", fields.CharField(max_length=10)),
                    ("distribution_channel", fields.CharField(max_length=10)),
                    ("division", fields.CharField(max_length=10)),
                    ("owner_id", fields.BigIntField()),
                    ("other_owner_id", fields.BigIntField(null=True)),
                ],
                options={
                    "table": "document_flow_entries",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "A document in the flow of another: a view of them all.",
                },
                bases=["FlowDocument"],
            ),
            ops.CreateModel(
                name="DocumentLink",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    ("predecessor_kind", fields.CharField(max_length=10)),
                    ("predecessor_id", fields.BigIntField()),
                    ("predecessor_line", fields.IntField(null=True)),
                    ("successor_kind", fields.CharField(max_length=10)),
                    ("successor_id", fields.BigIntField()),
                    ("successor_line", fields.IntField(null=True)),
                    (
                        "effect",
                        fields.CharEnumField(
                            default=QuantityEffect.NONE,
                            description="NONE: NONE\nREFERENCED: REFERENCED\nDELIVERED: DELIVERED\nISSUED: ISSUED\nBILLED: BILLED\nRETURNED: RETURNED",
                            enum_type=QuantityEffect,
                            max_length=12,
                        ),
                    ),
                    ("quantity", fields.DecimalField(null=True, max_digits=18, decimal_places=3)),
                    ("unit", fields.CharField(null=True, max_length=6)),
                    ("value", fields.DecimalField(null=True, max_digits=18, decimal_places=3)),
                    ("currency", fields.CharField(null=True, max_length=3)),
                    ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ],
                options={
                    "table": "document_links",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "That an item, or a document, followed another: how much, to what effect. Written once, by the successor.",
                },
                bases=["Model"],
            ),
            ShownByView(
                name="DocumentReference",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    ("successor_kind", fields.CharField(max_length=10)),
                    ("successor_id", fields.BigIntField()),
                    ("document_id", fields.BigIntField()),
                    ("object", fields.CharField(max_length=40)),
                    (
                        "category",
                        fields.CharEnumField(
                            description="INQUIRY: INQUIRY\nQUOTATION: QUOTATION\nCONTRACT: CONTRACT\nSALES_ORDER: SALES_ORDER\nDELIVERY: DELIVERY\nGOODS_ISSUE: GOODS_ISSUE\nINVOICE: INVOICE\nPRO_FORMA: PRO_FORMA\nCREDIT_MEMO: CREDIT_MEMO\nDEBIT_MEMO: DEBIT_MEMO\nCANCELLATION: CANCELLATION\nPAYMENT: PAYMENT\nRETURN: RETURN\nCREDIT_MEMO_REQUEST: CREDIT_MEMO_REQUEST\nDEBIT_MEMO_REQUEST: DEBIT_MEMO_REQUEST",
                            enum_type=DocumentCategory,
                            max_length=20,
                        ),
                    ),
                    ("type_name", fields.CharField(max_length=20)),
                    ("number", fields.CharField(max_length=12)),
                    ("quantity", fields.DecimalField(null=True, max_digits=18, decimal_places=3)),
                    ("unit", fields.CharField(null=True, max_length=6)),
                    ("value", fields.DecimalField(null=True, max_digits=18, decimal_places=3)),
                    ("currency", fields.CharField(null=True, max_length=3)),
                    ("sales_organization", fields.CharField(max_length=10)),
                    ("distribution_channel", fields.CharField(max_length=10)),
                    ("division", fields.CharField(max_length=10)),
                    ("owner_id", fields.BigIntField()),
                    ("other_owner_id", fields.BigIntField(null=True)),
                ],
                options={
                    "table": "document_references",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "What a document in a flow followed, document by document: a view of links with the predecessors' numbers.",
                },
                bases=["FlowDocument"],
            ),
            ShownByView(
                name="DueBillingLine",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    ("object", fields.CharField(max_length=40)),
                    ("type_name", fields.CharField(max_length=20)),
                    ("document_id", fields.BigIntField()),
                    ("number", fields.CharField(max_length=12)),
                    ("line_number", fields.IntField()),
                    ("material_id", fields.BigIntField()),
                    ("day", fields.DateField()),
                    ("due", fields.DecimalField(max_digits=18, decimal_places=3)),
                    ("unit", fields.CharField(max_length=6)),
                    ("sales_organization", fields.CharField(max_length=10)),
                    ("distribution_channel", fields.CharField(max_length=10)),
                    ("division", fields.CharField(max_length=10)),
                    ("payer_id", fields.BigIntField()),
                    ("owner_id", fields.BigIntField()),
                    ("other_owner_id", fields.BigIntField(null=True)),
                ],
                options={
                    "table": "due_billing_lines",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "What is due for billing 开票到期: a view of delivery lines that have left, and of order lines billed by themselves.",
                },
                bases=["Model"],
            ),
            ShownByView(
                name="DueDeliveryLine",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    ("document_id", fields.BigIntField()),
                    ("line_number", fields.IntField()),
                    ("material_id", fields.BigIntField()),
                    ("plant", fields.CharField(max_length=10)),
                    ("day", fields.DateField()),
                    ("open", fields.DecimalField(max_digits=18, decimal_places=3)),
                    ("unit", fields.CharField(max_length=6)),
                    ("sales_organization", fields.CharField(max_length=10)),
                    ("distribution_channel", fields.CharField(max_length=10)),
                    ("division", fields.CharField(max_length=10)),
                    ("sold_to_id", fields.BigIntField()),
                    ("ship_to_id", fields.BigIntField()),
                    ("agent_id", fields.BigIntField(null=True)),
                ],
                options={
                    "table": "due_delivery_lines",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "A promised part of an order that no delivery holds yet 交货到期: a view of lines that may be delivered.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="FlowMember",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    ("root_kind", fields.CharField(max_length=10)),
                    ("root_id", fields.BigIntField()),
                    ("kind", fields.CharField(max_length=10)),
                    ("document_id", fields.BigIntField()),
                    ("before", fields.BooleanField(default=False)),
                ],
                options={
                    "table": "document_flow_members",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "That a document belongs to another's flow: it came before, or after, or is itself. Kept both ways when one follows.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="GoodsIssue",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    ("number", fields.CharField(max_length=12)),
                    ("object", fields.CharField(max_length=20)),
                    ("delivery_id", fields.BigIntField()),
                    ("sales_organization", fields.CharField(max_length=10)),
                    ("distribution_channel", fields.CharField(max_length=10)),
                    ("division", fields.CharField(max_length=10)),
                    ("plant", fields.CharField(max_length=10)),
                    ("sold_to_id", fields.BigIntField()),
                    ("ship_to_id", fields.BigIntField()),
                    ("posting_date", fields.DateField()),
                    ("posted_by", fields.CharField(max_length=60)),
                    ("posted_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                    ("reverses_id", fields.BigIntField(null=True)),
                ],
                options={
                    "table": "goods_issues",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "That a delivery was posted: goods left 发货过账, or came back 退货收货; or that this was taken back (`reverses_id`).",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="GoodsMovement",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    ("goods_issue_id", fields.BigIntField(null=True)),
                    ("material_id", fields.BigIntField()),
                    ("plant", fields.CharField(max_length=10)),
                    ("storage_location", fields.CharField(max_length=10)),
                    ("quantity", fields.DecimalField(max_digits=18, decimal_places=6)),
                    ("base_unit", fields.CharField(max_length=6)),
                    ("posting_date", fields.DateField()),
                    ("posted_by", fields.CharField(max_length=60)),
                    ("posted_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                    ("delivery_item_id", fields.BigIntField(null=True)),
                    ("reason", fields.CharField(null=True, max_length=60)),
                ],
                options={
                    "table": "goods_movements",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "What moved 物料凭证: into stock above zero, out of it below; of a goods issue, or by itself. Nothing is changed.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="IncompletionEntry",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    ("document_id", fields.BigIntField()),
                    (
                        "part",
                        fields.CharEnumField(
                            description="HEADER: HEADER\nITEM: ITEM\nSCHEDULE_LINE: SCHEDULE_LINE\nPARTNER: PARTNER",
                            enum_type=Part,
                            max_length=14,
                        ),
                    ),
                    ("field", fields.CharField(max_length=40)),
                    ("line_number", fields.IntField(null=True)),
                    ("title", fields.CharField(max_length=120)),
                    ("blocks", fields.CharField(max_length=60)),
                ],
                options={
                    "table": "incompletion_entries",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "A field that a document lacks 不完整性日志.",
                },
                bases=["Model"],
            ),
            ShownByView(
                name="Inquiry",
                fields=document_header(),
                options={
                    "table": "inquiries",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "What a customer asks for 询价单.",
                },
                bases=["DocumentHeader"],
            ),
            ops.CreateModel(
                name="ItemCondition",
                fields=condition_columns(),
                options={
                    "table": "sales_item_conditions",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "A row of an item's price as it is kept.",
                },
                bases=["ConditionFields"],
            ),
            ops.CreateModel(
                name="MaterialPlant",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    ("material_id", fields.BigIntField()),
                    ("plant", fields.CharField(max_length=10)),
                    ("replenishment_days", fields.IntField(null=True)),
                    ("storage_location", fields.CharField(default="0001", max_length=10)),
                ],
                options={
                    "table": "material_plants",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "A material in a plant 物料工厂视图. Its row is what availability is decided under: whoever promises holds it.",
                },
                bases=["Model"],
            ),
            ShownByView(
                name="MemoRequest",
                fields=document_header(),
                options={
                    "table": "memo_requests",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "What is to be credited or debited 贷项/借项凭证申请.",
                },
                bases=["DocumentHeader"],
            ),
            ops.CreateModel(
                name="OpenItem",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    (
                        "kind",
                        fields.CharEnumField(
                            description="INVOICE: INVOICE\nMEMO: MEMO\nADVANCE: ADVANCE\nON_ACCOUNT: ON_ACCOUNT\nRESIDUAL: RESIDUAL",
                            enum_type=OpenItemKind,
                            max_length=12,
                        ),
                    ),
                    ("company_code", fields.CharField(max_length=10)),
                    ("payer_id", fields.BigIntField()),
                    ("sales_organization", fields.CharField(max_length=10)),
                    ("distribution_channel", fields.CharField(max_length=10)),
                    ("division", fields.CharField(max_length=10)),
                    ("billing_id", fields.BigIntField(null=True)),
                    ("payment_id", fields.BigIntField(null=True)),
                    ("document_id", fields.BigIntField(null=True)),
                    ("baseline_date", fields.DateField()),
                    ("due_date", fields.DateField()),
                    ("currency", fields.CharField(max_length=3)),
                    ("amount", fields.DecimalField(max_digits=18, decimal_places=3)),
                    ("open", fields.DecimalField(max_digits=18, decimal_places=3)),
                    ("version", fields.IntField(default=1)),
                ],
                options={
                    "table": "open_items",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "An amount that a payer owes (above zero) or has in hand (below) 未清项, and what of it is still open.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="Payment",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    ("number", fields.CharField(max_length=12)),
                    ("company_code", fields.CharField(max_length=10)),
                    ("payer_id", fields.BigIntField()),
                    ("amount", fields.DecimalField(max_digits=18, decimal_places=3)),
                    ("currency", fields.CharField(max_length=3)),
                    ("group_value", fields.DecimalField(default=Decimal("0"), max_digits=18, decimal_places=3)),
                    ("method", fields.CharField(max_length=4)),
                    ("reference", fields.CharField(null=True, max_length=60)),
                    ("posting_date", fields.DateField()),
                    ("on_account", fields.DecimalField(default=Decimal("0"), max_digits=18, decimal_places=3)),
                    ("discount", fields.DecimalField(default=Decimal("0"), max_digits=18, decimal_places=3)),
                    ("document_id", fields.BigIntField(null=True)),
                    ("sales_organization", fields.CharField(max_length=10)),
                    ("distribution_channel", fields.CharField(max_length=10)),
                    ("division", fields.CharField(max_length=10)),
                    ("reset_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                    ("reset_by", fields.CharField(null=True, max_length=60)),
                    ("created_by", fields.CharField(max_length=60)),
                    ("created_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                    ("version", fields.IntField(default=1)),
                ],
                options={
                    "table": "payments",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "A payment that came in; `on_account` is what no item took. Its area is where its flow is shown.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="PlannedMovement",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    ("material_id", fields.BigIntField()),
                    ("plant", fields.CharField(max_length=10)),
                    ("day", fields.DateField()),
                    ("quantity", fields.DecimalField(max_digits=18, decimal_places=6)),
                    ("reference", fields.CharField(max_length=40)),
                    ("created_by", fields.CharField(max_length=60)),
                    ("version", fields.IntField(default=1)),
                ],
                options={
                    "table": "planned_movements",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "What is expected of a material 计划收货, or reserved of it 预留 (below zero), on a day, in its base unit.",
                },
                bases=["Model"],
            ),
            ShownByView(
                name="Quotation",
                fields=document_header(),
                options={
                    "table": "quotations",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "What is offered, and until when 报价单.",
                },
                bases=["DocumentHeader"],
            ),
            ShownByView(
                name="ReturnOrder",
                fields=document_header(),
                options={
                    "table": "returns",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "What is to come back 退货单.",
                },
                bases=["DocumentHeader"],
            ),
            ops.CreateModel(
                name="SalesDocument",
                fields=document_header(),
                options={
                    "table": "sales_documents",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "The table of them all. It has no authorization object: whoever asks goes by a category.",
                },
                bases=["DocumentHeader"],
            ),
            ops.CreateModel(
                name="SalesItem",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    ("document_id", fields.BigIntField()),
                    ("line_number", fields.IntField()),
                    ("item_category", fields.CharField(max_length=4)),
                    (
                        "usage",
                        fields.CharEnumField(
                            null=True, description="FREE_GOODS: FREE_GOODS\nTEXT: TEXT", enum_type=Usage, max_length=12
                        ),
                    ),
                    ("material_id", fields.BigIntField()),
                    ("description", fields.CharField(max_length=200)),
                    ("plant", fields.CharField(null=True, max_length=10)),
                    ("storage_location", fields.CharField(null=True, max_length=10)),
                    ("shipping_point", fields.CharField(null=True, max_length=10)),
                    ("quantity", fields.DecimalField(max_digits=18, decimal_places=3)),
                    ("unit", fields.CharField(max_length=6)),
                    ("base_unit", fields.CharField(max_length=6)),
                    ("numerator", fields.BigIntField(default=1)),
                    ("denominator", fields.BigIntField(default=1)),
                    ("requested_date", fields.DateField(null=True)),
                    ("ship_separately", fields.BooleanField(default=False)),
                    ("tax_class", fields.CharField(null=True, max_length=10)),
                    ("under_tolerance", fields.DecimalField(default=Decimal("0"), max_digits=5, decimal_places=2)),
                    ("over_tolerance", fields.DecimalField(null=True, default=Decimal("0"), max_digits=5, decimal_places=2)),
                    ("rejection_reason", fields.CharField(null=True, max_length=4)),
                    (
                        "priced_as",
                        fields.CharEnumField(
                            default=PricingType.NEW,
                            description="RESCALE: A\nNEW: B\nKEEP_MANUAL: C\nUNCHANGED: D\nREDETERMINE_TAXES: G\nREDETERMINE_FREIGHT: H",
                            enum_type=PricingType,
                            max_length=1,
                        ),
                    ),
                    (
                        "manual_conditions",
                        fields.JSONField(default=list, encoder=functools.partial(dumps, separators=(",", ":")), decoder=loads),
                    ),
                    ("net_price", fields.DecimalField(null=True, max_digits=18, decimal_places=3)),
                    ("net_value", fields.DecimalField(default=Decimal("0"), max_digits=18, decimal_places=3)),
                    ("tax_rate", fields.DecimalField(null=True, max_digits=7, decimal_places=4)),
                    ("tax_amount", fields.DecimalField(default=Decimal("0"), max_digits=18, decimal_places=3)),
                    ("gross_value", fields.DecimalField(default=Decimal("0"), max_digits=18, decimal_places=3)),
                    ("cost", fields.DecimalField(null=True, max_digits=18, decimal_places=3)),
                    ("target_value", fields.DecimalField(null=True, max_digits=18, decimal_places=3)),
                    ("called_value", fields.DecimalField(default=Decimal("0"), max_digits=18, decimal_places=3)),
                    ("currency", fields.CharField(max_length=3)),
                    (
                        "billed_by",
                        fields.CharEnumField(
                            null=True,
                            description="ORDER: ORDER\nDELIVERY: DELIVERY\nGOODS_ISSUE: GOODS_ISSUE",
                            enum_type=BillingBasis,
                            max_length=12,
                        ),
                    ),
                    ("rejected", fields.DecimalField(default=Decimal("0"), max_digits=18, decimal_places=3)),
                    ("confirmed", fields.DecimalField(default=Decimal("0"), max_digits=18, decimal_places=3)),
                    ("delivered", fields.DecimalField(default=Decimal("0"), max_digits=18, decimal_places=3)),
                    ("issued", fields.DecimalField(default=Decimal("0"), max_digits=18, decimal_places=3)),
                    ("billed", fields.DecimalField(default=Decimal("0"), max_digits=18, decimal_places=3)),
                    ("posted", fields.DecimalField(default=Decimal("0"), max_digits=18, decimal_places=3)),
                    ("referenced", fields.DecimalField(default=Decimal("0"), max_digits=18, decimal_places=3)),
                    ("returned", fields.DecimalField(default=Decimal("0"), max_digits=18, decimal_places=3)),
                    (
                        "status",
                        fields.CharEnumField(
                            default=AxisStatus.NOT_YET,
                            description="NOT_RELEVANT: NOT_RELEVANT\nNOT_YET: NOT_YET\nPARTIAL: PARTIAL\nCOMPLETE: COMPLETE",
                            enum_type=AxisStatus,
                            max_length=12,
                        ),
                    ),
                    (
                        "delivery_status",
                        fields.CharEnumField(
                            default=AxisStatus.NOT_RELEVANT,
                            description="NOT_RELEVANT: NOT_RELEVANT\nNOT_YET: NOT_YET\nPARTIAL: PARTIAL\nCOMPLETE: COMPLETE",
                            enum_type=AxisStatus,
                            max_length=12,
                        ),
                    ),
                    (
                        "billing_status",
                        fields.CharEnumField(
                            default=AxisStatus.NOT_RELEVANT,
                            description="NOT_RELEVANT: NOT_RELEVANT\nNOT_YET: NOT_YET\nPARTIAL: PARTIAL\nCOMPLETE: COMPLETE",
                            enum_type=AxisStatus,
                            max_length=12,
                        ),
                    ),
                    ("sales_organization", fields.CharField(max_length=10)),
                    ("distribution_channel", fields.CharField(max_length=10)),
                    ("division", fields.CharField(max_length=10)),
                    ("sold_to_id", fields.BigIntField()),
                    ("agent_id", fields.BigIntField(null=True)),
                ],
                options={
                    "table": "sales_items",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "A line of a sales document. Quantities are in `unit`, of which one is `numerator / denominator` of the base unit.",
                },
                bases=["Model"],
            ),
            ShownByView(
                name="SalesOrder",
                fields=document_header(),
                options={
                    "table": "sales_orders",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "What is ordered 销售订单.",
                },
                bases=["DocumentHeader"],
            ),
            ops.CreateModel(
                name="ScheduleLine",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    ("item_id", fields.BigIntField()),
                    ("document_id", fields.BigIntField()),
                    ("position", fields.IntField()),
                    ("requested_date", fields.DateField()),
                    ("quantity", fields.DecimalField(max_digits=18, decimal_places=3)),
                    ("confirmed_date", fields.DateField(null=True)),
                    ("confirmed", fields.DecimalField(default=Decimal("0"), max_digits=18, decimal_places=3)),
                    ("material_id", fields.BigIntField()),
                    ("plant", fields.CharField(null=True, max_length=10)),
                    ("open_base", fields.DecimalField(default=Decimal("0"), max_digits=18, decimal_places=6)),
                ],
                options={
                    "table": "schedule_lines",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "A part of an item on a day 计划行: what was asked for, what is promised and when, and what of that was delivered.",
                },
                bases=["Model"],
            ),
            ShownByView(
                name="ShownCondition",
                fields=[
                    *condition_columns(),
                    ("sales_organization", fields.CharField(max_length=10)),
                    ("distribution_channel", fields.CharField(max_length=10)),
                    ("division", fields.CharField(max_length=10)),
                    ("sold_to_id", fields.BigIntField()),
                    ("agent_id", fields.BigIntField(null=True)),
                ],
                options={
                    "table": "shown_item_conditions",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "A row as a view shows it: where its item lies and whose it is, so that each row is seen by its own right.",
                },
                bases=["ConditionFields"],
            ),
            ops.CreateModel(
                name="Stock",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    ("material_id", fields.BigIntField()),
                    ("plant", fields.CharField(max_length=10)),
                    ("storage_location", fields.CharField(max_length=10)),
                    ("quantity", fields.DecimalField(default=Decimal("0"), max_digits=18, decimal_places=6)),
                ],
                options={
                    "table": "stock",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "What is there of a material in a storage location of a plant, in its base unit.",
                },
                bases=["Model"],
            ),
            ops.AddField(
                model_name="ChangeDocument",
                name="line_number",
                field=fields.IntField(null=True),
            ),
            ops.AddField(
                model_name="Material",
                name="item_category_group",
                field=fields.CharField(default="NORM", db_default="NORM", max_length=4),
            ),
        ),
        ops.RunSQL([*UP, *DUE], DOWN),
    ]
