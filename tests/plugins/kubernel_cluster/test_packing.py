"""Packing endpoints into slices, as laws."""

from hypothesis import given
from hypothesis import strategies as st

from kubernel.types.json import Object
from kubernel_cluster.endpoints.packing import Ports, identity, plan, ports_of

PORTS: Ports = (("http", 80, "TCP", ""),)
OTHER: Ports = (("http", 81, "TCP", ""),)
LABELS = {"kubernetes.io/service-name": "web"}
LIMIT = 5


def endpoint(uid: str, ready: bool = True) -> Object:
    return {"addresses": ["127.64.0.1"], "conditions": {"ready": ready}, "targetRef": {"uid": uid}}


def applied(present: list[Object], wanted: dict[Ports, list[Object]]) -> tuple[list[Object], int]:
    """The slices after a plan, and how many writes it took."""
    changes = plan(present, wanted, "IPv4", LABELS, LIMIT)
    gone = {found["metadata"]["name"] for found in changes.delete}
    changed = {found["metadata"]["name"]: found for found in changes.update}
    kept = [changed.get(found["metadata"]["name"], found) for found in present if found["metadata"]["name"] not in gone]
    taken = {found["metadata"]["name"] for found in present}
    names = (name for name in (f"s{number}" for number in range(1000)) if name not in taken)
    made = [{**found, "metadata": {**found["metadata"], "name": next(names)}} for found in changes.create]
    return [*kept, *made], len(changes.create) + len(changes.update) + len(changes.delete)


def held(slices: list[Object]) -> dict[Ports, list[tuple[str, bool]]]:
    found: dict[Ports, list[tuple[str, bool]]] = {}
    for piece in slices:
        for one in piece["endpoints"]:
            found.setdefault(ports_of(piece), []).append((identity(one), one["conditions"]["ready"]))
    return {ports: sorted(endpoints) for ports, endpoints in found.items()}


STATES = st.dictionaries(st.integers(0, 20).map(str), st.tuples(st.booleans(), st.booleans()))


def wanted_of(state: dict[str, tuple[bool, bool]]) -> dict[Ports, list[Object]]:
    wanted: dict[Ports, list[Object]] = {}
    for uid, (other, ready) in state.items():
        wanted.setdefault(OTHER if other else PORTS, []).append(endpoint(uid, ready))
    return wanted


@given(st.lists(STATES, min_size=1, max_size=6))
def test_slices_hold_exactly_the_wanted_endpoints_and_never_too_many(states: list[dict[str, tuple[bool, bool]]]) -> None:
    slices: list[Object] = []
    for state in states:
        wanted = wanted_of(state)
        slices, _ = applied(slices, wanted)
        assert held(slices) == {
            ports: sorted((identity(e), e["conditions"]["ready"]) for e in endpoints) for ports, endpoints in wanted.items()
        }
        assert all(len(piece["endpoints"]) <= LIMIT for piece in slices)
        assert len(slices) >= 1
        assert not any(not piece["endpoints"] for piece in slices) or len(slices) == 1


@given(STATES)
def test_the_same_state_again_writes_nothing(state: dict[str, tuple[bool, bool]]) -> None:
    slices, _ = applied([], wanted_of(state))
    assert applied(slices, wanted_of(state))[1] == 0


@given(st.sets(st.integers(0, 30), min_size=1), st.data())
def test_one_changed_endpoint_rewrites_one_slice(uids: set[int], data: st.DataObject) -> None:
    slices, _ = applied([], {PORTS: [endpoint(str(uid)) for uid in uids]})
    changed = data.draw(st.sampled_from(sorted(uids)))
    assert applied(slices, {PORTS: [endpoint(str(uid), uid != changed) for uid in uids]})[1] == 1
