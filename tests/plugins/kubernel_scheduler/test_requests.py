"""What a pod asks for."""

from kubernel.types.json import Object
from kubernel_scheduler.requests import requests_of, scored_requests_of

MI = 1024 * 1024


def container(cpu: str = "", memory: str = "", **fields: str) -> Object:
    requests = {key: value for key, value in (("cpu", cpu), ("memory", memory)) if value}
    return {"name": "c", "resources": {"requests": requests}, **fields}


def test_containers_are_added() -> None:
    assert requests_of({"containers": [container("100m", "1Mi"), container("0.2")]}) == {"cpu": 300, "memory": MI}


def test_the_largest_init_container_counts_when_it_is_more_than_the_rest() -> None:
    spec = {"containers": [container("100m", "5Mi")], "initContainers": [container("1", "1Mi"), container("2", "1Mi")]}
    assert requests_of(spec) == {"cpu": 2000, "memory": 5 * MI}


def test_sidecars_run_beside_everything_after_them() -> None:
    sidecar = container("500m", restartPolicy="Always")
    assert requests_of({"containers": [container("1")], "initContainers": [sidecar]}) == {"cpu": 1500}
    assert requests_of({"containers": [container("1")], "initContainers": [sidecar, container("3")]}) == {"cpu": 3500}
    assert requests_of({"containers": [container("1")], "initContainers": [container("3"), sidecar]}) == {"cpu": 3000}


def test_overhead_is_added() -> None:
    assert requests_of({"containers": [container("1")], "overhead": {"cpu": "250m", "memory": "1Mi"}}) == {
        "cpu": 1250,
        "memory": MI,
    }


def test_requests_of_the_pod_as_a_whole_stand_above_its_containers() -> None:
    spec = {"containers": [container("1", "1Mi")], "resources": {"requests": {"cpu": "3"}}, "overhead": {"cpu": "1"}}
    assert requests_of(spec) == {"cpu": 4000, "memory": MI}


def test_scores_count_a_typical_need_where_nothing_is_asked() -> None:
    spec = {"containers": [container(), container("1")]}
    assert requests_of(spec) == {"cpu": 1000}
    assert scored_requests_of(spec) == {"cpu": 1100, "memory": 400 * MI}
