"""Declarations of settings: what the model says of a field is all there is to know of its key."""

from dataclasses import dataclass, fields
from typing import Annotated

import pytest

from com1d.config import ConsoleConfig, DaemonConfig
from com1d.config.settings.setting import Setting, default_of, required, settings
from com1d.config.settings.units import spell_size


@dataclass
class Model:
    name: str
    size: Annotated[int, Setting(int, "how large", spell_size)]
    who: Annotated[str | int, Setting(str, "a name"), Setting(int, "a number", key="uid")]
    room: Annotated[int, Setting(int, "how much", spell_size)] = 4096
    colour: Annotated[str | None, Setting(str, "which", example='"red"')] = None


def test_a_setting_is_on_its_field():
    """Each `Setting` is a key: the field's name, or the one that it gives itself."""
    assert ["size", "who", "uid", "room", "colour"] == [*settings(Model)]
    assert "how much" == settings(Model)["room"].says


def test_a_field_without_default_is_required():
    """One key of each such field must be there; a field without a setting is nobody's key."""
    assert [{"size"}, {"who", "uid"}] == [set(options) for options in required(Model)]


@pytest.mark.parametrize(("key", "expected"), [("room", '"4KiB"'), ("colour", ""), ("uid", "")])
def test_a_default_is_spelt_as_toml(key, expected):
    """It is spelt as the setting says; nothing is shown where there is none."""
    assert expected == default_of(Model, key)


def test_a_key_that_is_not_there_has_no_default():
    """A mistake in the name is no setting without a default."""
    with pytest.raises(KeyError):
        default_of(Model, "name")


def test_every_field_can_be_set():
    """Nothing can be configured that the daemon does not get, and the other way round."""
    assert {item.name for item in fields(DaemonConfig)} == set(settings(DaemonConfig))
    word = {"break_keys": "break"}  # a word of Python's own
    names = {word.get(item.name, item.name) for item in fields(ConsoleConfig)}
    assert names == {"name", "discovered", "uuid", *settings(ConsoleConfig)}
