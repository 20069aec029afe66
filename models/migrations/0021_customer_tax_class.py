"""A customer's own class in tax determination, in each sales area."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

CHECK = r"check (tax_class ~ '^[A-Za-z0-9._-]{1,10}$')"


class Migration(migrations.Migration):
    """Applied whole, in one transaction."""

    dependencies = [("models", "0020_free_goods")]

    operations = [
        ops.AddField(model_name="SalesAreaView", name="tax_class", field=fields.CharField(null=True, max_length=10)),
        ops.RunSQL(
            f"alter table customer_sales_area_views add constraint customer_sales_area_views_tax_class_plain {CHECK}",
            "alter table customer_sales_area_views drop constraint customer_sales_area_views_tax_class_plain",
        ),
    ]
