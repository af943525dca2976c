"""YAML as Kubernetes reads and writes it: YAML 1.1 with Go's ideas of scalars, turned into what JSON can say.

PyYAML's C loader does the parsing; its resolver is replaced, because the two disagree: `1e3` is a number, `1:30` and
`2026-01-02` are texts, `y` and `n` are booleans. Keys become texts. Repeated keys are reported, not lost; aliases may not blow a
small document up into a large one.
"""

import math
import re
from typing import Any

import yaml

from kubernel.errors import BadRequestError
from kubernel.types.json import JSON

_MOST_NODES = 500_000
_BOOLEANS = {
    **dict.fromkeys(("y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE"), True),
    **dict.fromkeys(("n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE"), False),
}
_BOOLEAN = re.compile(r"^(?:y|Y|yes|Yes|YES|on|On|ON|true|True|TRUE|n|N|no|No|NO|off|Off|OFF|false|False|FALSE)$")
_NULL = re.compile(r"^(?:~|null|Null|NULL|)$")
_INTEGER = re.compile(r"^[-+]?(?:0b[0-1_]+|0x[0-9a-fA-F_]+|0o?[0-7_]+|0|[1-9][0-9_]*)$")
_FLOAT = re.compile(
    r"^(?:[-+]?(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$"
)


class _Loader(yaml.CSafeLoader):
    """Scalars as Go reads them; the duplicates of one document are gathered in `duplicates`."""

    yaml_implicit_resolvers: dict[str, Any] = {}

    def __init__(self, stream: bytes) -> None:
        super().__init__(stream)
        self.duplicates: list[str] = []


def _integer(loader: _Loader, node: yaml.ScalarNode) -> int | float:
    text = node.value.replace("_", "")
    sign = -1 if text.startswith("-") else 1
    digits = text.lstrip("+-")
    if digits.startswith(("0b", "0x", "0o")):
        return sign * int(digits, 0)
    return sign * int(digits, 8 if len(digits) > 1 and digits[0] == "0" else 10)


def _float(loader: _Loader, node: yaml.ScalarNode) -> float:
    """A whole number stays whole: Go writes 1e3 as 1000."""
    text = node.value.replace("_", "").lower()
    if text.endswith((".inf", ".nan")):
        raise BadRequestError(f"error converting YAML to JSON: {node.value} has no form in JSON")
    value = float(text)
    if math.isinf(value):
        raise BadRequestError(f"error converting YAML to JSON: {node.value} is out of range")
    return int(value) if value.is_integer() and abs(value) < 1e21 else value


def _mapping(loader: _Loader, node: yaml.MappingNode) -> Any:
    found: dict[str, JSON] = {}
    yield found
    seen: set[str] = set()
    for key_node, _ in node.value:
        key = key_node.value if isinstance(key_node, yaml.ScalarNode) else ""
        if key in seen:
            loader.duplicates.append(f'line {key_node.start_mark.line + 1}: key "{key}" already set in map')
        seen.add(key)
    loader.flatten_mapping(node)
    for key_node, value_node in node.value:
        found[_key(loader.construct_object(key_node, deep=True))] = loader.construct_object(value_node, deep=True)


def _key(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if value is None:
        return "null"
    if isinstance(value, int | float):
        return f"{value:g}" if isinstance(value, float) else str(value)
    raise BadRequestError("error converting YAML to JSON: a key is neither a text nor a number")


for _tag, _pattern, _first in (
    ("tag:yaml.org,2002:bool", _BOOLEAN, "yYnNtTfFoO"),
    ("tag:yaml.org,2002:int", _INTEGER, "-+0123456789"),
    ("tag:yaml.org,2002:float", _FLOAT, "-+0123456789."),
    ("tag:yaml.org,2002:merge", re.compile(r"^(?:<<)$"), "<"),
    ("tag:yaml.org,2002:null", _NULL, ("~", "n", "N", "")),
):
    _Loader.add_implicit_resolver(_tag, _pattern, list(_first))
_Loader.add_constructor("tag:yaml.org,2002:bool", lambda loader, node: _BOOLEANS[node.value])
_Loader.add_constructor("tag:yaml.org,2002:int", _integer)
_Loader.add_constructor("tag:yaml.org,2002:float", _float)
_Loader.add_constructor("tag:yaml.org,2002:map", _mapping)


def read_yaml(data: bytes) -> tuple[JSON, list[str]]:
    """The first document and what was said twice in it.

    :raises BadRequestError: it is not YAML, or cannot be said in JSON.
    """
    loader = _Loader(data)
    try:
        node = loader.get_node() if loader.check_node() else None
        if node is None:
            return None, []
        _measure(node)
        value = loader.construct_document(node)
    except (yaml.YAMLError, UnicodeDecodeError, ValueError, RecursionError) as error:
        raise BadRequestError(f"error converting YAML to JSON: {_one_line(error)}") from error
    finally:
        loader.dispose()
    return value, loader.duplicates


def _measure(root: yaml.Node) -> None:
    """Refuse a document that contains itself, or whose aliases stand for more than could ever be meant."""
    sizes: dict[int, int] = {}
    open_nodes: set[int] = set()

    def size(node: yaml.Node) -> int:
        known = sizes.get(id(node))
        if known is not None:
            return known
        if id(node) in open_nodes:
            raise BadRequestError("error converting YAML to JSON: a value contains itself")
        total = 1
        if not isinstance(node, yaml.ScalarNode):
            open_nodes.add(id(node))
            children = node.value if isinstance(node, yaml.SequenceNode) else [n for pair in node.value for n in pair]
            total += sum(size(child) for child in children)
            open_nodes.discard(id(node))
        if total > _MOST_NODES:
            raise BadRequestError("error converting YAML to JSON: document contains excessive aliasing")
        sizes[id(node)] = total
        return total

    size(root)


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())


class _Dumper(yaml.CSafeDumper):
    """Quotes every text that either Go or PyYAML would read as something else."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


for _start, _resolvers in _Loader.yaml_implicit_resolvers.items():
    for _tag, _pattern in _resolvers:
        _Dumper.add_implicit_resolver(_tag, _pattern, [_start])


def write_yaml(value: JSON) -> bytes:
    """Block style, keys in order, unicode as it is."""
    text = yaml.dump(value, Dumper=_Dumper, default_flow_style=False, allow_unicode=True, sort_keys=True, width=1 << 16)
    return text.encode()
