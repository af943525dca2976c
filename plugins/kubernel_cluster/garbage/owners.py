"""What became of the owners of an object, asked of the server where the graph does not know.

An owner is *solid* when it is there, *waiting* when it is being deleted in the foreground, and *absent* when the server has no
object of that name and uid. Of a kind that the server does not offer (now) an owner can be none of these: the question stays
open.
"""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from kubernel.errors import NotFoundError, ServiceUnavailableError
from kubernel.ports.client import Client, ResourceInfo
from kubernel.types.json import Object
from kubernel.types.references import split_api_version
from kubernel_cluster.garbage.graph import Graph, Node, Owner, node_of

REMEMBERED = 1000


@dataclass(slots=True)
class Owners:
    """The owners of one object, by what became of them."""

    solid: list[Owner] = field(default_factory=list)
    waiting: list[Owner] = field(default_factory=list)
    absent: list[Owner] = field(default_factory=list)


class OwnerLookup:
    """See the module. `kinds` gives the resources by (group, kind), as discovery has them now."""

    def __init__(self, client: Client, graph: Graph, kinds: Callable[[], Mapping[tuple[str, str], ResourceInfo]]) -> None:
        self._client, self._graph, self._kinds = client, graph, kinds
        # Owners known to be gone: a thousand dependents of one owner ask the server once. A uid never comes back.
        self._gone: OrderedDict[tuple[str, str], None] = OrderedDict()

    def all_solid(self, node: Node) -> bool:
        """Whether the graph alone can say that every owner is there and stays."""
        for owner in node.owners:
            known = self._graph.get(owner.uid)
            if known is None or known.waits_for_dependents or known.name != owner.name:
                return False
            if known.namespace not in ("", node.namespace):
                return False
        return True

    def classify(self, node: Node) -> Owners:
        """Ask the server about every owner.

        :raises ServiceUnavailableError: an owner's kind is not offered by the server.
        """
        owners = Owners()
        for owner in node.owners:
            live = self._live(owner, node.namespace)
            if live is None:
                owners.absent.append(owner)
            elif live.waits_for_dependents:
                owners.waiting.append(owner)
            else:
                owners.solid.append(owner)
        return owners

    def _live(self, owner: Owner, namespace: str) -> Node | None:
        if (owner.uid, namespace) in self._gone:
            return None
        group, _ = split_api_version(owner.api_version)
        info = self._kinds().get((group, owner.kind))
        if info is None:
            raise ServiceUnavailableError(f"the server offers no kind {owner.kind} of {owner.api_version} now")
        if info.namespaced and not namespace:
            # An object of the cluster cannot be owned by one of a namespace: nobody can tell which one was meant.
            raise ServiceUnavailableError(f"{owner.kind} {owner.name!r} of a namespace cannot own an object of the cluster")
        try:
            live: Object = self._client.get(info.type, owner.name, namespace if info.namespaced else "")
        except NotFoundError:
            self._remember_gone(owner, namespace)
            return None
        if live["metadata"]["uid"] != owner.uid:
            self._remember_gone(owner, namespace)
            return None
        return node_of(info.type, live)

    def _remember_gone(self, owner: Owner, namespace: str) -> None:
        self._gone[owner.uid, namespace] = None
        if len(self._gone) > REMEMBERED:
            self._gone.popitem(last=False)
