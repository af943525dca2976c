"""The whole of a pod's spec, and of a pod template."""

from collections.abc import Iterator

from kubernel.errors import Cause
from kubernel.objects.causes import at, duplicate, forbidden, index, invalid, names, not_found, required, too_many, under_key
from kubernel.objects.core.pod.rules.containers import IP_RULE, container_list_causes, is_ip
from kubernel.objects.core.pod.rules.resources import NOT_NEGATIVE, resources_causes
from kubernel.objects.core.pod.rules.scheduling import scheduling_causes
from kubernel.objects.core.pod.rules.security import pod_security_causes
from kubernel.objects.core.pod.rules.volumes import volume_causes
from kubernel.objects.metadata_rules import annotation_causes, finalizer_causes, label_causes
from kubernel.types.json import Object
from kubernel.types.names import dns_label, dns_subdomain, qualified_name
from kubernel.types.quantity import parse_quantity

MAX_INT32 = 2**31 - 1
SYSTEM_PRIORITIES = {"system-cluster-critical": 2000000000, "system-node-critical": 2000001000}


def pod_spec_causes(spec: Object, path: str) -> Iterator[Cause]:
    """What is wrong with a pod's spec beyond what its schema says."""
    if "volumes" in spec:
        yield from volume_causes(spec["volumes"], at(path, "volumes"))
    yield from container_list_causes(spec, path)
    yield from _name_causes(spec, path)
    yield from scheduling_causes(spec, path)
    yield from pod_security_causes(spec, path)
    yield from _dns_causes(spec, path)
    yield from _gate_causes(spec, path)
    yield from _resource_causes(spec, path)
    deadline = spec.get("activeDeadlineSeconds")
    if deadline is not None and not 1 <= deadline <= MAX_INT32:
        yield invalid(at(path, "activeDeadlineSeconds"), deadline, f"must be between 1 and {MAX_INT32}, inclusive")
    yield from _host_causes(spec, path)


def template_causes(template: Object, path: str) -> Iterator[Cause]:
    """What is wrong with a pod template: its labels, its annotations, and the pods it would make."""
    metadata, place = template.get("metadata") or {}, at(path, "metadata")
    yield from label_causes(metadata.get("labels") or {}, at(place, "labels"))
    yield from annotation_causes(metadata.get("annotations") or {}, at(place, "annotations"))
    yield from finalizer_causes(metadata.get("finalizers") or [], at(place, "finalizers"))
    spec = template.get("spec") or {}
    if spec.get("ephemeralContainers"):
        yield forbidden(at(path, "spec", "ephemeralContainers"), "ephemeral containers not allowed in pod template")
    yield from pod_spec_causes(spec, at(path, "spec"))


def _name_causes(spec: Object, path: str) -> Iterator[Cause]:
    for name in ("nodeName", "serviceAccountName", "runtimeClassName", "priorityClassName"):
        if spec.get(name):
            yield from names(at(path, name), spec[name], dns_subdomain(spec[name]))
    for name in ("hostname", "subdomain"):
        if spec.get(name):
            yield from names(at(path, name), spec[name], dns_label(spec[name]))


def _dns_causes(spec: Object, path: str) -> Iterator[Cause]:
    config, place = spec.get("dnsConfig"), at(path, "dnsConfig")
    servers = (config or {}).get("nameservers") or ()
    if spec.get("dnsPolicy") == "None":
        if config is None:
            yield required(place, "must provide `dnsConfig` when `dnsPolicy` is None")
        elif not servers:
            yield required(at(place, "nameservers"), "must provide at least one DNS nameserver when `dnsPolicy` is None")
    if len(servers) > 3:
        yield invalid(at(place, "nameservers"), list(servers), "must not have more than 3 nameservers")
    for position, server in enumerate(servers):
        if not is_ip(server):
            yield invalid(index(at(place, "nameservers"), position), server, IP_RULE)
    searches = (config or {}).get("searches") or ()
    if len(searches) > 32:
        yield invalid(at(place, "searches"), list(searches), "must not have more than 32 search paths")
    for position, option in enumerate((config or {}).get("options") or ()):
        if not option.get("name"):
            yield required(index(at(place, "options"), position), "must not be empty")
    for position, alias in enumerate(spec.get("hostAliases") or ()):
        where = index(at(path, "hostAliases"), position)
        if alias.get("ip") and not is_ip(alias["ip"]):
            yield invalid(at(where, "ip"), alias["ip"], IP_RULE)
        for number, hostname in enumerate(alias.get("hostnames") or ()):
            yield from names(index(at(where, "hostnames"), number), hostname, dns_subdomain(hostname))


def _gate_causes(spec: Object, path: str) -> Iterator[Cause]:
    for position, gate in enumerate(spec.get("readinessGates") or ()):
        condition = gate.get("conditionType", "")
        if condition:
            place = at(index(at(path, "readinessGates"), position), "conditionType")
            yield from names(place, condition, qualified_name(condition))
    seen: set[str] = set()
    for position, gate in enumerate(spec.get("schedulingGates") or ()):
        place, name = index(at(path, "schedulingGates"), position), gate.get("name", "")
        if not name:
            continue
        yield from names(place, name, qualified_name(name))
        if name in seen:
            yield duplicate(place, name)
        seen.add(name)
    taken: set[str] = set()
    for position, claim in enumerate(spec.get("resourceClaims") or ()):
        place, name = index(at(path, "resourceClaims"), position), claim.get("name", "")
        if name:
            yield from names(at(place, "name"), name, dns_label(name))
        if name in taken:
            yield duplicate(at(place, "name"), name)
        taken.add(name)
        given = [field for field in ("resourceClaimName", "resourceClaimTemplateName") if claim.get(field)]
        if len(given) != 1:
            which = "at most" if given else "must specify"
            detail = f"{which} one of `resourceClaimName` or `resourceClaimTemplateName`"
            yield invalid(place, claim, f"{detail} may be specified" if given else detail)
    if len(spec.get("schedulingGates") or ()) > 10:
        yield too_many(at(path, "schedulingGates"), len(spec["schedulingGates"]), 10)


def _resource_causes(spec: Object, path: str) -> Iterator[Cause]:
    for name, quantity in (spec.get("overhead") or {}).items():
        if parse_quantity(quantity) < 0:
            yield invalid(under_key(at(path, "overhead"), name), quantity, NOT_NEGATIVE)
    if spec.get("resources"):
        yield from resources_causes(spec["resources"], frozenset(), at(path, "resources"))
    priority_class, priority = spec.get("priorityClassName", ""), spec.get("priority")
    known = SYSTEM_PRIORITIES.get(priority_class)
    if priority_class.startswith("system-") and known is None:
        yield not_found(at(path, "priorityClassName"), priority_class)
    if known is not None and priority is not None and priority != known:
        detail = f"must be {known}, the value of the priority class {priority_class}"
        yield invalid(at(path, "priority"), priority, detail)


def _host_causes(spec: Object, path: str) -> Iterator[Cause]:
    if spec.get("hostUsers") is not False:
        return
    for name in ("hostNetwork", "hostPID", "hostIPC"):
        if spec.get(name):
            yield forbidden(at(path, name), "when `hostUsers` is false")
