"""The official Python client against a real cluster: objects, lists, watches, patches, deletions, errors."""

import json
from typing import Any

import pytest

from waiting import eventually

kubernetes: Any = pytest.importorskip("kubernetes")
client: Any = kubernetes.client


def config_map(name: str, **data: str) -> Any:
    return client.V1ConfigMap(metadata=client.V1ObjectMeta(name=name, labels={"app": "test"}), data=data)


def deployment(name: str, replicas: int = 0) -> Any:
    container = client.V1Container(name="main", image="busybox", command=["sleep", "1000"])
    return client.V1Deployment(
        metadata=client.V1ObjectMeta(name=name),
        spec=client.V1DeploymentSpec(
            replicas=replicas,
            selector=client.V1LabelSelector(match_labels={"app": name}),
            template=client.V1PodTemplateSpec(
                metadata=client.V1ObjectMeta(labels={"app": name}),
                spec=client.V1PodSpec(containers=[container], termination_grace_period_seconds=0),
            ),
        ),
    )


def names(found: Any) -> list[str]:
    """Of a list, without what controllers put into every namespace."""
    return [item.metadata.name for item in found.items if item.metadata.name != "kube-root-ca.crt"]


def test_the_version_reads_like_a_kubernetes(api: Any) -> None:
    version = client.VersionApi(api).get_code()
    assert version.major == "1"
    assert int(version.minor.rstrip("+")) >= 30


def test_discovery_lists_the_groups_and_their_resources(api: Any, apps: Any) -> None:
    groups = {group.name for group in client.ApisApi(api).get_api_versions().groups}
    assert {"apps", "coordination.k8s.io", "discovery.k8s.io", "events.k8s.io"} <= groups
    resources = {resource.name for resource in apps.get_api_resources().resources}
    assert {"deployments", "deployments/scale", "deployments/status", "replicasets"} <= resources


def test_an_object_is_created_read_replaced_and_deleted(api: Any, core: Any, namespace: str) -> None:
    created = core.create_namespaced_config_map(namespace, config_map("a", key="1"))
    assert created.metadata.uid
    assert created.metadata.creation_timestamp.tzinfo is not None
    read = core.read_namespaced_config_map("a", namespace)
    assert read == created
    read.data = {"other": "2"}
    replaced = core.replace_namespaced_config_map("a", namespace, read)
    assert replaced.data == {"other": "2"}
    assert replaced.metadata.uid == created.metadata.uid
    status = api.sanitize_for_serialization(core.delete_namespaced_config_map("a", namespace))
    assert status["status"] == "Success"
    assert status["details"] == {"name": "a", "kind": "configmaps", "uid": created.metadata.uid}
    with pytest.raises(client.ApiException) as gone:
        core.read_namespaced_config_map("a", namespace)
    assert gone.value.status == 404


def test_a_dry_run_writes_nothing(core: Any, namespace: str) -> None:
    answer = core.create_namespaced_config_map(namespace, config_map("a", key="1"), dry_run="All")
    assert answer.metadata.uid
    assert names(core.list_namespaced_config_map(namespace)) == []


def test_names_are_generated(core: Any, namespace: str) -> None:
    metadata = client.V1ObjectMeta(generate_name="job-")
    made = [core.create_namespaced_config_map(namespace, client.V1ConfigMap(metadata=metadata)) for _ in range(2)]
    assert len({item.metadata.name for item in made}) == 2
    assert all(item.metadata.name.startswith("job-") for item in made)


def test_a_list_goes_on_page_by_page(core: Any, namespace: str) -> None:
    for number in range(7):
        core.create_namespaced_config_map(namespace, config_map(f"cm-{number}"))
    found, token, pages = [], None, 0
    while pages == 0 or token:
        page = core.list_namespaced_config_map(namespace, label_selector="app=test", limit=3, _continue=token)
        found += names(page)
        token, pages = page.metadata._continue, pages + 1
    assert (found, pages) == ([f"cm-{number}" for number in range(7)], 3)


def test_lists_select_by_labels_and_fields(core: Any, namespace: str) -> None:
    core.create_namespaced_config_map(namespace, config_map("a"))
    core.create_namespaced_config_map(namespace, config_map("b"))
    assert names(core.list_namespaced_config_map(namespace, field_selector="metadata.name!=a")) == ["b"]
    assert names(core.list_namespaced_config_map(namespace, label_selector="app in (test),absent!=x")) == ["a", "b"]
    everywhere = core.list_config_map_for_all_namespaces(label_selector="app=test")
    assert (namespace, "a") in {(item.metadata.namespace, item.metadata.name) for item in everywhere.items}


def test_a_watch_from_a_version_tells_what_came_after_it_and_ends_in_time(core: Any, namespace: str) -> None:
    core.create_namespaced_config_map(namespace, config_map("before"))
    version = core.list_namespaced_config_map(namespace).metadata.resource_version
    core.create_namespaced_config_map(namespace, config_map("a", key="1"))
    core.patch_namespaced_config_map("a", namespace, {"data": {"key": "2"}})
    core.delete_namespaced_config_map("a", namespace)
    watch = kubernetes.watch.Watch()
    stream = watch.stream(core.list_namespaced_config_map, namespace, resource_version=version, timeout_seconds=1)
    seen = [(event["type"], event["object"].metadata.name, event["object"].data) for event in stream]
    assert seen == [("ADDED", "a", {"key": "1"}), ("MODIFIED", "a", {"key": "2"}), ("DELETED", "a", {"key": "2"})]


def test_a_watch_without_a_version_begins_with_what_is_there_and_goes_on(core: Any, namespace: str) -> None:
    core.create_namespaced_config_map(namespace, config_map("a"))
    watch, seen = kubernetes.watch.Watch(), []
    for event in watch.stream(core.list_namespaced_config_map, namespace, label_selector="app=test", timeout_seconds=20):
        seen.append((event["type"], event["object"].metadata.name))
        if len(seen) == 1:
            core.create_namespaced_config_map(namespace, config_map("b"))
        else:
            watch.stop()
    assert seen == [("ADDED", "a"), ("ADDED", "b")]


def test_a_watch_from_a_version_that_never_was_is_refused(core: Any, namespace: str) -> None:
    with pytest.raises(client.ApiException) as refused:
        list(kubernetes.watch.Watch().stream(core.list_namespaced_config_map, namespace, resource_version="x", timeout_seconds=1))
    assert refused.value.status == 400


@pytest.mark.parametrize(
    ("content_type", "patch"),
    [
        ("application/merge-patch+json", {"spec": {"template": {"spec": {"nodeSelector": {"disk": "ssd"}}}}}),
        ("application/strategic-merge-patch+json", {"spec": {"template": {"spec": {"nodeSelector": {"disk": "ssd"}}}}}),
        (
            "application/json-patch+json",
            [{"op": "add", "path": "/spec/template/spec/nodeSelector", "value": {"disk": "ssd"}}],
        ),
    ],
)
def test_objects_are_patched_by_every_kind_of_patch(apps: Any, namespace: str, content_type: str, patch: Any) -> None:
    apps.create_namespaced_deployment(namespace, deployment("web"))
    patched = apps.patch_namespaced_deployment("web", namespace, patch, _content_type=content_type)
    assert patched.spec.template.spec.node_selector == {"disk": "ssd"}
    assert [container.name for container in patched.spec.template.spec.containers] == ["main"]


def test_a_strategic_patch_merges_lists_by_their_keys_and_a_merge_patch_replaces_them(apps: Any, namespace: str) -> None:
    apps.create_namespaced_deployment(namespace, deployment("web"))
    sidecar = {"spec": {"template": {"spec": {"containers": [{"name": "sidecar", "image": "busybox"}]}}}}

    def containers(content_type: str) -> list[str]:
        patched = apps.patch_namespaced_deployment("web", namespace, sidecar, _content_type=content_type)
        return sorted(container.name for container in patched.spec.template.spec.containers)

    assert containers("application/strategic-merge-patch+json") == ["main", "sidecar"]
    assert containers("application/merge-patch+json") == ["sidecar"]


def test_a_collection_is_deleted_by_its_labels(core: Any, namespace: str) -> None:
    for name in ("a", "b"):
        core.create_namespaced_config_map(namespace, config_map(name))
    core.create_namespaced_config_map(namespace, client.V1ConfigMap(metadata=client.V1ObjectMeta(name="other")))
    core.delete_collection_namespaced_config_map(namespace, label_selector="app=test")
    assert names(core.list_namespaced_config_map(namespace)) == ["other"]


@pytest.mark.parametrize(("policy", "left"), [("Background", 0), ("Foreground", 0), ("Orphan", 1)])
def test_a_deletion_takes_what_belongs_along_or_leaves_it(apps: Any, namespace: str, policy: str, left: int) -> None:
    apps.create_namespaced_deployment(namespace, deployment("web"))
    eventually(lambda: apps.list_namespaced_replica_set(namespace).items)
    apps.delete_namespaced_deployment("web", namespace, body=client.V1DeleteOptions(propagation_policy=policy))
    eventually(lambda: not apps.list_namespaced_deployment(namespace).items)
    eventually(lambda: len(apps.list_namespaced_replica_set(namespace).items) == left)
    if left:
        assert not apps.list_namespaced_replica_set(namespace).items[0].metadata.owner_references


def test_a_deletion_of_what_is_another_by_now_is_a_conflict(core: Any, namespace: str) -> None:
    core.create_namespaced_config_map(namespace, config_map("a"))
    wrong = client.V1DeleteOptions(preconditions=client.V1Preconditions(uid="no-such-uid"))
    with pytest.raises(client.ApiException) as refused:
        core.delete_namespaced_config_map("a", namespace, body=wrong)
    assert (refused.value.status, refused.value.reason) == (409, "Conflict")
    assert names(core.list_namespaced_config_map(namespace)) == ["a"]


def test_a_deployment_is_scaled_and_its_status_read(core: Any, apps: Any, namespace: str) -> None:
    apps.create_namespaced_deployment(namespace, deployment("web"))
    scaled = apps.patch_namespaced_deployment_scale("web", namespace, {"spec": {"replicas": 2}})
    assert (scaled.kind, scaled.spec.replicas) == ("Scale", 2)
    eventually(lambda: apps.read_namespaced_deployment_status("web", namespace).status.ready_replicas == 2)
    scale = apps.read_namespaced_deployment_scale("web", namespace)
    assert (scale.status.replicas, scale.status.selector) == (2, "app=web")
    scale.spec.replicas = 0
    apps.replace_namespaced_deployment_scale("web", namespace, scale)
    eventually(lambda: not core.list_namespaced_pod(namespace).items)


def pod(name: str, script: str) -> Any:
    container = client.V1Container(name="main", image="busybox", command=["sh", "-c", script])
    spec = client.V1PodSpec(containers=[container], restart_policy="Never", termination_grace_period_seconds=0)
    return client.V1Pod(metadata=client.V1ObjectMeta(name=name), spec=spec)


def phase(core: Any, name: str, namespace: str) -> str:
    return str(core.read_namespaced_pod(name, namespace).status.phase)


def test_the_log_of_a_pod_is_read_whole_or_in_part(core: Any, namespace: str) -> None:
    core.create_namespaced_pod(namespace, pod("talks", "echo one; echo two; echo three"))
    eventually(lambda: phase(core, "talks", namespace) == "Succeeded")
    assert core.read_namespaced_pod_log("talks", namespace) == "one\ntwo\nthree\n"
    assert core.read_namespaced_pod_log("talks", namespace, tail_lines=1) == "three\n"
    assert core.read_namespaced_pod_log("talks", namespace, limit_bytes=5) == "one\nt"
    stamped = core.read_namespaced_pod_log("talks", namespace, timestamps=True).splitlines()
    assert [line.split(" ", 1)[1] for line in stamped] == ["one", "two", "three"]
    with pytest.raises(client.ApiException) as refused:
        core.read_namespaced_pod_log("talks", namespace, container="other")
    assert (refused.value.status, refused.value.reason) == (400, "Bad Request")


def test_a_log_is_followed_to_its_end(core: Any, namespace: str) -> None:
    """Once as the raw body, once line by line as the client's watch gives it."""
    core.create_namespaced_pod(namespace, pod("counts", "for n in 1 2 3; do echo $n; sleep 0.2; done"))
    eventually(lambda: phase(core, "counts", namespace) != "Pending")
    body = core.read_namespaced_pod_log("counts", namespace, follow=True, _preload_content=False)
    assert b"".join(body.stream()) == b"1\n2\n3\n"
    body.release_conn()
    watch = kubernetes.watch.Watch()
    assert list(watch.stream(core.read_namespaced_pod_log, "counts", namespace, follow=True)) == ["1", "2", "3"]


def test_the_dynamic_client_finds_kinds_by_discovery(api: Any, namespace: str) -> None:
    dynamic = kubernetes.dynamic.DynamicClient(api)
    deployments = dynamic.resources.get(api_version="apps/v1", kind="Deployment")
    body = api.sanitize_for_serialization(deployment("web"))
    assert deployments.create(body=body, namespace=namespace).spec.replicas == 0
    assert [item.metadata.name for item in deployments.get(namespace=namespace).items] == ["web"]
    patched = deployments.patch(
        name="web", namespace=namespace, body={"spec": {"paused": True}}, content_type="application/merge-patch+json"
    )
    assert patched.spec.paused is True
    version = deployments.get(name="web", namespace=namespace).metadata.resourceVersion
    deployments.delete(name="web", namespace=namespace)
    events = deployments.watch(namespace=namespace, resource_version=version, timeout=20)
    assert any(event["type"] == "DELETED" for event in events)


def test_server_side_names_of_resources_lead_to_their_kinds(api: Any) -> None:
    dynamic = kubernetes.dynamic.DynamicClient(api)
    found = dynamic.resources.get(short_names=["deploy"])
    assert (found.kind, found.group_version, found.namespaced) == ("Deployment", "apps/v1", True)


def test_errors_carry_status_reason_and_a_status_object(core: Any, namespace: str) -> None:
    core.create_namespaced_config_map(namespace, config_map("a"))

    def refused(call: Any, *arguments: Any, **named: Any) -> tuple[int, str, dict[str, Any]]:
        with pytest.raises(client.ApiException) as raised:
            call(*arguments, **named)
        return raised.value.status, raised.value.reason, json.loads(raised.value.body)

    code, reason, body = refused(core.create_namespaced_config_map, namespace, config_map("a"))
    assert (code, reason, body["reason"]) == (409, "Conflict", "AlreadyExists")
    code, reason, body = refused(core.read_namespaced_config_map, "absent", namespace)
    assert (code, reason, body["reason"]) == (404, "Not Found", "NotFound")
    assert body["details"] == {"name": "absent", "kind": "configmaps"}
    code, reason, body = refused(core.create_namespaced_config_map, namespace, config_map("No Name"))
    assert (code, reason, body["reason"]) == (422, "Unprocessable Entity", "Invalid")
    assert [cause["field"] for cause in body["details"]["causes"]] == ["metadata.name"]
    stale = client.V1ConfigMap(metadata=client.V1ObjectMeta(name="a", resource_version="1"))
    code, reason, body = refused(core.replace_namespaced_config_map, "a", namespace, stale)
    assert (code, reason, body["reason"]) == (409, "Conflict", "Conflict")
    code, reason, body = refused(core.list_namespaced_config_map, namespace, label_selector="a=(")
    assert (code, reason, body["reason"]) == (400, "Bad Request", "BadRequest")


def test_a_nobody_is_told_so(cluster: Any, namespace: str) -> None:
    configuration = client.Configuration()
    kubernetes.config.load_kube_config(str(cluster.kubeconfig), client_configuration=configuration)
    configuration.cert_file = configuration.key_file = None
    configuration.api_key = {"authorization": "Bearer no-such-token"}
    with client.ApiClient(configuration) as api, pytest.raises(client.ApiException) as refused:
        client.CoreV1Api(api).list_namespaced_pod(namespace)
    assert (refused.value.status, refused.value.reason) == (401, "Unauthorized")
