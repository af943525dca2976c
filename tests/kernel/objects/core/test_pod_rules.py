"""What makes a pod invalid, said as Kubernetes says it: field by field, with the same sentences."""

from typing import Any

import pytest

from kernel_pods import container, pod
from kind_world import KindWorld, causes
from kubernel.types.well_known import PODS

LABEL = "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-'"


def wrong(world: KindWorld, **spec: Any) -> dict[str, str]:
    """What is wrong with a pod of this spec, below `spec`."""
    return {field.removeprefix("spec."): text for field, text in causes(world.create, PODS, pod(**spec)).items()}


def wrong_container(world: KindWorld, spec: dict[str, Any] | None = None, **fields: Any) -> dict[str, str]:
    """What is wrong with a container of these fields, below `spec.containers[0]`."""
    found = wrong(world, containers=[container(**fields)], **(spec or {}))
    return {field.removeprefix("containers[0]."): text for field, text in found.items()}


def test_a_pod_needs_containers_with_names_and_images(world: KindWorld) -> None:
    assert wrong(world, containers=[]) == {"containers": "Required value"}
    assert causes(world.create, PODS, {"metadata": {"name": "p"}}) == {"spec.containers": "Required value"}
    nameless = wrong(world, containers=[{"image": "nginx"}, {"name": "b"}])
    assert nameless == {"containers[0].name": "Required value", "containers[1].image": "Required value"}


def test_names_of_containers_are_labels_and_unique(world: KindWorld) -> None:
    found = wrong(world, containers=[container("a"), container("a"), container("B_")], initContainers=[container("a")])
    assert found["containers[1].name"] == 'Duplicate value: "a"'
    assert found["initContainers[0].name"] == 'Duplicate value: "a"'
    assert LABEL in found["containers[2].name"]


def test_images_have_no_space_around_them(world: KindWorld) -> None:
    found = wrong_container(world, image=" nginx")
    assert found == {"image": 'Invalid value: " nginx": must not have leading or trailing whitespace'}


def test_ports_are_in_range_and_do_not_collide(world: KindWorld) -> None:
    ports = [
        {"containerPort": 0},
        {"containerPort": 70000, "hostPort": 80},
        {"containerPort": 80, "hostPort": 80, "name": "web"},
        {"containerPort": 81, "name": "web"},
        {"containerPort": 82, "name": "1234"},
        {"containerPort": 83, "protocol": "HTTP", "hostIP": "here"},
    ]
    assert wrong_container(world, ports=ports) == {
        "ports[0].containerPort": "Required value",
        "ports[1].containerPort": "Invalid value: 70000: must be between 1 and 65535, inclusive",
        "ports[2].hostPort": 'Duplicate value: "TCP//80"',
        "ports[3].name": 'Duplicate value: "web"',
        "ports[4].name": 'Invalid value: "1234": must contain at least one letter (a-z)',
        "ports[5].protocol": 'Unsupported value: "HTTP": supported values: "SCTP", "TCP", "UDP"',
        "ports[5].hostIP": 'Invalid value: "here": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)',
    }


def test_on_the_hosts_network_both_ports_are_one(world: KindWorld) -> None:
    found = wrong_container(world, {"hostNetwork": True}, ports=[{"containerPort": 80, "hostPort": 81}])
    assert found == {"ports[0].containerPort": "Invalid value: 80: must match `hostPort` when `hostNetwork` is true"}


def test_an_environment_variable_has_a_name_and_one_source(world: KindWorld) -> None:
    key = {"configMapKeyRef": {"name": "c", "key": "k"}}
    env = [
        {"name": "1=", "value": "x"},
        {"name": "a", "value": "x", "valueFrom": key},
        {"name": "b", "valueFrom": {}},
        {"name": "c", "valueFrom": {**key, "secretKeyRef": {"name": "s", "key": "k"}}},
        {"name": "d", "valueFrom": {"configMapKeyRef": {"name": "", "key": "no/slash"}}},
        {"value": "nameless"},
    ]
    found = wrong_container(world, env=env)
    assert "a valid environment variable name must consist of" in found["env[0].name"]
    assert found["env[1].valueFrom"] == 'Invalid value: "": may not be specified when `value` is not empty'
    assert found["env[2].valueFrom"].startswith('Invalid value: "": must specify one of: `fieldRef`, `resourceFieldRef`')
    assert found["env[3].valueFrom"] == 'Invalid value: "": may not have more than one field specified at a time'
    assert found["env[4].valueFrom.configMapKeyRef.name"] == "Required value"
    assert "a valid config key must consist of" in found["env[4].valueFrom.configMapKeyRef.key"]
    assert found["env[5].name"] == "Required value"


def test_references_to_the_pods_own_fields_must_be_possible(world: KindWorld) -> None:
    def field(path: str) -> dict[str, Any]:
        return {"name": "x", "valueFrom": {"fieldRef": {"fieldPath": path}}}

    fine = [field("metadata.name"), field("status.podIP"), field("metadata.labels['app.kubernetes.io/name']")]
    assert wrong_container(world, env=fine) == {}
    found = wrong_container(world, env=[field("spec.color"), field("status.phase"), field("metadata.labels['a b']")])
    path = "valueFrom.fieldRef.fieldPath"
    assert found[f"env[0].{path}"] == (
        'Invalid value: "spec.color": error converting fieldPath: field label not supported: spec.color'
    )
    assert found[f"env[1].{path}"].startswith('Unsupported value: "status.phase": supported values: "metadata.name", ')
    assert "name part must consist of" in found[f"env[2].{path}"]


def test_references_to_resources_must_be_possible(world: KindWorld) -> None:
    def resource(**reference: str) -> dict[str, Any]:
        return {"name": "x", "valueFrom": {"resourceFieldRef": reference}}

    found = wrong_container(world, env=[resource(resource="limits.color"), resource(resource="limits.cpu", divisor="2")])
    assert found["env[0].valueFrom.resourceFieldRef.resource"].startswith('Unsupported value: "limits.color"')
    assert found["env[1].valueFrom.resourceFieldRef.divisor"] == (
        'Invalid value: "2": only divisor\'s values 1m and 1 are supported with the cpu resource'
    )


def test_sources_of_many_variables_are_one_each(world: KindWorld) -> None:
    sources = [
        {},
        {"configMapRef": {"name": "c"}, "secretRef": {"name": "s"}},
        {"secretRef": {}},
        {"prefix": "=", "secretRef": {"name": "s"}},
    ]
    found = wrong_container(world, envFrom=sources)
    assert found["envFrom[0]"] == 'Invalid value: "": must specify one of: `configMapRef` or `secretRef`'
    assert found["envFrom[1]"] == 'Invalid value: "": may not have more than one field specified at a time'
    assert found["envFrom[2].secretRef.name"] == "Required value"
    assert "envFrom[3].prefix" in found


def test_mounts_name_a_volume_and_have_a_path_of_their_own(world: KindWorld) -> None:
    mounts = [
        {"name": "data", "mountPath": "/data"},
        {"name": "data", "mountPath": "/data"},
        {"name": "gone", "mountPath": "/gone"},
        {"name": "data", "mountPath": "/sub", "subPath": "/abs"},
        {"name": "data", "mountPath": "/up", "subPath": "../up"},
        {"name": "data"},
        {"name": "data", "mountPath": "/p", "mountPropagation": "Bidirectional"},
    ]
    assert wrong_container(world, {"volumes": [{"name": "data"}]}, volumeMounts=mounts) == {
        "volumeMounts[1].mountPath": 'Invalid value: "/data": must be unique',
        "volumeMounts[2].name": 'Not found: "gone"',
        "volumeMounts[3].subPath": 'Invalid value: "/abs": must be a relative path',
        "volumeMounts[4].subPath": "Invalid value: \"../up\": must not contain '..'",
        "volumeMounts[5].mountPath": "Required value",
        "volumeMounts[6].mountPropagation": (
            "Forbidden: Bidirectional mount propagation is available only to privileged containers"
        ),
    }


def test_a_block_device_needs_a_claim(world: KindWorld) -> None:
    spec = {"volumes": [{"name": "tmp"}, {"name": "disk", "persistentVolumeClaim": {"claimName": "c"}}]}
    devices = [
        {"name": "tmp", "devicePath": "/dev/a"},
        {"name": "disk", "devicePath": "/dev/a"},
        {"name": "no", "devicePath": "/x"},
    ]
    assert wrong_container(world, spec, volumeDevices=devices) == {
        "volumeDevices[0].name": (
            'Invalid value: "tmp": can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode'
        ),
        "volumeDevices[1].devicePath": 'Invalid value: "/dev/a": must be unique',
        "volumeDevices[2].name": 'Not found: "no"',
    }


def test_volumes_have_unique_names_and_one_source(world: KindWorld) -> None:
    volumes = [
        {"name": "a"},
        {"name": "a"},
        {"name": "b", "emptyDir": {}, "hostPath": {"path": "/x"}},
        {"name": "c", "hostPath": {"path": "/a/../b", "type": "Weird"}},
        {"name": "d", "secret": {"defaultMode": 512}},
        {"name": "e", "configMap": {"name": "c", "items": [{"key": "k", "path": "/abs"}, {"key": "k"}]}},
        {"emptyDir": {}},
    ]
    found = wrong(world, volumes=volumes)
    assert found["volumes[1].name"] == 'Duplicate value: "a"'
    assert found["volumes[2].hostPath"] == "Forbidden: may not specify more than 1 volume type"
    assert found["volumes[3].hostPath.path"] == "Invalid value: \"/a/../b\": must not contain '..'"
    assert found["volumes[3].hostPath.type"].startswith('Unsupported value: "Weird": supported values: "BlockDevice"')
    assert found["volumes[4].secret.secretName"] == "Required value"
    assert found["volumes[4].secret.defaultMode"] == (
        "Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive"
    )
    assert found["volumes[5].configMap.items[0].path"] == 'Invalid value: "/abs": must be a relative path'
    assert found["volumes[5].configMap.items[1].path"] == "Required value"
    assert found["volumes[6].name"] == "Required value"


def test_downward_and_projected_volumes(world: KindWorld) -> None:
    both = {"path": "x", "fieldRef": {"fieldPath": "metadata.name"}, "resourceFieldRef": {"resource": "limits.cpu"}}
    files = [both, {"path": "y"}, {"path": "z", "resourceFieldRef": {"resource": "limits.cpu"}}]
    sources = [
        {},
        {"secret": {"name": "s"}, "configMap": {"name": "c"}},
        {"serviceAccountToken": {"path": "t", "expirationSeconds": 5}},
    ]
    found = wrong(
        world, volumes=[{"name": "a", "downwardAPI": {"items": files}}, {"name": "b", "projected": {"sources": sources}}]
    )
    assert found["volumes[0].downwardAPI.items[0]"] == (
        'Invalid value: "resource": fieldRef and resourceFieldRef can not be specified simultaneously'
    )
    assert found["volumes[0].downwardAPI.items[1]"] == "Required value: one of fieldRef and resourceFieldRef is required"
    assert found["volumes[0].downwardAPI.items[2].resourceFieldRef.containerName"] == "Required value"
    assert found["volumes[1].projected.sources[0]"] == "Required value: must specify a volume type"
    assert [field for field in found if field.startswith("volumes[1].projected.sources[1]")] == [
        "volumes[1].projected.sources[1].configMap"
    ]
    assert found["volumes[1].projected.sources[2].serviceAccountToken.expirationSeconds"] == (
        "Invalid value: 5: may not specify a duration less than 10 minutes"
    )


def test_a_probe_has_one_handler_and_sensible_bounds(world: KindWorld) -> None:
    found = wrong_container(
        world,
        livenessProbe={"exec": {"command": ["x"]}, "tcpSocket": {"port": 1}, "successThreshold": 2},
        readinessProbe={"httpGet": {"port": "no_good"}, "periodSeconds": -1, "terminationGracePeriodSeconds": 5},
        startupProbe={},
    )
    assert found["livenessProbe.tcpSocket"] == "Forbidden: may not specify more than 1 handler type"
    assert found["livenessProbe.successThreshold"] == "Invalid value: 2: must be 1"
    assert "must contain only alpha-numeric characters" in found["readinessProbe.httpGet.port"]
    assert found["readinessProbe.periodSeconds"] == "Invalid value: -1: must be greater than or equal to 0"
    assert found["readinessProbe.terminationGracePeriodSeconds"] == "Invalid value: 5: must not be set for readinessProbes"
    assert found["startupProbe"] == "Required value: must specify a handler type"


def test_lifecycle_actions_are_checked_like_probes(world: KindWorld) -> None:
    lifecycle = {"postStart": {}, "preStop": {"sleep": {"seconds": 60}}, "stopSignal": "SIGTERM"}
    assert wrong_container(world, lifecycle=lifecycle) == {
        "lifecycle.postStart": "Required value: must specify a handler type",
        "lifecycle.preStop.sleep.seconds": (
            "Invalid value: 60: must be non-negative and less than terminationGracePeriodSeconds (30)"
        ),
        "lifecycle.stopSignal": "Forbidden: may not be set for containers with empty `spec.os.name`",
    }


def test_only_sidecars_among_init_containers_have_probes(world: KindWorld) -> None:
    probe = {"exec": {"command": ["true"]}}
    plain = container("a", livenessProbe=probe, readinessProbe=probe)
    sidecar = container("b", readinessProbe=probe, restartPolicy="Always")
    assert wrong(world, initContainers=[plain, sidecar]) == {
        "initContainers[0].livenessProbe": "Forbidden: may not be set for init containers without restartPolicy=Always",
        "initContainers[0].readinessProbe": "Forbidden: may not be set for init containers without restartPolicy=Always",
    }


def test_requests_stay_within_limits_and_are_real_resources(world: KindWorld) -> None:
    resources = {"limits": {"cpu": "100m", "memory": "-1", "wood": "1"}, "requests": {"cpu": "200m", "example.com/gpu": "1.5"}}
    assert wrong_container(world, resources=resources) == {
        "resources.limits[memory]": 'Invalid value: "-1": must be greater than or equal to 0',
        "resources.limits[wood]": 'Invalid value: "wood": must be a standard resource for containers',
        "resources.requests": 'Invalid value: "200m": must be less than or equal to cpu limit of 100m',
        "resources.requests[example.com/gpu]": 'Invalid value: "1500m": must be an integer',
        "resources.limits": "Required value: Limit must be set for non overcommitable resources",
        "resources.requests[memory]": 'Invalid value: "-1": must be greater than or equal to 0',
        "resources.requests[wood]": 'Invalid value: "wood": must be a standard resource for containers',
    }


def test_security_settings_do_not_contradict_each_other(world: KindWorld) -> None:
    context = {"privileged": True, "allowPrivilegeEscalation": False, "runAsUser": -1, "seccompProfile": {"type": "Localhost"}}
    found = wrong_container(world, securityContext=context)
    assert found["securityContext.runAsUser"] == "Invalid value: -1: must be between 0 and 2147483647, inclusive"
    assert "cannot set `allowPrivilegeEscalation` to false and `privileged` to true" in found["securityContext"]
    assert found["securityContext.seccompProfile.localhostProfile"] == (
        "Required value: must be set when seccomp type is Localhost"
    )
    pod_level = wrong(world, securityContext={"fsGroup": -5, "sysctls": [{"name": "a b", "value": "1"}]})
    assert set(pod_level) == {"securityContext.fsGroup", "securityContext.sysctls[0].name"}


@pytest.mark.parametrize(
    ("toleration", "field", "message"),
    [
        ({"operator": "Equal"}, "operator", 'Invalid value: "Equal": operator must be Exists when `key` is empty'),
        ({"key": "a", "value": "b", "operator": "Exists"}, "operator", "value must be empty when `operator` is 'Exists'"),
        ({"key": "a", "tolerationSeconds": 5}, "effect", "effect must be 'NoExecute' when `tolerationSeconds` is set"),
        (
            {"key": "a", "effect": "Never"},
            "effect",
            'Unsupported value: "Never": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
        ),
        ({"key": "a", "operator": "Like"}, "operator", 'Unsupported value: "Like": supported values: "Equal", "Exists"'),
        ({"key": "a b"}, "key", "name part must consist of"),
    ],
)
def test_tolerations(world: KindWorld, toleration: dict[str, Any], field: str, message: str) -> None:
    assert message in wrong(world, tolerations=[toleration])[f"tolerations[0].{field}"]


def test_node_affinity_terms(world: KindWorld) -> None:
    expressions = [
        {"key": "a", "operator": "In"},
        {"key": "a", "operator": "Exists", "values": ["x"]},
        {"key": "a", "operator": "Gt", "values": ["1", "2"]},
        {"key": "a", "operator": "Like"},
    ]
    required = {
        "nodeSelectorTerms": [
            {"matchExpressions": expressions, "matchFields": [{"key": "spec.x", "operator": "In", "values": ["1"]}]}
        ]
    }
    wish = {"weight": 101, "preference": {}}
    affinity = {
        "nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": required,
            "preferredDuringSchedulingIgnoredDuringExecution": [wish],
        }
    }
    found = wrong(world, affinity=affinity)
    base = "affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution.nodeSelectorTerms[0]"
    assert found == {
        f"{base}.matchExpressions[0].values": "Required value: must be specified when `operator` is 'In' or 'NotIn'",
        f"{base}.matchExpressions[1].values": ("Forbidden: may not be specified when `operator` is 'Exists' or 'DoesNotExist'"),
        f"{base}.matchExpressions[2].values": ("Required value: must be specified single value when `operator` is 'Lt' or 'Gt'"),
        f"{base}.matchExpressions[3].operator": 'Invalid value: "Like": not a valid selector operator',
        f"{base}.matchFields[0].key": 'Invalid value: "spec.x": not a valid field selector key',
        "affinity.nodeAffinity.preferredDuringSchedulingIgnoredDuringExecution[0].weight": (
            "Invalid value: 101: must be in the range 1-100"
        ),
    }


def test_pod_affinity_terms_and_spreading(world: KindWorld) -> None:
    term = {"labelSelector": {"matchExpressions": [{"key": "a", "operator": "In"}]}, "namespaces": ["Bad"]}
    affinity = {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [term]}}
    constraint = {"maxSkew": 0, "topologyKey": "zone", "whenUnsatisfiable": "ScheduleAnyway", "minDomains": 2}
    found = wrong(world, affinity=affinity, topologySpreadConstraints=[constraint, {**constraint, "maxSkew": 1}])
    base = "affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0]"
    assert found[f"{base}.topologyKey"] == "Required value"
    assert f"{base}.labelSelector.matchExpressions[0].values" in found
    assert f"{base}.namespaces[0]" in found
    assert found["topologySpreadConstraints[0].maxSkew"] == "Invalid value: 0: must be greater than zero"
    assert "can only use minDomains if whenUnsatisfiable=DoNotSchedule" in found["topologySpreadConstraints[0].minDomains"]
    duplicate = found["topologySpreadConstraints[1].{topologyKey, whenUnsatisfiable}"]
    assert duplicate == 'Duplicate value: "{zone, ScheduleAnyway}"'


def test_the_rest_of_the_spec(world: KindWorld) -> None:
    found = wrong(
        world,
        restartPolicy="Sometimes",
        dnsPolicy="None",
        activeDeadlineSeconds=0,
        terminationGracePeriodSeconds=-1,
        hostname="Not.A.Label",
        nodeName="_",
        hostPID=True,
        shareProcessNamespace=True,
        hostAliases=[{"ip": "x"}],
        readinessGates=[{"conditionType": "a b"}],
    )
    assert found["restartPolicy"] == 'Unsupported value: "Sometimes": supported values: "Always", "OnFailure", "Never"'
    assert found["dnsConfig"] == "Required value: must provide `dnsConfig` when `dnsPolicy` is None"
    assert found["activeDeadlineSeconds"] == "Invalid value: 0: must be between 1 and 2147483647, inclusive"
    assert found["terminationGracePeriodSeconds"] == "Invalid value: -1: must be greater than or equal to 0"
    assert found["shareProcessNamespace"] == "Invalid value: true: ShareProcessNamespace and HostPID cannot both be enabled"
    assert {"hostname", "nodeName", "hostAliases[0].ip", "readinessGates[0].conditionType"} <= set(found)
