"""What pages can ask for besides numbers: facts, generated lists, the edition itself."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

from livingbrief.book import ahead, front, ledger, pictures, references, strips, templates, tracker
from livingbrief.book.state import BookState
from livingbrief.charts.directive import in_table
from livingbrief.data import due
from livingbrief.data.access import main_publisher, open_catalog
from livingbrief.data.catalog import LATEST
from livingbrief.data.datasets import datasets_markdown, summary_rows
from livingbrief.edition import Edition
from livingbrief.escape import Markdown, markdown
from livingbrief.values.exhibits import by_what
from livingbrief.values.kinds import Kind
from livingbrief.values.values import DATE
from livingbrief.wording import capital, long_date


def context(root: Path, state: BookState) -> dict[str, object]:
    """Return the names that a page may use.

    ``last_year``, ``facts``, ``verdicts`` and others, and functions that return Markdown.
    """
    edition, say = state.book.edition, state.language.say
    words = {name: say(word) for name, word in ledger.words_of(state).items()}
    return {
        **{name: _markdown(write) for name, write in _functions(root, state).items()},
        **words,
        "edition_title": say(edition.title),
        "narrative": state.book.narrative,
        "followed": bool(state.history.claims),
        "ends_early": bool(state.ends),
        **lists(edition),
        "first_year": edition.first_year,
        "last_year": edition.last_year,
        "vintages": state.book.vintages,
        "figures": standing(root, state, "published on"),
        "long_date": long_date,
        "as_of": state.as_of,
        "twice": any(claim.then for claim in state.claims),
        "known_at": edition.known_at,
        "facts": ledger.facts(root, state),
        "verdicts": ledger.tally(state.claims, in_words=not state.language.code),
        "chances": ledger.chances_of(state),
    }


def _functions(root: Path, state: BookState) -> dict[str, Callable[..., str]]:
    """Return the functions that a page may call, which give Markdown."""
    bibliography = root / "book" / "references.bib"
    out = ahead.known(root, state.book.edition.known_at)
    return {
        "datasets": lambda: datasets_markdown(root, None if state.book.narrative else cited(state)),
        "data_summary": lambda: in_table(
            ["Table", "Publisher", "Newest vintage", "Expected next"], summary_rows(root)
        ),
        "lacks": partial(lacks, state),
        "own_findings": partial(ledger.findings_markdown, root, state),
        "turned": partial(ledger.turned_markdown, root, state),
        "changes": partial(ledger.changes_markdown, root, state),
        "moved_numbers": partial(moved_numbers, state),
        "could_turn": partial(could_turn, root, state),
        "by_both_rules": partial(ledger.by_both_rules, state),
        "verdict_bars": partial(front.verdict_bars, state),
        "citation": state.citation,
        "brief_sources": partial(references.listed, bibliography, out, "brief"),
        "data_sources": partial(references.listed, bibliography, out, "data"),
        "all_references": partial(references.listed, bibliography, out, "all"),
        "claims_history": partial(strips.history_markdown, state),
        "ledger": partial(ledger.claims_markdown, root, state),
        "claim_list": partial(ledger.overview, state),
        "wrong_or_changed": partial(ledger.wrong_or_changed, state),
        "errata": partial(ledger.errata_markdown, root, state),
        "tracker": partial(tracker.tracker_markdown, root, state),
        "recommendations": partial(tracker.recommendations_markdown, root, state),
        "actions": partial(front.actions, root, state, "reasons"),
        "to_sign": partial(front.actions, root, state, "table"),
        "next_figures": partial(next_figures, root, state),
        "picture": partial(pictures.picture, root, state),
        "rows_of": partial(pictures.rows_of, state),
        "mark_of": partial(pictures.mark_of, state),
        "first_steps": lambda most=0: front.actions(root, state, "steps", most=most),
        "action": partial(front.actions, root, state, "one"),
    }


def lists(edition: Edition) -> dict[str, list[int]]:
    """Return the years of which a page may say the same, each in its turn: the earliest first."""
    return {"shocks": sorted(edition.shocks)}


def _markdown(write: Callable[..., str]) -> Callable[..., Markdown]:
    return lambda *of, **how: Markdown(write(*of, **how))


def standing(root: Path, state: BookState, words: str) -> str:
    """Say as of when the figures of a report are; `words` lead to the main publisher's date.

    To those of all publishers, where no table is the main one. What a release lacks that is not
    held whole comes from the one that serves it.
    """
    language = state.language
    if day := state.known_at:
        return language.say("figures as they stood on {}").format(language.day(day))
    catalog = open_catalog(root)
    named = {r.publisher: catalog.tables[r.table].publisher for r in catalog.resources}
    publishers = dict([main_publisher(catalog)]) if (main := catalog.brief.main_table) else named
    dates = {source: state.book.vintages[source] for source in publishers}
    said = "; ".join(
        language.say(f"{name} figures {words} {{}}").format(language.day(dates[source]))
        for source, name in publishers.items()
    )
    if main and (whole := catalog.base(main, *dates.values()).vintage) not in dates.values():
        said += language.say(", where held, otherwise of {}").format(language.day(whole))
    return said


def title_page(root: Path, state: BookState) -> dict[str, str]:
    """Return the values of the PDF's title page."""
    book, edition = state.book, state.book.edition
    place = f", {book.country_name}" if book.country_name else ""
    return {
        # Without it, a short report begins with its first page.
        "typst_title": book.title if state.book.narrative else "",
        "typst_subtitle": book.subtitle,
        "typst_edition": f"Edition: {edition.title}{place}, {edition.first_year} to "
        f"{edition.last_year}",
        "typst_vintage": capital(standing(root, state, "of")),
        "typst_credit": state.brief.credit if state.book.narrative else "",
        "typst_version": f"Version {book.version}",
        "typst_date": f"State of the project: {long_date(state.day.isoformat())}",
    }


def lacks(state: BookState) -> str:
    """Return what this country or edition lacks, each thing once, as a list."""
    items = by_what(state.book.lacks).items()
    return templates.page("lacks", items=[(capital(what), why) for what, (_, why) in items])


def cited(state: BookState) -> dict[str, set[str]]:
    """Return the names of all sources of the numbers of this edition, and days of printing."""
    found: dict[str, set[str]] = {}
    for source in (s for result in state.results.values() for s in result.sources):
        printed = Kind.of(source.vintage) is not Kind.UNREVISED
        found.setdefault(source.source, set()).update(DATE.findall(source.vintage) * printed)
    return found


def next_figures(root: Path, state: BookState, *, late: bool = False) -> str:
    """Return what publishers are expected to print next, or with `late` what is past due."""
    awaited, past = _due(root, state)
    language, found = state.language, [d for d in awaited.values() if (d in past) == late]
    return "; ".join(
        f"{markdown(language.say(d.entry.what))} {language.awaited(d.when)}"
        for d in sorted(found, key=lambda d: d.entry.next_release)
    )


def _due(root: Path, state: BookState) -> tuple[dict[str, due.Due], list[due.Due]]:
    """Return what is awaited, by publisher, and what was due; nothing if an edition looks back."""
    edition = state.book.edition
    if edition.known_at or {*edition.vintage.values()} - {LATEST}:
        return {}, []
    found = due.expected(open_catalog(root))
    awaited = {name: found[name] for name in sorted(found) if not found[name].overtaken}
    return awaited, [d for d in found.values() if d.late(state.day)]


def could_turn(root: Path, state: BookState) -> str:
    """Return the claims that could turn with one figure, and what is past due."""
    awaited, late = _due(root, state)
    found = [(item, *turn) for item in state.claims for turn in ledger.turning(item)]
    about = {"words": ledger, "results": state.results, "awaited": awaited, "past_due": late}
    return templates.page("could_turn", found=found, **about)


def shown(state: BookState, name: str) -> bool:
    """Whether a chapter of this edition shows a figure or table, so that a page may refer to it."""
    return name in state.book.shown


def moved_numbers(state: BookState) -> str:
    """Return the headline numbers that moved since the time of the brief, with a heading."""
    about = {"head": state.brief.then_words, "numbers": state.book.moved_since}
    return templates.page("moved_numbers", now=partial(ledger.with_key, state.results), **about)
