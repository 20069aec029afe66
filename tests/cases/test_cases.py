"""Each case of the file that `CASES` names comes out as its source says, or as `deviations.toml` says why not."""

from __future__ import annotations

import json
import os
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.cases.adapters import ADAPTERS
from tests.cases.notation import Given, differences

HERE = Path(__file__).parent
SHARED = Path(os.environ.get("SHARED", HERE.parents[1].parent / "shared"))
FILE = Path(os.environ.get("CASES", SHARED / "cases" / "cases.json"))
CASES: list[dict[str, Any]] = json.loads(FILE.read_text("utf-8")) if FILE.exists() else []
DEVIATIONS: dict[str, dict[str, str]] = tomllib.loads((HERE / "deviations.toml").read_text("utf-8"))


def outcome(case: dict[str, Any]) -> list[str]:
    given = Given(case["given"])
    results = ADAPTERS[case["area"]](given)
    found = differences(case["expect"], results)
    assert not list(given.unread()), f"keys that the adapter does not know: {list(given.unread())}"
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["id"])
def test_a_case_of_another_source(case: dict[str, Any]) -> None:
    if case["area"] not in ADAPTERS:
        pytest.xfail(f"not built yet: {case['area']}")
    found = outcome(case)
    if case["id"] in DEVIATIONS:
        assert found, "this case comes out as its source says: take it from the deviations"
        pytest.xfail(f"deviation: {DEVIATIONS[case['id']]['reason']}")
    assert not found, f"{case['title']}: {'; '.join(found)}"


def test_a_key_that_no_adapter_knows_is_an_error() -> None:
    given = Given({"quantity": "1", "levels": [{"from": "1", "rate": "2", "colour": "red"}], "mood": {"today": "good"}})
    assert given.number("quantity") == 1
    assert [level["rate"] for level in given["levels"]] == ["2"]
    assert list(given.unread()) == ["given.levels.0.from", "given.levels.0.colour", "given.mood"]


def test_a_key_of_what_is_expected_that_no_adapter_knows_is_an_error() -> None:
    with pytest.raises(KeyError, match="mood"):
        differences({"mood": "good"}, {"value": 1})
