"""Changes in per cent and changes in points never share an axis."""

import matplotlib.pyplot as plt
import pandas as pd
import pytest

from remitrisk.exhibits import measures

NAN = float("nan")
GROWTH = pd.DataFrame(
    {
        "gross_usd": [-2.0, 7.0, 1.0],
        "net_usd": [-1.0, -18.0, NAN],
        "real": [3.0, -7.0, -4.0],
        "share": [-0.1, -6.0, 2.0],
    },
    index=[2020, 2022, 2023],
)
LABELS = {
    "gross_usd": "gross dollars",
    "net_usd": "net dollars",
    "real": "real som",
    "share": "share of GDP",
}
STATUS = {m: pd.Series({2022: "estimate"}) for m in GROWTH}


@pytest.fixture
def panels():
    drawn = measures.draw(
        GROWTH,
        STATUS,
        LABELS,
        title="A finding",
        sources=[{"source": "a bank"}],
        caption="A caption.",
    )
    yield {ax.get_title(loc="left"): ax for ax in drawn.fig.axes if ax.get_visible()}
    plt.close(drawn.fig)


def widths(ax):
    return [bar.get_width() for bar in ax.patches]


def test_a_change_in_points_has_a_panel_and_a_scale_of_its_own(panels):
    assert list(panels) == ["2020", "2022", "2023", "Share of GDP"]
    assert widths(panels["2022"]) == [7.0, -18.0, -7.0]
    assert widths(panels["Share of GDP"]) == [-0.1, -6.0, 2.0]
    assert panels["Share of GDP"].get_xlim() != panels["2022"].get_xlim()


def test_all_years_share_one_scale_in_per_cent(panels):
    assert len({panels[year].get_xlim() for year in ("2020", "2022", "2023")}) == 1


def test_a_missing_figure_is_named_and_an_estimate_hatched(panels):
    assert "no figure" in [t.get_text() for t in panels["2023"].texts]
    assert [bool(bar.get_hatch()) for bar in panels["2022"].patches] == [True] * 3
    assert [bool(bar.get_hatch()) for bar in panels["2020"].patches] == [False] * 3


def test_the_alternative_text_names_the_unit_of_each_change():
    text = measures.describe(GROWTH.loc[[2022]], LABELS)
    assert "real som −7.0 %, share of GDP −6.0 points" in text


def test_measures_without_a_share_need_no_panel_of_points():
    drawn = measures.draw(
        GROWTH.drop(columns="share"),
        STATUS,
        LABELS,
        title="A finding",
        sources=[{"source": "a bank"}],
        caption="A caption.",
    )
    assert "points" not in drawn.words
    plt.close(drawn.fig)
