"""Fetching over the network: retries with growing waits, a limit on time, a limit on size."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

import requests
import urllib3

from livingbrief.errors import BuildError

T = TypeVar("T")
MB = 1_000_000
PIECE = 1 << 16
TEMPORARY = frozenset({408, 425, 429, 500, 502, 503, 504})
#: Failures of a connection in plain words, the first that fits.
REASONS: dict[type[Exception], str] = {
    requests.exceptions.ChunkedEncodingError: "the connection was cut in the middle of the answer",
    requests.Timeout: "no answer in time",
    requests.exceptions.SSLError: "the server's certificate could not be verified",
    requests.ConnectionError: "no connection to the server",
}


class FetchError(BuildError):
    """The publisher could not be reached, or its answer cannot be used; nothing was changed."""


class TemporaryError(Exception):
    """A failure that may pass; `wait` is what the server asks for in seconds, 0 for nothing."""

    def __init__(self, reason: str, wait: float = 0.0) -> None:
        super().__init__(reason)
        self.wait = wait


@dataclass(frozen=True)
class Limits:
    """How long and how much.

    `attempts`: how often a request is made before giving up; `wait`: seconds before the second
    attempt; each later wait is twice as long; `longest_wait`: longest single wait in seconds, also
    where the server asks for more; `answer_within`: seconds without a byte after which an attempt
    counts as failed; `total`: seconds for all requests together; `largest_mb`: megabytes of all
    answers together.
    """

    attempts: int = 5
    wait: float = 1.0
    longest_wait: float = 60.0
    answer_within: float = 30.0
    total: float = 900.0
    largest_mb: int = 200


@dataclass
class Line:
    """One conversation with a publisher's server.

    `publisher`: name for messages; `say`: receives one line of progress at a time; `received`:
    bytes received so far; `last`: the last answer.
    """

    publisher: str
    limits: Limits
    say: Callable[[str], None]
    received: int = 0
    last: bytes = b""
    asked_wait: float = 0.0
    started: float = field(default_factory=time.monotonic)

    @property
    def options(self) -> dict[str, Any]:
        """Options for the next `requests.get`, that hold the limits."""
        longest = max(min(self.limits.answer_within, self._left()), 0.01)
        return {
            "timeout": (longest, longest),
            "hooks": {"response": self._receive},
            "stream": True,
        }

    def attempt(self, what: str, call: Callable[[], T]) -> T:
        """Make a call, and make it again while it fails for reasons that may pass.

        A `FetchError` when the attempts, the time or the size are used up, or the failure is no
        passing one.
        """
        reason, wait = "", 0.0
        for number in range(self.limits.attempts):
            if number:
                pause = min(wait, self.limits.longest_wait)
                self.say(f"{what}: {reason}; attempt {number + 1} in {pause:.1f} s")
                time.sleep(min(pause, max(0.0, self._left())))
            self._in_time()
            try:
                return call()
            except (TemporaryError, requests.RequestException) as error:
                named = (text for kind, text in REASONS.items() if isinstance(error, kind))
                reason = next(named, str(error) or type(error).__name__)
                wait = max(self.limits.wait * 2**number, getattr(error, "wait", 0.0))
        raise FetchError(
            f"{self.publisher}: {what}: {reason}, {self.limits.attempts} times; nothing was "
            "changed. Is there a network connection? Try again later"
        )

    def get(self, url: str, **params: str) -> requests.Response:
        """Get a page once; a status that may pass is a `TemporaryError`."""
        response = requests.get(url, params=params, **self.options)
        self.refuse_temporary(response.status_code, response.reason)
        return response

    def refuse_temporary(self, status: int, reason: str) -> None:
        """Raise `TemporaryError` for a status that a later attempt may not meet."""
        if status in TEMPORARY:
            raise TemporaryError(f"the server answered {status} {reason}".rstrip(), self.asked_wait)

    def _left(self) -> float:
        return self.limits.total - (time.monotonic() - self.started)

    def _in_time(self) -> None:
        if self._left() <= 0:
            raise FetchError(
                f"{self.publisher}: not complete after {self.limits.total:,.0f} s, the time limit; "
                "nothing was changed"
            )

    def _receive(self, response: requests.Response, *_: object, **__: object) -> None:
        """Read an answer piece by piece, within the limits."""
        asked = response.headers.get("Retry-After", "").strip()
        self.asked_wait = float(asked) if asked.isdigit() else 0.0
        content = bytearray()
        while True:
            self._in_time()
            try:
                piece = response.raw.read1(PIECE, decode_content=True)
            except urllib3.exceptions.ReadTimeoutError as error:
                raise requests.ReadTimeout(error) from error
            except (urllib3.exceptions.HTTPError, http.client.HTTPException, OSError) as error:
                raise requests.exceptions.ChunkedEncodingError(error) from error
            if not piece:
                break
            content += piece
            self.received += len(piece)
            if self.received > self.limits.largest_mb * MB:
                raise FetchError(
                    f"{self.publisher}: the answers exceed {self.limits.largest_mb:,} MB, the size "
                    "limit; nothing was changed"
                )
        self.last = response._content = bytes(content)
        response._content_consumed = True  # type: ignore[attr-defined]
