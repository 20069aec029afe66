"""What is written when records change: the row, a change document for each field, an event for whoever follows.

    async with recording(by="import", request_id="…") as journal:
        await journal.create(customer)

`Work` in `command.py` is a journal that also knows who asks and what they may; this one alone is for what the house does by
itself, like imports.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Hashable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, TypeVar

from tortoise import Model
from tortoise.transactions import in_transaction

from domain.errors import Refused
from domain.history import ChangeKind
from models.journal import ChangeDocument, OutboxEvent

Result = TypeVar("Result")

UNTRACKED = frozenset(
    {
        "id",
        "version",
        "search_text",
        "name_key",
        "created_at",
        "reminded_for",
        "key_digest",
        "signing_secret",
        "password_hash",
    }
)


@dataclass
class Journal:
    """Writes records inside one transaction, and what became of them."""

    by: str
    request_id: str
    connection: Any
    now: datetime
    """Database time at the begin of the transaction's work."""
    subject: Model | None = None
    """The record that it is all about, which its key gives again: the first one kept or created, unless the command says it."""
    _loaded: dict[Model, dict[str, Any]] = field(default_factory=dict)
    _once: dict[Hashable, Any] = field(default_factory=dict)

    async def once(self, key: Hashable, load: Callable[[], Awaitable[Result]]) -> Result:
        """What `load` gives, loaded at first use: for rows that nothing in this transaction changes."""
        if key not in self._once:
            self._once[key] = await load()
        found: Result = self._once[key]
        return found

    def keep(self, record: Model) -> None:
        """Remember the row as it is now, so that saving it can tell what changed."""
        self._loaded[record] = _values(record)
        self.subject = self.subject or record

    async def create(self, record: Model, *, part_of: Model | None = None, part: str | None = None) -> None:
        """Store a new row, with a change document for each field that is filled."""
        await self._insert(record)
        self.subject = self.subject or record
        self._loaded[record] = values = _values(record)
        await self._document(record, {}, values, part_of or record, part)
        if part_of is None:
            await self.announce(record, "created")

    async def add(self, record: Model) -> None:
        """Store a new row that is told by another's change documents, or by none."""
        await self._insert(record)
        self._loaded[record] = _values(record)

    async def put(self, record: Model) -> None:
        """Store a changed row of which nothing but what is worked out of other rows has changed."""
        await self._update(record)

    async def save(self, record: Model, *, parts: Mapping[str | None, Model] | None = None) -> None:
        """Store a changed row and its changed parts, each by its sales area, under the next version, with change documents
        and an event.
        """
        record.version += 1  # type: ignore[attr-defined]  # rows with a version
        await self._update(record)
        await self._document(record, self._loaded[record], _values(record), record, None)
        for name, part in (parts or {}).items():
            await self.save_part(part, part_of=record, part=name)
        await self.announce(record, "changed")

    async def save_part(self, record: Model, *, part_of: Model, part: str | None = None) -> None:
        """Store a changed row that is, or was, a part of another, which was saved for it."""
        await self._update(record)
        await self._document(record, self._loaded[record], _values(record), part_of, part)

    async def remove(self, record: Model, *, part_of: Model, part: str | None = None) -> None:
        """Take away a row that is a part of another, with a change document for each field that was filled."""
        before = _values(record)
        await record.delete()
        await self._document(record, before, {}, part_of, part)

    def changes(self, record: Model) -> tuple[str, ...]:
        """The fields of the row that differ from when it was loaded."""
        before, now = self._loaded[record], _values(record)
        return tuple(name for name in told_fields(record) if now[name] != before.get(name))

    async def next_number(self, range_name: str) -> str:
        """The next number of a range; the range stays locked until the end."""
        (number,) = await self.next_numbers(range_name, 1)
        return number

    async def next_numbers(self, range_name: str, count: int) -> list[str]:
        """So many numbers of a range, one after the other. Raises Refused (NUMBER_RANGE_EXHAUSTED)."""
        row = await self.connection.fetchrow(
            """update number_ranges set next_number = next_number + $2
               where name = $1 and next_number + $2 - 1 <= last_number returning next_number""",
            range_name,
            count,
        )
        if row is None:
            raise Refused.because("NUMBER_RANGE_EXHAUSTED", None, value=range_name)
        return [str(number) for number in range(row["next_number"] - count, row["next_number"])]

    async def _document(
        self, record: Model, before: Mapping[str, Any], now: Mapping[str, Any], owner: Model, part: str | None
    ) -> None:
        """A change document for each field that differs; nothing before is a new row, nothing now is one taken away."""
        told = told_fields(record, created=not before)
        about = owner if getattr(record, "told_with_owner", False) else record
        kind = ChangeKind.CREATED if not before else ChangeKind.CHANGED if now else ChangeKind.DELETED
        await self._note(
            ChangeDocument,
            [
                {
                    "changed_at": self.now,
                    "changed_by": self.by,
                    "request_id": self.request_id,
                    "record_type": type(owner).__name__,
                    "record_id": owner.pk,
                    "record_version": getattr(owner, "version", 1),
                    "object": about.access.object,  # type: ignore[attr-defined]  # a model that is guarded
                    "part": part,
                    "line_number": getattr(record, "line_number", None),
                    "row_type": type(record).__name__,
                    "row_id": record.pk,
                    "kind": kind,
                    "field": name,
                    "old_value": text_of_value(before.get(name)),
                    "new_value": text_of_value(now.get(name)),
                }
                for name in told
                if now.get(name) != before.get(name)
            ],
        )

    async def announce(self, record: Model, what: str, **told: str) -> None:
        """Write an event about a record: what has happened to it, and what else is told of it."""
        kind = type(record).__name__
        await self._note(
            OutboxEvent,
            [
                {
                    "occurred_at": self.now,
                    "topic": f"{kind[:1].lower()}{kind[1:]}.{what}",
                    "record_type": kind,
                    "record_id": record.pk,
                    "record_version": getattr(record, "version", 1),
                    "payload": {"requestId": self.request_id, "by": self.by, **told},
                }
            ],
        )

    async def _insert(self, record: Model) -> None:
        """Store a new row."""
        await record.save(force_create=True)

    async def _update(self, record: Model) -> None:
        """Store a row that was there."""
        await record.save()

    async def _note(self, model: type[Model], rows: Sequence[dict[str, Any]]) -> None:
        """Store rows of the journal itself, given by their columns."""
        await model.bulk_create(model(**row) for row in rows)


@asynccontextmanager
async def recording(by: str, request_id: str) -> AsyncIterator[Journal]:
    """A transaction of the house's own, kept whole or not at all."""
    async with in_transaction() as transaction:
        connection = transaction._connection
        now = (await connection.fetchrow("select clock_timestamp() as now"))["now"]
        yield Journal(by, request_id, connection, now)


def told_fields(record: Model, *, created: bool = False) -> Iterator[str]:
    """The fields whose changes are told of: not what is worked out of other rows (`derived`); of a new row of which not
    everything is worth telling, only `told_when_created`.
    """
    derived: frozenset[str] = getattr(record, "derived", frozenset())
    first: tuple[str, ...] | None = getattr(record, "told_when_created", None) if created else None
    fields = record._meta.db_fields if first is None else first
    return (name for name in fields if name not in UNTRACKED and name not in derived)


def _values(record: Model) -> dict[str, Any]:
    return {name: getattr(record, name) for name in record._meta.db_fields}


def text_of_value(value: Any) -> str | None:
    """A value as change documents and digests write it."""
    match value:
        case None:
            return None
        case Enum():
            return value.name
        case bool():
            return "true" if value else "false"
        case Decimal():
            return format(value, "f")
        case date():
            return value.isoformat()
        case _:
            return str(value)
