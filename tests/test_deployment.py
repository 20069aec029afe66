"""Dockerfile and docker-compose.yml, read as they are: no engine is needed."""

import json
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from api.settings import Settings

ROOT = Path(__file__).parents[1]
COMPOSE = yaml.safe_load((ROOT / "docker-compose.yml").read_text("utf-8"))
SERVICES = COMPOSE["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
SECRET = re.compile(r"PASSWORD|SECRET|TOKEN|PRIVATE|KEY$", re.IGNORECASE)


def environment() -> list[tuple[str, str, str]]:
    """Service, name and value of every variable that is set."""
    return [(service, name, str(value)) for service, each in SERVICES.items() for name, value in each["environment"].items()]


def test_no_secret_has_a_default() -> None:
    secrets = {(service, name): value for service, name, value in environment() if SECRET.search(name)}
    assert {service for service, _ in secrets} == {"database", "migrate", "api"}
    for where, value in secrets.items():
        assert re.fullmatch(r"\$\{[A-Z_]+:\?[^}]+\}", value), where
    for where, name, value in environment():
        assert not re.search(r"://[^/]*:[^/]*@", value), (where, name)
    assert not SECRET.search(DOCKERFILE)


def test_demo_mode_is_only_for_those_who_ask() -> None:
    for service in ("migrate", "api"):
        assert SERVICES[service]["environment"]["SDGRAPH_MODE"] == "${SDGRAPH_MODE:-production}"


def test_every_variable_is_a_setting() -> None:
    known = {f"SDGRAPH_{name.upper()}" for name in Settings.model_fields} | {"DATABASE_URL"}
    for service, name, _ in environment():
        assert service == "database" or name in known | {"PGPASSWORD"}, name
    for name in re.findall(r"(SDGRAPH_[A-Z_]+)=", DOCKERFILE):
        assert name in known


def test_the_api_waits_for_the_migrations_and_they_for_the_database() -> None:
    assert SERVICES["database"]["image"] == "postgres:18"
    assert SERVICES["migrate"]["command"] == ["python", "-m", "api", "migrate"]
    assert SERVICES["migrate"]["depends_on"] == {"database": {"condition": "service_healthy"}}
    assert SERVICES["api"]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert "healthcheck" in SERVICES["database"]


def test_several_workers_share_their_keys_and_stop_in_time() -> None:
    api = SERVICES["api"]
    workers = re.fullmatch(r"\$\{SDGRAPH_WORKERS:-(\d+)\}", api["environment"]["SDGRAPH_WORKERS"])
    assert workers is not None
    assert int(workers[1]) > 1
    assert api["volumes"] == ["keys:/var/lib/sdgraph/keys", "files:/var/lib/sdgraph/files"]
    assert set(COMPOSE["volumes"]) == {"database", "keys", "files"}
    assert int(api["stop_grace_period"].removesuffix("s")) > Settings.model_fields["graceful_seconds"].default


def test_the_database_has_connections_for_twice_the_workers() -> None:
    fields = Settings.model_fields
    each = 2 * fields["read_connections"].default + fields["write_connections"].default
    workers = int(re.sub(r"\D", "", SERVICES["api"]["environment"]["SDGRAPH_WORKERS"]))
    allowed = int(SERVICES["database"]["command"][-1].removeprefix("max_connections="))
    assert allowed > 2 * workers * each


def test_only_the_api_can_be_reached_and_only_from_this_machine() -> None:
    assert [service for service, each in SERVICES.items() if "ports" in each] == ["api"]
    assert all(port.startswith("127.0.0.1:") for port in SERVICES["api"]["ports"])


def test_the_image_runs_without_rights_and_says_how_it_is() -> None:
    user = re.findall(r"^USER (\S+)", DOCKERFILE, re.MULTILINE)
    assert user == ["sdgraph"]
    commands = dict(re.findall(r"^(?:HEALTHCHECK.*\\\n\s+)?(CMD) (.*)$", DOCKERFILE, re.MULTILINE))
    assert json.loads(commands["CMD"]) == ["python", "-m", "api", "serve"]
    check = re.search(r"HEALTHCHECK [^\n]*\\\n\s+CMD (.*)", DOCKERFILE)
    assert check is not None
    _, _, script = json.loads(check[1])
    compile(script, "healthcheck", "exec")
    assert "/health/ready" in script


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """A folder with what the Dockerfile copies."""
    for source, target in re.findall(r"^COPY (\S+) (\S+)$", DOCKERFILE, re.MULTILINE):
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, tmp_path / target, ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_the_image_holds_all_that_the_api_needs(image: Path) -> None:
    def run(*command: str) -> Any:
        return subprocess.run([sys.executable, *command], cwd=image, capture_output=True, text=True, check=True).stdout

    assert run("-m", "api", "schema", "print") == (ROOT / "schema.graphql").read_text("utf-8")
    assert "serve" in run("-m", "api", "--help")
    allowed = (ROOT / ".dockerignore").read_text().splitlines()
    for source in re.findall(r"^COPY (\S+)", DOCKERFILE, re.MULTILINE):
        assert f"!{source}" in allowed
