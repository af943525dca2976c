"""ConfigMaps and Secrets: keys, sizes, immutability, and the entries that each type of Secret must have."""

import base64
from typing import Any

import pytest

from kind_world import KindWorld, causes
from kubernel.types.well_known import CONFIG_MAPS, SECRETS


def config(name: str = "c", **fields: Any) -> dict[str, Any]:
    return {"metadata": {"name": name}, **fields}


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def test_keys_can_be_file_names(world: KindWorld) -> None:
    found = causes(world.create, CONFIG_MAPS, config(data={"a/b": "", "..": "", "fine.conf": ""}))
    assert set(found) == {"data[a/b]", "data[..]"}
    assert found["data[..]"] == "Invalid value: \"..\": must not be '..'"
    twice = causes(world.create, CONFIG_MAPS, config(data={"a": ""}, binaryData={"a": ""}))
    assert twice == {"data[a]": 'Invalid value: "a": duplicate of key present in binaryData: a'}


def test_a_megabyte_is_the_most(world: KindWorld) -> None:
    world.create(CONFIG_MAPS, config(data={"a": "x" * 1024 * 1024}))
    found = causes(world.create, CONFIG_MAPS, config("d", data={"a": "x" * 1024 * 1024, "b": "x"}))
    assert found == {"": "Too long: may not be more than 1048576 bytes"}


def test_an_immutable_config_map_stays_as_it_is(world: KindWorld) -> None:
    made = world.create(CONFIG_MAPS, config(data={"a": "1"}, immutable=True))
    detail = "Forbidden: field is immutable when `immutable` is set"
    assert causes(world.update, CONFIG_MAPS, {**made, "data": {"a": "2"}}) == {"data": detail}
    assert causes(world.update, CONFIG_MAPS, {**made, "immutable": False}) == {"immutable": detail}
    assert world.merge(CONFIG_MAPS, "c", {"metadata": {"labels": {"x": "y"}}})["metadata"]["labels"] == {"x": "y"}


def test_texts_of_a_secret_become_data(world: KindWorld) -> None:
    made = world.create(SECRETS, config(data={"a": encoded("old"), "b": encoded("kept")}, stringData={"a": "new"}))
    assert made["data"] == {"a": encoded("new"), "b": encoded("kept")}
    assert made["type"] == "Opaque"
    assert "stringData" not in made
    after = world.merge(SECRETS, "c", {"stringData": {"c": "more"}})
    assert after["data"] == {**made["data"], "c": encoded("more")}


def test_the_type_of_a_secret_stays(world: KindWorld) -> None:
    made = world.create(SECRETS, config())
    assert causes(world.update, SECRETS, {**made, "type": "other"}) == {"type": 'Invalid value: "other": field is immutable'}


@pytest.mark.parametrize(
    ("kind", "data", "missing"),
    [
        ("kubernetes.io/tls", {}, ["data[tls.crt]", "data[tls.key]"]),
        ("kubernetes.io/tls", {"tls.crt": "", "tls.key": ""}, []),
        ("kubernetes.io/dockerconfigjson", {}, ["data[.dockerconfigjson]"]),
        ("kubernetes.io/dockerconfigjson", {".dockerconfigjson": encoded("{")}, ["data[.dockerconfigjson]"]),
        ("kubernetes.io/dockerconfigjson", {".dockerconfigjson": encoded("{}")}, []),
        ("kubernetes.io/dockercfg", {}, ["data[.dockercfg]"]),
        ("kubernetes.io/basic-auth", {}, ["data[username]", "data[password]"]),
        ("kubernetes.io/basic-auth", {"password": ""}, []),
        ("kubernetes.io/ssh-auth", {}, ["data[ssh-privatekey]"]),
        ("kubernetes.io/service-account-token", {}, ["metadata.annotations[kubernetes.io/service-account.name]"]),
    ],
)
def test_each_type_of_secret_has_its_entries(world: KindWorld, kind: str, data: dict[str, str], missing: list[str]) -> None:
    assert list(causes(world.create, SECRETS, config(type=kind, data=data))) == missing


def test_the_rows(world: KindWorld) -> None:
    made = world.create(CONFIG_MAPS, config(data={"a": ""}, binaryData={"b": ""}))
    assert world.row(CONFIG_MAPS, made) == {"Name": "c", "Data": 2, "Age": "0s"}
    secret = world.create(SECRETS, config(stringData={"a": "b"}))
    assert world.row(SECRETS, secret) == {"Name": "c", "Type": "Opaque", "Data": 1, "Age": "0s"}
