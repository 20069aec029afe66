"""The policy in Casbin's own format and back, and assignments as a table: what a file says, as a state or as operations."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime

from domain.areas import EVERYWHERE, Pattern, pattern_of, text_of
from domain.errors import Invalid, Refusal, refuse_if_any
from domain.policy import NAME, Assignment, Catalogue, Line, Link, Policy, PolicyState, Role, casbin_rows, line_of, valid_ones
from domain.policy_operations import Operation, PolicyOperationKind

MOST_ROWS = 50_000
USER, ROLE = "user:", "role:"


def written(state: PolicyState, at: datetime, head: str | None) -> str:
    """The policy as Casbin reads it, with what was valid at an instant; the first line tells version and head of the chain."""
    text = io.StringIO()
    text.write(f"# policy version {state.policy.version}, head {head or ''}, valid at {at.isoformat()}\n")
    csv.writer(text, lineterminator="\n").writerows(casbin_rows(state.policy, valid_ones(state.assignments, at)))
    return text.getvalue()


def read(text: str, state: PolicyState, catalogue: Catalogue, users: frozenset[str], at: datetime) -> PolicyState:
    """What the policy is to be by a file in Casbin's format: rules and inheritance as the file has them, and of the
    assignments that are valid now those that it has; it knows no others. Roles that it names and there are not are made.

    Raises Invalid naming each faulty row (`policy.12`, counted from 1).
    """
    rows = [(place, row) for place, row in enumerate(csv.reader(io.StringIO(text)), 1) if row and not row[0].startswith("#")]
    if not rows:
        raise Invalid.because("LIST_EMPTY", "policy")
    if len(rows) > MOST_ROWS:
        raise Invalid.because("TOO_MANY_ROWS", "policy", most=MOST_ROWS, found=len(rows))
    roles = {**{name: Role(name, name, name) for name in sorted(_roles_named(rows))}, **state.policy.roles}
    lines: dict[Line, None] = {}
    links: dict[Link, None] = {}
    given: dict[Assignment, None] = {}
    faults: list[Refusal] = []
    for place, (kind, *cells) in rows:
        try:
            match kind.strip():
                case "p":
                    lines[line_of([_bare(cells[0], ROLE) if cells else "", *cells[1:]], catalogue, roles)] = None
                case "g":
                    one = _grouping(cells, roles, users)
                    (links if isinstance(one, Link) else given)[one] = None  # type: ignore[index]  # each to its own kind
                case _:
                    raise Invalid.because("ROW_KIND", None, value=kind[:20])
        except Invalid as fault:
            faults += [replace(each, field=f"policy.{place}") for each in fault.refusals]
    refuse_if_any(tuple(faults), Invalid)
    policy = Policy(state.policy.version, roles, tuple(lines), tuple(links))
    return PolicyState(policy, tuple(_kept(state, given, at)))


def copied(state: PolicyState, like: str, to: str, users: Mapping[str, str]) -> tuple[Operation, ...]:
    """Operations that give in one sales organization what is assigned in another: to the same users, or to those named for
    them; whatever is assigned in all organizations holds in the new one already.
    """
    return tuple(
        Operation(
            kind=PolicyOperationKind.ASSIGN,
            user=users.get(each.user, each.user),
            role=each.role,
            sales_areas=(text_of(Pattern((to, *each.pattern[1:]))),),
            valid_from=each.valid_from,
            valid_until=each.valid_until,
        )
        for each in dict.fromkeys(
            replace(each, user=users.get(each.user, each.user)) for each in state.assignments if each.pattern[0] == like
        )
    )


def _kept(state: PolicyState, given: Iterable[Assignment], at: datetime) -> Iterator[Assignment]:
    wanted = dict.fromkeys(given)
    there = {(each.user, each.role, each.pattern) for each in valid_ones(state.assignments, at)}
    for each in state.assignments:
        if not each.is_valid(at) or replace(each, valid_from=None, valid_until=None) in wanted:
            yield each
    for each in wanted:
        if (each.user, each.role, each.pattern) not in there:
            yield each


def _roles_named(rows: Iterable[tuple[int, list[str]]]) -> set[str]:
    """The roles that well-formed rows name."""
    cells = (cell for _, row in rows for cell in row[1:3])
    return {name for cell in cells if cell.startswith(ROLE) and NAME.fullmatch(name := cell.removeprefix(ROLE))}


def _grouping(cells: list[str], roles: Mapping[str, Role], users: frozenset[str]) -> Link | Assignment:
    if len(cells) != 3:
        raise Invalid.because("LINE_LENGTH", None, expected=4, found=len(cells) + 1)
    subject, role, area = cells
    parent = _bare(role, ROLE)
    if parent not in roles:
        raise Invalid.because("UNKNOWN_ROLE", None, value=role)
    pattern = pattern_of(area)
    if subject.startswith(ROLE):
        if pattern != EVERYWHERE:
            raise Invalid.because("LINK_EVERYWHERE", None, value=area)
        return Link(_bare(subject, ROLE), parent)
    user = _bare(subject, USER)
    if user not in users:
        raise Invalid.because("UNKNOWN_USER", None, value=user)
    return Assignment(user, parent, pattern)


def _bare(cell: str, kind: str) -> str:
    """The name without its kind. Raises Invalid where it is of no such kind."""
    name = cell.removeprefix(kind)
    if name == cell or not NAME.fullmatch(name):
        raise Invalid.because("NAME_OF_KIND", None, value=cell[:80], kind=kind)
    return name
