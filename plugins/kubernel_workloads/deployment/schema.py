"""Deployments: pods that are rolled out from one version to the next."""

from kubernel.objects import fields as f
from kubernel.objects.core.pod.schema import PodTemplateSpec
from kubernel.objects.meta import KindSchema, LabelSelector

_GROUP = "io.k8s.api.apps.v1"


class RollingUpdateDeployment(f.ApiSchema):
    """How fast a rolling update goes."""

    class Meta:
        definition = f"{_GROUP}.RollingUpdateDeployment"

    maxSurge = f.int_or_string("how many pods there may be above the wanted number")
    maxUnavailable = f.int_or_string("how many pods may be away during the update")


class DeploymentStrategy(f.ApiSchema):
    """How old pods are replaced by new ones."""

    class Meta:
        definition = f"{_GROUP}.DeploymentStrategy"

    rollingUpdate = f.obj(RollingUpdateDeployment, "how fast, with type RollingUpdate")
    type = f.string("RollingUpdate or Recreate", enum=("Recreate", "RollingUpdate"))


class DeploymentSpec(f.ApiSchema):
    """What a deployment is to be."""

    class Meta:
        definition = f"{_GROUP}.DeploymentSpec"

    minReadySeconds = f.integer("seconds that a new pod must be ready for to count as available", minimum=0)
    paused = f.boolean("whether changes of the template are held back")
    progressDeadlineSeconds = f.integer("seconds without progress after which it counts as stuck", default=600, minimum=0)
    replicas = f.integer("how many pods there should be", default=1, minimum=0)
    revisionHistoryLimit = f.integer("how many old replica sets are kept", default=10, minimum=0)
    selector = f.obj(LabelSelector, "which pods are its own; cannot change", required=True)
    strategy = f.obj(DeploymentStrategy, "how old pods are replaced by new ones", patch_strategy="retainKeys", default={})
    template = f.obj(PodTemplateSpec, "what its pods are made from", required=True)


class DeploymentCondition(f.ApiSchema):
    """One aspect of its state."""

    class Meta:
        definition = f"{_GROUP}.DeploymentCondition"

    lastTransitionTime = f.time("when it last changed")
    lastUpdateTime = f.time("when it was last said")
    message = f.string("why, for people")
    reason = f.string("why, in one word")
    status = f.string("True, False or Unknown", required=True, allow_empty=True)
    type = f.string("which aspect", required=True, allow_empty=True)


class DeploymentStatus(f.ApiSchema):
    """What is known of it."""

    class Meta:
        definition = f"{_GROUP}.DeploymentStatus"

    availableReplicas = f.integer("pods that have been ready long enough")
    collisionCount = f.integer("how many names of replica sets were taken")
    conditions = f.list_of(
        DeploymentCondition, "aspects of its state", list_type="map", map_keys=("type",), merge_key="type", patch_strategy="merge"
    )
    observedGeneration = f.integer("generation that this was said of", format="int64")
    readyReplicas = f.integer("pods that are ready")
    replicas = f.integer("pods there are")
    terminatingReplicas = f.integer("pods that are ending")
    unavailableReplicas = f.integer("pods that are missing or not available")
    updatedReplicas = f.integer("pods of the newest template")


class Deployment(KindSchema):
    """Pods that are rolled out from one version to the next."""

    class Meta:
        definition = f"{_GROUP}.Deployment"

    spec = f.obj(DeploymentSpec, "what it is to be", default={})
    status = f.obj(DeploymentStatus, "what is known of it", default={})
