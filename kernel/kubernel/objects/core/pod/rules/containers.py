"""Containers: unique names, images, ports that do not collide, and everything that a container carries with it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address

from kubernel.errors import Cause
from kubernel.objects.causes import at, duplicate, forbidden, index, invalid, names, not_supported, required, too_many
from kubernel.objects.core.pod.rules.environment import env_causes, env_from_causes
from kubernel.objects.core.pod.rules.mounts import mount_causes
from kubernel.objects.core.pod.rules.probes import PORT_RANGE, lifecycle_causes, probe_causes
from kubernel.objects.core.pod.rules.resources import resources_causes
from kubernel.objects.core.pod.rules.security import container_security_causes
from kubernel.types.json import Object
from kubernel.types.names import dns_label, port_name
from kubernel.types.pods import is_restartable_init

IP_RULE = "must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)"
_PROBES = ("lifecycle", "livenessProbe", "readinessProbe", "startupProbe")
_NOT_EPHEMERAL = ("lifecycle", "livenessProbe", "readinessProbe", "startupProbe", "ports")


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What containers are checked against: the rest of their pod."""

    volumes: Mapping[str, Object]
    claims: frozenset[str]
    grace: int
    host_network: bool
    has_os: bool

    @classmethod
    def of(cls, spec: Object) -> "Surroundings":
        return cls(
            {volume.get("name", ""): volume for volume in spec.get("volumes") or ()},
            frozenset(claim.get("name", "") for claim in spec.get("resourceClaims") or ()),
            spec.get("terminationGracePeriodSeconds", 30),
            bool(spec.get("hostNetwork")),
            bool((spec.get("os") or {}).get("name")),
        )


def container_list_causes(spec: Object, path: str) -> Iterator[Cause]:
    """What is wrong with the containers, init containers and ephemeral containers of a pod."""
    around = Surroundings.of(spec)
    taken: set[str] = set()
    host_ports: set[str] = set()
    for kind in ("containers", "initContainers", "ephemeralContainers"):
        init_ports: set[str] = set()
        for position, container in enumerate(spec.get(kind) or ()):
            place = index(at(path, kind), position)
            yield from _name_causes(container, taken, place)
            yield from _container_causes(container, around, place)
            if kind == "ephemeralContainers":
                yield from _ephemeral_causes(container, taken, place)
                continue
            ports = host_ports if kind == "containers" or is_restartable_init(container) else init_ports
            yield from _host_port_causes(container, ports, place)
            if kind == "initContainers" and not is_restartable_init(container):
                yield from _init_causes(container, place)
            else:
                yield from _life_causes(container, around, place)


def _name_causes(container: Object, taken: set[str], path: str) -> Iterator[Cause]:
    name = container.get("name", "")
    if not name:
        return
    wrong = dns_label(name)
    yield from names(at(path, "name"), name, wrong)
    if not wrong and name in taken:
        yield duplicate(at(path, "name"), name)
    taken.add(name)


def _container_causes(container: Object, around: Surroundings, path: str) -> Iterator[Cause]:
    image = container.get("image", "")
    if not image:
        yield required(at(path, "image"))
    elif image != image.strip():
        yield invalid(at(path, "image"), image, "must not have leading or trailing whitespace")
    if "ports" in container:
        yield from _port_causes(container["ports"], around, at(path, "ports"))
    if "env" in container:
        yield from env_causes(container["env"], at(path, "env"))
    if "envFrom" in container:
        yield from env_from_causes(container["envFrom"], at(path, "envFrom"))
    if "volumeMounts" in container or "volumeDevices" in container:
        yield from mount_causes(container, around.volumes, path)
    if container.get("resources"):
        yield from resources_causes(container["resources"], around.claims, at(path, "resources"))
    if container.get("securityContext"):
        yield from container_security_causes(container["securityContext"], at(path, "securityContext"))
    if container.get("resizePolicy"):
        yield from _resize_causes(container["resizePolicy"], at(path, "resizePolicy"))
    yield from _restart_causes(container, path)


def _port_causes(ports: list[Object], around: Surroundings, path: str) -> Iterator[Cause]:
    taken: set[str] = set()
    for position, port in enumerate(ports):
        place, name = index(path, position), port.get("name", "")
        if name:
            wrong = port_name(name)
            yield from names(at(place, "name"), name, wrong)
            if not wrong and name in taken:
                yield duplicate(at(place, "name"), name)
            taken.add(name)
        number, host_port = port.get("containerPort"), port.get("hostPort", 0)
        if number == 0:
            yield required(at(place, "containerPort"))
        elif number is not None and not 1 <= number <= 65535:
            yield invalid(at(place, "containerPort"), number, PORT_RANGE)
        if host_port and not 1 <= host_port <= 65535:
            yield invalid(at(place, "hostPort"), host_port, PORT_RANGE)
        if around.host_network and number and host_port != number:
            yield invalid(at(place, "containerPort"), number, "must match `hostPort` when `hostNetwork` is true")
        if port.get("hostIP") and not is_ip(port["hostIP"]):
            yield invalid(at(place, "hostIP"), port["hostIP"], IP_RULE)


def is_ip(text: str) -> bool:
    """Whether the text is an IPv4 or IPv6 address."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return "%" not in text


def _host_port_causes(container: Object, taken: set[str], path: str) -> Iterator[Cause]:
    for position, port in enumerate(container.get("ports") or ()):
        if not port.get("hostPort"):
            continue
        held = f"{port.get('protocol', 'TCP')}/{port.get('hostIP', '')}/{port['hostPort']}"
        if held in taken:
            yield duplicate(at(index(at(path, "ports"), position), "hostPort"), held)
        taken.add(held)


def _resize_causes(policies: list[Object], path: str) -> Iterator[Cause]:
    seen: set[str] = set()
    for position, policy in enumerate(policies):
        name = policy.get("resourceName", "")
        if name in seen:
            yield duplicate(index(path, position), name)
        seen.add(name)


def _restart_causes(container: Object, path: str) -> Iterator[Cause]:
    rules, place = container.get("restartPolicyRules") or (), at(path, "restartPolicyRules")
    if rules and not container.get("restartPolicy"):
        yield required(at(path, "restartPolicy"), "must specify restartPolicy when restartPolicyRules is set")
    if len(rules) > 20:
        yield too_many(place, len(rules), 20)
    for position, rule in enumerate(rules):
        where, codes = index(place, position), rule.get("exitCodes")
        if rule.get("action") not in (None, "", "Restart", "RestartAllContainers"):
            yield not_supported(at(where, "action"), rule["action"], ("Restart", "RestartAllContainers"))
        if codes is None:
            yield required(at(where, "exitCodes"), "must be specified")
            continue
        if codes.get("operator") not in (None, "", "In", "NotIn"):
            yield not_supported(at(where, "exitCodes", "operator"), codes["operator"], ("In", "NotIn"))
        if len(codes.get("values") or ()) > 255:
            yield too_many(at(where, "exitCodes", "values"), len(codes["values"]), 255)


def _life_causes(container: Object, around: Surroundings, path: str) -> Iterator[Cause]:
    yield from probe_causes(container, around.grace, path)
    if container.get("lifecycle"):
        yield from lifecycle_causes(container["lifecycle"], around.grace, around.has_os, at(path, "lifecycle"))


def _init_causes(container: Object, path: str) -> Iterator[Cause]:
    for name in _PROBES:
        if name in container:
            yield forbidden(at(path, name), "may not be set for init containers without restartPolicy=Always")


def _ephemeral_causes(container: Object, taken: set[str], path: str) -> Iterator[Cause]:
    target = container.get("targetContainerName", "")
    if target and target not in taken:
        yield Cause("FieldValueNotFound", f'Not found: "{target}"', at(path, "targetContainerName"))
    for name in _NOT_EPHEMERAL:
        if container.get(name):
            yield forbidden(at(path, name), f"{name} is not allowed for Ephemeral Containers")
    if any((container.get("resources") or {}).values()):
        yield forbidden(at(path, "resources"), "cannot be set for an Ephemeral Container")
    if container.get("restartPolicy"):
        yield forbidden(at(path, "restartPolicy"), "may not be set for ephemeral containers")
    for position, mount in enumerate(container.get("volumeMounts") or ()):
        for name in ("subPath", "subPathExpr"):
            if mount.get(name):
                place = index(at(path, "volumeMounts"), position)
                yield forbidden(at(place, name), "cannot be set for an Ephemeral Container")
