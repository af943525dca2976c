"""Defaults of pods that depend on other fields: some for every pod spec, templates included, others for real pods only."""

from collections.abc import Iterator

from kubernel.objects.core.pod.rules.spec import SYSTEM_PRIORITIES
from kubernel.types.json import Object

_PROBES = ("livenessProbe", "readinessProbe", "startupProbe")
_PROBE_DEFAULTS = {"timeoutSeconds": 1, "periodSeconds": 10, "successThreshold": 1, "failureThreshold": 3}
_UNHEALTHY_TAINTS = ("node.kubernetes.io/not-ready", "node.kubernetes.io/unreachable")
_GRACE_ON_UNHEALTHY_NODE = 300


def every_container(spec: Object) -> Iterator[Object]:
    """Containers, init containers and ephemeral containers."""
    for kind in ("containers", "initContainers", "ephemeralContainers"):
        yield from spec.get(kind) or ()


def default_pod_spec(spec: Object) -> None:
    """What holds for pods and for templates: pull policies, probes, volumes without a source, the old name of the account."""
    for container in every_container(spec):
        if not container.get("imagePullPolicy"):
            container["imagePullPolicy"] = pull_policy(container.get("image", ""))
        for name in _PROBES:
            if name in container:
                _default_probe(container[name])
    for volume in spec.get("volumes") or ():
        if len(volume) == 1 and "name" in volume:
            volume["emptyDir"] = {}
    account = spec.get("serviceAccountName") or spec.get("serviceAccount")
    if account:
        spec["serviceAccountName"] = spec["serviceAccount"] = account


def pull_policy(image: str) -> str:
    """Always for the tag `latest` and for no tag at all, which means the same; else IfNotPresent."""
    name, digest, _ = image.partition("@")
    tag = name.rpartition("/")[2].partition(":")[2]
    return "Always" if not digest and tag in ("", "latest") else "IfNotPresent"


def _default_probe(probe: Object) -> None:
    for name, value in _PROBE_DEFAULTS.items():
        if not probe.get(name):
            probe[name] = value


def default_pod(spec: Object) -> None:
    """What holds for real pods only."""
    default_pod_spec(spec)
    spec.setdefault("enableServiceLinks", True)
    if not spec.get("serviceAccountName"):
        spec["serviceAccountName"] = spec["serviceAccount"] = "default"
    spec.setdefault("priority", SYSTEM_PRIORITIES.get(spec.get("priorityClassName", ""), 0))
    if not spec.get("preemptionPolicy"):
        spec["preemptionPolicy"] = "PreemptLowerPriority"
    for container in every_container(spec):
        _default_requests(container.get("resources"))
        if spec.get("hostNetwork"):
            for port in container.get("ports") or ():
                port.setdefault("hostPort", port.get("containerPort", 0))
    _default_requests(spec.get("resources"))
    _default_tolerations(spec)


def _default_requests(resources: Object | None) -> None:
    if not resources or not resources.get("limits"):
        return
    resources["requests"] = {**resources["limits"], **(resources.get("requests") or {})}


def _default_tolerations(spec: Object) -> None:
    """A pod stays for five minutes on a node that stops answering, unless it says otherwise."""
    tolerations = spec.get("tolerations") or []
    missing = [key for key in _UNHEALTHY_TAINTS if not any(_covers(toleration, key) for toleration in tolerations)]
    if missing:
        spec["tolerations"] = tolerations + [
            {"key": key, "operator": "Exists", "effect": "NoExecute", "tolerationSeconds": _GRACE_ON_UNHEALTHY_NODE}
            for key in missing
        ]


def _covers(toleration: Object, key: str) -> bool:
    return toleration.get("key", "") in ("", key) and toleration.get("effect", "") in ("", "NoExecute")
