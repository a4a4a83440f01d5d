"""A local web server for a built report."""

from __future__ import annotations

import gzip
import io
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from livingbrief.errors import InputError

_TEXT = ("text/", "image/svg+xml", "application/json", "application/javascript")


class Handler(SimpleHTTPRequestHandler):
    """Serves a report's folder: its pages link to the files beside them; texts are compressed."""

    def do_GET(self) -> None:
        """Lead from the folder to its first page."""
        if self.path.split("?")[0] == "/":
            self.send_response(302)
            self.send_header("Location", "/html/")
            self.send_header("Content-Length", "0")
            self.end_headers()
            return
        super().do_GET()

    def send_head(self) -> Any:
        """Compress a text for who takes it so."""
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() and self.path.endswith("/") else path
        kind = self.guess_type(str(path))
        taken = "gzip" in self.headers.get("Accept-Encoding", "")
        if not (taken and path.is_file() and kind.startswith(_TEXT)):
            return super().send_head()
        body = gzip.compress(path.read_bytes(), 6, mtime=0)
        self.send_response(200)
        for name, value in (
            ("Content-Type", kind),
            ("Content-Encoding", "gzip"),
            ("Vary", "Accept-Encoding"),
            ("Content-Length", str(len(body))),
        ):
            self.send_header(name, value)
        self.end_headers()
        return io.BytesIO(body)


def serve(report: Path, port: int) -> None:
    """Serve a report on 127.0.0.1 until interrupted.

    Raises
    ------
    InputError
        When there is no report, or the port is taken.
    """
    if not (report / "html" / "index.html").is_file():
        raise InputError(f"there is no report in {report}; run 'make report' first")
    handler = partial(Handler, directory=str(report))
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError as error:
        raise InputError(
            f"port {port} cannot be used ({error.strerror}); choose another with --port"
        ) from None
    print(f"http://127.0.0.1:{server.server_address[1]}/  (stop with Ctrl-C)", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        pass
    finally:
        server.server_close()
