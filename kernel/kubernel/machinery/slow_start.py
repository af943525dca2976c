"""Creating many objects in batches of 1, 2, 4, ...: when the first one is refused (a quota, a bad template), the rest are not
tried, so that one bad object does not become a thousand refused requests every few seconds."""

from collections.abc import Callable

from kubernel.errors import StatusError
from kubernel.ports.controller import Together, in_turn


def slow_start(
    count: int, create: Callable[[], object], *, together: Together = in_turn, initial: int = 1
) -> tuple[int, list[StatusError]]:
    """Call `create` `count` times, in batches that double; a batch with a failure is finished and is the last one.

    :param together: makes the calls of one batch, side by side perhaps.
    :returns: how many calls succeeded, and the failures.
    """
    done, batch = 0, initial
    while done < count:
        failures: list[StatusError] = []
        size = min(batch, count - done)
        together([_noting(create, failures)] * size)
        done += size
        if failures:
            return done - len(failures), failures
        batch *= 2
    return done, []


def _noting(create: Callable[[], object], failures: list[StatusError]) -> Callable[[], None]:
    def call() -> None:
        try:
            create()
        except StatusError as error:
            failures.append(error)

    return call
