"""The demo's acts: each says the kubectl command that does the same, does it, and shows what came of it."""

import time
from collections.abc import Callable
from contextlib import suppress
from importlib.resources import files

import yaml
from rich.console import Console

from kubernel.cli import terminal
from kubernel.cli.demo.caller import Caller
from kubernel.errors import AlreadyExistsError, KernelError
from kubernel.ports.client import Client
from kubernel.types.json import Object
from kubernel.types.references import ResourceType
from kubernel.types.well_known import DEPLOYMENTS, PODS, REPLICA_SETS, SERVICES

NAMESPACE, NAME = "default", "web"
PLURALS: dict[str, ResourceType] = {"Deployment": DEPLOYMENTS, "Service": SERVICES}
REVISION = "deployment.kubernetes.io/revision"
PATIENCE = 120.0


class DemoError(KernelError):
    """The show did not go as it must."""


class Interrupted(Exception):  # noqa: N818 - nothing went wrong
    """The spectator has seen enough."""


class Show:
    """See the module.

    :param ended: says whether the spectator wants it to end; asked all the while.
    """

    def __init__(self, client: Client, console: Console | None = None, *, ended: Callable[[], bool] = lambda: False) -> None:
        self._client, self._ended = client, ended
        self._console = console or terminal.console()

    def play(self) -> None:
        """Everything, in order.

        :raises DemoError: a request failed, or something did not come about.
        :raises Interrupted: it was ended.
        """
        self._deploy()
        address, port = self._address()
        self._call_every_pod(address, port)
        self._scale(5)
        with Caller(address, port) as caller:
            self._roll_out("nginx:1.28")
            self._wait_for_version(caller, "nginx/1.28")
        self._count(caller, "while the new version was rolled out")
        with Caller(address, port) as caller:
            self._roll_back()
            self._wait_for_version(caller, "nginx/1.27")
        self._count(caller, "while it was rolled back")

    def _say(self, act: str, command: str) -> None:
        self._console.print(f"\n[bold]{act}[/]\n[dim]$ kubectl {command}[/]")

    def _deploy(self) -> None:
        self._say("Deploy three web servers behind one service", "apply -f examples/web.yaml")
        for document in yaml.safe_load_all((files(__package__) / "web.yaml").read_text()):
            resource = PLURALS[document["kind"]]
            with suppress(AlreadyExistsError):
                self._client.create(resource, document, NAMESPACE)
                self._console.print(f"{document['kind'].lower()}/{document['metadata']['name']} created")
                continue
            # From an earlier show: back to where this one begins.
            self._client.patch(resource, document["metadata"]["name"], document, NAMESPACE)
            self._console.print(f"{document['kind'].lower()}/{document['metadata']['name']} configured")
        self._rollout()
        for pod in self._pods():
            status = pod["status"]
            self._console.print(f"  {pod['metadata']['name']}  {status['phase']}  {status.get('podIP', '')}")

    def _address(self) -> tuple[str, int]:
        spec = self._client.get(SERVICES, NAME, NAMESPACE)["spec"]
        return spec["clusterIP"], spec["ports"][0]["port"]

    def _call_every_pod(self, address: str, port: int) -> None:
        self._console.print(f"\n[bold]Call the service[/]\n[dim]$ curl -i http://{address}:{port}/[/]")
        with Caller(address, port) as caller:
            # Who is there is asked again each time: pods of an earlier show may still be about to go.
            self._wait("an answer from every pod", lambda: {pod["metadata"]["name"] for pod in self._pods()} <= set(caller.pods))
        for pod, count in sorted(caller.pods.items()):
            self._console.print(f"  {count:>4} answers from {pod}")
        self._count(caller, "in all")

    def _scale(self, replicas: int) -> None:
        self._say(f"Scale it to {replicas}", f"scale deployment/{NAME} --replicas={replicas}")
        self._client.patch(DEPLOYMENTS, NAME, {"spec": {"replicas": replicas}}, NAMESPACE, subresource="scale")
        self._rollout()

    def _roll_out(self, image: str) -> None:
        self._say("Roll out a new version, calling the service all the while", f"set image deployment/{NAME} web={image}")
        patch = {"spec": {"template": {"spec": {"containers": [{"name": "web", "image": image}]}}}}
        self._client.patch(DEPLOYMENTS, NAME, patch, NAMESPACE, patch_type="application/strategic-merge-patch+json")
        self._rollout()

    def _roll_back(self) -> None:
        self._say("Roll back", f"rollout undo deployment/{NAME}")
        current = int(self._deployment()["metadata"]["annotations"][REVISION])
        owned = [item for item in self._client.list(REPLICA_SETS, NAMESPACE, label_selector="app=web").items if _revision(item)]
        earlier = max((item for item in owned if _revision(item) < current), key=_revision)
        template = {**earlier["spec"]["template"]}
        labels = {k: v for k, v in template["metadata"]["labels"].items() if k != "pod-template-hash"}
        template["metadata"] = {**template["metadata"], "labels": labels}
        patch = [{"op": "replace", "path": "/spec/template", "value": template}]
        self._client.patch(DEPLOYMENTS, NAME, patch, NAMESPACE, patch_type="application/json-patch+json")
        self._rollout()

    def _rollout(self) -> None:
        """Wait as `kubectl rollout status` does."""
        with self._console.status("") as line:

            def done() -> bool:
                deployment = self._deployment()
                wanted, status = deployment["spec"]["replicas"], deployment.get("status", {})
                updated, available = status.get("updatedReplicas", 0), status.get("availableReplicas", 0)
                line.update(f"{updated} of {wanted} pods updated, {available} available")
                seen = status.get("observedGeneration", 0) >= deployment["metadata"]["generation"]
                return bool(seen and updated == available == wanted == status.get("replicas", 0))

            self._wait("the rollout", done)
        self._console.print(f'deployment "{NAME}" successfully rolled out')

    def _wait_for_version(self, caller: Caller, server: str) -> None:
        before = caller.answers[server]
        self._wait(f"answers from {server}", lambda: caller.answers[server] > before + 50)

    def _count(self, caller: Caller, when: str) -> None:
        parts = ", ".join(f"{count} from {server}" for server, count in sorted(caller.answers.items()))
        failed = len(caller.failures)
        color = "green" if not failed else "red"
        self._console.print(f"[{color}]{caller.total + failed} requests {when}: {parts}, {failed} failed[/]")
        if failed:
            raise DemoError(f"{failed} requests failed, the first one with {caller.failures[0]}")

    def _wait(self, what: str, done: Callable[[], bool]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not done():
            if self._ended():
                raise Interrupted
            if time.monotonic() > deadline:
                raise DemoError(f"{what} did not come about in {PATIENCE:.0f} seconds; look at `kubectl describe`")
            time.sleep(0.05)

    def _deployment(self) -> Object:
        return self._client.get(DEPLOYMENTS, NAME, NAMESPACE)

    def _pods(self) -> list[Object]:
        found = self._client.list(PODS, NAMESPACE, label_selector="app=web").items
        return [pod for pod in found if "deletionTimestamp" not in pod["metadata"]]


def _revision(replica_set: Object) -> int:
    return int((replica_set["metadata"].get("annotations") or {}).get(REVISION, 0))
