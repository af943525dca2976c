"""What containers find in their environment."""

import base64
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kubernel.node.environment.expansion import expand
from kubernel.node.environment.service_variables import service_variables
from kubernel.types.json import Object
from kubernel.types.well_known import CONFIG_MAPS, SECRETS, SERVICES
from node_pods import make, make_pod


def config_map(name: str, **data: str) -> Object:
    return {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": name, "namespace": "default"}, "data": data}


def secret(name: str, **data: str) -> Object:
    encoded = {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}
    return {"kind": "Secret", "apiVersion": "v1", "metadata": {"name": name, "namespace": "default"}, "data": encoded}


def environment(node: Any, *env: Object, **fields: Any) -> dict[str, str]:
    node.run(make_pod(make(env=list(env), **fields)))
    found: dict[str, str] = node.runtime.config_of("web", "main").environment
    return found


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$(A)", "1"),
        ("x$(A)y$(B)z", "x1y2z"),
        ("$(C)", "$(C)"),
        ("$$(A)", "$(A)"),
        ("$$$(A)", "$1"),
        ("$A", "$A"),
        ("$(A", "$(A"),
        ("$", "$"),
        ("", ""),
    ],
)
def test_references_are_replaced_where_the_name_is_known(text: str, expected: str) -> None:
    assert expand(text, {"A": "1", "B": "2"}) == expected


@given(st.text(alphabet="ab $()", max_size=20))
def test_a_doubled_text_is_the_text_itself(text: str) -> None:
    assert expand(text.replace("$", "$$"), {"a": "1"}) == text


def test_values_fields_and_resources(node: Any) -> None:
    found = environment(
        node,
        {"name": "A", "value": "1"},
        {"name": "B", "value": "$(A)-$(MISSING)"},
        {"name": "IP", "valueFrom": {"fieldRef": {"fieldPath": "status.podIP"}}},
        {"name": "NAME", "valueFrom": {"fieldRef": {"fieldPath": "metadata.name"}}},
        {"name": "LABEL", "valueFrom": {"fieldRef": {"fieldPath": "metadata.labels['app']"}}},
        {"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}},
        {"name": "CPU", "valueFrom": {"resourceFieldRef": {"resource": "limits.cpu"}}},
        {"name": "MEMORY", "valueFrom": {"resourceFieldRef": {"resource": "requests.memory", "divisor": "1Mi"}}},
        {"name": "NOTHING", "value": None},
        resources={"limits": {"cpu": "1500m"}, "requests": {"memory": "100Mi"}},
    )
    wanted = {
        "A": "1",
        "B": "1-$(MISSING)",
        "IP": "127.64.0.1",
        "NAME": "web",
        "LABEL": "web",
        "NODE": "node-a",
        "CPU": "2",
        "MEMORY": "100",
        "NOTHING": "",
    }
    assert {name: found[name] for name in wanted} == wanted


def test_keys_of_config_maps_and_secrets(node: Any) -> None:
    node.client.put(CONFIG_MAPS, config_map("settings", color="blue", **{"not-a-name!": "x"}))
    node.client.put(SECRETS, secret("keys", password="geheim"))
    found = environment(
        node,
        {"name": "COLOR", "valueFrom": {"configMapKeyRef": {"name": "settings", "key": "color"}}},
        {"name": "PASSWORD", "valueFrom": {"secretKeyRef": {"name": "keys", "key": "password"}}},
        {"name": "ABSENT", "valueFrom": {"secretKeyRef": {"name": "nowhere", "key": "x", "optional": True}}},
        envFrom=[{"configMapRef": {"name": "settings"}, "prefix": "P_"}, {"secretRef": {"name": "no", "optional": True}}],
    )
    assert found["COLOR"] == "blue"
    assert found["PASSWORD"] == "geheim"
    assert found["P_color"] == "blue"
    assert "ABSENT" not in found
    assert "P_not-a-name!" not in found


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ({"configMapKeyRef": {"name": "nowhere", "key": "x"}}, 'configmap "nowhere" not found'),
        ({"secretKeyRef": {"name": "nowhere", "key": "x"}}, 'secret "nowhere" not found'),
        ({"configMapKeyRef": {"name": "settings", "key": "x"}}, "couldn't find key x in ConfigMap default/settings"),
        ({"fieldRef": {"fieldPath": "spec.nope"}}, "unsupported fieldPath"),
    ],
)
def test_what_is_not_there_holds_the_container_back_until_it_is(node: Any, source: Object, message: str) -> None:
    node.client.put(CONFIG_MAPS, config_map("settings", color="blue"))
    environment_of = make_pod(make(env=[{"name": "A", "valueFrom": source}]))
    node.run(environment_of)
    assert node.waiting() == "CreateContainerConfigError"
    assert message in node.entry()["state"]["waiting"]["message"]
    assert node.said(f"Error: {message}") or node.said(message)
    node.client.put(CONFIG_MAPS, config_map("settings", x="1"))
    node.client.put(CONFIG_MAPS, config_map("nowhere", x="1"))
    node.client.put(SECRETS, secret("nowhere", x="1"))
    node.advance(5)
    assert (node.get()["status"]["phase"] == "Running") is ("fieldRef" not in source)


def test_services_are_told_of_unless_the_pod_does_not_want_them(node: Any) -> None:
    port = {"name": "http-main", "port": 80, "protocol": "TCP"}
    web = {"kind": "Service", "apiVersion": "v1", "metadata": {"name": "my-web", "namespace": "default"}}
    node.client.put(SERVICES, {**web, "spec": {"clusterIP": "127.96.0.9", "ports": [port]}})
    found = environment(node)
    assert found["KUBERNETES_SERVICE_HOST"] == "127.96.0.1"
    assert found["KUBERNETES_SERVICE_PORT"] == "443"
    assert found["MY_WEB_SERVICE_HOST"] == "127.96.0.9"
    assert found["MY_WEB_SERVICE_PORT_HTTP_MAIN"] == "80"
    assert found["MY_WEB_PORT_80_TCP"] == "tcp://127.96.0.9:80"
    node.run(make_pod(name="other", enableServiceLinks=False))
    other = node.runtime.config_of("other", "main").environment
    assert "MY_WEB_SERVICE_HOST" not in other
    assert "KUBERNETES_SERVICE_HOST" in other


def test_headless_services_and_other_namespaces_give_no_variables() -> None:
    services = [
        {"metadata": {"name": "none", "namespace": "a"}, "spec": {"clusterIP": "None", "ports": [{"port": 1}]}},
        {"metadata": {"name": "far", "namespace": "b"}, "spec": {"clusterIP": "127.96.0.2", "ports": [{"port": 1}]}},
    ]
    assert service_variables(services, "a", links=True) == {}


def test_commands_and_arguments_are_expanded(node: Any) -> None:
    node.run(make_pod(make("main", "run", "$(A)", args=["$(B)", "$$(A)"], env=[{"name": "A", "value": "1"}])))
    config = node.runtime.config_of("web", "main")
    assert list(config.command) == ["run", "1"]
    assert list(config.args) == ["$(B)", "$(A)"]


def test_users_and_privileges(node: Any) -> None:
    pod = make_pod(make(securityContext={"runAsGroup": 7}), securityContext={"runAsUser": 5, "runAsGroup": 6})
    node.run(pod)
    config = node.runtime.config_of("web", "main")
    assert (config.user, config.group) == (5, 7)
