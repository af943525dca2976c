"""JSON as Python holds it: an object of the API is a plain dict, read-only once it is in a cache."""

from typing import Any, TypeAlias

JSON: TypeAlias = Any
Object: TypeAlias = dict[str, Any]
