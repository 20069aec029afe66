"""What the passing of days does to customers: documents expire, and with them admissions; who looks after them is reminded."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta, timezone

from api.execution.journal import Journal, recording
from api.resolvers.papers import business_days, holder_of, locked_documents
from api.resolvers.qualification import qualification_rules
from domain.customer import ReviewStatus
from domain.onboarding import OnboardingCase, Step, expired, expires_soon, refusals_to
from models.customer import Customer, QualificationDocument


@dataclass(frozen=True, slots=True)
class Report:
    """How many documents and customers have expired, and how many reminders were sent."""

    documents: int = 0
    customers: int = 0
    reminders: int = 0

    def __add__(self, other: Report) -> Report:
        return Report(self.documents + other.documents, self.customers + other.customers, self.reminders + other.reminders)


async def customers_to_look_at(day: date | None, ahead: int) -> list[int]:
    """The customers with an accepted document that ends within so many days; without a day, of today anywhere."""
    latest = day or datetime.now(timezone.utc).date() + timedelta(days=1)
    last = latest + timedelta(days=min(ahead, (date.max - latest).days))
    found = QualificationDocument.filter(review_status=ReviewStatus.ACCEPTED, valid_to__lte=last)
    return [each for (each,) in await found.distinct().order_by("customer_id").values_list("customer_id")]


async def expire_customers(day: date | None, ahead: int, by: str, customers: list[int], progress: Callable[[], None]) -> Report:
    """Mark what has expired as of a day, by default of each customer's own business day, and remind of what will within
    so many days. Each customer is a transaction; what is marked or reminded of once is not again.
    """
    report = Report()
    for customer_id in customers:
        async with recording(by, f"expiry-{secrets.token_hex(8)}") as journal:
            report += await _expire(journal, customer_id, day, ahead)
        progress()
    return report


async def _expire(journal: Journal, customer_id: int, day: date | None, ahead: int) -> Report:
    customer = await Customer.filter(id=customer_id).select_for_update(no_key=True).get_or_none()
    if customer is None:
        return Report()
    documents = await locked_documents(customer)
    today = day or (await business_days(customer_id, journal.now))[0]
    holder = holder_of(customer, documents)
    over = [each for each in documents if each.review_status is ReviewStatus.ACCEPTED and each.paper.is_over(today)]
    for document in over:
        journal.keep(document)
        document.review_status = ReviewStatus.EXPIRED
        await journal.save(document)
    report = Report(documents=len(over))
    if refusals_to(Step.EXPIRE, OnboardingCase(customer.onboarding_status, journal.by)):
        return report
    if expired(qualification_rules(), holder, today):
        journal.keep(customer)
        customer.expire()
        await journal.save(customer)
        return replace(report, customers=1)
    soon = expires_soon(qualification_rules(), holder, today, ahead)
    due = [each for each in documents if each.paper in soon and each.reminded_for != each.valid_to]
    for document in due:
        document.reminded_for = document.valid_to
        await document.save(update_fields=["reminded_for"])
        await journal.announce(
            document,
            "expiring",
            customer=customer.number,
            documentType=document.document_type,
            validTo=str(document.valid_to),
        )
    return replace(report, reminders=len(due))
