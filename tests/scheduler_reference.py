"""Kubernetes' filter rules written down one node and one pod at a time, slowly and plainly, to hold the arrays against."""

from collections.abc import Iterable, Mapping, Sequence

from kubernel.types.json import Object
from kubernel.types.quantity import parse_quantity
from kubernel.types.selectors import label_selector

REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"


def why_not(pod: Object, node: Object, nodes: Mapping[str, Object], placed: Sequence[Object]) -> list[str]:
    """The reasons of the first rule by which the node refuses the pod; empty when it takes it."""
    here = [other for other in placed if other["spec"]["nodeName"] == node["metadata"]["name"]]
    for rule in (
        unschedulable(pod, node),
        taints(pod, node),
        [] if matches_node(pod, node) else ["node(s) didn't match Pod's node affinity/selector"],
        ports(pod, here),
        resources(pod, node, here),
        spread(pod, node, nodes, placed),
        pod_affinity(pod, node, nodes, placed),
    ):
        if rule:
            return rule
    return []


def tolerated(pod: Object, taint: Object) -> bool:
    for t in pod["spec"].get("tolerations", []):
        effect = t.get("effect", "") in ("", taint["effect"])
        key = t.get("key", "") in ("", taint["key"])
        if t.get("operator", "Equal") == "Exists":
            value = True
        else:
            value = bool(t.get("key")) and t.get("value", "") == taint.get("value", "")
        if effect and key and value:
            return True
    return False


def unschedulable(pod: Object, node: Object) -> list[str]:
    taint = {"key": "node.kubernetes.io/unschedulable", "effect": "NoSchedule"}
    if node["spec"].get("unschedulable") and not tolerated(pod, taint):
        return ["node(s) were unschedulable"]
    return []


def taints(pod: Object, node: Object) -> list[str]:
    for taint in node["spec"].get("taints", []):
        if taint["effect"] in ("NoSchedule", "NoExecute") and not tolerated(pod, taint):
            return [f"node(s) had untolerated taint {{{taint['key']}: {taint.get('value', '')}}}"]
    return []


def expression(term: Object, values: Mapping[str, str]) -> bool:
    value = values.get(term["key"])
    wanted = term.get("values", [])
    match term["operator"]:
        case "In":
            return value in wanted
        case "NotIn":
            return value not in wanted
        case "Exists":
            return value is not None
        case "DoesNotExist":
            return value is None
        case operator:
            if value is None or not value.lstrip("-").isdigit():
                return False
            return int(value) > int(wanted[0]) if operator == "Gt" else int(value) < int(wanted[0])


def matches_node(pod: Object, node: Object) -> bool:
    labels = node["metadata"]["labels"]
    if any(labels.get(key) != value for key, value in pod["spec"].get("nodeSelector", {}).items()):
        return False
    required = pod["spec"].get("affinity", {}).get("nodeAffinity", {}).get(REQUIRED)
    if required is None:
        return True
    name = {"metadata.name": node["metadata"]["name"]}
    for term in required["nodeSelectorTerms"]:
        expressions, fields = term.get("matchExpressions", []), term.get("matchFields", [])
        if not expressions and not fields:
            continue
        if all(expression(e, labels) for e in expressions) and all(expression(f, name) for f in fields):
            return True
    return False


def host_ports(pod: Object) -> list[tuple[str, str, int]]:
    return [
        (port.get("hostIP", "0.0.0.0"), port.get("protocol", "TCP"), port["hostPort"])
        for container in pod["spec"]["containers"]
        for port in container.get("ports", [])
        if port.get("hostPort")
    ]


def ports(pod: Object, here: Iterable[Object]) -> list[str]:
    for address, protocol, number in host_ports(pod):
        for other in here:
            for other_address, other_protocol, other_number in host_ports(other):
                same = (protocol, number) == (other_protocol, other_number)
                if same and (address == other_address or "0.0.0.0" in (address, other_address)):
                    return ["node(s) didn't have free ports for the requested pod ports"]
    return []


def requests(pod: Object) -> dict[str, float]:
    """Containers together, or one init container with the sidecars before it, whichever is more, for each resource."""

    def of(container: Object, name: str) -> float:
        return float(parse_quantity(container.get("resources", {}).get("requests", {}).get(name, 0)))

    spec = pod["spec"]
    containers, inits = spec["containers"], spec.get("initContainers", [])
    names = {n for c in [*containers, *inits] for n in c.get("resources", {}).get("requests", {})}
    answer = {}
    for name in names:
        sidecars, most = 0.0, 0.0
        for init in inits:
            if init.get("restartPolicy") == "Always":
                sidecars += of(init, name)
                most = max(most, sidecars)
            else:
                most = max(most, sidecars + of(init, name))
        answer[name] = max(most, sidecars + sum(of(container, name) for container in containers))
    return answer


def resources(pod: Object, node: Object, here: Sequence[Object]) -> list[str]:
    allocatable = node["status"]["allocatable"]
    reasons = []
    if len(here) + 1 > float(parse_quantity(allocatable["pods"])):
        reasons.append("Too many pods")
    for name, amount in requests(pod).items():
        used = sum(requests(other).get(name, 0.0) for other in here)
        if amount and round(used + amount, 6) > round(float(parse_quantity(allocatable.get(name, 0))), 6):
            reasons.append(f"Insufficient {name}")
    return reasons


def selected(selector: Object | None, namespaces: Iterable[str], other: Object) -> bool:
    if selector is None or other["metadata"]["namespace"] not in namespaces:
        return False
    return label_selector(selector).matches(other["metadata"]["labels"])


def spread(pod: Object, node: Object, nodes: Mapping[str, Object], placed: Sequence[Object]) -> list[str]:
    constraints = [c for c in pod["spec"].get("topologySpreadConstraints", []) if c["whenUnsatisfiable"] == "DoNotSchedule"]
    labels = node["metadata"]["labels"]
    missing = ["node(s) didn't match pod topology spread constraints (missing required label)"]
    if any(c["topologyKey"] not in labels for c in constraints):
        return missing
    namespaces = [pod["metadata"]["namespace"]]
    for constraint in constraints:
        key = constraint["topologyKey"]
        counted = [
            other
            for other in nodes.values()
            if all(c["topologyKey"] in other["metadata"]["labels"] for c in constraints)
            and (constraint.get("nodeAffinityPolicy", "Honor") == "Ignore" or matches_node(pod, other))
            and (constraint.get("nodeTaintsPolicy", "Ignore") == "Ignore" or not taints(pod, other))
        ]
        domains = {other["metadata"]["labels"][key]: 0 for other in counted}
        names = {other["metadata"]["name"]: other["metadata"]["labels"][key] for other in counted}
        for other in placed:
            if other["spec"]["nodeName"] in names and selected(constraint.get("labelSelector"), namespaces, other):
                domains[names[other["spec"]["nodeName"]]] += 1
        fewest = min(domains.values(), default=0) if len(domains) >= constraint.get("minDomains", 1) else 0
        itself = selected(constraint.get("labelSelector"), namespaces, pod)
        if domains.get(labels[key], 0) + itself - fewest > constraint["maxSkew"]:
            return ["node(s) didn't match pod topology spread constraints"]
    return []


def terms(pod: Object, kind: str) -> Sequence[Object]:
    found: Sequence[Object] = pod["spec"].get("affinity", {}).get(kind, {}).get(REQUIRED, [])
    return found


def speaks_of(holder: Object, term: Object, other: Object) -> bool:
    namespaces = term.get("namespaces") or [holder["metadata"]["namespace"]]
    return selected(term.get("labelSelector"), namespaces, other)


def domain(nodes: Mapping[str, Object], pod: Object, key: str) -> str | None:
    node = nodes.get(pod["spec"]["nodeName"])
    value: str | None = node["metadata"]["labels"].get(key) if node else None
    return value


def pod_affinity(pod: Object, node: Object, nodes: Mapping[str, Object], placed: Sequence[Object]) -> list[str]:
    labels = node["metadata"]["labels"]
    near = terms(pod, "podAffinity")
    present = [other for other in placed if other["spec"]["nodeName"] in nodes]
    company = [other for other in present if all(speaks_of(pod, term, other) for term in near)]
    first = not company and all(speaks_of(pod, term, pod) for term in near)
    for term in near:
        key = term["topologyKey"]
        if key not in labels or not (first or any(domain(nodes, other, key) == labels[key] for other in company)):
            return ["node(s) didn't match pod affinity rules"]
    for term in terms(pod, "podAntiAffinity"):
        key = term["topologyKey"]
        if key in labels and any(speaks_of(pod, term, o) and domain(nodes, o, key) == labels[key] for o in present):
            return ["node(s) didn't match pod anti-affinity rules"]
    for other in present:
        for term in terms(other, "podAntiAffinity"):
            key = term["topologyKey"]
            if key in labels and speaks_of(other, term, pod) and domain(nodes, other, key) == labels[key]:
                return ["node(s) didn't satisfy existing pods anti-affinity rules"]
    return []
