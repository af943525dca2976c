"""The loop that keeps the proxy at what services and slices say."""

import time
from collections.abc import Iterator

import pytest

from kubernel.machinery.clock import SystemClock
from kubernel.node.proxy_loop import RETRY_SECONDS, ProxyLoop
from kubernel.testing.clock import FakeClock
from kubernel.testing.memory_client import MemoryClient
from kubernel.testing.recorder import MemoryRecorder
from kubernel.testing.scripted_proxy import ScriptedProxy
from kubernel.types.json import Object
from kubernel.types.well_known import ENDPOINT_SLICES, SERVICES


def service(name: str = "web") -> Object:
    spec = {"clusterIP": "127.96.0.9", "ports": [{"name": "http", "port": 80}]}
    return {"kind": "Service", "metadata": {"name": name, "namespace": "default"}, "spec": spec}


def slice_of(*addresses: str, service: str = "web") -> Object:
    labels = {"kubernetes.io/service-name": service}
    return {
        "metadata": {"name": f"{service}-1", "namespace": "default", "labels": labels},
        "addressType": "IPv4",
        "endpoints": [{"addresses": [address]} for address in addresses],
        "ports": [{"name": "http", "protocol": "TCP", "port": 8080}],
    }


class Setting:
    def __init__(self) -> None:
        self.client = MemoryClient()
        self.proxy = ScriptedProxy()
        self.recorder = MemoryRecorder()
        self.clock = SystemClock()
        self.loop = ProxyLoop(self.client, self.proxy, self.recorder, self.clock, "node-a")


@pytest.fixture
def setting() -> Iterator[Setting]:
    setting = Setting()
    yield setting
    setting.loop.stop()
    setting.clock.close()


def test_services_that_are_there_are_applied_at_the_start(setting: Setting) -> None:
    setting.client.put(SERVICES, service())
    setting.client.put(ENDPOINT_SLICES, slice_of("127.64.0.2"))
    setting.loop.start()
    assert setting.proxy.started
    setting.proxy.wait_for("default/web", ["127.64.0.2"])
    assert all(len(rules) == 1 for rules in setting.proxy.applied)


def test_changes_of_slices_and_services_reach_the_proxy(setting: Setting) -> None:
    setting.loop.start()
    setting.client.put(SERVICES, service())
    setting.proxy.wait_for("default/web", [])
    setting.client.put(ENDPOINT_SLICES, slice_of("127.64.0.2", "127.64.0.3"))
    setting.proxy.wait_for("default/web", ["127.64.0.2", "127.64.0.3"])
    setting.client.put(ENDPOINT_SLICES, slice_of("127.64.0.3"))
    setting.proxy.wait_for("default/web", ["127.64.0.3"])
    setting.client.put(SERVICES, service("other"))
    setting.client.delete(SERVICES, "web", "default")
    setting.proxy.wait_for("default/other")
    deadline = time.monotonic() + 60
    while any(rule.name == "web" for rule in setting.proxy.rules) and time.monotonic() < deadline:
        setting.proxy.wait_for("default/other")
    assert [rule.name for rule in setting.proxy.rules] == ["other"]


def test_stopping_closes_the_proxy(setting: Setting) -> None:
    setting.loop.start()
    setting.loop.stop()
    assert setting.proxy.closed


def test_many_changes_in_a_moment_are_one_application() -> None:
    client, proxy, clock = MemoryClient(), ScriptedProxy(), FakeClock()
    loop = ProxyLoop(client, proxy, MemoryRecorder(), clock, "node-a")
    client.put(SERVICES, service())
    loop.start()
    proxy.wait_for("default/web", [])
    clock.advance(1)
    for index in range(2, 50):
        client.put(ENDPOINT_SLICES, slice_of(*(f"127.64.0.{n}" for n in range(2, index))))
    before = len(proxy.applied)
    clock.advance(1)
    proxy.wait_for("default/web", [f"127.64.0.{n}" for n in range(2, 49)])
    assert len(proxy.applied) <= before + 2
    loop.stop()


def test_a_problem_is_told_once_about_its_service_and_tried_again_later() -> None:
    client, proxy, clock, recorder = MemoryClient(), ScriptedProxy(), FakeClock(), MemoryRecorder()
    proxy.refusals["default/web"] = "cannot listen on 127.96.0.9:80: reasons"
    client.put(SERVICES, service())
    loop = ProxyLoop(client, proxy, recorder, clock, "node-a")
    loop.start()
    event = recorder.wait_for("FailedToProxy", "default/web")
    assert (event.type, event.message) == ("Warning", "cannot listen on 127.96.0.9:80: reasons")
    assert [problem.service.name for problem in loop.problems] == ["web"]
    clock.wait_for_timers(1)
    proxy.refusals.clear()
    before = len(proxy.applied)
    clock.advance(RETRY_SECONDS)
    deadline = time.monotonic() + 60
    while loop.problems and time.monotonic() < deadline:
        proxy.wait_for("default/web")
    assert len(proxy.applied) > before
    assert list(loop.problems) == []
    assert len(recorder.events) == 1
    loop.stop()
