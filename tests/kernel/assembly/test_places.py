"""Where a user's things lie."""

import pwd
from pathlib import Path

import pytest

from kubernel.assembly.places import base_directory, home_directory
from kubernel.errors import ConfigurationError


@pytest.mark.parametrize("named", ["", "relative/data"])
def test_only_an_absolute_path_is_a_base_directory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, named: str) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_DATA_HOME", named)
    assert base_directory("XDG_DATA_HOME", ".local/share") == tmp_path / ".local/share"
    monkeypatch.setenv("XDG_DATA_HOME", "/elsewhere")
    assert base_directory("XDG_DATA_HOME", ".local/share") == Path("/elsewhere")


def test_a_user_without_a_home_is_told_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(uid: int) -> pwd.struct_passwd:
        raise KeyError(uid)

    monkeypatch.setenv("HOME", "")
    monkeypatch.setattr(pwd, "getpwuid", unknown)
    with pytest.raises(ConfigurationError, match="set HOME"):
        home_directory()
