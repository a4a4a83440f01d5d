"""A copy of the data package in which later printings say other things."""

import datetime as dt
import hashlib
import json
import re
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

ROOT = Path(__file__).parents[1]
MOVED = 1.1
#: Numbers that say of which row a value is.
WHEN = re.compile(r".*year|last_actual|edition")


def with_later_printings(target: Path, pinned: Mapping[str, str]) -> Path:
    """Link the project into a folder, with a later printing of each part of each table.

    It is dated the day after the newest printing, or the publisher's pinned vintage where that is
    later. Every number is a tenth larger than in the newest whole printing, a whole one by one.
    """
    for name in ("editions.yml", "notebooks", "book"):
        (target / name).symlink_to(ROOT / name)
    (target / "data").mkdir()
    descriptor = json.loads((ROOT / "data" / "datapackage.json").read_text(encoding="utf-8"))
    for about in (one for of in descriptor["indicators"].values() for one in of.values()):
        about |= {"minimum": None, "maximum": None}
    newest, days = {}, {}
    for entry in descriptor["resources"]:
        part, vintage = (entry["table"], entry.get("part", "")), entry["vintage"]
        days[part] = max(days.get(part, pinned.get(entry["publisher"], "")), vintage)
        if entry["coverage"] == "full":
            newest[part] = entry
        path = target / "data" / entry["path"]
        path.parent.mkdir(parents=True, exist_ok=True)
        path.symlink_to(ROOT / "data" / entry["path"])
    for part, entry in newest.items():
        day = (dt.date.fromisoformat(days[part]) + dt.timedelta(days=1)).isoformat()
        descriptor["resources"].append(_planted(target / "data", entry, day))
    text = json.dumps(descriptor, ensure_ascii=False)
    (target / "data" / "datapackage.json").write_text(text, encoding="utf-8")
    return target


def _planted(data: Path, entry: dict, day: str) -> dict:
    entry = json.loads(json.dumps(entry))
    fields = entry["schema"]["fields"]
    frame = pd.read_csv(data / entry["path"], dtype=str, keep_default_na=False)
    for field in fields:
        if field["type"] in ("number", "integer") and not WHEN.fullmatch(field["name"]):
            numbers = pd.to_numeric(frame[field["name"]])
            whole = field["type"] == "integer"
            frame[field["name"]] = [
                "" if pd.isna(v) else str(int(v) + 1) if whole else repr(float(v) * MOVED)
                for v in numbers
            ]
            for bound in ("minimum", "maximum"):
                field.get("constraints", {}).pop(bound, None)
    raw = frame.to_csv(index=False, lineterminator="\n").encode()
    path = data / entry["publisher"] / day / f"{entry['name']}.csv"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(raw)
    digest = hashlib.sha256(raw).hexdigest()
    return entry | {
        "name": f"{entry['name']}.later",
        "path": str(path.relative_to(data)),
        "vintage": day,
        "bytes": len(raw),
        "hash": f"sha256:{digest}",
        "unusable": [],
    }
