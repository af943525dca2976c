"""The rules of ConfigMaps: keys that can be file names, a bounded size, and no change once they are immutable."""

from collections.abc import Iterable, Iterator

from kubernel.errors import Cause
from kubernel.objects.causes import forbidden, invalid, too_long, under_key
from kubernel.ports.resource import Strategy
from kubernel.types.json import Object
from kubernel.types.names import config_key

SIZE_LIMIT = 1024 * 1024


class ConfigMapStrategy(Strategy):
    """See the module."""

    generation = False

    def validate(self, new: Object) -> Iterable[Cause]:
        data, binary = new.get("data") or {}, new.get("binaryData") or {}
        for path, keys in (("data", data), ("binaryData", binary)):
            for key in keys:
                for text in config_key(key):
                    yield invalid(under_key(path, key), key, text)
        for key in data.keys() & binary.keys():
            yield invalid(under_key("data", key), key, f"duplicate of key present in binaryData: {key}")
        size = sum(_text_size(value) for value in data.values()) + sum(bytes_size(value) for value in binary.values())
        if size > SIZE_LIMIT:
            yield too_long("", SIZE_LIMIT)

    def validate_update(self, new: Object, old: Object) -> Iterable[Cause]:
        return immutable_causes(new, old, ("data", "binaryData"))


def _text_size(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


def bytes_size(encoded: str) -> int:
    """How many bytes a base64 text stands for."""
    return len(encoded) * 3 // 4 - encoded[-2:].count("=")


def immutable_causes(new: Object, old: Object, fields: tuple[str, ...]) -> Iterator[Cause]:
    """What may not change in a ConfigMap or Secret that was made immutable."""
    if not old.get("immutable"):
        return
    detail = "field is immutable when `immutable` is set"
    if not new.get("immutable"):
        yield forbidden("immutable", detail)
    for field in fields:
        if (new.get(field) or {}) != (old.get(field) or {}):
            yield forbidden(field, detail)
