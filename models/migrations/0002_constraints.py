"""What the model API cannot say: foreign keys to codes, checks, views of where rows lie, the search column, indexes."""

from tortoise import migrations
from tortoise.migrations import operations as ops

CODE = "{column} ~ '^[A-Za-z0-9._-]{{1,10}}$'"
PATTERN = "({column} = '*' or {column} ~ '^[A-Za-z0-9._-]{{1,10}}$')"
AREA = ("sales_organization", "distribution_channel", "division")


def check(table: str, name: str, condition: str) -> str:
    return f"alter table {table} add constraint {name} check ({condition})"


def unique(table: str, name: str, *columns: str) -> str:
    return f"alter table {table} add constraint {name} unique ({', '.join(columns)})"


def refers(table: str, columns: str, other: str, other_columns: str = "code", *, action: str = "") -> str:
    name = f"{table}_{columns.replace(', ', '_')}_fkey"[:63]
    return f"alter table {table} add constraint {name} foreign key ({columns}) references {other} ({other_columns}) {action}"


def area_checks(table: str, template: str) -> list[str]:
    return [check(table, f"{table}_{column}_code", template.format(column=column)) for column in AREA]


CODES = [
    check(table, f"{table}_code_plain", CODE.format(column="code"))
    for table in (
        "credit_control_areas",
        "company_codes",
        "sales_organizations",
        "distribution_channels",
        "divisions",
        "plants",
        "payment_terms",
    )
]

REFERENCES = [
    refers("company_codes", "credit_control_area", "credit_control_areas"),
    refers("sales_organizations", "company_code", "company_codes"),
    refers("sales_areas", "sales_organization", "sales_organizations"),
    refers("sales_areas", "distribution_channel", "distribution_channels"),
    refers("sales_areas", "division", "divisions"),
    refers("plants", "company_code", "company_codes"),
    refers("plants", "sales_organization", "sales_organizations"),
    unique("sales_areas", "sales_areas_key", *AREA),
    refers("customer_sales_area_views", ", ".join(AREA), "sales_areas", ", ".join(AREA)),
    refers("customer_sales_area_views", "delivering_plant", "plants"),
    refers("customer_sales_area_views", "payment_terms", "payment_terms"),
    refers("customer_company_code_views", "company_code", "company_codes"),
    refers("customer_company_code_views", "payment_terms", "payment_terms"),
]

CUSTOMERS = [
    unique("customers", "customers_number_key", "number"),
    unique("customers", "customers_external_key_key", "external_key"),
    check("customers", "customers_name_filled", "btrim(name) <> ''"),
    check("customers", "customers_country_code", "country ~ '^[A-Z]{2}$'"),
    check("customers", "customers_version_positive", "version > 0"),
    unique("customer_sales_area_views", "customer_sales_area_views_key", "customer_id", *AREA),
    unique("customer_company_code_views", "customer_company_code_views_key", "customer_id", "company_code"),
    unique("customer_partners", "customer_partners_key", "view_id", "function", "customer_id"),
    unique("customer_bank_accounts", "customer_bank_accounts_key", "customer_id", "account_number"),
    'create index customers_name on customers (name collate "C", id)',
    "create index customers_tax_number on customers (tax_number) where tax_number is not null",
    f"create index customer_views_area on customer_sales_area_views ({', '.join(AREA)}, customer_id)",
    "create index customer_partners_customer on customer_partners (customer_id)",
    "create index customer_documents_customer on customer_qualification_documents (customer_id)",
]

SEARCH = [
    """
    create function search_grams(value text) returns text[] language sql immutable strict parallel safe as $$
        select coalesce(array_agg(distinct gram), '{}')
        from generate_series(1, length(value)) as place,
             lateral (values (substr(value, place, 1)), (substr(value, place, 2))) as grams (gram)
        where position(E'\\n' in gram) = 0 and position(' ' in gram) = 0
    $$
    """,
    "alter table customers add column search_grams text[] generated always as (search_grams(search_text)) stored",
    "create index customers_search on customers using gin (search_grams)",
]

USERS = [
    unique("users", "users_username_key", "username"),
    check("users", "users_username_plain", "username ~ '^[a-z0-9][a-z0-9._-]{0,59}$'"),
    unique("user_customers", "user_customers_key", "user_id", "customer_id"),
    unique("refresh_tokens", "refresh_tokens_digest_key", "digest"),
    unique("idempotency_keys", "idempotency_keys_key", "user_id", "key"),
    "create index sessions_user on sessions (user_id) where ended_at is null",
    "create index refresh_tokens_session on refresh_tokens (session_id)",
]

NAME = "{column} ~ '^[a-z0-9][a-z0-9._-]{{0,59}}$'"
HELD = "until is null or until > since"
POLICY = [
    *(
        check(table, f"{table}_{column}_plain", NAME.format(column=column))
        for table, column in (
            ("policy_roles", "name"),
            ("policy_lines", "role"),
            ("policy_lines", "object"),
            ("policy_links", "role"),
            ("policy_links", "parent"),
            ("role_assignments", "role"),
        )
    ),
    *area_checks("policy_lines", PATTERN),
    *area_checks("role_assignments", PATTERN),
    *(
        check(table, f"{table}_versions", HELD)
        for table in ("policy_roles", "policy_lines", "policy_links", "role_assignments")
    ),
    check("policy_lines", "policy_lines_reach", "reach in ('all', 'own')"),
    check("policy_lines", "policy_lines_effect", "effect in ('allow', 'deny')"),
    check("policy_lines", "policy_lines_deny_plain", "effect = 'allow' or (measure_limit is null and reach = 'all')"),
    check("role_assignments", "role_assignments_validity", "valid_from < valid_until"),
    "create unique index policy_roles_current on policy_roles (name) where until is null",
    "create unique index policy_links_current on policy_links (role, parent) where until is null",
    f"""create unique index policy_lines_current
        on policy_lines (role, {", ".join(AREA)}, object, activity, reach, effect, measure_limit)
        nulls not distinct where until is null""",
    "create index role_assignments_user on role_assignments (user_id)",
]

VIEWS = [
    """
    create view organization_areas as
        select a.sales_organization, a.distribution_channel, a.division, o.company_code, c.credit_control_area
        from sales_areas a
        left join sales_organizations o on o.code = a.sales_organization
        left join company_codes c on c.code = o.company_code
    """,
    """
    create view customer_areas as
        select v.customer_id, v.sales_organization, v.distribution_channel, v.division, o.company_code, c.credit_control_area
        from customer_sales_area_views v
        left join sales_organizations o on o.code = v.sales_organization
        left join company_codes c on c.code = o.company_code
    """,
    """
    create view current_role_assignments as
        select user_id, role, sales_organization, distribution_channel, division, valid_from, valid_until
        from role_assignments where until is null
    """,
]

JOURNAL = [
    "create index change_documents_record on change_documents (record_type, record_id, id)",
    check("number_ranges", "number_ranges_within", "next_number <= last_number + 1"),
]

UP = [*CODES, *REFERENCES, *CUSTOMERS, *SEARCH, *USERS, *POLICY, *VIEWS, *JOURNAL]


class Migration(migrations.Migration):
    """Applied whole, in one transaction."""

    dependencies = [("models", "0001_initial")]
    operations = [ops.RunSQL(UP)]
