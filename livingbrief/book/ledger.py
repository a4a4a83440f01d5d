"""The ledger, the errata, the report's own findings, and what turned, as Markdown for the book.

The text is complete without a browser's help; ``_static/ledger.js`` only folds and filters it.
"""

import html
import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from livingbrief.book import strips, templates
from livingbrief.book.marks import Printed, marked
from livingbrief.book.prose import CAVEATS, Prose
from livingbrief.book.sentences import Page
from livingbrief.book.state import BookState
from livingbrief.charts.directive import in_table
from livingbrief.claims import claims, firm
from livingbrief.claims.claims import Judged, Then
from livingbrief.claims.findings import Stated
from livingbrief.claims.measures import Chance, Firmness, Measured, Number, Revision, Sure
from livingbrief.claims.turning import FIRM_AT_MOST
from livingbrief.escape import markdown
from livingbrief.records import load_errata, load_facts
from livingbrief.values.numbers import NBSP, format_value, with_unit
from livingbrief.values.results import ANY_YEAR, Results
from livingbrief.wording import GROUP_OF, LOOKS, VERDICT_WORDS, capital, counted, enumerated

#: Said where the measures that disagree differ by their year alone.
ON_YEAR = "depends on the year"
#: A claim is read off its conditions, so these are what a figure says of one.
_VOTE_WORDS = {"supported": "met", "contradicted": "not met", "inconclusive": "too close to call"}
_CLASS_WORDS = {
    firm.FIRM: "firm",
    firm.BETWEEN: "in between",
    firm.COULD_TURN: "could turn",
    firm.NO_VINTAGES: "not known",
}
_DECIMALS = re.compile(r"\d\.(\d+)")
_THAN_WORDS = {
    "<": "below", "<=": "not above", ">": "above", ">=": "not below", "==": "exactly",
    "!=": "other than", "abs_lt": "nearer to nought than",
}  # fmt: skip
#: With fewer years a usual revision is little more than an example, and says so.
_FEW_YEARS = 10
#: Other publishers may have printed it: only the printings held here are looked into.
_UNKNOWN_THEN = "no figure of that time held here"
#: Why a figure is lacking in the column of then, by its status.
_LACKING_THEN = {
    "outside_edition": "of a later time",
    "not_published": "not yet printed",
    "no_data": "no dated copy found",
}
#: An outcome now, and before; why a finding is said in the words that stand beside it.
_OUTCOMES = {
    "holds": ("holds", "held", "met"),
    "fails": ("fails", "failed", "not met, so this is said instead"),
    "near": ("is too near to call", "was too near to call", "too near to call, and said so"),
    "unknown": ("cannot be judged", "could not be judged", "a figure is missing"),
}
_UNSAID = "*Not said in this edition.*"


def anchor(claim_id: str) -> str:
    """Return the label of a claim's entry, such as ``claim-c63``."""
    return f"claim-{claim_id.lower()}"


def link_to(claim_id: str) -> str:
    """Return a link to a claim's entry that says its id alone."""
    return f"{{ref}}`{claim_id} <{anchor(claim_id)}>`"


def verdict_words(item: Judged | Then, would: str = "") -> str:
    """Return the verdict on a claim, or what it `would` be, in a reader's words."""
    if not would and item.reason in claims.LACKING:
        return str(item.reason)
    verdict = would or item.verdict
    on_year = verdict == "depends_on_measure" and claims.on_year(item.measures, bool(would))
    return ON_YEAR if on_year else VERDICT_WORDS[verdict]


def signed(item: Judged | Then, words: str) -> str:
    """Put the sign of what a verdict comes to before words."""
    return f"{LOOKS[item.group].sign} {words}"


def claims_markdown(root: Path, state: BookState) -> str:
    """Return the page "Claims and evidence": counts, the table, and every claim in full."""
    prose, items = prose_of(root, state), state.claims
    looks = {group: look.words for group, look in LOOKS.items()}
    then = [item.then for item in items if item.then]
    return templates.page(
        "claims",
        heads=_heads(state),
        counts={"then": tally(then), "": tally(items)} if then else {"": tally(items)},
        verdicts={g: [name for name, of in GROUP_OF.items() if of == g] for g in LOOKS},
        history=state.history,
        held=separate(items),
        looks=html.escape(json.dumps(looks)),
        overview=overview(state),
        sections={
            section: [_claim(item, prose, state) for item in items if item.section == section]
            for section in dict.fromkeys(item.section for item in items)
        },
    )


def separate(items: Iterable[Judged]) -> tuple[int, int, int]:
    """Count the claims that hold, those of them that figures decide, and these figures."""
    decided = [
        {frozenset(m.compared) for m in item.measures if m.counts and m.verdict == "supported"}
        for item in items
        if item.group == "holds"
    ]
    return len(decided), sum(map(bool, decided)), len(set().union(*decided))


def overview(state: BookState) -> str:
    """Return a table with a row for each claim: its words, and its verdict then and now."""
    heads = _heads(state)
    rows = [
        [link_to(item.id), markdown(item.claim), *([then] if heads[1:] else []), verdict]
        for item in state.claims
        for then in [signed(item.then, then_words(item)) if item.then else ""]
        for verdict in [signed(item, verdict_words(item))]
    ]
    return in_table(["Claim", "What it says, in our words", *heads], rows)


def wrong_or_changed(state: BookState) -> str:
    """Return two lists: the claims that are wrong, and those whose verdict has changed since."""
    wrong = [i for i in state.claims if GROUP_OF[i.verdict] == "wrong"]
    changed = [i for i in state.claims if i.has_turned]
    text = []
    if wrong:
        text += ["**Wrong, by this edition’s figures or sources:**", ""]
        text += [f"- {link_to(i.id)}: {markdown(i.claim)}" for i in wrong]
    if changed:
        text += ["", "**Verdicts that have changed:**", ""]
        text += [
            f"- {link_to(i.id)}: {markdown(i.claim)} {state.brief.then_words}: "
            f"{then_words(i)}; "
            f"now: {verdict_words(i)}."
            for i in changed
        ]
    return "\n".join(text)


def _heads(state: BookState) -> list[str]:
    """Return the heads of the columns of views: then, where there is one, and now."""
    both = any(item.then for item in state.claims)
    return [*([state.brief.then_words] if both else []), capital(state.as_of)]


def prose_of(root: Path, state: BookState) -> Prose:
    """Return what fills the records of ``book/``, and findings."""
    return state.prose(root, {**words_of(state), "facts": facts(root, state)})


def words_of(state: BookState) -> dict[str, str]:
    """Return the words of the edition that sentences use, such as the country's name."""
    edition, name = state.book.edition, state.book.country_name
    words = state.brief.words(edition.country, edition.host)
    return {**words, "country_name": name, "Country_name": capital(name)}


def facts(root: Path, state: BookState) -> dict[str, Printed]:
    """Return the texts of ``book/facts.yml`` by name, in the language of the page."""
    known = load_facts(root / "book" / "facts.yml").items()
    said = {name: state.language.number(str(fact)) for name, fact in known}
    return {n: Printed(text, f"facts.{n}") for n, text in said.items()}


def with_key(results: Results, key: str, words: str) -> str:
    """Mark the text of a number, with which `words` begin; why there is none in place of them."""
    if key not in results:
        return markdown(words)
    text, value = results[key].text, results[key].value
    if value is None or not words.startswith(text):
        return markdown(text if value is None else words)
    return marked(markdown(text), key) + markdown(words.removeprefix(text))


def tally(items: Iterable[Judged | Then], *, in_words: bool = False) -> dict[str, Printed]:
    """Count claims by verdict, group and kind, all, and those that turned or could turn.

    Those that could turn are named too, by their ids; also `in_words`, which are English.
    """
    items = list(items)
    judged = [item for item in items if isinstance(item, Judged)]
    turned = sum(item.has_turned for item in judged)
    could = [item for item in judged if item.could_turn]
    kinds: dict[str, int] = {kind: sum(i.kind == kind for i in judged) for kind in claims.KINDS}
    whole = {"total": len(items), "turned": turned, "could_turn": len(could)}
    counted = {**claims.counts(items), **kinds, **whole}
    texts = {name: f"{n:,}" for name, n in counted.items()}
    which = [f"“{c.claim.rstrip('.')}” ({c.id})" if in_words else c.id for c in could]
    texts["could_turn_which"] = enumerated(which) if in_words and could else ", ".join(which)
    return {name: Printed(text, f"verdicts.{name}") for name, text in texts.items()}


def chances_of(state: BookState) -> Mapping[str, Printed | str]:
    """Return how many of a hundred statements like the parts of each finding turned."""
    # An edition without an archive has none.
    texts = defaultdict[str, Printed | str](str)
    for finding in state.findings:
        if turns := [m.chance.turns for m in finding.measures if m.chance]:
            ends = dict.fromkeys(format_value(100 * end, 0) for end in (min(turns), max(turns)))
            text = state.language.number("–".join(ends))
            texts[finding.id] = Printed(text, f"chances.{finding.id}")
    return texts


def then_words(item: Judged) -> str:
    """Return a verdict of the earlier view in a reader's words."""
    words = verdict_words(item.then) if item.then else ""
    if words == claims.OUTSIDE:
        return _LACKING_THEN["outside_edition"]
    return _UNKNOWN_THEN if words in claims.LACKING else words


def _claim(item: Judged, prose: Prose, state: BookState) -> str:
    could, words = ["could turn"] * bool(item.could_turn), verdict_words(item)
    text = templates.page(
        "claim",
        item=item,
        footnoted=any(of.footnotes for of in state.claims),
        anchor=anchor(item.id),
        turns=["verdict changed"] * item.has_turned + could,
        signed=signed(item, words.capitalize()),
        then=f"{state.brief.then_words}: {then_words(item)}" if item.then else "",
        lacking=item.reason in claims.LACKING,
        on_year=words == ON_YEAR,
        over_time=[strips.words(i.states) for i in state.history.claims if i.id == item.id],
        decides=any(measure.counts for measure in item.measures),
        heads=_heads(state) if item.then else [capital(state.as_of)],
        rows=list(_measures(item, state, prose)),
        bands={name: (of, verdict_words(item, of)) for name, of in item.bands.items()},
        turning=turning(item) if could else [],
        adds=said(prose, item.adds),
        shown=[
            f"{markdown(of.label)}: {marked(markdown(of.text), of.key)}"
            for of in item.shown
            if not is_of_later(of.key, state)
        ],
        parts=[
            (part, said(prose, part.statement) + cite(part.sources, " ")) for part in item.parts
        ],
        note=said(prose, item.note or ""),
        would_need=said(prose, item.would_need or ""),
        sources=cite(item.sources),
        links=[
            f"{{doc}}`/notebooks/{name}`" for name in item.chapters if name in state.book.chapters
        ],
    )
    return prose.fill(text)


def _measures(item: Judged, state: BookState, prose: Prose) -> Iterator[Sequence[str]]:
    """Yield the rows of the evidence."""
    for number, measure in enumerate(item.measures):
        label = markdown(measure.label)
        names_later = prose.known and measure.value is None and prose.known.later(label)
        if names_later or is_of_later(measure.key, state):
            continue
        if measure.about == "since":
            label += " (since)"
        if not measure.counts:
            label += " (for context)"
        before = [_then_cell(item.then.measures[number])] if item.then else []
        sure = firm_words(measure.firm if measure.counts else None, measure.text)
        yield [label, rule_words(measure), *before, _cell(measure), capital(sure) or "\u2013"]


def is_of_later(key: str | None, state: BookState) -> bool:
    """Whether an edition that looks back has no figure because it is of a year after its day."""
    day = state.known_at
    if not (key and day):
        return False
    late = max(ANY_YEAR.findall(key), default="") > day[:4]
    return late and state.results[key].value is None


def turning(item: Judged) -> list[tuple[Sure, str, Firmness]]:
    """Return the measures by which a claim could turn, the verdicts to which, and how firm each is.

    The margin is that to the other verdict.
    """
    by_key = {how.key: how for how in item.could_turn}
    found = [(m, by_key[m.key]) for m in item.measures if m.counts and m.firm and m.key in by_key]
    return [
        (
            m,
            " or ".join(verdict_words(item, verdict) for verdict in how.to),
            m.firm.model_copy(update={"margin": how.by}),
        )
        for m, how in found
        if m.firm
    ]


def firm_words(sure: Firmness | None, text: str) -> str:
    """Return class, margin and usual revision of a measure, with the digits of its `text`."""
    if sure is None:
        return ""
    if sure.margin is None:
        return "usual revision not known"
    far = f"{margin_words(sure, text)} from turning"
    if sure.chance:
        return f"{_CLASS_WORDS[sure.of_class]}: {far}; {chance_words(sure.chance)}"
    if sure.revision is None:
        return f"{far}; usual revision not known"
    what = {"than": "the second figure is ", "difference": "such gaps are "}.get(sure.of, "")
    usual = f"{what}usually revised by {usual_words(sure.revision, text)}"
    return f"{_CLASS_WORDS[sure.of_class]}: {far}; {usual}"


def chance_words(chance: Chance) -> str:
    """Return how often statements like one turned when their figures were published again."""
    of_100 = format_value(100 * chance.turns, 0)
    often = "fewer than 1" if chance.turns < 0.005 else of_100
    # What is rounded must not contradict the class.
    if often == format_value(100 * FIRM_AT_MOST, 0) and chance.turns > FIRM_AT_MOST:
        often = f"just over {often}"
    like = "statements like this on a newest year" if chance.newest else "statements like this"
    return f"{like} turned in {often} of 100 cases within {counted(chance.years, 'year')}"


def by_both_rules(state: BookState) -> str:
    """Return a table of the deciding measures of which the chance to turn says another class."""
    heads = ["Claim", "Measure", "By its own revisions", "By the chance to turn"]
    rows = [
        [
            link_to(item.id),
            f"{markdown(measure.label)}: {marked(markdown(measure.text), measure.key)}",
            capital(_CLASS_WORDS[sure.by_revisions]),
            f"{capital(_CLASS_WORDS[sure.of_class])} ({format_value(100 * sure.chance.turns, 1)}%)",
        ]
        for item in state.claims
        for measure in item.measures
        if measure.counts and (sure := measure.firm) and sure.chance
        if sure.of_class != sure.by_revisions
    ]
    return in_table(heads, rows) if rows else ""


def margin_words(sure: Firmness, text: str) -> str:
    """Return how far a figure is from turning its vote, with its unit and the digits of `text`."""
    far, unit = _amount(sure.margin or 0.0, text), sure.unit
    return with_unit(far, unit.removesuffix("s") if far == "1" else unit)


def usual_words(moves: Revision, text: str) -> str:
    """Return by how much such figures are revised, with the digits of `text`."""
    seen = f"seen in {'only ' if moves.n < _FEW_YEARS else ''}{counted(moves.n, 'year')}"
    if moves.first < moves.n:
        seen = f"in only the newest {counted(moves.n, 'year')} published twice, "
        seen += f"with the first figure of {moves.first or 'none'} of them"
    return f"{_amount(moves.median, text)}, at most {_amount(moves.largest, text)} ({seen})"


def _amount(size: float, text: str) -> str:
    decimals = _DECIMALS.search(text)
    digits = len(decimals[1]) if decimals else 0
    least = 10**-digits
    under = 0 < size < least / 2
    return f"{'under ' if under else ''}{format_value(least if under else size, digits)}"


def rule_words(measure: Measured) -> str:
    """Return the condition of a measure in words: ``below 0% by more than 1 point; …``."""
    compare, limit, band = measure.compare, measure.limit, measure.tolerance
    if compare == "outside":
        return f"its interval leaves out {limit:g}"
    percent = str(measure.text).endswith("%")
    other = "the second figure"
    if not measure.than and limit is not None:
        other = measure.shown_as or _plain(limit) + ("%" if percent else "")
    gap = _plain(band) + (f"{NBSP}point{'' if band == 1 else 's'}" if percent else "")
    if compare == "within":
        return f"within {gap} of {other}"
    words = f"{_THAN_WORDS[compare]} {other}"
    if measure.exact:
        return f"{words} by more than chance allows"
    return f"{words} by more than {gap}; a smaller gap is too close" if band else words


def _plain(value: Any) -> str:
    if isinstance(value, str):
        return value or "empty"
    # A year is no thousand.
    grouped = "" if 1900 <= value <= 2100 else ","
    return f"{value:{grouped}.10g}".replace("-", "\u2212")


def figures(measure: Measured, form: str = "") -> str:
    """Return the figures that a measure compares, or why they are lacking."""
    text = marked(markdown(measure.text), measure.key, form)
    text += f" ({measure.status.replace('_', ' ')})" if measure.status in CAVEATS else ""
    than, missing = measure.than, measure.verdict == "missing"
    # Of two numbers that are lacking one reason is enough.
    same = than and (than.text == measure.text or measure.value is than.value is None)
    if than and not (missing and same):
        text += f" against {marked(markdown(than.text), than.key, form)}"
    return text


def _cell(measure: Measured, form: str = "") -> str:
    text, vote = figures(measure, form), _VOTE_WORDS.get(measure.verdict)
    return f"{text}: {vote}" if vote else text


def _then_cell(measure: Measured) -> str:
    if measure.verdict == "missing" and measure.status != "printed_later":
        return _lacking(measure)
    return _cell(measure, "then")


def said(prose: Prose, text: str) -> str:
    """Return the sentences of a record that this edition can say, on one line, to be filled."""
    return Page(prose).sentences(text)


def cite(keys: Sequence[str], before: str = "") -> str:
    """Return a citation in brackets, with what stands before it; nothing without a work."""
    return f"{before}{{cite:p}}`{','.join(keys)}`" if keys else ""


def errata_markdown(root: Path, state: BookState) -> str:
    """Return the brief's own slips, by how much they matter, each with its evidence."""
    prose = prose_of(root, state)
    found: dict[str, list[Any]] = {"substance": [], "citation": [], "form": []}
    for slip in load_errata(root / "book" / "errata.yml"):
        see = [f"{{claim}}`{claim}`" for claim in slip.claims]
        text, rest = said(prose, slip.found), [k for k in slip.sources if k not in slip.found]
        if text and not (prose.known and prose.known.later(cite(rest))):
            rest = prose.known.out(rest) if prose.known else rest
            found[slip.group].append((slip, text + cite(rest, " "), see))
    return prose.fill(templates.page("errata", found=found))


def changes_markdown(root: Path, state: BookState) -> str:
    """Return the verdicts that moved since the brief was written; nothing without such a view."""
    both = [item for item in state.claims if item.then]
    words = {item.id: [then_words(item), verdict_words(item)] for item in both}
    rows = [
        [link_to(f.id), markdown(f.claim), *words[f.id], _because(state, f)]
        for f in claims.diff([*map(_before, both)], state.claims)
    ]
    heads = ["Claim", "In our words", state.brief.then_words, capital(state.as_of), "Because"]
    return templates.page("changes", heads=heads, rows=rows) if both else ""


def _before(item: Judged) -> Judged:
    """Return a claim as it was judged then; why a figure was lacking stands in its place."""
    assert item.then is not None
    measures = [
        m.model_copy(update={"status": _lacking(m)} if m.value is None else {})
        for m in item.then.measures
    ]
    return item.model_copy(update={"verdict": item.then.verdict, "measures": measures})


def _lacking(measure: Number) -> str:
    return _LACKING_THEN.get(measure.status, _UNKNOWN_THEN)


def _because(state: BookState, flip: claims.Flip) -> str:
    """Say why a verdict turned: each figure that moved, as it was and as it is, or the rule."""
    moved = []
    for way in flip.moved:
        now = with_key(state.results, way.key, way.now)
        if (than := way.than) and state.results[than.key].value is not None:
            now += f" against {with_key(state.results, than.key, than.now)}"
        moved.append(f"{markdown(way.label)}: {markdown(way.was)} → {now}")
    why = "; ".join(moved) or capital(markdown(flip.why))
    return why and f"{why}."


def findings_markdown(root: Path, state: BookState) -> str:
    """Return every finding of this edition's chapters in words, with what its rule came to.

    Without those that lack figures if it looks back, or does not retell the brief.
    """
    prose, rows = prose_of(root, state), []
    every = state.book.narrative and not state.known_at
    for item in state.findings:
        said, outcome = _words(prose, item), item.outcome
        if every or (outcome, said) != ("unknown", _UNSAID):
            unsaid = (outcome, said) == ("fails", _UNSAID)
            what = "not met, so nothing is said" if unsaid else _OUTCOMES[outcome][2]
            chances = [m.chance for m in item.measures if m.chance]
            if chances and not unsaid:
                what += f"; {chance_words(max(chances, key=lambda chance: chance.turns))}"
            rows.append([item.id, said, _link(state, item.chapter), what])
    return templates.page("findings", rows=rows)


def turned_markdown(root: Path, state: BookState) -> str:
    """Return the findings that turned since the brief was written, if any could."""
    if not any(item.then for item in state.claims):
        return ""
    prose, now, rows = prose_of(root, state), {item.id: item for item in state.findings}, []
    for turn in state.book.turned_since:
        item = now[turn.id]
        was, is_now = _OUTCOMES[turn.was][1], _OUTCOMES[item.outcome][0]
        if (said := _words(prose, item).replace("**", "")) != _UNSAID:
            rows.append([item.id, _link(state, item.chapter), said, f"{was}; now {is_now}"])
    return templates.page("turned", rows=rows)


def _link(state: BookState, chapter: str) -> str:
    folder = "notebooks" if chapter in state.book.chapters else "book"
    return f"{{doc}}`/{folder}/{chapter}`"


def _words(prose: Prose, item: Stated) -> str:
    text = f":::{{statement}} {item.id}\n:::"
    return " ".join(prose.fill(said(prose, text)).split()) or _UNSAID
