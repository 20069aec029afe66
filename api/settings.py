"""Settings, each from the environment variable `SDGRAPH_<NAME>`; `DATABASE_URL` and `PORT` also without the prefix."""

from enum import Enum
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from pydantic import AliasChoices, Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Mode(Enum):
    """`demo` and `development` show GraphiQL, introspection and suggestions; only `demo` has the demo sign-ins."""

    DEMO = "demo"
    DEVELOPMENT = "development"
    PRODUCTION = "production"


class Settings(BaseSettings):
    """All there is to set. What a field means stands in its description; README.md lists them too."""

    model_config = SettingsConfigDict(env_prefix="SDGRAPH_", extra="ignore", populate_by_name=True)

    mode: Mode = Field(Mode.PRODUCTION, description="demo, development or production")
    database_url: str | None = Field(
        None,
        validation_alias=AliasChoices("DATABASE_URL", "SDGRAPH_DATABASE_URL"),
        description="postgres://… of the database; unset: an embedded PostgreSQL under the data directory",
    )
    host: str = Field("127.0.0.1", description="address to listen on")
    port: int = Field(8000, validation_alias=AliasChoices("PORT", "SDGRAPH_PORT"), description="port to listen on")
    workers: int = Field(1, ge=1, description="server processes")
    data_dir: Path = Field(Path("var"), description="where the embedded database and the signing keys lie")
    keys_dir: Path | None = Field(
        None, description="where the signing keys lie, if not in the data directory; share it between machines"
    )
    issuer: str = Field("sdgraph", description="`iss` of the access tokens")
    access_token_seconds: int = Field(600, ge=3, description="how long an access token opens anything")
    session_days: int = Field(30, ge=1, description="how long a sign-in can be refreshed")
    api_key_days: int = Field(365, ge=1, description="longest validity of an API key")
    cors_origins: tuple[str, ...] = Field((), description='browser origins that may call, as JSON: ["https://app.example"]')
    cookie_secure: bool = Field(True, description="send the refresh cookie over HTTPS only (off in demo mode)")
    trusted_proxies: tuple[str, ...] = Field((), description="addresses of proxies whose X-Forwarded-For is believed, as JSON")
    read_connections: int = Field(4, ge=1, description="database connections for reads, per process")
    write_connections: int = Field(10, ge=1, description="database connections for commands, per process")
    planned_reads: bool = Field(True, description="answer queries from plans; off: by Strawberry's executor")
    read_seconds: float = Field(10, gt=0, description="longest time that a query may take")
    max_depth: int = Field(15, description="deepest nesting of a document's fields")
    max_aliases: int = Field(30, description="most aliases in a document, fragments counted where they are used")
    max_directives: int = Field(50, description="most directives in a document, fragments counted where they are used")
    max_tokens: int = Field(1500, description="most tokens in a document")
    max_cost: int = Field(
        20_000,
        description="most fields of an answer, page sizes multiplied; counting a whole list costs 5,000",
    )
    max_page_size: int = Field(200, description="largest `first` of a connection")
    max_streams: int = Field(20, description="most streams that a user may follow at a time, per process")
    webhook_private_addresses: bool = Field(
        False, description="let webhooks go to http and to private addresses too; for trying things out"
    )
    webhook_retry_seconds: float = Field(5, gt=0, description="first wait before a webhook is sent again; each is longer")
    webhook_days: int = Field(5, ge=1, description="days without success after which a webhook is switched off")
    max_body_bytes: int = Field(1_000_000, description="largest request body")
    max_file_bytes: int = Field(10_000_000, description="largest file that is taken")
    files_url: str | None = Field(
        None,
        description="where files lie: file:///… or s3://bucket/folder with AWS_… variables; unset: in the data directory",
    )
    link_seconds: int = Field(60, ge=5, description="how long a link to a file opens it")
    max_import_rows: int = Field(10_000, ge=1, description="most rows of a file of customers that is imported")
    job_stale_seconds: float = Field(
        30, ge=1, description="how long a job's process may give no sign of life before another takes the job up"
    )
    export_connections: int = Field(2, ge=1, description="exports that are written at a time, per process")
    export_seconds: float = Field(600, gt=0, description="longest time that an export may take")
    sign_in_failures_per_user: int = Field(5, description="failed sign-ins before a user name is slowed down")
    sign_in_failures_per_address: int = Field(50, description="failed sign-ins before an address is slowed down")
    graceful_seconds: int = Field(20, description="how long a stopping server finishes what runs")
    demo_password: str = Field("demo", description="password of the demo sign-ins")
    demo_orders: int = Field(500, ge=0, description="how many orders the demo company begins with, beside what follows them")
    time_zone: str = Field("Asia/Shanghai", description="zone in which the days of a role assignment's validity begin and end")
    reminder_days: int = Field(
        30, ge=0, description="how many days before a mandatory document of a customer expires a reminder is sent"
    )
    log_level: str = Field("info", description="debug, info, warning or error")

    @property
    def open_house(self) -> bool:
        """Whether tools for exploring are offered: GraphiQL, introspection, suggestions."""
        return self.mode is not Mode.PRODUCTION

    @property
    def keys(self) -> Path:
        """Where the signing keys lie."""
        return self.keys_dir or self.data_dir / "keys"


@lru_cache(maxsize=1)
def settings() -> Settings:
    """The settings of this process, read once."""
    return Settings()


def zone() -> ZoneInfo:
    """The zone in which days of validity begin and end."""
    return ZoneInfo(settings().time_zone)
