"""Lists: order, selectors, pages, resource versions."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kubernel.errors import BadRequestError, ExpiredError, InvalidError, RequestTimeoutError
from kubernel.registry.lists import decode_token, encode_token
from kubernel.types.selectors import parse_field_selector, parse_label_selector
from registry_world import CONFIGS, NAMESPACES, WIDGETS, World, keys, names


@pytest.fixture
def filled(world: World) -> World:
    world.create(NAMESPACES, {"metadata": {"name": "default-2"}}, "")
    world.create(NAMESPACES, {"metadata": {"name": "other"}}, "")
    for namespace in ("other", "default", "default-2"):
        for name in ("b", "a", "c"):
            world.create(CONFIGS, {"metadata": {"name": name, "labels": {"name": name, "in": namespace}}}, namespace)
    return world


def test_a_list_is_in_the_order_of_the_store(filled: World) -> None:
    stored = [entry.key.removeprefix("/registry/configs/") for entry in filled.store.list("/registry/configs/").entries]
    assert keys(filled.list(CONFIGS).items) == stored


def test_a_namespace_is_listed_alone(filled: World) -> None:
    assert keys(filled.list(CONFIGS, "default").items) == ["default/a", "default/b", "default/c"]
    assert keys(filled.list(CONFIGS, "nowhere").items) == []


def test_the_revision_is_one_to_watch_from(filled: World) -> None:
    assert filled.list(CONFIGS).revision == filled.store.revision()


@pytest.mark.parametrize(
    ("labels", "found"),
    [
        ("name=a", ["a", "a", "a"]),
        ("name in (a,b),in=other", ["a", "b"]),
        ("name!=a,in=default", ["b", "c"]),
        ("missing", []),
        ("!missing,in=default", ["a", "b", "c"]),
    ],
)
def test_labels_select(filled: World, labels: str, found: list[str]) -> None:
    assert names(filled.list(CONFIGS, labels=parse_label_selector(labels))) == found


@pytest.mark.parametrize(
    ("fields", "namespace", "found"),
    [
        ("metadata.name=a", "", ["default-2/a", "default/a", "other/a"]),
        ("metadata.name=a", "default", ["default/a"]),
        ("metadata.namespace=other,metadata.name=b", "", ["other/b"]),
        ("metadata.namespace=other", "default", []),
        ("metadata.namespace!=other,metadata.name=c", "", ["default-2/c", "default/c"]),
        ("metadata.name=a,metadata.name!=a", "", []),
    ],
)
def test_names_and_namespaces_select(filled: World, fields: str, namespace: str, found: list[str]) -> None:
    assert keys(filled.list(CONFIGS, namespace, fields=parse_field_selector(fields)).items) == found


def test_an_unknown_field_is_refused(world: World) -> None:
    with pytest.raises(BadRequestError, match=r"^field label not supported: spec.foo$"):
        world.list(CONFIGS, fields=parse_field_selector("spec.foo=x"))


def test_a_kinds_own_fields_select_and_their_index_follows_changes(world: World) -> None:
    def found(text: str, namespace: str = "") -> list[str]:
        return names(world.list(WIDGETS, namespace, fields=parse_field_selector(text)))

    world.widget("a", nodeName="n1")
    world.widget("b")
    assert found("spec.nodeName=n1") == ["a"]
    assert found("spec.nodeName=") == ["b"]
    world.widget("c", nodeName="n1")
    world.update(WIDGETS, "b", {"metadata": {"name": "b"}, "spec": {"nodeName": "n1"}})
    assert found("spec.nodeName=n1") == ["a", "b", "c"]
    assert found("spec.nodeName=n1", "elsewhere") == []
    assert found("spec.nodeName=") == []
    world.delete(WIDGETS, "c", grace_seconds=0)
    world.update(WIDGETS, "a", {"metadata": {"name": "a"}, "status": {"phase": "Done"}}, sub="status")
    assert found("spec.nodeName=n1") == ["a", "b"]
    assert found("spec.nodeName=n1,status.phase=Done") == ["a"]
    assert found("spec.nodeName!=n1") == []


def test_pages_cover_everything_once(filled: World) -> None:
    seen: list[str] = []
    answer = filled.list(CONFIGS, limit=2)
    remaining = [answer.remaining]
    seen += keys(answer.items)
    while answer.continue_token:
        answer = filled.list(CONFIGS, limit=2, continue_token=answer.continue_token)
        remaining.append(answer.remaining)
        seen += keys(answer.items)
    assert seen == keys(filled.list(CONFIGS).items)
    assert remaining == [7, 5, 3, 1, None]


def test_a_page_of_exactly_everything_is_the_last_one(filled: World) -> None:
    assert filled.list(CONFIGS, "default", limit=3).continue_token == ""
    assert filled.list(CONFIGS, "default", limit=2).remaining == 1


def test_pages_with_selectors_do_not_say_how_many_remain(filled: World) -> None:
    answer = filled.list(CONFIGS, labels=parse_label_selector("in=default"), limit=2)
    assert names(answer) == ["a", "b"]
    assert answer.remaining is None
    rest = filled.list(CONFIGS, labels=parse_label_selector("in=default"), limit=2, continue_token=answer.continue_token)
    assert names(rest) == ["c"]
    assert not rest.continue_token


def test_later_pages_show_the_state_of_the_first_one(filled: World) -> None:
    answer = filled.list(CONFIGS, "default", limit=1)
    filled.delete(CONFIGS, "b")
    filled.config("bb")
    filled.patch(CONFIGS, "c", {"data": {"new": "yes"}})
    rest = filled.list(CONFIGS, "default", limit=5, continue_token=answer.continue_token)
    assert names(rest) == ["b", "c"]
    assert "data" not in rest.items[1].object
    assert rest.revision == answer.revision


def test_an_expired_token_brings_a_new_one() -> None:
    world = World(options={"watch_window": 8})
    for name in "abcd":
        world.config(name)
    answer = world.list(CONFIGS, limit=1)
    for number in range(20):
        world.patch(CONFIGS, "a", {"data": {"n": str(number)}})
    world.delete(CONFIGS, "c")
    with pytest.raises(ExpiredError) as caught:
        world.list(CONFIGS, limit=1, continue_token=answer.continue_token)
    assert caught.value.message.startswith("The provided continue parameter is too old to display a consistent list result.")
    fresh = caught.value.status()["metadata"]["continue"]
    assert names(world.list(CONFIGS, continue_token=fresh)) == ["b", "d"]
    world.close()


@pytest.mark.parametrize("token", ["nonsense", "e30", "!!!", encode_token(-5, "a"), encode_token(3, "")])
def test_a_broken_token_is_refused(world: World, token: str) -> None:
    with pytest.raises(BadRequestError, match=r"^continue key is not valid"):
        world.list(CONFIGS, continue_token=token)


def test_a_token_says_its_own_resource_version(filled: World) -> None:
    answer = filled.list(CONFIGS, limit=1)
    with pytest.raises(BadRequestError, match=r"^specifying resource version is not allowed when using continue$"):
        filled.list(CONFIGS, limit=1, continue_token=answer.continue_token, resource_version="3")


def test_an_exact_revision_shows_the_past(filled: World) -> None:
    then = filled.list(CONFIGS, "default").revision
    filled.delete(CONFIGS, "a")
    answer = filled.list(CONFIGS, "default", resource_version=str(then), match="Exact")
    assert names(answer) == ["a", "b", "c"]
    assert answer.revision == then
    assert names(filled.list(CONFIGS, "default", resource_version=str(then))) == ["b", "c"]
    assert names(filled.list(CONFIGS, "default", resource_version="0")) == ["b", "c"]


def test_an_exact_revision_may_be_too_old() -> None:
    world = World(options={"watch_window": 8})
    world.config("a")
    then = world.list(CONFIGS).revision
    for number in range(20):
        world.patch(CONFIGS, "a", {"data": {"n": str(number)}})
    with pytest.raises(ExpiredError, match=r"^The resourceVersion for the provided list is too old.$"):
        world.list(CONFIGS, resource_version=str(then), match="Exact")
    world.close()


def test_a_revision_of_the_future_is_refused(world: World) -> None:
    with pytest.raises(RequestTimeoutError, match=r"^Too large resource version: 999, current: "):
        world.list(CONFIGS, resource_version="999")
    with pytest.raises(RequestTimeoutError):
        world.list(CONFIGS, resource_version="999", match="Exact")


def test_a_match_needs_a_resource_version(world: World) -> None:
    with pytest.raises(InvalidError, match=r"resourceVersionMatch is forbidden unless resourceVersion is provided"):
        world.list(CONFIGS, match="Exact")
    with pytest.raises(InvalidError, match=r'resourceVersionMatch "exact" is forbidden for resourceVersion "0"'):
        world.list(CONFIGS, match="Exact", resource_version="0")
    with pytest.raises(BadRequestError):
        world.list(CONFIGS, resource_version="abc")


@given(st.integers(0, 1 << 62), st.text(min_size=1))
def test_tokens_survive_the_journey(revision: int, start: str) -> None:
    assert decode_token(encode_token(revision, start)) == (revision, start)


WRITES = st.lists(st.tuples(st.sampled_from(["put", "delete"]), st.integers(0, 15)), max_size=12)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(present=st.sets(st.integers(0, 15)), limit=st.integers(1, 5), writes=st.lists(WRITES, max_size=12))
def test_paging_shows_everything_exactly_once_while_writes_go_on(
    present: set[int], limit: int, writes: list[list[tuple[str, int]]]
) -> None:
    world = World()
    for number in sorted(present):
        world.config(f"c{number:02}", n="0")
    expected = [(cached.key, cached.revision) for cached in world.list(CONFIGS, "default").items]
    answer = world.list(CONFIGS, "default", limit=limit)
    seen = [(cached.key, cached.revision) for cached in answer.items]
    for step in [*writes, *[[] for _ in range(20)]]:
        for verb, number in step:
            there = f"c{number:02}" in names(world.list(CONFIGS, "default"))
            if verb == "put":
                body = {"metadata": {"name": f"c{number:02}"}, "data": {"n": str(world.store.revision())}}
                world.update(CONFIGS, f"c{number:02}", body)
            elif there:
                world.delete(CONFIGS, f"c{number:02}")
        if not answer.continue_token:
            break
        answer = world.list(CONFIGS, "default", limit=limit, continue_token=answer.continue_token)
        seen += [(cached.key, cached.revision) for cached in answer.items]
    assert seen == expected
    world.close()
