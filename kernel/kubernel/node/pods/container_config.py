"""From a container of a pod to what a runtime is told: nothing is left to look up."""

from collections.abc import Mapping
from pathlib import Path

from kubernel.node.environment.downward import PodFacts
from kubernel.node.environment.expansion import expand
from kubernel.node.environment.references import References
from kubernel.node.environment.variables import container_variables
from kubernel.node.surroundings import Surroundings
from kubernel.node.volumes.mounts import container_mounts
from kubernel.ports.runtime import ContainerConfig, ContainerConfigError, Mount
from kubernel.types.json import Object
from kubernel.types.quantity import milli, whole

TERMINATION_LOG = "/dev/termination-log"


def container_config(
    container: Object,
    attempt: int,
    facts: PodFacts,
    surroundings: Surroundings,
    references: References,
    services: Mapping[str, str],
    volumes: Mapping[str, Path],
) -> ContainerConfig:
    """Everything resolved.

    :raises ContainerConfigError: something that is referred to is not there, or cannot be given.
    :raises StatusError: the API cannot be asked.
    """
    pod = facts.pod
    context = security_context(pod, container)
    if context.get("privileged") and not surroundings.runtime.capabilities.privileged:
        name = container["name"]
        raise ContainerConfigError(f"container {name} asks to be privileged, which this node's runtime does not offer")
    variables = container_variables(container, facts, references, services)
    limits = (container.get("resources") or {}).get("limits") or {}
    log = log_path(surroundings, pod, container["name"], attempt)
    log.parent.mkdir(parents=True, exist_ok=True)
    return ContainerConfig(
        name=container["name"],
        image=container["image"],
        attempt=attempt,
        command=[expand(word, variables) for word in container.get("command") or ()],
        args=[expand(word, variables) for word in container.get("args") or ()],
        working_directory=container.get("workingDir") or "",
        environment=variables,
        mounts=[
            *container_mounts(container, volumes, variables),
            *_own_mounts(container, attempt, facts, surroundings),
        ],
        log_path=str(log),
        user=context.get("runAsUser"),
        group=context.get("runAsGroup"),
        stdin=bool(container.get("stdin")),
        tty=bool(container.get("tty")),
        cpu_milli=milli(limits["cpu"]) if "cpu" in limits else 0,
        memory_bytes=whole(limits["memory"]) if "memory" in limits else 0,
        container={**container, "securityContext": context},
    )


def security_context(pod: Object, container: Object) -> Object:
    """The container's own settings over the pod's."""
    shared = {name: value for name, value in (pod["spec"].get("securityContext") or {}).items() if value is not None}
    own = {name: value for name, value in (container.get("securityContext") or {}).items() if value is not None}
    return {**shared, **own}


def log_path(surroundings: Surroundings, pod: Object, container: str, attempt: int) -> Path:
    """Where the log of one run of a container is."""
    metadata = pod["metadata"]
    return surroundings.directories.log(metadata["namespace"], metadata["name"], metadata["uid"], container, attempt)


def termination_file(surroundings: Surroundings, uid: str, container: str, attempt: int) -> Path:
    """Where one run of a container may leave its last words."""
    return surroundings.directories.container(uid, container) / f"termination-{attempt}"


def _own_mounts(container: Object, attempt: int, facts: PodFacts, surroundings: Surroundings) -> list[Mount]:
    taken = {mount["mountPath"] for mount in container.get("volumeMounts") or ()}
    uid = facts.pod["metadata"]["uid"]
    file = termination_file(surroundings, uid, container["name"], attempt)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch()
    file.chmod(0o666)
    mounts = [Mount("termination-log", str(file), container.get("terminationMessagePath") or TERMINATION_LOG)]
    if "/etc/hosts" not in taken and not facts.pod["spec"].get("hostNetwork") and surroundings.runtime.capabilities.mount_paths:
        hosts = surroundings.directories.pod(uid) / "etc-hosts"
        hosts.write_text(hosts_file(facts))
        mounts.append(Mount("etc-hosts", str(hosts), "/etc/hosts"))
    return mounts


def hosts_file(facts: PodFacts) -> str:
    """The pod's `/etc/hosts`: loopback, itself, and the aliases it asks for."""
    lines = ["127.0.0.1\tlocalhost", "::1\tlocalhost ip6-localhost ip6-loopback"]
    names = host_names(facts.pod)
    lines += [f"{address}\t{' '.join(names)}" for address in facts.addresses]
    for alias in facts.pod["spec"].get("hostAliases") or ():
        lines.append(f"{alias['ip']}\t{' '.join(alias.get('hostnames') or ())}")
    return "\n".join(lines) + "\n"


def host_names(pod: Object, cluster_domain: str = "cluster.local") -> list[str]:
    """The pod's names, the full one first where it has one."""
    spec, metadata = pod["spec"], pod["metadata"]
    short = str(spec.get("hostname") or metadata["name"])[:63].rstrip("-.")
    if spec.get("subdomain"):
        return [f"{short}.{spec['subdomain']}.{metadata['namespace']}.svc.{cluster_domain}", short]
    return [short]
