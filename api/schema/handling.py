"""Who of the house handles a document: entered, changed, decided it. A partner is told of their own people only."""

from typing import Any

from api.execution.mapping import column

HANDLING = "handling"
OWN_PEOPLE = """(select person.username from users person join user_customers bound on bound.user_id = person.id
    where person.username = {{row}}.{name} and bound.customer_id = {{row}}.{customer})"""
"""A user name, if it is that of somebody who is bound to the customer."""


def handled_by(name: str, description: str, *, customer: str, filter: bool = False) -> Any:
    """The user name in a column; without the right to know who handles it, only that of one of the customer's own people."""
    outside = OWN_PEOPLE.format(name=name, customer=customer)
    return column(
        name, f"{description} Partners are told only of their own people.", filter=filter, right=HANDLING, outside=outside
    )
