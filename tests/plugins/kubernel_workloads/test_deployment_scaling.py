"""The arithmetic of rollouts as laws: bounds are kept in every state, and every rollout comes to its end."""

from hypothesis import given
from hypothesis import strategies as st

from kubernel.types.json import Object
from kubernel_workloads.deployment.scaling import (
    bounds,
    max_surge,
    max_unavailable,
    new_size,
    old_sizes,
    proportional_sizes,
)

COUNTS = st.integers(0, 40)
SHARES = st.one_of(st.integers(0, 20), st.integers(0, 100).map(lambda share: f"{share}%"))


def deployment(replicas: int, surge: int | str = 1, unavailable: int | str = 0, kind: str = "RollingUpdate") -> Object:
    strategy = {"type": kind, "rollingUpdate": {"maxSurge": surge, "maxUnavailable": unavailable}}
    return {"metadata": {"name": "d"}, "spec": {"replicas": replicas, "strategy": strategy}}


def replica_set(name: str, size: int, available: int, noted: int = 0) -> Object:
    annotations = {"deployment.kubernetes.io/max-replicas": str(noted)} if noted else {}
    metadata = {
        "name": name,
        "uid": name,
        "creationTimestamp": f"2026-01-01T00:00:0{len(name) % 10}Z",
        "annotations": annotations,
    }
    return {"metadata": metadata, "spec": {"replicas": size}, "status": {"replicas": size, "availableReplicas": available}}


def test_percentages_round_so_that_something_always_moves() -> None:
    assert bounds(deployment(3, "25%", "25%")) == (1, 0)
    assert bounds(deployment(10, "25%", "25%")) == (3, 2)
    assert bounds(deployment(1, 0, "25%")) == (0, 1)


def test_recreate_has_neither_surge_nor_unavailable() -> None:
    assert max_surge(deployment(3, kind="Recreate")) == 0
    assert max_unavailable(deployment(3, kind="Recreate")) == 0


@given(COUNTS, SHARES, SHARES, st.lists(COUNTS, max_size=3), COUNTS)
def test_the_new_size_never_passes_the_surge_and_never_shrinks(
    replicas: int, surge: int | str, unavailable: int | str, old: list[int], present: int
) -> None:
    wanted = deployment(replicas, surge, unavailable)
    newest = replica_set("new", min(present, replicas), 0)
    sets = [replica_set("o" * (i + 1), size, size) for i, size in enumerate(old)]
    size = new_size(wanted, [*sets, newest], newest)
    assert newest["spec"]["replicas"] <= size <= replicas
    if size > newest["spec"]["replicas"]:
        assert sum(old) + size <= replicas + max_surge(wanted)


@given(COUNTS, SHARES, SHARES, st.lists(st.tuples(COUNTS, COUNTS), max_size=3), st.tuples(COUNTS, COUNTS))
def test_shrinking_the_old_never_takes_availability_below_the_minimum(
    replicas: int, surge: int | str, unavailable: int | str, old: list[tuple[int, int]], present: tuple[int, int]
) -> None:
    wanted = deployment(replicas, surge, unavailable)
    newest = replica_set("new", present[0], min(present))
    sets = [replica_set("o" * (i + 1), size, min(size, ready)) for i, (size, ready) in enumerate(old)]
    before = sum(s["status"]["availableReplicas"] for s in [*sets, newest])
    sizes = old_sizes(wanted, newest, sets)
    # Unavailable pods are taken first, so what is left of each old replica set is available as far as it can be.
    after = newest["status"]["availableReplicas"] + sum(
        min(sizes.get(s["metadata"]["name"], s["spec"]["replicas"]), s["status"]["availableReplicas"]) for s in sets
    )
    minimum = replicas - max_unavailable(wanted)
    assert after >= min(before, minimum)
    assert all(0 <= size <= s["spec"]["replicas"] for s in sets if (size := sizes.get(s["metadata"]["name"])) is not None)


@given(st.integers(0, 30), st.integers(0, 30), SHARES, SHARES)
def test_every_rollout_ends_with_the_new_pods_alone(
    replicas: int, old_size: int, surge: int | str, unavailable: int | str
) -> None:
    wanted = deployment(replicas, surge, unavailable)
    newest, old = replica_set("new", 0, 0), replica_set("o", old_size, old_size)
    for _ in range(200):
        size = replicas if newest["spec"]["replicas"] > replicas else new_size(wanted, [old, newest], newest)
        grown = size != newest["spec"]["replicas"]
        newest = replica_set("new", size, newest["status"]["availableReplicas"])
        if not grown:
            shrunk = old_sizes(wanted, newest, [old]).get("o", old["spec"]["replicas"])
            if shrunk == old["spec"]["replicas"] and newest["status"]["availableReplicas"] == size:
                break
            old = replica_set("o", shrunk, min(shrunk, old["status"]["availableReplicas"]))
        newest = replica_set("new", newest["spec"]["replicas"], newest["spec"]["replicas"])
    assert (newest["spec"]["replicas"], old["spec"]["replicas"]) == (replicas, 0)


@given(st.integers(0, 50), SHARES, st.lists(st.integers(1, 30), min_size=1, max_size=4), st.integers(1, 60))
def test_proportional_scaling_gives_out_exactly_what_is_allowed(
    replicas: int, surge: int | str, sizes: list[int], noted: int
) -> None:
    wanted = deployment(replicas, surge, 1)
    sets = [replica_set("s" * (i + 1), size, size, noted) for i, size in enumerate(sizes)]
    scaled = proportional_sizes(wanted, sets)
    allowed = replicas + max_surge(wanted) if replicas else 0
    assert all(size >= 0 for size in scaled.values())
    assert sum(scaled.values()) >= allowed or allowed == sum(sizes)
    if allowed >= sum(sizes):
        assert sum(scaled.values()) == allowed
