"""A customer's own part in determining the pricing procedure, in each sales area."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

CHECK = r"check (pricing_procedure ~ '^[A-Za-z0-9._-]{1,10}$')"


class Migration(migrations.Migration):
    """Applied whole, in one transaction."""

    dependencies = [("models", "0016_documents")]

    operations = [
        ops.AddField(model_name="SalesAreaView", name="pricing_procedure", field=fields.CharField(null=True, max_length=10)),
        ops.RunSQL(
            f"alter table customer_sales_area_views add constraint customer_sales_area_views_pricing_procedure_plain {CHECK}",
            "alter table customer_sales_area_views drop constraint customer_sales_area_views_pricing_procedure_plain",
        ),
    ]
