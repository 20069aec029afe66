"""Who was shown what an object protects: every display of a logged object's data is recorded before the answer goes out.

A planned answer leaves a mark where such data stands, with the record that it is of; the marks are taken out again before the
answer is sent. The reference executor notes the same as it resolves the field. Nothing is noted of what is masked or empty.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from api.auth.standard import catalogue
from api.execution.mapping import Column, MappedField, ToMany, ToOne, TypeMapping, mapping_of
from domain.caller import Caller
from models.access import OwnedByCustomer
from models.journal import DataDisplay

MARK = 2
"""The character before and after a mark: in JSON it stands nowhere else, as there it is always written \\u0002."""
SEPARATOR = bytes([MARK])
NOTHING = "'[]', 'null'"
"""The JSON of what shows nothing."""
RECORD = """insert into data_displays (displayed_at, displayed_by, request_id, record_type, record_id, object)
    select clock_timestamp(), $1, $2, * from unnest($3::text[], $4::bigint[], $5::text[])"""


@dataclass(frozen=True, slots=True)
class Display:
    """What was shown: the data of a record that this object protects."""

    record_type: str
    record_id: int
    object: str

    @classmethod
    def read(cls, text: str) -> Display:
        """The display that SQL of `watched` tells of."""
        type_, key, object = text.split(":")
        return cls(type_, int(key), object)


def watched(field: MappedField, owner: TypeMapping, row: str) -> str | None:
    """SQL for what is recorded where the field shows something, null where nothing is; None where nothing ever is. What belongs
    to a customer is the customer's data.

    It is what a logged object protects: the field, the rows that it leads to, or what a row about a record tells of that.
    """
    if isinstance(field.mapping, Column) and field.mapping.tells and _logged():
        logged = ", ".join(f"'{each}'" for each in sorted(_logged()))
        told = f"{row}.record_type||':'||{row}.record_id||':'||{row}.object"
        return f"case when {row}.object in ({logged}) then {told} end"
    objects = [field.mapping.right]
    if isinstance(field.mapping, ToOne | ToMany):
        objects.append(mapping_of(field.target).access.object)
    object = next((each for each in objects if each in _logged()), None)
    if object is None or owner.model is None:
        return None
    whose = owner.access.owner
    type_, key = ("Customer", whose.columns[0]) if isinstance(whose, OwnedByCustomer) else (owner.model.__name__, owner.key)
    return f"'{type_}:'||{row}.{key}||':{object}'"


def marked(shown: str, display: str) -> str:
    """SQL for the JSON with a mark before it, unless it shows nothing."""
    mark = f"coalesce(chr({MARK})||{display}||chr({MARK}), '')"
    return f"(select case when shown in ({NOTHING}) then shown else {mark}||shown end from (select {shown} as shown) shown)"


def unmarked(answer: bytes) -> tuple[bytes, frozenset[Display]]:
    """The answer without its marks, and what they say."""
    pieces = answer.split(SEPARATOR)
    return b"".join(pieces[::2]), frozenset(Display.read(piece.decode()) for piece in set(pieces[1::2]))


async def record(caller: Caller, displays: Iterable[Display]) -> None:
    """Keep that the caller is shown all this."""
    rows = [(each.record_type, each.record_id, each.object) for each in displays]
    types, keys, objects = zip(*rows, strict=True)
    await DataDisplay._meta.db.execute_query(
        RECORD, [caller.username, caller.request_id, list(types), list(keys), list(objects)]
    )


@lru_cache(maxsize=1)
def _logged() -> frozenset[str]:
    return frozenset(each.name for each in catalogue().values() if each.logged)
