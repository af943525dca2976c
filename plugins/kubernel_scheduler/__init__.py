"""The default scheduler: nodes as rows of NumPy columns, kept up to date change by change."""

from collections.abc import Mapping

from kubernel.hooks import hookimpl
from kubernel.ports.scheduler import Scheduler
from kubernel.types.json import JSON

NAME = "default"


@hookimpl
def kubernel_open_scheduler(name: str, config: Mapping[str, JSON]) -> Scheduler | None:
    """The scheduler `default`."""
    if name != NAME:
        return None
    from kubernel_scheduler.config import SchedulerConfig
    from kubernel_scheduler.scheduler import ArrayScheduler

    return ArrayScheduler(SchedulerConfig.read(config))
