"""Onboarding 客户准入: submitting and deciding customers, reviewing their documents, extending them to further sales areas."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from api.execution.command import Work, command, given
from api.resolvers.customers import add_views, known_sales_area
from api.resolvers.qualification import qualification_rules
from api.settings import zone
from domain.activity import Activity
from domain.areas import PARTS, area_of, text_of
from domain.caller import Caller
from domain.customer import faults_of_reason
from domain.errors import Duplicate, Invalid, Refusal, Refused, refuse_if_any
from domain.onboarding import (
    CUSTOMER_NUMBER,
    MOST_PENDING,
    ExtensionCase,
    ExtensionStatus,
    Holder,
    OnboardingCase,
    ReviewCase,
    Step,
    documents_missing,
    lacking_for_approval,
    lacking_for_submission,
    refusals_to,
    refusals_to_decide,
    refusals_to_review,
)
from models.customer import Customer, CustomerExtension, QualificationDocument, SalesAreaView
from models.organization import SalesArea, SalesOrganization

VIEW = "customer_sales_area"
DOCUMENT = "customer_document"


async def submit_customer(caller: Caller | None, input: Any) -> Customer:
    """Hand a customer in for approval. Raises NotFound, Conflict, Forbidden, Refused (ONBOARDING_RULES, DOCUMENT_MISSING)."""
    async with command(caller, input, "submitCustomer") as work:
        customer = await work.lock(Customer, "Customer", input.customer, "customer", version=input.version)
        await work.demand(customer, Activity.CHANGE)
        lacking = lacking_for_submission(qualification_rules(), await _holder(customer), await _last_day(work, customer.id))
        missing = await _told(work, customer, lacking, "DOCUMENT_MISSING")
        refuse_if_any((*refusals_to(Step.SUBMIT, _case(work, customer)), *missing))
        customer.submit(by=work.caller.username)
        await work.save(customer)
    return customer


async def approve_customer(caller: Caller | None, input: Any) -> Customer:
    """Admit a submitted customer. Raises NotFound, Conflict, Forbidden, Refused (ONBOARDING_RULES, DOCUMENT_NOT_ACCEPTED)."""
    async with command(caller, input, "approveCustomer") as work:
        customer = await work.lock(Customer, "Customer", input.customer, "customer", version=input.version)
        await work.demand(customer, Activity.APPROVE)
        lacking = lacking_for_approval(qualification_rules(), await _holder(customer), await _last_day(work, customer.id))
        missing = await _told(work, customer, lacking, "DOCUMENT_NOT_ACCEPTED")
        refuse_if_any((*refusals_to(Step.APPROVE, _case(work, customer)), *missing))
        customer.approve()
        await work.save(customer)
    return customer


async def reject_customer(caller: Caller | None, input: Any) -> Customer:
    """Send a submitted customer back. Raises NotFound, Conflict, Forbidden, Invalid, Refused (ONBOARDING_RULES)."""
    async with command(caller, input, "rejectCustomer") as work:
        customer = await work.lock(Customer, "Customer", input.customer, "customer", version=input.version)
        await work.demand(customer, Activity.APPROVE)
        refuse_if_any(faults_of_reason(input.reason), Invalid)
        refuse_if_any(refusals_to(Step.REJECT, _case(work, customer)))
        customer.reject(input.reason.strip())
        await work.save(customer)
    return customer


async def review_qualification_document(caller: Caller | None, input: Any) -> QualificationDocument:
    """Accept or reject a document. Raises NotFound, Conflict, Forbidden, Invalid, Refused (REVIEW_RULES)."""
    async with command(caller, input, "reviewQualificationDocument") as work:
        version = input.version if given(input.version) else None
        document = await work.lock(
            QualificationDocument,
            "QualificationDocument",
            input.qualification_document,
            "qualificationDocument",
            version=version,
        )
        await work.demand(document, Activity.APPROVE)
        reason = input.reason if given(input.reason) and input.reason is not None else ""
        if not input.accept or reason:
            refuse_if_any(faults_of_reason(reason), Invalid)
        day = await _last_day(work, document.customer_id)
        refuse_if_any(
            refusals_to_review(ReviewCase(document.paper, document.added_by, work.caller.username, input.accept, day))
        )
        document.review(accept=input.accept, reason=reason.strip() or None)
        await work.save(document)
    return document


async def extend_customer(caller: Caller | None, input: Any) -> CustomerExtension:
    """Propose that a further sales area deal with a customer. Raises Invalid, Forbidden, Duplicate, Refused.

    Access for oneself: what the caller does not see is answered in the same way whether there is such a customer or not.
    """
    async with command(caller, input, "extendCustomer") as work:
        area = area_of(input.sales_area, "salesArea")
        await known_sales_area(work, area)
        work.demand_in(area, VIEW, Activity.CREATE)
        number = input.customer_number
        if CUSTOMER_NUMBER.fullmatch(number) is None:
            raise Invalid.because("NUMBER_MALFORMED", "customerNumber", value=number[:40])
        await work.alone_with(f"extension of customer {number} to {text_of(area)}")
        place: dict[str, Any] = dict(zip(PARTS, area, strict=True))
        known = await work.seen_with(Customer, "id", number=number)
        if known is not None and await work.seen_with(SalesAreaView, "id", customer_id=known, **place) is not None:
            raise Duplicate.because("VIEW_EXISTS", "salesArea", value=text_of(area))
        pending = {"customer_number": number, "status": ExtensionStatus.PENDING.value}
        if await work.seen_with(CustomerExtension, "id", **pending, **place) is not None:
            raise Duplicate.because("EXTENSION_PENDING", "customerNumber")
        await _not_too_many(work)
        extension = CustomerExtension(customer_number=number, proposed_by=work.caller.username, proposed_at=work.now, **place)
        await work.create(extension)
    return extension


async def approve_customer_extension(caller: Caller | None, input: Any) -> CustomerExtension:
    """Give the sales area its view of the customer. Raises NotFound, Conflict, Forbidden, Refused (EXTENSION_RULES)."""
    async with command(caller, input, "approveCustomerExtension") as work:
        extension = await _lock_extension(work, input)
        refuse_if_any(_refusals_to_decide(work, extension))
        area = await SalesArea.get(**extension.place)
        customer = await Customer.filter(number=extension.customer_number).select_for_update(no_key=True).get_or_none()
        if customer is None:
            raise Refused.because("NO_SUCH_NUMBER", "customerExtension", value=extension.customer_number)
        if await SalesAreaView.filter(customer_id=customer.id, **extension.place).exists():
            raise Refused.because("VIEW_EXISTS", "customerExtension", value=text_of(extension.area))
        extension.approve()
        await work.save(extension)
        work.keep(customer)
        await work.save(customer)
        await add_views(work, customer, area)
    return extension


async def reject_customer_extension(caller: Caller | None, input: Any) -> CustomerExtension:
    """Turn a proposal down. Raises NotFound, Conflict, Forbidden, Invalid, Refused (EXTENSION_RULES)."""
    async with command(caller, input, "rejectCustomerExtension") as work:
        extension = await _lock_extension(work, input)
        refuse_if_any(faults_of_reason(input.reason), Invalid)
        refuse_if_any(_refusals_to_decide(work, extension))
        extension.reject(input.reason.strip())
        await work.save(extension)
    return extension


async def business_days(customer_id: int, now: datetime) -> tuple[date, date]:
    """The first and the last of the days that it is in the sales organizations that deal with a customer."""
    codes = await SalesAreaView.filter(customer_id=customer_id).distinct().values_list("sales_organization", flat=True)
    names = await SalesOrganization.filter(code__in=codes).distinct().values_list("time_zone", flat=True)
    days = [now.astimezone(each).date() for each in [ZoneInfo(str(name)) for name in names] or [zone()]]
    return min(days), max(days)


def holder_of(customer: Customer, documents: Iterable[QualificationDocument]) -> Holder:
    """A customer with its documents, as far as the rules look at them."""
    return Holder(customer.country, customer.customer_type, tuple(document.paper for document in documents))


async def locked_documents(customer: Customer) -> list[QualificationDocument]:
    """The customer's documents, locked until the end: always after the customer, so that nobody waits in a circle."""
    return await QualificationDocument.filter(customer_id=customer.id).order_by("id").select_for_update(no_key=True)


async def _holder(customer: Customer) -> Holder:
    return holder_of(customer, await locked_documents(customer))


async def _last_day(work: Work, customer_id: int) -> date:
    """The day on which documents must still be valid: in every sales organization that deals with the customer."""
    return (await business_days(customer_id, work.now))[1]


def _case(work: Work, customer: Customer) -> OnboardingCase:
    return OnboardingCase(customer.onboarding_status, work.caller.username, customer.submitted_by)


async def _told(work: Work, customer: Customer, lacking: tuple[str, ...], reason: str) -> tuple[Refusal, ...]:
    """Each lacking document by name, to whom may see the documents; else only that some are lacking."""
    if lacking and not await work.sees_of(customer, DOCUMENT):
        return (Refusal("DOCUMENTS_LACKING", "customer"),)
    return documents_missing(qualification_rules(), lacking, reason)


async def _lock_extension(work: Work, input: Any) -> CustomerExtension:
    extension = await work.lock(
        CustomerExtension, "CustomerExtension", input.customer_extension, "customerExtension", version=input.version
    )
    await work.demand(extension, Activity.APPROVE)
    return extension


def _refusals_to_decide(work: Work, extension: CustomerExtension) -> tuple[Refusal, ...]:
    return refusals_to_decide(ExtensionCase(extension.status, extension.proposed_by, work.caller.username))


async def _not_too_many(work: Work) -> None:
    await work.alone_with(f"proposals of {work.caller.username}")
    mine = CustomerExtension.filter(proposed_by=work.caller.username, status=ExtensionStatus.PENDING)
    if await mine.count() >= MOST_PENDING:
        raise Refused.because("TOO_MANY_PROPOSALS", "customerNumber", most=MOST_PENDING)
