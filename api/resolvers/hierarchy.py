"""Whom a customer belongs to: its group head, its dealer, and on whose credit account its documents count."""

from __future__ import annotations

from typing import Any

from api.execution.command import Work, command, given
from api.resolvers.credit_accounts import move_positions
from api.resolvers.customers import changes_of
from domain.activity import Activity
from domain.caller import Caller
from domain.credit.limits import HolderCase, refusals_of_holder
from domain.errors import Invalid, Refusal, refuse_if_any
from domain.hierarchy import DEEPEST, Relation, faults_of_relation
from models.customer import CreditPointer, Customer
from models.organization import CreditControlArea

ALONE = "hierarchies of customers"
ACCOUNTS = "holders of credit accounts"
"""Two commands at once could close a circle between them that neither sees."""


async def set_customer_relations(caller: Caller | None, input: Any) -> Customer:
    """Say whom a customer belongs to. Raises NotFound, Conflict, Forbidden, Invalid."""
    async with command(caller, input, "setCustomerRelations") as work:
        await work.alone_with(ALONE)
        customer = await work.lock(Customer, "Customer", input.customer, "customer", version=input.version)
        await work.demand(customer, Activity.CHANGE)
        faults: list[Refusal] = []
        for relation in Relation:
            faults += await _relate(work, customer, relation, getattr(input, relation.name.lower()))
        changes_of(work, customer)
        refuse_if_any(tuple(faults), Invalid)
        await work.save(customer)
    return customer


async def set_credit_pointer(caller: Caller | None, input: Any) -> Customer:
    """Say on whose credit account a customer's documents count. What is open of
    them moves there. Raises NotFound, Conflict, Forbidden, Invalid, Refused.
    """
    async with command(caller, input, "setCreditPointer") as work:
        customer = await work.lock(Customer, "Customer", input.customer, "customer", version=input.version)
        code = input.credit_control_area
        if await work.seen_with(CreditControlArea, "code", code=code[:10]) is None:
            raise Invalid.because("CODE_UNKNOWN", "creditControlArea", value=code[:40])
        pointer = await CreditPointer.get_or_none(customer_id=customer.id, credit_control_area=code)
        if pointer is None:
            await work.demand(customer, Activity.CHANGE, object="credit_account")
            pointer = CreditPointer(customer=customer, credit_control_area=code)
            new = True
        else:
            await work.demand(pointer, Activity.CHANGE)
            work.keep(pointer)
            new = False
        holder = await work.seen(Customer, "Customer", input.holder, "holder")
        await work.alone_with(ACCOUNTS)
        refuse_if_any(await _refusals_of_holder(customer, holder, code))
        pointer.holder_id = holder.id
        if new:
            await work.save(customer)
            await work.create(pointer, part_of=customer)
        else:
            changes_of(work, pointer)
            await work.save(customer, parts={None: pointer})
        await move_positions(work, customer.id, code)
    return customer


async def _refusals_of_holder(customer: Customer, holder: Customer, code: str) -> tuple[Refusal, ...]:
    """A group head holds its own account, and nobody counts on theirs whose own documents count on another's."""
    others = CreditPointer.filter(credit_control_area=code)
    above = await others.filter(customer_id=holder.id).exclude(holder_id=holder.id).exists()
    below = await others.filter(holder_id=customer.id).exclude(customer_id=customer.id).exists()
    return refusals_of_holder(HolderCase(customer.id == holder.id, holder_is_member=above, has_members=below))


async def _relate(work: Work, customer: Customer, relation: Relation, id: Any) -> tuple[Refusal, ...]:
    """Let the customer belong to another, or to nobody; everything that speaks against it."""
    if not given(id):
        return ()
    column = f"{relation.name.lower()}_id"
    if id is None:
        setattr(customer, column, None)
        return ()
    path = {Relation.GROUP_HEAD: "groupHead", Relation.DEALER: "dealer"}[relation]
    above = await work.seen(Customer, "Customer", id, path)
    setattr(customer, column, above.id)
    return faults_of_relation(
        relation,
        customer.id,
        await keys_above(column, above),
        above.customer_type,
        await _levels_below(column, customer.id),
    )


async def keys_above(column: str, first: Customer) -> list[int]:
    """The keys from one customer up to the head of all, at most one more than a hierarchy may have."""
    found = [first.id]
    row: Customer | None = first
    while row is not None and len(found) <= DEEPEST and (key := getattr(row, column)) is not None:
        found.append(key)
        row = await Customer.get_or_none(id=key)
    return found


async def _levels_below(column: str, key: int) -> int:
    """How many levels belong to a customer, at most one more than a hierarchy may have."""
    level, keys = 0, [key]
    while keys and level <= DEEPEST:
        keys = [row.id for row in await Customer.filter(**{f"{column}__in": keys}).only("id")]
        level += bool(keys)
    return level
