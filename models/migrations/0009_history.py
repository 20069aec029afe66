"""Change documents name their row and what happened to it; displays of protected data are kept."""

from tortoise import fields, migrations
from tortoise.migrations import operations as ops

from domain.history import ChangeKind

WRITTEN_TOGETHER = "record_id, part, changed_at"
OF_VIEWS = "record_type = 'Customer' and object = 'customer_sales_area' and part is not null"
VIEW_OF_PART = """v.customer_id = d.record_id
    and concat_ws('/', v.sales_organization, v.distribution_channel, v.division) = d.part"""
FILL = [
    # what a record's own row went through: only a new one is written under version 1
    """
    update change_documents set row_type = record_type, row_id = record_id,
        kind = case when record_version = 1 then 'CREATED' else 'CHANGED' end
    where part is null and (record_type, object) in
        (('Customer', 'customer'), ('QualificationDocument', 'customer_document'), ('CustomerExtension', 'customer_sales_area'))
    """,
    # a customer has one view per company code, and of these only new ones were written
    """
    update change_documents d set row_type = 'CompanyCodeView', row_id = v.id, kind = 'CREATED', part = v.company_code
    from change_documents told join customer_company_code_views v on v.company_code = told.new_value
    where d.record_type = 'Customer' and d.object = 'customer_company_code' and v.customer_id = d.record_id
      and (told.record_type, told.record_id, told.changed_at, told.object)
          = (d.record_type, d.record_id, d.changed_at, d.object) and told.field = 'company_code'
    """,
    # under the customer only the handing in of a document was written, which each has a file of its own
    """
    update change_documents d set row_type = 'QualificationDocument', row_id = q.id, kind = 'CREATED'
    from change_documents told join customer_qualification_documents q on q.file_id::text = told.new_value
    where d.record_type = 'Customer' and d.object = 'customer_document' and q.customer_id = d.record_id
      and (told.record_type, told.record_id, told.changed_at, told.object)
          = (d.record_type, d.record_id, d.changed_at, d.object) and told.field = 'file_id'
    """,
    # a new view came with a partner per function, and partners were never changed
    f"""
    update change_documents d set row_type = 'Partner', row_id = p.id, kind = 'CREATED'
    from customer_sales_area_views v join customer_partners p on p.view_id = v.id
    where d.{OF_VIEWS} and d.field = 'function' and {VIEW_OF_PART}
      and p.function = d.new_value and p.customer_id = d.record_id
    """,
    # its partners have its id and its customer's: which of these equal documents is whose makes no difference
    f"""
    with numbered as (
        select id, {WRITTEN_TOGETHER}, field, row_id,
               row_number() over (partition by {WRITTEN_TOGETHER}, field order by id) - (field = 'customer_id')::int as place
        from change_documents where {OF_VIEWS} and field in ('function', 'view_id', 'customer_id')
    )
    update change_documents d set row_type = 'Partner', row_id = f.row_id, kind = 'CREATED'
    from numbered n join numbered f on f.field = 'function' and f.place = n.place
        and (f.record_id, f.part, f.changed_at) = (n.record_id, n.part, n.changed_at)
    where d.id = n.id and n.field <> 'function'
    """,
    # all else that has an area is of the view itself
    f"""
    update change_documents d set row_type = 'SalesAreaView', row_id = v.id,
        kind = case when exists (
            select 1 from change_documents told where told.field = 'sales_organization'
              and (told.record_type, told.record_id, told.part, told.changed_at)
                  = (d.record_type, d.record_id, d.part, d.changed_at)) then 'CREATED' else 'CHANGED' end
    from customer_sales_area_views v where d.{OF_VIEWS} and d.row_type is null and {VIEW_OF_PART}
    """,
    "update change_documents set row_type = record_type, row_id = record_id, kind = 'CHANGED' where row_type is null",
]
UP = [
    "drop index change_documents_record",
    "create index change_documents_record on change_documents (record_type, record_id, changed_at, id)",
    "create index change_documents_row on change_documents (row_type, row_id, changed_at, id)",
    "create index data_displays_record on data_displays (record_type, record_id, displayed_at, id)",
]
DOWN = [
    "drop index data_displays_record",
    "drop index change_documents_row",
    "drop index change_documents_record",
    "create index change_documents_record on change_documents (record_type, record_id, id)",
]


class Migration(migrations.Migration):
    """Applied whole, in one transaction."""

    dependencies = [("models", "0008_duplicates")]
    operations = [
        ops.CreateModel(
            name="DataDisplay",
            fields=[
                ("id", fields.BigIntField(generated=True, primary_key=True, unique=True, db_index=True)),
                ("displayed_at", fields.DatetimeField(auto_now=False, auto_now_add=False)),
                ("displayed_by", fields.CharField(max_length=60)),
                ("request_id", fields.CharField(max_length=64)),
                ("record_type", fields.CharField(max_length=40)),
                ("record_id", fields.BigIntField()),
                ("object", fields.CharField(max_length=60)),
            ],
            options={
                "table": "data_displays",
                "app": "models",
                "pk_attr": "id",
                "table_description": "That somebody was shown what an object protects of a record: who, when, and by which request.",
            },
            bases=["Model"],
        ),
        ops.AddField("ChangeDocument", "row_type", fields.CharField(null=True, max_length=40)),
        ops.AddField("ChangeDocument", "row_id", fields.BigIntField(null=True)),
        ops.AddField("ChangeDocument", "kind", fields.CharEnumField(null=True, enum_type=ChangeKind, max_length=10)),
        ops.RunSQL(FILL, ops.RunSQL.noop),
        ops.AlterField("ChangeDocument", "row_type", fields.CharField(max_length=40)),
        ops.AlterField("ChangeDocument", "row_id", fields.BigIntField()),
        ops.AlterField("ChangeDocument", "kind", fields.CharEnumField(enum_type=ChangeKind, max_length=10)),
        ops.RunSQL(UP, DOWN),
    ]
