"""Store URLs: what they mean, and what is said about those that mean nothing."""

from pathlib import Path

import pytest

from kubernel.errors import ConfigurationError
from kubernel_sqlite.config import RETAIN_REVISIONS, RETAIN_SECONDS, SqliteConfig, parse


@pytest.mark.parametrize(
    ("url", "path"),
    [
        ("sqlite://", None),
        ("sqlite:///", None),
        ("sqlite:////var/lib/state.db", Path("/var/lib/state.db")),
        ("sqlite:////var/lib/my%20state%3F.db", Path("/var/lib/my state?.db")),
        ("sqlite:///state.db", Path.cwd() / "state.db"),
        ("sqlite:///../state.db", Path.cwd().parent / "state.db"),
    ],
)
def test_the_path_follows_the_third_slash(url: str, path: Path | None) -> None:
    assert parse(url) == SqliteConfig(path, RETAIN_REVISIONS, RETAIN_SECONDS)


def test_the_past_that_is_kept_can_be_chosen() -> None:
    assert parse("sqlite://?retain=500&retain_seconds=60") == SqliteConfig(None, 500, 60.0)


@pytest.mark.parametrize("url", ["etcd://127.0.0.1:2379", "zookeeper://a/b", "state.db", "/var/lib/state.db", ""])
def test_other_schemes_are_left_to_others(url: str) -> None:
    assert parse(url) is None


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("sqlite://state.db", "names the host 'state.db'"),
        ("sqlite:state.db", "lacks its slashes"),
        ("sqlite:/state.db", "lacks its slashes"),
        ("sqlite:///state.db?retian=5", "unknown option 'retian'"),
        ("sqlite:///state.db?retain=", "whole number of at least 100, found ''"),
        ("sqlite:///state.db?retain=many", "whole number of at least 100, found 'many'"),
        ("sqlite:///state.db?retain=5", "whole number of at least 100, found '5'"),
        ("sqlite:///state.db?retain_seconds=-1", "whole number of at least 1, found '-1'"),
        ("sqlite:///state.db#1", "has a fragment"),
    ],
)
def test_a_url_that_makes_no_sense_is_refused(url: str, says: str) -> None:
    with pytest.raises(ConfigurationError, match=says.replace("?", r"\?")):
        parse(url)
