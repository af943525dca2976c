"""Waiting on conditions: tests say what must become true, never how long it takes."""

import time
from collections.abc import Callable
from typing import TypeVar

Value = TypeVar("Value")


def eventually(probe: Callable[[], Value], *, timeout: float = 60.0, every: float = 0.05, what: str = "") -> Value:
    """Ask until the answer is true-ish, and give it; assertion errors of the probe count as "not yet".

    :raises AssertionError: it did not become true in `timeout` seconds; carries the probe's last complaint.
    """
    deadline = time.monotonic() + timeout
    complaint: object = "nothing yet"
    while True:
        try:
            value = probe()
            if value:
                return value
            complaint = value
        except AssertionError as error:
            complaint = error
        if time.monotonic() > deadline:
            raise AssertionError(f"{what or 'the condition'} did not come true in {timeout:.0f} s; last seen: {complaint}")
        time.sleep(every)
