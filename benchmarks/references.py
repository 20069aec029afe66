"""What the rival on Strawberry and Tortoise says of a customer elsewhere than in the customer itself."""

import strawberry


@strawberry.type
class CustomerReference:
    id: strawberry.ID
    number: str
    name: str
