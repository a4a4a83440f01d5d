"""What is the same in each report of a batch is computed once, and kept beside its reports."""

from __future__ import annotations

import hashlib
import os
import pickle
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")
#: Environment variable that names the folder; without it nothing is kept.
FOLDER = "LIVINGBRIEF_KEPT"
_HASH = hashlib.sha256().digest_size


def kept(function: Callable[P, T]) -> Callable[P, T]:
    """Have a function that depends on its arguments alone look first whether its result is kept.

    Results are told apart by all bytes of the arguments; code and libraries are told apart by the
    folder (see `livingbrief.run.annex`). A file that is not as it was written is not read.
    """

    @wraps(function)
    def found(*args: P.args, **kwargs: P.kwargs) -> T:
        folder = os.environ.get(FOLDER)
        if not folder:
            return function(*args, **kwargs)
        name = f"{function.__module__}.{function.__qualname__}"
        asked = pickle.dumps((args, sorted(kwargs.items())))
        path = Path(folder, f"{name}-{hashlib.sha256(asked).hexdigest()}")
        content = read(path)
        if content is None:
            content = pickle.dumps(function(*args, **kwargs))
            write(path, content)
        # What is computed now, too, comes back from its bytes: what is computed from it in turn
        # is then asked with the same bytes each time.
        result: T = pickle.loads(content)
        return result

    return found


def read(path: Path) -> bytes | None:
    """Return what was kept in a file, None if there is none or it is not as it was written."""
    whole = path.read_bytes() if path.is_file() else b""
    mark, content = whole[:_HASH], whole[_HASH:]
    return content if hashlib.sha256(content).digest() == mark else None


def write(path: Path, content: bytes) -> None:
    """Keep `content` in a file, which is there as a whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{os.getpid()}")
    part.write_bytes(hashlib.sha256(content).digest() + content)
    part.replace(path)
