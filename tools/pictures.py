"""Take the pictures of README.md from a built report: ``python tools/pictures.py [dist/current]``.

The first page on a desk and on a phone, `docs/report.png` and `docs/phone.png`, each under 150 kB.
"""

from __future__ import annotations

import shutil
import sys
from io import BytesIO
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

DOCS = Path(__file__).parents[1] / "docs"
#: Name to page, width and height in pixels.
VIEWS = {
    "report.png": ("book/index.html", 1366, 860),
    "phone.png": ("notebooks/remittances.html#fig-remittance-share", 390, 760),
}
LARGEST = 150_000


def main(arguments: list[str]) -> int:
    """Take each picture, in as many colours as drawings need."""
    site = Path(arguments[0] if arguments else "dist/current").resolve() / "html"
    with sync_playwright() as driver:
        chromium = shutil.which("chromium") or shutil.which("google-chrome")
        window = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        for name, (page, width, height) in VIEWS.items():
            path, _, anchor = page.partition("#")
            shown = window.new_page(viewport={"width": width, "height": height})
            shown.goto((site / path).as_uri() + (f"#{anchor}" if anchor else ""))
            shown.wait_for_load_state("networkidle")
            shown.wait_for_timeout(500)
            taken = Image.open(BytesIO(shown.screenshot())).convert("RGB")
            taken.quantize(128, dither=Image.Dither.NONE).save(DOCS / name, optimize=True)
            size = (DOCS / name).stat().st_size
            print(f"docs/{name}: {width} by {height}, {size / 1000:.0f} kB")
            if size > LARGEST:
                print(f"docs/{name} is over {LARGEST / 1000:.0f} kB: take less of the page")
                return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
