"""What a sales document lacks, whose approval it needs, and its statuses: worked out of its rows by the rules."""

from __future__ import annotations

from collections.abc import Iterator

from api.execution.command import Work
from api.resolvers.approvals import ask
from api.resolvers.drafts import Draft, Line
from api.resolvers.orders_content import content
from domain.caller import UserKind
from domain.orders.approvals import Proposal, approvals_needed
from domain.orders.incompletion import Checked, missing_fields
from domain.orders.statuses import Axis, DocumentStanding, status_of_document
from models.sales_document import AXES

PARTNERS = {"SHIP_TO": "ship_to_id", "BILL_TO": "bill_to_id", "PAYER": "payer_id"}
OWN_APPROVERS = """
    select exists (
        select 1 from user_customers b join users u on u.id = b.user_id
        join current_role_assignments a on a.user_id = u.id
        where b.customer_id = $1 and a.role = 'partner-approver' and u.username <> $2 and u.locked_at is null
          and (a.valid_from is null or a.valid_from <= $3) and (a.valid_until is null or a.valid_until > $3)
          and a.sales_organization in ('*', $4) and a.distribution_channel in ('*', $5) and a.division in ('*', $6)) as there"""


def find_missing(draft: Draft) -> None:
    """Find out what the document lacks."""
    draft.missing = missing_fields(content().procedures, _checked(draft))
    draft.document.incomplete = bool(draft.missing)


def _checked(draft: Draft) -> Iterator[Checked]:
    document, procedure = draft.document, draft.type.incompletion
    if procedure is not None:
        wanted = content().procedures[procedure].fields
        filled = (each.field for each in wanted if _is_filled(document, each.field))
        yield Checked(procedure, frozenset(filled))
    moved = [line for line in draft.kept if line.category.movement is not None]
    if moved:
        yield Checked("PARTNERS", frozenset(name for name, column in PARTNERS.items() if getattr(document, column)))
    for line in draft.kept:
        if line.category.incompletion is not None:
            yield Checked(line.category.incompletion, _filled_in(line), line.row.line_number)
    for line in moved:
        filled_of_schedule = frozenset({"requested_date"} if line.row.requested_date else ())
        yield Checked("SCHEDULE", filled_of_schedule, line.row.line_number)


def _is_filled(row: object, field: str) -> bool:
    value = getattr(row, field, None)
    return bool(value if value is not None else getattr(row, f"{field}_id", None))


def _filled_in(line: Line) -> frozenset[str]:
    row = line.row
    filled = {name for name in ("plant", "shipping_point") if getattr(row, name)}
    return frozenset(
        filled | {"material"} | ({"net_price"} if row.net_price is not None or not line.category.priced else set())
    )


async def find_approvals(work: Work, draft: Draft) -> None:
    """Find out whose approval the document needs."""
    document = draft.document
    asked = Proposal(document.category, document.sales_organization, draft.figures, await _among_themselves(work, draft))
    draft.needed = approvals_needed(content().approvals, asked)
    ask(document, draft.needed)


async def _among_themselves(work: Work, draft: Draft) -> bool:
    """Whether a partner has entered it, and somebody else of the same customer approves for it."""
    if not draft.by_partner:
        return False
    document = draft.document
    row = await work.connection.fetchrow(OWN_APPROVERS, document.sold_to_id, document.entered_by, work.now, *document.area)
    return bool(row["there"])


def set_statuses(draft: Draft) -> None:
    """Set the statuses of all lines, and of the document as their fold."""
    document = draft.document
    standing = DocumentStanding(tuple(line.standing for line in draft.lines), draft=not document.approval_status.stands)
    for line, item in zip(draft.lines, standing.items, strict=True):
        line.row.status = item.statuses[Axis.OVERALL]
        line.row.delivery_status, line.row.billing_status = item.statuses[Axis.DELIVERY], item.statuses[Axis.BILLING]
    for axis, column in AXES.items():
        setattr(document, column, standing.statuses[axis])
    document.status = status_of_document(standing)


def is_by_partner(work: Work) -> bool:
    """Whether a partner is at work."""
    return work.authority.caller_kind is UserKind.PARTNER
