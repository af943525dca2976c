"""Pods and containers for tests, as short as they can be."""

from typing import Any


def container(name: str = "web", **fields: Any) -> dict[str, Any]:
    """A container of the image nginx."""
    return {"name": name, "image": "nginx", **fields}


def pod(name: str = "p", **spec: Any) -> dict[str, Any]:
    """A pod with one container, unless told otherwise."""
    return {"metadata": {"name": name}, "spec": {"containers": [container()], **spec}}
