"""Calls a service over and over while something happens to it, and counts what came back."""

import http.client
import threading
from collections import Counter


class Caller:
    """One request after the other, each on a connection of its own, from a thread, within a `with` block."""

    def __init__(self, address: str, port: int) -> None:
        self._address, self._port = address, port
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="caller", daemon=True)
        self.answers: Counter[str] = Counter()
        self.pods: Counter[str] = Counter()
        self.failures: list[str] = []

    def __enter__(self) -> "Caller":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join()

    @property
    def total(self) -> int:
        return sum(self.answers.values())

    def _run(self) -> None:
        while not self._stopped.wait(0.005):
            try:
                self.call()
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(f"{type(error).__name__}: {error}")

    def call(self) -> None:
        """One request. Counts the server's version and the pod that answered.

        :raises OSError: it failed.
        """
        connection = http.client.HTTPConnection(self._address, self._port, timeout=10)
        try:
            connection.request("GET", "/")
            answer = connection.getresponse()
            answer.read()
            if answer.status != 200:
                raise ConnectionError(f"the service answered {answer.status}")
            self.answers[answer.headers.get("Server", "?")] += 1
            self.pods[answer.headers.get("X-Pod", "?")] += 1
        finally:
            connection.close()
