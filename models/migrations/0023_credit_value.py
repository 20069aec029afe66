"""What an item counts for on a credit account, where its pricing procedure says so: subtotal CREDIT_PRICE."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops


class Migration(migrations.Migration):
    """Applied whole, in one transaction."""

    dependencies = [("models", "0022_handling")]

    operations = [
        ops.AddField(
            model_name="SalesItem", name="credit_value", field=fields.DecimalField(null=True, max_digits=18, decimal_places=3)
        ),
    ]
