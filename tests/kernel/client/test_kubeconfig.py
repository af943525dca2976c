"""Reading a kubeconfig: what kubectl writes is understood, what is damaged is named with its path."""

import base64
from pathlib import Path
from typing import Any

import pytest
import yaml

from kubernel.client.kubeconfig import load_kubeconfig
from kubernel.errors import ConfigurationError


def document() -> dict[str, Any]:
    return {
        "apiVersion": "v1",
        "kind": "Config",
        "current-context": "one",
        "clusters": [
            {"name": "c", "cluster": {"server": "https://127.0.0.1:6443/", "certificate-authority-data": encoded("CA")}},
            {"name": "d", "cluster": {"server": "https://other:6443", "insecure-skip-tls-verify": True}},
        ],
        "users": [
            {"name": "u", "user": {"client-certificate-data": encoded("CERT"), "client-key-data": encoded("KEY")}},
            {"name": "t", "user": {"token": "secret"}},
        ],
        "contexts": [
            {"name": "one", "context": {"cluster": "c", "user": "u"}},
            {"name": "two", "context": {"cluster": "d", "user": "t", "namespace": "apps"}},
        ],
    }


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def written(path: Path, content: object) -> Path:
    file = path / "config"
    file.write_text(yaml.safe_dump(content))
    return file


def test_the_current_context_is_taken(tmp_path: Path) -> None:
    config = load_kubeconfig(written(tmp_path, document()))
    assert config.server == "https://127.0.0.1:6443"
    assert (config.ca_data, config.client_certificate_data, config.client_key_data) == (b"CA", b"CERT", b"KEY")
    assert (config.namespace, config.insecure) == ("default", False)


def test_another_context_can_be_asked_for(tmp_path: Path) -> None:
    config = load_kubeconfig(written(tmp_path, document()), "two")
    assert (config.server, config.token, config.insecure, config.namespace) == ("https://other:6443", "secret", True, "apps")


def test_files_are_found_beside_the_kubeconfig(tmp_path: Path) -> None:
    content = document()
    content["clusters"][0]["cluster"] = {"server": "https://h", "certificate-authority": "ca.crt"}
    content["users"][0]["user"] = {"tokenFile": "token"}
    (tmp_path / "ca.crt").write_bytes(b"FROM FILE")
    (tmp_path / "token").write_text("secret\n")
    config = load_kubeconfig(written(tmp_path, content))
    assert (config.ca_data, config.token) == (b"FROM FILE", "secret")


def damaged() -> list[tuple[str, Any, str]]:
    def changed(section: str, value: object) -> dict[str, Any]:
        return {**document(), section: value}

    plugin = [{"name": "u", "user": {"exec": {"command": "login"}}}]
    bad_data = [{"name": "u", "user": {"client-key-data": "%%%"}}]
    no_file = [{"name": "u", "user": {"client-key": "missing.key"}}]
    return [
        ("a list", [], "is not a Config"),
        ("text", "hello", "is not a Config"),
        ("another kind", {"kind": "Pod"}, "is not a Config"),
        ("no context", changed("current-context", ""), "names no current-context"),
        ("an unknown context", changed("current-context", "three"), "has no context 'three'"),
        ("no such cluster", changed("clusters", []), "has no cluster 'c'"),
        ("no such user", changed("users", []), "has no user 'u'"),
        ("no server", changed("clusters", [{"name": "c", "cluster": {}}]), "has no server"),
        ("a credential plugin", changed("users", plugin), "credential plugin"),
        ("bad base64", changed("users", bad_data), "client-key-data is not base64"),
        ("a missing file", changed("users", no_file), "client-key missing.key cannot be read"),
        ("wrong types", changed("contexts", [1, 2]), "is damaged"),
    ]


@pytest.mark.parametrize(("what", "content", "message"), damaged(), ids=[case[0] for case in damaged()])
def test_a_damaged_file_is_named_with_what_is_wrong(tmp_path: Path, what: str, content: Any, message: str) -> None:
    path = written(tmp_path, content)
    with pytest.raises(ConfigurationError) as caught:
        load_kubeconfig(path)
    assert str(path) in str(caught.value)
    assert message in str(caught.value)


def test_an_unreadable_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="missing cannot be read: No such file or directory"):
        load_kubeconfig(tmp_path / "missing")


def test_broken_yaml_is_told_as_such(tmp_path: Path) -> None:
    path = tmp_path / "config"
    path.write_bytes(b"a: [1,\n\xff")
    with pytest.raises(ConfigurationError, match="is not valid YAML"):
        load_kubeconfig(path)
