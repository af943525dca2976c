"""Handing work to the loop: in order, with one wake-up, whatever one of the calls does."""

import asyncio
import threading
from concurrent.futures import Future
from typing import Any

from kubernel.api.handover import Mailbox


def test_calls_of_other_threads_are_made_in_order_on_the_loop() -> None:
    made: list[tuple[int, int]] = []

    async def main() -> None:
        mailbox, done = Mailbox(asyncio.get_running_loop()), asyncio.Event()

        def put_all() -> None:
            for number in range(1000):
                mailbox.put(lambda number=number: made.append((number, threading.get_ident())))  # type: ignore[misc]
            mailbox.put(done.set)

        thread = threading.Thread(target=put_all)
        thread.start()
        await done.wait()
        thread.join()

    asyncio.run(main())
    assert made == [(number, threading.get_ident()) for number in range(1000)]


def test_a_call_that_fails_takes_no_other_with_it() -> None:
    made: list[str] = []
    reported: list[dict[str, Any]] = []

    async def main() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(lambda _, context: reported.append(context))
        mailbox, done = Mailbox(loop), asyncio.Event()
        mailbox.put(lambda: made.append("first"))
        mailbox.put(lambda: made.append(str(1 // 0)))
        mailbox.put(lambda: made.append("last"))
        mailbox.put(done.set)
        await done.wait()

    asyncio.run(main())
    assert made == ["first", "last"]
    assert isinstance(reported[0]["exception"], ZeroDivisionError)


def test_a_finished_future_makes_its_call_too() -> None:
    async def main() -> None:
        mailbox, done = Mailbox(asyncio.get_running_loop()), asyncio.Event()
        future: Future[int] = Future()
        future.set_result(1)
        mailbox.when_done(future, done.set)
        await done.wait()

    asyncio.run(main())


def test_after_the_loop_has_ended_calls_are_dropped() -> None:
    loop = asyncio.new_event_loop()
    mailbox = Mailbox(loop)
    loop.close()
    mailbox.put(lambda: None)
