"""What every client promises about reading and writing objects."""

import pytest

from kubernel.errors import (
    AlreadyExistsError,
    BadRequestError,
    ConflictError,
    InvalidError,
    NotFoundError,
    UnsupportedMediaTypeError,
)
from kubernel.ports.client import Client, Preconditions
from kubernel.testing.contracts.client_case import ClientCase, config_map, pod
from kubernel.types.references import ResourceType, key_of
from kubernel.types.well_known import CONFIG_MAPS, NODES, PODS

NOWHERE = ResourceType("example.com", "v1", "nothings")


class ObjectPromises(ClientCase):
    """Objects, their subresources, their lists, and what the server offers."""

    # --- single objects

    def test_what_was_created_can_be_got_with_its_kind(self, client: Client, name: str) -> None:
        made = client.create(CONFIG_MAPS, config_map(name, a="1"))
        assert made["metadata"]["uid"]
        assert made["metadata"]["resourceVersion"]
        got = client.get(CONFIG_MAPS, name, "default")
        assert got == made
        assert (got["kind"], got["apiVersion"], got["data"]) == ("ConfigMap", "v1", {"a": "1"})

    def test_a_name_is_generated_where_a_prefix_is_given(self, client: Client, name: str) -> None:
        made = client.create(CONFIG_MAPS, {"metadata": {"generateName": f"{name}-"}}, "default")
        assert made["metadata"]["name"].startswith(f"{name}-")

    def test_an_absent_object_is_named_in_the_error(self, client: Client) -> None:
        with pytest.raises(NotFoundError) as caught:
            client.get(CONFIG_MAPS, "absent", "default")
        assert str(caught.value) == 'configmaps "absent" not found'
        assert (caught.value.name, caught.value.kind, caught.value.code) == ("absent", "configmaps", 404)

    def test_an_unknown_resource_is_not_found(self, client: Client) -> None:
        with pytest.raises(NotFoundError):
            client.get(NOWHERE, "x", "default")
        with pytest.raises(NotFoundError):
            client.list(NOWHERE)

    def test_a_taken_name_is_refused(self, client: Client, name: str) -> None:
        client.create(CONFIG_MAPS, config_map(name))
        with pytest.raises(AlreadyExistsError):
            client.create(CONFIG_MAPS, config_map(name))

    def test_an_invalid_object_is_refused_with_its_causes(self, client: Client) -> None:
        with pytest.raises(InvalidError) as caught:
            client.create(CONFIG_MAPS, config_map("Not A Name"))
        assert [(cause.reason, cause.field) for cause in caught.value.causes] == [("FieldValueInvalid", "metadata.name")]

    def test_an_update_of_an_old_state_is_a_conflict(self, client: Client, name: str) -> None:
        made = client.create(CONFIG_MAPS, config_map(name))
        changed = client.update(CONFIG_MAPS, {**made, "data": {"a": "1"}})
        assert changed["metadata"]["resourceVersion"] != made["metadata"]["resourceVersion"]
        with pytest.raises(ConflictError):
            client.update(CONFIG_MAPS, {**made, "data": {"a": "2"}})
        assert client.get(CONFIG_MAPS, name, "default")["data"] == {"a": "1"}

    def test_what_was_handed_in_is_left_alone(self, client: Client, name: str) -> None:
        given, untouched = config_map(name, a="1"), config_map(name, a="1")
        client.create(CONFIG_MAPS, given)
        assert given == untouched

    def test_the_three_kinds_of_patches_do_the_same(self, client: Client, name: str) -> None:
        client.create(CONFIG_MAPS, config_map(name))
        client.patch(CONFIG_MAPS, name, {"data": {"a": "1"}}, "default")
        steps = [{"op": "add", "path": "/data/b", "value": "2"}]
        client.patch(CONFIG_MAPS, name, steps, "default", patch_type="application/json-patch+json")
        change = {"data": {"c": "3"}}
        patched = client.patch(CONFIG_MAPS, name, change, "default", patch_type="application/strategic-merge-patch+json")
        assert patched["data"] == {"a": "1", "b": "2", "c": "3"}

    def test_a_patch_that_names_an_old_version_is_a_conflict(self, client: Client, name: str) -> None:
        made = client.create(CONFIG_MAPS, config_map(name))
        version = made["metadata"]["resourceVersion"]
        client.patch(CONFIG_MAPS, name, {"data": {"a": "1"}}, "default")
        with pytest.raises(ConflictError):
            client.patch(CONFIG_MAPS, name, {"metadata": {"resourceVersion": version}, "data": {"a": "2"}}, "default")

    def test_an_unknown_kind_of_patch_is_refused(self, client: Client, name: str) -> None:
        client.create(CONFIG_MAPS, config_map(name))
        with pytest.raises(UnsupportedMediaTypeError):
            client.patch(CONFIG_MAPS, name, {}, "default", patch_type="text/plain")  # type: ignore[arg-type]

    # --- subresources

    def test_status_is_written_by_its_subresource_alone(self, client: Client, name: str) -> None:
        made = client.create(PODS, pod(name))
        client.update(PODS, {**made, "status": {"phase": "Running"}})
        assert client.get(PODS, name, "default")["status"]["phase"] == "Pending"
        client.patch(PODS, name, {"status": {"phase": "Running"}}, "default", subresource="status")
        assert client.get(PODS, name, "default", subresource="status")["status"]["phase"] == "Running"

    def test_a_pod_is_bound_once(self, client: Client, name: str) -> None:
        client.create(PODS, pod(name))
        binding = {"kind": "Binding", "apiVersion": "v1", "metadata": {"name": name}, "target": {"kind": "Node", "name": "n1"}}
        client.create(PODS, binding, "default", name=name, subresource="binding")
        assert client.get(PODS, name, "default")["spec"]["nodeName"] == "n1"
        with pytest.raises(ConflictError):
            client.create(PODS, binding, "default", name=name, subresource="binding")

    # --- deleting

    def test_a_deleted_object_is_gone(self, client: Client, name: str) -> None:
        client.create(CONFIG_MAPS, config_map(name))
        client.delete(CONFIG_MAPS, name, "default")
        with pytest.raises(NotFoundError):
            client.get(CONFIG_MAPS, name, "default")
        with pytest.raises(NotFoundError):
            client.delete(CONFIG_MAPS, name, "default")

    def test_a_precondition_keeps_another_object_from_being_deleted(self, client: Client, name: str) -> None:
        made = client.create(CONFIG_MAPS, config_map(name))
        with pytest.raises(ConflictError):
            client.delete(CONFIG_MAPS, name, "default", preconditions=Preconditions(uid="another"))
        client.delete(CONFIG_MAPS, name, "default", preconditions=Preconditions(uid=made["metadata"]["uid"]))

    def test_the_foreground_leaves_the_object_to_the_garbage_collector(self, client: Client, name: str) -> None:
        client.create(CONFIG_MAPS, config_map(name))
        client.delete(CONFIG_MAPS, name, "default", propagation="Foreground")
        metadata = client.get(CONFIG_MAPS, name, "default")["metadata"]
        assert metadata["finalizers"] == ["foregroundDeletion"]
        assert metadata["deletionTimestamp"]
        client.patch(CONFIG_MAPS, name, {"metadata": {"finalizers": None}}, "default")

    def test_grace_is_given_or_taken_away(self, client: Client, name: str) -> None:
        made = pod(name)
        made["spec"]["nodeName"] = "n1"
        client.create(PODS, made)
        client.delete(PODS, name, "default", grace_seconds=17)
        assert client.get(PODS, name, "default")["metadata"]["deletionGracePeriodSeconds"] == 17
        client.delete(PODS, name, "default", grace_seconds=0)
        with pytest.raises(NotFoundError):
            client.get(PODS, name, "default")

    def test_a_collection_is_deleted_by_its_selector(self, client: Client, namespace: str) -> None:
        for number in range(3):
            client.create(CONFIG_MAPS, config_map(f"c{number}", namespace, {"n": str(number)}))
        client.delete_collection(CONFIG_MAPS, namespace, label_selector="n!=1")
        assert [obj["metadata"]["name"] for obj in client.list(CONFIG_MAPS, namespace).items] == ["c1"]

    # --- lists

    def test_a_list_holds_the_namespace_or_everything(self, client: Client, namespace: str, name: str) -> None:
        client.create(CONFIG_MAPS, config_map("inside", namespace))
        client.create(CONFIG_MAPS, config_map(name))
        found = client.list(CONFIG_MAPS, namespace)
        assert [key_of(obj) for obj in found.items] == [f"{namespace}/inside"]
        assert (found.items[0]["kind"], found.items[0]["apiVersion"]) == ("ConfigMap", "v1")
        assert found.resource_version
        assert {f"{namespace}/inside", f"default/{name}"} <= {key_of(obj) for obj in client.list(CONFIG_MAPS).items}

    def test_a_list_selects_by_labels_and_fields(self, client: Client, namespace: str) -> None:
        for number in range(3):
            client.create(CONFIG_MAPS, config_map(f"c{number}", namespace, {"n": str(number)}))
        by_label = client.list(CONFIG_MAPS, namespace, label_selector="n in (0,2)")
        assert [obj["metadata"]["name"] for obj in by_label.items] == ["c0", "c2"]
        by_field = client.list(CONFIG_MAPS, namespace, field_selector="metadata.name=c1")
        assert [obj["metadata"]["name"] for obj in by_field.items] == ["c1"]

    def test_a_bad_selector_is_refused(self, client: Client) -> None:
        for wrong in ({"label_selector": "a in b"}, {"field_selector": "nonsense"}, {"field_selector": "spec.no=1"}):
            with pytest.raises(BadRequestError):
                client.list(CONFIG_MAPS, "default", **wrong)  # type: ignore[arg-type]

    def test_a_long_list_comes_in_pages(self, client: Client, namespace: str) -> None:
        for number in range(5):
            client.create(CONFIG_MAPS, config_map(f"c{number}", namespace))
        names, token = [], ""
        while True:
            page = client.list(CONFIG_MAPS, namespace, limit=2, continue_token=token)
            assert len(page.items) <= 2
            names += [obj["metadata"]["name"] for obj in page.items]
            token = page.continue_token
            if not token:
                break
        assert names == [f"c{number}" for number in range(5)]

    # --- discovery

    def test_discovery_names_resources_with_kind_scope_and_verbs(self, client: Client) -> None:
        found = {info.type: info for info in client.resources()}
        pods = found[PODS]
        assert (pods.kind, pods.namespaced) == ("Pod", True)
        assert {"get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"} <= pods.verbs
        assert not found[NODES].namespaced

    def test_a_path_that_is_nothing_is_not_found(self, client: Client) -> None:
        with pytest.raises(NotFoundError):
            list(client.raw("GET", "/no/such/path"))
