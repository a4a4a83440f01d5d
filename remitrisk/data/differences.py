"""What moved between two vintages: values new, revised and withdrawn."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from remitrisk.data.catalog import Catalog, Resource
from remitrisk.data.errors import DataError

RELATIVE_NOISE = 1e-9
NEW, REVISED, WITHDRAWN = "new", "revised", "withdrawn"


def differences(root: Path, publisher: str, old: str, new: str) -> pd.DataFrame:
    """Compare two vintages of a publisher value by value.

    Two whole tables are compared in full. If one vintage holds only some series, those series of
    a country are compared that both hold: such a vintage withdraws none of the others.

    Returns
    -------
    DataFrame
        Columns table, change (`new`, `revised`, `withdrawn`), series (the key but for country
        and year), iso3, year, field, old, new, pct (change in per cent, revised values only);
        in the order of the key.

    Raises
    ------
    DataError
        If a vintage is unknown or the two share no table.
    """
    catalog = Catalog(root)
    for vintage in (old, new):
        catalog.resolve(publisher, vintage)
    pairs = [
        (a, b)
        for a in catalog.resources
        for b in catalog.resources
        if (a.publisher, a.vintage, b.vintage) == (publisher, old, new)
        and (a.table, a.part) == (b.table, b.part)
    ]
    if not pairs:
        raise DataError(f"the vintages {old} and {new} of {publisher!r} share no table")
    return pd.concat([_compare(catalog, a, b) for a, b in pairs], ignore_index=True)


def summary(found: pd.DataFrame) -> str:
    """Count the changes by series and country, one line each, then in all."""
    lines = []
    for (table, series), group in found.groupby(["table", "series"], sort=False):
        counts = group["change"].value_counts()
        shown = ", ".join(f"{counts[c]} {c}" for c in (NEW, REVISED, WITHDRAWN) if c in counts)
        countries = group["iso3"].dropna().unique()
        where = f" ({', '.join(countries[:8])}{', …' if len(countries) > 8 else ''})"
        lines.append(f"{table}  {series}: {shown}{where if len(countries) else ''}")
    total = found["change"].value_counts()
    counts_ = [f"{int(total.get(c, 0))} {c}" for c in (NEW, REVISED, WITHDRAWN)]
    return "\n".join([*lines, f"in all: {', '.join(counts_)}"])


def _compare(catalog: Catalog, old: Resource, new: Resource) -> pd.DataFrame:
    key = list(new.meta["schema"]["primaryKey"])
    numbers = [
        f["name"] for f in new.fields if f["type"] in ("number", "integer") and f["name"] not in key
    ]
    before = _long(catalog.frame(old), key, numbers)
    after = _long(catalog.frame(new), key, numbers)
    both = before.merge(after, on=[*key, "field"], how="outer", suffixes=("_old", "_new"))
    if not (old.is_full and new.is_full):
        held = [k for k in key if k != "year"]
        both = both.merge(pd.merge(before[held], after[held]).drop_duplicates(), on=held)
    came, gone = both["printed_old"].isna(), both["printed_new"].isna()
    gap = (both["printed_new"] - both["printed_old"]).abs()
    moved = gap > RELATIVE_NOISE * both["printed_old"].abs()
    both["change"] = np.select([came, gone, moved], [NEW, WITHDRAWN, REVISED], default="")
    both = both[both["change"] != ""].reset_index(drop=True)
    pct = 100 * (both["printed_new"] / both["printed_old"] - 1)
    names = [k for k in key if k not in ("iso3", "year")]
    out = pd.DataFrame(
        {
            "table": new.table,
            "change": both["change"],
            "series": [" ".join(str(v) for v in row if pd.notna(v)) for row in both[names].values],
            "iso3": both.get("iso3", pd.NA),
            "year": both.get("year", pd.NA),
            "field": both["field"],
            "old": both["printed_old"],
            "new": both["printed_new"],
            "pct": pct.where(both["change"] == REVISED),
        }
    )
    return out.astype({"iso3": "object", "year": "Int64"})


def _long(frame: pd.DataFrame, key: list[str], numbers: list[str]) -> pd.DataFrame:
    values = frame[[*key, *numbers]].astype(dict.fromkeys(numbers, "float64"))
    long = values.melt(id_vars=key, value_vars=numbers, var_name="field", value_name="printed")
    return long.dropna(subset=["printed"])
