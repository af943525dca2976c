"""Deployments and replica sets: what is filled in, what is refused, what kubectl shows, and how they scale."""

from collections.abc import Iterator
from typing import Any

import pytest

from kernel_pods import container
from kind_world import KindWorld, causes
from kubernel.hooks import Registrations
from kubernel.ports.resource import ResourceDefinition
from kubernel.types.references import ResourceType
from kubernel.types.well_known import DEPLOYMENTS, REPLICA_SETS
from kubernel_workloads import kubernel_register_resources
from kubernel_workloads.deployment.definition import DEPLOYMENT
from kubernel_workloads.replicaset.definition import REPLICA_SET

BOTH = pytest.mark.parametrize("resource", [DEPLOYMENTS, REPLICA_SETS])


@pytest.fixture
def world() -> Iterator[KindWorld]:
    found = KindWorld([DEPLOYMENT, REPLICA_SET])
    yield found
    found.close()


def workload(name: str = "web", template: dict[str, Any] | None = None, **spec: Any) -> dict[str, Any]:
    """A deployment or a replica set: `template` adds to its pods' spec."""
    return {
        "metadata": {"name": name},
        "spec": {
            "selector": {"matchLabels": {"app": "web"}},
            "template": {"metadata": {"labels": {"app": "web"}}, "spec": {"containers": [container()], **(template or {})}},
            **spec,
        },
    }


def test_the_plugin_brings_both_kinds() -> None:
    resources: Registrations[ResourceDefinition] = Registrations("resource")
    kubernel_register_resources(resources)
    assert [name for name, _ in resources] == ["deployments.apps/v1", "replicasets.apps/v1"]


def test_a_deployment_gets_the_published_defaults(world: KindWorld) -> None:
    spec = world.create(DEPLOYMENTS, workload())["spec"]
    assert (spec["replicas"], spec["revisionHistoryLimit"], spec["progressDeadlineSeconds"]) == (1, 10, 600)
    assert spec["strategy"] == {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"}}
    recreate = world.create(DEPLOYMENTS, workload("b", strategy={"type": "Recreate"}))
    assert recreate["spec"]["strategy"] == {"type": "Recreate"}


@BOTH
def test_templates_get_the_defaults_of_pods_but_not_those_of_admission(world: KindWorld, resource: ResourceType) -> None:
    pod = world.create(resource, workload(template={"serviceAccountName": "robot"}))["spec"]["template"]["spec"]
    assert pod["restartPolicy"] == "Always"
    assert pod["containers"][0]["imagePullPolicy"] == "Always"
    assert (pod["serviceAccountName"], pod["serviceAccount"]) == ("robot", "robot")
    assert not {"tolerations", "enableServiceLinks", "priority", "preemptionPolicy"} & set(pod)


@BOTH
def test_selector_and_template_must_fit(world: KindWorld, resource: ResourceType) -> None:
    kind = world.table.definition(resource).kind.lower()
    assert causes(world.create, resource, workload(selector={"matchLabels": {"app": "other"}})) == {
        "spec.template.metadata.labels": 'Invalid value: {"app":"web"}: `selector` does not match template `labels`'
    }
    assert causes(world.create, resource, workload(selector={})) == {
        "spec.selector": f"Invalid value: {{}}: empty selector is invalid for {kind}"
    }
    missing = {"metadata": {"name": "x"}, "spec": {}}
    assert causes(world.create, resource, missing) == {"spec.selector": "Required value", "spec.template": "Required value"}
    odd = {"matchExpressions": [{"key": "app", "operator": "Like", "values": ["web"]}]}
    assert list(causes(world.create, resource, workload(selector=odd))) == ["spec.selector.matchExpressions[0].operator"]


@BOTH
def test_the_selector_stays(world: KindWorld, resource: ResourceType) -> None:
    made = world.create(resource, workload())
    labels = {"app": "web", "tier": "front"}
    made["spec"]["template"]["metadata"]["labels"] = labels
    changed = {**made, "spec": {**made["spec"], "selector": {"matchLabels": labels}}}
    assert causes(world.update, resource, changed) == {
        "spec.selector": 'Invalid value: {"matchLabels":{"app":"web","tier":"front"}}: field is immutable'
    }


@BOTH
def test_the_pods_of_a_template_obey_the_rules_of_pods(world: KindWorld, resource: ResourceType) -> None:
    template = {"containers": [{"name": "A"}], "restartPolicy": "Never", "activeDeadlineSeconds": 5}
    found = causes(world.create, resource, workload(template=template))
    assert found["spec.template.spec.containers[0].image"] == "Required value"
    assert "spec.template.spec.containers[0].name" in found
    assert found["spec.template.spec.restartPolicy"] == 'Unsupported value: "Never": supported values: "Always"'
    assert found["spec.template.spec.activeDeadlineSeconds"] == (
        "Forbidden: activeDeadlineSeconds in ReplicaSet is not Supported"
    )


@BOTH
def test_numbers_are_not_negative(world: KindWorld, resource: ResourceType) -> None:
    found = causes(world.create, resource, workload(replicas=-1, minReadySeconds=-1))
    rule = "Invalid value: -1: must be greater than or equal to 0"
    assert found == {"spec.replicas": rule, "spec.minReadySeconds": rule}


@pytest.mark.parametrize(
    ("update", "field", "message"),
    [
        ({"maxSurge": 0, "maxUnavailable": "0%"}, "maxUnavailable", 'Invalid value: "0%": may not be 0 when `maxSurge` is 0'),
        ({"maxSurge": "a lot"}, "maxSurge", 'Invalid value: "a lot": a valid percent string must be a numeric string'),
        ({"maxSurge": -1}, "maxSurge", "Invalid value: -1: must be greater than or equal to 0"),
        ({"maxUnavailable": "101%"}, "maxUnavailable", 'Invalid value: "101%": must not be greater than 100%'),
    ],
)
def test_how_a_rollout_may_go(world: KindWorld, update: dict[str, Any], field: str, message: str) -> None:
    found = causes(world.create, DEPLOYMENTS, workload(strategy={"rollingUpdate": update}))
    assert message in found[f"spec.strategy.rollingUpdate.{field}"]


def test_recreating_has_no_speed_and_a_deadline_comes_after_readiness(world: KindWorld) -> None:
    strategy = {"type": "Recreate", "rollingUpdate": {"maxSurge": 1}}
    found = causes(world.create, DEPLOYMENTS, workload(strategy=strategy, progressDeadlineSeconds=10, minReadySeconds=10))
    assert found == {
        "spec.strategy.rollingUpdate": "Forbidden: may not be specified when strategy `type` is 'Recreate'",
        "spec.progressDeadlineSeconds": "Invalid value: 10: must be greater than minReadySeconds",
    }
    unknown = causes(world.create, DEPLOYMENTS, workload(strategy={"type": "Magic"}))
    assert unknown == {"spec.strategy.type": 'Unsupported value: "Magic": supported values: "Recreate", "RollingUpdate"'}


@BOTH
def test_a_status_adds_up(world: KindWorld, resource: ResourceType) -> None:
    made = world.create(resource, workload())
    status = {"replicas": 1, "readyReplicas": 2, "availableReplicas": 3}
    found = causes(world.update, resource, {**made, "status": status}, subresource="status")
    assert found == {
        "status.readyReplicas": "Invalid value: 2: cannot be greater than status.replicas",
        "status.availableReplicas": (
            "Invalid value: 3: cannot be greater than status.replicas; Invalid value: 3: cannot be greater than readyReplicas"
        ),
    }


@BOTH
def test_both_can_be_scaled(world: KindWorld, resource: ResourceType) -> None:
    world.create(resource, workload())
    scale = world.merge(resource, "web", {"spec": {"replicas": 3}}, subresource="scale")
    assert (scale["kind"], scale["spec"]) == ("Scale", {"replicas": 3})
    after = world.get(resource, "web")
    assert (after["spec"]["replicas"], after["metadata"]["generation"]) == (3, 2)


def test_the_rows(world: KindWorld) -> None:
    deployment = world.create(DEPLOYMENTS, workload(replicas=3))
    deployment["status"] = {"readyReplicas": 1, "updatedReplicas": 2, "availableReplicas": 1}
    assert world.row(DEPLOYMENTS, deployment) == {
        "Name": "web",
        "Ready": "1/3",
        "Up-to-date": 2,
        "Available": 1,
        "Age": "0s",
        "Containers": "web",
        "Images": "nginx",
        "Selector": "app=web",
    }
    replica_set = world.create(REPLICA_SETS, workload(replicas=2))
    assert world.row(REPLICA_SETS, replica_set) == {
        "Name": "web",
        "Desired": 2,
        "Current": 0,
        "Ready": 0,
        "Age": "0s",
        "Containers": "web",
        "Images": "nginx",
        "Selector": "app=web",
    }
