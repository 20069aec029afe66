"""Qualification documents: the commands."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Optional

import strawberry

from api.resolvers import documents as resolvers
from api.schema.base import IDEMPOTENCY_KEY, USER_ERRORS, Info, UserError, carried_out
from api.schema.customers import QualificationDocument
from domain.files import SentFile

INPUT = strawberry.argument(description="What to do.")


@strawberry.input(description="A document that the customer shows, with its file.")
class AddQualificationDocumentInput:
    customer: strawberry.ID = strawberry.field(description="Whose document.")
    document_type: str = strawberry.field(description="What kind of document it is, e.g. BUSINESS_LICENCE.")
    file: SentFile = strawberry.field(description="The scan: PDF, PNG or JPEG.")
    number: Optional[str] = strawberry.field(default=strawberry.UNSET, description="Its number.")
    issuer: Optional[str] = strawberry.field(default=strawberry.UNSET, description="Who issued it.")
    valid_from: Optional[date] = strawberry.field(default=strawberry.UNSET, description="The first day it is valid.")
    valid_to: Optional[date] = strawberry.field(
        default=strawberry.UNSET, description="The last day it is valid; left out or null: for ever."
    )
    idempotency_key: Optional[str] = strawberry.field(default=strawberry.UNSET, description=IDEMPOTENCY_KEY)


@strawberry.type(description="What became of `addQualificationDocument`.")
class AddQualificationDocumentPayload:
    qualification_document: Optional[QualificationDocument] = strawberry.field(description="The new document, to be reviewed.")
    user_errors: list[UserError] = strawberry.field(description=USER_ERRORS)


@strawberry.type
class DocumentMutations:
    @strawberry.mutation(
        description="Hand in a document with its file. Needs CREATE on `customer_document` in every area of the customer."
    )
    async def add_qualification_document(
        self, info: Info, input: Annotated[AddQualificationDocumentInput, INPUT]
    ) -> AddQualificationDocumentPayload:
        done = await carried_out(info, resolvers.add_qualification_document, input)
        return AddQualificationDocumentPayload(
            qualification_document=await done.record(QualificationDocument), user_errors=done.errors
        )
