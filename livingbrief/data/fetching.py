"""Fetching over the network: what may pass is tried again, with growing waits, within a time."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import requests

from livingbrief.errors import BuildError

T = TypeVar("T")
TEMPORARY = frozenset({408, 425, 429, 500, 502, 503, 504})
#: Failures of a connection in plain words, the first that fits.
REASONS: dict[type[Exception], str] = {
    requests.exceptions.ChunkedEncodingError: "the connection was cut in the middle of the answer",
    requests.Timeout: "no answer in time",
    requests.exceptions.SSLError: "the server's certificate could not be verified",
    requests.ConnectionError: "no connection to the server",
}
ATTEMPTS = 5
#: Seconds: before the second attempt (each later wait is twice as long), at most before any,
#: without a byte until an attempt counts as failed, and for all requests together.
WAIT, LONGEST_WAIT, ANSWER_WITHIN, TOTAL = 1.0, 60.0, 30.0, 900.0


class FetchError(BuildError):
    """The publisher could not be reached, or its answer cannot be used; nothing was changed."""


class TemporaryError(Exception):
    """A failure that may pass."""


@dataclass
class Line:
    """One conversation with a publisher's server.

    `publisher`: name for messages; `say`: receives one line of progress at a time; `last`: the
    last answer.
    """

    publisher: str
    say: Callable[[str], None]
    last: requests.Response = field(default_factory=requests.Response)
    started: float = field(default_factory=time.monotonic)

    @property
    def options(self) -> dict[str, Any]:
        """Options for the next `requests.get`."""
        return {"timeout": ANSWER_WITHIN, "hooks": {"response": self._keep}}

    def attempt(self, what: str, call: Callable[[], T]) -> T:
        """Make a call, and make it again while it fails for reasons that may pass.

        A `FetchError` when the attempts or the time are used up, or the failure is no passing one.
        """
        reason = ""
        for number in range(ATTEMPTS):
            if number:
                asked = self.last.headers.get("Retry-After", "")
                wait = max(WAIT * 2 ** (number - 1), float(asked) if asked.isdigit() else 0.0)
                wait = min(wait, LONGEST_WAIT)
                self.say(f"{what}: {reason}; attempt {number + 1} in {wait:.1f} s")
                time.sleep(wait)
            if time.monotonic() - self.started > TOTAL:
                late = f"not complete after {TOTAL:,.0f} s, the time limit"
                raise FetchError(f"{self.publisher}: {late}; nothing was changed")
            try:
                return call()
            except (TemporaryError, requests.RequestException) as error:
                named = (text for kind, text in REASONS.items() if isinstance(error, kind))
                reason = next(named, str(error) or type(error).__name__)
        raise FetchError(
            f"{self.publisher}: {what}: {reason}, {ATTEMPTS} times; nothing was changed. Is there "
            "a network connection? Try again later"
        )

    def get(self, url: str) -> requests.Response:
        """Get a page once; a status that may pass is a `TemporaryError`."""
        response = requests.get(url, **self.options)
        self.refuse_temporary(response.status_code, response.reason)
        return response

    def refuse_temporary(self, status: int, reason: str) -> None:
        """Raise `TemporaryError` for a status that a later attempt may not meet."""
        if status in TEMPORARY:
            raise TemporaryError(f"the server answered {status} {reason}".rstrip())

    def _keep(self, response: requests.Response, *_: object, **__: object) -> None:
        self.last = response
