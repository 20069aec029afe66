"""Jobs and their reports, seen by who started them."""

from typing import Any, ClassVar

from tortoise import fields
from tortoise.models import Model

from domain.exchange import Encoding, ImportMode, RowOutcome
from domain.jobs import JobKind, JobStatus
from models.access import Access, Anywhere, OwnedByUser


class Job(Model):
    """Something done in the background by the rights, and within the session, of who started it."""

    access: ClassVar[Access] = Access("job", Anywhere(), OwnedByUser("started_by_id"))
    id = fields.BigIntField(primary_key=True, generated=True)
    kind = fields.CharEnumField(JobKind, max_length=20)
    status = fields.CharEnumField(JobStatus, max_length=10, default=JobStatus.QUEUED)
    mode = fields.CharEnumField(ImportMode, max_length=20)
    encoding = fields.CharEnumField(Encoding, max_length=10)
    dry_run = fields.BooleanField()
    file_name = fields.CharField(120)
    file_key = fields.CharField(80, null=True)
    total = fields.IntField()
    done = fields.IntField(default=0)
    refused = fields.IntField(default=0)
    started_by: fields.ForeignKeyRelation = fields.ForeignKeyField("models.User", related_name="jobs")  # type: ignore[type-arg]
    started_by_id: int
    session: fields.ForeignKeyRelation = fields.ForeignKeyField("models.Session", related_name="jobs")  # type: ignore[type-arg]
    session_id: int
    request_id = fields.CharField(64)
    queued_at = fields.DatetimeField()
    started_at = fields.DatetimeField(null=True)
    finished_at = fields.DatetimeField(null=True)
    heartbeat_at = fields.DatetimeField(null=True)
    attempts = fields.IntField(default=0)
    cancel_requested = fields.BooleanField(default=False)
    failure: fields.JSONField[dict[str, Any] | None] = fields.JSONField(null=True)

    class Meta:
        table = "jobs"


class JobRow(Model):
    """What became of one row of a job's file."""

    access: ClassVar[Access] = Access("job", Anywhere(), OwnedByUser("started_by_id"))
    id = fields.BigIntField(primary_key=True, generated=True)
    job: fields.ForeignKeyRelation[Job] = fields.ForeignKeyField("models.Job", related_name="rows")
    job_id: int
    started_by_id = fields.BigIntField()
    row = fields.IntField()
    outcome = fields.CharEnumField(RowOutcome, max_length=10)
    number = fields.CharField(10, null=True)
    problem: fields.JSONField[dict[str, Any] | None] = fields.JSONField(null=True)

    class Meta:
        table = "job_rows"
