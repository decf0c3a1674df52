"""What one mutant is, and the changes that C++ and Lua have in common."""

import re
from bisect import bisect_right
from dataclasses import dataclass

from source_tokens import NUMBER, OPERATOR, STRING, WORD, integer_of


@dataclass(frozen=True)
class Mutant:
    """One change of one file: text[begin:end] becomes `new`."""

    path: str  # from the root of the tree
    begin: int
    end: int
    new: str
    kind: str  # of the change: "relation", "constant", …
    line: int  # from 1, as column
    column: int

    @property
    def place(self):
        return f"{self.path}:{self.line}"

    def applied_to(self, text):
        return text[:self.begin] + self.new + text[self.end:]

    def told(self, text):
        """One line: place, kind, what becomes of what."""
        old, new = (re.sub(r"\s+", " ", part).strip() for part in (text[self.begin:self.end], self.new))
        return f"{self.place}:{self.column}: {self.kind}: {_short(old)} → {_short(new) or 'nothing'}"

    def diff(self, text):
        """Lines that went and lines that came."""
        first = text.rfind("\n", 0, self.begin) + 1
        last = text.find("\n", self.end)
        last = len(text) if last < 0 else last
        went = text[first:last]
        came = text[first:self.begin] + self.new + text[self.end:last]
        return "\n".join([f"-{line}" for line in went.split("\n")] + [f"+{line}" for line in came.split("\n")])


def _short(text):
    return text if len(text) <= 70 else text[:67] + "…"


class Collector:
    """Gathers the mutants of one text; knows where they stand."""

    def __init__(self, path, text):
        self.path = path
        self.text = text
        self._lines = [0] + [match.end() for match in re.finditer("\n", text)]  # where they begin
        self._found = {}

    def add(self, begin, end, new, kind):
        line = bisect_right(self._lines, begin)
        column = begin - self._lines[line - 1] + 1
        self._found.setdefault((begin, end, new), Mutant(self.path, begin, end, new, kind, line, column))

    def replace(self, token, new, kind):
        self.add(token.begin, token.end, new, kind)

    def stands_free(self, token):
        """Blanks on both sides: so clang-format and the scripts write what has two operands, and nothing else."""
        before, behind = self.text[token.begin - 1:token.begin], self.text[token.end:token.end + 1]
        return before.isspace() and behind.isspace()

    def found(self):
        return sorted(self._found.values(), key=lambda mutant: (mutant.begin, mutant.end, mutant.new))


# Each by its neighbour, which only the value at the border tells apart, and by its opposite.
RELATIONS = {"<": ["<=", ">="], "<=": ["<", ">"], ">": [">=", "<="], ">=": [">", "<"]}


def change_number(collector, token):
    """One more and one less. Of a limit from a hundred on one less is enough; a time becomes ten times as long, for
    nobody can see a unit of it."""
    known = integer_of(token.text)
    if known is None:
        return
    value, base, suffix = known
    others = (value + 1, value - 1) if value < 100 else (value - 1,)
    if value >= 10 and suffix.endswith(("h", "n", "s")):
        others = (value * 10,)
    for other in others:
        if other >= 0:
            collector.replace(token, (hex(other) if base else str(other)) + suffix, "constant")


def is_operand_end(token):
    """Whether a value may end with this token, so that a sign behind it has two operands."""
    return token.kind in (WORD, NUMBER, STRING) or token.kind == OPERATOR and token.text in (")", "]", "}")
