"""A message of the day in every namespace."""

from collections.abc import Sequence
from contextlib import suppress

from kubernel.errors import AlreadyExistsError
from kubernel.hooks import Registrations, hookimpl
from kubernel.ports.controller import ControllerContext, ControllerFactory, Watch
from kubernel.types.well_known import CONFIG_MAPS, NAMESPACES


class MessageOfTheDay:
    name = "motd"

    def __init__(self, context: ControllerContext) -> None:
        self.client = context.client
        self.text = str(context.options.get("text", "have a nice day"))

    def watches(self) -> Sequence[Watch]:
        return (Watch(NAMESPACES),)

    def sync(self, key: str) -> None:
        namespace = self.client.informer(NAMESPACES).get(key)
        if namespace is None or namespace["metadata"].get("deletionTimestamp"):
            return
        message = {"metadata": {"name": "motd", "namespace": key}, "data": {"text": self.text}}
        with suppress(AlreadyExistsError):  # somebody's own message stays
            self.client.create(CONFIG_MAPS, message, key)


@hookimpl
def kubernel_register_controllers(controllers: Registrations[ControllerFactory]) -> None:
    controllers.add("motd", MessageOfTheDay)
