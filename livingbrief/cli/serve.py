"""A local web server for a built report."""

from __future__ import annotations

from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from livingbrief.errors import InputError


def serve(report: Path, port: int) -> None:
    """Serve ``report/html`` on 127.0.0.1 until interrupted.

    Raises
    ------
    InputError
        When there is no report, or the port is taken.
    """
    folder = report / "html"
    if not (folder / "index.html").is_file():
        raise InputError(f"there is no report in {report}; run 'make report' first")
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
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
