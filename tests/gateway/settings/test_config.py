"""`web.toml`: its sample, its values, and all that is wrong with it at once."""

import re
from dataclasses import fields
from pathlib import Path

import pytest

from com1d.config.settings.setting import default_of, settings
from com1d.errors import ConfigError
from com1d.gateway.settings.config import Config, WebConfig, load
from com1d.gateway.settings.ways import HeaderConfig, OidcConfig


SAMPLE = Path(__file__).parents[3] / "conf" / "web.toml"
KINDS = {"web": WebConfig, "oidc": OidcConfig, "header": HeaderConfig}


def refusal(folder: Path, text: str) -> list[tuple[str, str]]:
    """Give key and expectation of each problem of a file."""
    path = folder / "web.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as refused:
        load(path)
    return [(problem.key, problem.expected) for problem in refused.value.problems]


def test_the_sample_is_all_defaults():
    """As it is installed, it serves this host alone, and signs in by links."""
    assert Config() == load(SAMPLE)


@pytest.mark.parametrize("table", KINDS)
def test_the_sample_has_every_setting_with_its_default(table):
    """Each stands in its table, commented out, as the model declares it."""
    rest = re.split(rf"^#?\[{table}\]$", SAMPLE.read_text(), maxsplit=1, flags=re.MULTILINE)[1]
    lines = re.split(r"^#?\[", rest, maxsplit=1, flags=re.MULTILINE)[0].splitlines()
    expected = {
        f"#{key} = {default_of(KINDS[table], key) or setting.example}"
        for key, setting in settings(KINDS[table]).items()
    }

    assert expected == {line for line in lines if re.match(r"#\S", line)}
    assert {field.name for field in fields(KINDS[table])} == set(settings(KINDS[table]))


def test_everything_that_is_wrong_is_said(tmp_path):
    """One line each, with the key and what was expected."""
    problems = refusal(
        tmp_path,
        'colour = 1\n[web]\nurl = "http://console.example"\nlisten = "0.0.0.0:443"\nkey = "/k"\n'
        'sesion_time = 1\n[oidc]\nissuer = "http://login.example"\nalgorithms = ["none"]\n'
        "[header]\n",
    )

    assert {
        "colour", "web.url", "web.listen", "web.key", "web.sesion_time", "oidc.issuer",
        "oidc.client_id", "oidc.algorithms", "header.addresses",
    } == {key for key, _ in problems}  # fmt: skip
    assert "unknown key; did you mean session_time?" in dict(problems)["web.sesion_time"]


@pytest.mark.parametrize(
    ("url", "origin", "base"),
    [
        ("https://console.example", "https://console.example", "/"),
        ("https://console.example:443/com1", "https://console.example", "/com1/"),
        ("https://console.example:8443/a/b/", "https://console.example:8443", "/a/b/"),
        ("http://localhost:8523/", "http://localhost:8523", "/"),
        ("http://[::1]:80/", "http://[::1]", "/"),
        ("https://CONSOLE.example/", "https://console.example", "/"),
    ],
)
def test_urls(tmp_path, url, origin, base):
    """The origin is what browsers say it is, and the path begins and ends with a slash."""
    path = tmp_path / "web.toml"
    path.write_text(f'[web]\nurl = "{url}"\n')

    read = load(path).web.url

    assert (origin, base) == (read.origin, read.base)


@pytest.mark.parametrize(
    "url",
    [
        "console.example", "ftp://console.example/", "https://", "https://a/?b", "https://a/#b",
        "https://u:p@a/", "https://a:99999/", "https://a/b c/", "https://a/../b/", "https://a//b/",
        "https://a/%2e/", "http://console.example/",
    ],
)  # fmt: skip
def test_odd_urls_are_refused(tmp_path, url):
    """What no browser would have, and what is without TLS for others than this host."""
    assert ["web.url"] == [key for key, _ in refusal(tmp_path, f'[web]\nurl = "{url}"\n')]


def test_a_file_that_is_not_there(tmp_path):
    """The gateway needs one; the command that asks it does not."""
    with pytest.raises(ConfigError):
        load(tmp_path / "none.toml")
    assert Config() == load(tmp_path / "none.toml", must_exist=False)
