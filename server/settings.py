"""Derrick's settings: one frozen struct, read from DERRICK_* environment variables."""

import difflib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, get_args, get_type_hints

import msgspec
from msgspec import Meta

from server.setting_types import description, is_optional, type_words

ENVIRONMENT_PREFIX = "DERRICK_"
Service = Literal["sync", "users", "projects", "budget", "storage", "messaging"]
SERVICES: tuple[Service, ...] = get_args(Service)

LogFormat = Literal["console", "ecs"]
Registration = Literal["closed", "invitation", "open"]

Count = Annotated[int, Meta(ge=1)]
PostgresUrl = Annotated[str, Meta(pattern=r"^postgres(ql)?://")]
RedisUrl = Annotated[str, Meta(pattern=r"^(rediss?|unix)://")]
HttpUrl = Annotated[str, Meta(pattern=r"^https?://")]
Secret = Annotated[str, Meta(min_length=32)]
Origin = Annotated[str, Meta(pattern=r"^https?://[A-Za-z0-9.:\[\]-]+$")]
Network = Annotated[str, Meta(pattern=r"^[0-9A-Fa-f.:]+(/[0-9]{1,3})?$")]
Amount = Annotated[str, Meta(pattern=r"^[A-Z]{3}=[0-9]{1,15}$")]
ClamdAddress = Annotated[str, Meta(pattern=r"^(unix:/.+|[^:]+:[0-9]+)$")]
PerMinute = Annotated[int, Meta(ge=0, le=1_000_000)]
SmtpTls = Literal["none", "starttls", "implicit"]

# What `derrick replica` and `derrick crew` read: no settings of the server, but often in the same
# environment.
CLIENT_VARIABLES = frozenset(
    {"DERRICK_CREW", "DERRICK_PASSWORD", "DERRICK_PIN", "DERRICK_REPLICA", "DERRICK_TOKEN"}
)

# Their values never appear in an error, a log line or a table of settings.
SECRET_SETTINGS = frozenset(
    {
        "database_url",
        "database_owner_url",
        "metrics_token",
        "oidc_client_secret",
        "redis_url",
        "s3_secret_key",
        "sms_token",
        "smtp_password",
        "token_secret",
    }
)


# Written with commas.
LISTS = frozenset({"approval_small_amounts", "cors_origins", "services", "trusted_proxies"})


class SettingsError(ValueError):
    """A setting is unknown or has a value that is not accepted; the message is for people."""


class Settings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Everything that can be set, with its default; each has the variable DERRICK_<NAME>."""

    data_directory: Annotated[
        Path, Meta(description="Directory of the embedded servers' data, secrets and logs.")
    ] = Path("data")

    database_url: Annotated[
        PostgresUrl | None,
        Meta(
            description="PostgreSQL as the application role, postgresql://role:password@host/name; "
            "none starts the embedded server."
        ),
    ] = None
    database_owner_url: Annotated[
        PostgresUrl | None,
        Meta(
            description="PostgreSQL as the role that owns the tables and migrates; "
            "none uses DERRICK_DATABASE_URL."
        ),
    ] = None
    database_pool_size_max: Annotated[
        Count, Meta(description="Database connections that one process may hold.")
    ] = 10

    redis_url: Annotated[
        RedisUrl | None,
        Meta(
            description="Redis or Valkey, redis://:password@host:port/0; none starts the "
            "embedded server."
        ),
    ] = None

    s3_endpoint_url: Annotated[
        HttpUrl | None,
        Meta(description="S3 endpoint, http(s)://host:port; none starts the embedded server."),
    ] = None
    s3_bucket: Annotated[str, Meta(min_length=3, description="Bucket that holds the files.")] = (
        "derrick"
    )
    s3_access_key: Annotated[str | None, Meta(description="Access key of the S3 account.")] = None
    s3_secret_key: Annotated[str | None, Meta(description="Secret key of the S3 account.")] = None
    s3_region: Annotated[str, Meta(description="Region that S3 requests are signed for.")] = (
        "us-east-1"
    )
    s3_public_url: Annotated[
        HttpUrl | None,
        Meta(
            description="S3 endpoint as tablets reach it: parts of files may then go straight to "
            "it. None: all bytes go through the server."
        ),
    ] = None

    http_host: Annotated[str, Meta(description="Address that the server listens on.")] = "127.0.0.1"
    http_port: Annotated[
        int,
        Meta(ge=0, le=65_535, description="Port that the server listens on; 0 takes a free one."),
    ] = 8000
    http_workers: Annotated[Count, Meta(description="Processes that serve HTTP.")] = 1
    services: Annotated[
        tuple[Service, ...],
        Meta(min_length=1, description="Services that this process mounts, separated by commas."),
    ] = SERVICES

    trusted_proxies: Annotated[
        tuple[Network, ...],
        Meta(
            description="Networks of the proxies whose X-Forwarded headers are believed, separated "
            "by commas."
        ),
    ] = ()
    cors_origins: Annotated[
        tuple[Origin, ...],
        Meta(
            description="Other origins whose pages may call the server, https://host, separated by "
            "commas."
        ),
    ] = ()
    hsts_seconds: Annotated[
        int,
        Meta(ge=0, description="How long browsers insist on TLS once they have met it; 0: not."),
    ] = 365 * 24 * 3600
    app_directory: Annotated[
        Path | None,
        Meta(description="Where the built app lies; none is the checkout's own, pwa/dist."),
    ] = None
    docs_enabled: Annotated[
        bool, Meta(description="Whether /api/docs shows what the server takes and answers.")
    ] = True
    metrics_token: Annotated[
        Secret | None,
        Meta(
            description="Bearer token that opens /metrics to another machine; without one only "
            "this machine reads it."
        ),
    ] = None

    request_target_bytes_max: Annotated[
        Count, Meta(description="Size of a request's path and query.")
    ] = 8 * 1024
    request_headers_bytes_max: Annotated[
        Count, Meta(description="Size of a request's headers.")
    ] = 32 * 1024
    request_stall_seconds_max: Annotated[
        Count, Meta(description="Silence in the middle of a body after which the request is ended.")
    ] = 60
    address_requests_per_minute_max: Annotated[
        PerMinute,
        Meta(
            description="Requests of one network address; a whole camp may share one. 0: no limit."
        ),
    ] = 12_000
    account_requests_per_minute_max: Annotated[
        PerMinute, Meta(description="Requests of one account. 0: no limit.")
    ] = 1_200
    push_requests_per_minute_max: Annotated[
        PerMinute, Meta(description="Pushes of one device. 0: no limit.")
    ] = 600
    login_requests_per_minute_max: Annotated[
        PerMinute,
        Meta(description="Attempts to log in, or to get a code, of one address. 0: no limit."),
    ] = 60

    push_body_bytes_max: Annotated[
        Count, Meta(description="Size of a push after decompression.")
    ] = 32 * 1024 * 1024
    push_change_sets_max: Annotated[Count, Meta(description="Change sets in one push.")] = 1_000
    change_set_changes_max: Annotated[Count, Meta(description="Changes in one change set.")] = (
        50_000
    )
    group_changes_max: Annotated[
        Count, Meta(description="Changes of several pushes that one transaction merges together.")
    ] = 5_000
    field_bytes_max: Annotated[Count, Meta(description="Encoded size of one field's value.")] = (
        256 * 1024
    )
    pull_page_rows_max: Annotated[Count, Meta(description="Rows in one page of a pull.")] = 5_000
    pull_page_bytes_max: Annotated[
        Count, Meta(description="Size of one page of a pull before compression.")
    ] = 4 * 1024 * 1024
    clock_drift_ms_max: Annotated[
        Count, Meta(description="How far ahead of the server a device's clock may be believed.")
    ] = 60_000

    live_connections_max: Annotated[
        Count, Meta(description="Live WebSocket connections that one process accepts.")
    ] = 5_000
    account_live_connections_max: Annotated[
        Count,
        Meta(
            description="Live connections of one account to one process; a further one ends the "
            "oldest."
        ),
    ] = 32
    live_handshakes_per_minute_max: Annotated[
        PerMinute,
        Meta(
            description="Live connections that one network address may open; a whole camp may "
            "share one. 0: no limit."
        ),
    ] = 1_200
    live_messages_per_minute_max: Annotated[
        Count, Meta(description="Messages that a client may send on a live connection.")
    ] = 60
    live_connection_seconds_max: Annotated[
        Count, Meta(description="Age at which a live connection is asked to log in again.")
    ] = 12 * 3600

    token_secret: Annotated[
        Secret | None,
        Meta(
            description="Secret that the servers of an installation share: it encrypts the signing "
            "keys in the database; none makes one, kept in the data directory.",
        ),
    ] = None
    token_seconds_max: Annotated[
        Count, Meta(description="Life of a token that `derrick token` prints.")
    ] = 30 * 24 * 3600
    access_token_seconds: Annotated[
        Count, Meta(description="Life of a session's access tokens.")
    ] = 15 * 60
    refresh_grace_seconds: Annotated[
        Count,
        Meta(description="How long a used refresh token still gets the one that follows it."),
    ] = 60
    session_days_max: Annotated[
        Count | None,
        Meta(description="Life of a session since its login; none leaves only the idle limit."),
    ] = 90
    session_idle_days_max: Annotated[
        Count, Meta(description="Silence after which a session ends.")
    ] = 90
    key_rotation_days: Annotated[
        Count, Meta(description="Age at which the key that signs tokens is replaced.")
    ] = 30
    public_url: Annotated[
        HttpUrl | None,
        Meta(
            description="Address by which people and other systems reach this installation; it "
            "names the issuer of tokens."
        ),
    ] = None

    client_idle_days_max: Annotated[
        Count,
        Meta(description="Silence after which another system's refresh token ends."),
    ] = 90
    oidc_issuer: Annotated[
        HttpUrl | None,
        Meta(
            description="OpenID Connect issuer of the company's sign-in, just as it names itself."
        ),
    ] = None
    oidc_client_id: Annotated[
        str | None, Meta(description="Name of this installation at the company's sign-in.")
    ] = None
    oidc_client_secret: Annotated[
        str | None, Meta(description="Secret of this installation at the company's sign-in.")
    ] = None
    oidc_role_claim: Annotated[
        str | None,
        Meta(
            description="Claim whose values give people their role at each sign-in; none leaves "
            "roles to the administrators."
        ),
    ] = None
    oidc_role_map: Annotated[
        str | None,
        Meta(description="Roles by value of that claim, value=role,value=role; first match wins."),
    ] = None
    oidc_allowed_domains: Annotated[
        str | None,
        Meta(
            description="Domains of verified e-mail addresses that may sign in with the company, "
            "separated by commas; none lets any identity of the issuer in."
        ),
    ] = None

    replica_retention_days: Annotated[
        Count,
        Meta(description="Silence after which a replica must start again from a snapshot."),
    ] = 180
    snapshot_rows_min: Annotated[
        Count, Meta(description="Rows above which a new replica gets a scope as a snapshot.")
    ] = 2_000
    snapshot_page_rows: Annotated[Count, Meta(description="Rows in one page of a snapshot.")] = (
        10_000
    )
    snapshot_lag_rows_max: Annotated[
        Count, Meta(description="Changed rows after which a scope's snapshot is prepared again.")
    ] = 20_000

    registration: Annotated[
        Registration,
        Meta(
            description="How people get an account: from the command line alone (closed), by "
            "invitation, or by asking for one themselves (open)."
        ),
    ] = "invitation"
    password_characters_min: Annotated[
        int, Meta(ge=8, le=64, description="Shortest password that is accepted.")
    ] = 10
    password_hash_memory_kib: Annotated[
        int, Meta(ge=8, le=4_194_304, description="Memory of one argon2id computation.")
    ] = 64 * 1024
    password_hash_passes: Annotated[
        Count, Meta(description="Passes of one argon2id computation over its memory.")
    ] = 2
    password_hashes_at_once_max: Annotated[
        Count, Meta(description="Passwords that one process computes at a time.")
    ] = 2
    invitation_hours: Annotated[Count, Meta(description="Life of an invitation.")] = 7 * 24
    reset_link_minutes: Annotated[
        Count, Meta(description="Life of a link that sets a new password.")
    ] = 60
    reset_code_hours: Annotated[
        Count, Meta(description="Life of an administrator's code that sets a new password.")
    ] = 24
    login_failures_free: Annotated[
        Count, Meta(description="Failed logins of an account from one place before it must wait.")
    ] = 5
    login_delay_seconds_max: Annotated[
        Count, Meta(description="Longest wait between two failed logins.")
    ] = 300
    one_time_codes_grace_hours: Annotated[
        int,
        Meta(
            ge=0,
            description="Time that open sessions have to show a one-time code, once a role asks "
            "for them.",
        ),
    ] = 72
    known_device_days: Annotated[
        Count,
        Meta(description="Days that a device which has logged in is not slowed by strangers."),
    ] = 180

    smtp_host: Annotated[
        str | None,
        Meta(description="SMTP server that sends e-mail; none: `derrick user outbox` prints it."),
    ] = None
    smtp_port: Annotated[int, Meta(ge=1, le=65_535, description="Port of the SMTP server.")] = 587
    smtp_tls: Annotated[
        SmtpTls,
        Meta(description="How the SMTP connection is encrypted: starttls, implicit, or none."),
    ] = "starttls"
    smtp_user: Annotated[str | None, Meta(description="Account at the SMTP server.")] = None
    smtp_password: Annotated[
        str | None, Meta(description="Password of the account at the SMTP server.")
    ] = None
    smtp_sender: Annotated[
        str | None,
        Meta(description="Address that e-mail comes from: Derrick <derrick@example.com>."),
    ] = None
    sms_url: Annotated[
        HttpUrl | None,
        Meta(
            description="HTTP gateway that sends SMS: each is POSTed to it as JSON (id, to, text); "
            "none: `derrick user outbox` prints them."
        ),
    ] = None
    sms_token: Annotated[
        str | None, Meta(description="Bearer token that opens the SMS gateway.")
    ] = None
    sms_sender: Annotated[
        str | None, Meta(description="Name or number that SMS come from, if the gateway takes one.")
    ] = None
    message_timeout_seconds_max: Annotated[
        Count, Meta(description="Silence of the SMTP server or SMS gateway that ends an attempt.")
    ] = 30
    message_hours_max: Annotated[
        Count,
        Meta(description="Age at which a message that has no end of its own is not sent any more."),
    ] = 72

    spool_directory: Annotated[
        Path | None,
        Meta(
            description="Directory where uploads wait for S3, shared by the servers and workers of "
            "an installation; none keeps it in the data directory."
        ),
    ] = None
    spool_free_bytes_min: Annotated[
        int, Meta(ge=0, description="Free disk space that uploads leave to everything else.")
    ] = 1024 * 1024 * 1024
    upload_bytes_max: Annotated[Count, Meta(description="Size of one file.")] = (
        2 * 1024 * 1024 * 1024
    )
    upload_idle_days_max: Annotated[
        Count, Meta(description="Silence after which an unfinished upload is given up.")
    ] = 14
    project_storage_bytes_max: Annotated[
        int, Meta(ge=0, description="Bytes of all versions that one project keeps. 0: no limit.")
    ] = 0
    storage_part_bytes: Annotated[
        int,
        Meta(ge=5 * 1024 * 1024, description="Size of the parts in which files go to S3."),
    ] = 16 * 1024 * 1024
    upload_url_seconds: Annotated[
        Count, Meta(description="Life of an address at which S3 takes one part of a file.")
    ] = 900
    storage_lease_seconds: Annotated[
        Count,
        Meta(description="Silence of a worker after which another takes up what it was storing."),
    ] = 60
    storage_retry_seconds_max: Annotated[
        Count, Meta(description="Longest pause before a file is sent to S3 again.")
    ] = 300
    download_url_seconds: Annotated[
        Count, Meta(description="Life of an address of the object store that is given out.")
    ] = 300
    share_link_hours_max: Annotated[
        Count, Meta(description="Longest life of a link that gives a document to outsiders.")
    ] = 90 * 24
    clamd_address: Annotated[
        ClamdAddress | None,
        Meta(
            description="ClamAV's daemon that scans every file, host:port or unix:/path; without "
            "one nothing is scanned.",
        ),
    ] = None
    trash_days: Annotated[
        Count, Meta(description="Days that the trash keeps a document before it is purged.")
    ] = 90
    deleted_retention_days: Annotated[
        Count,
        Meta(description="Days for which a deleted row, or a whole project, can be restored."),
    ] = 90
    copy_rows_max: Annotated[
        Count, Meta(description="Rows that one copy of a project may make.")
    ] = 50_000
    permit_hours_max: Annotated[
        int,
        Meta(ge=1, le=168, description="Hours that a permit to work may hold: those of a shift."),
    ] = 12
    schedule_lease_seconds: Annotated[
        Count,
        Meta(description="Seconds that a worker has for one schedule before another takes it."),
    ] = 120
    schedule_rows_max: Annotated[
        Count,
        Meta(description="Tasks that a computed schedule writes in one transaction."),
    ] = 500
    alert_lead_days: Annotated[
        int,
        Meta(ge=0, description="Days before a task's end on which its alert is raised."),
    ] = 3
    alert_preview_changes_max: Annotated[
        Count,
        Meta(description="Changes of one kind of row that a preview of a rule reads back."),
    ] = 50_000
    notice_hour: Annotated[
        int,
        Meta(
            ge=0,
            le=23,
            description="Hour of a project's own day from which its deadlines and weekly digest "
            "are told.",
        ),
    ] = 6
    safety_repeat_minutes: Annotated[
        Count,
        Meta(
            description="Pause after which an urgent notice that someone has not acknowledged is "
            "said again; it doubles each time, up to a day."
        ),
    ] = 30
    schedule_file_bytes_max: Annotated[
        Count, Meta(description="Size of a schedule's file that is imported through the app.")
    ] = 64 * 1024 * 1024
    import_preview_rows_max: Annotated[
        Count, Meta(description="Rows of each list in the preview of an import.")
    ] = 500
    notice_retention_days: Annotated[
        Count, Meta(description="Days for which a notice that was read is kept.")
    ] = 180
    delegation_late_days_max: Annotated[
        int,
        Meta(
            ge=0,
            description="Days after the end of a delegation within which a word may arrive that a "
            "tablet gave during it, offline.",
        ),
    ] = 30
    approval_small_amounts: Annotated[
        tuple[Amount, ...],
        Meta(
            description="Amounts below which the approval of one person is enough where a project "
            "has neither a rule that fits nor an amount of its own, in minor units of each "
            "currency, separated by commas; in a currency that is not named nothing is small."
        ),
    ] = (
        "XAF=1000000",
        "XOF=1000000",
        "EUR=150000",
        "USD=150000",
        "CDF=400000000",
        "AOA=150000000",
        "DZD=20000000",
        "MAD=1500000",
        "TND=5000000",
        "MRU=6000000",
        "GNF=13000000",
    )
    report_rows_direct_max: Annotated[
        Count,
        Meta(description="Rows up to which a report is answered at once; larger ones are ordered."),
    ] = 2_000
    report_pdf_rows_max: Annotated[Count, Meta(description="Rows of a report as PDF.")] = 20_000
    report_rows_max: Annotated[
        Count, Meta(description="Rows of a report as a workbook or as CSV.")
    ] = 200_000
    report_order_days: Annotated[
        Count, Meta(description="Days for which it is remembered who ordered which report.")
    ] = 30
    activity_retention_days: Annotated[
        int, Meta(ge=30, description="Days for which the record of people's activity is kept.")
    ] = 400
    log_format: Annotated[
        LogFormat,
        Meta(description="Log lines for people (console) or for Elasticsearch (ecs, JSON)."),
    ] = "console"

    @property
    def small_amounts(self) -> dict[str, int]:
        """Return currency -> what an amount must be below to need few signatures."""
        pairs = (one.split("=") for one in self.approval_small_amounts)
        return {currency: int(amount) for currency, amount in pairs}

    @property
    def http_url(self) -> str:
        """Return the address by which this machine reaches the server."""
        everywhere = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104
        host = everywhere.get(self.http_host, self.http_host)
        return f"http://{f'[{host}]' if ':' in host else host}:{self.http_port}"


class SettingDescription(msgspec.Struct, frozen=True):
    """One setting, as the documentation shows it."""

    name: str
    variable: str
    type: str
    default: str
    description: str


def load_settings(environment: Mapping[str, str], **overrides: Any) -> Settings:
    """Read the settings from `environment`; an override that is not None wins over its variable.

    Raises SettingsError for an unknown DERRICK_* variable or override and for a value that is not
    accepted, with a sentence that names it.
    """
    known = set(Settings.__struct_fields__)
    values: dict[str, Any] = {}
    for variable, text in environment.items():
        if not variable.startswith(ENVIRONMENT_PREFIX) or variable in CLIENT_VARIABLES:
            continue
        name = variable.removeprefix(ENVIRONMENT_PREFIX).lower()
        if name not in known or variable != setting_variable(name):
            raise SettingsError(_unknown_variable(variable))
        values[name] = _read(name, text, source=variable)
    for name, value in overrides.items():
        if name not in known:
            raise SettingsError(f"There is no setting named {name}.")
        if value is not None:
            values[name] = _read(name, value, source=f"The setting {name}")
    return Settings(**values)


def settings_from_process() -> Settings:
    """Read the settings from this process's environment."""
    return load_settings(os.environ)


def settings_environment(settings: Settings) -> dict[str, str]:
    """Return the DERRICK_* variables from which another process reads these same settings."""
    return {setting_variable(name): _write(value) for name, value in _set_values(settings)}


def setting_variable(name: str) -> str:
    """Return the environment variable of the setting `name`."""
    return ENVIRONMENT_PREFIX + name.upper()


def describe_settings() -> list[SettingDescription]:
    """Return every setting with its variable, type, default and sentence."""
    hints = get_type_hints(Settings, include_extras=True)
    return [
        SettingDescription(
            name=field.name,
            variable=setting_variable(field.name),
            type=type_words(hints[field.name]),
            default="none" if field.default in (None, ()) else _write(field.default),
            description=description(hints[field.name]),
        )
        for field in msgspec.structs.fields(Settings)
    ]


def _set_values(settings: Settings) -> Iterator[tuple[str, Any]]:
    for name in Settings.__struct_fields__:
        value = getattr(settings, name)
        if value is not None:
            yield name, value


def _write(value: Any) -> str:
    if isinstance(value, tuple):
        return ",".join(value)
    return str(value)


def _read(name: str, value: Any, *, source: str) -> Any:
    """Convert a variable's text, or an override, to the type of the setting `name`."""
    hint = get_type_hints(Settings, include_extras=True)[name]
    if value == "" and is_optional(hint):
        return None  # compose files and shells write an unset variable as an empty one
    if isinstance(value, str) and name in LISTS:
        value = tuple(part.strip() for part in value.split(",") if part.strip())
    if isinstance(value, Path):
        value = str(value)
    try:
        return msgspec.convert(value, hint, strict=False, dec_hook=_convert_path)
    except msgspec.ValidationError:
        shown = "the value given" if name in SECRET_SETTINGS else repr(_write(value))
        raise SettingsError(
            f"{source} does not accept {shown}. It takes {type_words(hint)}: {description(hint)}"
        ) from None


def _convert_path(kind: type, value: Any) -> Any:
    if kind is Path:
        if not value:
            raise ValueError("a directory is needed")
        return Path(value).expanduser()
    raise NotImplementedError(kind)


def _unknown_variable(variable: str) -> str:
    variables = [setting_variable(name) for name in Settings.__struct_fields__]
    near = difflib.get_close_matches(variable.upper(), variables, n=1, cutoff=0.6)
    advice = f" Did you mean {near[0]}?" if near else " `derrick settings` lists them."
    return f"{variable} is not a setting of Derrick.{advice}"
