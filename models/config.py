"""How Tortoise is told of the models and the database."""

from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit


def connection_settings(url: str) -> dict[str, Any]:
    """The parts of `postgresql://user:password@host:port/name?host=/socket/dir`, under the names that asyncpg uses."""
    parts = urlsplit(url)
    if parts.scheme not in ("postgres", "postgresql"):
        raise ValueError("DATABASE_URL must begin with postgres:// or postgresql://")
    query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    settings: dict[str, Any] = {
        "host": query.pop("host", None) or parts.hostname or "localhost",
        "port": int(query.pop("port", None) or parts.port or 5432),
        "user": unquote(parts.username or "postgres"),
        "password": unquote(parts.password) if parts.password else None,
        "database": unquote(parts.path.lstrip("/")) or "postgres",
    }
    if "sslmode" in query:
        settings["ssl"] = query["sslmode"]
    return settings


def tortoise_config(url: str, *, most_connections: int = 10) -> dict[str, Any]:
    """Tortoise's configuration for one database."""
    credentials = {**connection_settings(url), "minsize": 1, "maxsize": most_connections}
    return {
        "connections": {"default": {"engine": "tortoise.backends.asyncpg", "credentials": credentials}},
        "apps": {"models": {"models": ["models"], "default_connection": "default", "migrations": "models.migrations"}},
        "use_tz": True,
        "timezone": "UTC",
    }


DESIGN = tortoise_config("postgresql://postgres@localhost/none")
"""For writing migrations, which needs the models and no database."""
