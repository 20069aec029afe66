"""What every command does beside its own business.

    async with command(caller, input, "changeCustomer") as work:
        customer = await work.lock(Customer, "Customer", input.customer, "customer", version=input.version)
        await work.demand(customer, Activity.CHANGE)
        ...
        await work.save(customer)

Inside one transaction: the idempotency key is claimed, rows are locked within what the caller may see, Casbin decides,
changes are written with their change documents and an event. Last before the commit, the policy lock is shared and the
state read once more: if the policy or the session moved, everything is undone and, by `carry_out`, done again.
"""

from __future__ import annotations

import asyncio
import dataclasses
import hashlib
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Protocol, TypeVar

import strawberry
from asyncpg.exceptions import DeadlockDetectedError, SerializationError
from tortoise import Model
from tortoise.exceptions import OperationalError
from tortoise.transactions import in_transaction

from api.auth.authority import Authority, State, current, state_of
from api.auth.policy_store import POLICY_LOCK
from api.auth.predicates import Bindings, RowScope
from api.auth.records import Whereabouts, whereabouts
from api.auth.traces import note_use
from api.execution import global_id
from api.execution.journal import Journal, text_of_value
from api.execution.listing import about_scope
from api.execution.mapping import sql_type
from api.execution.visible import visible
from domain.activity import Activity
from domain.areas import Area, Pattern, text_of
from domain.caller import Caller
from domain.errors import Conflict, Forbidden, Invalid, KeyReused, NotFound, Problem, Refused, Unauthenticated, Unavailable
from domain.scope import NOTHING, over
from models.access import Access
from models.history import objects_of
from models.journal import ChangeDocument

Record = TypeVar("Record", bound=Model)
Result = TypeVar("Result")
AnyWork = TypeVar("AnyWork", bound="Work")

LONGEST_KEY = 100
CONFIDENTIAL = "confidential"
TRIES = 5
BATCH_LOCK = 7_301_003
"""The advisory lock that a batch holds alone, and that a command shares with others while it is alone with a key."""


class Input(Protocol):
    """What every command's input may carry."""


@dataclass(frozen=True, slots=True)
class Sent:
    """An input as the house itself gives it, for imports: a field that is not named was not sent."""

    fields: Mapping[str, Any]

    def __getattr__(self, name: str) -> Any:
        return self.fields.get(name, strawberry.UNSET)


class PolicyMoved(Exception):
    """Policy or session changed while the command ran: nothing of it may stay, and it runs again."""


class Replayed(Exception):
    """The idempotency key had succeeded before, on this record."""

    def __init__(self, record_id: int | None) -> None:
        super().__init__(record_id)
        self.record_id = record_id


class _Undo(Exception):
    """Leaves the transaction without keeping anything of it."""


@dataclass(kw_only=True)
class Work(Journal):
    """One command at work: a journal that knows who asks and what they may."""

    caller: Caller
    authority: Authority
    state: State
    replayable: bool = False

    def used(self, object: str, activity: Activity) -> None:
        """Keep that the caller has used a right."""
        note_use(self.caller.user_id, object, activity)

    async def lock(
        self,
        model: type[Record],
        type_name: str,
        id: str,
        path: str,
        *,
        version: int | None = None,
        version_path: str = "version",
    ) -> Record:
        """The row of this global id, locked until the end. Raises NotFound for what the caller may not see, Conflict, and
        Refused (CLOSED) for a row that no command changes any more.
        """
        key = global_id.key_of(id, type_name, path)
        return await self.lock_row(model, key, path, type_name, version=version, version_path=version_path)

    async def lock_each(self, model: type[Record], type_name: str, ids: Sequence[str], path: str) -> list[Record]:
        """The rows of these global ids, each once, locked in the order of their keys. Raises NotFound naming the first that
        the caller may not see, and Refused (CLOSED).
        """
        keys = [global_id.key_of(id, type_name, f"{path}.{place}") for place, id in enumerate(ids)]
        access: Access = model.access  # type: ignore[attr-defined]  # a model that is guarded
        bindings = Bindings()
        wanted = bindings.bind(keys, "bigint[]")
        seen = visible(self.authority, access, "t", bindings)
        rows = await self.connection.fetch(
            f"select t.id from {model._meta.db_table} t where t.id = any({wanted}) and {seen} order by t.id for no key update",
            *bindings.values,
        )
        found = {row["id"] for row in rows}
        lacking = next((place for place, key in enumerate(keys) if key not in found), None)
        if lacking is not None:
            raise NotFound.because("NOT_FOUND", f"{path}.{lacking}", what=type_name)
        self.used(access.object, Activity.DISPLAY)
        records = await model.filter(id__in=found).order_by("id")
        for record in records:
            self.keep(record)
            _refuse_closed(record, f"{path}.{keys.index(record.pk)}")
        return records

    async def lock_row(
        self,
        model: type[Record],
        key: int,
        path: str,
        type_name: str | None = None,
        *,
        version: int | None = None,
        version_path: str = "version",
    ) -> Record:
        """The row of this key, locked like `lock` does; `path` names what in the input led to it."""
        record = await self._locked(model, key)
        if record is None:
            raise NotFound.because("NOT_FOUND", path, what=type_name or model.__name__)
        self.used(record.access.object, Activity.DISPLAY)  # type: ignore[attr-defined]  # a model that is guarded
        self.keep(record)
        _refuse_closed(record, path)
        if version is not None and getattr(record, "version", None) != version:
            raise await self._conflict(record, version, version_path)
        return record

    async def demand(
        self, record: Model, activity: Activity, *, object: str | None = None, measure: Decimal | None = None
    ) -> None:
        """Casbin decides on every area of the row. Raises Forbidden with object and activity, and with the area if the
        caller may know that the row lies there.
        """
        access: Access = record.access  # type: ignore[attr-defined]  # a model that is guarded
        name = object or access.object
        if name == access.object and access.override and self.authority.scope(access.override, activity).is_everything:
            self.used(access.override, activity)
            return
        where = await self._whereabouts(record)
        if not where.areas:
            raise self._forbidden(name, activity, None)
        for area in where.areas:
            if not self.authority.allows(area, name, activity, own=where.own, measure=measure):
                raise self._forbidden(name, activity, area if self._sees_in(area, access.object) else None)
        self.used(name, activity)

    async def demand_somewhere(self, record: Model, activity: Activity, object: str) -> None:
        """Casbin decides on each area of the row, and one is enough: for what changes nothing yet. Raises Forbidden."""
        where = await self._whereabouts(record)
        if not any(self.authority.allows(area, object, activity, own=where.own) for area in where.areas):
            raise self._forbidden(object, activity, None)
        self.used(object, activity)

    async def holds_role(self, record: Model, role: str) -> bool:
        """Whether the caller has been given a role, or one that inherits it, in some area of the row."""
        return any(self.authority.holds_role(role, area) for area in (await self._whereabouts(record)).areas)

    async def demand_over(self, access: Access, record: Model, activity: Activity) -> None:
        """As `demand`, where rows lie in patterns of areas: the right is needed over each of them, and over some for one's own.

        Raises Forbidden with object and activity.
        """
        bindings = Bindings()
        row = RowScope(access, "t", self.authority.scope(access.object, activity), self.authority.user_id)
        wanted = bindings.bind(record.pk, "bigint")
        permitted = f"case when {row.own(bindings)} then {row.some(bindings)} else {row.every(bindings)} end"
        sql = f"select {permitted} as permitted from {record._meta.db_table} t where t.id = {wanted}"
        if not (await self.connection.fetchrow(sql, *bindings.values))["permitted"]:
            raise self._forbidden(access.object, activity, None)
        self.used(access.object, activity)

    def demand_throughout(self, pattern: Pattern, object: str, activity: Activity, path: str) -> None:
        """The right is needed in each area of a pattern that the caller named. Raises Forbidden with object and activity."""
        if over(pattern) not in self.authority.scope(object, activity):
            raise self._forbidden(object, activity, None, path)
        self.used(object, activity)

    def demand_in(self, area: Area, object: str, activity: Activity) -> None:
        """Casbin decides on an area that the caller named. Raises Forbidden with object, activity and area."""
        if not self.authority.allows(area, object, activity, own=False):
            raise self._forbidden(object, activity, area)
        self.used(object, activity)

    async def sees(self, record: Model) -> bool:
        """Whether the caller may display the row."""
        return await self._first(type(record), "id", {"id": record.pk}, None) is not None

    async def sees_of(self, record: Model, object: str) -> bool:
        """Whether the caller displays another object where the row lies, such as its documents."""
        return await self._first(type(record), "id", {"id": record.pk}, None, (object, Activity.DISPLAY)) is not None

    async def hold_commits(self) -> None:
        """Let nothing be committed any more that was decided before this: from the commit on, what has ended here has ended."""
        await self.connection.execute("select pg_advisory_xact_lock($1)", POLICY_LOCK)

    async def alone_with(self, key: str) -> None:
        """Wait until no other command is at work on this key, so that what is looked for cannot come into being meanwhile."""
        await self.connection.execute(
            "select pg_advisory_xact_lock_shared($1), pg_advisory_xact_lock(hashtextextended($2, 0))", BATCH_LOCK, key
        )

    async def seen(
        self,
        model: type[Record],
        type_name: str,
        id: str,
        path: str,
        known: Mapping[int, Record] | None = None,
        *,
        right: tuple[str, Activity] | None = None,
    ) -> Record:
        """The row of this global id that a command names beside what it changes. Raises NotFound for what the caller may not
        see, or where they have not that other `right` instead, and Refused (CLOSED), unless it is one of those known already.
        """
        key = global_id.key_of(id, type_name, path)
        if known is not None and key in known:
            return known[key]
        if await self._first(model, "id", {"id": key}, None, right) is None:
            raise NotFound.because("NOT_FOUND", path, what=type_name)
        self.used(*(right or (model.access.object, Activity.DISPLAY)))  # type: ignore[attr-defined]  # a model that is guarded
        record = await model.get(id=key)
        _refuse_closed(record, path)
        return record

    async def seen_with(self, model: type[Model], column: str, *, but: Model | None = None, **values: Any) -> Any:
        """That column of another row with these values, of those the caller may see; None if there is none."""
        return await self._first(model, column, values, None if but is None else but.pk)

    async def finish(self) -> None:
        """Share the policy lock, read the state in a second statement, and refuse to commit by anything older."""
        await self.connection.execute("select pg_advisory_xact_lock_shared($1)", POLICY_LOCK)
        await self.refuse_if_moved()

    async def refuse_if_moved(self) -> None:
        """Raise PolicyMoved if what was decided here was decided by anything older than now."""
        state = await state_of(self.connection, self.caller)
        if not state.signed_in or state.version != self.state.version or not self.authority.holds(state.now):
            raise PolicyMoved

    def moves_policy_to(self, version: int) -> None:
        """Know the version that this very command has made, holding commits, for no other."""
        self.state = dataclasses.replace(self.state, version=version)

    async def _locked(self, model: type[Record], key: int) -> Record | None:
        """The row of this key, locked until the end, if the caller may see it."""
        access: Access = model.access  # type: ignore[attr-defined]  # a model that is guarded
        bindings = Bindings()
        wanted = bindings.bind(key, "bigint")
        seen = visible(self.authority, access, "t", bindings)
        rows = await self.connection.fetch(
            f"select t.id from {model._meta.db_table} t where t.id = {wanted} and {seen} for no key update", *bindings.values
        )
        return await model.get(id=key) if rows else None

    async def _whereabouts(self, record: Model) -> Whereabouts:
        """The areas of the row, and whether it is the caller's own."""
        access: Access = record.access  # type: ignore[attr-defined]  # a model that is guarded
        return await whereabouts(self.connection, access, record._meta.db_table, "id", record.pk, self.caller.user_id)

    async def _first(
        self,
        model: type[Model],
        column: str,
        values: Mapping[str, Any],
        but: int | None,
        right: tuple[str, Activity] | None = None,
    ) -> Any:
        access: Access = model.access  # type: ignore[attr-defined]  # a model that is guarded
        bindings = Bindings()
        conditions = [
            f"t.{name} = {bindings.bind(value, sql_type(model._meta.fields_map[name]))}" for name, value in values.items()
        ]
        if but is not None:
            conditions.append(f"t.id <> {bindings.bind(but, 'bigint')}")
        scope = self.authority.scope(*(right or (access.object, Activity.DISPLAY)))
        conditions.append(RowScope(access, "t", scope, self.authority.user_id).some(bindings))
        row = await self.connection.fetchrow(
            f"select t.{column} as found from {model._meta.db_table} t where {' and '.join(conditions)}"
            f" order by t.{model._meta.db_pk_column} limit 1",
            *bindings.values,
        )
        return None if row is None else row["found"]

    def _forbidden(self, object: str, activity: Activity, area: Area | None, path: str | None = None) -> Forbidden:
        named = {} if area is None else {"salesArea": text_of(area)}
        return Forbidden.because("FORBIDDEN", path, object=object, activity=activity.name, **named)

    async def _conflict(self, record: Model, given: int, path: str) -> Conflict:
        visible = await self._fields_changed_since(record, given)
        return Conflict.because(
            "STALE_VERSION",
            path,
            current=getattr(record, "version", None),
            given=given,
            fields=", ".join(visible),
        )

    async def _fields_changed_since(self, record: Model, version: int) -> list[str]:
        """The fields changed under later versions, of rows whose object the caller displays where they lie."""
        scopes = {each: self.authority.scope(each) for each in objects_of(type(record))}
        told = about_scope(self.authority, ChangeDocument.access, "d", type(record), scopes)
        bindings = Bindings([type(record).__name__, record.pk, version])
        rows = await self.connection.fetch(
            f"""select d.field from change_documents d where d.record_type = $1 and d.record_id = $2 and d.record_version > $3
                and {told.some("$2", bindings)} group by d.field order by min(d.id)""",
            *bindings.values,
        )
        return [row["field"] for row in rows]

    def _sees_in(self, area: Area, object: str) -> bool:
        """Whether the caller may know that a record lies in an area: whether they display the object there."""
        return self.authority.scope(object).level(area) != NOTHING


def command(caller: Caller | None, input: Any, name: str) -> AbstractAsyncContextManager[Work]:
    """The transaction of one command. Raises the errors of `domain.errors`, PolicyMoved and Replayed."""
    return working(Work, caller, input, name)


@asynccontextmanager
async def working(kind: type[AnyWork], caller: Caller | None, input: Any, name: str) -> AsyncIterator[AnyWork]:
    """The transaction of a command that is carried out by this kind of work."""
    if caller is None:
        raise Unauthenticated.because("UNAUTHENTICATED")
    if caller.read_only:
        raise Refused.because("KEY_READ_ONLY")
    only_validate = bool(getattr(input, "validate_only", False))
    key = getattr(input, "idempotency_key", None)
    key = key if given(key) else None
    try:
        async with in_transaction() as transaction:
            connection = transaction._connection
            authority, state = await current(connection, caller)
            work = kind(
                by=caller.username,
                request_id=caller.request_id,
                connection=connection,
                now=state.now,
                caller=caller,
                authority=authority,
                state=state,
            )
            if key is not None and not only_validate:
                await _claim(work, key, name, input)
            yield work
            if work.replayable and work.subject is not None:
                await connection.execute(
                    "update idempotency_keys set record_id = $3 where user_id = $1 and key = $2",
                    caller.user_id,
                    key,
                    work.subject.pk,
                )
            await work.finish()
            if only_validate:
                raise _Undo
    except _Undo:
        pass


async def _claim(work: Work, key: str, name: str, input: Any) -> None:
    """Take the key, or say what it stands for: of two at once the second waits here for the first to commit."""
    if not 1 <= len(key) <= LONGEST_KEY:
        raise Invalid.because("KEY_MALFORMED", "idempotencyKey", most=LONGEST_KEY)
    digest = await asyncio.to_thread(_digest, input, f"{work.caller.user_id}:{key}")
    taken = await work.connection.fetch(
        """insert into idempotency_keys (user_id, key, command, input_digest, created_at)
           values ($1, $2, $3, $4, $5) on conflict (user_id, key) do nothing returning id""",
        work.caller.user_id,
        key,
        name,
        digest,
        work.now,
    )
    if taken:
        work.replayable = True
        return
    before = await work.connection.fetchrow(
        "select command, input_digest, record_id from idempotency_keys where user_id = $1 and key = $2",
        work.caller.user_id,
        key,
    )
    if before["command"] != name or before["input_digest"] != digest:
        raise KeyReused.because("KEY_REUSED", "idempotencyKey")
    raise Replayed(before["record_id"])


async def again_if_moved(run: Callable[[], Awaitable[Result]]) -> Result:
    """Run a command until it was decided by the policy that still held at its end. Raises Unavailable after some tries."""
    for _ in range(TRIES):
        try:
            return await run()
        except (PolicyMoved, SerializationError, DeadlockDetectedError):
            continue
        except OperationalError as fault:
            if not isinstance(fault.args[0], SerializationError | DeadlockDetectedError):
                raise
    raise Unavailable.because("POLICY_MOVED")


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a command ended: the key of its record, or why there is none."""

    record_id: int | None = None
    problem: Problem | None = None
    again: bool = False
    """Whether it is the first success of an idempotency key once more."""


async def carry_out(run: Callable[[], Awaitable[Model | None]], input: Any) -> Outcome:
    """Run a command to its outcome: again if the policy moved, the first success of a key once more, refusals as values."""
    try:
        record = await again_if_moved(run)
    except Replayed as replay:
        return Outcome(replay.record_id, again=True)
    except Problem as problem:
        return Outcome(problem=problem)
    return Outcome(None if record is None or getattr(input, "validate_only", False) else record.pk)


def _refuse_closed(record: Model, path: str) -> None:
    access: Access = record.access  # type: ignore[attr-defined]  # a model that is guarded
    if access.closed is not None and getattr(record, access.closed) is not None:
        raise Refused.because("CLOSED", path)


def given(value: Any) -> bool:
    """Whether an optional input field was sent at all; null counts as sent."""
    return value is not strawberry.UNSET


def confidential(description: str) -> Any:
    """An input field of text that nothing kept of the input may give away, such as a password."""
    return strawberry.field(description=description, metadata={CONFIDENTIAL: True})


def _digest(input: Any, salt: str) -> str:
    """What tells inputs apart; of a secret only what is as slow to guess as the password hash that is kept of it."""

    def plain(value: Any) -> Any:
        if dataclasses.is_dataclass(value):
            return {
                each.name: slow(getattr(value, each.name))
                if each.metadata.get(CONFIDENTIAL)
                else plain(getattr(value, each.name))
                for each in dataclasses.fields(value)
                if given(getattr(value, each.name)) and each.name != "idempotency_key"
            }
        if isinstance(value, bytes):
            return hashlib.sha256(value).hexdigest()
        if isinstance(value, list):
            return [plain(each) for each in value]
        return text_of_value(value)

    def slow(value: str) -> str:
        return hashlib.scrypt(value.encode(), salt=salt.encode(), n=2**14, r=8, p=1).hex()

    return hashlib.sha256(json.dumps(plain(input), sort_keys=True).encode()).hexdigest()
