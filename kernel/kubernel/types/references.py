"""How things are named: kinds, resource types (what a URL path names), and objects within them."""

from dataclasses import dataclass

from kubernel.types.json import Object


@dataclass(frozen=True, slots=True)
class ResourceType:
    """One row of discovery: group ("" is the core group), version and lower-case plural."""

    group: str
    version: str
    plural: str

    @property
    def api_version(self) -> str:
        return f"{self.group}/{self.version}" if self.group else self.version

    def path(self, namespace: str | None = None, name: str | None = None, subresource: str | None = None) -> str:
        """The URL path of the collection, or of one object, or of its subresource."""
        parts = [f"/apis/{self.group}/{self.version}" if self.group else f"/api/{self.version}"]
        if namespace:
            parts.append(f"namespaces/{namespace}")
        parts.append(self.plural)
        if name:
            parts.append(name)
        if subresource:
            parts.append(subresource)
        return "/".join(parts)

    def __str__(self) -> str:
        return f"{self.plural}.{self.group}" if self.group else self.plural


def split_api_version(api_version: str) -> tuple[str, str]:
    """`apps/v1` is ("apps", "v1"), `v1` is ("", "v1")."""
    group, _, version = api_version.rpartition("/")
    return group, version


def key_of(obj: Object) -> str:
    """`namespace/name`, or `name` for an object of the cluster: the key of caches and work queues."""
    metadata = obj["metadata"]
    namespace = metadata.get("namespace")
    return f"{namespace}/{metadata['name']}" if namespace else str(metadata["name"])


def split_key(key: str) -> tuple[str, str]:
    """The namespace ("" for an object of the cluster) and the name of a `key_of`."""
    namespace, _, name = key.rpartition("/")
    return namespace, name


def reference_to(obj: Object) -> Object:
    """An `ObjectReference` to an object that carries its kind, as events and endpoints hold it."""
    metadata = obj["metadata"]
    reference = {
        "kind": obj.get("kind"),
        "namespace": metadata.get("namespace"),
        "name": metadata.get("name"),
        "uid": metadata.get("uid"),
        "apiVersion": obj.get("apiVersion"),
        "resourceVersion": metadata.get("resourceVersion"),
    }
    return {field: value for field, value in reference.items() if value}


def owner_reference(owner: Object) -> Object:
    """The `ownerReferences` entry by which a controller marks what it made."""
    return {
        "apiVersion": owner["apiVersion"],
        "kind": owner["kind"],
        "name": owner["metadata"]["name"],
        "uid": owner["metadata"]["uid"],
        "controller": True,
        "blockOwnerDeletion": True,
    }


def controller_of(obj: Object) -> Object | None:
    """The owner reference of the controller that manages this object, if any."""
    for owner in obj["metadata"].get("ownerReferences") or ():
        if owner.get("controller"):
            found: Object = owner
            return found
    return None
