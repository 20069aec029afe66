"""Every order that lists offer has its index, so that a page is read in order and not sorted out of everything."""

from tortoise import migrations
from tortoise.migrations import operations as ops

UP = [
    'create index customers_type on customers (customer_type collate "C", id)',
    'create index customers_onboarding_status on customers (onboarding_status collate "C", id)',
    "create index customers_version on customers (version, id)",
    'create index customers_country on customers (country collate "C", id)',
    # rows without a value come last both ways, so one index cannot be read backwards for the other
    'create index customers_region on customers (region collate "C", id)',
    'create index customers_region_descending on customers (region collate "C" desc nulls last, id desc)',
    'create index customers_tax_order on customers (tax_number collate "C", id)',
    'create index customers_tax_order_descending on customers (tax_number collate "C" desc nulls last, id desc)',
]
DOWN = [f"drop index {statement.split()[2]}" for statement in reversed(UP)]


class Migration(migrations.Migration):
    """Applied whole, in one transaction."""

    dependencies = [("models", "0003_order_on_views")]
    operations = [ops.RunSQL(UP, DOWN)]
