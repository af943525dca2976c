"""The arrays agree with the plain rules on clusters that nobody thought of: who may be taken where, and why not."""

from collections import Counter

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from kubernel.ports.scheduler import Placement
from kubernel.testing.cluster_objects import make_node, make_pod
from kubernel.types.json import JSON, Object
from kubernel.types.references import key_of
from kubernel_scheduler.config import SchedulerConfig
from kubernel_scheduler.scheduler import ArrayScheduler
from scheduler_reference import REQUIRED, why_not

NAMES = [f"node-{index}" for index in range(3)]
KEYS = ["zone", "disk", "kubernetes.io/hostname"]
VALUES = ["a", "b", "7", "12"]
some = st.sampled_from
rarely = some([False] * 7 + [True])

labels = st.dictionaries(some(["zone", "disk"]), some(VALUES), max_size=2)
pod_labels = st.dictionaries(some(["app", "tier"]), some(["a", "b"]), max_size=2)
taint = st.fixed_dictionaries(
    {"key": some(["x", "y"]), "effect": some(["NoSchedule", "NoExecute", "PreferNoSchedule"])}, optional={"value": some(VALUES)}
)
toleration = st.fixed_dictionaries(
    {},
    optional={
        "key": some(["x", "y", "node.kubernetes.io/unschedulable"]),
        "operator": some(["Exists", "Equal"]),
        "value": some(VALUES),
        "effect": some(["NoSchedule", "NoExecute"]),
    },
)
several = st.lists(some(VALUES), min_size=1, max_size=2, unique=True)
expressions = st.lists(
    st.one_of(
        st.fixed_dictionaries({"key": some(KEYS), "operator": some(["In", "NotIn"]), "values": several}),
        st.fixed_dictionaries({"key": some(KEYS), "operator": some(["Exists", "DoesNotExist"])}),
        st.fixed_dictionaries({"key": some(KEYS), "operator": some(["Gt", "Lt"]), "values": some([["5"], ["7"], ["10"]])}),
    ),
    max_size=2,
)
fields = st.lists(
    st.fixed_dictionaries(
        {"key": st.just("metadata.name"), "operator": some(["In", "NotIn"]), "values": some([[name] for name in NAMES])}
    ),
    max_size=1,
)
node_terms = st.lists(st.fixed_dictionaries({"matchExpressions": expressions, "matchFields": fields}), min_size=1, max_size=2)
selector = st.one_of(st.none(), st.fixed_dictionaries({"matchLabels": pod_labels}))
pod_term = st.fixed_dictionaries(
    {"topologyKey": some(KEYS), "labelSelector": selector}, optional={"namespaces": some([["default"], ["other"]])}
)
constraint = st.fixed_dictionaries(
    {
        "maxSkew": some([1, 2]),
        "topologyKey": some(KEYS),
        "whenUnsatisfiable": some(["DoNotSchedule", "ScheduleAnyway"]),
        "labelSelector": selector,
    },
    optional={
        "minDomains": some([1, 2, 4]),
        "nodeAffinityPolicy": some(["Honor", "Ignore"]),
        "nodeTaintsPolicy": some(["Honor", "Ignore"]),
    },
)
container = st.fixed_dictionaries(
    {"name": st.just("c")},
    optional={
        "resources": st.fixed_dictionaries(
            {
                "requests": st.fixed_dictionaries(
                    {},
                    optional={"cpu": some(["1", "500m"]), "memory": some(["1", "2"]), "example.test/gpu": some(["0", "0", "1"])},
                )
            }
        ),
    },
)
port = st.fixed_dictionaries(
    {"hostPort": some([80, 80, 81])}, optional={"hostIP": some(["127.0.0.1", "127.0.0.2"]), "protocol": some(["TCP", "UDP"])}
)
restarted = st.fixed_dictionaries({}, optional={"restartPolicy": st.just("Always")})
init = st.builds(lambda container, policy: {**container, **policy}, container, restarted)


@st.composite
def nodes(draw: st.DrawFn) -> Object:
    return make_node(
        draw(some(NAMES)),
        labels=draw(labels),
        taints=[draw(taint)] if draw(rarely) else [],
        unschedulable=draw(rarely),
        cpu=draw(some(["1", "4", "8"])),
        memory=draw(some(["1", "4", "8"])),
        pods=draw(some([2, 6, 6])),
        extended={"example.test/gpu": draw(some(["1", "3"]))} if draw(st.booleans()) else {},
    )


@st.composite
def pods(draw: st.DrawFn) -> Object:
    spec: dict[str, JSON] = {"containers": draw(st.lists(container, min_size=1, max_size=2))}
    optional: dict[str, st.SearchStrategy[JSON]] = {
        "initContainers": st.lists(init, max_size=2),
        "tolerations": st.lists(toleration, max_size=2),
        "nodeSelector": labels,
        "topologySpreadConstraints": st.lists(constraint, min_size=1, max_size=2),
    }
    affinity: dict[str, st.SearchStrategy[JSON]] = {
        "nodeAffinity": st.fixed_dictionaries({REQUIRED: st.fixed_dictionaries({"nodeSelectorTerms": node_terms})}),
        "podAffinity": st.fixed_dictionaries({REQUIRED: st.lists(pod_term, min_size=1, max_size=2)}),
        "podAntiAffinity": st.fixed_dictionaries({REQUIRED: st.lists(pod_term, min_size=1, max_size=2)}),
    }
    # Few demands at a time: a pod that demands everything is refused by the first rule and shows nothing of the others.
    chosen = draw(st.lists(some([*optional, *affinity, "ports", "ports"]), max_size=2, unique=True))
    if "ports" in chosen:
        spec["containers"][0]["ports"] = [draw(port)]
    spec |= {name: draw(optional[name]) for name in chosen if name in optional}
    spec["affinity"] = {name: draw(affinity[name]) for name in chosen if name in affinity}
    name = f"pod-{draw(st.integers(0, 9))}"
    return make_pod(name, namespace=draw(some(["default", "other"])), labels=draw(pod_labels), **spec)


step = st.one_of(
    st.tuples(st.just("node"), nodes()),
    st.tuples(st.just("schedule"), pods()),
    st.tuples(st.just("schedule"), pods()),
    st.tuples(st.just("schedule"), pods()),
    st.tuples(st.just("place"), pods()),
    st.tuples(st.just("remove pod"), some([f"{ns}/pod-{n}" for ns in ("default", "other") for n in range(10)])),
    st.tuples(st.just("remove node"), some(NAMES)),
)


class Model:
    """The scheduler beside what is true, told the same."""

    def __init__(self) -> None:
        self.scheduler = ArrayScheduler(SchedulerConfig())
        self.nodes: dict[str, Object] = {}
        self.placed: dict[str, Object] = {}

    def node(self, node: Object) -> None:
        self.nodes[node["metadata"]["name"]] = node
        self.scheduler.set_node(node)

    def remove_node(self, name: str) -> None:
        self.nodes.pop(name, None)
        self.scheduler.remove_node(name)

    def place(self, pod: Object, name: str) -> None:
        self.placed[key_of(pod)] = {**pod, "spec": {**pod["spec"], "nodeName": name}}
        self.scheduler.set_pod(self.placed[key_of(pod)])

    def remove_pod(self, key: str) -> None:
        self.placed.pop(key, None)
        self.scheduler.remove_pod(key)

    def feasible(self, pod: Object) -> set[str]:
        """The nodes that the arrays offer, looked up where the scheduler looks them up."""
        cluster = self.scheduler._cluster
        worth = self.scheduler._evaluation(cluster.facts.of(pod)).worth()
        return {cluster.nodes.names[row] for row in np.flatnonzero(worth > -np.inf)}

    def schedule(self, pod: Object) -> None:
        """The arrays offer the nodes that the plain rules allow; a refusal counts the same reasons."""
        self.placed.pop(key_of(pod), None)
        refused = {name: why_not(pod, node, self.nodes, list(self.placed.values())) for name, node in self.nodes.items()}
        self.scheduler.remove_pod(key_of(pod))
        assert self.feasible(pod) == {name for name, reasons in refused.items() if not reasons}
        (decision,) = self.scheduler.schedule([pod])
        if isinstance(decision, Placement):
            assert refused[decision.node_name] == []
            self.place(pod, decision.node_name)
            return
        assert all(refused.values()), f"refused although {[name for name, reasons in refused.items() if not reasons]} would do"
        assert decision.nodes == len(self.nodes)
        assert decision.reasons == Counter(reason for reasons in refused.values() for reason in reasons)


@settings(max_examples=100, deadline=None)
@given(first=st.lists(nodes(), min_size=1, max_size=3), steps=st.lists(step, min_size=10, max_size=30))
def test_arrays_and_plain_rules_agree(first: list[Object], steps: list[tuple[str, JSON]]) -> None:
    model = Model()
    for node in first:
        model.node(node)
    for what, subject in steps:
        match what:
            case "node":
                model.node(subject)
            case "schedule":
                model.schedule(subject)
            case "place":
                model.place(subject, NAMES[len(model.placed) % len(NAMES)])
            case "remove pod":
                model.remove_pod(subject)
            case "remove node":
                model.remove_node(subject)
