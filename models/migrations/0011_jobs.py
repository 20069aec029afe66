"""Jobs and the reports of what became of their rows."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

from domain.exchange import Encoding, ImportMode, RowOutcome
from domain.jobs import JobKind, JobStatus
from models.operations import Together

UP = [
    "alter table jobs add constraint jobs_counts check (0 <= refused and refused <= done and done <= total)",
    "alter table jobs add constraint jobs_finished check ((status in ('QUEUED', 'RUNNING')) = (finished_at is null))",
    "create index jobs_starter on jobs (started_by_id, queued_at desc, id desc)",
    "create index jobs_session on jobs (session_id)",
    "create index jobs_open on jobs (id) where status in ('QUEUED', 'RUNNING')",
    "create unique index job_rows_row on job_rows (job_id, row)",
    "create index job_rows_job on job_rows (job_id, id)",
]
"""What goes with a dropped table needs no undoing."""


class Migration(migrations.Migration):
    """Applied whole, in one transaction."""

    dependencies = [("models", "0010_keys_and_hooks")]

    operations = [
        Together(
            ops.CreateModel(
                name="Job",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    ("kind", fields.CharEnumField(enum_type=JobKind, max_length=20)),
                    ("status", fields.CharEnumField(default=JobStatus.QUEUED, enum_type=JobStatus, max_length=10)),
                    ("mode", fields.CharEnumField(enum_type=ImportMode, max_length=20)),
                    ("encoding", fields.CharEnumField(enum_type=Encoding, max_length=10)),
                    ("dry_run", fields.BooleanField()),
                    ("file_name", fields.CharField(max_length=120)),
                    ("file_key", fields.CharField(null=True, max_length=80)),
                    ("total", fields.IntField()),
                    ("done", fields.IntField(default=0)),
                    ("refused", fields.IntField(default=0)),
                    (
                        "started_by",
                        fields.ForeignKeyField(
                            "models.User",
                            source_field="started_by_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="jobs",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    (
                        "session",
                        fields.ForeignKeyField(
                            "models.Session",
                            source_field="session_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="jobs",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    ("request_id", fields.CharField(max_length=64)),
                    ("queued_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                    ("started_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                    ("finished_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                    ("heartbeat_at", fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)),
                    ("attempts", fields.IntField(default=0)),
                    ("cancel_requested", fields.BooleanField(default=False)),
                    ("failure", fields.JSONField(null=True)),
                ],
                options={
                    "table": "jobs",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "Something done in the background by the rights, and within the session, of who started it.",
                },
                bases=["Model"],
            ),
            ops.CreateModel(
                name="JobRow",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    (
                        "job",
                        fields.ForeignKeyField(
                            "models.Job",
                            source_field="job_id",
                            db_constraint=True,
                            to_field="id",
                            related_name="rows",
                            on_delete=OnDelete.CASCADE,
                        ),
                    ),
                    ("started_by_id", fields.BigIntField()),
                    ("row", fields.IntField()),
                    ("outcome", fields.CharEnumField(enum_type=RowOutcome, max_length=10)),
                    ("number", fields.CharField(null=True, max_length=10)),
                    ("problem", fields.JSONField(null=True)),
                ],
                options={
                    "table": "job_rows",
                    "app": "models",
                    "pk_attr": "id",
                    "table_description": "What became of one row of a job's file.",
                },
                bases=["Model"],
            ),
        ),
        ops.RunSQL(UP, ops.RunSQL.noop),
    ]
