"""Compute how often statements turn when their figures are printed again: ``make shelf-life``.

It reads the two archives of the data package, which no build reads, and writes the small tables of
``data/shelf_life``; ``remitrisk vintages rehash`` enters their new hashes. Where there is a report,
it prints how firm its verdicts are by both rules.
"""

import sys
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from livingbrief.claims.claims import Judged
from livingbrief.data.descriptor import package_dir, read_descriptor
from livingbrief.paths import project_root
from livingbrief.records import read_as
from remitrisk.methods import shelf_life
from remitrisk.methods.shelf_life import YEAR
from remitrisk.series import GDP, INFLOW, INFLOW_PCT_GDP

OLD, NEW = "2018-08-01", "2026-07-01"
YEARS = (2005, 2017)
#: Amounts, of which a change is per cent; changes of all others are in their own unit.
AMOUNTS = (
    "AG.PRD.CROP.XD", "EG.USE.PCAP.KG.OE", INFLOW, GDP, "NY.GDP.PCAP.CD", "NY.GNP.PCAP.CD",
    "SH.DYN.MORT", "SH.STA.MMRT", "SP.ADO.TFRT", "SP.POP.TOTL", "SP.URB.TOTL",
)  # fmt: skip
#: Other days: series, the older printing, the later one.
OTHER_DAYS = (
    (GDP, "2012-09-20", "2018-01-14"),
    ("SP.POP.TOTL", "2012-10-17", "2020-04-14"),
)
#: GDP as it stood in January 2018, of which five earlier copies say how it used to be revised.
BEFORE = "2018-01-14"
TABLES = ("chances", "scores")


def archive(root: Path, name: str) -> pd.DataFrame:
    """Return an archive of the data package."""
    folder = package_dir(root)
    listed = {entry["name"]: entry["path"] for entry in read_descriptor(folder)["archives"]}
    return pd.read_csv(folder / listed[name]).rename(columns={"indicator": "series"})


def study(root: Path) -> dict[str, pd.DataFrame]:
    """Return the small tables by name, from the archives alone."""
    wide, core = archive(root, "wdi"), archive(root, "core")
    wide = wide[wide["year"].between(*YEARS)]
    table = wide.rename(columns={OLD: "then", NEW: "now"})[
        ["series", "iso3", "year", "then", "now"]
    ]
    made = shelf_life.statements(shelf_life.logs(_with_share(table), AMOUNTS))
    told = shelf_life.held_out(made)
    tests = {
        "economies held out": told,
        "read off revisions alone": told.assign(chance=told["read"]),
        "figures that were updated": told[told["updated"]],
        "newest year": told[told["age"] == 0],
        "year before the newest": told[told["age"] == 1],
    }
    core = core[core["year"] >= YEARS[0]].pivot(
        index=["series", "iso3", "year"], columns="printed", values="value"
    )
    for code, old, new in OTHER_DAYS:
        other = core.loc[[code], [old, new]].set_axis(["then", "now"], axis=1).reset_index()
        others = shelf_life.statements(shelf_life.logs(other, AMOUNTS))
        # An economy is in the half in which it is in the first test.
        half = made.drop_duplicates("iso3").set_index("iso3")["half"]
        others = others.assign(half=others["iso3"].map(half)).dropna(subset=["half"])
        tests[f"other days, {code}"] = shelf_life.held_out(others, made)
    found = []
    for test, rows in tests.items():
        for kind, of in (("all", rows), *rows.groupby("kind")):
            found.append(shelf_life.scores(of.reset_index(drop=True)).assign(test=test, kind=kind))
    found.append(_beside_the_old(wide, core))
    scores = pd.concat(found, ignore_index=True)
    first = ["test", "kind", "band"]
    scores = scores[[*first, *(name for name in scores if name not in first)]]
    chances = shelf_life.kept(told, made)
    return {
        name: of.assign(later=NEW).round(6)
        for name, of in zip(TABLES, (chances, scores), strict=True)
    }


def _with_share(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with the ratio of remittances to GDP, each of one printing."""
    of = table.pivot(index=["iso3", "year"], columns="series", values=["then", "now"])
    share = {name: 100 * of[name][INFLOW] / of[name][GDP] for name in ("then", "now")}
    made = pd.DataFrame(share).dropna().reset_index().assign(series=INFLOW_PCT_GDP)
    return pd.concat([table, made], ignore_index=True)


def _beside_the_old(wide: pd.DataFrame, core: pd.DataFrame) -> pd.DataFrame:
    """Return scores of changes of GDP on the year before, where the old rule speaks as well."""
    then = core.loc[GDP].dropna(axis=1, how="all")
    now = wide[wide["series"] == GDP].set_index(["iso3", "year"])[NEW]
    table = pd.DataFrame({"then": then[BEFORE], "now": now}).dropna().reset_index()
    table = shelf_life.logs(table.assign(series=GDP), AMOUNTS)
    made = shelf_life.statements(table)
    told = shelf_life.held_out(made[made["kind"] == YEAR])
    change = shelf_life.changes(then)
    classed = shelf_life.old_rule(told, {c: of.droplevel(0) for c, of in change.groupby(level=0)})
    # In place of the mean of the series stands the old rule.
    both = shelf_life.scores(classed.assign(mean=classed["old"]).reset_index(drop=True))
    return both.assign(test="beside the old rule, NY.GDP.MKTP.CD", kind=YEAR)


def by_both_rules(judged: Iterable[Judged]) -> pd.DataFrame:
    """Return how firm each deciding measure of the data claims is, by both rules.

    `judged` is ``claims.json``; the chance is empty where no archive has the series.
    """
    return pd.DataFrame(
        {
            "claim": item.id,
            "verdict": item.verdict,
            "measure": measure.key,
            "by_revisions": sure.by_revisions,
            "now": sure.of_class,
            "chance": sure.chance.turns if sure.chance else float("nan"),
        }
        for item in judged
        if item.kind == "data"
        for measure in item.measures
        if measure.counts and (sure := measure.firm)
    )


def main() -> int:
    """Write the small tables, and print what came out."""
    root = project_root()
    tables = study(root)
    entries = read_descriptor(package_dir(root))["resources"]
    for name, table in tables.items():
        path = next(e["path"] for e in entries if e["table"] == f"shelf_life.{name}")
        table.to_csv(package_dir(root) / path, index=False, lineterminator="\n")
    print(tables["scores"].drop(columns="later").round(4).to_string(index=False))
    report = root / "dist" / "current" / "claims.json"
    if report.is_file():
        print(by_both_rules(read_as(list[Judged], report)).to_string(index=False))
    return 0


if __name__ == "__main__":
    sys.exit(main())
