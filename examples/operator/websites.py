"""An operator as people write them, with the official client: a ConfigMap labelled `website=yes` gets a web server."""

from threading import Event
from typing import Any

from kubernetes import client, watch

LABEL = "website=yes"


def run(api: client.ApiClient, namespace: str, stop: Event) -> None:
    """Follow the ConfigMaps of a namespace until told to stop, and look at all of them again each second."""
    core = client.CoreV1Api(api)
    while not stop.is_set():
        stream = watch.Watch().stream(core.list_namespaced_config_map, namespace, label_selector=LABEL, timeout_seconds=1)
        for event in stream:
            if event["type"] != "DELETED":
                reconcile(api, event["object"])


def reconcile(api: client.ApiClient, wanted: Any) -> None:
    """Bring the web server of one ConfigMap to its number of replicas; what is made goes when the ConfigMap goes."""
    apps, name, namespace = client.AppsV1Api(api), wanted.metadata.name, wanted.metadata.namespace
    replicas = int((wanted.data or {}).get("replicas", "1"))
    owner = {"apiVersion": "v1", "kind": "ConfigMap", "name": name, "uid": wanted.metadata.uid}
    labels = {"website": name}
    deployment = {
        "metadata": {"name": name, "ownerReferences": [owner]},
        "spec": {
            "replicas": replicas,
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "web", "image": "nginx"}]}},
        },
    }
    try:
        apps.create_namespaced_deployment(namespace, deployment)
    except client.ApiException as error:
        if error.reason != "Conflict":
            raise
        apps.patch_namespaced_deployment_scale(name, namespace, {"spec": {"replicas": replicas}})
