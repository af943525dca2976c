"""`kubernel status`: what runs and how it is, at a glance."""

import sys
from pathlib import Path

import click

from kubernel.assembly.data_directory import DataDirectory
from kubernel.cli import options, terminal
from kubernel.client.http import HttpClient
from kubernel.client.kubeconfig import load_kubeconfig
from kubernel.errors import ConfigurationError
from kubernel.ports.client import Client
from kubernel.types.json import Object
from kubernel.types.well_known import DEPLOYMENTS, NODES, PODS


@click.command("status")
@options.apply(options.name, options.data_dir)
def command(name: str, data_dir: Path | None) -> None:
    """Show the API server, nodes, deployments and pods of a running cluster; the exit code is 1 when something is not ready."""
    directory = DataDirectory(options.directory_of(name, data_dir))
    running = directory.running()
    if running is None:
        raise ConfigurationError(f"no cluster runs on {directory.path}; start one with `kubernel up`")
    client = HttpClient(load_kubeconfig(directory.kubeconfig))
    try:
        rows, well = report(client)
    finally:
        client.close()
    console = terminal.console()
    console.print(f"cluster [bold]{name}[/] at {running.url}, process {running.pid}, data in {directory.path}")
    for good, what, text in rows:
        console.print(f" {'[green]✓[/]' if good else '[red]✗[/]'} {what:<12} {text}")
    if not well:
        sys.exit(1)


def report(client: Client) -> tuple[list[tuple[bool, str, str]], bool]:
    """Lines of (is it well, what, how it is), and whether all is well."""
    ready = b"".join(client.raw("GET", "/readyz")).decode()
    nodes = client.list(NODES).items
    well_nodes = [node["metadata"]["name"] for node in nodes if _condition(node, "Ready")]
    deployments = client.list(DEPLOYMENTS).items
    short = [f"{d['metadata']['namespace']}/{d['metadata']['name']}" for d in deployments if not _available(d)]
    pods = client.list(PODS).items
    phases: dict[str, int] = {}
    for pod in pods:
        phase = str(pod.get("status", {}).get("phase", "Unknown"))
        phases[phase] = phases.get(phase, 0) + 1
    counted = ", ".join(f"{count} {phase}" for phase, count in sorted(phases.items())) or "none"
    unready = [
        pod for pod in pods if pod.get("status", {}).get("phase") in ("Pending", "Running") and not _condition(pod, "Ready")
    ]
    if unready:
        reasons = ", ".join(sorted({reason for pod in unready for reason in _waiting(pod)}))
        counted += f", {len(unready)} not ready{f': {reasons}' if reasons else ''}"
    rows = [
        (ready == "ok", "API server", ready),
        (bool(nodes) and len(well_nodes) == len(nodes), "nodes", f"{len(well_nodes)} of {len(nodes)} ready"),
        (not short, "deployments", f"{len(deployments) - len(short)} of {len(deployments)} available {' '.join(short)}".strip()),
        (not unready and not phases.keys() & {"Failed", "Unknown"}, "pods", counted),
    ]
    return rows, all(good for good, _, _ in rows)


def _condition(obj: Object, kind: str) -> bool:
    conditions = obj.get("status", {}).get("conditions") or ()
    return any(condition["type"] == kind and condition["status"] == "True" for condition in conditions)


def _waiting(pod: Object) -> list[str]:
    """Why containers of the pod do not run, in a word each."""
    states = [status.get("state", {}).get("waiting") for status in pod["status"].get("containerStatuses") or ()]
    return [waiting["reason"] for waiting in states if waiting and "reason" in waiting]


def _available(deployment: Object) -> bool:
    wanted = deployment["spec"].get("replicas", 1)
    return bool(deployment.get("status", {}).get("availableReplicas", 0) >= wanted)
