"""Somebody at their work: documents over HTTP, as the tests of orders, deliveries, payments and their approvals share it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.client import Client
from tests.contract.answers import data_of
from tests.contract.demo import Record

AREA = "1000/10/00"
APPROVED = """query ($area: String!) { customers(first: 100, filter: { salesArea: { eq: $area }, onboardingStatus: { eq: APPROVED } })
    { edges { node { id number name } } } }"""


@dataclass
class Desk:
    """Somebody at their work: sends commands and gives what became of them."""

    server: Client
    user: str

    def does(self, command: str, input: Record, show: str) -> Record:
        """The payload of a command that may be refused."""
        type_ = f"{command[0].upper()}{command[1:]}Input"
        text = f"mutation ($input: {type_}!) {{ {command}(input: $input) {{ {show} userErrors {{ code field reason }} }} }}"
        return data_of(self.server.run(text, {"input": input}, user=self.user))

    def done(self, command: str, input: Record, show: str) -> Any:
        """What a command that must go through has made."""
        payload = self.does(command, input, show)
        assert payload.pop("userErrors") == [], payload
        return next(iter(payload.values()))

    def refused(self, command: str, input: Record, show: str = "__typename") -> list[tuple[str, str | None]]:
        """The reasons of a command that must not go through, each with its field."""
        return [(each["reason"], each["field"]) for each in self.does(command, input, show)["userErrors"]]


def an_order(customer: Record, *lines: tuple[str, str], **more: Any) -> Record:
    items = [{"material": material, "quantity": quantity, "unit": "PC"} for material, quantity in lines]
    return {
        "orderType": "OR",
        "salesArea": AREA,
        "soldTo": customer["id"],
        "customerReference": "PO-7",
        "requestedDeliveryDate": "2026-12-01",
        "items": items,
        **more,
    }


ORDER = "salesOrder { id number version status approvalStatus deliveryStatus billingStatus netValue { amount } }"
DELIVERY = "delivery { id number version status }"
INVOICES = "billingDocuments { id number version category grossValue { amount } openAmount { amount } }"
