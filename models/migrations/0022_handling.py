"""Which levels of approval a customer's own people decide at: the others are the house's own business."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

KEPT = ("DocumentApproval", "DeliveryApproval", "PaymentApproval")


class Migration(migrations.Migration):
    """Applied whole, in one transaction."""

    dependencies = [("models", "0021_customer_tax_class")]

    operations = [
        *(
            ops.AddField(model_name=each, name="of_customer", field=fields.BooleanField(default=False, db_default=False))
            for each in KEPT
        ),
        ops.RunSQL("update document_approvals set of_customer = true where because = 'CUSTOMER'", ""),
    ]
