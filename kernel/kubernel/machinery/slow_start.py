"""Creating many objects in batches of 1, 2, 4, ...: when the first one is refused (a quota, a bad template), the rest are not
tried, so that one bad object does not become a thousand refused requests every few seconds."""

from collections.abc import Callable

from kubernel.errors import StatusError


def slow_start(count: int, create: Callable[[], object], initial: int = 1) -> tuple[int, list[StatusError]]:
    """Call `create` `count` times, in batches that double; a batch with a failure is finished and is the last one.

    :returns: how many calls succeeded, and the failures.
    """
    done, batch = 0, initial
    while done < count:
        failures: list[StatusError] = []
        size = min(batch, count - done)
        for _ in range(size):
            try:
                create()
            except StatusError as error:
                failures.append(error)
        done += size
        if failures:
            return done - len(failures), failures
        batch *= 2
    return done, []
