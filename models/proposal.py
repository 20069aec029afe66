"""Proposals about a customer that wait for somebody else: bank accounts, and what partners say of themselves."""

from typing import ClassVar

from tortoise import fields
from tortoise.models import Model

from domain.proposals import ProposalCase, ProposalStatus, ProposalSubject, ProposedAction
from models.access import Access, OwnedByCustomer, PartOf
from models.customer import OF_CUSTOMER, BankAccount, Contact, Customer


class Proposal(Model):
    """What every proposal has: who made it, and what became of it."""

    id = fields.BigIntField(primary_key=True, generated=True)
    action = fields.CharEnumField(ProposedAction, max_length=10)
    status = fields.CharEnumField(ProposalStatus, max_length=10, default=ProposalStatus.PENDING)
    proposed_by = fields.CharField(60)
    proposed_at = fields.DatetimeField()
    decided_by = fields.CharField(60, null=True)
    rejection_reason = fields.CharField(200, null=True)
    version = fields.IntField(default=1)

    class Meta:
        abstract = True

    def case(self, by: str) -> ProposalCase:
        """What the rules of deciding look at."""
        return ProposalCase(self.status, self.proposed_by, by)

    def decide(self, status: ProposalStatus, *, by: str, reason: str | None = None) -> None:
        """Keep what became of it, who said so, and why not."""
        self.status, self.decided_by, self.rejection_reason = status, by, reason


class BankAccountProposal(Proposal):
    """A bank account to add, to change or to remove, as it is to be."""

    access: ClassVar[Access] = Access("customer_bank", OF_CUSTOMER, OwnedByCustomer(("customer_id",)))
    customer: fields.ForeignKeyRelation[Customer] = fields.ForeignKeyField(
        "models.Customer", related_name="bank_account_proposals"
    )
    customer_id: int
    bank_account: fields.ForeignKeyNullableRelation[BankAccount] = fields.ForeignKeyField(
        "models.BankAccount", related_name="proposals", null=True, on_delete=fields.SET_NULL
    )
    bank_account_id: int | None
    bank_name = fields.CharField(120)
    account_number = fields.CharField(40)
    holder = fields.CharField(120)
    on_invoice = fields.BooleanField(default=False)

    class Meta:
        table = "bank_account_proposals"


class CustomerProposal(Proposal):
    """What somebody proposes to change of a customer's address or contacts: mostly the customer's own people."""

    access: ClassVar[Access] = Access("customer_proposal", OF_CUSTOMER, OwnedByCustomer(("customer_id",)))
    customer: fields.ForeignKeyRelation[Customer] = fields.ForeignKeyField("models.Customer", related_name="proposals")
    customer_id: int
    subject = fields.CharEnumField(ProposalSubject, max_length=10)
    contact: fields.ForeignKeyNullableRelation[Contact] = fields.ForeignKeyField(
        "models.Contact", related_name="proposals", null=True, on_delete=fields.SET_NULL
    )
    contact_id: int | None

    class Meta:
        table = "customer_proposals"


class ProposedChange(Model):
    """One field of a proposal, as it was when it was made and as it is to be."""

    access: ClassVar[Access] = Access("customer_proposal", PartOf("CustomerProposal"))
    id = fields.BigIntField(primary_key=True, generated=True)
    proposal: fields.ForeignKeyRelation[CustomerProposal] = fields.ForeignKeyField(
        "models.CustomerProposal", related_name="changes"
    )
    proposal_id: int
    field = fields.CharField(40)
    old_value = fields.CharField(254, null=True)
    new_value = fields.CharField(254, null=True)

    class Meta:
        table = "customer_proposal_changes"
