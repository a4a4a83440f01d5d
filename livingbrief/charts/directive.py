"""Tables that leave a notebook: as Markdown for the book, as HTML for Jupyter."""

import re
from collections.abc import Iterable, Sequence

import pandas as pd

from livingbrief.errors import BuildError
from livingbrief.escape import markdown

#: Under which an exhibit travels from its notebook to the book.
EXHIBIT_MIME = "application/vnd.livingbrief.exhibit+json"
_NUMERIC = re.compile(r"^(?:[\s\u00a0+\u2212\-–<>≤≥0-9.,%()\[\]]|to|and|of|\([a-z]+\))*$")


def markdown_table(df: pd.DataFrame) -> str:
    """Return a pipe table; columns of figures, marked "(e)" or not, are set to the right.

    Parameters
    ----------
    df : DataFrame
        Formatted cells, plain column names.

    Raises
    ------
    BuildError
        When a cell is missing or prints as ``nan``.
    """
    cells = _cells(df)
    rule = [
        "---:" if all(_NUMERIC.match(row[i]) for row in cells) and cells else ":---"
        for i in range(df.shape[1])
    ]
    head = [markdown(c) for c in df.columns]
    return in_table(head, ([markdown(c) for c in row] for row in cells), rule)


def in_table(header: Sequence[str], rows: Iterable[Sequence[str]], rule: Sequence[str] = ()) -> str:
    """Return a pipe table of Markdown; bars in cells become strokes."""
    lines = [header, rule or ["---"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in row)} |" for row in lines)


def html_table(df: pd.DataFrame) -> str:
    """Return a plain HTML table for a reader in Jupyter."""
    return html_frame(df, index=False)


def html_frame(df: pd.DataFrame, *, index: bool = True) -> str:
    """Return a frame as HTML that is valid on a page, at most 24 rows of it."""
    if df.empty:
        return "<p>No number in this edition.</p>"
    html = str(df.to_html(index=index, border=0, max_rows=24 if index else None, na_rep="–"))
    return re.sub(r' [vh]align="\w+"', "", html.replace("<th></th>", "<td></td>"))


def _cells(df: pd.DataFrame) -> list[list[str]]:
    texts = df.astype(str).apply(lambda column: column.str.strip())
    for name, column in texts.items():
        if column.str.lower().isin(["nan", "none", "nat", "<na>", ""]).any():
            raise BuildError(
                f"a table shows an empty or missing cell in column '{name}'; write "
                "'–', 'not yet published' or 'not available'"
            )
    return [list(row) for row in texts.itertuples(index=False)]
