"""Users that begin, end and lie somewhere before they have roles; initial passwords; what users were refused and used."""

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops
from models.operations import Together

CODE = r"(\*|[A-Za-z0-9._-]{1,10})"
UP = [
    f"alter table users add constraint users_home_pattern check (home ~ '^{CODE}/{CODE}/{CODE}$')",
    "alter table users add constraint users_validity check (valid_from < valid_until)",
    "alter table users add constraint users_version_positive check (version > 0)",
    """
    create view user_areas as
        select user_id, sales_organization, distribution_channel, division from role_assignments where until is null
        union all
        select u.id, split_part(u.home, '/', 1), split_part(u.home, '/', 2), split_part(u.home, '/', 3)
        from users u where not exists (select 1 from role_assignments a where a.user_id = u.id and a.until is null)
    """,
    "create index refusals_user on refusals (user_id, id)",
    "alter table right_uses add constraint right_uses_key unique (user_id, object, activity)",
]
DOWN = [
    "drop view user_areas",
    "alter table users drop constraint users_version_positive",
    "alter table users drop constraint users_validity",
    "alter table users drop constraint users_home_pattern",
]


USER = "Somebody, or some machine, that signs in, from one instant up to, and not including, another."
REFUSED = "What a user was refused: the newest ones of each user are kept. `told` is what the refusal's text is filled with."
API_KEY = "A long-lived secret that opens its own session, kept as a digest. Lies where its user does."


def _options(table: str, description: str) -> dict[str, str]:
    return {"table": table, "app": "models", "pk_attr": "id", "table_description": description}


def _instant() -> fields.DatetimeField:
    return fields.DatetimeField(null=True, auto_now=False, auto_now_add=False)


def _to_user(related_name: str) -> fields.ForeignKeyField:  # type: ignore[type-arg]
    return fields.ForeignKeyField(
        "models.User",
        source_field="user_id",
        db_constraint=True,
        to_field="id",
        related_name=related_name,
        on_delete=OnDelete.CASCADE,
    )


class Migration(migrations.Migration):
    """Applied whole, in one transaction. Users of before are administered centrally, and their passwords are their own."""

    dependencies = [("models", "0012_policy_changes")]

    operations = [
        ops.AddField("User", "home", fields.CharField(default="*/*/*", max_length=32, db_default="*/*/*")),
        ops.AlterField("User", "home", fields.CharField(default="*/*/*", max_length=32)),
        ops.AddField("User", "valid_from", _instant()),
        ops.AddField("User", "valid_until", _instant()),
        ops.AddField("User", "password_initial", fields.BooleanField(default=False, db_default=False)),
        ops.AlterField("User", "password_initial", fields.BooleanField(default=False)),
        ops.AddField("User", "password_set_at", _instant()),
        ops.AddField("User", "version", fields.IntField(default=1, db_default=1)),
        ops.AlterField("User", "version", fields.IntField(default=1)),
        ops.AlterModelOptions("User", _options("users", USER)),
        ops.AlterModelOptions("ApiKey", _options("api_keys", API_KEY)),
        Together(
            ops.CreateModel(
                name="RefusedRight",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    ("user", _to_user("refusals")),
                    ("refused_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                    ("object", fields.CharField(max_length=60)),
                    ("activity", fields.CharField(max_length=20)),
                    ("sales_area", fields.CharField(null=True, max_length=32)),
                    ("reason", fields.CharField(max_length=60)),
                    ("told", fields.JSONField(default=dict)),
                    ("request_id", fields.CharField(max_length=64)),
                ],
                options=_options("refusals", REFUSED),
                bases=["Model"],
            ),
            ops.CreateModel(
                name="RightUse",
                fields=[
                    ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                    ("user", _to_user("right_uses")),
                    ("object", fields.CharField(max_length=60)),
                    ("activity", fields.CharField(max_length=20)),
                    ("day", fields.DateField()),
                ],
                options=_options("right_uses", "On which day a user last used a right."),
                bases=["Model"],
            ),
        ),
        ops.RunSQL(UP, DOWN),
    ]
