"""How failed sign-ins are slowed down."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone

import pytest

from domain.attempts import FORGOTTEN_AFTER, LONGEST_WAIT, Attempts, failures_still_counted, wait_before_next

NOW = datetime(2026, 7, 1, tzinfo=timezone.utc)
FREE = 5


def failed(times: int, ago: timedelta = timedelta(0)) -> Attempts:
    return Attempts(times, NOW - ago)


@pytest.mark.parametrize(
    ("attempts", "seconds"),
    [
        pytest.param(None, 0, id="whoever never failed does not wait"),
        pytest.param(failed(1), 0, id="nor after one failure"),
        pytest.param(failed(4), 0, id="nor while fewer than the free ones failed"),
        pytest.param(failed(5), 1, id="after the free ones one second"),
        pytest.param(failed(6), 2, id="then twice as long"),
        pytest.param(failed(7), 4, id="and again"),
        pytest.param(failed(13), 256, id="the last one below five minutes"),
        pytest.param(failed(14), 300, id="at most five minutes"),
        pytest.param(failed(10**9), 300, id="however many failed"),
        pytest.param(failed(7, timedelta(seconds=3)), 1, id="time since the last failure counts"),
        pytest.param(failed(7, timedelta(seconds=4)), 0, id="until nothing is left to wait"),
        pytest.param(failed(7, timedelta(seconds=60)), 0, id="and never less than nothing"),
        pytest.param(failed(14, timedelta(minutes=15)), 0, id="a quiet quarter of an hour forgets"),
    ],
)
def test_the_wait_before_the_next_attempt(attempts: Attempts | None, seconds: int) -> None:
    assert wait_before_next(attempts, FREE, NOW) == timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("ago", "counted"),
    [
        pytest.param(timedelta(0), 7, id="at once"),
        pytest.param(FORGOTTEN_AFTER - timedelta(microseconds=1), 7, id="just before they are forgotten"),
        pytest.param(FORGOTTEN_AFTER, 0, id="when they are forgotten"),
    ],
)
def test_failures_are_forgotten_after_a_quiet_quarter_of_an_hour(ago: timedelta, counted: int) -> None:
    assert failures_still_counted(failed(7, ago), NOW) == counted


def test_nobody_who_never_failed_has_failures() -> None:
    assert failures_still_counted(None, NOW) == 0


def test_the_longest_wait_is_over_before_its_failures_are_forgotten() -> None:
    """Otherwise waiting would be longer than starting anew."""
    assert LONGEST_WAIT < FORGOTTEN_AFTER
