"""Environment variables of containers and where their values come from."""

from kubernel.objects import fields as f

_GROUP = "io.k8s.api.core.v1"


class ObjectFieldSelector(f.ApiSchema):
    """A field of the pod itself."""

    class Meta:
        definition = f"{_GROUP}.ObjectFieldSelector"
        map_type = "atomic"

    apiVersion = f.string("version in which the path is read", default="v1")
    fieldPath = f.string("path of the field, such as `metadata.name`", required=True)


class ResourceFieldSelector(f.ApiSchema):
    """A request or limit of a container."""

    class Meta:
        definition = f"{_GROUP}.ResourceFieldSelector"
        map_type = "atomic"

    containerName = f.string("the container, needed where it is not clear from the place")
    divisor = f.quantity("the unit in which the value is written", default="0")
    resource = f.string("such as `limits.cpu`", required=True)


class ConfigMapKeySelector(f.ApiSchema):
    """One key of a ConfigMap."""

    class Meta:
        definition = f"{_GROUP}.ConfigMapKeySelector"
        map_type = "atomic"

    name = f.string("name of the ConfigMap", default="")
    key = f.string("the key", required=True)
    optional = f.boolean("whether the ConfigMap or its key may be missing")


class SecretKeySelector(f.ApiSchema):
    """One key of a Secret."""

    class Meta:
        definition = f"{_GROUP}.SecretKeySelector"
        map_type = "atomic"

    name = f.string("name of the Secret", default="")
    key = f.string("the key", required=True)
    optional = f.boolean("whether the Secret or its key may be missing")


class FileKeySelector(f.ApiSchema):
    """One variable out of a file in a volume."""

    class Meta:
        definition = f"{_GROUP}.FileKeySelector"
        map_type = "atomic"

    key = f.string("name of the variable in the file", required=True)
    optional = f.boolean("whether the file or its key may be missing", default=False)
    path = f.string("path of the file inside the volume", required=True)
    volumeName = f.string("the volume that holds the file", required=True)


class EnvVarSource(f.ApiSchema):
    """Where a variable's value comes from; exactly one of the fields."""

    class Meta:
        definition = f"{_GROUP}.EnvVarSource"

    configMapKeyRef = f.obj(ConfigMapKeySelector, "a key of a ConfigMap")
    fieldRef = f.obj(ObjectFieldSelector, "a field of the pod")
    fileKeyRef = f.obj(FileKeySelector, "a variable in a file of a volume")
    resourceFieldRef = f.obj(ResourceFieldSelector, "a request or limit of a container")
    secretKeyRef = f.obj(SecretKeySelector, "a key of a Secret")


class EnvVar(f.ApiSchema):
    """One environment variable."""

    class Meta:
        definition = f"{_GROUP}.EnvVar"

    name = f.string("name of the variable", required=True)
    value = f.string("its value, in which `$(OTHER)` stands for an earlier variable")
    valueFrom = f.obj(EnvVarSource, "where the value comes from instead")


class ConfigMapEnvSource(f.ApiSchema):
    """All keys of a ConfigMap as variables."""

    class Meta:
        definition = f"{_GROUP}.ConfigMapEnvSource"

    name = f.string("name of the ConfigMap", default="")
    optional = f.boolean("whether the ConfigMap may be missing")


class SecretEnvSource(f.ApiSchema):
    """All keys of a Secret as variables."""

    class Meta:
        definition = f"{_GROUP}.SecretEnvSource"

    name = f.string("name of the Secret", default="")
    optional = f.boolean("whether the Secret may be missing")


class EnvFromSource(f.ApiSchema):
    """A source of many variables at once."""

    class Meta:
        definition = f"{_GROUP}.EnvFromSource"

    configMapRef = f.obj(ConfigMapEnvSource, "the ConfigMap to take")
    prefix = f.string("text put before each name")
    secretRef = f.obj(SecretEnvSource, "the Secret to take")
