"""What the node does to a container from outside: probes, and the actions at the start and the end of its life."""

from kubernel.objects import fields as f

_GROUP = "io.k8s.api.core.v1"


class ExecAction(f.ApiSchema):
    """Runs a command inside the container; exit code 0 means success."""

    class Meta:
        definition = f"{_GROUP}.ExecAction"

    command = f.list_of(f.string(), "the program and its arguments; no shell is involved", list_type="atomic")


class HTTPHeader(f.ApiSchema):
    """A header that a request carries."""

    class Meta:
        definition = f"{_GROUP}.HTTPHeader"

    name = f.string("name of the header", required=True)
    value = f.string("value of the header", required=True, allow_empty=True)


class HTTPGetAction(f.ApiSchema):
    """An HTTP GET; a status from 200 to 399 means success."""

    class Meta:
        definition = f"{_GROUP}.HTTPGetAction"

    host = f.string("where to connect, the pod's address when absent")
    httpHeaders = f.list_of(HTTPHeader, "headers to send", list_type="atomic")
    path = f.string("path to ask for", default="/")
    port = f.int_or_string("port number, or the name of a container port", required=True)
    scheme = f.string("HTTP or HTTPS; certificates are not verified", default="HTTP", enum=("HTTP", "HTTPS"))


class TCPSocketAction(f.ApiSchema):
    """Opens a TCP connection; success when it is accepted."""

    class Meta:
        definition = f"{_GROUP}.TCPSocketAction"

    host = f.string("where to connect, the pod's address when absent")
    port = f.int_or_string("port number, or the name of a container port", required=True)


class GRPCAction(f.ApiSchema):
    """Calls the gRPC health service."""

    class Meta:
        definition = f"{_GROUP}.GRPCAction"

    port = f.integer("port number", required=True)
    service = f.string("name of the service to ask about", default="")


class SleepAction(f.ApiSchema):
    """Waits."""

    class Meta:
        definition = f"{_GROUP}.SleepAction"

    seconds = f.integer("how long", required=True, allow_empty=True, format="int64")


class Probe(f.ApiSchema):
    """A question that is asked of a container again and again."""

    class Meta:
        definition = f"{_GROUP}.Probe"

    exec = f.obj(ExecAction, "run a command", union="handler type")
    failureThreshold = f.integer("failures in a row after which the probe counts as failed", default=3, minimum=0)
    grpc = f.obj(GRPCAction, "call the gRPC health service", union="handler type")
    httpGet = f.obj(HTTPGetAction, "ask over HTTP", union="handler type")
    initialDelaySeconds = f.integer("seconds after the start of the container until the first try", minimum=0)
    periodSeconds = f.integer("seconds between two tries", default=10, minimum=0)
    successThreshold = f.integer("successes in a row after which a failed probe counts as good again", default=1, minimum=0)
    tcpSocket = f.obj(TCPSocketAction, "open a TCP connection", union="handler type")
    terminationGracePeriodSeconds = f.integer(
        "grace for the container when this probe fails, in place of the pod's", format="int64"
    )
    timeoutSeconds = f.integer("seconds after which a try has failed", default=1, minimum=0)


class LifecycleHandler(f.ApiSchema):
    """One action; exactly one of the fields."""

    class Meta:
        definition = f"{_GROUP}.LifecycleHandler"

    exec = f.obj(ExecAction, "run a command", union="handler type")
    httpGet = f.obj(HTTPGetAction, "ask over HTTP", union="handler type")
    sleep = f.obj(SleepAction, "wait", union="handler type")
    tcpSocket = f.obj(TCPSocketAction, "kept for old manifests, does nothing", union="handler type")


class Lifecycle(f.ApiSchema):
    """Actions at the edges of a container's life."""

    class Meta:
        definition = f"{_GROUP}.Lifecycle"

    postStart = f.obj(LifecycleHandler, "done right after the start; its failure kills the container")
    preStop = f.obj(LifecycleHandler, "done before the container is told to end, within its grace")
    stopSignal = f.string("the signal that ends the container")
