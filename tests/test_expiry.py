"""`python -m api customers expire`: what is over is marked once, what soon will be is reminded of once."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.client import Client
from tests.conftest import run_command
from tests.contract.demo import Record
from tests.contract.onboarding import reasons, send, submitted
from tests.contract.test_commands import fetch, footprint

DOCUMENT = "select review_status from customer_qualification_documents where customer_id = $1 order by id"
CUSTOMER = "select onboarding_status, version from customers where id = $1"


def expire(database: str, run_directory: Path, *options: str) -> str:
    """What the command says in its last line."""
    done = run_command(database, run_directory, "customers", "expire", *options)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def said(documents: int = 0, customers: int = 0, reminders: int = 0) -> str:
    return f"{documents} documents and {customers} customers expired, {reminders} reminders"


def admitted(server: Client, database: str, licence_ends: str, **where: Any) -> Record:
    """An approved customer whose business licence ends on a day."""
    made = submitted(server, database, **where)
    assert send(server, "ApproveCustomer", {"customer": made["id"], "version": 2}, "customer.approver")["done"]
    fetch(
        database,
        """update customer_qualification_documents set valid_to = $2::text::date
           where customer_id = $1 and document_type = 'BUSINESS_LICENCE'""",
        made["key"],
        licence_ends,
    )
    return {**made, "version": 3}


def test_a_licence_is_reminded_of_expires_and_is_renewed(server: Client, database: str, run_directory: Path) -> None:
    made = admitted(server, database, "2027-03-31")

    def at(day: str) -> str:
        return expire(database, run_directory, "--day", day)

    before = footprint(database)
    assert at("2027-02-28") == said()
    assert footprint(database) == before
    assert at("2027-03-01") == said(reminders=1)
    assert fetch(
        database,
        """select payload->>'customer', payload->>'documentType', payload->>'validTo', payload->>'by' from outbox_events
           where topic = 'qualificationDocument.expiring'""",
    ) == [(made["number"], "BUSINESS_LICENCE", "2027-03-31", "expiry")]
    before = footprint(database)
    assert at("2027-03-01") == at("2027-03-31") == said()
    assert footprint(database) == before
    assert at("2027-04-01") == said(documents=1, customers=1)
    assert fetch(database, DOCUMENT, made["key"]) == [("EXPIRED",), ("ACCEPTED",)]
    assert fetch(database, CUSTOMER, made["key"]) == [("EXPIRED", 4)]
    written = """select object, field, old_value, new_value, changed_by from change_documents
                 where request_id like 'expiry-%' and field in ('review_status', 'onboarding_status') order by object"""
    assert fetch(database, written) == [
        ("customer", "onboarding_status", "APPROVED", "EXPIRED", "expiry"),
        ("customer_document", "review_status", "ACCEPTED", "EXPIRED", "expiry"),
    ]
    events = "select topic from outbox_events where payload->>'by' = 'expiry' order by id"
    assert [topic for (topic,) in fetch(database, events)] == [
        "qualificationDocument.expiring",
        "qualificationDocument.changed",
        "customer.changed",
    ]
    before = footprint(database)
    assert at("2027-04-01") == at("2028-01-01") == said()
    assert footprint(database) == before
    submit = {"customer": made["id"], "version": 4}
    assert reasons(send(server, "SubmitCustomer", submit, "clerk.1000")) == ["DOCUMENT_MISSING"] * 3
    fetch(
        database,
        """insert into customer_qualification_documents (customer_id, document_type, number, review_status, added_by, version)
           select customer_id, document_type, number, 'ACCEPTED', added_by, 1 from customer_qualification_documents
           where customer_id = $1 and review_status = 'EXPIRED'""",
        made["key"],
    )
    assert send(server, "SubmitCustomer", submit, "clerk.1000")["done"]
    assert send(server, "ApproveCustomer", {**submit, "version": 5}, "customer.approver")["done"]
    assert at("2028-01-01") == said()


def test_what_another_document_follows_expires_alone(server: Client, database: str, run_directory: Path) -> None:
    made = admitted(server, database, "2027-05-31")
    fetch(
        database,
        """insert into customer_qualification_documents (customer_id, document_type, number, valid_from, review_status, added_by, version)
           select customer_id, document_type, number, '2027-06-01', 'ACCEPTED', added_by, 1 from customer_qualification_documents
           where customer_id = $1 and document_type = 'BUSINESS_LICENCE'""",
        made["key"],
    )
    assert expire(database, run_directory, "--day", "2027-05-31") == said()
    assert expire(database, run_directory, "--day", "2027-06-01") == said(documents=1)
    assert fetch(database, DOCUMENT, made["key"]) == [("EXPIRED",), ("ACCEPTED",), ("ACCEPTED",)]
    assert fetch(database, CUSTOMER, made["key"]) == [("APPROVED", 3)]


def test_a_longer_validity_is_reminded_of_anew_and_the_days_can_be_chosen(
    server: Client, database: str, run_directory: Path
) -> None:
    made = admitted(server, database, "2027-08-31")
    assert expire(database, run_directory, "--day", "2027-07-01", "--remind", "60") == said()
    assert expire(database, run_directory, "--day", "2027-07-02", "--remind", "60") == said(reminders=1)
    longer = (
        "update customer_qualification_documents set valid_to = '2027-09-30' where customer_id = $1 and valid_to = '2027-08-31'"
    )
    fetch(database, longer, made["key"])
    assert expire(database, run_directory, "--day", "2027-08-31") == said(reminders=1)
    assert expire(database, run_directory, "--day", "2027-10-01") == said(documents=1, customers=1)


def test_a_customer_who_is_not_admitted_does_not_expire(server: Client, database: str, run_directory: Path) -> None:
    made = submitted(server, database)
    fetch(database, "update customer_qualification_documents set valid_to = '2027-11-30' where customer_id = $1", made["key"])
    assert expire(database, run_directory, "--day", "2027-11-30") == said()
    assert expire(database, run_directory, "--day", "2027-12-01") == said(documents=2)
    assert fetch(database, CUSTOMER, made["key"]) == [("SUBMITTED", 2)]
    answer = send(server, "ApproveCustomer", {"customer": made["id"], "version": 2}, "customer.approver")
    assert reasons(answer) == ["DOCUMENT_NOT_ACCEPTED"] * 4


def test_the_day_is_that_of_the_customer_s_sales_organizations(server: Client, database: str, run_directory: Path) -> None:
    """Between the first zone and the last there are always two days."""
    first, last = "Pacific/Kiritimati", "Etc/GMT+12"
    zone = "update sales_organizations set time_zone = $2 where code = $1"
    fetch(database, zone, "1000", first)
    fetch(database, zone, "2000", last)
    yesterday = str(datetime.now(ZoneInfo(first)).date() - timedelta(days=1))
    east, north, both = (
        admitted(server, database, yesterday, user=user, area=area)
        for user, area in (("clerk.1000", "1000/20/00"), ("clerk.2000", "2000/20/00"), ("clerk.1000", "1000/20/00"))
    )
    fetch(
        database,
        """insert into customer_sales_area_views (customer_id, sales_organization, distribution_channel, division, currency)
           values ($1, '2000', '20', '00', 'CNY')""",
        both["key"],
    )
    assert expire(database, run_directory) == said(documents=1, customers=1, reminders=2)
    found = [fetch(database, CUSTOMER, each["key"])[0][0] for each in (east, north, both)]
    assert found == ["EXPIRED", "APPROVED", "APPROVED"]


def test_of_two_at_once_each_does_its_part_once(server: Client, database: str, run_directory: Path) -> None:
    expire(database, run_directory, "--day", "2029-03-01")  # what other tests have left
    for _ in range(4):
        admitted(server, database, "2029-03-31")
    for _ in range(4):
        admitted(server, database, "2029-04-30")
    with ThreadPoolExecutor(2) as threads:
        reports = list(threads.map(lambda _: expire(database, run_directory, "--day", "2029-04-01"), range(2)))
    counts = [[int(word) for word in report.replace(",", "").split() if word.isdigit()] for report in reports]
    assert [sum(column) for column in zip(*counts, strict=True)] == [4, 4, 4]


@pytest.mark.parametrize("day", ["tomorrow", "2027-02-30", "2027"])
def test_what_is_no_day_is_refused_in_words(database: str, run_directory: Path, day: str) -> None:
    done = run_command(database, run_directory, "customers", "expire", "--day", day)
    assert done.returncode == 1
    assert f"{day} is not a day" in done.stderr
    assert "Traceback" not in done.stderr
