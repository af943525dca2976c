"""The end of everything that a runtime runs: told to end, given a moment, then ended."""

import signal
import time

from kubernel.ports.runtime import ContainerState, Runtime


def end_pods(runtime: Runtime, seconds: float) -> int:
    """End every container of the runtime, after `seconds` at the latest; gives how many ran. Their records stay: the next agent
    reads them."""
    running = [status for status in runtime.containers() if status.state is ContainerState.RUNNING]
    for status in running:
        runtime.signal(status.id, signal.SIGTERM)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and any(s.state is ContainerState.RUNNING for s in runtime.containers()):
        time.sleep(0.01)
    for sandbox in runtime.sandboxes():
        if sandbox.ready:
            runtime.stop_sandbox(sandbox.id)
    return len(running)
