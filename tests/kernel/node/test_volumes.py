"""Volumes: what is in them, where they appear, how they change, when they go."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubernel.node.volumes.atomic_directory import File, write_all
from kubernel.types.json import Object
from kubernel.types.well_known import CONFIG_MAPS, SECRETS
from node_pods import make, make_pod


def mounted(node: Any, volume: Object, **mount: Any) -> Path:
    """Run a pod with one volume at /v; gives where it is on the host."""
    pod = make_pod(make(volumeMounts=[{"name": "v", "mountPath": "/v", **mount}]), volumes=[{"name": "v", **volume}])
    node.run(pod)
    mounts = {m.container_path: m for m in node.runtime.config_of("web", "main").mounts}
    return Path(mounts["/v"].host_path)


def config_map(name: str, **data: str) -> Object:
    return {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": name, "namespace": "default"}, "data": data}


def test_an_empty_directory_lives_as_long_as_the_pod(node: Any) -> None:
    path = mounted(node, {"emptyDir": {}})
    assert list(path.iterdir()) == []
    (path / "file").write_text("x")
    node.runtime.finish("web", "main", 1)
    node.turn()
    assert (path / "file").read_text() == "x"
    node.delete()
    assert not path.exists()


def test_a_config_map_is_files_that_follow_it(node: Any) -> None:
    node.client.put(CONFIG_MAPS, config_map("settings", a="1", b="2"))
    path = mounted(node, {"configMap": {"name": "settings"}})
    assert (path / "a").read_text() == "1"
    assert (path / "a").stat().st_mode & 0o777 == 0o644
    assert (path / "..data" / "b").read_text() == "2"
    node.client.put(CONFIG_MAPS, config_map("settings", a="new", c="3"))
    node.advance(70)
    assert {p.name: p.read_text() for p in path.iterdir() if not p.name.startswith("..")} == {"a": "new", "c": "3"}


def test_items_choose_keys_paths_and_modes(node: Any) -> None:
    node.client.put(CONFIG_MAPS, config_map("settings", a="1", b="2"))
    items = [{"key": "a", "path": "deep/er/file", "mode": 0o400}]
    path = mounted(node, {"configMap": {"name": "settings", "items": items, "defaultMode": 0o600}})
    assert (path / "deep" / "er" / "file").read_text() == "1"
    assert (path / "deep" / "er" / "file").stat().st_mode & 0o777 == 0o400
    assert not (path / "b").exists()


def test_secrets_and_fields(node: Any) -> None:
    metadata = {"name": "keys", "namespace": "default"}
    node.client.put(SECRETS, {"kind": "Secret", "apiVersion": "v1", "metadata": metadata, "data": {"k": "Z2VoZWlt"}})
    sources = [
        {"secret": {"name": "keys"}},
        {"downwardAPI": {"items": [{"path": "labels", "fieldRef": {"fieldPath": "metadata.labels"}}]}},
        {"configMap": {"name": "nowhere", "optional": True}},
        {"serviceAccountToken": {"path": "token"}},
    ]
    path = mounted(node, {"projected": {"sources": sources}})
    assert (path / "k").read_text() == "geheim"
    assert (path / "labels").read_text() == 'app="web"'
    assert not (path / "token").exists()
    assert node.said("service account tokens are not issued")


@pytest.mark.parametrize(
    ("volume", "message"),
    [
        ({"configMap": {"name": "nowhere"}}, 'configmap "nowhere" not found'),
        ({"secret": {"secretName": "nowhere"}}, 'secret "nowhere" not found'),
        ({"configMap": {"name": "settings", "items": [{"key": "x", "path": "x"}]}}, "references non-existent config key: x"),
        ({"nfs": {"server": "x", "path": "/"}}, "no driver for volumes of kind nfs"),
        ({"hostPath": {"path": "no/such"}}, "hostPath 'no/such' must be an absolute path"),
        ({"hostPath": {"path": "/a\0b"}}, "embedded null"),
        ({"hostPath": {"path": "/" + "a" * 300}}, "File name too long"),
        ({"configMap": {"name": "settings", "items": [{"key": "a", "path": "a\0b"}]}}, "embedded null"),
        ({"hostPath": {"path": "/no/such", "type": "Directory"}}, "hostPath type check failed: /no/such is not a directory"),
        ({"configMap": {"name": "settings", "items": [{"key": "a", "path": "../x"}]}}, "leads out of its volume"),
    ],
)
def test_a_volume_that_cannot_be_made_holds_the_pod_back(node: Any, volume: Object, message: str) -> None:
    node.client.put(CONFIG_MAPS, config_map("settings", a="1"))
    pod = make_pod(make(volumeMounts=[{"name": "v", "mountPath": "/v"}]), volumes=[{"name": "v", **volume}])
    node.run(pod)
    assert node.waiting() == "ContainerCreating"
    assert node.reasons("Warning") == ["FailedMount"]
    assert node.said(f'MountVolume.SetUp failed for volume "v" : {message}') or node.said(message)


def test_a_volume_that_comes_late_is_waited_for(node: Any) -> None:
    pod = make_pod(make(volumeMounts=[{"name": "v", "mountPath": "/v"}]), volumes=[{"name": "v", "configMap": {"name": "late"}}])
    node.run(pod)
    assert node.get()["status"]["phase"] == "Pending"
    node.client.put(CONFIG_MAPS, config_map("late", a="1"))
    node.advance(120)
    assert node.get()["status"]["phase"] == "Running"


@pytest.mark.parametrize("kind", ["", "DirectoryOrCreate"])
def test_a_path_of_the_host_is_made_where_its_type_asks_for_it(node: Any, tmp_path: Path, kind: str) -> None:
    path = mounted(node, {"hostPath": {"path": str(tmp_path / "new"), "type": kind}})
    assert path == tmp_path / "new"
    assert path.is_dir()
    node.delete()
    assert path.is_dir()


def test_a_sub_path_is_made_and_does_not_lead_out(node: Any) -> None:
    path = mounted(node, {"emptyDir": {}}, subPath="a/b", readOnly=True)
    assert path.name == "b"
    assert path.is_dir()
    pod = make_pod(
        make(volumeMounts=[{"name": "v", "mountPath": "/v", "subPath": "../x"}]),
        name="bad",
        volumes=[{"name": "v", "emptyDir": {}}],
    )
    node.run(pod)
    assert node.waiting("bad") == "CreateContainerConfigError"


@pytest.mark.parametrize("below", ["a\0b", "a" * 300])
def test_a_sub_path_that_no_directory_can_have_holds_its_container_back(node: Any, below: str) -> None:
    mount = {"name": "v", "mountPath": "/v", "subPath": below}
    node.run(make_pod(make(volumeMounts=[mount]), volumes=[{"name": "v", "emptyDir": {}}]))
    assert node.waiting() == "CreateContainerConfigError"
    assert node.said("cannot be made")


def test_the_last_words_of_a_container_are_in_its_status(node: Any) -> None:
    node.run(make_pod(restartPolicy="Never"))
    mounts = {m.container_path: m.host_path for m in node.runtime.config_of("web", "main").mounts}
    Path(mounts["/dev/termination-log"]).write_text("bye")
    node.runtime.finish("web", "main", 1)
    node.turn()
    assert node.entry()["state"]["terminated"]["message"] == "bye"


def test_where_it_is_asked_for_the_end_of_the_log_stands_in_for_last_words(node: Any) -> None:
    node.run(make_pod(make(terminationMessagePolicy="FallbackToLogsOnError"), restartPolicy="Never"))
    node.runtime.write(node.container().id, "it broke")
    node.runtime.finish("web", "main", 1)
    node.turn()
    assert node.entry()["state"]["terminated"]["message"] == "it broke\n"


def test_a_pod_has_its_own_hosts_file(node: Any) -> None:
    node.run(make_pod(hostAliases=[{"ip": "1.2.3.4", "hostnames": ["far", "away"]}], hostname="me", subdomain="sub"))
    mounts = {m.container_path: m.host_path for m in node.runtime.config_of("web", "main").mounts}
    text = Path(mounts["/etc/hosts"]).read_text()
    assert "127.64.0.1\tme.sub.default.svc.cluster.local me\n" in text
    assert "1.2.3.4\tfar away\n" in text


names = st.from_regex(r"[a-z]{1,3}(/[a-z]{1,3})?", fullmatch=True)
versions = st.dictionaries(names, st.binary(max_size=8), max_size=4).filter(
    lambda files: not any(f"{a}/" == b[: len(a) + 1] for a in files for b in files)
)


@given(st.lists(versions, min_size=1, max_size=4))
def test_after_each_change_a_directory_holds_exactly_what_it_should(history: list[dict[str, bytes]]) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        for files in history:
            write_all(directory, {path: File(content) for path, content in files.items()})
            assert write_all(directory, {path: File(content) for path, content in files.items()}) is False
            seen = {
                str(path.relative_to(directory)): path.read_bytes()
                for top in directory.iterdir()
                if not top.name.startswith("..")
                for path in ([top] if top.is_file() else top.rglob("*"))
                if path.is_file()
            }
            assert seen == files
            assert len([p for p in directory.iterdir() if p.name.startswith("..")]) == 2
