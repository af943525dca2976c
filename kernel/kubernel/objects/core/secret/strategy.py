"""The rules of Secrets: texts become bytes, a type that never changes, and the entries that each known type must have."""

import base64
import binascii
from collections.abc import Iterable, Iterator, Mapping

import orjson

from kubernel.errors import Cause
from kubernel.objects.causes import immutable, invalid, required, too_long, under_key
from kubernel.objects.core.configmap.strategy import SIZE_LIMIT, bytes_size, immutable_causes
from kubernel.ports.resource import Strategy, WriteContext
from kubernel.types.json import Object
from kubernel.types.names import config_key

ACCOUNT_ANNOTATION = "kubernetes.io/service-account.name"


class SecretStrategy(Strategy):
    """See the module."""

    generation = False
    selectable_fields = ("type",)

    def prepare_create(self, new: Object, context: WriteContext) -> None:
        _take_texts(new)

    def prepare_update(self, new: Object, old: Object, context: WriteContext) -> None:
        _take_texts(new)
        if not new.get("type"):
            new["type"] = old.get("type", "Opaque")

    def validate(self, new: Object) -> Iterable[Cause]:
        data = new.get("data") or {}
        for key in data:
            for text in config_key(key):
                yield invalid(under_key("data", key), key, text)
        if sum(bytes_size(value) for value in data.values()) > SIZE_LIMIT:
            yield too_long("data", SIZE_LIMIT)
        yield from _type_causes(new, data)

    def validate_update(self, new: Object, old: Object) -> Iterable[Cause]:
        yield from immutable("type", new.get("type"), old.get("type"))
        yield from immutable_causes(new, old, ("data",))

    def selectable(self, obj: Object) -> Mapping[str, str]:
        return {"type": obj.get("type", "")}


def _take_texts(secret: Object) -> None:
    """`stringData` is a way to write only: it wins over `data` and is not kept."""
    texts = secret.pop("stringData", None)
    if texts:
        encoded = {key: base64.b64encode(text.encode()).decode() for key, text in texts.items()}
        secret["data"] = {**(secret.get("data") or {}), **encoded}


def _type_causes(secret: Object, data: Object) -> Iterator[Cause]:
    match secret.get("type"):
        case "kubernetes.io/service-account-token":
            account = (secret["metadata"].get("annotations") or {}).get(ACCOUNT_ANNOTATION)
            if not account:
                yield required(under_key("metadata.annotations", ACCOUNT_ANNOTATION))
        case "kubernetes.io/dockercfg":
            yield from _json_causes(data, ".dockercfg")
        case "kubernetes.io/dockerconfigjson":
            yield from _json_causes(data, ".dockerconfigjson")
        case "kubernetes.io/basic-auth":
            if "username" not in data and "password" not in data:
                yield required(under_key("data", "username"))
                yield required(under_key("data", "password"))
        case "kubernetes.io/ssh-auth":
            if not data.get("ssh-privatekey"):
                yield required(under_key("data", "ssh-privatekey"))
        case "kubernetes.io/tls":
            for key in ("tls.crt", "tls.key"):
                if key not in data:
                    yield required(under_key("data", key))


def _json_causes(data: Object, key: str) -> Iterator[Cause]:
    if key not in data:
        yield required(under_key("data", key))
        return
    try:
        orjson.loads(base64.b64decode(data[key]))
    except (binascii.Error, orjson.JSONDecodeError) as error:
        yield invalid(under_key("data", key), "<secret contents redacted>", str(error))
