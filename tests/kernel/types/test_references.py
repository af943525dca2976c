"""References: paths, keys, owners."""

import pytest

from kubernel.types.int_or_string import scaled
from kubernel.types.network import first_address, pod_cidr, service_cidr
from kubernel.types.references import controller_of, key_of, owner_reference, split_api_version, split_key
from kubernel.types.well_known import DEPLOYMENTS, NODES, PODS

OWNER = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "metadata": {"name": "web", "namespace": "default", "uid": "u"}}


def test_paths_of_the_api() -> None:
    assert PODS.path() == "/api/v1/pods"
    assert PODS.path("default", "web", "log") == "/api/v1/namespaces/default/pods/web/log"
    assert DEPLOYMENTS.path("default") == "/apis/apps/v1/namespaces/default/deployments"
    assert NODES.path(name="n") == "/api/v1/nodes/n"
    assert (str(PODS), str(DEPLOYMENTS), DEPLOYMENTS.api_version) == ("pods", "deployments.apps", "apps/v1")
    assert (split_api_version("v1"), split_api_version("apps/v1")) == (("", "v1"), ("apps", "v1"))


def test_keys_come_apart_as_they_were_put_together() -> None:
    assert key_of(OWNER) == "default/web"
    assert split_key("default/web") == ("default", "web")
    assert split_key(key_of({"metadata": {"name": "n"}})) == ("", "n")


def test_the_controller_of_an_object_is_the_owner_that_controls_it() -> None:
    reference = owner_reference(OWNER)
    child = {"metadata": {"ownerReferences": [{"kind": "Other", "name": "x"}, reference]}}
    assert controller_of(child) == reference
    assert controller_of({"metadata": {}}) is None


def test_percentages_round_the_way_that_is_asked() -> None:
    assert scaled(3, 10, round_up=True) == 3
    assert scaled("25%", 10, round_up=True) == 3
    assert scaled("25%", 10, round_up=False) == 2
    for wrong in ("25", "x%", "-5%"):
        with pytest.raises(ValueError, match="percentage"):
            scaled(wrong, 10, round_up=True)


def test_slots_do_not_overlap() -> None:
    assert (pod_cidr(0), pod_cidr(15)) == ("127.64.0.0/16", "127.79.0.0/16")
    assert (service_cidr(0), service_cidr(15)) == ("127.96.0.0/16", "127.111.0.0/16")
    assert first_address(service_cidr(2)) == "127.98.0.1"
