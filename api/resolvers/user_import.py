"""A file of users and their assignments: the users are made, and what they are assigned becomes a draft. All or nothing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from api.execution import global_id
from api.execution.command import command
from api.resolvers.policy_changes import draft
from api.resolvers.session import refuse_key
from api.resolvers.users import take_up
from api.settings import zone
from domain.caller import Caller, UserKind
from domain.errors import Problem, Refusal
from domain.messages import LANGUAGES
from domain.policy_operations import Operation, PolicyOperationKind
from domain.user_file import UserRow, read_users
from domain.validity import end_instant, first_instant
from models.customer import Customer
from models.policy import PolicyChange
from models.user import User

NOBODY = global_id.encode("Customer", 0)


@dataclass(frozen=True, slots=True)
class _NewUser:
    """A row as `createUser` would be told of it."""

    username: str
    display_name: str
    kind: UserKind
    customers: list[str]
    locale: str
    home: str | None
    valid_from: date | None = None
    valid_to: date | None = None


async def import_users(caller: Caller | None, input: Any) -> PolicyChange | None:
    """Make the users of a file whom there are not, without a password, and draft what they are assigned. None where the file
    assigns nothing. Raises Invalid, Forbidden, NotFound, Refused, naming each row and column.
    """
    async with command(caller, input, "importUsers") as work:
        refuse_key(work.caller)
        rows = read_users(input.rows)
        there = {user.username for user in await User.filter(username__in=[row.username for row in rows]).only("username")}
        numbers = {number for row in rows for number in row.customers}
        ids = {each.number: each.id for each in await Customer.filter(number__in=list(numbers)).only("id", "number")}
        for row in _first_of_each(rows):
            if row.username not in there:
                try:
                    await take_up(work, _new_user(row, ids), None)
                except Problem as problem:
                    raise type(problem)(*_at(row, problem.refusals)) from None
        given = [row for row in rows if row.role]
        if not given:
            work.subject = None
            return None
        try:
            work.subject = change = await draft(work, [_assigning(row) for row in given], input.reason)
        except Problem as problem:
            raise type(problem)(*(_moved(given, each) for each in problem.refusals)) from None
    return change


def _first_of_each(rows: Iterable[UserRow]) -> list[UserRow]:
    return list({row.username: row for row in reversed(list(rows))}.values())[::-1]


def _new_user(row: UserRow, ids: dict[str, int]) -> _NewUser:
    customers = [global_id.encode("Customer", ids[number]) if number in ids else NOBODY for number in row.customers]
    return _NewUser(row.username, row.display_name, row.kind, customers, row.locale or LANGUAGES[0], row.home)


def _assigning(row: UserRow) -> Operation:
    return Operation(
        kind=PolicyOperationKind.ASSIGN,
        user=row.username,
        role=row.role or "",
        sales_areas=row.sales_areas,
        valid_from=None if row.valid_from is None else first_instant(row.valid_from, zone()),
        valid_until=None if row.valid_to is None else end_instant(row.valid_to, zone()),
    )


def _at(row: UserRow, refusals: Iterable[Refusal]) -> list[Refusal]:
    """What is wrong with a user, by row and column."""
    return [replace(each, field=_cell(row, (each.field or "").split(".")[0])) for each in refusals]


def _moved(rows: Sequence[UserRow], refusal: Refusal) -> Refusal:
    """What is wrong with a step of the draft, by row and column."""
    parts = (refusal.field or "").split(".")
    if len(parts) < 2 or parts[0] != "operations":
        return refusal
    return replace(refusal, field=_cell(rows[int(parts[1])], parts[3] if len(parts) > 3 else ""))


def _cell(row: UserRow, field: str) -> str:
    column = "username" if field == "user" else field
    return ".".join(["rows", str(row.number), *([column] if column else [])])
