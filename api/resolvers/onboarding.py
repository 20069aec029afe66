"""Onboarding 客户准入: submitting and deciding customers, reviewing their documents, extending them to further sales areas."""

from typing import Any

from api.auth.attempts import count_attempt, forgive_attempt
from api.execution.command import Work, command, given
from api.resolvers.customers import add_views, known_sales_area
from api.resolvers.papers import lacking_to_be, last_day
from domain.activity import Activity
from domain.areas import PARTS, area_of, text_of
from domain.caller import Caller
from domain.customer import OnboardingStatus, faults_of_reason
from domain.errors import Duplicate, Invalid, NotFound, Refusal, Refused, refuse_if_any
from domain.onboarding import (
    CUSTOMER_NUMBER,
    ExtensionStatus,
    OnboardingCase,
    ReviewCase,
    Step,
    refusals_to,
    refusals_to_review,
)
from domain.proposals import MOST_PENDING, ProposalCase, refusals_to_decide
from models.customer import Customer, CustomerExtension, QualificationDocument, SalesAreaView
from models.organization import SalesArea

VIEW = "customer_sales_area"
WRONG_NUMBERS = 5
"""That somebody may propose to extend before each further one makes them wait."""


async def submit_customer(caller: Caller | None, input: Any) -> Customer:
    """Hand a customer in for approval. Raises NotFound, Conflict, Forbidden, Refused (ONBOARDING_RULES, DOCUMENT_MISSING)."""
    async with command(caller, input, "submitCustomer") as work:
        customer = await work.lock(Customer, "Customer", input.customer, "customer", version=input.version)
        await work.demand(customer, Activity.CHANGE)
        missing = await lacking_to_be(work, customer, OnboardingStatus.SUBMITTED)
        refuse_if_any((*refusals_to(Step.SUBMIT, _case(work, customer)), *missing))
        customer.submit(by=work.caller.username)
        await work.save(customer)
    return customer


async def approve_customer(caller: Caller | None, input: Any) -> Customer:
    """Admit a submitted customer. Raises NotFound, Conflict, Forbidden, Refused (ONBOARDING_RULES, DOCUMENT_NOT_ACCEPTED)."""
    async with command(caller, input, "approveCustomer") as work:
        customer = await work.lock(Customer, "Customer", input.customer, "customer", version=input.version)
        await work.demand(customer, Activity.APPROVE)
        missing = await lacking_to_be(work, customer, OnboardingStatus.APPROVED)
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
        day = await last_day(work, document.customer_id)
        refuse_if_any(
            refusals_to_review(ReviewCase(document.paper, document.added_by, work.caller.username, input.accept, day))
        )
        document.review(accept=input.accept, reason=reason.strip() or None)
        await work.save(document)
    return document


async def extend_customer(caller: Caller | None, input: Any) -> CustomerExtension:
    """Propose that a further sales area deal with a customer. Raises Invalid, Forbidden, NotFound for a number of nobody,
    TooManyAttempts after several of those, Duplicate, Refused.
    """
    limits = {} if caller is None else {f"extension:{caller.username}": WRONG_NUMBERS}
    counted = await count_attempt(limits, "customerNumber")
    try:
        extension = await _extend(caller, input)
    except NotFound:
        raise
    except BaseException:
        await forgive_attempt(counted)
        raise
    await forgive_attempt(counted)
    return extension


async def _extend(caller: Caller | None, input: Any) -> CustomerExtension:
    """Of a customer whom the caller does not see, nothing is told but that there is one of this number."""
    async with command(caller, input, "extendCustomer") as work:
        area = area_of(input.sales_area, "salesArea")
        await known_sales_area(work, area)
        work.demand_in(area, VIEW, Activity.CREATE)
        number = input.customer_number
        if CUSTOMER_NUMBER.fullmatch(number) is None:
            raise Invalid.because("NUMBER_MALFORMED", "customerNumber", value=number[:40])
        if not await Customer.filter(number=number, archived_at=None).exists():
            raise NotFound.because("NOT_FOUND", "customerNumber", what="Customer")
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
    """Give the sales area its view of the customer. Raises NotFound, Conflict, Forbidden, Refused (DECISION_RULES)."""
    async with command(caller, input, "approveCustomerExtension") as work:
        extension = await _lock_extension(work, input)
        refuse_if_any(_refusals_to_decide(work, extension))
        area = await SalesArea.get(**extension.place)
        customer = await Customer.filter(number=extension.customer_number).select_for_update(no_key=True).get_or_none()
        if customer is None:
            raise Refused.because("NO_SUCH_NUMBER", "customerExtension", value=extension.customer_number)
        if customer.archived_at is not None:
            raise Refused.because("CLOSED", "customerExtension")
        if await SalesAreaView.filter(customer_id=customer.id, **extension.place).exists():
            raise Refused.because("VIEW_EXISTS", "customerExtension", value=text_of(extension.area))
        extension.approve()
        await work.save(extension)
        work.keep(customer)
        await work.save(customer)
        await add_views(work, customer, area)
    return extension


async def reject_customer_extension(caller: Caller | None, input: Any) -> CustomerExtension:
    """Turn a proposal down. Raises NotFound, Conflict, Forbidden, Invalid, Refused (DECISION_RULES)."""
    async with command(caller, input, "rejectCustomerExtension") as work:
        extension = await _lock_extension(work, input)
        refuse_if_any(faults_of_reason(input.reason), Invalid)
        refuse_if_any(_refusals_to_decide(work, extension))
        extension.reject(input.reason.strip())
        await work.save(extension)
    return extension


def _case(work: Work, customer: Customer) -> OnboardingCase:
    return OnboardingCase(customer.onboarding_status, work.caller.username, customer.submitted_by)


async def _lock_extension(work: Work, input: Any) -> CustomerExtension:
    extension = await work.lock(
        CustomerExtension, "CustomerExtension", input.customer_extension, "customerExtension", version=input.version
    )
    await work.demand(extension, Activity.APPROVE)
    return extension


def _refusals_to_decide(work: Work, extension: CustomerExtension) -> tuple[Refusal, ...]:
    return refusals_to_decide(ProposalCase(extension.status, extension.proposed_by, work.caller.username), "customer_extension")


async def _not_too_many(work: Work) -> None:
    await work.alone_with(f"proposals of {work.caller.username}")
    mine = CustomerExtension.filter(proposed_by=work.caller.username, status=ExtensionStatus.PENDING)
    if await mine.count() >= MOST_PENDING:
        raise Refused.because("TOO_MANY_PROPOSALS", "customerNumber", most=MOST_PENDING)
