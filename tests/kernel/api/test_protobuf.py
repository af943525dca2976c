"""Protobuf bodies, as newer kubectl sends them. The tests write them with an encoder of their own, from the same table."""

import base64
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api_world import Api
from kubernel.api.protobuf import message_name, messages, read_protobuf
from kubernel.errors import BadRequestError
from kubernel.types.times import parse_time
from upstream import DIRECTORY, needs_upstream


def varint(value: int) -> bytes:
    value &= (1 << 64) - 1
    out = b""
    while value > 0x7F:
        out += bytes([value & 0x7F | 0x80])
        value >>= 7
    return out + bytes([value])


def chunk(number: int, data: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(data)) + data


def encoded(kind: str, value: Any) -> tuple[int, bytes]:
    """The wire type and the bytes of a value."""
    if value is None:
        return 2, b""
    match kind:
        case "int" | "bool":
            return 0, varint(int(value))
        case "string":
            return 2, value.encode()
        case "bytes":
            return 2, base64.b64decode(value)
        case "time" | "microtime":
            moment = parse_time(value)
            return 2, varint(8) + varint(int(moment.timestamp())) + varint(16) + varint(moment.microsecond * 1000)
        case "quantity":
            return 2, chunk(1, value.encode())
        case "intorstring":
            if isinstance(value, str):
                return 2, varint(8) + varint(1) + chunk(3, value.encode())
            return 2, varint(16) + varint(value)
        case "json":
            return 2, chunk(1, json.dumps(value).encode())
        case "items":
            return 2, b"".join(chunk(1, item.encode()) for item in value)
        case _:
            return 2, message(kind, value)


def field(number: int, kind: str, value: Any) -> bytes:
    wire, data = encoded(kind, value)
    return varint(number << 3 | wire) + (data if wire == 0 else varint(len(data)) + data)


def message(name: str, obj: dict[str, Any]) -> bytes:
    out = b""
    for number, (key, kind) in messages()[name].items():
        kind = kind.rstrip("?")
        if not key:
            out += field(number, kind, obj)  # what it does not know is left out
        elif obj.get(key) is None:
            continue
        elif kind.startswith("[]"):
            out += b"".join(field(number, kind[2:], item) for item in obj[key])
        elif kind.startswith("{}"):
            out += b"".join(chunk(number, chunk(1, k.encode()) + field(2, kind[2:], v)) for k, v in obj[key].items())
        else:
            out += field(number, kind, obj[key])
    return out


def envelope(obj: dict[str, Any]) -> bytes:
    meta = chunk(1, obj["apiVersion"].encode()) + chunk(2, obj["kind"].encode())
    raw = message(message_name(obj["apiVersion"], obj["kind"]), obj)
    return b"k8s\x00" + chunk(1, meta) + chunk(2, raw) + chunk(3, b"") + chunk(4, b"")


SAMPLES = sorted((DIRECTORY / "objects").glob("*.json"))


@needs_upstream
def test_every_published_object_survives() -> None:
    seen = 0
    for path in SAMPLES:
        obj = json.loads(path.read_text())
        if message_name(obj.get("apiVersion", ""), obj.get("kind", "")) in messages():
            seen += 1
            assert without_nothing(read_protobuf(envelope(obj))) == without_nothing(obj), path.name
    assert seen > 40


def without_nothing(value: Any) -> Any:
    """Without nulls, and empty things, which protobuf cannot tell from absent ones."""
    if isinstance(value, dict):
        kept = {key: without_nothing(item) for key, item in value.items()}
        return {key: item for key, item in kept.items() if item not in (None, "", {}, [], 0, False)}
    if isinstance(value, list):
        return [without_nothing(item) for item in value]
    return value


def test_zero_counts_where_the_field_may_be_absent() -> None:
    deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "d"}, "spec": {"replicas": 0}}
    assert read_protobuf(envelope(deployment)) == deployment


def test_zero_is_absent_where_the_field_may_not() -> None:
    probe = {"httpGet": {"port": 80}, "periodSeconds": 0}
    container = {"name": "c", "livenessProbe": probe, "image": ""}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"}, "spec": {"containers": [container]}}
    (read,) = read_protobuf(envelope(pod))["spec"]["containers"]
    assert read == {"name": "c", "livenessProbe": {"httpGet": {"port": 80}}}


def test_fields_of_later_versions_are_left_out() -> None:
    body = envelope({"apiVersion": "v1", "kind": "ConfigMap", "data": {"a": "b"}})
    raw = message("core.v1.ConfigMap", {"data": {"a": "b"}}) + chunk(99, b"new") + varint(98 << 3) + varint(7)
    meta = chunk(1, b"v1") + chunk(2, b"ConfigMap")
    assert read_protobuf(b"k8s\x00" + chunk(1, meta) + chunk(2, raw)) == read_protobuf(body)


def test_delete_options_belong_to_every_group() -> None:
    options = {"apiVersion": "apps/v1", "kind": "DeleteOptions", "propagationPolicy": "Orphan"}
    assert read_protobuf(envelope(options)) == options


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"k8s", b"k8s\x00\x08", b"k8s\x00\x0f", b"k8s\x00\x0a\x7fx", b"k8s\x00" + b"\xff" * 12]
)
def test_damaged_bodies_are_bad_requests(body: bytes) -> None:
    with pytest.raises(BadRequestError):
        read_protobuf(body)


@given(st.binary(max_size=200))
def test_nonsense_never_breaks_more_than_itself(data: bytes) -> None:
    meta = chunk(1, b"v1") + chunk(2, b"Pod")
    with suppress(BadRequestError):
        read_protobuf(b"k8s\x00" + chunk(1, meta) + chunk(2, data))


def test_kinds_that_are_not_built_in_are_refused() -> None:
    meta = chunk(1, b"test.io/v1") + chunk(2, b"Widget")
    with pytest.raises(BadRequestError, match=r"no kind 'Widget' of 'test\.io/v1'"):
        read_protobuf(b"k8s\x00" + chunk(1, meta))


def test_a_secret_is_created_from_protobuf(api: Api, namespace: str) -> None:
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"a": "Yg=="}, "type": "Opaque"}
    path = f"/api/v1/namespaces/{namespace}/secrets"
    reply = api.post(path, envelope(secret), Content_Type="application/vnd.kubernetes.protobuf")
    assert reply.status == 201, reply.body
    assert api.get(f"{path}/s").json()["data"] == {"a": "Yg=="}
