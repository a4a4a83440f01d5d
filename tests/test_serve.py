"""`make serve`: what answers a browser on this machine."""

import socket
import threading
import time
from functools import partial

import pytest

from tools import serve


@pytest.fixture
def ask(tmp_path, monkeypatch, capfd):
    """What is answered to a request; nothing is printed but lines of a log."""
    monkeypatch.setattr(serve.Handler, "timeout", 0.2)
    monkeypatch.setattr(serve.Handler, "longest", 0.5)
    (tmp_path / "a.txt").write_text("text")
    handler = partial(serve.Handler, directory=str(tmp_path))
    with serve.ThreadingHTTPServer(("127.0.0.1", 0), handler) as serving:
        threading.Thread(target=serving.serve_forever, args=(0.01,)).start()

        def asked(request, drops=0):
            with socket.create_connection(serving.server_address, 5) as client:
                client.sendall(request)
                for _ in range(drops):
                    time.sleep(0.1)
                    client.sendall(b"x")
                return b"".join(iter(lambda: client.recv(4096), b""))

        yield asked
        serving.shutdown()
    assert "Traceback" not in capfd.readouterr().err


@pytest.mark.parametrize(
    ("path", "status"),
    [("/a.txt", 200), ("/%00", 400), ("/../../etc/passwd", 404), ("/" + "a" * 5000, 404)],
)
def test_a_path_is_answered_and_kept_to_its_kind(ask, path, status):
    answer = ask(f"GET {path} HTTP/1.0\r\n\r\n".encode())
    assert answer.startswith(f"HTTP/1.0 {status} ".encode())
    assert b"\r\nX-Content-Type-Options: nosniff\r\n" in answer


def test_a_client_that_does_not_end_its_headers_is_left(ask):
    assert ask(b"GET /a.txt HTTP/1.0\r\nX: ") == b""


def test_a_client_that_sends_a_sign_now_and_then_is_left_as_well(ask):
    with pytest.raises(ConnectionError):
        ask(b"GET /a.txt HTTP/1.0\r\nX: ", drops=30)
