"""Where a pod wants to run: node selectors, affinities, tolerations, spreading."""

from kubernel.objects import fields as f
from kubernel.objects.meta import LabelSelector

_GROUP = "io.k8s.api.core.v1"


class NodeSelectorRequirement(f.ApiSchema):
    """One condition on a label or a field of nodes."""

    class Meta:
        definition = f"{_GROUP}.NodeSelectorRequirement"

    key = f.string("the label", required=True)
    operator = f.string("In, NotIn, Exists, DoesNotExist, Gt or Lt", required=True)
    values = f.list_of(f.string(), "values to compare with", list_type="atomic")


class NodeSelectorTerm(f.ApiSchema):
    """Conditions that must all hold."""

    class Meta:
        definition = f"{_GROUP}.NodeSelectorTerm"
        map_type = "atomic"

    matchExpressions = f.list_of(NodeSelectorRequirement, "conditions on labels", list_type="atomic")
    matchFields = f.list_of(NodeSelectorRequirement, "conditions on fields", list_type="atomic")


class NodeSelector(f.ApiSchema):
    """Terms of which one must hold."""

    class Meta:
        definition = f"{_GROUP}.NodeSelector"
        map_type = "atomic"

    nodeSelectorTerms = f.list_of(NodeSelectorTerm, "the terms", required=True, list_type="atomic")


class PreferredSchedulingTerm(f.ApiSchema):
    """A wish about nodes, with its weight."""

    class Meta:
        definition = f"{_GROUP}.PreferredSchedulingTerm"

    preference = f.obj(NodeSelectorTerm, "the term", required=True, allow_empty=True)
    weight = f.integer("how much it counts, 1 to 100", required=True, allow_empty=True)


class NodeAffinity(f.ApiSchema):
    """Demands and wishes about nodes."""

    class Meta:
        definition = f"{_GROUP}.NodeAffinity"

    preferredDuringSchedulingIgnoredDuringExecution = f.list_of(PreferredSchedulingTerm, "wishes, weighed", list_type="atomic")
    requiredDuringSchedulingIgnoredDuringExecution = f.obj(NodeSelector, "demands")


class PodAffinityTerm(f.ApiSchema):
    """Pods that this one wants to be near to, or far from."""

    class Meta:
        definition = f"{_GROUP}.PodAffinityTerm"

    labelSelector = f.obj(LabelSelector, "which pods")
    matchLabelKeys = f.list_of(
        f.string(), "label keys whose values are taken from the pod itself, to select by", list_type="atomic"
    )
    mismatchLabelKeys = f.list_of(
        f.string(), "label keys whose values are taken from the pod itself, to select against", list_type="atomic"
    )
    namespaceSelector = f.obj(LabelSelector, "in which namespaces, by their labels")
    namespaces = f.list_of(f.string(), "in which namespaces, by name; the pod's own when neither is given", list_type="atomic")
    topologyKey = f.string("the node label whose value says what is near", required=True)


class WeightedPodAffinityTerm(f.ApiSchema):
    """A wish about pods, with its weight."""

    class Meta:
        definition = f"{_GROUP}.WeightedPodAffinityTerm"

    podAffinityTerm = f.obj(PodAffinityTerm, "the term", required=True)
    weight = f.integer("how much it counts, 1 to 100", required=True, allow_empty=True)


class PodAffinity(f.ApiSchema):
    """Pods to be near to."""

    class Meta:
        definition = f"{_GROUP}.PodAffinity"

    preferredDuringSchedulingIgnoredDuringExecution = f.list_of(WeightedPodAffinityTerm, "wishes, weighed", list_type="atomic")
    requiredDuringSchedulingIgnoredDuringExecution = f.list_of(
        PodAffinityTerm, "demands, which must all hold", list_type="atomic"
    )


class PodAntiAffinity(f.ApiSchema):
    """Pods to be far from."""

    class Meta:
        definition = f"{_GROUP}.PodAntiAffinity"

    preferredDuringSchedulingIgnoredDuringExecution = f.list_of(WeightedPodAffinityTerm, "wishes, weighed", list_type="atomic")
    requiredDuringSchedulingIgnoredDuringExecution = f.list_of(
        PodAffinityTerm, "demands, which must all hold", list_type="atomic"
    )


class Affinity(f.ApiSchema):
    """All demands and wishes about placement."""

    class Meta:
        definition = f"{_GROUP}.Affinity"

    nodeAffinity = f.obj(NodeAffinity, "about nodes")
    podAffinity = f.obj(PodAffinity, "about pods to be near to")
    podAntiAffinity = f.obj(PodAntiAffinity, "about pods to be far from")


class Toleration(f.ApiSchema):
    """A taint that the pod puts up with."""

    class Meta:
        definition = f"{_GROUP}.Toleration"

    effect = f.string("effect of the taint, every one when absent", enum=("NoSchedule", "PreferNoSchedule", "NoExecute"))
    key = f.string("key of the taint, every one when absent and the operator is Exists")
    operator = f.string("Exists, or Equal (which it is when absent)", enum=("Equal", "Exists"))
    tolerationSeconds = f.integer("for how long a NoExecute taint is put up with; absent means for ever", format="int64")
    value = f.string("value of the taint")


class TopologySpreadConstraint(f.ApiSchema):
    """How evenly pods like this one are spread over domains."""

    class Meta:
        definition = f"{_GROUP}.TopologySpreadConstraint"

    labelSelector = f.obj(LabelSelector, "which pods are counted")
    matchLabelKeys = f.list_of(
        f.string(), "label keys whose values are taken from the pod itself, to select by", list_type="atomic"
    )
    maxSkew = f.integer("by how many pods domains may differ", required=True)
    minDomains = f.integer("how many domains there should be")
    nodeAffinityPolicy = f.string(
        "whether nodes that the pod's node affinity excludes count: Honor or Ignore", enum=("Honor", "Ignore")
    )
    nodeTaintsPolicy = f.string(
        "whether nodes with taints that the pod does not tolerate count: Honor or Ignore", enum=("Honor", "Ignore")
    )
    topologyKey = f.string("the node label whose value names the domain", required=True)
    whenUnsatisfiable = f.string("DoNotSchedule or ScheduleAnyway", required=True, enum=("DoNotSchedule", "ScheduleAnyway"))
