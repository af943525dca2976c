"""Services: what is filled in, which addresses and node ports they get, what goes with a change of type, what is refused."""

from ipaddress import ip_address, ip_network
from typing import Any

import pytest

from kind_world import SERVICE_CIDR, KindWorld, causes
from kubernel.types.network import NODE_PORTS
from kubernel.types.well_known import SERVICES


def service(name: str = "web", **spec: Any) -> dict[str, Any]:
    return {"metadata": {"name": name}, "spec": {"ports": [{"port": 80}], **spec}}


def changed(made: dict[str, Any], *without: str, **spec: Any) -> dict[str, Any]:
    kept = {name: value for name, value in made["spec"].items() if name not in without}
    return {**made, "spec": {**kept, **spec}}


def claims(world: KindWorld) -> set[str]:
    """What services hold, as the store knows it."""
    return {entry.key.removeprefix("/claims/") for entry in world.store.list("/claims/").entries}


def test_a_plain_service_gets_an_address_and_the_published_defaults(world: KindWorld) -> None:
    spec = world.create(SERVICES, service(selector={"app": "web"}))["spec"]
    address = spec.pop("clusterIP")
    assert ip_address(address) in ip_network(SERVICE_CIDR)
    assert spec == {
        "ports": [{"port": 80, "protocol": "TCP", "targetPort": 80}],
        "selector": {"app": "web"},
        "type": "ClusterIP",
        "sessionAffinity": "None",
        "internalTrafficPolicy": "Cluster",
        "clusterIPs": [address],
        "ipFamilies": ["IPv4"],
        "ipFamilyPolicy": "SingleStack",
    }
    assert claims(world) == {f"clusterip/{address}"}


def test_affinity_by_client_lasts_three_hours(world: KindWorld) -> None:
    spec = world.create(SERVICES, service(sessionAffinity="ClientIP"))["spec"]
    assert spec["sessionAffinityConfig"] == {"clientIP": {"timeoutSeconds": 10800}}
    config = {"clientIP": {"timeoutSeconds": 90000}}
    found = causes(world.create, SERVICES, service("b", sessionAffinity="ClientIP", sessionAffinityConfig=config))
    assert found == {
        "spec.sessionAffinityConfig.clientIP.timeoutSeconds": "Invalid value: 90000: must be greater than 0 and less than 86400"
    }


def test_node_ports_are_allocated_and_given_back(world: KindWorld) -> None:
    made = world.create(SERVICES, service(type="NodePort", ports=[{"name": "a", "port": 80}, {"name": "b", "port": 81}]))
    ports = [port["nodePort"] for port in made["spec"]["ports"]]
    assert all(port in NODE_PORTS for port in ports)
    assert len(set(ports)) == 2
    assert made["spec"]["externalTrafficPolicy"] == "Cluster"
    assert {f"nodeport/TCP/{port}" for port in ports} < claims(world)
    after = world.update(SERVICES, changed(made, type="ClusterIP"))
    assert [set(port) for port in after["spec"]["ports"]] == [{"name", "port", "protocol", "targetPort"}] * 2
    assert "externalTrafficPolicy" not in after["spec"]
    assert claims(world) == {f"clusterip/{made['spec']['clusterIP']}"}
    world.delete(SERVICES, "web")
    assert claims(world) == set()


def test_an_address_that_is_asked_for_is_given_once(world: KindWorld) -> None:
    made = world.create(SERVICES, service(clusterIP="127.99.0.10"))
    assert (made["spec"]["clusterIP"], made["spec"]["clusterIPs"]) == ("127.99.0.10", ["127.99.0.10"])
    assert causes(world.create, SERVICES, service("b", clusterIP="127.99.0.10")) == {
        "spec.clusterIPs": ('Invalid value: ["127.99.0.10"]: failed to allocate IP 127.99.0.10: provided IP is already allocated')
    }
    assert causes(world.create, SERVICES, service("b", clusterIP="10.0.0.1")) == {
        "spec.clusterIPs": (
            'Invalid value: ["10.0.0.1"]: failed to allocate IP 10.0.0.1: the provided IP (10.0.0.1) is not in the valid range. '
            "The range of valid IPs is 127.99.0.0/16"
        )
    }
    world.delete(SERVICES, "web")
    assert world.create(SERVICES, service("b", clusterIP="127.99.0.10"))["spec"]["clusterIP"] == "127.99.0.10"


def test_a_node_port_that_is_asked_for_is_given_once_for_each_protocol(world: KindWorld) -> None:
    def asking(name: str, port: int, protocol: str = "TCP") -> dict[str, Any]:
        return service(name, type="NodePort", ports=[{"port": 80, "nodePort": port, "protocol": protocol}])

    world.create(SERVICES, asking("a", 30080))
    assert causes(world.create, SERVICES, asking("b", 30080)) == {
        "spec.ports[0].nodePort": "Invalid value: 30080: provided port is already allocated"
    }
    world.create(SERVICES, asking("c", 30080, "UDP"))
    assert causes(world.create, SERVICES, asking("d", 80)) == {
        "spec.ports[0].nodePort": (
            "Invalid value: 80: provided port is not in the valid range. The range of valid ports is 30000-32767"
        )
    }


def test_an_update_that_does_not_speak_of_what_was_allocated_keeps_it(world: KindWorld) -> None:
    made = world.create(SERVICES, service(type="NodePort"))
    after = world.update(SERVICES, {**service(type="NodePort", selector={"a": "b"}), "metadata": made["metadata"]})
    assert after["spec"]["clusterIP"] == made["spec"]["clusterIP"]
    assert after["spec"]["ports"] == made["spec"]["ports"]
    assert after["spec"]["ipFamilies"] == ["IPv4"]


def test_the_address_stays(world: KindWorld) -> None:
    made = world.create(SERVICES, service())
    assert causes(world.update, SERVICES, changed(made, clusterIP="127.99.0.77")) == {
        "spec.clusterIPs[0]": 'Invalid value: ["127.99.0.77"]: may not change once set'
    }
    assert causes(world.update, SERVICES, changed(made, "clusterIPs", clusterIP="None")) == {
        "spec.clusterIPs[0]": 'Invalid value: ["None"]: may not change once set'
    }


def test_a_headless_service_has_no_address_and_may_have_no_ports(world: KindWorld) -> None:
    spec = world.create(SERVICES, service(clusterIP="None", selector={"a": "b"}, ports=[]))["spec"]
    assert (spec["clusterIP"], spec["clusterIPs"], spec["ipFamilyPolicy"]) == ("None", ["None"], "SingleStack")
    without = world.create(SERVICES, service("b", clusterIP="None"))["spec"]
    assert (without["ipFamilyPolicy"], without["ipFamilies"]) == ("RequireDualStack", ["IPv4", "IPv6"])
    assert claims(world) == set()


def test_a_service_that_is_another_name_has_neither_address_nor_policy(world: KindWorld) -> None:
    made = world.create(
        SERVICES, {"metadata": {"name": "db"}, "spec": {"type": "ExternalName", "externalName": "db.example.com"}}
    )
    assert made["spec"] == {"type": "ExternalName", "externalName": "db.example.com", "sessionAffinity": "None"}
    plain = world.create(SERVICES, service())
    assert "clusterIP" in plain["spec"]
    after = world.update(SERVICES, changed(plain, type="ExternalName", externalName="a.b", ports=[]))
    assert not {"clusterIP", "clusterIPs", "ipFamilies", "internalTrafficPolicy"} & set(after["spec"])
    assert claims(world) == set()
    nameless = causes(world.create, SERVICES, {"metadata": {"name": "x"}, "spec": {"type": "ExternalName"}})
    assert nameless == {"spec.externalName": "Required value"}


def test_a_load_balancer_has_node_ports_and_a_health_port_where_it_needs_one(world: KindWorld) -> None:
    made = world.create(SERVICES, service(type="LoadBalancer", externalTrafficPolicy="Local"))
    assert made["spec"]["allocateLoadBalancerNodePorts"] is True
    assert made["spec"]["ports"][0]["nodePort"] in NODE_PORTS
    assert made["spec"]["healthCheckNodePort"] in NODE_PORTS
    assert made["status"] == {"loadBalancer": {}}
    after = world.update(SERVICES, changed(made, externalTrafficPolicy="Cluster"))
    assert "healthCheckNodePort" not in after["spec"]
    bare = world.create(SERVICES, service("b", type="LoadBalancer", allocateLoadBalancerNodePorts=False))
    assert "nodePort" not in bare["spec"]["ports"][0]


def test_a_dry_run_takes_nothing(world: KindWorld) -> None:
    made = world.create(SERVICES, service(clusterIP="127.99.0.5"), dry_run=True)
    assert made["spec"]["clusterIP"] == "127.99.0.5"
    assert claims(world) == set()


@pytest.mark.parametrize(
    ("spec", "field", "message"),
    [
        ({"ports": []}, "spec.ports", "Required value"),
        ({"ports": [{"port": 1}, {"port": 2, "name": "b"}]}, "spec.ports[0].name", "Required value"),
        ({"ports": [{"port": 1, "name": "b"}, {"port": 2, "name": "b"}]}, "spec.ports[1].name", 'Duplicate value: "b"'),
        (
            {"ports": [{"port": 1, "name": "a"}, {"port": 1, "name": "b"}]},
            "spec.ports[1]",
            'Duplicate value: {"protocol":"TCP","port":1}',
        ),
        ({"ports": [{"port": 70000}]}, "spec.ports[0].port", "Invalid value: 70000: must be between 1 and 65535, inclusive"),
        (
            {"ports": [{"port": 1, "nodePort": 30000}]},
            "spec.ports[0].nodePort",
            "Forbidden: may not be used when `type` is 'ClusterIP'",
        ),
        (
            {"type": "Magic"},
            "spec.type",
            'Unsupported value: "Magic": supported values: "ClusterIP", "ExternalName", "LoadBalancer", "NodePort"',
        ),
        ({"type": "NodePort", "clusterIP": "None"}, "spec.clusterIPs[0]", "may not be set to 'None' for NodePort services"),
        ({"externalTrafficPolicy": "Local"}, "spec.externalTrafficPolicy", "may only be set for externally-accessible services"),
        ({"loadBalancerClass": "a/b"}, "spec.loadBalancerClass", "Forbidden: may only be used when `type` is 'LoadBalancer'"),
        ({"externalIPs": ["x"]}, "spec.externalIPs[0]", 'Invalid value: "x": must be a valid IP address'),
        ({"selector": {"a b": "c"}}, "spec.selector", "name part must consist of"),
        (
            {"ipFamilyPolicy": "RequireDualStack"},
            "spec.ipFamilyPolicy",
            'Invalid value: "RequireDualStack": this cluster is not configured for dual-stack services',
        ),
    ],
)
def test_what_is_refused(world: KindWorld, spec: dict[str, Any], field: str, message: str) -> None:
    assert message in causes(world.create, SERVICES, service(**spec))[field]


def test_names_start_with_a_letter(world: KindWorld) -> None:
    assert "a DNS-1035 label must consist of" in causes(world.create, SERVICES, service("1st"))["metadata.name"]


def test_the_row_of_a_service(world: KindWorld) -> None:
    made = world.create(
        SERVICES, service(type="NodePort", selector={"b": "2", "a": "1"}, ports=[{"port": 80, "nodePort": 30080}])
    )
    row = world.row(SERVICES, made)
    assert row["Cluster-IP"] == made["spec"]["clusterIP"]
    assert (row["Type"], row["External-IP"], row["Port(s)"], row["Selector"]) == ("NodePort", "<none>", "80:30080/TCP", "a=1,b=2")
    balancer = world.create(SERVICES, service("lb", type="LoadBalancer"))
    assert world.row(SERVICES, balancer)["External-IP"] == "<pending>"
    ingress = {"loadBalancer": {"ingress": [{"ip": "1.2.3.4"}]}}
    assert world.row(SERVICES, {**balancer, "status": ingress})["External-IP"] == "1.2.3.4"
