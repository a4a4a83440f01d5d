"""Walk a built report from its first page: ``python tools/clicks.py [dist/current]``.

From the first page it is at most three clicks to the CSV of any figure, to the verdict of any claim
and to the cell that made any printed number. All are walked; ten numbers, drawn by lot from the
hash of the report's commit, are shown with their ways. A link counts as one click, an anchor on the
page at hand too; the menu of pages, folded on a phone, takes one more to open.
"""

from __future__ import annotations

import hashlib
import heapq
import json
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urldefrag, urljoin, urlparse

MOST, DRAWN = 3, 10
MENU = "(menu)"


class Page(HTMLParser):
    """Addresses that a page links, with the clicks to each, its anchors, and its numbers' links."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.links: dict[str, tuple[str, ...]] = {}
        self.within: tuple[str, ...] = ()
        self.ids: set[str] = set()
        self.keys: dict[str, str] = {}
        self.onward = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what a tag says."""
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            self.ids.add(given["id"])
        if "bd-sidebar-primary" in given.get("class", "").split():
            self.within = (MENU,)
        elif tag == "main":
            self.within = ()
        if tag == "a" and given.get("href"):
            ways = self.links.get(given["href"]), (*self.within, given["href"])
            self.links[given["href"]] = min(filter(None, ways), key=len)
            if "data-key" in given:
                self.keys.setdefault(given["data-key"], given["href"])
        if tag == "meta" and given.get("http-equiv") == "refresh":
            self.onward = given["content"].partition("url=")[2]


@dataclass
class Walk:
    """A report walked, the nearest first: its pages, and for each address the way to it."""

    report: Path
    pages: dict[str, Page] = field(default_factory=dict)
    ways: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Walk from the first page to all that can be reached."""
        site = self.report.resolve() / "html"
        door = (site / "index.html").as_uri()
        onward = Page(Path(site / "index.html").read_text("utf-8")).onward
        start = urljoin(door, onward) if onward else door
        queue: list[tuple[int, str, tuple[str, ...]]] = [(0, start, ())]
        while queue:
            _, address, way = heapq.heappop(queue)
            if address in self.ways:
                continue
            self.ways[address] = way
            page = self._page(address)
            for link, clicks in page.links.items() if page else ():
                found = urljoin(address, link)
                for one in {found, urldefrag(found)[0].partition("?")[0]}:
                    if one not in self.ways and self.exists(one):
                        heapq.heappush(queue, (len(way) + len(clicks), one, (*way, *clicks)))

    def _page(self, address: str) -> Page | None:
        if not address.endswith(".html"):
            return None
        if address not in self.pages:
            self.pages[address] = Page(_file(address).read_text("utf-8"))
        return self.pages[address]

    def exists(self, address: str) -> bool:
        """Whether an address is a file of the report, and its anchor on the page."""
        if urlparse(address).scheme != "file" or not _file(address).is_file():
            return False
        bare, anchor = urldefrag(address)
        page = self._page(bare.partition("?")[0])
        return not anchor or page is None or unquote(anchor) in page.ids

    def numbers(self) -> dict[str, tuple[str, str]]:
        """Return key to the page that is reached first of those that print it, and its link."""
        found: dict[str, tuple[str, str]] = {}
        reached = (address for address in self.pages if address in self.ways)
        for address in sorted(reached, key=lambda a: (len(self.ways[a]), a)):
            for key, link in self.pages[address].keys.items():
                found.setdefault(key, (address, link))
        return dict(sorted(found.items()))


def _file(address: str) -> Path:
    return Path(unquote(urlparse(address).path))


def drawn(keys: Iterable[str], lot: str, how_many: int = DRAWN) -> list[str]:
    """Return keys drawn by lot: those whose hash with the lot is lowest."""
    by_lot = sorted(keys, key=lambda key: hashlib.sha256(f"{lot} {key}".encode()).hexdigest())
    return by_lot[:how_many]


def too_far(walk: Walk) -> tuple[list[str], dict[str, tuple[str, ...]]]:
    """Return what is more than `MOST` clicks away, and the way to the cell of each number."""
    report = walk.report.resolve()
    book = json.loads((report / "book.json").read_text("utf-8"))
    wanted: dict[str, str] = {}
    for names in book["exhibits"].values():
        for name in names:
            if name.startswith("fig-"):
                wanted[f"CSV of {name}"] = (report / "figures" / f"{name}.csv").as_uri()
    ledger = (report / "html" / "book" / "claims.html").as_uri()
    for claim in json.loads((report / "claims.json").read_text("utf-8")):
        wanted[f"verdict of {claim['id']}"] = f"{ledger}#claim-{claim['id'].lower()}"
    found = _far({what: walk.ways.get(address) for what, address in wanted.items()})
    cells = {}
    results = json.loads((report / "results.json").read_text("utf-8"))
    for key, (address, link) in walk.numbers().items():
        if key not in results:
            continue  # a quoted fact leads to its source, a count of claims to the claims
        # A number that the reader has before him leads to its cell by one click more.
        cells[key] = (*walk.ways[address], link)
        if not walk.exists(urljoin(address, link)):
            found.append(f"number {key}: {link} leads nowhere")
    return found + _far({f"cell of {key}": way for key, way in cells.items()}), cells


def _far(ways: Mapping[str, tuple[str, ...] | None]) -> list[str]:
    return [
        f"{what}: {'cannot be reached' if way is None else ' > '.join(way)}"
        for what, way in ways.items()
        if way is None or len(way) > MOST
    ]


def main(arguments: list[str]) -> int:
    """Walk, print the draw, and say what is too far."""
    report = Path(arguments[0] if arguments else "dist/current")
    walk = Walk(report)
    found, cells = too_far(walk)
    commit = json.loads((report / "build.json").read_text("utf-8"))["commit"]
    numbers = walk.numbers()
    print(f"{len(walk.pages)} pages, {len(cells)} numbers; {DRAWN} drawn by the commit {commit}:")
    for key in drawn(cells, commit):
        page = _file(numbers[key][0]).relative_to(report.resolve() / "html")
        print(f"  {key} ({page}), {len(cells[key])} clicks: {' > '.join(cells[key])}")
    print("\n".join(found) or f"Nothing is more than {MOST} clicks away.")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
