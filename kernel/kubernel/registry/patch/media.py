"""Which kind of patch a media type means, and applying it."""

from marshmallow import Schema

from kubernel.errors import BadRequestError, UnsupportedMediaTypeError
from kubernel.objects.nodes import schema_node
from kubernel.registry.encoding import checked, copied
from kubernel.registry.patch import json, merge, strategic
from kubernel.registry.requests import Patch
from kubernel.types.json import JSON, Object

MEDIA_TYPES = (json.MEDIA_TYPE, merge.MEDIA_TYPE, strategic.MEDIA_TYPE)


def check_media_type(media_type: str) -> None:
    """:raises UnsupportedMediaTypeError: there is no such patch."""
    if media_type not in MEDIA_TYPES:
        accepted = ", ".join(MEDIA_TYPES)
        raise UnsupportedMediaTypeError(
            f"the body of the request was in an unknown format - accepted media types include: {accepted}"
        )


def patched(document: Object, patch: Patch, schema: type[Schema]) -> JSON:
    """The document (which may be changed) with a patch applied; the patch itself is left as it is.

    :raises BadRequestError: the patch is malformed, or makes something other than an object.
    :raises InvalidError: it cannot be applied to this document.
    """
    if patch.media_type == json.MEDIA_TYPE:
        result = json.apply(document, copied(patch.body))
    elif patch.media_type == merge.MEDIA_TYPE:
        if not isinstance(patch.body, dict):
            raise BadRequestError("error decoding patch: a merge patch of an object is an object")
        result = merge.apply(document, copied(patch.body))
    else:
        check_media_type(patch.media_type)
        result = strategic.apply(document, copied(patch.body), schema_node(schema))
    if not isinstance(result, dict) or not isinstance(result.get("metadata"), dict):
        raise BadRequestError("the patch leaves no object with metadata")
    checked(result)
    return result
