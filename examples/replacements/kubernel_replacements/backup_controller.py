"""The controller of backups. Copies are ConfigMaps `NAME-1`, `NAME-2` ... that belong to their backup and go with it."""

from collections.abc import Iterable, Sequence

from kubernel.ports.controller import ControllerContext, Watch, owner_key
from kubernel.types.json import Object
from kubernel.types.references import ResourceType, controller_of, key_of, owner_reference, split_key
from kubernel.types.well_known import CONFIG_MAPS

BACKUPS = ResourceType("example.com", "v1", "backups")


class BackupController:
    """See the module."""

    name = "backup"

    def __init__(self, context: ControllerContext) -> None:
        self._client, self._recorder = context.client, context.recorder
        self._backups = context.client.informer(BACKUPS)
        self._config_maps = context.client.informer(CONFIG_MAPS)

    def watches(self) -> Sequence[Watch]:
        return (Watch(BACKUPS), Watch(CONFIG_MAPS, self._backups_of), Watch(CONFIG_MAPS, owner_key("Backup")))

    def _backups_of(self, old: Object | None, new: Object | None) -> Iterable[str]:
        metadata = (new or old or {})["metadata"]
        backups = self._backups.list(metadata["namespace"])
        return [key_of(backup) for backup in backups if backup["spec"]["configMap"] == metadata["name"]]

    def sync(self, key: str) -> None:
        backup = self._backups.get(key)
        if backup is None or backup["metadata"].get("deletionTimestamp"):
            return
        namespace, name = split_key(key)
        copies = self._copies(backup, namespace)
        source = self._config_maps.get(f"{namespace}/{backup['spec']['configMap']}")
        if source is not None and (not copies or (copies[-1].get("data") or {}) != (source.get("data") or {})):
            # A copy that this cache does not show yet has the same number: it is in the way, and sync is tried again.
            number = _number(copies[-1]) + 1 if copies else 1
            metadata = {"name": f"{name}-{number}", "ownerReferences": [owner_reference(backup)]}
            copy = self._client.create(CONFIG_MAPS, {"metadata": metadata, "data": source.get("data") or {}}, namespace)
            self._recorder.event(backup, "Normal", "Copied", f"Copied {source['metadata']['name']} to {name}-{number}")
            copies.append(copy)
        keep = backup["spec"]["keep"]
        for copy in copies[:-keep]:
            self._client.delete(CONFIG_MAPS, copy["metadata"]["name"], namespace)
        status = {"copies": len(copies[-keep:]), "newest": copies[-1]["metadata"]["name"] if copies else ""}
        if backup.get("status") != status:
            self._client.update(BACKUPS, {**backup, "status": status}, subresource="status")

    def _copies(self, backup: Object, namespace: str) -> list[Object]:
        """The copies in the cache, oldest first."""
        uid = backup["metadata"]["uid"]
        mine = [obj for obj in self._config_maps.list(namespace) if (controller_of(obj) or {}).get("uid") == uid]
        return sorted(mine, key=_number)


def _number(copy: Object) -> int:
    return int(copy["metadata"]["name"].rpartition("-")[2])
