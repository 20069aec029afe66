"""Foreign software's opinion of the HTTP side: the audits of npm's graphql-http, which follow the specification."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.client import Client

ROOT = Path(__file__).parents[2]
AUDITS = 61


@pytest.fixture(scope="module")
def findings(server: Client) -> list[dict[str, str]]:
    """What each audit found."""
    node = shutil.which("node")
    assert node, "node is not on PATH: `make test` puts it there"
    assert (ROOT / "node_modules" / "graphql-http").exists(), "node_modules is missing: `make test` makes it"
    script = Path(__file__).with_name("audit.mjs")
    done = subprocess.run([node, script, f"{server.base}/graphql"], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_server_passes_every_audit_of_graphql_over_http(findings: list[dict[str, str]]) -> None:
    failing = [f"{each['id']} {each['name']}: {each['reason']}" for each in findings if each["status"] != "ok"]
    assert not failing, "\n" + "\n".join(failing)


def test_no_audit_was_left_out(findings: list[dict[str, str]]) -> None:
    assert len(findings) == AUDITS
