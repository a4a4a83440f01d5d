"""The parameters of one edition, and what they may be."""

import datetime as dt
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator


def _text_of_date(value: Any) -> Any:
    """YAML reads 2023-05-10 as a date; vintages are kept as text."""
    return value.isoformat() if isinstance(value, dt.date) else value


Vintage = Annotated[str, BeforeValidator(_text_of_date)]
#: What a notebook receives under a name.
Parameter = str | int | bool | list[int] | dict[str, str]
Year = Annotated[int, Field(strict=True, ge=1990, le=2100)]


class Edition(BaseModel):
    """One named set of parameters.

    Attributes
    ----------
    country, host : str
        Codes of the country and of the one that hosts its migrants, empty where none is known.
    first_year, last_year : int
        Years that the report covers.
    shocks : list of int
        Years of the shocks that are examined.
    vintage : dict
        Source to vintage, a date or ``latest``.
    known_at : str
        Date to which the report looks back: what was printed by then, as it was printed then. The
        report covers no year that had not ended.
    known_then : str or None
        The edition whose verdicts stand beside this one's.
    narrative : bool
        Whether the report retells the brief; false for a country report.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    # Its report is a folder of that name.
    name: Annotated[str, Field(pattern=r"^\w[\w.-]*$")]
    title: Annotated[str, Field(max_length=2000)]
    country: str = ""
    host: str = ""
    first_year: Year
    last_year: Year
    shocks: Annotated[list[Year], Field(max_length=50), AfterValidator(lambda y: sorted({*y}))] = []
    vintage: dict[str, Vintage] = {}
    known_at: Vintage = ""
    known_then: str | None = None
    seed: Annotated[int, Field(strict=True, ge=0, lt=2**32)] = 87
    narrative: bool = True

    @model_validator(mode="before")
    @classmethod
    def _ended(cls, values: Any) -> Any:
        day, last = (_text_of_date(values.get(name)) for name in ("known_at", "last_year"))
        if isinstance(day, str) and day[:4].isdecimal() and isinstance(last, int):
            return {**values, "last_year": min(last, int(day[:4]) - 1)}
        return values

    def parameters(self) -> dict[str, Parameter]:
        """Return what notebooks receive, as plain types."""
        values = self.model_dump(exclude={"name", "title", "known_then", "narrative"})
        return {"edition": self.name, **values}
