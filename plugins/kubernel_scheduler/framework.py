"""What a filter and a score are: one small class each, in a file of its own under `filters/` and `scores/`.

Both look at arrays and answer with arrays. `scope` says how far an answer reaches, and thereby when it must be asked again:

- NODE: it follows from the pod and the node's own object; asked once, and again for nodes that change.
- ROW: what runs on the node matters too; asked again for nodes on which pods came or went.
- CLUSTER: pods elsewhere matter; asked for each decision, about all nodes.

`prepare` compiles the pod's part once; None says that the pod has nothing to do with this plugin, which then costs nothing.
"""

from collections.abc import Iterable
from enum import Enum
from typing import Any, ClassVar, Protocol, TypeAlias

from kubernel_scheduler.cluster import Cluster
from kubernel_scheduler.node_table import Mask, Rows, Scores
from kubernel_scheduler.pod_facts import PodFacts

State: TypeAlias = Any
"""What a plugin's `prepare` made; only the same plugin looks into it."""

MAX_SCORE = 100.0


class Scope(Enum):
    """How far an answer reaches."""

    NODE = "node"
    ROW = "row"
    CLUSTER = "cluster"


class Filter(Protocol):
    """Says which nodes can take a pod."""

    scope: ClassVar[Scope]
    wakers: ClassVar[frozenset[str]]
    """The kinds of change after which a refused pod may be taken."""

    def __init__(self, cluster: Cluster) -> None: ...

    def prepare(self, facts: PodFacts) -> State | None:
        """The pod's part; None when every node passes."""

    def passes(self, state: State, rows: Rows) -> Mask | None:
        """Whether each of the rows passes; None when all of them do."""

    def reasons(self, state: State, row: int) -> Iterable[str]:
        """Why a row that did not pass was refused, in the words of Kubernetes' events."""


class Score(Protocol):
    """Says which nodes suit a pod better: from 0 to 100 for each node."""

    scope: ClassVar[Scope]

    def __init__(self, cluster: Cluster) -> None: ...

    def prepare(self, facts: PodFacts) -> State | None:
        """The pod's part; None when all nodes are equal."""

    def score(self, state: State, rows: Rows) -> Scores | None:
        """The scores of the rows; None when they are all equal."""
