"""Settings: read strictly, named in errors, passed on whole."""

from pathlib import Path

import pytest

from server.settings import (
    SERVICES,
    Settings,
    SettingsError,
    describe_settings,
    load_settings,
    settings_environment,
)


def test_defaults_need_no_environment() -> None:
    """Without any variable everything is embedded and all services are mounted."""
    settings = load_settings({"PATH": "/bin", "OTHER_HTTP_PORT": "1"})
    assert settings == Settings()
    assert settings.services == SERVICES
    assert settings.database_url is None


def test_variables_are_converted() -> None:
    """Text becomes the type of its setting; services are separated by commas."""
    settings = load_settings(
        {"DERRICK_HTTP_PORT": "9000", "DERRICK_SERVICES": "sync, budget", "DERRICK_REDIS_URL": ""}
    )
    assert settings.http_port == 9000
    assert settings.services == ("sync", "budget")
    assert settings.redis_url is None


def test_an_override_wins_and_none_is_no_override() -> None:
    """A command's option beats the environment, and an option not given does not."""
    environment = {"DERRICK_HTTP_PORT": "9000", "DERRICK_HTTP_HOST": "::1"}
    settings = load_settings(environment, http_port=9001, http_host=None)
    assert (settings.http_port, settings.http_host) == (9001, "::1")


@pytest.mark.parametrize(
    ("variable", "advice"),
    [
        ("DERRICK_HTTP_PROT", "DERRICK_HTTP_PORT"),
        ("DERRICK_http_port", "DERRICK_HTTP_PORT"),
        ("DERRICK_XYZZY_PLUGH", "derrick settings"),
    ],
)
def test_an_unknown_variable_is_refused(variable: str, advice: str) -> None:
    """A misspelt setting stops the start and is named, with the nearest one or where to look."""
    with pytest.raises(SettingsError, match=f"{variable} is not a setting.*{advice}"):
        load_settings({variable: "1"})


@pytest.mark.parametrize(
    ("variable", "value"),
    [
        ("DERRICK_HTTP_PORT", "eighty"),
        ("DERRICK_HTTP_PORT", "65536"),
        ("DERRICK_PUSH_BODY_BYTES_MAX", "0"),
        ("DERRICK_SERVICES", "sync,payroll"),
        ("DERRICK_SERVICES", ","),
        ("DERRICK_LOG_FORMAT", "xml"),
        ("DERRICK_DATA_DIRECTORY", ""),
        ("DERRICK_DATABASE_URL", "mysql://host/name"),
        ("DERRICK_S3_ENDPOINT_URL", "host:9000"),
    ],
)
def test_a_bad_value_is_refused_by_name(variable: str, value: str) -> None:
    """A value that is not accepted stops the start, naming its variable and what it takes."""
    with pytest.raises(SettingsError, match=f"{variable} does not accept .* It takes "):
        load_settings({variable: value})


def test_a_refused_secret_is_not_repeated() -> None:
    """The error about a secret does not contain it."""
    with pytest.raises(SettingsError) as caught:
        load_settings({"DERRICK_TOKEN_SECRET": "hunter2"})
    assert "hunter2" not in str(caught.value)


def test_settings_travel_through_the_environment() -> None:
    """A child process reads from its variables the settings that its parent had."""
    settings = load_settings(
        {},
        data_directory=Path("/srv/derrick"),
        services=("sync",),
        database_url="postgresql://role:p%40ss@host/name",
        http_port=0,
    )
    assert load_settings(settings_environment(settings)) == settings


def test_every_setting_is_described() -> None:
    """Each setting has a type, a default and one sentence."""
    described = describe_settings()
    assert [setting.name for setting in described] == list(Settings.__struct_fields__)
    for setting in described:
        assert setting.type
        assert setting.default
        assert setting.description.endswith("."), setting.name
