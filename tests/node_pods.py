"""Pods and containers as plain objects, for tests of a node: bound to node-a, and doing what the fake runtime plays."""

from typing import Any

from kubernel.types.json import Object


def make(name: str = "main", *command: str, image: str = "busybox", **fields: Any) -> Object:
    """A container; its command is played by the fake runtime."""
    return {"name": name, "image": image, "imagePullPolicy": "IfNotPresent", "command": list(command) or ["run"], **fields}


def make_pod(*containers: Object, name: str = "web", uid: str = "", **spec: Any) -> Object:
    """A pod of these containers, with further fields of its spec."""
    return {
        "kind": "Pod",
        "apiVersion": "v1",
        "metadata": {"name": name, "namespace": "default", "uid": uid or f"uid-{name}", "labels": {"app": name}},
        "spec": {
            "nodeName": "node-a",
            "restartPolicy": "Always",
            "terminationGracePeriodSeconds": 30,
            "containers": list(containers) or [make()],
            **spec,
        },
        "status": {"phase": "Pending"},
    }
