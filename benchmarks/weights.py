"""Weigh a built site: what each page loads at first, and what the whole site takes.

    python benchmarks/weights.py [dist/current/html] [--output benchmarks/WEB.md]

A page's weight is that of the files that Chromium asks for when the page opens in a window of
1,366 by 900 pixels, as stored and as `gzip` makes them.
"""

from __future__ import annotations

import argparse
import gzip
import shutil
import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

#: Bounds in bytes: plain and compressed of a page and of the page of claims, site, median SVG.
PAGE, CLAIMS, SITE, DRAWING = (1_100_000, 300_000), (1_400_000, 350_000), 20_000_000, 60_000
#: Downloads: not part of the site's weight.
_DOWNLOADS = {".ipynb", ".pdf", ".xlsx"}


@dataclass(frozen=True)
class Weights:
    """`pages`: name to bytes as stored and compressed; `site` and `drawings` in bytes."""

    pages: dict[str, tuple[int, int]]
    site: int
    drawings: list[int]


def measured(site: Path, browser: Any) -> Weights:
    """Weigh the site in a folder with a browser of Playwright's."""
    pages = {}
    for path in sorted(site.rglob("*.html")):
        if "_static" not in path.parts:
            asked: list[str] = []
            page = browser.new_page(viewport={"width": 1366, "height": 900})
            page.on("request", lambda request, asked=asked: asked.append(request.url))
            page.goto(path.as_uri())
            page.wait_for_load_state("networkidle")
            page.close()
            files = {unquote(urlparse(url).path) for url in asked if url.startswith("file:")}
            contents = [Path(file).read_bytes() for file in files]
            packed = sum(len(gzip.compress(c, mtime=0)) for c in contents)
            pages[path.relative_to(site).as_posix()] = (sum(map(len, contents)), packed)
    rest = (f for f in site.rglob("*") if f.is_file() and f.suffix not in _DOWNLOADS)
    drawings = [f.stat().st_size for f in site.rglob("*.svg") if "_static" not in f.parts]
    return Weights(pages, sum(f.stat().st_size for f in rest), sorted(drawings))


def too_heavy(weights: Weights) -> list[str]:
    """Return a line for each thing that is over its bound."""
    found = []
    for page, bytes_ in weights.pages.items():
        bounds = CLAIMS if page.endswith("book/claims.html") else PAGE
        for got, bound, how in zip(bytes_, bounds, ("stored", "compressed"), strict=True):
            if got > bound:
                found.append(f"{page}: {got:,} bytes {how}, bound {bound:,}")
    if weights.site > SITE:
        found.append(f"the site: {weights.site:,} bytes, bound {SITE:,}")
    if weights.drawings and statistics.median(weights.drawings) > DRAWING:
        found.append(
            f"median drawing: {statistics.median(weights.drawings):,} bytes, bound {DRAWING:,}"
        )
    return found


def written(weights: Weights) -> str:
    """Return the weights as a Markdown page."""
    lines = [
        "# Weight of the site",
        "",
        "Written by `python benchmarks/weights.py`. In kB (1,000 bytes).",
        "",
    ]
    lines += ["| Page | Stored | Compressed |", "|---|---:|---:|"]
    for page, (plain, packed) in sorted(weights.pages.items(), key=lambda item: -item[1][0]):
        lines.append(f"| {page} | {plain / 1000:,.0f} | {packed / 1000:,.0f} |")
    lines += ["", f"Whole site without PDFs, workbook and notebooks: {weights.site / 1e6:.1f} MB."]
    if weights.drawings:
        median = statistics.median(weights.drawings) / 1000
        lines.append(f"Drawings (SVG): {len(weights.drawings)}, median {median:,.0f} kB.")
    over = too_heavy(weights)
    lines.append(f"Bounds: {'; '.join(over) if over else 'all kept'}.")
    return "\n".join(lines) + "\n"


def main() -> None:
    """Weigh and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("site", nargs="?", type=Path, default=Path("dist/current/html"))
    parser.add_argument("--output", type=Path, default=Path("benchmarks/WEB.md"))
    asked = parser.parse_args()
    from playwright.sync_api import sync_playwright

    with sync_playwright() as driver:
        chromium = shutil.which("chromium") or shutil.which("google-chrome")
        browser = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        text = written(measured(asked.site.resolve(), browser))
    asked.output.write_text(text, encoding="utf-8")
    print(text)


if __name__ == "__main__":
    main()
