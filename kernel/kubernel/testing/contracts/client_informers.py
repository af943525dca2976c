"""What every client promises about informers."""

from kubernel.ports.client import Client, Informer
from kubernel.testing.contracts.client_case import PATIENCE, ClientCase, Told, config_map, pod, run_together
from kubernel.types.references import key_of
from kubernel.types.well_known import CONFIG_MAPS, NODES, PODS


class InformerPromises(ClientCase):
    """Following a resource."""

    def synced(self, informer: Informer) -> Informer:
        assert informer.wait_synced(PATIENCE)
        assert informer.synced
        return informer

    def test_an_informer_holds_what_there_is_and_tells_every_change(self, client: Client, namespace: str) -> None:
        client.create(CONFIG_MAPS, config_map("old", namespace))
        informer, told = self.synced(client.informer(CONFIG_MAPS, namespace)), Told()
        informer.add_handler(told)
        told.wait(("added", "old"))
        client.create(CONFIG_MAPS, config_map("new", namespace))
        client.patch(CONFIG_MAPS, "new", {"data": {"a": "1"}}, namespace)
        client.delete(CONFIG_MAPS, "new", namespace)
        told.wait(("added", "new"), ("changed", "new"), ("deleted", "new"))
        assert [key_of(obj) for obj in informer.list()] == [f"{namespace}/old"]
        held = informer.get(f"{namespace}/old")
        assert held is not None
        assert (held["kind"], held["apiVersion"]) == ("ConfigMap", "v1")
        assert informer.get(f"{namespace}/new") is None

    def test_a_late_handler_misses_nothing(self, client: Client, namespace: str) -> None:
        informer = self.synced(client.informer(CONFIG_MAPS, namespace))
        handlers: list[Told] = []
        for number in range(20):
            client.create(CONFIG_MAPS, config_map(f"c{number}", namespace))
            handlers.append(Told())
            informer.add_handler(handlers[-1])
        for told in handlers:
            told.wait(*(("added", f"c{number}") for number in (19,)))
            assert sorted(told.events) == sorted(("added", f"c{number}") for number in range(20))

    def test_the_same_selection_is_the_same_informer(self, client: Client, namespace: str) -> None:
        first = client.informer(CONFIG_MAPS, namespace, label_selector="a=b")
        assert client.informer(CONFIG_MAPS, namespace, label_selector="a=b") is first
        assert client.informer(CONFIG_MAPS, namespace) is not first

    def test_an_object_that_leaves_the_selection_is_told_as_deleted(self, client: Client, namespace: str) -> None:
        informer, told = self.synced(client.informer(CONFIG_MAPS, namespace, label_selector="in=yes")), Told()
        informer.add_handler(told)
        client.create(CONFIG_MAPS, config_map("a", namespace, {"in": "no"}))
        client.patch(CONFIG_MAPS, "a", {"metadata": {"labels": {"in": "yes"}}}, namespace)
        client.patch(CONFIG_MAPS, "a", {"metadata": {"labels": {"in": "no"}}}, namespace)
        told.wait(("added", "a"), ("deleted", "a"))
        assert list(informer.list()) == []

    def test_an_informer_may_select_by_fields(self, client: Client, name: str) -> None:
        informer, told = self.synced(client.informer(PODS, field_selector=f"spec.nodeName={name}")), Told()
        informer.add_handler(told)
        client.create(PODS, pod(name))
        binding = {"metadata": {"name": name}, "target": {"kind": "Node", "name": name}}
        client.create(PODS, binding, "default", name=name, subresource="binding")
        told.wait(("added", name))

    def test_an_index_finds_objects_by_value(self, client: Client, namespace: str) -> None:
        informer, told = self.synced(client.informer(CONFIG_MAPS, namespace)), Told()
        informer.add_index("value", lambda obj: tuple((obj.get("data") or {}).values()))
        informer.add_handler(told)
        client.create(CONFIG_MAPS, config_map("a", namespace, v="1"))
        client.create(CONFIG_MAPS, config_map("b", namespace, v="2"))
        told.wait(("added", "b"))
        assert [obj["metadata"]["name"] for obj in informer.by_index("value", "1")] == ["a"]
        client.patch(CONFIG_MAPS, "a", {"data": {"v": "2"}}, namespace)
        told.wait(("changed", "a"))
        assert list(informer.by_index("value", "1")) == []
        assert sorted(obj["metadata"]["name"] for obj in informer.by_index("value", "2")) == ["a", "b"]

    def test_metadata_alone_can_be_followed(self, client: Client, namespace: str) -> None:
        informer, told = self.synced(client.informer(CONFIG_MAPS, namespace, metadata_only=True)), Told()
        informer.add_handler(told)
        client.create(CONFIG_MAPS, config_map("a", namespace, {"l": "1"}, big="x" * 1000))
        told.wait(("added", "a"))
        held = informer.get(f"{namespace}/a")
        assert held is not None
        assert held["metadata"]["labels"] == {"l": "1"}
        assert "data" not in held
        assert "managedFields" not in held["metadata"]

    def test_objects_of_the_cluster_are_followed_under_their_name(self, client: Client, name: str) -> None:
        informer, told = self.synced(client.informer(NODES)), Told()
        informer.add_handler(told)
        client.create(NODES, {"kind": "Node", "apiVersion": "v1", "metadata": {"name": name}})
        told.wait(("added", name))
        assert informer.get(name) is not None

    def test_many_writers_leave_a_copy_that_agrees_with_the_server(self, client: Client, namespace: str) -> None:
        informer, told = self.synced(client.informer(CONFIG_MAPS, namespace)), Told()
        informer.add_handler(told)

        def write(number: int) -> None:
            client.create(CONFIG_MAPS, config_map(f"w{number}", namespace))
            for value in range(5):
                client.patch(CONFIG_MAPS, f"w{number}", {"data": {"v": str(value)}}, namespace)
            if number % 2:
                client.delete(CONFIG_MAPS, f"w{number}", namespace)

        run_together([lambda number=number: write(number) for number in range(4)])  # type: ignore[misc]
        client.create(CONFIG_MAPS, config_map("z", namespace))
        told.wait(("added", "z"))
        assert sorted(informer.list(), key=key_of) == list(client.list(CONFIG_MAPS, namespace).items)
