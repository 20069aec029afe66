"""Which addresses are taken, how a message is signed, and when it is tried again."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from domain.webhooks import TOPICS, faults_of_webhook, is_address, is_given_up, is_public, signature, wait_before


@pytest.mark.parametrize(
    ("url", "taken"),
    [
        ("https://hooks.example/sd?a=1", True),
        ("https://hooks.example:8443/", True),
        ("https://93.184.215.14/", True),
        ("http://hooks.example/", False),
        ("ftp://hooks.example/", False),
        ("https://", False),
        ("https://ann:secret@hooks.example/", False),
        ("https://hooks.example/#part", False),
        ("https://hooks.example:0/", False),
        ("https://hooks.example:99999/", False),
        ("https://hooks.example/\n", False),
        ("https://hooks.example/ x", False),
        ("https://钩子.example/", False),
        ("https://127.0.0.1/", False),
        ("https://[::1]/", False),
        ("https://[::ffff:10.0.0.1]/", False),
        ("https://169.254.169.254/latest/meta-data", False),
        ("https://hooks.example/" + "x" * 500, False),
    ],
)
def test_which_addresses_are_taken(url: str, taken: bool) -> None:
    assert is_address(url, anywhere=False) is taken


def test_anywhere_takes_the_own_machine_and_nothing_that_is_no_address() -> None:
    assert is_address("http://127.0.0.1:8080/", anywhere=True)
    assert not is_address("file:///etc/passwd", anywhere=True)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("ff0e::1", False),
        ("::ffff:127.0.0.1", False),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
    ],
)
def test_what_is_public(address: str, public: bool) -> None:
    assert is_public(address) is public


def test_what_is_wrong_is_named_each() -> None:
    found = faults_of_webhook("http://x", ["customer.changed", "all"], TOPICS, anywhere=False)
    assert [(each.reason, each.field) for each in found] == [("WEBHOOK_URL", "url"), ("TOPIC_UNKNOWN", "topics.1")]
    assert [each.reason for each in faults_of_webhook("https://x.example", [], TOPICS, anywhere=False)] == ["TOPICS_EMPTY"]


def test_the_signature_is_that_of_standard_webhooks() -> None:
    """The example of the specification's own libraries."""
    found = signature(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}'
    )
    assert found == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_it_waits_ever_longer_and_not_for_ever() -> None:
    first = timedelta(seconds=5)
    waits = [wait_before(attempt, first, 0.5) for attempt in range(1, 30)]
    assert waits[:4] == [timedelta(seconds=5 * 3**place) for place in range(4)]
    assert waits == sorted(waits)
    assert waits[-1] == timedelta(hours=6)
    assert wait_before(2, first, 0.0) < waits[1] < wait_before(2, first, 1.0)


def test_it_is_given_up_after_some_days() -> None:
    now = datetime(2026, 3, 9, tzinfo=timezone.utc)
    assert not is_given_up(now - timedelta(days=4, hours=23), now, 5)
    assert is_given_up(now - timedelta(days=5), now, 5)
