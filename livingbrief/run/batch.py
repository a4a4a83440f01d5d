"""Annexes for many countries, on this machine or on a Dask cluster, and one page that compares."""

import multiprocessing
import re
import shutil
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from functools import partial
from importlib import resources
from pathlib import Path
from typing import NamedTuple

from livingbrief.book.prose import Leaf
from livingbrief.book.record import Book
from livingbrief.brief import Brief
from livingbrief.claims.findings import OUTCOME_OF
from livingbrief.claims.measures import Measure, measured
from livingbrief.data.access import main_publisher, open_catalog
from livingbrief.data.catalog import Catalog
from livingbrief.errors import BuildError, InputError, ReportError
from livingbrief.files import write_json, write_text
from livingbrief.records import Shape, read_as, refuse_faulty
from livingbrief.run.build import build
from livingbrief.run.editions import load_edition
from livingbrief.run.hashes import report_date
from livingbrief.run.replacing import RECORD, TRACES, foreign, own, recorded, refuse_sources
from livingbrief.run.workers import call, end_all, environment
from livingbrief.values.latest import resolve
from livingbrief.values.results import Number, Results
from livingbrief.wording import listed

# Seconds that a country may take; one takes a quarter of a minute.
LONGEST = 300.0
# How long a batch waits for a country that ends before it looks whether a worker is left.
WAIT_SECONDS = 60.0
#: What a claim comes to in a country, with sign and words.
OUTCOMES = {
    "holds": ("●", "holds"),
    "near": ("◐", "depends"),
    "fails": ("✕", "does not hold"),
    "unknown": ("?", "cannot be checked"),
}
PAGES = ("index.html", "summary.json")

#: Exit code of a country's build, and its error.
Outcome = tuple[int, str]
_Job = Future[Outcome]


@dataclass(frozen=True)
class Annex:
    """What became of one country: `why` it was not built; `refused` if it cannot be served."""

    country: str
    name: str
    built: bool
    why: str
    refused: bool = False


def build_country(
    root: str, edition: str, settings: Sequence[str], country: str, output: str, pdf: bool
) -> Outcome:
    """Build one country's report in a process of its own; give its exit code and its error."""
    work = Path(root, ".build", "batch", country)
    work.mkdir(parents=True, exist_ok=True)
    asked = (*settings, f"country={country}", "narrative=false")
    do = partial(
        build, Path(root), edition, asked, workers=1, pdf=pdf, output=Path(output), work=work
    )
    # On a cluster, this may be a process that is not meant to start others.
    multiprocessing.current_process().daemon = False
    env = environment(LIVINGBRIEF_ROOT=root)
    try:
        call(do, env=env, log=work / "log", longest=LONGEST)
    except (ReportError, OSError, RuntimeError) as error:
        return getattr(error, "exit_code", 1), str(error)
    finally:
        # Of some two hundred countries the folders of work would fill a disk.
        shutil.rmtree(work, ignore_errors=True)
    return 0, ""


def batch(
    root: Path,
    countries: Sequence[str],
    *,
    edition: str = "current",
    settings: Sequence[str] = (),
    workers: int = 2,
    scheduler: str | None = None,
    output: Path | None = None,
    pdf: bool = True,
    say: Callable[[str], None] = print,
) -> list[Annex]:
    """Build an annex for each country and a page that compares them.

    Parameters
    ----------
    countries : sequence of str
        ISO 3166-1 alpha-3 codes; ``all`` alone stands for each that the brief can try.
    edition, settings, pdf
        As for a build of each country.
    workers : int
        Countries at a time on this machine.
    scheduler : str or None
        Address of a Dask scheduler, ``tcp://host:port``, whose workers do the work instead.
    output : Path or None
        Where the annexes go; ``dist/batch`` by default.
    say : callable
        Receives one line for each country that is done.

    Raises
    ------
    InputError
        Countries, edition or `output` cannot be served.
    BuildError
        The scheduler cannot be reached.
    """
    catalog = open_catalog(root)
    brief, countries = catalog.brief, _codes(catalog, countries)
    load_edition(root, edition, settings)
    target = (output or root / "dist" / "batch").resolve()
    refuse_sources(root, target)
    refuse_faulty(root / "book")
    report_date(root)
    check_folder(target)
    target.mkdir(parents=True, exist_ok=True)
    done: dict[str, Annex] = {}
    with _pool(workers, scheduler) as (pool, there):
        asked = str(root), edition, tuple(settings)
        jobs = {
            pool.submit(build_country, *asked, code, str(target / code), pdf): code
            for code in countries
        }
        for job, (status, why) in _outcomes(jobs, there):
            code, built = jobs[job], status == 0
            name = brief.country_name(catalog, code)
            done[code] = Annex(code, name, built, why, refused=status == InputError.exit_code)
            say(f"{len(done)} of {len(jobs)}, {code}: {'built' if built else f'failed: {why}'}")
    annexes = [done[code] for code in countries]
    write_comparison(target, annexes, brief, main_publisher(catalog))
    return annexes


def _codes(catalog: Catalog, countries: Sequence[str]) -> list[str]:
    """Return codes of countries, each once; an `InputError` of one that cannot name a folder."""
    if list(countries) == ["all"]:
        countries = catalog.brief.countries(catalog)
    if not countries or not all(re.fullmatch(r"[\w-]+", code) for code in countries):
        raise InputError(
            f"--countries {','.join(countries)}: codes are needed, NPL,PHL,MEX for instance, or all"
        )
    return list(dict.fromkeys(countries))


@contextmanager
def _pool(workers: int, scheduler: str | None) -> Iterator[tuple[Executor, Callable[[], int]]]:
    """Give what takes countries, and what says how many workers it has."""
    if scheduler is None:
        with ThreadPoolExecutor(workers) as pool:
            try:
                yield pool, lambda: workers
            except BaseException:
                # Ctrl-C ends the countries that run, and no other begins.
                end_all()
                pool.shutdown(wait=False, cancel_futures=True)
                raise
        return
    try:
        from distributed import Client
    except ImportError:
        raise InputError(
            "--scheduler needs Dask, which is not installed: pip install 'remitrisk[cluster]'"
        ) from None
    try:
        client = Client(scheduler, timeout="10s")
    except (OSError, ValueError, TimeoutError) as error:
        raise BuildError(
            f"no Dask scheduler answers at {scheduler} ({error}); start one, or leave "
            "--scheduler out to work on this machine"
        ) from None

    def there() -> int:
        # Once the scheduler is gone it has none.
        with suppress(Exception):
            return len(client.scheduler_info()["workers"])
        return 0

    with client:
        if not there():
            raise BuildError(f"the scheduler at {scheduler} has no workers; start some first")
        yield client.get_executor(pure=False, retries=1), there


def _outcomes(jobs: Iterable[_Job], workers: Callable[[], int]) -> Iterator[tuple[_Job, Outcome]]:
    """Yield jobs as they end, and what they gave; one that raised is a failure of its country.

    Where none has ended for a while and no worker is left, all have failed.
    """
    left = set(jobs)
    while left:
        done, left = wait(left, WAIT_SECONDS, FIRST_COMPLETED)
        for job in done:
            error = job.exception()
            yield job, (1, f"{type(error).__name__}: {error}") if error else job.result()
        if not done and not workers():
            why = f"no Dask worker was left, and none came in {WAIT_SECONDS:.0f} s"
            yield from ((job, (1, why)) for job in left)
            return


def check_folder(target: Path) -> None:
    """Refuse, with an `InputError`, a folder that holds anything but reports and is no batch's."""
    if {*PAGES, RECORD} <= recorded(target) or not target.exists():
        return
    others = (p for p in sorted(target.iterdir()) if p.name not in TRACES and not recorded(p))
    if found := [p.name for p in others if not p.is_dir() or foreign(p)]:
        raise InputError(
            f"{target} holds {listed(found, 8)}, which no batch put there; move it elsewhere, or "
            "choose another folder with --output"
        )


def write_comparison(
    target: Path, annexes: Sequence[Annex], brief: Brief, publisher: tuple[str, str] = ("", "")
) -> None:
    """Write ``index.html``, and what became of each country and claim, ``summary.json``.

    `publisher`: id and name of the one whose figures are compared.
    """
    import jinja2

    from livingbrief.book.web import with_policy

    write_json(target / RECORD, own(PAGES, brief.name))
    built = sorted((a for a in annexes if a.built), key=lambda a: a.name.removeprefix("the "))
    results = {a.country: _read(dict[str, Number], target, a, "results") for a in built}
    vintages = [_read(Book, target, a, "book").vintages for a in built[:1]]
    claims = [
        (claim, [Measure.model_validate(m) for m in measures]) for claim, measures in brief.compared
    ]
    found = [(a, [_judged(claim, results[a.country]) for claim in claims]) for a in built]
    judged = {a.country: {item.claim: item.outcome for item in of} for a, of in found}
    summary = [{**asdict(a), "claims": judged.get(a.country, {})} for a in annexes]
    write_json(target / "summary.json", summary)
    text = resources.files("livingbrief.book").joinpath("comparison.html").read_text("utf-8")
    page = jinja2.Environment(autoescape=True).from_string(text)
    filled = page.render(
        title="Countries side by side",
        program=brief.name,
        claims=[claim for claim, _ in claims],
        counts=[Counter(of[claim] for of in judged.values()) for claim, _ in claims],
        outcomes=OUTCOMES,
        found=found,
        pdfs={a.country for a in built if (target / a.country / "report.pdf").is_file()},
        failed=[a for a in annexes if not a.built],
        publisher=publisher[1],
        vintage=vintages[0].get(publisher[0], "") if vintages else "",
    )
    write_text(target / "index.html", with_policy(filled))


class InCountry(NamedTuple):
    """A claim in one country: what it comes to, and label and text of each measure."""

    claim: str
    outcome: str
    shown: list[tuple[str, str]]


def _judged(claim: tuple[str, Sequence[Measure]], results: Results) -> InCountry:
    """Judge a claim in one country."""
    all_of = [measured(m, results, m.label) for m in claim[1] if resolve(results, m.key)]
    known = [m for m in all_of if m.verdict in OUTCOME_OF]
    votes = {OUTCOME_OF[m.verdict] for m in known}
    outcome = votes.pop() if len(votes) == 1 else "near" if votes else "unknown"
    shown = [
        (m.label, Leaf(m.key, results[m.key]).signed if m.limit == 0 else m.text) for m in known
    ]
    return InCountry(claim[0], outcome, shown)


def _read(shape: type[Shape], target: Path, annex: Annex, name: str) -> Shape:
    return read_as(shape, target / annex.country / f"{name}.json")
