"""Deployments as people drive them: create, look, scale, roll out, roll back, pause, delete."""

import re
import subprocess
import urllib.request

import pytest

from clusters import Kubectl
from waiting import eventually

pytestmark = pytest.mark.kubectl

WEB = """
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - name: web
        image: nginx:1.27
        env: [{name: PORT, value: "8080"}]
        ports: [{containerPort: 8080, name: http}]
        readinessProbe: {httpGet: {path: /, port: http}, periodSeconds: 1}
"""


@pytest.fixture
def web(kubectl: Kubectl) -> Kubectl:
    """A namespace with a deployment `web` of three ready pods."""
    kubectl("apply", "-f", "-", stdin=WEB)
    kubectl("rollout", "status", "deployment/web", "--timeout=60s")
    return kubectl


def test_create_deployment_makes_its_pods_run(kubectl: Kubectl) -> None:
    assert kubectl("create", "deployment", "sleeper", "--image=busybox", "--replicas=2", "--", "sleep", "1000") == (
        "deployment.apps/sleeper created\n"
    )
    kubectl("wait", "--for=condition=Available", "deployment/sleeper", "--timeout=60s")
    phases = {pod["status"]["phase"] for pod in kubectl.json("get", "pods")["items"]}
    assert phases == {"Running"}


def test_an_exposed_deployment_answers_from_every_pod(web: Kubectl) -> None:
    assert web("expose", "deployment", "web", "--port=80", "--target-port=http").strip() == "service/web exposed"
    service = web.json("get", "service", "web")
    url = f"http://{service['spec']['clusterIP']}/"
    pods = {pod["metadata"]["name"] for pod in web.json("get", "pods")["items"]}
    answered: set[str] = set()

    def ask() -> bool:
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:
                answered.add(answer.headers["X-Pod"])
        except OSError as error:
            raise AssertionError(str(error)) from error
        return answered == pods

    eventually(ask, what="an answer from each of the three pods")


def test_get_wide_shows_the_columns_that_people_know(web: Kubectl) -> None:
    header, *rows = web("get", "pods", "-o", "wide").splitlines()
    assert header.split() == [
        "NAME",
        "READY",
        "STATUS",
        "RESTARTS",
        "AGE",
        "IP",
        "NODE",
        "NOMINATED",
        "NODE",
        "READINESS",
        "GATES",
    ]
    assert len(rows) == 3
    assert all(re.match(r"web-[a-z0-9]+-[a-z0-9]{5}\s+1/1\s+Running\s+0\s+\d+s\s+127\.\S+\s+\S+", row) for row in rows)
    header, row = web("get", "deployment", "web", "-o", "wide").splitlines()
    assert header.split() == ["NAME", "READY", "UP-TO-DATE", "AVAILABLE", "AGE", "CONTAINERS", "IMAGES", "SELECTOR"]
    assert row.split()[:4] == ["web", "3/3", "3", "3"]


def test_get_watch_streams_changes(web: Kubectl) -> None:
    with subprocess.Popen(
        web.arguments("get", "deployment", "web", "-w", "--no-headers"), stdout=subprocess.PIPE, text=True
    ) as watch:
        try:
            assert watch.stdout is not None
            assert watch.stdout.readline().split()[1] == "3/3"
            web("scale", "deployment/web", "--replicas=1")
            seen = next(line for line in watch.stdout if line.split()[1] == "1/1")
            assert seen.startswith("web")
        finally:
            watch.terminate()


def test_describe_tells_the_story_of_a_pod(web: Kubectl) -> None:
    pod = web.json("get", "pods")["items"][0]["metadata"]["name"]

    def described() -> str:
        text: str = web("describe", "pod", pod)
        for reason in ("Scheduled", "Pulled", "Created", "Started"):
            assert reason in text.partition("Events:")[2], text
        return text

    text = eventually(described)
    assert "Controlled By:  ReplicaSet/web-" in text
    assert re.search(r"Ready\s+True", text)
    assert "ScalingReplicaSet" in web("describe", "deployment", "web")


def test_scale_changes_the_number_of_pods(web: Kubectl) -> None:
    assert web("scale", "deployment/web", "--replicas=5").strip() == "deployment.apps/web scaled"
    web("rollout", "status", "deployment/web", "--timeout=60s")
    assert web.json("get", "deployment", "web")["status"]["readyReplicas"] == 5


def test_a_rollout_has_history_and_can_be_undone(web: Kubectl) -> None:
    assert web("set", "image", "deployment/web", "web=nginx:1.28").strip() == "deployment.apps/web image updated"
    assert "successfully rolled out" in web("rollout", "status", "deployment/web", "--timeout=60s")
    revisions = re.findall(r"^(\d+)", web("rollout", "history", "deployment/web"), re.MULTILINE)
    assert revisions == ["1", "2"]
    assert "nginx:1.27" in web("rollout", "history", "deployment/web", "--revision=1")
    assert web("rollout", "undo", "deployment/web").strip() == "deployment.apps/web rolled back"
    web("rollout", "status", "deployment/web", "--timeout=60s")
    assert web.json("get", "deployment", "web")["spec"]["template"]["spec"]["containers"][0]["image"] == "nginx:1.27"
    assert re.findall(r"^(\d+)", web("rollout", "history", "deployment/web"), re.MULTILINE) == ["2", "3"]


def test_a_paused_rollout_waits_until_it_is_resumed(web: Kubectl) -> None:
    web("rollout", "pause", "deployment/web")
    web("set", "image", "deployment/web", "web=nginx:1.28")
    eventually(lambda: (d := web.json("get", "deployment", "web"))["status"]["observedGeneration"] == d["metadata"]["generation"])
    assert len(web.json("get", "replicasets")["items"]) == 1
    assert web("rollout", "resume", "deployment/web").strip() == "deployment.apps/web resumed"
    web("rollout", "status", "deployment/web", "--timeout=60s")
    assert len(web.json("get", "replicasets")["items"]) == 2


def test_restart_replaces_every_pod(web: Kubectl) -> None:
    before = {pod["metadata"]["uid"] for pod in web.json("get", "pods")["items"]}
    web("rollout", "restart", "deployment/web")
    web("rollout", "status", "deployment/web", "--timeout=60s")

    def replaced() -> bool:
        pods = web.json("get", "pods")["items"]
        after = {pod["metadata"]["uid"] for pod in pods if "deletionTimestamp" not in pod["metadata"]}
        return len(after) == 3 and not after & before

    eventually(replaced)


@pytest.mark.parametrize("cascade", ["background", "foreground"])
def test_deleting_takes_the_dependents_along(web: Kubectl, cascade: str) -> None:
    assert web("delete", "deployment", "web", f"--cascade={cascade}").strip() == 'deployment.apps "web" deleted'
    eventually(lambda: not web.json("get", "replicasets,pods")["items"], what="everything gone")


def test_deleting_with_orphan_leaves_the_dependents(web: Kubectl) -> None:
    web("delete", "deployment", "web", "--cascade=orphan")
    [replica_set] = web.json("get", "replicasets")["items"]
    assert not replica_set["metadata"].get("ownerReferences")
    assert len(web.json("get", "pods")["items"]) == 3
