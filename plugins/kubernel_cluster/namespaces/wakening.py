"""Which namespace a change concerns, for controllers that keep one object of a fixed name in each."""

from collections.abc import Iterable

from kubernel.types.json import Object


class NamespaceOf:
    """A mapping of `Watch`: the namespace whose object of one name has changed or gone."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, old: Object | None, new: Object | None) -> Iterable[str]:
        changed = new or old
        if changed is None or old is None or changed["metadata"]["name"] != self._name:
            return ()
        return (changed["metadata"]["namespace"],)
