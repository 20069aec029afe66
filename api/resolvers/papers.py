"""A customer's qualification documents as the rules of onboarding look at them: on which day, and which are lacking."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from zoneinfo import ZoneInfo

from api.execution.command import Work
from api.resolvers.qualification import qualification_rules
from api.settings import zone
from domain.customer import OnboardingStatus
from domain.errors import Refusal
from domain.onboarding import Holder, documents_missing, lacking_for_approval, lacking_for_submission
from models.customer import Customer, QualificationDocument, SalesAreaView
from models.organization import SalesOrganization

DOCUMENT = "customer_document"


async def business_days(customer_id: int, now: datetime) -> tuple[date, date]:
    """The first and the last of the days that it is in the sales organizations that deal with a customer."""
    codes = await SalesAreaView.filter(customer_id=customer_id).distinct().values_list("sales_organization", flat=True)
    names = await SalesOrganization.filter(code__in=codes).distinct().values_list("time_zone", flat=True)
    days = [now.astimezone(each).date() for each in [ZoneInfo(str(name)) for name in names] or [zone()]]
    return min(days), max(days)


async def last_day(work: Work, customer_id: int) -> date:
    """The day on which documents must still be valid: in every sales organization that deals with the customer."""
    return (await business_days(customer_id, work.now))[1]


def holder_of(customer: Customer, documents: Iterable[QualificationDocument]) -> Holder:
    """A customer with its documents, as far as the rules look at them."""
    return Holder(customer.country, customer.customer_type, tuple(document.paper for document in documents))


async def locked_documents(customer: Customer) -> list[QualificationDocument]:
    """The customer's documents, locked until the end: always after the customer, so that nobody waits in a circle."""
    return await QualificationDocument.filter(customer_id=customer.id).order_by("id").select_for_update(no_key=True)


NEEDED = {
    OnboardingStatus.SUBMITTED: (lacking_for_submission, "DOCUMENT_MISSING"),
    OnboardingStatus.APPROVED: (lacking_for_approval, "DOCUMENT_NOT_ACCEPTED"),
}
"""Which documents a customer must have to be where it is, and what is said of one that is lacking."""


async def lacking_to_be(work: Work, customer: Customer, status: OnboardingStatus) -> tuple[Refusal, ...]:
    """A refusal for each document that is lacking to be there: by name, to whom may see the documents; else only that some
    are lacking.
    """
    if status not in NEEDED:
        return ()
    lacking_for, reason = NEEDED[status]
    holder = holder_of(customer, await locked_documents(customer))
    lacking = lacking_for(qualification_rules(), holder, await last_day(work, customer.id))
    if lacking and not await work.sees_of(customer, DOCUMENT):
        return (Refusal("DOCUMENTS_LACKING", "customer"),)
    return documents_missing(qualification_rules(), lacking, reason)
