"""The clients that frontends use understand our streams: npm's `graphql-ws` and `graphql-sse`."""

import json
import shutil
import subprocess
import time

from tests.client import Client
from tests.conftest import ROOT
from tests.http.test_streams import change, numbers

__all__ = ["numbers"]


def test_real_clients_follow(server: Client, numbers: dict[str, str]) -> None:
    node = shutil.which("node")
    assert node is not None
    command = [node, "tests/http/follow.mjs", server.base, server.token("clerk.1000")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as client:
        assert client.stdout is not None
        assert client.stdout.readline() == "begun\n"
        until = time.monotonic() + 30
        while client.poll() is None and time.monotonic() < until:
            change(server, numbers["1000"])
            time.sleep(0.3)
        client.kill()
        heard = dict(line.strip().split(" ", 1) for line in client.stdout)
    told = {"data": {"customerChanged": {"topic": "customer.changed", "customer": {"number": numbers["1000"]}}}}
    assert {name: json.loads(text) for name, text in heard.items()} == {"graphql-ws": told, "graphql-sse": told}
