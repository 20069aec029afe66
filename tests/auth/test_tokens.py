"""The signing keys are files: what one process adds or takes away, every other one sees at its next look."""

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from api.auth.tokens import KeyRing


def test_keys_of_another_process_are_seen_though_the_directory_s_time_stands_still(tmp_path: Path) -> None:
    """As where two changes fall into one tick of the file system's clock, or a network file system keeps the time."""
    one, other = KeyRing(tmp_path), KeyRing(tmp_path)
    one.ensure()
    first, _ = other.newest()
    then = tmp_path.stat().st_mtime_ns
    second = one.rotate()
    os.utime(tmp_path, ns=(then, then))
    assert other.find(second) is not None
    assert other.newest()[0] == second
    one.retire(first)
    os.utime(tmp_path, ns=(then, then))
    assert other.find(first) is None


def test_keys_are_listed_anew_each_second_even_if_no_time_of_the_directory_ever_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = KeyRing(tmp_path), KeyRing(tmp_path)
    one.ensure()
    first, _ = one.newest()
    stood_still = SimpleNamespace(stat=lambda _: SimpleNamespace(st_ctime_ns=0), listdir=os.listdir)
    monkeypatch.setattr("api.auth.tokens.os", stood_still)
    assert other.find(first) is not None
    (tmp_path / f"{first}.json").unlink()
    monkeypatch.setattr("api.auth.tokens.LISTED_ANEW_SECONDS", 0)
    assert other.find(first) is None


def test_retiring_the_only_key_leaves_another_to_sign_with(tmp_path: Path) -> None:
    keys = KeyRing(tmp_path)
    keys.ensure()
    leaked, _ = keys.newest()
    assert keys.retire(leaked)
    assert keys.find(leaked) is None
    assert keys.newest()[0] != leaked


def test_retiring_what_is_no_key_changes_nothing(tmp_path: Path) -> None:
    keys = KeyRing(tmp_path / "keys")
    keys.ensure()
    (tmp_path / "other.json").write_text("{}")
    assert not keys.retire("../other")
    assert (tmp_path / "other.json").exists()
    assert len(keys.public()["keys"]) == 1
