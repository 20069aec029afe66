"""Every view of the customer: VAT invoice, commission, contacts, credit pointers, hierarchies, archive; and proposals."""

from tortoise import migrations
from tortoise.migrations import operations as ops
from domain.customer import CommissionBasis, InvoiceKind, TaxpayerKind
from domain.proposals import ProposalStatus, ProposalSubject, ProposedAction
from tortoise.fields.base import OnDelete
from tortoise import fields
from models.operations import Together

UP = [
    """
    create view customer_agents as
        select v.customer_id, v.sales_organization, v.distribution_channel, v.division, p.customer_id as agent_id
        from customer_sales_area_views v join customer_partners p on p.view_id = v.id
        where p.function = 'AGENT'
    """,
    "alter table customer_bank_accounts alter on_invoice set default false",
    "create index customers_group_head on customers (group_head_id) where group_head_id is not null",
    "create index customers_dealer on customers (dealer_id) where dealer_id is not null",
    "alter table customers add constraint customers_group_head_other check (group_head_id <> id)",
    "alter table customers add constraint customers_dealer_other check (dealer_id <> id)",
    "alter table customers add constraint customers_archived_flagged check (archived_at is null or deletion_flag)",
    """alter table customer_sales_area_views add constraint customer_views_commission
       check ((commission_rate is null) = (commission_basis is null) and commission_rate > 0 and commission_rate <= 100)""",
    "create index customer_contacts_customer on customer_contacts (customer_id)",
    "create unique index customer_credit_pointers_area on customer_credit_pointers (customer_id, credit_control_area)",
    "create index customer_credit_pointers_holder on customer_credit_pointers (holder_id)",
    """alter table customer_credit_pointers add constraint customer_credit_pointers_area_fkey
       foreign key (credit_control_area) references credit_control_areas (code)""",
    "create index bank_account_proposals_customer on bank_account_proposals (customer_id)",
    """create unique index bank_account_proposals_pending on bank_account_proposals (bank_account_id)
       where status = 'PENDING' and bank_account_id is not null""",
    "create index customer_proposals_customer on customer_proposals (customer_id)",
    "create index customer_proposals_contact on customer_proposals (contact_id) where contact_id is not null",
    "create index customer_proposal_changes_proposal on customer_proposal_changes (proposal_id)",
]
DOWN = [
    "drop view customer_agents",
    "alter table customer_sales_area_views drop constraint customer_views_commission",
    *(
        f"alter table customers drop constraint customers_{name}"
        for name in ("archived_flagged", "dealer_other", "group_head_other")
    ),
    *(f"drop index customers_{name}" for name in ("dealer", "group_head")),
]
"""What goes with a dropped table needs no undoing."""


class Migration(migrations.Migration):
    """Applied whole, in one transaction."""

    dependencies = [("models", "0006_files")]

    operations = [
        Together(
            ops.CreateModel(
                name="BankAccountProposal",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    ("action", fields.CharEnumField(enum_type=ProposedAction, max_length=10)),
                    ("status", fields.CharEnumField(default=ProposalStatus.PENDING, enum_type=ProposalStatus, max_length=10)),
                    ("proposed_by", fields.CharField(max_length=60)),
                    ("proposed_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                    ("decided_by", fields.CharField(null=True, max_length=60)),
                    ("rejection_reason", fields.CharField(null=True, max_length=200)),
                    ("version", fields.IntField(default=1)),
                    (
                        "customer",
                        fields.ForeignKeyField(
                            "models.Customer",
                            source_field="customer_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="bank_account_proposals",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    (
                        "bank_account",
                        fields.ForeignKeyField(
                            "models.BankAccount",
                            source_field="bank_account_id",
                            null=True,
                            db_constraint=True,
                            to_field="id",
                            related_name="proposals",
                            on_delete=OnDelete.SET_NULL,
                        ),
                    ),
                    ("bank_name", fields.CharField(max_length=120)),
                    ("account_number", fields.CharField(max_length=40)),
                    ("holder", fields.CharField(max_length=120)),
                    ("on_invoice", fields.BooleanField(default=False)),
                ],
                options={
                    "table": "bank_account_proposals",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "A bank account to add, to change or to remove, as it is to be.",
                },
                bases=["Proposal"],
            ),
            ops.CreateModel(
                name="Contact",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    (
                        "customer",
                        fields.ForeignKeyField(
                            "models.Customer",
                            source_field="customer_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="contacts",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    ("name", fields.CharField(max_length=120)),
                    ("department", fields.CharField(null=True, max_length=60)),
                    ("position", fields.CharField(null=True, max_length=60)),
                    ("phone", fields.CharField(null=True, max_length=40)),
                    ("email", fields.CharField(null=True, max_length=254)),
                ],
                options={
                    "table": "customer_contacts",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "A person to speak to at the customer.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="CreditPointer",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    (
                        "customer",
                        fields.ForeignKeyField(
                            "models.Customer",
                            source_field="customer_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="credit_pointers",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    ("credit_control_area", fields.CharField(max_length=10)),
                    (
                        "holder",
                        fields.ForeignKeyField(
                            "models.Customer",
                            source_field="holder_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="credit_pointers_to",
                            on_delete=OnDelete.RESTRICT,
                        ),
                    ),
                ],
                options={
                    "table": "customer_credit_pointers",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "On whose credit account a customer's documents count in a credit control area: its own, its payer's, its group head's.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="CustomerProposal",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    ("action", fields.CharEnumField(enum_type=ProposedAction, max_length=10)),
                    ("status", fields.CharEnumField(default=ProposalStatus.PENDING, enum_type=ProposalStatus, max_length=10)),
                    ("proposed_by", fields.CharField(max_length=60)),
                    ("proposed_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                    ("decided_by", fields.CharField(null=True, max_length=60)),
                    ("rejection_reason", fields.CharField(null=True, max_length=200)),
                    ("version", fields.IntField(default=1)),
                    (
                        "customer",
                        fields.ForeignKeyField(
                            "models.Customer",
                            source_field="customer_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="proposals",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    ("subject", fields.CharEnumField(enum_type=ProposalSubject, max_length=10)),
                    (
                        "contact",
                        fields.ForeignKeyField(
                            "models.Contact",
                            source_field="contact_id",
                            null=True,
                            db_constraint=True,
                            to_field="id",
                            related_name="proposals",
                            on_delete=OnDelete.SET_NULL,
                        ),
                    ),
                ],
                options={
                    "table": "customer_proposals",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "What somebody proposes to change of a customer's address or contacts: mostly the customer's own people.",
                },
                bases=["Proposal"],
            ),
            ops.CreateModel(
                name="ProposedChange",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    (
                        "proposal",
                        fields.ForeignKeyField(
                            "models.CustomerProposal",
                            source_field="proposal_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="changes",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    ("field", fields.CharField(max_length=40)),
                    ("old_value", fields.CharField(null=True, max_length=254)),
                    ("new_value", fields.CharField(null=True, max_length=254)),
                ],
                options={
                    "table": "customer_proposal_changes",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "One field of a proposal, as it was when it was made and as it is to be.",
                },
                bases=["Model"],
            ),
        ),
        ops.AddField(
            model_name="BankAccount",
            name="on_invoice",
            field=fields.BooleanField(default=False, db_default=False),
        ),
        ops.AlterField("BankAccount", "on_invoice", fields.BooleanField(default=False)),
        Together(
            ops.AddField(
                model_name="Customer",
                name="archived_at",
                field=fields.DatetimeField(null=True, auto_now=False, auto_now_add=False),
            ),
            ops.AddField(
                model_name="Customer",
                name="dealer",
                field=fields.ForeignKeyField(
                    "models.Customer",
                    source_field="dealer_id",
                    null=True,
                    db_constraint=True,
                    to_field="id",
                    related_name="dealer_customers",
                    on_delete=OnDelete.RESTRICT,
                ),
            ),
            ops.AddField(
                model_name="Customer",
                name="deletion_reason",
                field=fields.CharField(null=True, max_length=200),
            ),
            ops.AddField(
                model_name="Customer",
                name="group_head",
                field=fields.ForeignKeyField(
                    "models.Customer",
                    source_field="group_head_id",
                    null=True,
                    db_constraint=True,
                    to_field="id",
                    related_name="group_members",
                    on_delete=OnDelete.RESTRICT,
                ),
            ),
            ops.AddField(
                model_name="Customer",
                name="invoice_address",
                field=fields.CharField(null=True, max_length=200),
            ),
            ops.AddField(
                model_name="Customer",
                name="invoice_kind",
                field=fields.CharEnumField(null=True, enum_type=InvoiceKind, max_length=10),
            ),
            ops.AddField(
                model_name="Customer",
                name="invoice_phone",
                field=fields.CharField(null=True, max_length=40),
            ),
            ops.AddField(
                model_name="Customer",
                name="invoice_title",
                field=fields.CharField(null=True, max_length=120),
            ),
            ops.AddField(
                model_name="Customer",
                name="taxpayer_kind",
                field=fields.CharEnumField(null=True, enum_type=TaxpayerKind, max_length=12),
            ),
            ops.AddField(
                model_name="SalesAreaView",
                name="commission_basis",
                field=fields.CharEnumField(null=True, enum_type=CommissionBasis, max_length=12),
            ),
            ops.AddField(
                model_name="SalesAreaView",
                name="commission_rate",
                field=fields.DecimalField(null=True, max_digits=5, decimal_places=2),
            ),
        ),
        ops.RunSQL(UP, DOWN),
    ]
