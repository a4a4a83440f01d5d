"""Of which kind a printing is that a source cites, and how the source's vintage says so."""

from __future__ import annotations

from enum import StrEnum

_LATER, _KNOWN_BY = ", printed later", "known by "


class Kind(StrEnum):
    """How a figure could be known on the day to which an edition looks back.

    `DATED`: printed by then; `UNREVISED`: never revised, so known from a day on; `LATER`: no
    printing of the time is held, today's stands in. Without such a day all are dated.
    """

    DATED = "dated"
    UNREVISED = "unrevised"
    LATER = "printed_later"

    @classmethod
    def of(cls, vintage: str) -> Kind:
        """Return the kind that the vintage of a source states."""
        if vintage.endswith(_LATER):
            return cls.LATER
        return cls.UNREVISED if vintage.startswith(_KNOWN_BY) else cls.DATED

    def cited(self, day: str) -> str:
        """Write the day of a printing, or a span of days, as the vintage of a source."""
        if self is Kind.LATER:
            return f"{day}{_LATER}"
        return f"{_KNOWN_BY}{day}" if self is Kind.UNREVISED else day
