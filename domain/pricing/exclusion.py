"""(e) of the order of evaluation: which conditions exclude which 条件排除, by their values. Source: DOMAIN.md §3, exclusion.

Best is best for who pays: the smallest value. Neither header conditions, supplements, intervals, statistical rows nor
rows kept from another document take part; a supplement follows the row it belongs to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from functools import partial

from domain.pricing.rounding import ZERO
from domain.pricing.rows import Line, Row
from domain.pricing.values import ConditionOrigin, Customizing, ExclusionProcedure, InactiveReason


def exclude(line: Line, customizing: Customizing) -> bool:
    """Let the rules of exclusion work on a line, one after the other; tells whether a row turned inactive."""
    rows = [row for row in line.rows if _takes_part(row)]
    changed = False
    for rule in customizing.procedure.exclusions:
        first = _members(rows, customizing.exclusion_groups[rule.group])
        second = _members(rows, customizing.exclusion_groups[rule.second_group]) if rule.second_group else []
        for row in (*first, *second):
            if not row.value:
                row.settled, row.frozen, changed = InactiveReason.ZERO, True, True
        for row in PROCEDURES[rule.procedure](_counting(first), _counting(second)):
            row.settled, row.frozen, changed = InactiveReason.EXCLUDED, True, True
    for row in line.rows:
        if row.main is not None and row.main.settled is not None and row.settled is None:
            row.settled, row.frozen, changed = row.main.settled, True, True
    return changed


def _takes_part(row: Row) -> bool:
    plain = row.main is None and row.interval is None and not row.header and not row.step.step.statistical
    return plain and row.is_active and row.origin is not ConditionOrigin.COPIED


def _members(rows: Iterable[Row], types: frozenset[str]) -> list[Row]:
    return [row for row in rows if row.type.code in types and row.settled is None]


def _counting(rows: Iterable[Row]) -> list[Row]:
    return [row for row in rows if row.settled is None]


# ------------------------------------------------------------------------------------------------------- the procedures

Choose = Callable[[list[list[Row]]], list[Row]]


def _total(rows: list[Row]) -> Decimal:
    return sum((row.value or ZERO for row in rows), ZERO)


def _best(parties: list[list[Row]]) -> list[Row]:
    return min(parties, key=_total)


def _worst(parties: list[list[Row]]) -> list[Row]:
    return max(parties, key=_total)


def _losers(choose: Choose, parties: list[list[Row]]) -> list[Row]:
    """All rows but those of the party that is chosen; of equals the first, which stands at the lower step."""
    there = [party for party in parties if party]
    winner = choose(there) if there else []
    return [row for party in there if party is not winner for row in party]


def _by_type(rows: list[Row]) -> list[list[Row]]:
    types: dict[str, list[Row]] = {}
    for row in rows:
        types.setdefault(row.type.code, []).append(row)
    return list(types.values())


def _records(choose: Choose, first: list[Row], _: list[Row]) -> list[Row]:
    """Within each type of the group, all records but the chosen one."""
    return [row for rows in _by_type(first) for row in _losers(choose, [[each] for each in rows])]


def _types(choose: Choose, first: list[Row], _: list[Row]) -> list[Row]:
    return _losers(choose, _by_type(first))


def _groups(choose: Choose, first: list[Row], second: list[Row]) -> list[Row]:
    return _losers(choose, [first, second])


def _exclusive(first: list[Row], second: list[Row]) -> list[Row]:
    return second if first else []


PROCEDURES: Mapping[ExclusionProcedure, Callable[[list[Row], list[Row]], list[Row]]] = {
    ExclusionProcedure.BEST_TYPE: partial(_types, _best),
    ExclusionProcedure.BEST_RECORD: partial(_records, _best),
    ExclusionProcedure.BEST_GROUP: partial(_groups, _best),
    ExclusionProcedure.EXCLUSIVE: _exclusive,
    ExclusionProcedure.WORST_RECORD: partial(_records, _worst),
    ExclusionProcedure.WORST_GROUP: partial(_groups, _worst),
    ExclusionProcedure.WORST_TYPE: partial(_types, _worst),
}
"""Which rows lose, of a first and a second group that hold only rows with a value."""
