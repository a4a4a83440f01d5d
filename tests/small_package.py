"""A small copy of the data package, and files in the publishers' shapes made from it."""

import csv
import functools
import hashlib
import io
import json
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd

from livingbrief.data.adding import add
from livingbrief.data.catalog import Catalog
from remitrisk.layouts import unodc
from tests.conftest import contents

ROOT = Path(__file__).parents[1]
DATA = ROOT / "data"
CATALOG = Catalog(ROOT)
WDI = "worldbank.wdi.2026-04-01"
KEPT = (
    WDI, "worldbank.wdi.2023-05-10", "worldbank.wdi.2025-07-01", "worldbank.wdi.2026-05-31",
    "nsc.sdg.2025-08-15", "nsc.detected_by_purpose.2025-08-15", "nbkr.months.2026-11-25",
    "ctdc.margins.2021-08-25", "ctdc.margins_all.2021-08-25", "unodc.kgz.2025-04-14",
    "unodc.detected_totals.2025-04-14",
)  # fmt: skip
CODES = (
    "BX.TRF.PWKR.CD.DT",
    "NY.GDP.MKTP.CD",
    "NY.GDP.MKTP.KD.ZG",
    "SI.POV.NAHC",
    "SP.POP.TOTL",
)
FIRST_YEAR = 2005
YEARS = list(range(FIRST_YEAR, 2025))
WIDE = ["Country Name", "Country Code", "Indicator Name", "Indicator Code"]


def part_of(target: Path, kept: Callable[[dict], bool]) -> Path:
    """Copy the files of the data package whose entry is kept into a folder; gives the folder."""
    descriptor = json.loads((DATA / "datapackage.json").read_text(encoding="utf-8"))
    descriptor["resources"] = [r for r in descriptor["resources"] if kept(r)]
    descriptor["archives"] = []
    notices = [p.relative_to(DATA) for p in DATA.glob("*/NOTICE.md")]
    for path in (*(r["path"] for r in descriptor["resources"]), *notices):
        (target / "data" / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(DATA / path, target / "data" / path)
    (target / "data" / "datapackage.json").write_text(json.dumps(descriptor), encoding="utf-8")
    return target


@functools.cache
def _seed() -> Path:
    folder = part_of(
        Path(tempfile.mkdtemp(prefix="small-package-")), lambda entry: entry["name"] in KEPT
    )
    path = folder / "data" / "datapackage.json"
    descriptor = json.loads(path.read_text(encoding="utf-8"))
    for entry in descriptor["resources"]:
        if entry["table"] == "worldbank.wdi":
            # What the vintages that are left out revised is first seen in the next one.
            revised = (*CODES, "BM.TRF.PWKR.CD.DT")
            entry["notes"] = [{"series": c, "years": YEARS, "note": "left out"} for c in revised]
        if entry["name"] == WDI:
            _trim(entry, folder / "data" / entry["path"])
    path.write_text(json.dumps(descriptor), encoding="utf-8")
    return folder


def _trim(entry: dict, path: Path) -> None:
    frame = pd.read_csv(path)
    core = set(frame.loc[frame["indicator"] == "SL.TLF.TOTL.IN", "iso3"])
    frame = frame[frame["indicator"].isin(CODES) & (frame["year"] >= FIRST_YEAR)]
    wide = core | set(sorted(set(frame["iso3"]) - core)[:20])
    frame = frame[frame["iso3"].isin(core) | (frame["indicator"] != "NY.GDP.MKTP.KD.ZG")]
    frame = frame[frame["iso3"].isin(wide)]
    frame["value"] = [int(v) if v.is_integer() else v for v in frame["value"]]
    frame.to_csv(path, index=False, lineterminator="\n")
    raw = path.read_bytes()
    entry["bytes"], entry["hash"] = len(raw), "sha256:" + hashlib.sha256(raw).hexdigest()
    for rule in entry["checks"]:
        if rule["rule"] == "rows":
            rule["minimum"] = len(frame)
    for spec in entry["schema"]["fields"]:
        if spec["name"] == "indicator":
            spec["constraints"]["enum"] = sorted(CODES)


def make_package(target: Path, *, only: str = "") -> Path:
    """Copy the small package (of one table, `only` it) into a folder; gives the folder."""
    shutil.copytree(_seed() / "data", target / "data")
    if only:
        path = target / "data" / "datapackage.json"
        descriptor = json.loads(path.read_text(encoding="utf-8"))
        for entry in descriptor["resources"]:
            if entry["table"] != only:
                (target / "data" / entry["path"]).unlink()
        descriptor["resources"] = [r for r in descriptor["resources"] if r["table"] == only]
        path.write_text(json.dumps(descriptor), encoding="utf-8")
    return target


def state(package: Path) -> dict[str, bytes]:
    """Every file of the package, hidden ones too."""
    return contents(package / "data")


def figures() -> pd.DataFrame:
    """The small package's World Development Indicators, with a new year for Kyrgyzstan."""
    frame = pd.read_csv(_seed() / "data" / "worldbank" / "2026-04-01" / "wdi.csv")
    new = pd.DataFrame(
        [
            ("BX.TRF.PWKR.CD.DT", "KGZ", 2025, 3_300_123_456.5),
            ("NY.GDP.MKTP.CD", "KGZ", 2025, 2e10),
        ],
        columns=frame.columns,
    )
    return pd.concat([frame, new], ignore_index=True)


# ---------------------------------------------------------------- the World Bank's three layouts


def tidy(frame: pd.DataFrame) -> bytes:
    return frame.to_csv(index=False, lineterminator="\n").encode()


def _lines(frame: pd.DataFrame) -> tuple[list[int], list[list[str]]]:
    years = list(range(int(frame["year"].min()), int(frame["year"].max()) + 1))
    lines = []
    for (code, economy), rows in frame.groupby(["indicator", "iso3"], sort=True):
        values = dict(zip(rows["year"], rows["value"], strict=True))
        cells = ["" if y not in values else repr(float(values[y])) for y in years]
        lines.append([f"Name of {economy}, Rep.", economy, f"Indicator {code}", code, *cells])
    return years, lines


def indicator_csv(frame: pd.DataFrame, updated: str = "2026-10-01") -> bytes:
    """One indicator (or one country) as the World Bank's site gives it."""
    years, lines = _lines(frame)
    head = [["Data Source", "World Development Indicators"], [], ["Last Updated Date", updated], []]
    out = ""
    for fields in [*head, [*WIDE, *(str(y) for y in years)], *lines]:
        out += "".join(f'"{f}",' for f in fields) + "\r\n"
    return b"\xef\xbb\xbf" + out.encode()


def site_zip(content: bytes, name: str = "API_X_DS2_en_csv_v2_1.csv") -> bytes:
    """A ZIP of the site: the figures, and two files of metadata."""
    metadata = '"Country Code","Region","TableName",\r\n"KGZ","Europe","Kyrgyz Republic",\r\n'
    return zipped(
        {
            "Metadata_Country_" + name: metadata.encode(),
            "Metadata_Indicator_" + name: b'"INDICATOR_CODE","INDICATOR_NAME",\r\n',
            name: content,
        }
    )


def bulk_csv(frame: pd.DataFrame) -> bytes:
    """The bulk layout: by country, with other indicators and aggregates among them."""
    years, lines = _lines(frame)
    lines.sort(key=lambda cells: (cells[1], cells[3]))
    other = ["1.5"] * len(years)
    rows = [["Africa Eastern and Southern", "AFE", "Indicator", lines[0][3], *other]]
    rows += [["Kyrgyz Republic", "KGZ", "Life expectancy", "SP.DYN.LE00.IN", *other]]
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([[*WIDE, *years], *rows, *lines])
    return text.getvalue().encode()


def bulk_zip(content: bytes, name: str = "WDICSV.csv") -> bytes:
    return zipped(
        {
            "WDICountry.csv": b"Country Code,Short Name\nKGZ,Kyrgyz\n",
            name: content,
            "WDISeries.csv": b"Series Code\n",
        }
    )


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()


def add_own(root: Path, table: str, content: bytes, vintage: str, **more):
    """Add a vintage of a table from a file in the package's own layout; gives its resource."""
    source = Catalog(root).of_table(table)[0].publisher
    with tempfile.TemporaryDirectory() as folder:
        file = write(Path(folder), "new.csv", content)
        return add(root, source, file, vintage, table=table, **more).resources[0]


def write(folder: Path, name: str, content: bytes) -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


# ---------------------------------------------------------------- the Statistical Committee


NSC_COLUMNS = {
    "series": "SERIES",
    "area": "Reference area",
    "sex": "Sex",
    "age": "Age",
    "urbanisation": "Degree of urbanisation",
    "wealth_quintile": "Income or wealth quantile",
    "education": "Education level",
    "economic_activity": "Economic activity",
    "disability": "Disability status",
    "other_breakdown": "COMPOSITE_BREAKDOWN",
}


def open_sdg() -> dict[str, bytes]:
    """The package's national figures as the platform's tables, one for each indicator."""
    frame = pd.read_csv(DATA / "nsc" / "2025-08-15" / "sdg.csv", dtype=str, keep_default_na=False)
    files = {}
    for code, rows in frame.groupby("sdg_code"):
        used = [c for c in NSC_COLUMNS if (rows[c] != "").any()]
        table = rows[["year", *used, "value"]].rename(
            columns={"year": "Year", "value": "Value", **NSC_COLUMNS}
        )
        text = table.to_csv(index=False, lineterminator="\n")
        files[f"{code.replace('.', '-')}.csv"] = text.encode()
    return files


# ---------------------------------------------------------------- CTDC and UNODC


def _ctdc_variables() -> list[str]:
    return sorted({*CATALOG.default("ctdc.margins_all").allowed("variable")} - {"total_rows"})


def people(rows: list[dict]) -> bytes:
    """Made-up rows in the columns of the Global Synthetic Dataset; a cell not given is blank."""
    names = ["citizenship", *_ctdc_variables()]
    lines = [",".join(names)] + [",".join(str(r.get(n, "")) for n in names) for r in rows]
    return ("\n".join(lines) + "\n").encode()


def workbook(rows: list[list], value: str = "txtVALUE", header=unodc.HEADER) -> bytes:
    """UNODC's workbook: a first sheet without figures, two title rows above the header."""
    book = openpyxl.Workbook()
    book.active.title = "about"
    sheet = book.create_sheet("data_glotip_1")
    sheet.append(["Trafficking in persons"])
    sheet.append(["Source: UNODC"])
    sheet.append([*header, value, "Source"])
    for row in rows:
        sheet.append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def total(iso: str, year: int, value, indicator: str = unodc.DETECTED, sex: str = "Total") -> list:
    """One row of the workbook, a national total unless it has a sex."""
    return [
        iso, "Country", "Region", "Sub", indicator, "Total", "Total", sex, "Total", year,
        "Counts", value, "UNODC",
    ]  # fmt: skip


def national_totals() -> list[list]:
    """The package's counts as rows of the workbook."""
    rows = []
    for table in ("unodc.kgz", "unodc.detected_totals"):
        frame = CATALOG.frame(next(r for r in CATALOG.of_table(table) if r.name in KEPT))
        for r in frame.itertuples():
            shown = "<5" if r.censored else f"{int(r.value):,}"
            indicator = getattr(r, "indicator", unodc.DETECTED)
            if table != "unodc.kgz" or indicator != unodc.DETECTED:
                rows.append(total(getattr(r, "iso3", "KGZ"), r.year, shown, indicator))
    return rows
