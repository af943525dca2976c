"""Objects of any kind as people edit them: apply, diff, replace, edit, label, annotate, patch, explain, wait."""

import stat
from pathlib import Path

import pytest

from clusters import Kubectl
from waiting import eventually

pytestmark = pytest.mark.kubectl

SETTINGS = """
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, labels: {tier: low}}
data: {color: blue, size: large}
"""


@pytest.fixture
def settings(kubectl: Kubectl) -> Kubectl:
    """A namespace with an applied ConfigMap `settings`."""
    assert kubectl("apply", "-f", "-", stdin=SETTINGS) == "configmap/settings created\n"
    return kubectl


def data(kubectl: Kubectl) -> dict[str, str]:
    found: dict[str, str] = kubectl.json("get", "configmap", "settings")["data"]
    return found


def test_apply_creates_then_leaves_alone_then_changes_and_removes(settings: Kubectl) -> None:
    assert settings("apply", "-f", "-", stdin=SETTINGS) == "configmap/settings unchanged\n"
    changed = SETTINGS.replace("color: blue, size: large", "color: red")
    assert settings("apply", "-f", "-", stdin=changed) == "configmap/settings configured\n"
    assert data(settings) == {"color": "red"}


def test_diff_shows_what_apply_would_change(settings: Kubectl) -> None:
    assert settings.run("diff", "-f", "-", stdin=SETTINGS).returncode == 0
    done = settings.run("diff", "-f", "-", stdin=SETTINGS.replace("blue", "red"))
    assert done.returncode == 1, done.stderr
    assert "-  color: blue" in done.stdout
    assert "+  color: red" in done.stdout
    assert data(settings)["color"] == "blue"


def test_replace_puts_a_whole_object_in_place(settings: Kubectl) -> None:
    changed = SETTINGS.replace("data: {color: blue, size: large}", "data: {shape: round}")
    assert settings("replace", "-f", "-", stdin=changed) == "configmap/settings replaced\n"
    assert data(settings) == {"shape": "round"}


def test_edit_with_an_editor(settings: Kubectl, tmp_path: Path) -> None:
    editor = tmp_path / "editor"
    editor.write_text('#!/bin/sh\nexec sed -i "s/color: blue/color: green/" "$1"\n')
    editor.chmod(editor.stat().st_mode | stat.S_IXUSR)
    assert settings("edit", "configmap", "settings", env={"KUBE_EDITOR": str(editor)}) == "configmap/settings edited\n"
    assert data(settings)["color"] == "green"


def test_label_and_annotate(settings: Kubectl) -> None:
    assert settings("label", "configmap", "settings", "team=core").strip() == "configmap/settings labeled"
    assert settings("get", "configmaps", "-l", "team=core,tier in (low,high)", "-o", "name").strip() == "configmap/settings"
    assert settings("get", "configmaps", "-l", "team!=core", "-o", "name").split() == ["configmap/kube-root-ca.crt"]
    assert "overwrite" in settings.fails("label", "configmap", "settings", "team=other")
    settings("label", "configmap", "settings", "team-")
    assert settings("annotate", "configmap", "settings", "note=kept here").strip() == "configmap/settings annotated"
    metadata = settings.json("get", "configmap", "settings")["metadata"]
    assert metadata["labels"] == {"tier": "low"}
    assert metadata["annotations"]["note"] == "kept here"


@pytest.mark.parametrize(
    ("kind", "patch"),
    [
        ("strategic", '{"data": {"color": "red"}}'),
        ("merge", '{"data": {"color": "red"}}'),
        ("json", '[{"op": "replace", "path": "/data/color", "value": "red"}]'),
    ],
)
def test_patch_in_its_three_forms(settings: Kubectl, kind: str, patch: str) -> None:
    assert settings("patch", "configmap", "settings", "--type", kind, "-p", patch).strip() == "configmap/settings patched"
    assert data(settings) == {"color": "red", "size": "large"}


def test_wait_sees_a_condition_and_a_deletion(kubectl: Kubectl) -> None:
    kubectl("run", "one", "--image=busybox", "--restart=Never", "--command", "--", "sleep", "1000")
    assert kubectl("wait", "--for=condition=Ready", "pod/one", "--timeout=60s").strip() == "pod/one condition met"
    kubectl("delete", "pod", "one", "--wait=false", "--grace-period=1")
    kubectl("wait", "--for=delete", "pod/one", "--timeout=60s")
    assert "not found" in kubectl.fails("get", "pod", "one")


def test_explain_knows_the_fields(kubectl: Kubectl) -> None:
    text = kubectl("explain", "deployment.spec.strategy.rollingUpdate")
    assert "GROUP:      apps" in text
    assert "maxSurge" in text
    assert "maxUnavailable" in text
    assert "containerPort" in kubectl("explain", "pods.spec.containers.ports")
    assert "<integer>" in kubectl("explain", "pods.spec.containers.ports.containerPort")


def test_api_resources_and_versions(kubectl: Kubectl) -> None:
    names = kubectl("api-resources", "-o", "name").split()
    for name in ("pods", "services", "deployments.apps", "replicasets.apps", "leases.coordination.k8s.io"):
        assert name in names
    assert "endpointslices.discovery.k8s.io" in names
    assert "apps/v1" in kubectl("api-versions").split()
    assert "po " in kubectl("api-resources", "--api-group=", "--namespaced=true")


def test_get_all_and_sorting_and_columns(settings: Kubectl) -> None:
    settings("create", "configmap", "another", "--from-literal=k=v")
    names = settings("get", "configmaps", "--sort-by=.metadata.name", "-o", "jsonpath={.items[*].metadata.name}")
    assert names.split() == ["another", "kube-root-ca.crt", "settings"]
    assert settings("get", "configmap", "settings", "-o", "custom-columns=N:.metadata.name,C:.data.color").split() == [
        "N",
        "C",
        "settings",
        "blue",
    ]
    assert settings("get", "all").strip() == ""


def test_secrets_and_service_accounts(kubectl: Kubectl) -> None:
    kubectl("create", "secret", "generic", "hidden", "--from-literal=password=s3cret")
    assert kubectl("get", "secret", "hidden", "-o", "jsonpath={.data.password}") == "czNjcmV0"
    assert "s3cret" not in kubectl("describe", "secret", "hidden")
    eventually(lambda: kubectl("get", "serviceaccount", "default", "-o", "name"))


def test_namespaces_take_everything_along(kubectl: Kubectl) -> None:
    kubectl("create", "namespace", f"{kubectl.namespace}-more")
    inside = Kubectl(kubectl.cluster, f"{kubectl.namespace}-more")
    inside("apply", "-f", "-", stdin=SETTINGS)
    inside("run", "one", "--image=busybox", "--restart=Never", "--command", "--", "sleep", "1000")
    kubectl("delete", "namespace", inside.namespace, "--timeout=60s")
    assert "not found" in kubectl.fails("get", "namespace", inside.namespace)
    assert inside.json("get", "configmaps")["items"] == []


def test_server_side_mistakes_are_told_in_kubernetes_words(settings: Kubectl) -> None:
    assert 'configmaps "settings" already exists' in settings.fails("create", "-f", "-", stdin=SETTINGS)
    assert 'unknown field "dta"' in settings.fails("apply", "-f", "-", stdin=SETTINGS.replace("\ndata:", "\ndta:"))
    assert "Invalid value" in settings.fails("create", "configmap", "Bad_Name")
    assert 'deployments.apps "none" not found' in settings.fails("get", "deployment", "none")
    assert "the server doesn't have a resource type" in settings.fails("get", "wonders")
    assert "unable to parse requirement" in settings.fails("get", "pods", "-l", "a in b")
    assert "field label not supported" in settings.fails("get", "pods", "--field-selector=spec.color=red")


def test_dry_run_leaves_no_trace(kubectl: Kubectl) -> None:
    assert "server dry run" in kubectl("apply", "--dry-run=server", "-f", "-", stdin=SETTINGS)
    assert "not found" in kubectl.fails("get", "configmap", "settings")
