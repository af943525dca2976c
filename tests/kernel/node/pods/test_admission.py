"""A node takes only what fits."""

from typing import Any

import pytest

from kubernel.node.pods.admission import fits_labels, pod_requests
from node_pods import make, make_pod


def asking(name: str, **requests: str) -> dict[str, Any]:
    return make_pod(make(resources={"requests": requests}), name=name)


def test_a_pod_that_does_not_fit_fails_and_says_why(node: Any) -> None:
    node.run(asking("a", cpu="3"))
    node.run(asking("b", cpu="2"))
    status = node.get("b")["status"]
    assert (status["phase"], status["reason"]) == ("Failed", "OutOfcpu")
    assert "requested: 2000, used: 3000, capacity: 4000" in status["message"]
    assert node.reasons("Warning") == ["OutOfcpu"]


def test_what_a_gone_or_finished_pod_had_is_free_again(node: Any) -> None:
    node.run(asking("a", cpu="3"))
    node.delete("a")
    node.run({**asking("b", cpu="3"), "spec": {**asking("b", cpu="3")["spec"], "restartPolicy": "Never"}})
    node.runtime.finish("b", "main", 0)
    node.turn()
    assert node.run(asking("c", cpu="3"))["status"]["phase"] == "Running"


def test_what_runs_already_is_taken_whatever_there_is(node: Any) -> None:
    node.run(asking("a", cpu="3"))
    node.allocatable = {"cpu": "1", "pods": "10"}
    node.restart()
    assert node.get("a")["status"]["phase"] == "Running"


def test_a_port_of_the_host_is_given_once(node: Any) -> None:
    ports = [{"containerPort": 80, "hostPort": 8080}]
    node.run(make_pod(make(ports=ports), name="a"))
    assert node.run(make_pod(make(ports=ports), name="b"))["status"]["reason"] == "NodePorts"


def test_a_pod_that_wants_another_node_is_refused(node: Any) -> None:
    assert node.run(make_pod(nodeSelector={"disk": "ssd"}))["status"]["reason"] == "NodeAffinity"
    node.labels = {"disk": "ssd"}
    assert node.run(make_pod(name="other", nodeSelector={"disk": "ssd"}))["status"]["phase"] == "Running"


@pytest.mark.parametrize(
    ("term", "fits"),
    [
        ({"matchExpressions": [{"key": "disk", "operator": "In", "values": ["ssd"]}]}, True),
        ({"matchExpressions": [{"key": "disk", "operator": "NotIn", "values": ["ssd"]}]}, False),
        ({"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["node-a"]}]}, True),
        ({"matchFields": [{"key": "metadata.name", "operator": "In", "values": ["node-b"]}]}, False),
        ({}, False),
    ],
)
def test_node_affinity(term: dict[str, Any], fits: bool) -> None:
    required = {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [term]}}
    assert fits_labels({"affinity": {"nodeAffinity": required}}, {"disk": "ssd"}, "node-a") is fits


def test_requests_are_the_most_that_is_needed_at_one_time() -> None:
    def using(name: str, cpu: str, **fields: Any) -> dict[str, Any]:
        return make(name, resources={"requests": {"cpu": cpu}}, **fields)

    spec = {
        "initContainers": [using("a", "3"), using("side", "1", restartPolicy="Always"), using("b", "2500m")],
        "containers": [using("c", "500m"), using("d", "1")],
        "overhead": {"cpu": "100m"},
    }
    assert pod_requests(spec) == {"cpu": 3600, "pods": 1}
