"""A local web server for a built report."""

from __future__ import annotations

from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from livingbrief.errors import InputError


class Handler(SimpleHTTPRequestHandler):
    """Serves a report's folder: its pages link to the files beside them."""

    def do_GET(self) -> None:
        """Lead from the folder to its first page."""
        if self.path.split("?")[0] != "/":
            super().do_GET()
            return
        self.send_response(302)
        self.send_header("Location", "/html/")
        self.send_header("Content-Length", "0")
        self.end_headers()


def serve(report: Path, port: int) -> None:
    """Serve a report on 127.0.0.1 until interrupted.

    Raises
    ------
    InputError
        When there is no report, or the port is taken.
    """
    if not (report / "html" / "index.html").is_file():
        raise InputError(f"there is no report in {report}; run 'make report' first")
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), partial(Handler, directory=str(report)))
    except OSError as error:
        raise InputError(
            f"port {port} cannot be used ({error.strerror}); choose another with --port"
        ) from None
    with server:
        print(f"http://127.0.0.1:{server.server_address[1]}/  (stop with Ctrl-C)", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return
