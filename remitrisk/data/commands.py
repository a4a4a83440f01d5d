"""The command `remitrisk vintages`: what there is, what moved, what is new."""

from __future__ import annotations

from pathlib import Path

import click

from remitrisk.paths import project_root


@click.group()
def vintages() -> None:
    """List, compare and add vintages of the data package."""


@vintages.command("list")
def list_() -> None:
    """List every table with its vintages."""
    from remitrisk.data.vintages import list_vintages

    dates: dict[tuple[str, str], list[str]] = {}
    for entry in list_vintages(project_root()):
        dates.setdefault((entry.publisher, entry.table), []).append(entry.vintage)
    for (publisher, table), found in dates.items():
        click.echo(f"{publisher:14} {table:26} {', '.join(dict.fromkeys(found))}")


@vintages.command()
@click.argument("source")
def show(source: str) -> None:
    """Show the vintages of SOURCE (a publisher) and what each holds."""
    from remitrisk.data.vintages import show as text

    click.echo(text(project_root(), source))


@vintages.command()
@click.argument("source")
@click.argument("old")
@click.argument("new")
@click.option("--country", help="Print every changed value of this country.")
def diff(source: str, old: str, new: str, country: str | None) -> None:
    """Compare the vintages OLD and NEW of SOURCE: new, revised and withdrawn values."""
    from remitrisk.data.differences import differences, summary

    found = differences(project_root(), source, old, new)
    click.echo(summary(found))
    if country:
        for row in found[found["iso3"] == country].itertuples():
            click.echo(
                f"{row.change:10} {row.series} {row.iso3} {row.year}: {row.old} -> {row.new}"
            )


@vintages.command()
@click.argument("source")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--vintage", required=True, metavar="DATE", help="Date of the vintage, YYYY-MM-DD.")
@click.option("--table", help="Table, where the file's columns fit several.")
@click.option("--partial", is_flag=True, help="The file holds only some of the table's series.")
def add(source: str, file: Path, vintage: str, table: str | None, partial: bool) -> None:
    """Add FILE as a vintage of SOURCE; nothing is written if anything is wrong with it."""
    from remitrisk.data.vintages import add_tidy, recognise

    root, content = project_root(), file.read_bytes()
    known, part = (table, None) if table else recognise(root, source, content)
    resource = add_tidy(root, known, content, vintage, part=part, partial=partial)
    click.echo(f"added {resource.table}, vintage {resource.vintage}: data/{resource.path}")


@vintages.command()
def rehash() -> None:
    """Record hash and size of files that were changed on purpose."""
    from remitrisk.data.vintages import rehash as renew

    renewed = renew(project_root())
    for entry in renewed:
        click.echo(f"renewed: data/{entry.path}")
    click.echo("now run: remitrisk check" if renewed else "every file has its recorded hash")
