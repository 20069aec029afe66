"""Number and name of the customer stand on its sales-area views too, held equal by a foreign key, and indexed behind the area."""

from tortoise import migrations
from tortoise.migrations import operations as ops

AREA = "sales_organization, distribution_channel, division"
UP = [
    "alter table customers add constraint customers_number_name_key unique (id, number, name)",
    "alter table customer_sales_area_views add column customer_number varchar(10), add column customer_name varchar(120)",
    """update customer_sales_area_views v set customer_number = c.number, customer_name = c.name
       from customers c where c.id = v.customer_id""",
    """create function fill_customer_of_view() returns trigger language plpgsql as $$
       begin
           select number, name into new.customer_number, new.customer_name from customers where id = new.customer_id;
           return new;
       end $$""",
    """create trigger customer_of_view before insert on customer_sales_area_views
       for each row execute function fill_customer_of_view()""",
    "alter table customer_sales_area_views alter column customer_number set not null, alter column customer_name set not null",
    """alter table customer_sales_area_views add constraint customer_sales_area_views_customer_fkey
       foreign key (customer_id, customer_number, customer_name) references customers (id, number, name) on update cascade""",
    f'create index customer_views_number on customer_sales_area_views ({AREA}, customer_number collate "C", customer_id)',
    f'create index customer_views_name on customer_sales_area_views ({AREA}, customer_name collate "C", customer_id)',
    'create index customer_views_organization_number on customer_sales_area_views (sales_organization, customer_number collate "C", customer_id)',
    'create index customer_views_organization_name on customer_sales_area_views (sales_organization, customer_name collate "C", customer_id)',
    "drop index customer_views_area",
    'create index customers_number on customers (number collate "C", id)',
    """
    create or replace view customer_areas as
        select v.customer_id, v.sales_organization, v.distribution_channel, v.division, o.company_code, c.credit_control_area,
               v.customer_number, v.customer_name
        from customer_sales_area_views v
        left join sales_organizations o on o.code = v.sales_organization
        left join company_codes c on c.code = o.company_code
    """,
]


class Migration(migrations.Migration):
    """Applied whole, in one transaction."""

    dependencies = [("models", "0002_constraints")]
    operations = [ops.RunSQL(UP)]
