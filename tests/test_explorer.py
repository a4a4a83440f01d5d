"""The scenario that a reader can try works out the same numbers as the chapter."""

import numpy as np
import pytest

from livingbrief.paths import project_root
from remitrisk.methods.poverty import lognormal_from, scenario

playwright = pytest.importorskip("playwright.sync_api")
SCRIPT = project_root() / "book" / "_static" / "scenario.explore.js"
WORK = """points => points.map(([headcount, gini, share, cut, recipients, poorest]) => {
  const {fit, scenario} = window.remitriskScenario;
  const found = scenario(fit(headcount, gini), share, cut, recipients, poorest);
  return [found.dependence, found.before.headcount, found.before.gap,
          found.after.headcount, found.after.gap];
})"""


def drawn(count, seed=87):
    """Headcount, Gini, share of consumption, cut, share of receivers, and whether the poorest."""
    rng = np.random.default_rng(seed)
    low, high = [0.01, 0.12, 0.005, 0, 0.01], [0.8, 0.65, 0.95, 1, 1]
    points = rng.uniform(low, high, (count, 5)).tolist()
    points[:4] = [[0.22, 0.27, 0.117, cut, 1.0] for cut in (0.0, 0.3, 1.0, 1.0)]
    return [
        [*point, bool(side)]
        for point, side in zip(points, rng.integers(2, size=count), strict=True)
    ]


def ours(point):
    headcount, gini, share, cut, recipients, poorest = point
    people = lognormal_from(headcount, gini)
    incidence = "poorest" if poorest else "spread"
    found = scenario(people, share, cut=cut, recipients=recipients, incidence=incidence)
    before = people.poverty()
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
