"""Pods as people debug them: logs, failures, restarts, init containers, volumes, probes."""

import subprocess
from typing import Any

import pytest

from clusters import Kubectl
from waiting import eventually

pytestmark = pytest.mark.kubectl


def pod(name: str, script: str, **spec: Any) -> str:
    """A manifest of a busybox pod that runs a script."""
    import json

    container = {"name": "main", "image": "busybox", "command": ["sh", "-c", script], **spec.pop("container", {})}
    return json.dumps(
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": {"containers": [container], **spec}}
    )


def status(kubectl: Kubectl, name: str) -> str:
    return kubectl("get", "pod", name, "--no-headers").split()[2]


def test_logs_follow_to_the_end(kubectl: Kubectl) -> None:
    script = "for i in 1 2 3; do echo line $i; sleep 0.2; done"
    kubectl("create", "-f", "-", stdin=pod("talker", script, restartPolicy="Never"))
    eventually(lambda: kubectl.run("logs", "talker").returncode == 0)
    done = subprocess.run(kubectl.arguments("logs", "-f", "talker"), capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout.splitlines() == ["line 1", "line 2", "line 3"]
    assert kubectl("logs", "talker", "--tail=1") == "line 3\n"
    stamped = kubectl("logs", "talker", "--timestamps", "--tail=1")
    assert stamped.split(maxsplit=1)[0].endswith("Z")
    eventually(lambda: status(kubectl, "talker") == "Completed")


def test_a_failing_container_is_restarted_and_its_last_words_are_kept(kubectl: Kubectl) -> None:
    kubectl("create", "-f", "-", stdin=pod("crasher", "echo dying; exit 3"))
    eventually(lambda: status(kubectl, "crasher") == "CrashLoopBackOff")
    found = kubectl.json("get", "pod", "crasher")["status"]["containerStatuses"][0]
    assert found["lastState"]["terminated"]["exitCode"] == 3
    assert found["restartCount"] >= 1
    assert kubectl("logs", "crasher", "--previous") == "dying\n"
    eventually(lambda: "Back-off restarting failed container" in kubectl("describe", "pod", "crasher"))


def test_an_unknown_image_is_refused_by_name(kubectl: Kubectl) -> None:
    kubectl("run", "stranger", "--image=example.com/no/such:1")
    eventually(lambda: status(kubectl, "stranger") in ("ErrImagePull", "ImagePullBackOff"))
    eventually(lambda: "example.com/no/such:1" in kubectl("describe", "pod", "stranger").partition("Events:")[2])


def test_init_containers_run_first_and_in_order(kubectl: Kubectl) -> None:
    mount = [{"name": "shared", "mountPath": "/shared"}]
    where = "${KUBERNEL_VOLUME_SHARED:-/shared}"
    init = [
        {"name": n, "image": "busybox", "command": ["sh", "-c", f"echo {n} >> {where}/order"], "volumeMounts": mount}
        for n in ("first", "second")
    ]
    manifest = pod(
        "ordered",
        f"cat {where}/order; sleep 1000",
        initContainers=init,
        volumes=[{"name": "shared", "emptyDir": {}}],
        container={"volumeMounts": mount},
    )
    kubectl("create", "-f", "-", stdin=manifest)
    kubectl("wait", "--for=condition=Ready", "pod/ordered", "--timeout=60s")
    eventually(lambda: kubectl("logs", "ordered").split() == ["first", "second"])


def test_environment_comes_from_everywhere(kubectl: Kubectl) -> None:
    kubectl("create", "configmap", "settings", "--from-literal=color=blue")
    kubectl("create", "secret", "generic", "hidden", "--from-literal=password=s3cret")
    env = [
        {"name": "POD", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        {"name": "ADDRESS", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
        {"name": "COLOR", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "color"}}},
        {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "hidden", "key": "password"}}},
        {"name": "BOTH", "value": "$(COLOR)-$(PASSWORD)"},
    ]
    script = "echo $POD $ADDRESS $BOTH $KUBERNETES_SERVICE_HOST"
    kubectl("create", "-f", "-", stdin=pod("teller", script, restartPolicy="Never", container={"env": env}))
    eventually(lambda: status(kubectl, "teller") == "Completed")
    found = kubectl.json("get", "pod", "teller")
    host = Kubectl(kubectl.cluster, "default").json("get", "service", "kubernetes")["spec"]["clusterIP"]
    assert kubectl("logs", "teller").split() == ["teller", found["status"]["podIP"], "blue-s3cret", host]


def test_a_missing_reference_is_told(kubectl: Kubectl) -> None:
    env = [{"name": "X", "valueFrom": {"configMapKeyRef": {"name": "absent", "key": "x"}}}]
    kubectl("create", "-f", "-", stdin=pod("waiter", "true", container={"env": env}))
    eventually(lambda: status(kubectl, "waiter") == "CreateContainerConfigError")
    kubectl("create", "configmap", "absent", "--from-literal=x=now")
    eventually(lambda: status(kubectl, "waiter") in ("Completed", "CrashLoopBackOff", "Running"))


def test_a_liveness_probe_restarts_a_sick_container(kubectl: Kubectl) -> None:
    probe = {"exec": {"command": ["sh", "-c", "exit 1"]}, "periodSeconds": 1, "failureThreshold": 1}
    container = {"livenessProbe": probe}
    kubectl("create", "-f", "-", stdin=pod("sick", "sleep 1000", terminationGracePeriodSeconds=1, container=container))
    eventually(lambda: kubectl.json("get", "pod", "sick")["status"]["containerStatuses"][0]["restartCount"] > 0)
    assert "Liveness probe failed" in kubectl("describe", "pod", "sick")


def test_a_pod_that_fits_nowhere_says_why(kubectl: Kubectl) -> None:
    resources = {"requests": {"cpu": "10000"}}
    kubectl("create", "-f", "-", stdin=pod("huge", "true", container={"resources": resources}))
    eventually(lambda: "0/1 nodes are available: 1 Insufficient cpu." in kubectl("describe", "pod", "huge"))
    assert status(kubectl, "huge") == "Pending"


def test_graceful_termination_lets_the_process_finish(kubectl: Kubectl) -> None:
    script = "trap 'echo bye; exit 0' TERM; echo up; while true; do sleep 0.1; done"
    kubectl("create", "-f", "-", stdin=pod("polite", script, terminationGracePeriodSeconds=20))
    eventually(lambda: kubectl.run("logs", "polite").stdout == "up\n")
    follower = subprocess.Popen(kubectl.arguments("logs", "-f", "polite"), stdout=subprocess.PIPE, text=True)
    kubectl("delete", "pod", "polite", "--timeout=60s")
    output, _ = follower.communicate(timeout=60)
    assert output.splitlines() == ["up", "bye"]
