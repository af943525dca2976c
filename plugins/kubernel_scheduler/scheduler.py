"""The default scheduler: every node is looked at for every pod, by arrays, so that no node has to be left out.

Pods that are alike share an evaluation, which stays up to date by the few rows that changed. Among equally good nodes one is
drawn, so that equal nodes fill evenly and two schedulers do not all choose the same.
"""

import random
from collections import OrderedDict
from collections.abc import Sequence

import numpy as np

from kubernel.ports.scheduler import Decision, Placement
from kubernel.types.json import Object
from kubernel.types.references import key_of
from kubernel_scheduler.cluster import Cluster
from kubernel_scheduler.config import SchedulerConfig
from kubernel_scheduler.evaluation import Evaluation
from kubernel_scheduler.pod_facts import PodFacts
from kubernel_scheduler.registry import FILTERS, SCORES

_EVALUATIONS = 64
"""How many kinds of pods keep their evaluation; the one that was not asked for longest goes first."""


class ArrayScheduler:
    """See `kubernel.ports.scheduler.Scheduler`."""

    def __init__(self, config: SchedulerConfig) -> None:
        self._cluster = Cluster()
        self._random = random.Random(config.seed)
        self._filters = [FILTERS[name](self._cluster) for name in config.profile.filters]
        self._scores = [(SCORES[name](self._cluster), weight) for name, weight in config.profile.scores.items() if weight]
        self._evaluations: OrderedDict[PodFacts, Evaluation] = OrderedDict()

    def set_node(self, node: Object) -> None:
        self._cluster.set_node(node)

    def remove_node(self, name: str) -> None:
        self._cluster.remove_node(name)

    def set_pod(self, pod: Object) -> None:
        self._cluster.set_pod(pod)

    def remove_pod(self, key: str) -> None:
        self._cluster.remove_pod(key)

    def schedule(self, pods: Sequence[Object]) -> Sequence[Decision]:
        return [self._decide(pod) for pod in pods]

    def _decide(self, pod: Object) -> Decision:
        key = key_of(pod)
        self._cluster.remove_pod(key)
        facts = self._cluster.facts.of(pod, node_name=pod["spec"].get("nodeName") or "")
        evaluation = self._evaluation(facts)
        worth = evaluation.worth()
        if not len(worth):
            return evaluation.refusal()
        best = worth.max()
        if best == -np.inf:
            return evaluation.refusal()
        equals = np.flatnonzero(worth == best)
        row = equals[self._random.randrange(len(equals))] if len(equals) > 1 else equals[0]
        node_name = self._cluster.nodes.names[row]
        self._cluster.place(key, pod["metadata"].get("uid") or "", facts, node_name)
        return Placement(node_name)

    def _evaluation(self, facts: PodFacts) -> Evaluation:
        evaluation = self._evaluations.get(facts)
        if evaluation is not None:
            self._evaluations.move_to_end(facts)
            return evaluation
        evaluation = self._evaluations[facts] = Evaluation(self._cluster, facts, self._filters, self._scores)
        if len(self._evaluations) > _EVALUATIONS:
            self._evaluations.popitem(last=False)
        return evaluation
