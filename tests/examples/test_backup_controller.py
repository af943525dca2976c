"""The controller of backups by itself, with informers and time turned by the test."""

from collections.abc import Iterator

import pytest

from example_plugins import example
from kubernel.hooks import Registrations
from kubernel.hooks.discovery import load_plugins
from kubernel.objects import kinds
from kubernel.ports.controller import ControllerFactory
from kubernel.ports.resource import ResourceDefinition
from kubernel.testing.controllers import ControllerWorld
from kubernel.types.references import ResourceType
from kubernel.types.well_known import CONFIG_MAPS

BACKUPS = ResourceType("example.com", "v1", "backups")


@pytest.fixture
def world() -> Iterator[ControllerWorld]:
    """What the plugin registers by `kubernel_register_resources` and `kubernel_register_controllers`, and nothing else."""
    extra = [("replacements", example("replacements", "kubernel_replacements"))]
    plugins = load_plugins(points=(), extra=extra).plugins
    resources: Registrations[ResourceDefinition] = Registrations("resource")
    plugins.collect("kubernel_register_resources", resources=resources)
    controllers: Registrations[ControllerFactory] = Registrations("controller")
    plugins.collect("kubernel_register_controllers", controllers=controllers)
    world = ControllerWorld([*kinds(), *(definition for _, definition in resources)], controllers)
    yield world
    world.close()


def write(world: ControllerWorld, colour: str) -> None:
    """Create or change the ConfigMap that is backed up."""
    if "settings" not in world.names(CONFIG_MAPS):
        world.client.create(CONFIG_MAPS, {"metadata": {"name": "settings"}, "data": {"colour": colour}}, "default")
    else:
        world.client.patch(CONFIG_MAPS, "settings", {"data": {"colour": colour}}, "default")
    world.settle()


def status(world: ControllerWorld) -> object:
    return world.get(BACKUPS, "default/kept").get("status")


def test_each_new_content_is_copied_once_and_the_oldest_goes(world: ControllerWorld) -> None:
    world.client.create(BACKUPS, {"metadata": {"name": "kept"}, "spec": {"configMap": "settings", "keep": 2}}, "default")
    world.settle()
    assert status(world) == {"copies": 0, "newest": ""}
    for colour in ("red", "red", "green", "blue"):
        write(world, colour)
    assert world.names(CONFIG_MAPS) == ["kept-2", "kept-3", "settings"]
    assert status(world) == {"copies": 2, "newest": "kept-3"}
    assert world.messages("Copied") == [f"Copied settings to kept-{number}" for number in (1, 2, 3)]


def test_the_copies_stay_when_the_source_goes(world: ControllerWorld) -> None:
    write(world, "red")
    world.client.create(BACKUPS, {"metadata": {"name": "kept"}, "spec": {"configMap": "settings"}}, "default")
    world.settle()
    world.client.delete(CONFIG_MAPS, "settings", "default")
    world.settle()
    assert world.names(CONFIG_MAPS) == ["kept-1"]


def test_a_copy_that_somebody_deletes_is_made_again(world: ControllerWorld) -> None:
    write(world, "red")
    world.client.create(BACKUPS, {"metadata": {"name": "kept"}, "spec": {"configMap": "settings"}}, "default")
    world.settle()
    world.client.delete(CONFIG_MAPS, "kept-1", "default")
    world.settle()
    assert world.names(CONFIG_MAPS) == ["kept-1", "settings"]
