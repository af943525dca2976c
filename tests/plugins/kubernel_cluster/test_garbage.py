"""Garbage collection over the real registry, in the three ways of deleting."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cluster_world import add_node, cluster_world, config_map
from kubernel.errors import NotFoundError
from kubernel.testing.controllers import ControllerWorld
from kubernel.types.json import Object
from kubernel.types.references import ResourceType
from kubernel.types.well_known import CONFIG_MAPS, NAMESPACES, NODES
from kubernel_cluster.garbage.controller import GarbageCollector
from kubernel_cluster.garbage.graph import Graph, Node, Owner


@pytest.fixture
def world() -> Iterator[ControllerWorld]:
    world = cluster_world(GarbageCollector)
    world.run()
    yield world
    world.close()


def reference(owner: Object, *, blocks: bool = False) -> Object:
    metadata = owner["metadata"]
    found = {"apiVersion": owner["apiVersion"], "kind": owner["kind"], "name": metadata["name"], "uid": metadata["uid"]}
    return {**found, "blockOwnerDeletion": True} if blocks else found


def make(world: ControllerWorld, name: str, *owners: Object, blocks: bool = False) -> Object:
    owned = [reference(owner, blocks=blocks) for owner in owners]
    made = world.client.create(CONFIG_MAPS, config_map(name, owners=owned))
    world.run()
    return made


def rest(world: ControllerWorld) -> list[str]:
    world.settle()
    return world.names(CONFIG_MAPS)


def delete(world: ControllerWorld, name: str, propagation: str = "Background") -> None:
    world.client.delete(CONFIG_MAPS, name, "default", propagation=propagation)  # type: ignore[arg-type]


def test_dependents_go_after_their_owner(world: ControllerWorld) -> None:
    owner = make(world, "owner")
    child = make(world, "child", owner)
    make(world, "grandchild", child)
    make(world, "other")
    assert rest(world) == ["child", "grandchild", "other", "owner"]
    delete(world, "owner")
    assert rest(world) == ["other"]


def test_a_dependent_with_another_owner_stays_and_forgets_the_one_that_is_gone(world: ControllerWorld) -> None:
    first, second = make(world, "first"), make(world, "second")
    make(world, "child", first, second)
    delete(world, "first")
    assert rest(world) == ["child", "second"]
    (left,) = world.get(CONFIG_MAPS, "default/child")["metadata"]["ownerReferences"]
    assert left["uid"] == second["metadata"]["uid"]


def test_an_object_whose_owner_never_was_is_collected(world: ControllerWorld) -> None:
    ghost: Object = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "ghost", "uid": "no-such-uid"}}
    make(world, "child", ghost)
    assert rest(world) == []


def test_an_owner_of_the_same_name_but_another_uid_is_not_the_owner(world: ControllerWorld) -> None:
    owner = make(world, "owner")
    forged = {**owner, "metadata": {**owner["metadata"], "uid": "another"}}
    make(world, "child", forged)
    assert rest(world) == ["owner"]


def test_in_the_foreground_the_owner_goes_last(world: ControllerWorld) -> None:
    owner = make(world, "owner")
    make(world, "child", owner, blocks=True)
    held = config_map("held", owners=[reference(owner, blocks=True)], finalizers=["example.com/hold"])
    world.client.create(CONFIG_MAPS, held)
    world.run()
    delete(world, "owner", "Foreground")
    assert rest(world) == ["held", "owner"]
    assert world.get(CONFIG_MAPS, "default/owner")["metadata"]["finalizers"] == ["foregroundDeletion"]
    world.client.patch(CONFIG_MAPS, "held", {"metadata": {"finalizers": None}}, "default")
    assert rest(world) == []


def test_in_the_foreground_a_dependent_that_does_not_block_is_not_waited_for(world: ControllerWorld) -> None:
    owner = make(world, "owner")
    held = config_map("held", owners=[reference(owner)], finalizers=["example.com/hold"])
    world.client.create(CONFIG_MAPS, held)
    world.run()
    delete(world, "owner", "Foreground")
    assert rest(world) == ["held"]


def test_orphans_stay_without_their_owner(world: ControllerWorld) -> None:
    owner = make(world, "owner")
    make(world, "child", owner)
    delete(world, "owner", "Orphan")
    assert rest(world) == ["child"]
    assert not world.get(CONFIG_MAPS, "default/child")["metadata"].get("ownerReferences")


def test_two_objects_that_own_each_other_are_no_endless_wait(world: ControllerWorld) -> None:
    first = make(world, "first")
    second = make(world, "second", first, blocks=True)
    change = {"metadata": {"ownerReferences": [reference(second, blocks=True)]}}
    world.client.patch(CONFIG_MAPS, "first", change, "default")
    world.run()
    delete(world, "first", "Foreground")
    assert rest(world) == []


def test_an_owner_of_the_cluster_may_own_objects_of_namespaces(world: ControllerWorld) -> None:
    node = add_node(world)
    make(world, "child", node)
    assert rest(world) == ["child"]
    world.client.delete(NODES, "n1")
    assert rest(world) == []


def test_an_owner_in_another_namespace_is_no_owner(world: ControllerWorld) -> None:
    world.client.create(NAMESPACES, {"metadata": {"name": "apps"}})
    owner = world.client.create(CONFIG_MAPS, config_map("owner", "apps"))
    make(world, "child", owner)
    assert rest(world) == []


def test_an_owner_of_an_unknown_kind_is_left_open(world: ControllerWorld) -> None:
    ghost: Object = {"apiVersion": "example.com/v1", "kind": "Gadget", "metadata": {"name": "g", "uid": "u"}}
    make(world, "child", ghost)
    world.run()
    assert world.names(CONFIG_MAPS) == ["child"]
    assert [str(error) for _, _, error in world.failures] == ["the server offers no kind Gadget of example.com/v1 now"]
    world.failures.clear()


def test_a_graph_of_some_size_is_collected_whole(world: ControllerWorld) -> None:
    owner = make(world, "owner")
    for number in range(50):
        make(world, f"child-{number:02}", owner)
    delete(world, "owner")
    assert rest(world) == []
    with pytest.raises(NotFoundError):
        world.get(CONFIG_MAPS, "default/owner")


THINGS = ResourceType("", "v1", "things")
UIDS = st.sampled_from("abcde")


@given(st.lists(st.tuples(UIDS, st.one_of(st.none(), st.sets(UIDS)))))
def test_the_reverse_index_says_the_same_as_a_scan(steps: list[tuple[str, set[str] | None]]) -> None:
    graph, model = Graph(), dict[str, set[str]]()
    for uid, owners in steps:
        if owners is None:
            graph.remove(uid)
            model.pop(uid, None)
        else:
            references = tuple(Owner("v1", "Thing", owner, owner, False) for owner in owners)
            graph.put(Node(uid, THINGS, "default", uid, references))
            model[uid] = owners
    for uid in "abcde":
        assert {node.uid for node in graph.dependents(uid)} == {key for key, owners in model.items() if uid in owners}
