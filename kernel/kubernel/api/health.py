"""`/healthz`, `/livez` and `/readyz`: named checks, one by one or together, in the text form that tools parse."""

from collections.abc import Callable, Iterable

from flask import Response

from kubernel.api.answers import answer
from kubernel.errors import KernelError

Check = Callable[[], None]
"""Raises a `KernelError` when something is wrong."""
TEXT = "text/plain; charset=utf-8"


def ping() -> None:
    """The server answers: that is the check."""


class Health:
    """The checks of one endpoint."""

    def __init__(self, endpoint: str, checks: dict[str, Check]) -> None:
        self._endpoint, self._checks = endpoint, checks

    def all(self, *, verbose: bool, exclude: Iterable[str]) -> Response:
        """Every check but the excluded ones: `ok`, or what failed with code 500."""
        left_out = set(exclude)
        lines: list[str] = []
        failed: list[str] = []
        for name, check in self._checks.items():
            if name in left_out:
                lines.append(f"[+]{name} excluded: ok")
                continue
            try:
                check()
            except KernelError as error:
                failed.append(name)
                lines.append(f"[-]{name} failed: {error}")
            else:
                lines.append(f"[+]{name} ok")
        unknown = sorted(left_out - set(self._checks))
        lines += [f"warn: some health checks cannot be excluded: no matches for {name!r}" for name in unknown]
        if failed:
            return self._text("\n".join([*lines, f"{self._endpoint} check failed", ""]), 500)
        if verbose:
            return self._text("\n".join([*lines, f"{self._endpoint} check passed", ""]))
        return self._text("ok")

    def one(self, name: str) -> Response:
        """A single check; 404 when there is none of that name."""
        check = self._checks.get(name)
        if check is None:
            return self._text("404 page not found\n", 404)
        try:
            check()
        except KernelError as error:
            return self._text(f"internal server error: {error}\n", 500)
        return self._text("ok")

    def _text(self, text: str, status: int = 200) -> Response:
        response = answer(text.encode(), status, TEXT)
        response.headers["X-Content-Type-Options"] = "nosniff"
        return response
