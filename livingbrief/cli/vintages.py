"""The commands `vintages …` and `refresh`."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from livingbrief.paths import project_root

if TYPE_CHECKING:
    from livingbrief.data.adding import Added

NOTE = click.option("--note", default="", help="Why values that stand out or moved are right.")


@click.group()
def vintages() -> None:
    """List, compare and add vintages of the data package."""


@vintages.command("list")
@click.argument("source", default="")
def list_(source: str) -> None:
    """List every table with its vintages, or those of SOURCE (a publisher) with what they hold."""
    from livingbrief.data.catalog import Catalog

    catalog = Catalog(project_root())
    if source:
        catalog.vintages(source)
        for r in (r for r in catalog.resources if r.publisher == source):
            star = "*" if catalog.default(r.table, r.part) == r else " "
            click.echo(f"{star} {r.vintage}  {r.table:24} {r.covers} ({r.dated_note})")
        click.echo("\n* serves `latest` and what a dated vintage lacks")
        return
    dates: dict[tuple[str, str], list[str]] = {}
    for entry in catalog.resources:
        dates.setdefault((entry.publisher, entry.table), []).append(entry.vintage)
    for (publisher, table), found in dates.items():
        click.echo(f"{publisher:14} {table:26} {', '.join(dict.fromkeys(found))}")


@vintages.command()
@click.argument("source")
@click.argument("old")
@click.argument("new")
@click.option("--country", help="The country whose headline series are shown.")
def diff(source: str, old: str, new: str, country: str | None) -> None:
    """Compare the vintages OLD and NEW of SOURCE: new, revised and withdrawn values."""
    from livingbrief.data.differences import changes, written

    click.echo(written(changes(project_root(), source, old, new, country or "")))


@vintages.command()
@click.argument("source")
@click.argument("file", type=click.Path(exists=True, path_type=Path))
@click.option("--vintage", required=True, metavar="DATE", help="Date of the vintage, YYYY-MM-DD.")
@click.option("--partial", is_flag=True, help="The file is meant to hold only some series.")
@click.option("--table", default="", help="Table, for a file in the package's layout.")
@NOTE
def add(source: str, file: Path, vintage: str, partial: bool, table: str, note: str) -> None:
    """Add FILE (or a ZIP, or a folder of files) as a vintage of SOURCE.

    The layouts of some publishers are known; any other source takes a file in the package's own
    layout. Nothing is written if anything is wrong.
    """
    from livingbrief.data.adding import add as add_vintage
    from livingbrief.run import history

    root = project_root()
    added = add_vintage(root, source, file, vintage, table=table, partial=partial, note=note)
    click.echo("\n".join([_told(root, added), *history.notes(root)]))


@vintages.command()
def rehash() -> None:
    """Record hash and size of files that were changed on purpose."""
    from livingbrief.data.descriptor import package_dir, writing
    from livingbrief.data.descriptor import rehash as renew

    with writing(package_dir(project_root())):
        renewed = renew(project_root())
    for path in renewed:
        click.echo(f"renewed: data/{path}")
    click.echo("now run the command check" if renewed else "every file has its recorded hash")


@click.command()
@click.argument("source")
@click.option("--base-url", metavar="URL", help="Address to use instead of the publisher's.")
@click.option(
    "--report", type=click.Path(dir_okay=False, path_type=Path),
    help="File for the difference as Markdown; written only if there is a new vintage.",
)  # fmt: skip
@NOTE
def refresh(source: str, base_url: str | None, report: Path | None, note: str) -> None:
    """Fetch what SOURCE prints now, and add it as a vintage if it is new."""
    from livingbrief.data.adding import refresh as run
    from livingbrief.run import history

    root = project_root()
    say = partial(click.echo, err=True)
    added = run(root, source, base_url=base_url, say=say, note=note)
    if not added.resources:
        click.echo(f"nothing new: the package has what {source} prints ({added.vintage})")
        return
    text = _told(root, added)
    click.echo("\n".join([text, *history.notes(root)]))
    if report is not None:
        report.write_text(text, encoding="utf-8")


def _told(root: Path, added: Added) -> str:
    """Say what was added, how it differs from the vintages beside it, and what to read."""
    from livingbrief.data.catalog import Catalog
    from livingbrief.data.differences import changes, written
    from livingbrief.data.neighbours import beside

    lines = [f"recognised: {added.layout}"]
    for resource in added.resources:
        lines.append(f"added {resource.table}, vintage {resource.vintage}: {resource.covers}")
        lines.append(f"  data/{resource.path}, {resource.bytes:,} bytes")
        if not resource.is_full:
            lines.append("  it holds some of the series: all others stay those of the whole table")
    lines += [f"note: {note}" for note in added.notes]
    new = added.resources[0]
    before, after = beside(Catalog(root), new.table, new.part, new.vintage)
    for old, late in ((before, new), (new, after if after and after.is_full else None)):
        if old and late:
            lines += ["", written(changes(root, new.publisher, old.vintage, late.vintage))]
    lines += ["", f"caveats of {new.table} were carried over; see that they hold:"]
    return "\n".join([*lines, *(f"  - {caveat}" for caveat in new.caveats)])
