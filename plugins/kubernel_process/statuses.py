"""From records to the values of the runtime port."""

from datetime import UTC, datetime
from typing import Any

from kubernel.ports.runtime import ContainerState, ContainerStatus, SandboxStatus


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def sandbox_status(record: dict[str, Any]) -> SandboxStatus:
    """A sandbox from its record."""
    return SandboxStatus(
        id=record["id"],
        namespace=record["namespace"],
        pod_name=record["pod_name"],
        pod_uid=record["pod_uid"],
        attempt=record["attempt"],
        ready=record["ready"],
        addresses=(record["address"],) if record["address"] else (),
        created_at=_moment(record["created_at"]),
    )


def container_status(config: dict[str, Any], running: dict[str, Any] | None, ended: dict[str, Any] | None) -> ContainerStatus:
    """A container from its three records; one that never started but has an end failed to start."""
    state = ContainerState.EXITED if ended else ContainerState.RUNNING if running else ContainerState.CREATED
    started = running["started_at"] if running else ended["finished_at"] if ended else None
    return ContainerStatus(
        id=config["id"],
        sandbox_id=config["sandbox_id"],
        name=config["name"],
        image=config["image"],
        image_id=config["image_id"],
        attempt=config["attempt"],
        state=state,
        created_at=_moment(config["created_at"]),
        started_at=_moment(started) if started is not None else None,
        finished_at=_moment(ended["finished_at"]) if ended else None,
        exit_code=ended["exit_code"] if ended else 0,
        signal=ended["signal"] if ended else 0,
        reason=ended["reason"] if ended else "",
        message=ended["message"] if ended else "",
    )
