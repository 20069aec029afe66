"""Files that were handed in. Their content lies in the storage; here is what it is called there, and what it is."""

from typing import ClassVar

from tortoise import fields
from tortoise.models import Model

from models.access import Access, PartOf


class StoredFile(Model):
    """A file, seen with the record that it belongs to."""

    access: ClassVar[Access] = Access("customer_document", PartOf("QualificationDocument"))
    id = fields.BigIntField(primary_key=True, generated=True)
    key = fields.CharField(80, unique=True)
    name = fields.CharField(120)
    media_type = fields.CharField(60)
    size = fields.IntField()
    digest = fields.CharField(64)
    stored_at = fields.DatetimeField()
    stored_by = fields.CharField(60)

    class Meta:
        table = "stored_files"
