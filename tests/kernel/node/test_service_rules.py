"""From services and slices to rules."""

import pytest

from kubernel.node.service_rules import service_of, service_ports
from kubernel.ports.proxy import Backend
from kubernel.types.json import JSON, Object


def service(**spec: JSON) -> Object:
    ports = [{"name": "http", "protocol": "TCP", "port": 80, "targetPort": 8080}]
    return {"metadata": {"name": "web", "namespace": "default"}, "spec": {"clusterIP": "127.96.0.9", "ports": ports, **spec}}


def endpoint(address: str, node: str = "node-a", **conditions: bool) -> Object:
    return {"addresses": [address], "nodeName": node, "conditions": conditions}


def slice_of(*endpoints: Object, name: str = "web-1", **fields: JSON) -> Object:
    return {
        "metadata": {"name": name, "namespace": "default", "labels": {"kubernetes.io/service-name": "web"}},
        "addressType": "IPv4",
        "endpoints": list(endpoints),
        "ports": [{"name": "http", "protocol": "TCP", "port": 8080}],
        **fields,
    }


def test_a_service_gives_a_rule_for_each_port_with_its_ready_endpoints() -> None:
    slices = [slice_of(endpoint("127.64.0.3", ready=True), endpoint("127.64.0.2"), endpoint("127.64.0.4", ready=False))]
    (rule,) = service_ports(service(), slices, "node-a")
    assert (rule.namespace, rule.name, rule.port_name, rule.protocol, rule.port) == ("default", "web", "http", "TCP", 80)
    assert rule.addresses == ("127.96.0.9",)
    assert rule.backends == (Backend("127.64.0.2", 8080, True, "node-a"), Backend("127.64.0.3", 8080, True, "node-a"))


def test_a_service_without_slices_has_a_rule_without_backends() -> None:
    (rule,) = service_ports(service(), [], "node-a")
    assert rule.backends == ()


@pytest.mark.parametrize(
    "spec",
    [{"clusterIP": "None"}, {"clusterIP": ""}, {"type": "ExternalName", "externalName": "example.test"}],
)
def test_services_without_an_address_give_no_rules(spec: Object) -> None:
    assert list(service_ports(service(**spec), [], "node-a")) == []


def test_a_service_of_another_proxy_gives_no_rules() -> None:
    other = service()
    other["metadata"]["labels"] = {"service.kubernetes.io/service-proxy-name": "mesh"}
    assert list(service_ports(other, [], "node-a")) == []


def test_who_ends_keeps_connections_and_gets_new_ones_only_when_nobody_else_is_ready() -> None:
    ending = endpoint("127.64.0.2", ready=False, serving=True, terminating=True)
    (rule,) = service_ports(service(), [slice_of(ending, endpoint("127.64.0.3", ready=True))], "node-a")
    assert [(b.address, b.ready) for b in rule.backends] == [("127.64.0.2", False), ("127.64.0.3", True)]
    (rule,) = service_ports(service(), [slice_of(ending, endpoint("127.64.0.3", ready=False))], "node-a")
    assert [(b.address, b.ready) for b in rule.backends] == [("127.64.0.2", True)]


def test_who_ends_and_does_not_serve_is_no_backend() -> None:
    gone = endpoint("127.64.0.2", ready=False, serving=False, terminating=True)
    (rule,) = service_ports(service(), [slice_of(gone)], "node-a")
    assert rule.backends == ()


def test_slices_are_joined_and_an_endpoint_in_two_of_them_counts_once() -> None:
    slices = [
        slice_of(endpoint("127.64.0.2", ready=False), name="web-1"),
        slice_of(endpoint("127.64.0.2", ready=True), endpoint("127.64.0.3", ready=True), name="web-2"),
    ]
    (rule,) = service_ports(service(), slices, "node-a")
    assert [b.address for b in rule.backends] == ["127.64.0.2", "127.64.0.3"]


def test_ports_are_matched_by_name_and_protocol() -> None:
    ports = [{"name": "dns", "protocol": "UDP", "port": 53}, {"name": "http", "protocol": "TCP", "port": 80}]
    slices = [slice_of(endpoint("127.64.0.2"), ports=[{"name": "dns", "protocol": "UDP", "port": 5353}])]
    dns, http = service_ports(service(ports=ports), slices, "node-a")
    assert [(b.address, b.port) for b in dns.backends] == [("127.64.0.2", 5353)]
    assert http.backends == ()


def test_session_affinity_has_its_time_or_three_hours() -> None:
    (rule,) = service_ports(service(sessionAffinity="ClientIP"), [], "node-a")
    assert rule.affinity_seconds == 10800
    config = {"clientIP": {"timeoutSeconds": 60}}
    (rule,) = service_ports(service(sessionAffinity="ClientIP", sessionAffinityConfig=config), [], "node-a")
    assert rule.affinity_seconds == 60


def test_node_port_and_external_addresses_share_the_rule_of_the_cluster_address() -> None:
    ports = [{"port": 80, "nodePort": 30080}]
    wanted = service(ports=ports, type="NodePort", externalIPs=["127.0.0.5"])
    wanted["status"] = {"loadBalancer": {"ingress": [{"ip": "127.0.0.6"}, {"ip": "127.0.0.7", "ipMode": "Proxy"}]}}
    (rule,) = service_ports(wanted, [], "node-a")
    assert rule.addresses == ("127.96.0.9", "127.0.0.5", "127.0.0.6")
    assert (rule.node_port, rule.port_name, rule.protocol) == (30080, "", "TCP")


def test_local_external_traffic_has_a_rule_of_its_own_with_this_nodes_endpoints() -> None:
    ports = [{"name": "http", "port": 80, "nodePort": 30080}]
    slices = [slice_of(endpoint("127.64.0.2", "node-a"), endpoint("127.64.1.2", "node-b"))]
    inside, outside = service_ports(service(ports=ports, externalTrafficPolicy="Local"), slices, "node-a")
    assert (inside.addresses, inside.node_port, inside.local_only, len(inside.backends)) == (("127.96.0.9",), 0, False, 2)
    assert (outside.addresses, outside.node_port, outside.local_only) == ((), 30080, True)
    assert [b.address for b in outside.backends] == ["127.64.0.2"]


def test_local_internal_traffic_stays_on_the_node() -> None:
    slices = [slice_of(endpoint("127.64.0.2", "node-a"), endpoint("127.64.1.2", "node-b"))]
    (rule,) = service_ports(service(internalTrafficPolicy="Local"), slices, "node-b")
    assert [b.address for b in rule.backends] == ["127.64.1.2"]


def test_each_family_of_addresses_has_its_own_backends_and_the_first_one_the_node_port() -> None:
    wanted = service(clusterIPs=["127.96.0.9", "fd00::9"], ports=[{"name": "http", "port": 80, "nodePort": 30080}])
    six = slice_of(endpoint("fd00::2"), name="web-6", addressType="IPv6")
    first, second = service_ports(wanted, [slice_of(endpoint("127.64.0.2")), six], "node-a")
    assert (first.addresses, first.node_port) == (("127.96.0.9",), 30080)
    assert (second.addresses, second.node_port) == (("fd00::9",), 0)
    assert [b.address for b in second.backends] == ["fd00::2"]


def test_a_slice_says_whose_it_is() -> None:
    assert service_of(slice_of()) == "default/web"
    assert service_of({"metadata": {"name": "x", "namespace": "default"}}) == ""
