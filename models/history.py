"""Which rows make up a record: what its change documents tell of, and what is wound back with it."""

from collections.abc import Mapping
from dataclasses import dataclass

from tortoise import Model

from models.credit import CreditAccount, CreditLimit
from models.customer import (
    BankAccount,
    CompanyCodeView,
    Contact,
    CreditPointer,
    Customer,
    Partner,
    QualificationDocument,
    SalesAreaView,
)
from models.delivery import Delivery, DeliveryApproval, DeliveryItem, GoodsIssue
from models.material import Material, MaterialSalesView, MaterialUnit
from models.pricing import ConditionRecord, ConditionScaleLevel, ConditionSupplement
from models.user import User, UserCustomer


@dataclass(frozen=True, slots=True)
class Part:
    """Rows of a model that belong to a record: their column that leads to it, or to the part that they are a part of."""

    model: type[Model]
    column: str
    through: "Part | None" = None


VIEWS = Part(SalesAreaView, "customer_id")
PARTS_OF: Mapping[type[Model], tuple[Part, ...]] = {
    Customer: (
        VIEWS,
        Part(Partner, "view_id", VIEWS),
        Part(CompanyCodeView, "customer_id"),
        Part(BankAccount, "customer_id"),
        Part(Contact, "customer_id"),
        Part(CreditPointer, "customer_id"),
        Part(QualificationDocument, "customer_id"),
    ),
    User: (Part(UserCustomer, "user_id"),),
    Material: (Part(MaterialUnit, "material_id"), Part(MaterialSalesView, "material_id")),
    ConditionRecord: (Part(ConditionScaleLevel, "record_id"), Part(ConditionSupplement, "record_id")),
    CreditAccount: (Part(CreditLimit, "account_id"),),
    Delivery: (
        Part(DeliveryItem, "delivery_id"),
        Part(DeliveryApproval, "delivery_id"),
        Part(GoodsIssue, "delivery_id"),
    ),
}


def objects_of(model: type[Model]) -> tuple[str, ...]:
    """The authorization objects of a record's rows, its own first."""
    models = (model, *(part.model for part in PARTS_OF.get(model, ())))
    return tuple(dict.fromkeys(each.access.object for each in models))  # type: ignore[attr-defined]  # models that are guarded
