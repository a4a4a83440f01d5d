"""Translate the LaTeX mathematics that a report uses into Typst mathematics.

A subset on purpose: what it does not know is an error that names the formula, so that no
formula is printed wrongly in the PDF while it is right in the HTML.
"""

from __future__ import annotations

import re

_SYMBOLS = """
alpha α  beta β  gamma γ  delta δ  epsilon ϵ  varepsilon ε  zeta ζ  eta η  theta θ
vartheta ϑ  iota ι  kappa κ  lambda λ  mu μ  nu ν  xi ξ  pi π  rho ρ  sigma σ  tau τ
upsilon υ  phi ϕ  varphi φ  chi χ  psi ψ  omega ω  Gamma Γ  Delta Δ  Theta Θ  Lambda Λ
Xi Ξ  Pi Π  Sigma Σ  Upsilon Υ  Phi Φ  Psi Ψ  Omega Ω  cdot ⋅  times ×  div ÷  pm ±  mp ∓
ast ∗  leq ≤  le ≤  geq ≥  ge ≥  neq ≠  ne ≠  approx ≈  equiv ≡  sim ∼  propto ∝  ll ≪
gg ≫  in ∈  notin ∉  subset ⊂  subseteq ⊆  cup ∪  cap ∩  forall ∀  exists ∃  partial ∂
nabla ∇  infty ∞  emptyset ∅  to →  rightarrow →  leftarrow ←  Rightarrow ⇒
Leftrightarrow ⇔  mapsto ↦  sum ∑  prod ∏  int ∫  ldots …  dots …  cdots ⋯  ell ℓ  mid ∣
vert |  lvert |  rvert |  Vert ‖  lVert ‖  rVert ‖  langle ⟨  rangle ⟩  lfloor ⌊  rfloor ⌋
lceil ⌈  rceil ⌉  prime ′  circ ∘  bullet ∙
"""
_ACCENTS = """
hat hat  widehat hat  bar macron  overline overline  underline underline  tilde tilde
widetilde tilde  dot dot  ddot dot.double  vec arrow  sqrt sqrt  mathbf bold  boldsymbol bold
mathrm upright  mathit italic  mathcal cal  mathbb bb
"""


def _pairs(words: str) -> dict[str, str]:
    listed = words.split()
    return dict(zip(listed[::2], listed[1::2], strict=True))


SYMBOLS, ACCENTS = _pairs(_SYMBOLS), _pairs(_ACCENTS)
SPACES = {**_pairs(", thin  : med  > med  ; thick  quad quad  qquad wide"), "!": "", " ": "space"}
_OPERATORS = "log ln exp max min lim sup inf arg det Pr sin cos tan gcd dim ker"
OPERATORS = frozenset(_OPERATORS.split())
TEXT = {"text", "textrm", "textit", "textbf", "mbox"}
IGNORED = {"displaystyle", "limits", "nolimits", "big", "Big", "bigl", "bigr", "nonumber"}
ENVIRONMENTS = {"aligned", "align", "align*", "split", "gathered", "equation", "equation*"}

TOKEN = re.compile(r"\\([a-zA-Z]+|.)|(\s+)|(\d+(?:\.\d+)?)|(.)", re.DOTALL)
# The brackets and signs that carry a meaning in Typst mathematics.
SPECIAL = frozenset("#$/_^&\"'`@\\()[]{},;|*~<>:=+-!.")


def typst_string(text: str) -> str:
    """Return `text` as a Typst string literal."""
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def to_typst(latex: str) -> str:
    r"""Translate one formula.

    Parameters
    ----------
    latex
        The formula, without dollar signs or delimiters.

    Returns
    -------
    str
        The same formula for Typst, to be put between dollar signs.

    Raises
    ------
    ValueError
        If the formula holds a command that this subset does not know, or does not balance.

    Examples
    --------
    >>> to_typst(r"\hat{\beta}_1 \leq \frac{a}{2}")
    'hat(β)_(1) ≤ frac(a, 2)'
    """
    parser = _Parser(latex)
    result = parser.sequence(frozenset())
    if parser.peek() is not None:
        raise parser.error(f"an unexpected {parser.peek()!r}")
    return result


class _Parser:
    """Recursive descent over the tokens of one formula."""

    def __init__(self, latex: str) -> None:
        self.latex = latex
        self.tokens = [match.group(0) for match in TOKEN.finditer(latex)]
        self.position = 0

    def error(self, what: str) -> ValueError:
        return ValueError(
            f"cannot translate the formula {self.latex.strip()!r} for the PDF: {what}"
        )

    def peek(self, *, skip_space: bool = True) -> str | None:
        token = self.tokens[self.position] if self.position < len(self.tokens) else None
        if token is None or not (skip_space and token.isspace()):
            return token
        self.position += 1
        return self.peek()

    def take(self) -> str:
        token = self.peek()
        if token is None:
            raise self.error("it ends too early")
        self.position += 1
        return token

    def sequence(self, stops: frozenset[str]) -> str:
        """Translate up to one of `stops`, which is left in place."""
        parts: list[str] = []
        while (token := self.peek()) is not None and token not in stops:
            if token in ("}", r"\right", r"\end"):
                break
            if token in "_^":
                self.take()
                script = f"{token}({self.argument()})"
                if parts:
                    parts[-1] += script
                else:
                    parts.append('""' + script)
            elif token == "'":
                self.take()
                parts.append("′" if not parts else parts.pop() + "'")
            elif part := self.item():
                parts.append(part)
        return " ".join(parts)

    def argument(self) -> str:
        """Translate a braced group, or the single item that stands in its place."""
        if self.peek() != "{":
            return self.item()
        return self.group()

    def group(self) -> str:
        self.take()
        inner = self.sequence(frozenset())
        if self.peek() != "}":
            raise self.error("a brace is not closed")
        self.take()
        return inner

    def raw_group(self) -> str:
        """Return the text of a braced group as it stands."""
        if self.peek() != "{":
            raise self.error("a command lacks its argument in braces")
        self.take()
        text, depth = "", 1
        while depth:
            token = self.peek(skip_space=False)
            if token is None:
                raise self.error("a brace is not closed")
            self.position += 1
            depth += (token == "{") - (token == "}")
            text += token if depth else ""
        return re.sub(r"\\([%$#&_ ])", r"\1", text)

    def item(self) -> str:
        token = self.peek()
        if token == "{":
            # An empty base keeps {}_i from joining what stands before it.
            return self.group() or '""'
        token = self.take()
        if token.startswith("\\") and len(token) > 1:
            return self.command(token[1:])
        if token == "~":
            return "space"
        if token == "&":
            raise self.error("an alignment mark outside an environment")
        if token == "-":
            return "−"
        return f"\\{token}" if token in SPECIAL else token

    def command(self, name: str) -> str:
        if name in SYMBOLS:
            return SYMBOLS[name]
        if name in OPERATORS:
            return name
        if name in SPACES:
            return SPACES[name]
        if name in IGNORED:
            return ""
        if name in "%$#&_{}":
            return f"\\{name}"
        if name in TEXT:
            return typst_string(self.raw_group())
        if name == "operatorname":
            return f"op({typst_string(self.raw_group())})"
        if name in ("frac", "dfrac", "tfrac"):
            return f"frac({self.argument()}, {self.argument()})"
        if name == "binom":
            return f"binom({self.argument()}, {self.argument()})"
        if name == "sqrt" and self.peek() == "[":
            self.take()
            degree = self.sequence(frozenset("]"))
            self.take()
            return f"root({degree}, {self.argument()})"
        if name in ACCENTS:
            return f"{ACCENTS[name]}({self.argument()})"
        if name == "left":
            return self.fence()
        if name == "begin":
            return self.environment()
        raise self.error(f"the command \\{name} is not in the subset")

    def fence(self) -> str:
        opening = self.delimiter()
        inner = self.sequence(frozenset())
        if self.peek() != r"\right":
            raise self.error(r"a \left without its \right")
        self.take()
        return f"lr({opening} {inner} {self.delimiter()})"

    def delimiter(self) -> str:
        token = self.take()
        return "" if token == "." else self.command(token[1:]) if len(token) > 1 else f"\\{token}"

    def environment(self) -> str:
        name = self.raw_group()
        if name not in ENVIRONMENTS | {"cases"}:
            raise self.error(f"the environment {name} is not in the subset")
        separators = {"&": "&", r"\\": r"\ "}
        if name == "cases":
            separators = {"&": "& quad", r"\\": ","}
        stops = frozenset(separators)
        cells: list[str] = []
        while True:
            cells.append(self.sequence(stops))
            token = self.take()
            if token == r"\end":
                break
            if token not in stops:
                raise self.error(f"an unexpected {token!r}")
            cells.append(separators[token])
        if self.raw_group() != name:
            raise self.error(f"the environment {name} is not closed")
        body = " ".join(cells).rstrip(" ,")
        return f"cases({body})" if name == "cases" else body
