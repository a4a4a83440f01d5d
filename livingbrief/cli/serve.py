"""A local web server for a built report."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from livingbrief.errors import InputError


def serve(report: Path, port: int) -> None:
    """Serve a report on 127.0.0.1 until interrupted.

    Raises
    ------
    InputError
        When there is no report, or the port is taken.
    """
    if not (report / "html" / "index.html").is_file():
        raise InputError(f"there is no report in {report}; run 'make report' first")
    # The folder of the report: its pages link to the files beside them.
    handler = partial(SimpleHTTPRequestHandler, directory=str(report))
    try:
        server = ThreadingHTTPServer(("127.0.0.1", port), handler)
    except OSError as error:
        raise InputError(
            f"port {port} cannot be used ({error.strerror}); choose another with --port"
        ) from None
    with server:
        print(f"http://127.0.0.1:{server.server_address[1]}/html/  (stop with Ctrl-C)", flush=True)
        with suppress(KeyboardInterrupt):
            server.serve_forever()
