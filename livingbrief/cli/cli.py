"""The command line."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from livingbrief import __version__
from livingbrief.brief import load, stated
from livingbrief.cli.vintages import refresh, vintages
from livingbrief.errors import ReportError
from livingbrief.paths import project_root
from livingbrief.run.hashes import refuse_stand_ins, report_date
from livingbrief.wording import VERDICT_WORDS, counted

FOLDER: Any = click.Path(file_okay=False, path_type=Path)


class _Group(click.Group):
    """Turns the project's errors into one message and an exit code."""

    def main(self, *args: Any, **how: Any) -> Any:
        try:
            return super().main(*args, **how)
        except (ReportError, OSError) as error:
            click.echo(f"error: {error}", err=True)
            sys.exit(getattr(error, "exit_code", 1))


def _with_edition(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add --edition and --set."""
    command = click.option(
        "--set", "settings", multiple=True, metavar="KEY=VALUE",
        help="Override one parameter, e.g. last_year=2021 or vintage.worldbank=2023-05-10.",
    )(command)  # fmt: skip
    words = "An edition of editions.yml."
    return click.option("--edition", default="current", show_default=True, help=words)(command)


def tasks_at_a_time() -> int:
    """Return one more than the cores, up to eight: a task waits for its kernel now and then."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min((cores or 1) + 1, 8)


def _version(context: click.Context, _: Any, asked: bool) -> None:
    """Print the versions of the project's brief and of the engine, and end."""
    if asked:
        brief = load(project_root())
        click.echo(f"{brief.name} {brief.version} (livingbrief {__version__})")
        context.exit()


@click.group(cls=_Group)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_version,
    help="Print the versions of brief and engine, and end.",
)
def main() -> None:
    """Build, check and renew the report."""
    refuse_stand_ins()


@main.command()
@click.argument("ledger", metavar="CLAIMS", type=click.Path(path_type=Path))
@click.argument("table", metavar="CSV", type=click.Path(path_type=Path))
def judge(ledger: Path, table: Path) -> None:
    """Judge the claims of a YAML file by a table of numbers: key, value."""
    from livingbrief.claims import claims, measures

    for item in claims.evaluate(claims.load(ledger), measures.read_table(table), table.name):
        click.echo(f"{item.id} {VERDICT_WORDS[item.verdict]}: {item.claim}")
        for measure in item.measures:
            click.echo(f"  {measure.label}: {measure.text} ({measure.verdict})")


main.add_command(vintages)
main.add_command(refresh)


@main.command()
@_with_edition
@click.option(
    "--workers", default=tasks_at_a_time, show_default="cores + 1", type=click.IntRange(1, 64),
    help="Tasks at a time.",
)  # fmt: skip
@click.option("--no-pdf", is_flag=True, help="HTML only.")
@click.option("--output", type=FOLDER, help="Folder for the report.")
@click.option("--fail-on-flip", is_flag=True, help="Stop when a claim's verdict changed.")
@click.option("--verbose", is_flag=True, help="Name each sentence that was left out.")
@click.option("--work", type=FOLDER, hidden=True, help="Folder in which the report is made.")
def build(
    edition: str,
    settings: tuple[str, ...],
    workers: int,
    no_pdf: bool,
    output: Path | None,
    fail_on_flip: bool,
    verbose: bool,
    work: Path | None,
) -> None:
    """Build the report of one edition: HTML, PDF, results and claims."""
    from livingbrief.run.workers import preload

    # A time that is none, or settings that cannot be read, would stop the server with a traceback.
    report_date(project_root())
    stated(project_root())
    # The server loads its libraries while this process loads its own, which takes seconds.
    preload()
    from livingbrief.run.build import build as run

    run(
        project_root(), edition, settings, workers=workers, pdf=not no_pdf, output=output,
        fail_on_flip=fail_on_flip, verbose=verbose, work=work, say=click.echo,
    )  # fmt: skip


@main.command()
def history() -> None:
    """Run every past day anew, and keep what decides the claims in book/history."""
    from livingbrief.run.history import pasts

    for past in pasts(project_root()):
        past.renew(tasks_at_a_time() - 1, click.echo)


@main.command()
@_with_edition
def check(edition: str, settings: tuple[str, ...]) -> None:
    """Check data package, provenance, claims, editions, notebooks, and what prose judges."""
    from livingbrief.cli.check import check_all

    problems, notes = check_all(project_root(), edition, settings)
    for note in notes:
        click.echo(note)
    for problem in problems:
        click.echo(f"problem: {problem}", err=True)
    if problems:
        click.echo(counted(len(problems), "problem"), err=True)
        sys.exit(1)
    gaps = f"{counted(len(notes), 'note')}; " if notes else ""
    click.echo(f"{gaps}no problems")


@main.command()
@_with_edition
@click.option(
    "--countries", required=True, metavar="AAA,BBB,…|all", help="Codes of countries, or all."
)
@click.option("--workers", default=2, show_default=True, type=click.IntRange(1, 64))
@click.option("--scheduler", metavar="tcp://HOST:PORT", help="Send the work to a Dask cluster.")
@click.option("--no-pdf", is_flag=True, help="HTML only.")
@click.option("--output", type=FOLDER, help="Folder for the reports.")
def batch(
    edition: str,
    settings: tuple[str, ...],
    countries: str,
    workers: int,
    scheduler: str | None,
    no_pdf: bool,
    output: Path | None,
) -> None:
    """Build a report on each of many countries, and a page that compares them."""
    from livingbrief.run.batch import batch as run

    codes = [c.strip() for c in countries.split(",") if c.strip()]
    annexes = run(
        project_root(), codes, edition=edition, settings=settings, workers=workers,
        scheduler=scheduler, output=output, pdf=not no_pdf, say=click.echo,
    )  # fmt: skip
    failed = [a for a in annexes if not a.built]
    for annex in failed:
        click.echo(f"not built: {annex.country} ({annex.name}): {annex.why}", err=True)
    of_all = counted(len(annexes), "country")
    click.echo(f"{len(annexes) - len(failed)} of {of_all} built")
    if failed:
        sys.exit(1)


if __name__ == "__main__":
    main()
