"""What is counted while requests are served, and how Prometheus reads it.

Counting is on the path of every request, so it is a few additions; prometheus_client is imported when somebody scrapes.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

from kubernel.api.request_info import RequestInfo

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

_BUCKETS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_LABELS = ["verb", "group", "version", "resource", "subresource", "scope"]
_Key = tuple[str, str, str, str, str, str]


class Metrics:
    """Used on the loop's thread only."""

    def __init__(self) -> None:
        self._requests: dict[tuple[_Key, int], int] = {}
        self._durations: dict[_Key, list[float]] = {}
        self._gauges: dict[str, tuple[str, Callable[[], float]]] = {}
        self._counters: dict[str, tuple[str, Callable[[], float]]] = {}

    def gauge(self, name: str, description: str, value: Callable[[], float]) -> None:
        """A number that is asked for when somebody scrapes."""
        self._gauges[name] = (description, value)

    def counter(self, name: str, description: str, value: Callable[[], float]) -> None:
        """A growing number that is asked for when somebody scrapes."""
        self._counters[name] = (description, value)

    def request(self, info: RequestInfo, code: int, seconds: float) -> None:
        """Count one answer."""
        scope = ("resource" if info.name else "namespace" if info.namespace else "cluster") if info.is_resource else ""
        if code == 404:  # names that do not exist must not become labels
            key = (info.verb, "", "", "", "", scope)
        else:
            key = (info.verb, info.group, info.version, info.resource, info.subresource, scope)
        self._requests[key, code] = self._requests.get((key, code), 0) + 1
        durations = self._durations.get(key)
        if durations is None:
            durations = self._durations[key] = [0.0] * (len(_BUCKETS) + 2)
        durations[bisect_left(_BUCKETS, seconds)] += 1
        durations[-1] += seconds

    def collect(self) -> "Iterator[Metric]":
        """For prometheus_client's registry."""
        from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily

        total = CounterMetricFamily("apiserver_request", "answers by verb, resource and code", labels=[*_LABELS, "code"])
        for (key, code), count in list(self._requests.items()):
            total.add_metric([*key, str(code)], count)
        yield total
        spread = HistogramMetricFamily("apiserver_request_duration_seconds", "time until an answer is ready", labels=_LABELS)
        for key, durations in list(self._durations.items()):
            buckets, running = [], 0.0
            for bound, seen in zip((*_BUCKETS, "+Inf"), durations, strict=False):
                running += seen
                buckets.append((str(bound), running))
            spread.add_metric(list(key), buckets, sum_value=durations[-1])
        yield spread
        for name, (description, value) in self._gauges.items():
            yield GaugeMetricFamily(name, description, value())
        for name, (description, value) in self._counters.items():
            yield CounterMetricFamily(name, description, value())


def exposition(metrics: Metrics) -> tuple[bytes, str]:
    """The text that Prometheus reads, and its content type; with what the process itself uses."""
    from prometheus_client import CollectorRegistry, ProcessCollector, generate_latest
    from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

    registry = CollectorRegistry()
    collector: Any = metrics
    registry.register(collector)
    ProcessCollector(registry=registry)
    return generate_latest(registry), CONTENT_TYPE_PLAIN_0_0_4
