"""What a notebook gets when it starts: its data, and the ways by which results leave it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, cast

import numpy as np
import pandas as pd
from IPython.core.getipython import get_ipython
from IPython.display import display

from livingbrief.book import ahead
from livingbrief.book.language import Language
from livingbrief.charts import directive as tables
from livingbrief.charts.directive import EXHIBIT_MIME
from livingbrief.data.access import open_as
from livingbrief.edition import Parameter
from livingbrief.errors import BuildError
from livingbrief.escape import in_csv, markdown
from livingbrief.files import write_json
from livingbrief.notebooks import OF_DATA, reads_of
from livingbrief.paths import project_root
from livingbrief.records import read_yaml
from livingbrief.values import results
from livingbrief.values.exhibits import Exhibit, Lack, Spoken
from livingbrief.values.numbers import Recorder, Scalar
from livingbrief.values.results import Cited, Description
from livingbrief.values.values import Cell, Values, late
from livingbrief.wording import capital, long_date

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from livingbrief.charts.chart import Chart
    from livingbrief.charts.drawn import Draw
    from livingbrief.data.access import Data


class Notebook:
    """What a notebook reads with, and the ways by which results leave it.

    Attributes
    ----------
    data : Data
        Tables and series of the edition.
    out : Path
        Folder that receives ``record.json`` and ``figures/``.
    country_name : str
        English name of the edition's country.
    words : dict
        Names that labels may print.
    """

    def __init__(
        self,
        name: str,
        data: Data,
        out: Path,
        descriptions: Iterable[Description],
        parameters: Mapping[str, Parameter],
    ) -> None:
        self.name, self.data, self.out = name, data, out
        years = range(data.first_year, data.last_year + 1)
        self._recorder = Recorder(name, descriptions, parameters, years, _at_work)
        self._exhibits: list[Exhibit] = []
        self._lacks: list[Lack] = []
        self._known = ahead.known(project_root(), data.known_at)
        brief = data.catalog.brief
        self.country_name = brief.country_name(data.catalog, data.country)
        self.words = brief.words(data.country, data.host)

    def record(self, key: str, value: Any, term: str = "", **how: Any) -> None:
        """Record numbers, or what stands in place of one, under their keys.

        Parameters
        ----------
        key : str
            Of one number; of several a pattern with a placeholder for each axis by its name,
            ``"loans.{measure}.usd_mn.{year}"``, or ``{}`` for the names of a mapping (or
            Series). An axis without a placeholder has one entry.
        value : Values, mapping or Series, Cell, scalar, list, or result of statsmodels
            Values bring status, unit and sources: a cell without a number is left out, or recorded
            as ``no_data`` if that is its status. A mapping has a number for each name, or what
            `how` takes for it alone (``value``, ``interval``, ``text``). Of a result of statsmodels
            it is the estimate of `term`, with its interval and n.
        term : str
            Name of a parameter of such a result.
        **how
            ``status`` and ``sources`` of what brings none; ``n``, ``interval``, ``level``, ``text``
            of a number (`livingbrief.values.numbers.Recorder.record`); of values ``between`` (two
            Values, the ends of the intervals) and ``counted`` (each number is a count, and its n).

        Raises
        ------
        BuildError
            If a key is not described in ``book/results.yml``, or under another unit.
        """
        if hasattr(value, "conf_int"):
            self._number(key, **{**_estimate(value, term), **how})
        elif "{}" in key:
            for name, one in value.items():
                about = one if isinstance(one, Mapping) else {"value": one}
                self._number(key.format(name), **{**about, **how})
        elif isinstance(value, Values):
            self._numbers(key, value, **how)
        else:
            self._number(key, value, **how)

    def _number(
        self,
        key: str,
        value: Scalar | Cell,
        *,
        status: str = "final",
        sources: Iterable[Mapping[str, str]] = (),
        **how: Any,
    ) -> None:
        if isinstance(value, Cell):
            status, sources, value = value.status, sources or value.sources, value.value
        self._recorder.record(key, value, status=status, sources=sources, **how)

    def _numbers(
        self,
        pattern: str,
        values: Values,
        *,
        between: Sequence[Values] | None = None,
        counted: bool = False,
        **same: Any,
    ) -> None:
        rows, columns = str(values.frame.index.name), str(values.frame.columns.name)
        statuses = values.status
        for name, about in values.about.items():
            for row in values.frame.index:
                status, key = statuses.at[row, name], pattern.format(**{rows: row, columns: name})
                if status in ("", "no_data"):
                    if status:
                        self.missing(key, status)
                    continue
                number = values.cell(row, name).value
                fields = {"status": status, "sources": about.sources, "unit": about.unit, **same}
                if between is not None and name in between[0].names:
                    low, high = (end.cell(row, name).value for end in between)
                    fields |= {"interval": [low, high]} if low <= high else {}
                if counted:
                    fields["n"] = int(number)
                self._number(key, number, **fields)

    def series(self, *codes: str, country: str | None = None) -> Values:
        """Return annual series, one column each; one that is absent is empty, and said once.

        ``gross, outflow = nb.series(INFLOW, OUTFLOW)``; of the edition's country without `country`.
        """
        found = self.data.values(*codes, country=country)
        for code in codes:
            if code not in found:
                self.lacks(*self.data.absent(code, country))
        return found

    def tally(
        self,
        key: str,
        which: Sequence[Scalar],
        sources: Sequence[Mapping[str, str]],
        none: str = "",
    ) -> None:
        """Record how many there are (`none` is printed for 0), and under ``key_which`` which."""
        self._number(key, len(which), sources=sources, text=(none or None) if not which else None)
        if which:
            self._number(f"{key}_which", list(which), sources=sources)

    def panels(self, *codes: str) -> dict[str, pd.DataFrame]:
        """Return `livingbrief.data.access.Data.panel` by code; another vintage is said."""
        found = {code: self.data.panel(code) for code in codes}
        described = [panel.attrs for panel in found.values()]
        if late(*(of["source"] for of in described)) or all(of["fallback"] for of in described):
            self.lacks(
                "the tables of all economies in this edition's vintage",
                "Of some or all it has none that is whole; "
                f"values of another vintage to {self.data.last_year} serve here.",
            )
        return found

    def facts(self, *prefixes: str) -> Values:
        """Record the single figures that tables of the package hold under keys of their own.

        Parameters
        ----------
        *prefixes : str
            Beginnings of the keys, ``"transfers.out_"``.

        Returns
        -------
        Values
            Years by what stands between the first word of a key and its year.
        """
        table = self.data.facts(*prefixes)
        for row in table.itertuples():
            self._number(row.key, row.value, status=row.status, sources=[row.source])
        table[["name", "year"]] = table["key"].str.extract(r"^\w+\.(.+)\.(?:y\d{4}_)?(\d{4})$")
        table["year"] = table["year"].astype(int)
        wide = {
            of: table.pivot(index="year", columns="name", values=of) for of in ("value", "status")
        }
        sources = {name: [*group] for name, group in table.groupby("name")["source"]}
        return Values.of(wide["value"], status=wide["status"].fillna(""), sources=sources)

    def missing(self, key: str, status: str) -> None:
        """Record that a key has no value, and why."""
        self._recorder.missing(key, status)

    def withdrawn(self, code: str, *stems: str) -> None:
        """Record that keys, by their beginnings, stand on years of a series that were withdrawn."""
        gone = set(self.data.withdrawn(code))
        if gone and self.data.has(code):
            gone -= set(self.data.series(code).years)
        self._recorder.withdrawn(gone, stems)

    def lacks(self, what: str, why: str) -> None:
        """Say what this country or edition lacks; shown here and on the command line."""
        out = self._known
        # What an earlier edition could not have is no gap in it.
        if (out and out.later(what)) or any(lack.what == what for lack in self._lacks):
            return
        if out and out.later(why):
            why = "it was printed after the day to which this edition looks back."
        why = capital(why)
        self._lacks.append(Lack(notebook=self.name, what=what, why=why))
        shown = f"**Not in this edition: {markdown(what)}.** {markdown(why)}"
        plain = f"Not in this edition: {what}. {why}"
        display({"text/markdown": shown, "text/plain": plain}, raw=True)

    def figure(
        self,
        name: str,
        chart: Chart | Draw | Figure,
        *,
        subtitle: str = "",
        note: str = "",
        estimates: str = "",
        data: pd.DataFrame | Values | None = None,
        form: str = "Chart",
        labels: Mapping[str, str] | None = None,
        printed: Values | Mapping[str, Values] | None = None,
    ) -> None:
        """Show a chart and save it as SVG, PNG and CSV; without drawing it is registered alone.

        The caption of yearly series that end before the edition does says where each ends.

        Parameters
        ----------
        name : str
            Label for cross-references, ``fig-…``.
        chart : Chart, callable or Figure
            From one of the forms in `livingbrief.charts`; a function that draws a matplotlib
            `Figure` for a width in inches and what puts labels in a language; or a figure
            (`livingbrief.charts.drawn.Drawn`), whose values are `data`, and whose `form` is said
            to who cannot see it.
        subtitle, note : str
            The subtitle has measure and unit, for counts of people: detected, assisted or modelled;
            the note is a sentence for the last line, before the sources.
        estimates : str
            How numbers from estimates are drawn; it follows the subtitle where there are any.
        data, labels
            As the chart gives them, unless they are given.
        printed : Values, or mapping of heading to Values
            What stood on each day of printing, as `Data.by_vintage` gives it; a reader walks
            through more than one.
        """
        from livingbrief.charts.tables import own_last_years

        if isinstance(data, Values):
            from livingbrief.charts.drawn import Drawn

            chart, data = Drawn(data, by=cast("Draw | Figure", chart), form=form), None
        chart = cast("Chart", chart)
        table = chart.data() if data is None else data
        named = {**{n: c.label for n, c in chart.about.items()}, **(labels or {})}
        # A table of its own beside the drawing may be in another unit.
        about = {"unit": chart.unit, "columns": chart.described} if data is None else {}
        ends = own_last_years(table, self.data.last_year, named)
        spoken, sources = chart.spoken, chart.sources
        self._register("figure", name, **about, spoken=spoken, ends=ends, sources=sources)
        if os.environ.get("LIVINGBRIEF_DRAW") == "no":
            return
        subtitle = capital(subtitle)
        if estimates and chart.soft:
            subtitle = f"{subtitle}. {estimates}"
        if chart.later:
            note = f"{note} Grey: printed after {long_date(self.data.known_at)}.".strip()
        self._show_drawing(name, chart, table, printed, subtitle, note)

    def _show_drawing(
        self,
        name: str,
        chart: Chart,
        table: pd.DataFrame,
        printed: Values | Mapping[str, Values] | None,
        subtitle: str,
        note: str,
    ) -> None:
        """Draw the figure that was registered last, in all its languages, save and show it."""
        from livingbrief.charts.chart import spoken
        from livingbrief.charts.points import points
        from livingbrief.charts.tables import printed_days
        from livingbrief.charts.theme import NARROW, save_figure, source_line

        wide, marked = chart.draw(subtitle=subtitle, note=note), chart.marked
        narrow = chart.draw(subtitle=subtitle, note=note, width=NARROW)
        sources = f"Source: {source_line(chart.sources)} Licences: see data.xlsx"
        comments = subtitle, note, sources
        svg = save_figure(wide, self.out / "figures", name, table, narrow, comments)
        days = printed and printed_days(printed, chart.apart, subtitle)
        at = points([(wide, marked), (narrow, chart.marked)])
        for script, content in (("as-of", days), ("points", at)):
            if content:
                write_json(self.out / "figures" / f"{name}.{script}.json", content)
        languages = self._in_languages(name, chart, subtitle, note)
        exhibit = self._exhibits[-1].model_copy(update={"languages": languages})
        self._exhibits[-1] = exhibit
        shown = {"kind", "name", "spoken", "ends", "languages"}
        alt = spoken("", chart.spoken)
        data = exhibit.model_dump(mode="json", include=shown)
        display({"image/svg+xml": svg, "text/plain": alt, EXHIBIT_MIME: data}, raw=True)

    def _in_languages(self, name: str, chart: Chart, *words: str) -> dict[str, Spoken]:
        """Draw a figure in the languages that show it; return by code what else they say of it."""
        from livingbrief.charts.points import points
        from livingbrief.charts.theme import NARROW, WIDTH, Text, save_figure, written_in

        spoken: dict[str, Spoken] = {}
        for code in json.loads(os.environ.get("LIVINGBRIEF_PICTURED", "{}")).get(name, ()):
            own = Language(code, read_yaml(project_root() / "book" / code / "words.yml"))
            translated = chart.told_in(own.say)
            subtitle, note = map(own.say, words)
            drawn = [
                (written_in(translated.draw(subtitle=subtitle, note=note, width=w), own.number),
                 [m._replace(text=own.number(m.text), sources=own.number(m.sources))
                  for m in translated.marked])
                for w in (WIDTH, NARROW)
            ]  # fmt: skip
            (wide, _), (narrow, _) = drawn
            save_figure(wide, self.out / "figures", f"{name}.{code}", None, narrow)
            if at := points(drawn):
                write_json(self.out / "figures" / f"{name}.{code}.points.json", at)
            parts = [*map(own.number, translated.spoken)]
            texts = [text for m in translated.marked for text in (m.place, m.label, m.text)]
            lacks = own.lacking([*parts, *texts, *(t.get_text() for t in wide.findobj(Text))])
            spoken[code] = Spoken(spoken=tuple(parts), lacks=tuple(lacks))
        return spoken

    def show(
        self, name: str, of: Values | pd.DataFrame, *, cite: Sequence[Mapping[str, str]] = (),
        **how: Any,
    ) -> None:  # fmt: skip
        """Show a numbered table, ``tbl-…``, to which a page gives a title, and save it as CSV.

        Parameters
        ----------
        of : Values or DataFrame
            Values are formatted by `livingbrief.charts.tables.table_of`, which takes `how`; a frame
            holds formatted cells.
        cite : sequence of dict
            Sources of a frame; without them those of the numbers of its cell, else of its chapter.
        """
        from livingbrief.charts.tables import of_later, table_of

        df = table_of(of, **how) if isinstance(of, Values) else of
        cited = of.sources if isinstance(of, Values) else cite
        ends = f"(l): printed after {long_date(self.data.known_at)}." if of_later(df) else ""
        self._register("table", name, sources=cited, rows=tables.markdown_table(df), ends=ends)
        self._save_table(name, df)
        display(
            {"text/html": tables.html_table(df), "text/plain": df.to_string(index=False)},
            raw=True,
        )

    def _save_table(self, name: str, df: pd.DataFrame) -> None:
        folder = self.out / "figures"
        folder.mkdir(parents=True, exist_ok=True)
        plain = df.map(in_csv).rename(columns=in_csv)
        plain.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")

    def close(self) -> None:
        """Write ``record.json``: numbers, exhibits, and what is lacking."""
        numbers = self._recorder.finished()
        exhibits = []
        for exhibit in self._exhibits:
            # A table of formatted text rests on what the numbers of its cell, else its chapter, do.
            near = [n for n in numbers.values() if n.cell == exhibit.cell]
            cited = ([s for n in of for s in n.sources] for of in (near, numbers.values()))
            sources = next(filter(None, (exhibit.sources, *cited)), ())
            exhibits.append(exhibit.model_copy(update={"sources": tuple(dict.fromkeys(sources))}))
        record = {"numbers": numbers, "exhibits": exhibits, "lacks": self._lacks}
        write_json(self.out / "record.json", {"notebook": self.name, **record})

    def _register(
        self,
        kind: Literal["figure", "table"],
        name: str,
        *,
        sources: Iterable[Mapping[str, str]],
        **about: Any,
    ) -> None:
        prefix = {"figure": "fig-", "table": "tbl-"}[kind]
        if not name.startswith(prefix):
            raise BuildError(f"{kind} '{name}' in {self.name}: its name must begin with '{prefix}'")
        if any(exhibit.name == name for exhibit in self._exhibits):
            raise BuildError(f"{kind} '{name}' is shown twice in {self.name}")
        cited = tuple(Cited.model_validate(source) for source in sources)
        if kind == "figure" and not cited:
            raise BuildError(f"{kind} '{name}' in {self.name} names no source")
        exhibit = Exhibit(kind=kind, name=name, sources=cited, cell=_at_work(), **about)
        self._exhibits.append(exhibit)


def _estimate(fit: Any, term: str, level: float = 0.95) -> dict[str, Any]:
    """Return an estimate of statsmodels with its interval, as `Notebook.record` has numbers."""
    at = list(fit.model.exog_names).index(term)
    ends = np.asarray(fit.conf_int(alpha=1 - level))[at]
    about = {"interval": [*map(float, ends)], "level": level, "n": int(fit.nobs)}
    return {"value": float(np.asarray(fit.params)[at]), **about}


def _at_work() -> str:
    """Return which of the executed cells is at work, as the kernel counts them; '' without one."""
    shell: Any = get_ipython()
    # `execution_count` moves on before a cell in some versions of IPython, after it in others.
    return str(len(shell.history_manager.input_hist_raw) - 1) if shell else ""


def _show_frames() -> None:
    """Show tables and values without a style sheet of their own: an executed notebook is a page."""
    from livingbrief.charts.tables import table_of

    shell: Any = get_ipython()
    if shell is None:
        return
    formatters = shell.display_formatter.formatters
    as_html, as_text = formatters["text/html"], formatters["text/plain"]
    # A page would show the LaTeX of a summary with MathJax, from an address on the web.
    formatters.pop("text/latex", None)
    as_html.for_type(pd.DataFrame, tables.html_frame)
    as_html.for_type(Values, lambda values: tables.html_table(table_of(values)))
    # As wide as they are: what pandas prints depends on the terminal.
    as_text.for_type(pd.DataFrame, lambda df, p, _: p.text(df.to_string(max_rows=24)))
    as_text.for_type(Values, lambda v, p, _: p.text(table_of(v).to_string(index=False)))


def start(name: str, names: Mapping[str, Any]) -> Notebook:
    """Begin a notebook for the edition whose parameters its ``globals()``, `names`, hold.

    Results go to ``LIVINGBRIEF_OUT``, or without to ``.build/scratch/<edition>/<name>``.
    """
    root = project_root()
    source = root / "notebooks" / f"{name}.ipynb"
    scratch = root / ".build" / "scratch" / names["edition"] / name
    out = Path(os.environ.get("LIVINGBRIEF_OUT") or scratch)
    asked = {key: names[key] for key in OF_DATA if key in names}
    descriptions = results.load(root / "book" / "results.yml").get(name, ())
    data = open_as(root, reads=reads_of(source), **asked)
    _show_frames()
    return Notebook(name, data, out, descriptions, names)
