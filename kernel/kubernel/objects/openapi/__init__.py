"""The API's description as OpenAPI: one version 2 document, and for version 3 an index with one document per group version.

Everything is built when asked for and given as JSON bytes; nothing is kept here, the caller caches. Two documents of the same
definitions are the same bytes, so the hash in an index entry changes when its document does.
"""

from collections.abc import Iterable

from kubernel.ports.resource import ResourceDefinition

__all__ = ["v2", "v3_document", "v3_index", "v3_paths"]


def v2(definitions: Iterable[ResourceDefinition], version: str = "") -> bytes:
    """The whole API in one document.

    :param version: the server's version, for the document's `info`.
    """
    from kubernel.objects.openapi.documents import whole_document

    return whole_document(tuple(definitions), version)


def v3_index(definitions: Iterable[ResourceDefinition], version: str = "") -> bytes:
    """What `/openapi/v3` answers: for each group version the URL of its document, with the document's hash."""
    from kubernel.objects.openapi.documents import index_document

    return index_document(tuple(definitions), version)


def v3_document(definitions: Iterable[ResourceDefinition], path: str, version: str = "") -> bytes | None:
    """The document of one group version; None where nothing is served under the path.

    :param path: as in the index: `api/v1`, `apis/apps/v1`.
    """
    from kubernel.objects.openapi.documents import group_document

    return group_document(tuple(definitions), path, version)


def v3_paths(definitions: Iterable[ResourceDefinition]) -> list[str]:
    """The paths of the index, in the order of the definitions."""
    return list(dict.fromkeys(group_path(definition) for definition in definitions))


def group_path(definition: ResourceDefinition) -> str:
    """`api/v1` or `apis/GROUP/VERSION`."""
    return definition.resource.path().rpartition("/")[0].lstrip("/")
