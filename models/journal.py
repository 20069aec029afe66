"""What happened: change documents, displays of protected data, events to send, idempotency keys, number ranges."""

from typing import Any, ClassVar

from tortoise import fields
from tortoise.models import Model

from domain.history import ChangeKind
from models.access import AboutRecord


class ChangeDocument(Model):
    """One field of one record, before and after: who, when, and by which request.

    Its row is the record's own, or that of a part of it: a view, a partner, a bank account. `part` is where a part lies: its
    sales area, or its company code; `line_number` is the line of a document that it is.
    """

    access: ClassVar[AboutRecord] = AboutRecord(part="part")
    id = fields.BigIntField(primary_key=True, generated=True)
    changed_at = fields.DatetimeField()
    changed_by = fields.CharField(60)
    request_id = fields.CharField(64)
    record_type = fields.CharField(40)
    record_id = fields.BigIntField()
    record_version = fields.IntField()
    object = fields.CharField(60)
    part = fields.CharField(80, null=True)
    line_number = fields.IntField(null=True)
    row_type = fields.CharField(40)
    row_id = fields.BigIntField()
    kind = fields.CharEnumField(ChangeKind, max_length=10)
    field = fields.CharField(60)
    old_value = fields.TextField(null=True)
    new_value = fields.TextField(null=True)

    class Meta:
        table = "change_documents"


class DataDisplay(Model):
    """That somebody was shown what an object protects of a record: who, when, and by which request."""

    access: ClassVar[AboutRecord] = AboutRecord()
    id = fields.BigIntField(primary_key=True, generated=True)
    displayed_at = fields.DatetimeField()
    displayed_by = fields.CharField(60)
    request_id = fields.CharField(64)
    record_type = fields.CharField(40)
    record_id = fields.BigIntField()
    object = fields.CharField(60)

    class Meta:
        table = "data_displays"


class OutboxEvent(Model):
    """An event for subscribers, written with the change it tells of."""

    id = fields.BigIntField(primary_key=True, generated=True)
    occurred_at = fields.DatetimeField()
    topic = fields.CharField(60)
    record_type = fields.CharField(40)
    record_id = fields.BigIntField()
    record_version = fields.IntField()
    payload: fields.JSONField[dict[str, Any]] = fields.JSONField(default=dict)

    class Meta:
        table = "outbox_events"


class IdempotencyKey(Model):
    """The first success of a command under a key, per user."""

    id = fields.BigIntField(primary_key=True, generated=True)
    user: fields.ForeignKeyRelation = fields.ForeignKeyField("models.User", related_name="idempotency_keys")  # type: ignore[type-arg]
    user_id: int
    key = fields.CharField(100)
    command = fields.CharField(60)
    input_digest = fields.CharField(64)
    record_id = fields.BigIntField(null=True)
    created_at = fields.DatetimeField(auto_now_add=True)

    class Meta:
        table = "idempotency_keys"


class NumberRange(Model):
    """The next number of a kind of document or record."""

    name = fields.CharField(40, primary_key=True)
    next_number = fields.BigIntField()
    last_number = fields.BigIntField()

    class Meta:
        table = "number_ranges"
