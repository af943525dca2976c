"""Nodes: taints, ranges that stay, a status of their own, and what kubectl shows."""

from typing import Any

from kind_world import KindWorld, causes
from kubernel.types.well_known import NODES


def node(name: str = "n1", **spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": name}, "spec": spec}


def test_a_node_has_every_field_of_its_status_that_clients_count_on(world: KindWorld) -> None:
    made = world.create(NODES, node(), "")
    assert made["status"]["daemonEndpoints"] == {"kubeletEndpoint": {"Port": 0}}
    assert made["status"]["nodeInfo"]["kubeletVersion"] == ""


def test_a_node_that_registers_tells_of_itself(world: KindWorld) -> None:
    status = {"capacity": {"cpu": "2"}, "conditions": [{"type": "Ready", "status": "True"}]}
    made = world.create(NODES, {**node(), "status": status}, "")
    assert made["status"]["capacity"] == {"cpu": "2"}
    assert made["status"]["conditions"] == status["conditions"]


def test_the_range_of_pods_is_given_once(world: KindWorld) -> None:
    made = world.create(NODES, node(podCIDR="127.64.0.0/24"), "")
    assert made["spec"]["podCIDRs"] == ["127.64.0.0/24"]
    other = {**made, "spec": {"podCIDR": "127.64.1.0/24", "podCIDRs": ["127.64.1.0/24"]}}
    assert list(causes(world.update, NODES, other, "")) == ["spec.podCIDRs"]
    late = world.create(NODES, node("n2"), "")
    after = world.update(NODES, {**late, "spec": {"podCIDRs": ["127.64.2.0/24"]}}, "")
    assert after["spec"]["podCIDR"] == "127.64.2.0/24"


def test_ranges_are_ranges_of_different_families(world: KindWorld) -> None:
    assert list(causes(world.create, NODES, node(podCIDRs=["here"]), "")) == ["spec.podCIDRs[0]"]
    two = causes(world.create, NODES, node(podCIDRs=["127.64.0.0/24", "127.64.1.0/24"]), "")
    assert "may specify no more than one CIDR for each IP family" in two["spec.podCIDRs"]


def test_the_id_at_the_provider_stays(world: KindWorld) -> None:
    made = world.create(NODES, node(providerID="aws://a"), "")
    other = {**made, "spec": {"providerID": "aws://b"}}
    assert list(causes(world.update, NODES, other, "")) == ["spec.providerID"]


def test_taints_have_a_key_and_an_effect_and_are_unique(world: KindWorld) -> None:
    taints = [
        {"key": "a", "effect": "NoSchedule"},
        {"key": "a", "effect": "NoSchedule", "value": "b"},
        {"key": "b", "effect": "Sometimes"},
        {"effect": "NoExecute"},
    ]
    found = causes(world.create, NODES, node(taints=taints), "")
    assert found["spec.taints[1]"].startswith("Duplicate value: ")
    assert found["spec.taints[2].effect"] == (
        'Unsupported value: "Sometimes": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"'
    )
    assert found["spec.taints[3].key"] == "Required value"


def test_a_status_has_sensible_quantities_and_addresses(world: KindWorld) -> None:
    made = world.create(NODES, node(), "")
    status = {"capacity": {"cpu": "-1"}, "addresses": [{"type": "InternalIP", "address": "x"}]}
    found = causes(world.update, NODES, {**made, "status": status}, "", "status")
    assert found["status.capacity[cpu]"] == 'Invalid value: "-1": must be greater than or equal to 0'
    assert "status.addresses[0].address" in found


def test_the_row(world: KindWorld) -> None:
    body = node(unschedulable=True)
    body["metadata"]["labels"] = {"node-role.kubernetes.io/worker": "", "node-role.kubernetes.io/control-plane": ""}
    made = world.create(NODES, body, "")
    status = {
        **made["status"],
        "conditions": [{"type": "Ready", "status": "True"}],
        "addresses": [{"type": "InternalIP", "address": "127.0.0.1"}],
        "nodeInfo": {**made["status"]["nodeInfo"], "kubeletVersion": "v1.35.0", "osImage": "Debian"},
    }
    assert world.row(NODES, {**made, "status": status}) == {
        "Name": "n1",
        "Status": "Ready,SchedulingDisabled",
        "Roles": "control-plane,worker",
        "Age": "0s",
        "Version": "v1.35.0",
        "Internal-IP": "127.0.0.1",
        "External-IP": "<none>",
        "OS-Image": "Debian",
        "Kernel-Version": "<unknown>",
        "Container-Runtime": "<unknown>",
    }
    assert world.row(NODES, made)["Status"] == "Unknown,SchedulingDisabled"
