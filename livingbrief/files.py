"""Files that are written whole, JSON the same way each time, and hashes of plain values."""

import hashlib
import json
from pathlib import Path
from typing import Any

from pydantic_core import to_jsonable_python


def read_json(path: Path) -> Any:
    """Return what a JSON file holds."""
    return json.loads(path.read_text(encoding="utf-8"))


def write_json(path: Path, content: Any) -> None:
    """Write JSON the same way each time, models too."""
    plain = to_jsonable_python(content, by_alias=True)
    text = json.dumps(plain, indent=1, ensure_ascii=False, allow_nan=False)
    write_text(path, text + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a file under a temporary name and move it to its place."""
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file as `write_text` does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(content)
    part.replace(path)


def digest(value: Any) -> str:
    """Return the hash of a plain value."""
    return hashlib.sha256(json.dumps(value, sort_keys=True, default=str).encode()).hexdigest()
