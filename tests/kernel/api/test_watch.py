"""Watching: replay, selectors, bookmarks, streaming lists, and every way in which a watch ends."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from api_world import Api, World, running
from kubernel.api.hub import HubOptions
from kubernel.api.pki import Pki
from kubernel.errors import CompactedError
from waiting import eventually


@pytest.fixture
def configs(namespace: str) -> str:
    return f"/api/v1/namespaces/{namespace}/configs"


def revision(api: Api, path: str) -> str:
    return str(api.get(path).json()["metadata"]["resourceVersion"])


def labelled(name: str, **labels: str) -> dict[str, object]:
    return {"metadata": {"name": name, "labels": labels}}


def test_a_watch_tells_what_happens_after_its_revision(api: Api, configs: str) -> None:
    start = revision(api, configs)
    with api.watch(f"{configs}?watch=true&resourceVersion={start}") as watch:
        created = api.post(configs, {"metadata": {"name": "a"}}).json()
        event = watch.next()
        assert event == {"type": "ADDED", "object": created}
        changed = api.patch(f"{configs}/a", {"data": {"x": "1"}}).json()
        assert watch.next() == {"type": "MODIFIED", "object": changed}
        api.delete(f"{configs}/a")
        gone = watch.next()
        assert gone["type"] == "DELETED"
        assert int(gone["object"]["metadata"]["resourceVersion"]) > int(changed["metadata"]["resourceVersion"])


def test_changes_since_a_past_revision_are_replayed(api: Api, configs: str) -> None:
    start = revision(api, configs)
    api.post(configs, {"metadata": {"name": "a"}})
    api.patch(f"{configs}/a", {"data": {"x": "1"}})
    api.delete(f"{configs}/a")
    with api.watch(f"{configs}?watch=1&resourceVersion={start}") as watch:
        assert watch.take(3) == [("ADDED", "a"), ("MODIFIED", "a"), ("DELETED", "a")]


@pytest.mark.parametrize("version", ["", "&resourceVersion=0"])
def test_without_a_revision_the_present_comes_first(api: Api, configs: str, version: str) -> None:
    for name in ("a", "b"):
        api.post(configs, {"metadata": {"name": name}})
    with api.watch(f"{configs}?watch=true{version}") as watch:
        assert watch.take(2) == [("ADDED", "a"), ("ADDED", "b")]
        api.delete(f"{configs}/a")
        assert watch.take(1) == [("DELETED", "a")]


def test_other_namespaces_do_not_show(api: Api, configs: str) -> None:
    with api.watch(f"{configs}?watch=true") as watch:
        api.post("/api/v1/namespaces/default/configs", {"metadata": {"generateName": "elsewhere-"}})
        api.post(configs, {"metadata": {"name": "here"}})
        assert watch.take(1) == [("ADDED", "here")]


def test_one_object_may_be_watched_by_its_name(api: Api, configs: str) -> None:
    with api.watch(f"{configs}/b?watch=true") as watch:
        for name in ("a", "b"):
            api.post(configs, {"metadata": {"name": name}})
        assert watch.take(1) == [("ADDED", "b")]


def test_what_enters_a_selector_is_added_and_what_leaves_is_deleted(api: Api, configs: str) -> None:
    with api.watch(f"{configs}?watch=true&labelSelector=color%3Dred") as watch:
        api.post(configs, labelled("a", color="blue"))
        api.patch(f"{configs}/a", {"metadata": {"labels": {"color": "red"}}})
        api.patch(f"{configs}/a", {"data": {"x": "1"}})
        api.patch(f"{configs}/a", {"metadata": {"labels": {"color": "green"}}})
        api.delete(f"{configs}/a")
        api.post(configs, labelled("b", color="red"))
        events = [watch.next() for _ in range(4)]
    assert [(e["type"], e["object"]["metadata"]["name"]) for e in events] == [
        ("ADDED", "a"),
        ("MODIFIED", "a"),
        ("DELETED", "a"),
        ("ADDED", "b"),
    ]
    assert events[2]["object"]["metadata"]["labels"] == {"color": "red"}


def test_exact_fields_are_followed_through_changes(api: Api, namespace: str) -> None:
    widgets = f"/apis/test.io/v1/namespaces/{namespace}/widgets"
    with api.watch(f"/apis/test.io/v1/widgets?watch=true&fieldSelector=spec.nodeName%3Dn-{namespace}") as watch:
        api.post(widgets, {"metadata": {"name": "w"}, "spec": {}})
        api.patch(f"{widgets}/w", {"spec": {"nodeName": f"n-{namespace}"}})
        assert watch.take(1) == [("ADDED", "w")]
        api.patch(f"{widgets}/w", {"spec": {"nodeName": "other"}})
        assert watch.take(1) == [("DELETED", "w")]


def test_a_watch_may_be_of_tables(api: Api, configs: str) -> None:
    accept = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json"
    with api.watch(f"{configs}?watch=true", Accept=accept) as watch:
        assert watch.headers["content-type"] == "application/json;as=Table;v=v1;g=meta.k8s.io"
        api.post(configs, {"metadata": {"name": "a"}})
        event = watch.next()
    assert event["object"]["kind"] == "Table"
    assert event["object"]["rows"][0]["cells"][0] == "a"


def test_a_watch_may_be_of_metadata(api: Api, configs: str) -> None:
    accept = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io"
    with api.watch(f"{configs}?watch=true", Accept=accept) as watch:
        api.post(configs, {"metadata": {"name": "a"}, "data": {"x": "1"}})
        assert watch.next()["object"].keys() == {"kind", "apiVersion", "metadata"}


def test_a_view_is_watched_in_its_own_form(api: Api, namespace: str, configs: str) -> None:
    with api.watch(f"/apis/view.io/v1/namespaces/{namespace}/views?watch=true") as watch:
        api.post(configs, {"metadata": {"name": "a"}, "data": {"x": "1"}})
        assert watch.next()["object"]["entries"] == {"x": "1"}


def test_a_watch_ends_properly_when_its_time_is_up(api: Api, configs: str) -> None:
    with api.watch(f"{configs}?watch=true&timeoutSeconds=1") as watch:
        assert watch.rest() == []


def test_a_streaming_list_marks_the_end_of_the_beginning(api: Api, configs: str) -> None:
    api.post(configs, {"metadata": {"name": "a"}})
    query = "watch=true&sendInitialEvents=true&allowWatchBookmarks=true&resourceVersionMatch=NotOlderThan"
    with api.watch(f"{configs}?{query}") as watch:
        assert watch.take(1) == [("ADDED", "a")]
        mark = watch.next()
        assert mark["type"] == "BOOKMARK"
        assert mark["object"]["metadata"]["annotations"] == {"k8s.io/initial-events-end": "true"}
        assert int(mark["object"]["metadata"]["resourceVersion"]) >= int(revision(api, configs))
        api.delete(f"{configs}/a")
        assert watch.take(1) == [("DELETED", "a")]


def test_a_streaming_list_may_do_without_its_beginning(api: Api, configs: str) -> None:
    api.post(configs, {"metadata": {"name": "a"}})
    query = "watch=true&sendInitialEvents=false&resourceVersionMatch=NotOlderThan"
    with api.watch(f"{configs}?{query}") as watch:
        api.post(configs, {"metadata": {"name": "b"}})
        assert watch.take(1) == [("ADDED", "b")]


def test_a_long_beginning_arrives_whole_before_what_happens_meanwhile(api: Api, configs: str) -> None:
    for number in range(300):
        api_body = {"metadata": {"name": f"n{number:03}"}, "data": {"x": "y" * 3000}}
        api.post(configs, api_body)
    with api.watch(f"{configs}?watch=true") as watch:
        api.post(configs, {"metadata": {"name": "z"}})
        names = [name for _, name in watch.take(301)]
    assert names == [*(f"n{number:03}" for number in range(300)), "z"]


def test_many_watchers_see_the_same(world: World, api: Api, configs: str) -> None:
    def follow(_: int) -> list[tuple[str, str]]:
        with api.watch(f"{configs}?watch=true") as watch:
            return watch.take(20)

    before = watchers(api)
    with ThreadPoolExecutor(20) as pool:
        seen = pool.map(follow, range(20))
        eventually(lambda: watchers(api) == before + 20)
        for number in range(20):
            api.post(configs, {"metadata": {"name": f"n{number:02}"}})
        assert all(events == [("ADDED", f"n{number:02}") for number in range(20)] for events in seen)
    eventually(lambda: watchers(api) == before)


def watchers(api: Api) -> float:
    lines = api.get("/metrics").body.decode().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("kubernel_watchers "))


@pytest.fixture
def small(tmp_path: Path, pki: Pki) -> Iterator[World]:
    """A server with small buffers and quick bookmarks."""
    options = HubOptions(buffer_bytes=100_000, bookmark_seconds=0.05)
    with running(tmp_path, pki, hub=options) as world:
        yield world


def test_bookmarks_tell_how_far_a_watch_is(small: World) -> None:
    api = small.admin
    configs = "/api/v1/namespaces/default/configs"
    start = revision(api, configs)
    with api.watch(f"{configs}?watch=true&allowWatchBookmarks=true&resourceVersion={start}") as watch:
        secret = api.post("/api/v1/namespaces/default/secrets", {"metadata": {"name": "s"}}).json()
        last = int(secret["metadata"]["resourceVersion"])
        event = watch.next()
        while int(event["object"]["metadata"]["resourceVersion"]) < last:
            event = watch.next()
    assert event["type"] == "BOOKMARK"
    assert (event["object"]["kind"], event["object"]["apiVersion"]) == ("Config", "v1")


def test_a_watch_without_the_wish_gets_no_bookmarks(small: World) -> None:
    api, configs = small.admin, "/api/v1/namespaces/default/configs"
    with api.watch(f"{configs}?watch=true&timeoutSeconds=1") as watch:
        assert watch.rest() == []


def test_a_bookmark_ends_a_watch_that_wants_them(world: World, api: Api, configs: str) -> None:
    with api.watch(f"{configs}?watch=true&timeoutSeconds=1&allowWatchBookmarks=true") as watch:
        api.post(configs, {"metadata": {"name": "a"}})
        events = watch.rest()
    assert [event["type"] for event in events] == ["ADDED", "BOOKMARK"]


def test_a_client_that_does_not_keep_up_is_told_to_list_again(small: World) -> None:
    api, configs = small.admin, "/api/v1/namespaces/default/configs"
    with api.watch(f"{configs}?watch=true") as watch:
        body = {"metadata": {"name": "big"}, "data": {"x": "y" * 500_000}}
        assert api.post(configs, body).status == 201
        for number in range(30):
            if watchers(api) == 0:
                break
            api.patch(f"{configs}/big", {"data": {"n": str(number)}})
        assert watchers(api) == 0
        last = watch.rest()[-1]
    assert last["type"] == "ERROR"
    assert (last["object"]["code"], last["object"]["reason"]) == (410, "Expired")


def test_a_revision_that_is_forgotten_gives_410_in_an_error_event(tmp_path: Path, pki: Pki) -> None:
    with running(tmp_path, pki) as world:
        api, configs = world.admin, "/api/v1/namespaces/default/configs"
        api.get(configs)
        with api.watch(f"{configs}?watch=true&resourceVersion=1") as watch:
            event = watch.next()
            assert watch.rest() == []
    assert event["type"] == "ERROR"
    assert (event["object"]["code"], event["object"]["reason"]) == (410, "Expired")


def test_a_store_that_lost_its_history_ends_watches_and_new_ones_work(tmp_path: Path, pki: Pki) -> None:
    with running(tmp_path, pki) as world:
        api, configs = world.admin, "/api/v1/namespaces/default/configs"
        with api.watch(f"{configs}?watch=true") as watch:
            world.store.drop_watches(CompactedError(1, 2))
            last = watch.rest()[-1]
        assert (last["type"], last["object"]["code"]) == ("ERROR", 410)
        eventually(lambda: api.get(configs).status == 200)
        with api.watch(f"{configs}?watch=true") as watch:
            api.post(configs, {"metadata": {"name": "a"}})
            assert watch.take(1) == [("ADDED", "a")]


def test_a_watch_of_yaml_is_not_acceptable(api: Api, configs: str) -> None:
    assert api.get(f"{configs}?watch=true", Accept="application/yaml").status == 406


def test_a_watch_by_http_1_0_is_refused(api: Api, configs: str) -> None:
    with api.raw() as stream:
        stream.sendall(f"GET {configs}?watch=true HTTP/1.0\r\n\r\n".encode())
        assert b"a stream of events needs HTTP/1.1" in stream.recv(10_000)
