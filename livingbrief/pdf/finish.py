"""What Typst leaves open in a PDF: row headers, and links that name where they lead.

Typst tags no row headers, and calls a link by the kind of its target. What it writes is plain:
objects one after the other, the dictionaries of the structure and of links uncompressed.
"""

import re
from collections.abc import Iterator, Mapping

_NUMBER = re.compile(rb"(\d+) 0 R")
_CHILDREN = re.compile(rb"/K\[([^\]]*)\]")
# A text of a PDF: parentheses within it stand in pairs, or after a backslash.
_WORDS = rb"\(((?:\\.|[^\\()]|\([^()]*\))*)\)"
_TARGET = re.compile(rb"/(?:Dest|URI)" + _WORDS, re.DOTALL)
_TOLD = re.compile(rb"/Contents(?:" + _WORDS + rb"|<[^>]*>)", re.DOTALL)


def finish(pdf: bytes, titles: Mapping[str, str]) -> bytes:
    """Return a PDF as Typst wrote it, with what it leaves open.

    Parameters
    ----------
    pdf
        A tagged PDF 1.7 with a plain table of its objects.
    titles
        What stands at a target of links: its label, or an address, to words.
    """
    objects = _objects(pdf)
    _head_rows(objects)
    _name_links(objects, titles)
    return _written(objects, pdf)


def _objects(pdf: bytes) -> dict[int, bytes]:
    """Return the objects by number."""
    start = int(pdf[pdf.rindex(b"startxref") :].split()[1])
    lines = pdf[start:].split(b"trailer")[0].split(b"\n")[2:]
    places = [(int(line[:10]), n) for n, line in enumerate(lines) if line[17:18] == b"n"]
    ends = [place for place, _ in sorted(places)[1:]] + [start]
    found = {}
    for (place, n), end in zip(sorted(places), ends, strict=True):
        body = pdf[place:end]
        head = b"%d 0 obj\n" % n
        found[n] = body[len(head) : body.rindex(b"endobj")].rstrip(b"\n")
    return found


def _head_rows(objects: dict[int, bytes]) -> None:
    """Tag the first cell of a row as its header, where the row has a cell in each column."""
    for table in [body for body in objects.values() if b"/S/Table/" in body[:40]]:
        rows = list(_rows(objects, table))
        wide = max((len(row) for row in rows), default=0)
        for first in (row[0] for row in rows if len(row) == wide > 1):
            objects[first] = re.sub(
                rb"/S/TD(/.*?/O/Table)", rb"/S/TH\1/Scope/Row", objects[first], count=1
            )


def _rows(objects: Mapping[int, bytes], element: bytes) -> Iterator[list[int]]:
    """Yield the cells of each row below an element of a table's structure."""
    children = _CHILDREN.search(element)
    numbers = [int(n) for n in _NUMBER.findall(children[1])] if children else []
    if b"/S/TR/" in element[:40]:
        yield numbers
        return
    for number in numbers:
        if re.search(rb"/S/T(R|Head|Body|Foot)/", objects[number][:40]):
            yield from _rows(objects, objects[number])


def _name_links(objects: dict[int, bytes], titles: Mapping[str, str]) -> None:
    for n, body in objects.items():
        if b"/Subtype/Link" in body[:40]:
            target = _TARGET.search(body)
            name = re.sub(rb"\\(.)", rb"\1", target[1]).decode("utf-8", "replace") if target else ""
            if title := titles.get(name):
                words = (b"\xfe\xff" + title.encode("utf-16-be")).hex().encode()
                objects[n] = _TOLD.sub(lambda _, w=words: b"/Contents<" + w + b">", body, count=1)  # type: ignore[misc]


def _written(objects: Mapping[int, bytes], pdf: bytes) -> bytes:
    """Write the objects anew, with a table of where each now is."""
    out = [pdf[: pdf.index(b"\n", pdf.index(b"\n") + 1) + 1]]
    at, last = len(out[0]), max(objects)
    places = dict.fromkeys(range(last + 1), b"0000000000 65535 f \n")
    for number, body in sorted(objects.items()):
        places[number] = b"%010d 00000 n \n" % at
        out.append(b"%d 0 obj\n%s\nendobj\n" % (number, body))
        at += len(out[-1])
    table = b"xref\n0 %d\n%s" % (last + 1, b"".join(places.values()))
    trailer = pdf[pdf.rindex(b"trailer") : pdf.rindex(b"startxref")]
    return b"".join([*out, table, trailer, b"startxref\n%d\n%%%%EOF" % at])
