-- Row-level security on the bench's tables for the role that PostGraphile signs in as. The rows are those that a sales
-- clerk of the organizations in `app.organizations` sees; what one policy looks up is itself held to the policies of that
-- table. The owner of the tables, as whom sdgraph signs in, is not held to them. May be run again.
--
-- `exists` leaves the planner both ways: it looks up customer by customer for a page and hashes for a count, as long as the
-- hash fits into work_mem. More work_mem makes the count of a million customers faster and every page slower.

do $$ begin
    create role portal login;
exception when duplicate_object then null;
end $$;

create schema if not exists portal;
grant usage on schema public, portal to portal;

-- Asked as `(select …)`, so that a statement reads the setting once and not once per row.
create or replace function portal.organizations() returns text[] language sql stable parallel safe as $$
    select string_to_array(current_setting('app.organizations', true), ',')
$$;

create or replace function portal.sees_bank_accounts() returns boolean language sql stable parallel safe as $$
    select coalesce(current_setting('app.bank_accounts', true), '') = 'on'
$$;

-- What is not granted does not exist in PostGraphile's schema.
grant select on company_codes, sales_areas, sales_organizations, distribution_channels, divisions, plants, payment_terms to portal;
grant select on customer_sales_area_views, customer_company_code_views, customer_partners to portal;
grant select on customer_bank_accounts, customer_qualification_documents to portal;
grant select (id, number, name, customer_type, onboarding_status, country, region, street, city, postal_code, phone, email,
              tax_number, deletion_flag, version) on customers to portal;

alter table customers enable row level security;
alter table customer_sales_area_views enable row level security;
alter table customer_company_code_views enable row level security;
alter table customer_partners enable row level security;
alter table customer_bank_accounts enable row level security;
alter table customer_qualification_documents enable row level security;

drop policy if exists portal on customer_sales_area_views;
create policy portal on customer_sales_area_views for select to portal
    using (sales_organization = any ((select portal.organizations())::text[]));

drop policy if exists portal on customers;
create policy portal on customers for select to portal
    using (exists (select from customer_sales_area_views v where v.customer_id = customers.id));

drop policy if exists portal on customer_company_code_views;
create policy portal on customer_company_code_views for select to portal
    using (exists (
        select from customer_sales_area_views v join sales_organizations o on o.code = v.sales_organization
        where v.customer_id = customer_company_code_views.customer_id and o.company_code = customer_company_code_views.company_code
    ));

drop policy if exists portal on customer_partners;
create policy portal on customer_partners for select to portal
    using (exists (select from customer_sales_area_views v where v.id = customer_partners.view_id));

drop policy if exists portal on customer_bank_accounts;
create policy portal on customer_bank_accounts for select to portal
    using ((select portal.sees_bank_accounts())
           and exists (select from customer_sales_area_views v where v.customer_id = customer_bank_accounts.customer_id));

drop policy if exists portal on customer_qualification_documents;
create policy portal on customer_qualification_documents for select to portal
    using (exists (select from customer_sales_area_views v where v.customer_id = customer_qualification_documents.customer_id));

-- Sales orders, their items and materials.
grant select (id, number, category, order_date, status, credit_status, approval_status, delivery_status, billing_status,
              sales_organization, distribution_channel, division, sold_to_id, net_value, currency) on sales_documents to portal;
grant select (id, document_id, line_number, material_id, quantity, unit, net_value, currency, sales_organization) on sales_items to portal;
grant select (id, number, description) on materials to portal;
grant select on material_sales_views to portal;

alter table sales_documents enable row level security;
alter table sales_items enable row level security;
alter table materials enable row level security;

drop policy if exists portal on sales_documents;
create policy portal on sales_documents for select to portal
    using (sales_organization = any ((select portal.organizations())::text[]));

drop policy if exists portal on sales_items;
create policy portal on sales_items for select to portal
    using (sales_organization = any ((select portal.organizations())::text[]));

drop policy if exists portal on materials;
create policy portal on materials for select to portal
    using (exists (select from material_sales_views v where v.material_id = materials.id
                   and v.sales_organization = any ((select portal.organizations())::text[])));
