"""Qualification documents: handing them in."""

from __future__ import annotations

from typing import Any

from api.execution.command import Work, command, given
from api.resolvers.files import taken_in
from api.resolvers.qualification import qualification_rules
from api.settings import zone
from domain.activity import Activity
from domain.caller import Caller
from domain.errors import Invalid, refuse_if_any
from domain.onboarding import Paper, faults_of_paper
from models.customer import Customer, QualificationDocument

TEXTS = ("number", "issuer")


async def add_qualification_document(caller: Caller | None, input: Any) -> QualificationDocument:
    """Hand in a document with its file, to be reviewed. Raises NotFound, Forbidden, Invalid."""
    async with command(caller, input, "addQualificationDocument") as work:
        customer = await work.lock(Customer, "Customer", input.customer, "customer")
        await work.demand(customer, Activity.CREATE, object="customer_document")
        values = {name: value for name in (*TEXTS, "valid_from", "valid_to") if given(value := getattr(input, name))}
        paper = Paper(input.document_type, values.get("number"), values.get("valid_from"), values.get("valid_to"))
        refuse_if_any(
            faults_of_paper(qualification_rules(), paper, values.get("issuer"), work.now.astimezone(zone()).date()), Invalid
        )
        return await _store(work, customer, input, values)


async def _store(work: Work, customer: Customer, input: Any, values: dict[str, Any]) -> QualificationDocument:
    async with taken_in(work, input.file) as file:
        document = QualificationDocument(
            customer=customer, document_type=input.document_type, added_by=work.by, file=file, **values
        )
        await work.save(customer)
        await work.create(document, part_of=customer)
        work.subject = document
    return document
