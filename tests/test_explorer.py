"""The scenario that a reader can try works out the same numbers as the chapter."""

import json

import numpy as np
import pytest

from livingbrief.paths import project_root
from remitrisk.methods.poverty import lognormal_from, scenario

playwright = pytest.importorskip("playwright.sync_api")
SCRIPT = project_root() / "book" / "_static" / "scenario.explore.js"
WORK = """points => points.map(([headcount, gini, share, cut, recipients]) => {
  const {fit, scenario} = window.remitriskScenario;
  const found = scenario(fit(headcount, gini), share, cut, recipients);
  return [found.dependence, found.before.headcount, found.before.gap,
          found.after.headcount, found.after.gap];
})"""


def drawn(count, seed=87):
    """Headcount, Gini, share of consumption, cut and share of receivers."""
    rng = np.random.default_rng(seed)
    low, high = [0.01, 0.12, 0.005, 0, 0.01], [0.8, 0.65, 0.95, 1, 1]
    points = rng.uniform(low, high, (count, 5)).tolist()
    points[:4] = [[0.22, 0.27, 0.117, cut, 1.0] for cut in (0.0, 0.3, 1.0, 1.0)]
    return points


def ours(point):
    headcount, gini, share, cut, recipients = point
    people = lognormal_from(headcount, gini)
    found = scenario(people, share, cut=cut, recipients=recipients)
    before = people.below(1.0)
    return [
        found.dependence, before.headcount, before.gap, found.after.headcount, found.after.gap,
    ]  # fmt: skip


@pytest.fixture
def page():
    with playwright.sync_playwright() as p:
        browser = p.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        yield browser.new_page()
        browser.close()


@pytest.mark.browser
def test_the_script_agrees_with_the_function_on_five_hundred_points(page):
    points = drawn(500)
    page.goto("about:blank")
    page.add_script_tag(path=SCRIPT)
    theirs = page.evaluate(WORK, points)
    np.testing.assert_allclose(theirs, [ours(p) for p in points], rtol=0, atol=1e-9)


TOLD = {"year": 2018, "headcount": 0.224, "gini": 0.26, "share": 11.7, "low": 9.0, "high": 53.0,
        "recipients": 15, "matched": 0.2, "limit": ""}  # fmt: skip


def said(point):
    dependence, before, gap, after, gap_after = ours(point)
    change = f"+{100 * (after - before):.1f}" if after > before else f"{100 * (after - before):.1f}"
    return (
        f"{100 * after:.1f}\u00a0% would be poor in place of the official {100 * before:.1f}\u00a0%"
        f" ({change} points); the poverty gap would be {100 * gap_after:.1f}\u00a0% of the line in"
        f" place of {100 * gap:.1f}\u00a0%."
        + (" Those who receive would live on this money alone: what is more of it is not counted."
           if dependence >= 1 else "")
    )  # fmt: skip


@pytest.mark.browser
def test_a_reader_tries_it_from_disk_by_keyboard_alone_and_paper_has_the_figure(page, tmp_path):
    held = json.dumps(TOLD).replace("<", "\\u003c")
    style = (SCRIPT.parent / "report.css").read_text()
    (tmp_path / "page.html").write_text(
        f"<!DOCTYPE html><meta charset=utf-8><style>{style}</style><figure>A figure"
        f'<script type="application/json" class="explore">{held}</script></figure>'
        f'<script src="{SCRIPT.as_uri()}"></script>'
    )
    asked = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((tmp_path / "page.html").as_uri())
    words = page.locator(".scenario-words")
    point = [0.224, 0.2, 0.117, 0.3, 1.0]
    assert words.inner_text() == said(point)
    # The Committee's figure rules out that the poorer alone receive, so a reader cannot choose it.
    assert page.locator(".scenario select").count() == 1
    for key, *rest in (
        ("End", 0.224, 0.2, 0.117, 1.0, 1.0),
        ("End",),
        ("Home", 0.224, 0.2, 0.53, 1.0, 0.15),
        ("ArrowDown", 0.224, 0.26, 0.53, 1.0, 0.15),
        ("Enter", *point),
    ):
        page.keyboard.press("Tab")
        page.keyboard.press(key)
        assert not rest or words.inner_text() == said(rest)
    assert all(url.startswith("file://") for url in asked)
    page.emulate_media(media="print")
    assert not page.locator(".scenario").is_visible() and page.locator("figure").is_visible()
