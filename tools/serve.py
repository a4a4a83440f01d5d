"""Serve a folder on this machine: ``python -m tools.serve dist/current``."""

import socket
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer, test
from threading import Timer
from typing import Any


class Handler(SimpleHTTPRequestHandler):
    """Refuses what is no path; leaves a client that is silent for long, or takes long to ask."""

    #: Seconds of silence, and for a request in all.
    timeout = 10
    longest = 30

    def handle(self) -> None:
        """Answer; after `longest` seconds read no more."""
        late = Timer(self.longest, self.connection.shutdown, [socket.SHUT_RD])
        late.start()
        try:
            super().handle()
        finally:
            late.cancel()

    def send_head(self) -> Any:
        """Open what is asked for, or say that it cannot be."""
        try:
            return super().send_head()
        except ValueError:
            self.send_error(400)

    def end_headers(self) -> None:
        """Let no browser guess what a file is."""
        self.send_header("X-Content-Type-Options", "nosniff")
        super().end_headers()


if __name__ == "__main__":
    test(partial(Handler, directory=sys.argv[1]), ThreadingHTTPServer, bind="127.0.0.1")
