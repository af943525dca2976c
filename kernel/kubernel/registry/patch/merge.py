"""JSON merge patch (RFC 7386): objects are merged, null removes, everything else replaces."""

from kubernel.types.json import JSON

MEDIA_TYPE = "application/merge-patch+json"


def apply(document: JSON, patch: JSON) -> JSON:
    """The patched document; `document` may be changed on the way, and may share parts with `patch` afterwards."""
    if not isinstance(patch, dict):
        return patch
    merged = document if isinstance(document, dict) else {}
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        elif isinstance(value, dict):
            merged[name] = apply(merged.get(name), value)
        else:
            merged[name] = value
    return merged
