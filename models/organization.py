"""The enterprise structure: control areas, company codes, sales organizations, channels, divisions, plants."""

from decimal import Decimal
from typing import ClassVar

from tortoise import fields
from tortoise.models import Model

from models.access import Access, Anywhere, OwnArea, ThroughRows

STRUCTURE = "enterprise_structure"


class CreditControlArea(Model):
    """Where credit limits are held 信贷控制范围: in one currency, by one business day.

    New accounts begin in `initial_category` with `initial_limit`, null for none; from `near_percent` of use on a limit is near.
    """

    access: ClassVar[Access] = Access(STRUCTURE, ThroughRows("organization_areas", (("credit_control_area", "code"),)))
    code = fields.CharField(10, primary_key=True)
    name = fields.CharField(120)
    currency = fields.CharField(3)
    time_zone = fields.CharField(40, default="UTC", db_default="UTC")
    initial_category = fields.CharField(10, default="B", db_default="B")
    initial_limit = fields.DecimalField(18, 3, null=True)
    near_percent = fields.DecimalField(5, 2, default=Decimal(80), db_default=Decimal(80))

    class Meta:
        table = "credit_control_areas"


class CompanyCode(Model):
    """A legal entity that invoices."""

    access: ClassVar[Access] = Access(STRUCTURE, ThroughRows("organization_areas", (("company_code", "code"),)))
    code = fields.CharField(10, primary_key=True)
    name = fields.CharField(120)
    currency = fields.CharField(3)
    country = fields.CharField(2)
    credit_control_area = fields.CharField(10)

    class Meta:
        table = "company_codes"


class SalesOrganization(Model):
    """Who sells; belongs to one company code and has its own business day."""

    access: ClassVar[Access] = Access(STRUCTURE, ThroughRows("organization_areas", (("sales_organization", "code"),)))
    code = fields.CharField(10, primary_key=True)
    name = fields.CharField(120)
    company_code = fields.CharField(10)
    currency = fields.CharField(3)
    time_zone = fields.CharField(40)

    class Meta:
        table = "sales_organizations"


class DistributionChannel(Model):
    """By which way it is sold: direct, dealer, agent."""

    access: ClassVar[Access] = Access(STRUCTURE, ThroughRows("organization_areas", (("distribution_channel", "code"),)))
    code = fields.CharField(10, primary_key=True)
    name = fields.CharField(120)

    class Meta:
        table = "distribution_channels"


class Division(Model):
    """What is sold: a product group."""

    access: ClassVar[Access] = Access(STRUCTURE, ThroughRows("organization_areas", (("division", "code"),)))
    code = fields.CharField(10, primary_key=True)
    name = fields.CharField(120)

    class Meta:
        table = "divisions"


class SalesArea(Model):
    """A combination of sales organization, channel and division in which one sells."""

    access: ClassVar[Access] = Access(STRUCTURE, OwnArea())
    id = fields.BigIntField(primary_key=True, generated=True)
    sales_organization = fields.CharField(10)
    distribution_channel = fields.CharField(10)
    division = fields.CharField(10)
    currency = fields.CharField(3)

    class Meta:
        table = "sales_areas"


class Plant(Model):
    """Where goods are kept and shipped from, for one sales organization first."""

    access: ClassVar[Access] = Access(
        STRUCTURE, ThroughRows("organization_areas", (("sales_organization", "sales_organization"),))
    )
    code = fields.CharField(10, primary_key=True)
    name = fields.CharField(120)
    company_code = fields.CharField(10)
    sales_organization = fields.CharField(10)
    country = fields.CharField(2)

    class Meta:
        table = "plants"


class PaymentTerms(Model):
    """When a customer pays."""

    access: ClassVar[Access] = Access(STRUCTURE, Anywhere())
    code = fields.CharField(10, primary_key=True)
    description = fields.CharField(120)

    class Meta:
        table = "payment_terms"
