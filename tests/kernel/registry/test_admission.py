"""Admission within the pipeline: who is asked, when, and with what."""

from typing import Any

import pytest

from kubernel.errors import ForbiddenError, InvalidError, NotFoundError
from kubernel.ports.admission import AdmissionRequest, Verb
from kubernel.ports.auth import User
from kubernel.ports.resource import ResourceDefinition
from kubernel.registry.flow import block
from kubernel.registry.requests import DeleteOptions, ListOptions, WriteOptions
from registry_world import CONFIGS, NAMESPACES, WIDGETS, World


class Notes:
    """An admission plugin that writes down what it is asked and does what it is told."""

    name = "notes"
    blocking = True

    def __init__(self, **spec: Any) -> None:
        self.spec = spec
        self.asked: list[tuple[str, str]] = []
        self.requests: list[AdmissionRequest] = []
        self.refuse = False

    def handles(self, resource: ResourceDefinition, verb: Verb) -> bool:
        return resource is WIDGETS

    def mutate(self, request: AdmissionRequest) -> list[str]:
        self.asked.append((request.verb, "mutate"))
        self.requests.append(request)
        if request.new is not None:
            request.new["spec"].update(self.spec)
        return ["changed"]

    def validate(self, request: AdmissionRequest) -> list[str]:
        self.asked.append((request.verb, "validate"))
        if self.refuse:
            raise ForbiddenError("no")
        return ["looked at"]


def test_admission_changes_before_defaults_and_validation() -> None:
    notes = Notes(containers=[{"name": "side"}])
    world = World(admission=[notes])
    answer = world.widget("a")
    assert answer.object["spec"]["containers"] == [{"name": "side", "image": "scratch"}]
    assert list(answer.warnings) == ["changed", "looked at"]
    notes.spec = {"replicas": -1}
    with pytest.raises(InvalidError):
        world.widget("b")
    world.close()


def test_admission_sees_the_request() -> None:
    notes = Notes()
    world = World(admission=[notes])
    world.create(WIDGETS, {"metadata": {"name": "a"}}, user=User("ann"))
    world.patch(WIDGETS, "a", {"status": {"phase": "Done"}}, sub="status")
    world.delete(WIDGETS, "a", dry_run=True)
    create, update, delete = notes.requests
    assert (create.verb, create.namespace, create.name, create.user.name, create.old) == ("create", "default", "a", "ann", None)
    assert (update.verb, update.subresource) == ("update", "status")
    assert update.old
    assert "status" not in update.old
    assert update.new
    assert update.new["status"] == {"phase": "Done"}
    assert (delete.verb, delete.new, delete.dry_run) == ("delete", None, True)
    assert create.reader.get(NAMESPACES.resource, "default")
    assert notes.asked == [(v, s) for v in ("create", "update", "delete") for s in ("mutate", "validate")]
    world.close()


def test_admission_refuses_with_nothing_written() -> None:
    notes = Notes()
    world = World(admission=[notes])
    notes.refuse = True
    with pytest.raises(ForbiddenError):
        world.widget("a")
    with pytest.raises(NotFoundError):
        world.get(WIDGETS, "a")
    notes.refuse = False
    world.widget("a")
    notes.refuse = True
    with pytest.raises(ForbiddenError):
        world.delete(WIDGETS, "a")
    with pytest.raises(ForbiddenError):
        block(world.registry.delete_collection(WIDGETS, "default", ListOptions(), DeleteOptions()))
    assert world.get(WIDGETS, "a")
    world.close()


def test_who_may_block_is_known_before() -> None:
    world = World(admission=[Notes()])
    assert world.registry.blocking(WIDGETS, "create")
    assert not world.registry.blocking(CONFIGS, "create")
    world.close()
    other = World(embedded=False)
    assert other.registry.blocking(CONFIGS, "create")
    other.close()


def test_admission_of_other_kinds_is_not_asked() -> None:
    notes = Notes()
    world = World(admission=[notes])
    block(world.registry.create(CONFIGS, "default", {"metadata": {"name": "a"}}, WriteOptions()))
    assert not notes.asked
    world.close()
