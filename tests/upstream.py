"""The published description of the Kubernetes API, as data to hold this project against.

It lies beside the repository and is no part of it: `KUBERNEL_UPSTREAM` names its directory, else it is looked for in
`../shared/upstream`. Where it is absent, what is marked `needs_upstream` is skipped.
"""

import os
from functools import cache
from pathlib import Path
from typing import Any

import orjson
import pytest

_BESIDE = Path(__file__).resolve().parents[2] / "shared" / "upstream"
DIRECTORY = Path(os.environ.get("KUBERNEL_UPSTREAM") or _BESIDE)

needs_upstream = pytest.mark.skipif(
    not (DIRECTORY / "openapi.json").is_file(),
    reason=f"the published Kubernetes API is not in {DIRECTORY}; set KUBERNEL_UPSTREAM to where openapi.json lies",
)


@cache
def openapi() -> dict[str, Any]:
    """The published OpenAPI document (version 2), without its prose."""
    document: dict[str, Any] = orjson.loads((DIRECTORY / "openapi.json").read_bytes())
    return document


def published_object(group: str, version: str, kind: str) -> dict[str, Any] | None:
    """An object of a kind with every field filled in, with made-up values; None where there is none."""
    path = DIRECTORY / "objects" / f"{group or 'core'}.{version}.{kind}.json"
    found: dict[str, Any] | None = orjson.loads(path.read_bytes()) if path.is_file() else None
    return found
