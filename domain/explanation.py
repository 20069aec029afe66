"""Why somebody may or may not: every line weighed by itself, each near miss named, and what would turn it.

Casbin names an arbitrary matching line, so this weighs them anew; a test holds its verdict equal to Casbin's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from domain.activity import Activity, Effect, Reach
from domain.areas import EVERYWHERE, Area, Pattern, covers, matches, meet, text_of
from domain.errors import Refusal
from domain.policy import Assignment, Grants, Line, Path, Policy, valid_ones
from domain.scope import Grant, Region, scope_of

MOST_GRANTS = 3
READING = frozenset({Activity.DISPLAY, Activity.DISPLAY_CHANGES, Activity.EXPORT})
"""What is done with a record that changes nothing of it."""


@dataclass(frozen=True, slots=True)
class Question:
    """May somebody do this, on a record of this area (None: anywhere), their own or not, with this measure?"""

    object: str
    activity: Activity
    area: Area | None
    own: bool
    measure: Decimal | None
    at: datetime


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A role which, given within these areas, would turn the answer."""

    role: str
    pattern: Pattern


@dataclass(frozen=True, slots=True)
class Explanation:
    """The verdict, the lines that decided it, and, where it is no, each reason with the smallest grants that would help."""

    allowed: bool
    decided_by: tuple[Path, ...]
    misses: tuple[Refusal, ...] = ()
    suggestions: tuple[Suggestion, ...] = ()


def explain(
    policy: Policy, assignments: Iterable[Assignment], question: Question, *, locked: bool = False, valid: bool = True
) -> Explanation:
    """Weigh every line that could speak for or against; none does for a user who is locked or not valid."""
    every = tuple(assignments)
    paths = policy.paths(valid_ones(every, question.at), question.object, question.activity)
    here = tuple(path for path in paths if question.area is None or matches(path.pattern, question.area))
    denials = tuple(path for path in here if path.line.effect is Effect.DENY)
    passing = tuple(path for path in here if path.line.effect is Effect.ALLOW and _passes(path.line, question))
    if question.area is None and passing and not _all_denied(passing, denials):
        denials = ()
    if locked or not valid:
        return Explanation(False, (), (Refusal("MISS_LOCKED" if locked else "MISS_NOT_VALID"),))
    if denials:
        return Explanation(False, denials, tuple(dict.fromkeys(map(_denied, denials))))
    if passing:
        return Explanation(True, passing)
    misses = tuple(dict.fromkeys(_misses(policy, every, question))) or (_nothing(question),)
    others = tuple(dict.fromkeys(_other_activities(policy, valid_ones(every, question.at), question)))
    return Explanation(False, (), (*misses, *others), tuple(_suggestions(policy, question)))


def refusals_of_status(activity: Activity, *, closed: bool) -> tuple[Refusal, ...]:
    """What a record's status has against it, whatever the rights are: a closed one is read and no longer changed."""
    return (Refusal("MISS_CLOSED"),) if closed and activity not in READING else ()


def simplified(grants: Grants) -> tuple[Region, ...]:
    """The right with what says nothing new left out: allowances inside wider ones, denials that meet none of them."""
    alive = [
        grant for grant in dict.fromkeys(grants.allowed) if not any(covers(denied, grant.pattern) for denied in grants.denied)
    ]
    kept = [grant for grant in alive if not any(other is not grant and _dominates(other, grant) for other in alive)]
    groups: dict[tuple[Reach, Decimal | None], list[Pattern]] = {}
    for grant in kept:
        groups.setdefault((grant.reach, grant.limit), []).append(grant.pattern)
    return tuple(
        Region(tuple(sorted(areas)), _exceptions(areas, grants.denied), reach, limit)
        for (reach, limit), areas in groups.items()
    )


def _exceptions(areas: Iterable[Pattern], denied: Iterable[Pattern]) -> tuple[Pattern, ...]:
    cut = {common for area in areas for denial in denied if (common := meet(area, denial))}
    return tuple(sorted(each for each in cut if not any(other != each and covers(other, each) for other in cut)))


def _dominates(wide: Grant, narrow: Grant) -> bool:
    further = wide.limit is None or (narrow.limit is not None and wide.limit >= narrow.limit)
    reaches = wide.reach is Reach.ALL or narrow.reach is Reach.OWN
    return covers(wide.pattern, narrow.pattern) and further and reaches


def _all_denied(passing: Iterable[Path], denials: Iterable[Path]) -> bool:
    return scope_of([Grant(path.pattern, Reach.ALL, None) for path in passing], [path.pattern for path in denials]).is_empty


def _passes(line: Line, question: Question) -> bool:
    return _reaches(line, question) and _within(line, question)


def _reaches(line: Line, question: Question) -> bool:
    return line.reach is Reach.ALL or question.own


def _within(line: Line, question: Question) -> bool:
    return line.limit is None or (question.measure is not None and question.measure <= line.limit)


def _misses(policy: Policy, assignments: tuple[Assignment, ...], question: Question) -> Iterator[Refusal]:
    """Each line about the object and activity that one of the assignments brings, and why it does not speak here."""
    for assignment in assignments:
        for line in policy.lines_of(assignment.role):
            if line.object != question.object or line.activity is not question.activity or line.effect is Effect.DENY:
                continue
            given = {"role": assignment.role, "areas": text_of(assignment.pattern)}
            if question.area is not None and not matches(assignment.pattern, question.area):
                yield Refusal("MISS_AREA_ASSIGNED", None, given)
            elif (question.area is not None and not matches(line.pattern, question.area)) or meet(
                assignment.pattern, line.pattern
            ) is None:
                yield Refusal("MISS_AREA_LINE", None, {**given, "areas": text_of(line.pattern)})
            elif assignment.valid_from is not None and question.at < assignment.valid_from:
                yield Refusal("MISS_NOT_YET", None, {**given, "instant": assignment.valid_from.isoformat()})
            elif assignment.valid_until is not None and assignment.valid_until <= question.at:
                yield Refusal("MISS_EXPIRED", None, {**given, "instant": assignment.valid_until.isoformat()})
            elif not _reaches(line, question):
                yield Refusal("MISS_OWN_ONLY", None, given)
            elif question.measure is None:
                yield Refusal("MISS_NO_MEASURE", None, {**given, "limit": format(line.limit or 0, "f")})
            else:
                yield Refusal(
                    "MISS_LIMIT",
                    None,
                    {**given, "limit": format(line.limit or 0, "f"), "measure": format(question.measure, "f")},
                )


def _other_activities(policy: Policy, assignments: Iterable[Assignment], question: Question) -> Iterator[Refusal]:
    """What the user may do with the object there instead, assignment by assignment."""
    for assignment in assignments:
        here = [
            line.activity
            for line in policy.lines_of(assignment.role)
            if line.object == question.object
            and line.activity is not question.activity
            and line.effect is Effect.ALLOW
            and (common := meet(assignment.pattern, line.pattern)) is not None
            and (question.area is None or matches(common, question.area))
        ]
        if here:
            told = ", ".join(activity.name for activity in Activity if activity in here)
            values = {"role": assignment.role, "areas": text_of(assignment.pattern), "has": told}
            yield Refusal("MISS_ACTIVITY", None, {**values, "activity": question.activity.name})


def _nothing(question: Question) -> Refusal:
    return Refusal("MISS_NO_LINE", None, {"object": question.object, "activity": question.activity.name})


def _denied(path: Path) -> Refusal:
    return Refusal("MISS_DENIED", None, {"role": path.line.role, "areas": text_of(path.line.pattern)})


def _suggestions(policy: Policy, question: Question) -> Iterator[Suggestion]:
    """The roles that would turn it, those that bring least else first."""
    pattern = EVERYWHERE if question.area is None else Pattern(question.area)
    helping = []
    for role in policy.roles:
        lines = policy.lines_of(role)
        about = [
            line
            for line in lines
            if line.object == question.object and line.activity is question.activity and meet(pattern, line.pattern)
        ]
        if any(line.effect is Effect.DENY for line in about):
            continue
        if any(_passes(line, question) and covers(line.pattern, pattern) for line in about):
            helping.append((len({(line.object, line.activity) for line in lines}), role))
    return (Suggestion(role, pattern) for _, role in sorted(helping)[:MOST_GRANTS])
