"""Pods in the write pipeline: what is filled in, what may change, how they get a node and how they go."""

from typing import Any

import pytest

from kernel_pods import container, pod
from kind_world import KindWorld, causes
from kubernel.errors import ConflictError, InvalidError, NotFoundError
from kubernel.objects.core.pod.binding import bind
from kubernel.objects.core.pod.defaults import pull_policy
from kubernel.types.conditions import find_condition
from kubernel.types.well_known import PODS, SERVICE_ACCOUNTS


def test_a_plain_pod_gets_the_published_defaults(world: KindWorld) -> None:
    made = world.create(PODS, pod())
    spec, status = made["spec"], made["status"]
    assert {
        name: spec[name] for name in ("restartPolicy", "dnsPolicy", "schedulerName", "serviceAccountName", "serviceAccount")
    } == {
        "restartPolicy": "Always",
        "dnsPolicy": "ClusterFirst",
        "schedulerName": "default-scheduler",
        "serviceAccountName": "default",
        "serviceAccount": "default",
    }
    assert (spec["terminationGracePeriodSeconds"], spec["securityContext"], spec["enableServiceLinks"]) == (30, {}, True)
    assert (spec["priority"], spec["preemptionPolicy"]) == (0, "PreemptLowerPriority")
    assert spec["containers"][0] == {
        "name": "web",
        "image": "nginx",
        "imagePullPolicy": "Always",
        "resources": {},
        "terminationMessagePath": "/dev/termination-log",
        "terminationMessagePolicy": "File",
    }
    assert status == {"phase": "Pending", "qosClass": "BestEffort"}
    assert made["metadata"]["generation"] == 1


def test_a_pod_puts_up_with_a_sick_node_for_five_minutes(world: KindWorld) -> None:
    made = world.create(PODS, pod())
    assert [(t["key"], t["effect"], t["tolerationSeconds"]) for t in made["spec"]["tolerations"]] == [
        ("node.kubernetes.io/not-ready", "NoExecute", 300),
        ("node.kubernetes.io/unreachable", "NoExecute", 300),
    ]
    for_ever = pod("b", tolerations=[{"operator": "Exists"}])
    assert world.create(PODS, for_ever)["spec"]["tolerations"] == [{"operator": "Exists"}]


@pytest.mark.parametrize(
    ("image", "policy"),
    [
        ("nginx", "Always"),
        ("nginx:latest", "Always"),
        ("nginx:1.27", "IfNotPresent"),
        ("registry:5000/nginx", "Always"),
        ("registry:5000/nginx:1", "IfNotPresent"),
        ("nginx@sha256:0123", "IfNotPresent"),
    ],
)
def test_the_tag_says_when_an_image_is_pulled(image: str, policy: str) -> None:
    assert pull_policy(image) == policy


def test_requests_come_from_limits_and_make_the_quality_of_service(world: KindWorld) -> None:
    limits = {"cpu": "0.5", "memory": "1024Mi"}
    made = world.create(PODS, pod(containers=[container(resources={"limits": limits})]))
    assert made["spec"]["containers"][0]["resources"]["requests"] == {"cpu": "500m", "memory": "1Gi"}
    assert made["status"]["qosClass"] == "Guaranteed"
    burstable = world.create(PODS, pod("b", containers=[container(resources={"requests": {"cpu": "1"}})]))
    assert burstable["status"]["qosClass"] == "Burstable"


def test_probes_volumes_and_host_ports_get_their_defaults(world: KindWorld) -> None:
    web = container(ports=[{"containerPort": 80}], livenessProbe={"httpGet": {"port": 80}, "periodSeconds": 0})
    body = pod(hostNetwork=True, containers=[web], volumes=[{"name": "tmp"}, {"name": "conf", "configMap": {"name": "c"}}])
    spec = world.create(PODS, body)["spec"]
    assert spec["containers"][0]["ports"] == [{"containerPort": 80, "hostPort": 80, "protocol": "TCP"}]
    assert spec["containers"][0]["livenessProbe"] == {
        "httpGet": {"port": 80, "path": "/", "scheme": "HTTP"},
        "timeoutSeconds": 1,
        "periodSeconds": 10,
        "successThreshold": 1,
        "failureThreshold": 3,
    }
    assert spec["volumes"] == [{"name": "tmp", "emptyDir": {}}, {"name": "conf", "configMap": {"name": "c", "defaultMode": 420}}]


def test_a_client_cannot_make_up_a_status(world: KindWorld) -> None:
    made = world.create(PODS, {**pod(), "status": {"phase": "Running", "podIP": "1.2.3.4"}})
    assert made["status"] == {"phase": "Pending", "qosClass": "BestEffort"}


def test_gates_hold_a_pod_back_and_can_only_go(world: KindWorld) -> None:
    made = world.create(PODS, pod(schedulingGates=[{"name": "example.com/ready"}]))
    condition = find_condition(made, "PodScheduled")
    assert condition is not None
    assert (condition["status"], condition["reason"]) == ("False", "SchedulingGated")
    more = {**made, "spec": {**made["spec"], "schedulingGates": [{"name": "example.com/other"}]}}
    assert "found new scheduling gate 'example.com/other'" in causes(world.update, PODS, more)["spec.schedulingGates[0]"]
    narrowed = {**made, "spec": {**made["spec"], "schedulingGates": [], "nodeSelector": {"disk": "ssd"}}}
    assert world.update(PODS, narrowed)["spec"]["nodeSelector"] == {"disk": "ssd"}


def test_secrets_for_pulling_come_from_the_service_account(world: KindWorld) -> None:
    world.create(SERVICE_ACCOUNTS, {"metadata": {"name": "robot"}, "imagePullSecrets": [{"name": "registry"}]})
    made = world.create(PODS, pod(serviceAccountName="robot"))
    assert made["spec"]["imagePullSecrets"] == [{"name": "registry"}]


def changed(made: dict[str, Any], **spec: Any) -> dict[str, Any]:
    return {**made, "spec": {**made["spec"], **spec}}


def test_image_deadline_and_further_tolerations_may_change(world: KindWorld) -> None:
    made = world.create(PODS, pod())
    image = [{**made["spec"]["containers"][0], "image": "nginx:2"}]
    tolerations = [*made["spec"]["tolerations"], {"key": "a", "operator": "Exists"}]
    after = world.update(PODS, changed(made, containers=image, activeDeadlineSeconds=60, tolerations=tolerations))
    assert after["spec"]["containers"][0]["image"] == "nginx:2"
    assert after["spec"]["activeDeadlineSeconds"] == 60
    assert after["metadata"]["generation"] == 2
    longer = causes(world.update, PODS, changed(after, activeDeadlineSeconds=61))
    assert longer == {"spec.activeDeadlineSeconds": "Invalid value: 61: must be less than or equal to previous value"}


def test_nothing_else_may_change(world: KindWorld) -> None:
    made = world.create(PODS, pod())
    message = causes(world.update, PODS, changed(made, restartPolicy="Never"))["spec"]
    assert message.startswith(
        "Forbidden: pod updates may not change fields other than `spec.containers[*].image`,`spec.initContainers[*].image`,"
    )
    assert "spec.restartPolicy" in message
    grown = changed(made, containers=[*made["spec"]["containers"], container("second")])
    assert causes(world.update, PODS, grown) == {"spec.containers": "Forbidden: pod updates may not add or remove containers"}
    tolerant = world.create(PODS, pod("q", tolerations=[{"key": "b", "operator": "Exists"}]))
    fewer = causes(world.update, PODS, changed(tolerant, tolerations=[{"key": "a", "operator": "Exists"}]))
    assert fewer == {"spec.tolerations": "Forbidden: existing toleration can not be modified except its tolerationSeconds"}


def test_labels_may_change_and_an_empty_list_is_no_change(world: KindWorld) -> None:
    made = world.create(PODS, pod())
    after = world.update(PODS, {**changed(made, volumes=[]), "metadata": {**made["metadata"], "labels": {"a": "b"}}})
    assert after["metadata"]["labels"] == {"a": "b"}


def test_status_comes_through_its_own_path_and_keeps_the_quality_of_service(world: KindWorld) -> None:
    made = world.create(PODS, pod())
    after = world.update(PODS, {**made, "status": {"phase": "Running", "podIP": "127.64.0.9"}}, subresource="status")
    assert after["status"] == {"phase": "Running", "podIP": "127.64.0.9", "qosClass": "BestEffort"}
    wrong = causes(world.update, PODS, {**made, "status": {"podIPs": [{"ip": "nowhere"}]}}, subresource="status")
    assert list(wrong) == ["status.podIPs[0].ip"]


def test_a_container_that_has_ended_for_good_does_not_start_again(world: KindWorld) -> None:
    made = world.create(PODS, pod(restartPolicy="Never"))
    ended = {"containerStatuses": [{"name": "web", "state": {"terminated": {"exitCode": 1}}}]}
    world.update(PODS, {**made, "status": ended}, subresource="status")
    again = {"containerStatuses": [{"name": "web", "state": {"running": {}}}]}
    wrong = causes(world.update, PODS, {**made, "status": again}, subresource="status")
    assert wrong == {"status.containerStatuses[0].state": "Forbidden: may not be transitioned to non-terminated state"}


def test_binding_gives_a_pod_its_node_once(world: KindWorld) -> None:
    world.create(PODS, pod())
    binding = {"metadata": {"annotations": {"why": "best"}}, "target": {"kind": "Node", "name": "n1"}}
    bound = world.modify(PODS, "p", lambda obj: bind(obj, binding, world.clock.now()))
    assert bound["spec"]["nodeName"] == "n1"
    assert bound["metadata"]["annotations"] == {"why": "best"}
    condition = find_condition(bound, "PodScheduled")
    assert condition is not None
    assert condition["status"] == "True"
    assert "reason" not in condition
    with pytest.raises(ConflictError) as caught:
        world.modify(PODS, "p", lambda obj: bind(obj, {"target": {"name": "n2"}}))
    assert caught.value.message == ('Operation cannot be fulfilled on pods/binding "p": pod p is already assigned to node "n1"')


def test_binding_replaces_what_was_said_about_not_being_scheduled(world: KindWorld) -> None:
    made = world.create(PODS, pod())
    waiting = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/1 nodes are available"}
    status = {**made["status"], "nominatedNodeName": "n9", "conditions": [waiting]}
    world.update(PODS, {**made, "status": status}, subresource="status")
    bound = world.modify(PODS, "p", lambda obj: bind(obj, {"target": {"name": "n1"}}, world.clock.now()))
    assert [set(condition) for condition in bound["status"]["conditions"]] == [{"type", "status", "lastTransitionTime"}]
    assert "nominatedNodeName" not in bound["status"]


def test_a_binding_needs_a_node_and_a_pod_that_can_take_it(world: KindWorld) -> None:
    made = world.create(PODS, pod(schedulingGates=[{"name": "a.b/c"}]))
    with pytest.raises(InvalidError, match=r"target\.name: Required value"):
        world.modify(PODS, "p", lambda obj: bind(obj, {"target": {"kind": "Node"}}))
    with pytest.raises(ConflictError, match=r"has non-empty \.spec\.schedulingGates"):
        world.modify(PODS, "p", lambda obj: bind(obj, {"target": {"name": "n1"}}))
    with pytest.raises(ConflictError, match="Precondition failed"):
        world.modify(PODS, "p", lambda obj: bind(obj, {"metadata": {"uid": "x"}, "target": {"name": "n1"}}))
    dying = {**made, "metadata": {**made["metadata"], "deletionTimestamp": "2026-01-01T00:00:00Z"}}
    with pytest.raises(ConflictError, match="is being deleted, cannot be assigned to a host"):
        bind(dying, {"target": {"name": "n1"}})


def test_only_a_pod_on_a_node_gets_grace(world: KindWorld) -> None:
    world.create(PODS, pod())
    assert world.delete(PODS, "p").deleted
    world.create(PODS, pod("bound", nodeName="n1"))
    answer = world.delete(PODS, "bound")
    assert not answer.deleted
    assert answer.object["metadata"]["deletionGracePeriodSeconds"] == 30
    assert world.delete(PODS, "bound", grace=0).deleted
    with pytest.raises(NotFoundError):
        world.get(PODS, "bound")
    made = world.create(PODS, pod("done", nodeName="n1"))
    world.update(PODS, {**made, "status": {"phase": "Succeeded"}}, subresource="status")
    assert world.delete(PODS, "done").deleted


def test_pods_can_be_selected_by_their_fields(world: KindWorld) -> None:
    strategy = world.table.definition(PODS).strategy
    found = strategy.selectable(world.create(PODS, pod(nodeName="n1", hostNetwork=True)))
    assert set(found) == set(strategy.selectable_fields)
    assert (found["spec.nodeName"], found["spec.hostNetwork"], found["status.phase"]) == ("n1", "true", "Pending")


def test_what_only_later_steps_may_set_is_refused_on_creation(world: KindWorld) -> None:
    debugger = pod(ephemeralContainers=[container("debug")])
    assert causes(world.create, PODS, debugger) == {"spec.ephemeralContainers": "Forbidden: cannot be set on create"}
    gated = pod(schedulingGates=[{"name": "a.b/c"}], nodeName="n1")
    assert list(causes(world.create, PODS, gated)) == ["spec.nodeName"]
