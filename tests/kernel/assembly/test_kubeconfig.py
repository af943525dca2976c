"""The user's kubeconfig: our context goes in and out, everything else stays, and a damaged file is never overwritten."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

from kubernel.assembly import kubeconfig
from kubernel.assembly.kubeconfig import Access, forget, merge, users_file
from kubernel.errors import ConfigurationError

OURS = Access("kubernel-test", "https://127.0.0.1:6443", b"ca", b"certificate", b"key")


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    path = tmp_path / "config"
    path.write_text(
        yaml.safe_dump(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [{"name": "work", "cluster": {"server": "https://example.com"}}],
                "contexts": [{"name": "work", "context": {"cluster": "work", "user": "me"}}],
                "users": [{"name": "me", "user": {"token": "t"}}],
                "current-context": "work",
            }
        )
    )
    return path


def names(path: Path, section: str) -> list[str]:
    return [entry["name"] for entry in yaml.safe_load(path.read_text())[section]]


def test_a_new_file_is_readable_by_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "new" / "config"
    merge(path, OURS)
    assert path.stat().st_mode & 0o777 == 0o600
    content = yaml.safe_load(path.read_text())
    assert content["current-context"] == "kubernel-test"
    assert content["clusters"][0]["cluster"] == {"server": "https://127.0.0.1:6443", "certificate-authority-data": "Y2E="}
    assert content["users"][0]["user"] == {"client-certificate-data": "Y2VydGlmaWNhdGU=", "client-key-data": "a2V5"}


def test_merging_twice_keeps_one_entry_and_all_others(theirs: Path) -> None:
    merge(theirs, OURS)
    merge(theirs, OURS)
    assert names(theirs, "clusters") == ["work", "kubernel-test"]
    assert names(theirs, "users") == ["me", "kubernel-test"]
    assert yaml.safe_load(theirs.read_text())["current-context"] == "kubernel-test"


def test_forgetting_leaves_the_others(theirs: Path) -> None:
    merge(theirs, OURS)
    forget(theirs, "kubernel-test")
    assert names(theirs, "contexts") == ["work"]
    assert yaml.safe_load(theirs.read_text())["current-context"] == ""


@pytest.mark.parametrize("content", ["{unclosed: [", "just text", "clusters: 5", "clusters: [5]", "\x00\xff"])
def test_what_is_no_kubeconfig_is_left_alone(tmp_path: Path, content: str) -> None:
    path = tmp_path / "config"
    path.write_text(content)
    with pytest.raises(ConfigurationError, match=str(path)):
        merge(path, OURS)
    assert path.read_text() == content


def test_a_directory_in_its_place_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot read the kubeconfig"):
        merge(tmp_path, OURS)


def test_the_first_file_of_the_environment_is_the_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("KUBECONFIG", "/a/one:/b/two")
    assert users_file() == Path("/a/one")
    monkeypatch.delenv("KUBECONFIG")
    assert users_file() == Path.home() / ".kube" / "config"


def test_clusters_that_start_at_the_same_time_all_get_in(theirs: Path) -> None:
    contexts = [f"kubernel-{number}" for number in range(20)]
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(lambda context: merge(theirs, replace(OURS, context=context)), contexts))
    assert sorted(names(theirs, "contexts")) == sorted(["work", *contexts])
    assert not theirs.with_name("config.lock").exists()


def test_a_lock_that_stays_is_named(theirs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kubeconfig, "PATIENCE", 0.0)
    lock = theirs.with_name("config.lock")
    lock.touch()
    with pytest.raises(ConfigurationError, match=r"is locked; .* remove .*config\.lock"):
        merge(theirs, OURS)
    assert lock.exists()
    assert names(theirs, "contexts") == ["work"]
