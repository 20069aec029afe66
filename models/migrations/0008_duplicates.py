"""What doubles are found by: keys of names, tax numbers and accounts, each under an index; and which customer one went into."""

from typing import Any

from tortoise import fields, migrations
from tortoise.fields.base import OnDelete
from tortoise.migrations import operations as ops

from domain.duplicates import name_key
from models.simplified import simplified

UP = [
    # as domain.duplicates.code_key has it
    """
    create function code_key(value text) returns text language sql immutable strict parallel safe as $$
        select nullif(upper(regexp_replace(normalize(value, NFKC), '[^0-9A-Za-z]', '', 'g') collate "C"), '')
    $$
    """,
    "alter table customers add column tax_key text generated always as (code_key(tax_number)) stored",
    "alter table customer_bank_accounts add column account_key text generated always as (code_key(account_number)) stored",
    "create index customers_tax_key on customers (tax_key, country) where tax_key is not null",
    "create index customer_bank_accounts_account on customer_bank_accounts (account_key) where account_key is not null",
    'alter table customers alter column name_key type text collate "C"',
    'alter table customers add column name_key_reversed text collate "C" generated always as (reverse(name_key)) stored',
    # such that the neighbours of a name are read from the index alone
    "create index customers_name_key on customers (name_key, id) where archived_at is null",
    "create index customers_name_key_reversed on customers (name_key_reversed, id) where archived_at is null",
    "create index customers_merged on customers (merged_into_id) where merged_into_id is not null",
    "alter table customers add constraint customers_merged_elsewhere check (merged_into_id <> id)",
]
DOWN = [
    "alter table customers drop constraint customers_merged_elsewhere",
    "drop index customers_merged",
    "alter table customers drop column name_key_reversed",
    "drop index customers_name_key",
    "alter table customer_bank_accounts drop column account_key",
    "alter table customers drop column tax_key",
    "drop function code_key(text)",
]
AT_ONCE = 10_000


async def fill_name_keys(_apps: Any, editor: Any) -> None:
    """Give the customers that are there the keys of their names."""
    client = editor.client
    rows = await client.execute_query_dict("select id, name from customers")
    for begin in range(0, len(rows), AT_ONCE):
        part = rows[begin : begin + AT_ONCE]
        await client.execute_query(
            "update customers c set name_key = k.key from unnest($1::bigint[], $2::text[]) as k (id, key) where c.id = k.id",
            [[row["id"] for row in part], [name_key(row["name"], simplified) for row in part]],
        )


class Migration(migrations.Migration):
    """Applied whole, in one transaction."""

    dependencies = [("models", "0007_views")]
    operations = [
        ops.AddField(
            "Customer",
            "merged_into",
            fields.ForeignKeyField(
                "models.Customer",
                source_field="merged_into_id",
                null=True,
                db_constraint=True,
                to_field="id",
                related_name="merged",
                on_delete=OnDelete.RESTRICT,
            ),
        ),
        ops.AddField("Customer", "name_key", fields.TextField(null=True, unique=False)),
        ops.RunPython(fill_name_keys, ops.RunPython.noop),
        ops.RunSQL(UP, DOWN),
    ]
