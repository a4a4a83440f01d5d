"""Forms of chart: what they draw, what they say to who cannot see, what they save."""

import json
import re
from io import BytesIO
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from livingbrief.book.language import Language
from livingbrief.chapter import Notebook
from livingbrief.charts import bars, dots, lines, table_of
from livingbrief.charts.chart import LONGEST, spoken
from livingbrief.charts.directive import markdown_table
from livingbrief.charts.theme import rasterised, save_figure, written_in
from livingbrief.paths import project_root
from livingbrief.values.numbers import Recorder
from livingbrief.values.results import Description, usual_places
from livingbrief.values.values import Values, join
from remitrisk.series import BriefData as Data

NAN = float("nan")
BANK = {"source": "A bank", "vintage": "2026-04-01"}
LABELS = {
    "gross": "gross dollars",
    "net": "net dollars",
    "real": "real som",
    "share": "share of GDP",
}
CHANGE = Values.of(
    pd.DataFrame(
        {
            "gross": [-2.0, 7.0, 1.0],
            "net": [-1.0, -18.0, NAN],
            "real": [3.0, -7.0, -4.0],
            "share": [-0.1, -6.0, 2.0],
        },
        index=pd.Index([2020, 2022, 2023], name="year"),
    ),
    status=pd.Series({2022: "estimate"}),
    unit={m: "percentage points" if m == "share" else "percent" for m in LABELS},
    label=LABELS,
    sources=[BANK],
    signed=True,
)
LINE = Values.of(
    pd.DataFrame(
        {"gross": [1.0, 2.0, NAN, 5.0, 4.0], "net": [0.5, 1.0, 1.5, NAN, NAN]},
        index=range(2018, 2023),
    ),
    status=pd.Series({2022: "estimate"}),
    unit="US$ billion",
    label={"gross": "gross inflow", "net": "net inflow"},
    sources=[BANK],
)
COUNTS = Values.of(
    {"women": {2020: 4.0, 2021: 9.0}, "men": {2020: 2.0, 2021: 1.0}},
    status=pd.Series({2021: "estimate"}),
    unit="persons",
    sources=[BANK],
)
LOW, HIGH = LINE * 0.8, LINE * 1.2
NAMED = LINE.called(rows={year: f"of {year}" for year in LINE.rows})
CHARTS = {
    "bars by year": lambda: bars(CHANGE, panels="rows"),
    "bars by measure": lambda: bars(CHANGE.drop("share"), panels="columns", across=5),
    "bars of two": lambda: bars({"One": CHANGE["net"], "Two": COUNTS["men"]}, shared=False),
    "lines": lambda: lines(LINE, shade=[2020], marks=["net"], events={2019.5: "new"}, ends=True),
    "lines of names": lambda: lines({"A": LINE, "B": NAMED}, breaks={"gross": [2019]}),
    "dots": lambda: dots(LINE, low=LOW, high=HIGH, reference=1, bold=[2019]),
    "dots upright": lambda: dots(LINE["gross"], low=LOW["gross"], high=HIGH["gross"], upright=True),
    "dumbbells": lambda: dots(LINE, joined=True, log=True, texts={(2018, "net"): "<1"}),
    "labelled dots": lambda: dots({"A": LINE}, labelled=True),
}


def drawn(chart, **more):
    fig = chart.draw(subtitle="Measure and unit", **more)
    panels = {a.get_title(loc="left") or a.get_title(): a for a in fig.axes if a.get_visible()}
    return fig, panels


def widths(ax):
    return [bar.get_width() for bar in ax.patches]


@pytest.mark.parametrize("name", CHARTS)
def test_every_form_draws_the_same_bytes_each_time_and_says_and_holds_its_numbers(name, tmp_path):
    files = []
    for i, width in enumerate([{}, {}, {"width": 3.6}]):
        chart = CHARTS[name]()
        fig, panels = drawn(chart, **width)
        assert all(np.isfinite([*ax.get_xlim(), *ax.get_ylim()]).all() for ax in panels.values())
        save_figure(fig, tmp_path / str(i), "fig-x", chart.data())
        files.append((tmp_path / str(i) / "fig-x.svg").read_bytes())
    assert files[0] == files[1] != files[2]
    text = spoken("The inflow fell in two years of three", chart.spoken)
    said = re.fullmatch(r"The inflow .* three\. (Bars|Lines|Dots)\b.*\d.*", text)
    assert said and len(text) <= LONGEST
    table = chart.data()
    held = table.select_dtypes("number").to_numpy().ravel()
    for values in chart.parts.values():
        numbers = values.frame.to_numpy()
        assert np.isin(numbers[np.isfinite(numbers)], held).all()
    soft = any(v.weakest == "estimate" for v in chart.parts.values())
    assert (table == "estimate").to_numpy().any() == soft


def test_a_change_in_points_has_a_panel_and_a_scale_of_its_own():
    _, panels = drawn(bars(CHANGE, panels="rows"))
    assert list(panels) == ["2020", "2022", "2023", "Share of GDP"]
    assert widths(panels["2022"]) == [7.0, -18.0, -7.0]
    assert widths(panels["Share of GDP"]) == [-0.1, -6.0, 2.0]
    assert panels["Share of GDP"].get_xlim() != panels["2022"].get_xlim()
    assert len({panels[year].get_xlim() for year in ("2020", "2022", "2023")}) == 1
    assert list(drawn(bars(CHANGE.drop("share"), panels="rows"))[1]) == ["2020", "2022", "2023"]


def test_a_missing_figure_is_named_and_an_estimate_hatched():
    _, panels = drawn(bars(CHANGE, panels="rows"))
    assert "no figure" in [t.get_text() for t in panels["2023"].texts]
    assert [bool(bar.get_hatch()) for bar in panels["2022"].patches] == [True] * 3
    assert [bool(bar.get_hatch()) for bar in panels["2020"].patches] == [False] * 3


def test_bars_keep_room_for_the_labels_beside_them():
    fig, panels = drawn(bars(CHANGE, panels="rows"))
    fig.canvas.draw()
    for ax in panels.values():
        frame = ax.get_window_extent()
        for text in ax.texts:
            box = text.get_window_extent()
            assert frame.x0 - 12 <= box.x0 and box.x1 <= frame.x1 + 12, text.get_text()


def strokes(ax):
    return [
        ([*map(float, line.get_xdata())], line.get_linestyle())
        for line in ax.lines
        if len(line.get_xdata()) > 1 and line.get_linestyle() not in ("None", "none")
    ]


def test_a_gap_is_not_bridged_and_an_estimate_is_dashed_and_hollow():
    _, panels = drawn(lines(LINE["gross"]))
    assert strokes(panels[""]) == [([2018, 2019], "-"), ([2021, 2022], "--")]
    hollow = [m for m in panels[""].lines if m.get_markerfacecolor() == "white"]
    assert [m.get_xdata().tolist() for m in hollow if len(m.get_xdata())] == [[2022]]


def test_a_series_that_was_broken_is_not_joined_and_a_doubtful_step_is_dotted():
    whole = LINE["net"]
    ((one, style),) = strokes(drawn(lines(whole))[1][""])
    assert (one, style) == ([2018, 2019, 2020], "-")
    broken = strokes(drawn(lines(whole, breaks={"net": [2020]}))[1][""])
    assert broken == [([2018, 2019], "-")]
    dotted = strokes(drawn(lines(whole, dotted={"net": [2020]}))[1][""])
    assert [years for years, _ in dotted] == [[2018, 2019], [2019, 2020]]


def test_labels_of_lines_that_end_together_do_not_overlap():
    close = join(
        *(
            Values.of(pd.Series([1.0, 2 + i / 100], [2020, 2021], name=str(i)), sources=[BANK])
            for i in range(4)
        )
    )
    fig, panels = drawn(lines(close, height=3.6))
    fig.canvas.draw()
    boxes = sorted((t.get_window_extent() for t in panels[""].texts), key=lambda b: b.y0)
    assert len(boxes) == 4
    assert all(low.y1 <= high.y0 + 4 for low, high in pairwise(boxes))
    assert max(b.x1 for b in boxes) <= fig.bbox.x1


def test_an_interval_is_drawn_beside_its_dot_and_an_estimate_is_hollow():
    one = LINE["gross"].at([2021, 2022])
    _, panels = drawn(dots(one, low=LOW["gross"], high=HIGH["gross"]))
    spans, full, hollow, _ = panels[""].lines
    # Both intervals are one line with a gap after each.
    assert [*spans.get_xdata()] == pytest.approx([4.0, 6.0, np.nan, 3.2, 4.8, np.nan], nan_ok=True)
    assert [m.get_markerfacecolor() for m in (full, hollow)] == ["#12436D", "white"]
    assert [[*m.get_xdata()] for m in (full, hollow)] == [[5.0], [4.0]]
    said = Language("ru", {"low": "нижний предел", "high": "верхний предел"}).say
    told = dots(one, low=LOW["gross"], high=HIGH["gross"]).told_in(said)
    assert drawn(told)[1][""].lines[0].get_xdata()[:2] == pytest.approx([4.0, 6.0])
    table = dots(one, low=LOW["gross"].at([2021, 2022]), high=HIGH["gross"].at([2021, 2022])).data()
    assert table["gross_low"].tolist() == pytest.approx([4.0, 3.2])


def test_a_chart_is_drawn_in_a_language_and_what_has_no_words_is_named(tmp_path):
    words = {"gross inflow": "валовой приток", "Source:": "Источник:", "Of {}": "{} год"}
    words |= {"Lines, {} to {}": "Линии", "{} in {}": "{} ({})", "A bank": "Банк", "to": "—"}
    russian = Language("ru", words)
    chart = lines({"A": LINE, "B": NAMED}, ends=True, digits=1)
    assert chart.spoken, "it was drawn in English before"
    told = chart.told_in(russian.say)
    fig = written_in(told.draw(subtitle="Размер"), russian.number)
    save_figure(fig, tmp_path, "fig-a.ru", None)
    assert {file.suffix for file in tmp_path.iterdir()} == {".svg"}
    texts = [" ".join(text.get_text().split()) for text in fig.findobj(Text)]
    assert {"Валовой приток 4,0", "Net inflow 1,5", "2018 год"} <= {*texts}, texts
    assert fig.axes[0].yaxis.get_major_formatter().format_ticks([0.5, 1]) == ["0,5", "1,0"]
    assert "Источник: Банк (1 апреля 2026 г.)." in texts
    assert "валовой приток 1,0 (2018) — 4,0 (2022)" in russian.number(spoken("Рост", told.spoken))
    assert russian.lacking(texts) == ["net", "net inflow"], "a column, and its label"


def test_the_source_line_names_what_has_a_number_each_once():
    office = {"source": "An office", "vintage": "2025-08-15"}
    nothing = Values.of({"none": {2020: NAN}}, sources=[office])
    assert bars(join(CHANGE, nothing), panels="rows").sources == (BANK,)
    some = nothing.where(lambda f: f > 0).called(unit="percent") - CHANGE["gross"]
    assert lines({"a": CHANGE["net"], "b": some}).sources == (BANK,)
    assert lines(CHANGE, cite=[office]).sources == (office,)


@pytest.fixture
def desk(tmp_path):
    return Notebook("chapter", Data(project_root(), last_year=2024), tmp_path, [], {})


def test_a_figure_is_registered_with_its_words_and_saved_with_its_data(desk, tmp_path):
    how = {"subtitle": "US$", "estimates": "Hollow: estimates"}
    desk.figure("fig-x", lines(LINE), **how)
    desk.figure("fig-firm", lines(LINE.at([2018, 2019])), **how)
    exhibit = desk._exhibits[0]
    said = spoken("", exhibit.spoken)
    assert said.startswith("Lines, 2018 to 2022, US$ billion: gross inflow 1.00")
    ends = "Each series ends in its own last year: gross inflow in 2022; net inflow in 2020."
    assert exhibit.ends == ends
    path = tmp_path / "figures" / "fig-x.csv"
    told = "# US$. Hollow: estimates\n# Source: A bank"
    assert path.read_text("utf-8").startswith(told)
    assert "Hollow" not in path.with_stem("fig-firm").read_text("utf-8")
    saved = pd.read_csv(path, comment="#")
    assert saved["gross_status"].tolist()[-1] == "estimate"
    assert (tmp_path / "figures" / "fig-x.svg").exists()


def test_without_drawing_nothing_of_matplotlib_is_called(desk, monkeypatch, tmp_path):
    monkeypatch.setenv("LIVINGBRIEF_DRAW", "no")
    monkeypatch.setattr("matplotlib.figure.Figure.__init__", lambda *a, **k: pytest.fail("drawn"))
    for i, make in enumerate(CHARTS.values()):
        desk.figure(f"fig-{i}", make(), subtitle="Unit")
    assert len(desk._exhibits) == len(CHARTS)
    assert not (tmp_path / "figures").exists()


def test_counts_are_their_own_n(desk):
    told = {"years": "2020", "is": "Made for this test."}
    family = Description(patterns=("seen.count.{year}",), unit="persons", **told)
    desk._recorder = Recorder("chapter", [family], {}, range(2020, 2021))
    people = Values.of({"detected": {2020: 3.0}}, unit="persons", sources=[BANK])
    ends = [Values.of({"detected": {2020: end}}) for end in (1.0, 9.0)]
    desk.record("seen.count.{year}", people, between=ends, level=0.95, counted=True)
    count = desk._recorder.finished()["seen.count.2020"]
    assert (count.n, count.interval, count.level) == (3, [1.0, 9.0], 0.95)


def test_intervals_below_nought_are_shown_whole():
    low = LINE["gross"].map(lambda number: number - 4)
    one = dots(LINE["gross"], low=low, high=LINE["gross"], upright=True)
    assert one.draw(subtitle="B").axes[0].get_ylim()[0] < -3
    above = dots(LINE["gross"], upright=True).draw(subtitle="B")
    assert above.axes[0].get_ylim()[0] == 0


def test_ends_whose_names_are_too_long_are_left_to_the_table():
    long = Values.of(pd.Series([-1.0, 2.0], index=["a" * 150, "b" * 150], name="x"))
    assert spoken("A", dots(long).spoken) == "A. Dots: −1.0 to 2.0."


def test_numbers_that_would_all_print_as_nought_have_more_places():
    assert usual_places("percent", [0.03, -0.01, np.nan]) == 2
    assert usual_places("percent", [0.3, 0.01]) == 1
    assert usual_places("US$ million", [0.4]) == 1
    assert usual_places("persons", [0.0, 0.0]) == 0
    assert usual_places("percent", [1e-9]) == 8
    small = Values.of(pd.Series({2020: -0.031, 2021: 0.004}, name="a"), unit="percentage points",
                      signed=True, sources=LINE.sources)  # fmt: skip
    assert bars(small).said(-0.031, small.about["a"]) == "\N{MINUS SIGN}0.03 points"
    assert table_of(small).iloc[:, 1].tolist() == ["\N{MINUS SIGN}0.03", "0.00"]


def test_the_alternative_text_names_the_unit_of_each_change():
    text = spoken("A finding.", bars(CHANGE, panels="rows").spoken)
    assert text == (
        "A finding. Bars: −18.0% (2022, net dollars) to +7.0% (2022, gross dollars); "
        "−6.0 points (share of GDP, 2022) to +2.0 points (share of GDP, 2023)."
    )


def test_a_picture_drops_no_row_or_column_of_its_drawing():
    lines = "".join(f'<path d="M{3.6 * n} 0v600M0 {3.6 * n}h600"/>' for n in range(1, 150))
    for height in (259.2, 307.4, 307.8, 345.67):
        svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="518.4pt" height="{height}pt" '
        svg += f'viewBox="0 0 518.4 {height}" stroke="#000" stroke-width="0.9">{lines}</svg>'
        dots = np.asarray(Image.open(BytesIO(rasterised(svg))).convert("L"))
        for means in (dots.mean(axis=0), dots.mean(axis=1)):
            ink = (means.max() - means)[4 : len(means) // 8 * 8 - 4].reshape(-1, 8)
            places = (ink @ np.arange(8)) / ink.sum(axis=1)
            assert np.ptp(places) < 0.5, (height, places)


def test_figures_of_a_table_stand_to_the_right_with_a_mark_or_without():
    cells = {"Net": ["+1.0 (l)", "–"], "Place": ["3 of 9", "31 (rounded)"], "Way": ["1 (UN)", "a"]}
    assert "| ---: | ---: | :--- |" in markdown_table(pd.DataFrame(cells))


def test_what_a_function_draws_is_told_point_by_point_where_it_says(desk, tmp_path):
    def draw(width, say):
        fig = Figure(figsize=(width, 2), layout="constrained")
        ax = fig.subplots()
        return fig, [(ax, 1, [0, 1], [5, 6]), (ax, 0, [2], [7], 4)]

    desk.figure("fig-x", draw, data=LINE, subtitle="US$")
    found = json.loads((tmp_path / "figures" / "fig-x.points.json").read_text("utf-8"))
    told = [(of["place"], mark["told"]) for of in found["groups"] for mark in of["marks"]]
    of_net = ("2018", ["Net inflow", "US$\u00a00.50\u00a0billion"])
    of_gross = ("2022", ["Gross inflow", "US$\u00a04.00\u00a0billion (estimate)"])
    assert told[0] == of_net and told[-1] == of_gross and len(told) == 3


def test_a_point_tells_its_interval_and_a_bar_without_a_dot_its_ends():
    low, high = (COUNTS["men"].map(lambda n, by=by: n + by) for by in (-1, 1))
    chart = dots(COUNTS["men"], low=low, high=high, upright=True)
    drawn(chart)
    assert [m.text for m in chart.marked] == [
        "2\u00a0persons (1 to 3)", "1\u00a0person (estimate; 0 to 2)",
    ]  # fmt: skip
    gone = COUNTS["men"].where(lambda frame: frame > 1)
    chart = dots(gone, low=low, high=high, upright=True)
    drawn(chart)
    assert chart.marked[-1].text.startswith("0 to 2") and chart.marked[-1].y == 1


def boxes(fig, ax):
    fig.canvas.draw()
    return {text.get_text(): text.get_window_extent() for text in ax.texts}


@pytest.mark.parametrize("width", [7.2, 3.56])
def test_words_of_events_stand_above_the_lines_and_beside_each_other(width):
    years = pd.Series(range(20), [*range(2005, 2025)], name="a", dtype=float)
    events = {2015: "the ruble falls", 2020: "pandemic", 2022: "war"}
    fig, panels = drawn(lines(Values.of(years, sources=[BANK]), events=events), width=width)
    (ax,) = panels.values()
    found = boxes(fig, ax)
    assert all(found[word].y0 >= ax.get_window_extent().y1 for word in events.values())
    apart = [found[word] for word in events.values()]
    assert not any(a.overlaps(b) for i, a in enumerate(apart) for b in apart[:i])


def test_a_label_stands_clear_of_a_point_beyond_its_line():
    frame = pd.DataFrame({"a": {2020: 1.0, 2021: 2.0}, "b": {2022: 2.0}})
    values = Values.of(frame, sources=[BANK])
    fig, panels = drawn(lines(values, marks=["b"]), width=3.56)
    (ax,) = panels.values()
    cross = ax.transData.transform((2022, 2))
    assert not any(box.contains(*cross) for box in boxes(fig, ax).values())


def test_bars_are_equally_thick_and_years_at_one_place_in_all_panels():
    three = Values.of({"n": dict(zip("abc", (1.0, 2.0, 3.0), strict=True))}, sources=[BANK])
    fig, panels = drawn(bars({"One": three, "Two": three.at(["a"])}, across=1))
    fig.canvas.draw()
    thick = [ax.patches[0].get_window_extent().height for ax in panels.values()]
    assert thick[0] == pytest.approx(thick[1], rel=0.02)
    shorter = LINE["gross"].at([2019, 2021])
    _, panels = drawn(lines({"A": LINE["gross"], "B": shorter}, ends=True))
    assert len({ax.get_xlim() for ax in panels.values()}) == 1
    assert len({tuple(ax.get_xticks()) for ax in panels.values()}) == 1


def test_a_heading_of_a_panel_is_not_wider_than_the_figure():
    head = "The lowest and the highest schooling of mothers"
    rows = {f"Partner violence, {year}": LINE.frame.loc[year] for year in (2018, 2019)}
    values = Values.of(pd.DataFrame(rows).T, sources=[BANK])
    fig, panels = drawn(dots({"A": values, head: values}, joined=True, across=1), width=3.56)
    fig.canvas.draw()
    for ax in panels.values():
        assert ax.title.get_window_extent().x1 <= fig.bbox.x1
        assert ax._left_title.get_window_extent().x1 <= fig.bbox.x1
