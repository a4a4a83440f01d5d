"""Take the picture of README.md from a built report: ``python tools/pictures.py [dist/current]``.

The first page, as `docs/report.png`, under 150 kB. The file says which text it shows, by which a
test can tell that the page has moved on.
"""

import shutil
import sys
from io import BytesIO
from pathlib import Path

from PIL import Image, PngImagePlugin
from playwright.sync_api import Page, sync_playwright

PICTURE = Path(__file__).parents[1] / "docs" / "report.png"
LARGEST = 150_000
SIZE = {"width": 1366, "height": 1400}
#: Of the text: the contents at the side, and the article down to its panels.
_SHOWN = """() => {
    const range = document.createRange();
    range.setStartBefore(document.querySelector(".bd-links"));
    range.setEndAfter(document.querySelector("article .cards"));
    const shown = range.cloneContents();
    // How to cite names the day, and a script is not seen.
    shown.querySelectorAll("details, script").forEach((part) => part.remove());
    return shown.textContent;
}"""


def text(page: Page) -> str:
    """Return what the picture of an open first page shows, as text."""
    return " ".join(str(page.evaluate(_SHOWN)).split())


def main(arguments: list[str]) -> int:
    """Take the picture, in as many colours as drawings need."""
    site = Path(arguments[0] if arguments else "dist/current").resolve() / "html"
    with sync_playwright() as driver:
        chromium = shutil.which("chromium") or shutil.which("google-chrome")
        window = driver.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        shown = window.new_page(viewport=SIZE)
        shown.goto((site / "book" / "index.html").as_uri())
        shown.wait_for_load_state("networkidle")
        shown.wait_for_timeout(500)
        taken = Image.open(BytesIO(shown.screenshot())).convert("RGB")
        told = PngImagePlugin.PngInfo()
        told.add_itxt("Description", text(shown))
    taken.quantize(128, dither=Image.Dither.NONE).save(PICTURE, optimize=True, pnginfo=told)
    size = PICTURE.stat().st_size
    print(f"{PICTURE.name}: {size / 1000:.0f} kB")
    return int(size > LARGEST)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
