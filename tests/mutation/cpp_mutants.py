"""The mutants of a C++ source as clang-format lays it out. What the heuristics below take wrongly does not compile, and
is counted apart."""

import re

from mutant import RELATIONS, Collector, change_number, is_operand_end
from source_tokens import CPP, NUMBER, OPERATOR, OPENS, STRING, WORD, partners, tokens_of

CONTROLS = ("if", "for", "while", "switch")
NO_STATEMENT = (*CONTROLS, "return", "break", "continue", "throw", "case", "default", "using", "delete", "else", "do",
                "try", "catch", "auto", "template", "static_assert")
# Their lack changes how fast something is, not what it does.
FOR_SPEED = ("reserve", "shrink_to_fit", "yield")
LOGS = ("log", "log_")
ASSIGNS = ("=", "+=", "-=", "*=", "/=", "%=", "&=", "|=", "^=", "<<=", ">>=")
SWAPS = {"==": ("relation", "!="), "!=": ("relation", "=="), "&&": ("logic", "||"), "||": ("logic", "&&"),
         "+": ("arithmetic", "-"), "-": ("arithmetic", "+"), "+=": ("arithmetic", "-="), "-=": ("arithmetic", "+=")}
STEPS = {"++": "--", "--": "++"}


class CppSource:
    """One source and the shape of its statements."""

    def __init__(self, path, text):
        self.collector = Collector(path, text)
        self.text = text
        self.tokens = tokens_of(text, CPP)
        self.partner = partners(self.tokens)
        self.bodies = self._bodies()
        self.ends = {}  # of a statement, by where it begins: the place of its `;`
        for i in range(len(self.tokens)):
            if self._begins_statement(i):
                end = self._end_of_simple(i)
                if end is not None:
                    self.ends[i] = end
        self.silent = self._silent()

    def _is(self, i, *texts):
        return 0 <= i < len(self.tokens) and self.tokens[i].kind != STRING and self.tokens[i].text in texts

    def _is_control_end(self, i):
        """A `)` behind if, for, while or switch."""
        if not self._is(i, ")"):
            return False
        before = self.partner.get(i, 0) - 1
        return self._is(before, *CONTROLS) or self._is(before, "constexpr") and self._is(before - 1, "if")

    def _bodies(self):
        """Braces that hold statements, by where they open: what stands before them."""
        bodies = {}
        for i in range(len(self.tokens)):
            if not self._is(i, "{"):
                continue
            j = i - 1
            while self._is(j, "const", "noexcept", "override", "mutable", "final"):
                j -= 1
            arrow = j
            while arrow > 0 and not self._is(arrow, ";", "{", "}", ")", "->"):
                arrow -= 1
            if self._is(arrow, "->") and self._is(arrow - 1, ")"):
                j = arrow - 1
            if self._is(j, ")") or self._is(j, "else", "do", "try", ";", "{", "}", ":") or self._is(j, "]"):
                bodies[i] = j
        return bodies

    def _begins_statement(self, i):
        before = i - 1
        if before < 0 or self._is(before, ";") or self._is(before, "else", "do") or self._is_control_end(before):
            return True
        if self._is(before, "{"):
            return before in self.bodies
        if self._is(before, "}"):
            return self.partner.get(before) in self.bodies
        return self._is(before, ":") and self._ends_label(before)

    def _ends_label(self, colon):
        i = colon - 1
        while i >= 0 and (self.tokens[i].kind in (WORD, NUMBER, STRING) or self._is(i, "::")):
            if self._is(i, "case", "default"):
                return True
            i -= 1
        return False

    def _end_of_simple(self, i):
        """The `;` of the statement that begins here; None where it holds no such on its own level."""
        while i < len(self.tokens):
            if self._is(i, ";"):
                return i
            lambda_ = self._is(self.bodies.get(i, -1), "]")
            if self._is(i, "}", ")", "]") or i in self.bodies and not lambda_:
                return None
            i = self.partner.get(i, i) + 1
        return None

    def _end_of(self, i):
        """The last token of any statement that begins here."""
        if self._is(i, "{"):
            return self.partner[i]
        if self._is(i, "if", "for", "while", "switch"):
            head = i + 1
            while not self._is(head, "("):
                head += 1
            end = self._end_of(self.partner[head] + 1)
            if self._is(i, "if") and end is not None and self._is(end + 1, "else"):
                return self._end_of(end + 2)
            return end
        return self.ends.get(i)

    def _silent(self):
        """Offsets that no mutant touches: log lines and static_assert."""
        spans = []
        for i, end in self.ends.items():
            head = next((j for j in range(i, end) if self._is(j, "(")), None)
            if self._is(i, "static_assert") or head is not None and self._is(head - 1, *LOGS):
                spans.append((self.tokens[i].begin, self.tokens[end].end))
        return spans

    def _is_silent(self, begin, end):
        return any(begin >= a and end <= b for a, b in self.silent)

    def mutants(self):
        for i, token in enumerate(self.tokens):
            if token.kind == NUMBER:
                change_number(self.collector, token)
            elif token.is_word("true", "false"):
                self.collector.replace(token, "false" if token.text == "true" else "true", "constant")
            elif token.is_word("return"):
                self._negate_return(i)
            elif token.is_word("else"):
                self._drop_else(i)
            elif token.is_word("if"):
                self._drop_guard(i)
            elif token.kind == OPERATOR:
                self._change_operator(i)
        for i, end in self.ends.items():
            if self._may_go(i, end):
                self.collector.add(self.tokens[i].begin, self.tokens[end].end, ";", "statement")
        return [m for m in self.collector.found() if not self._is_silent(m.begin, m.end)]

    def _change_operator(self, i):
        token, free = self.tokens[i], self.collector.stands_free(self.tokens[i])
        if token.text in RELATIONS and free:
            for other in RELATIONS[token.text]:
                self.collector.replace(token, other, "relation")
        elif token.text in SWAPS and free and is_operand_end(self.tokens[i - 1]):
            kind, other = SWAPS[token.text]
            if kind != "arithmetic" or not self._joins_text(i):
                self.collector.replace(token, other, kind)
        elif token.text in STEPS and not self._in_for_head(i):  # such a loop never ends: no test is needed to see it
            self.collector.replace(token, STEPS[token.text], "arithmetic")
        elif token.text == "!":
            self.collector.replace(token, "", "logic")

    def _joins_text(self, i):
        """A plus between texts: a minus there does not compile. Any text in the same statement counts."""
        for step in (-1, 1):
            j = i
            while 0 <= j < len(self.tokens) and not self._is(j, ";", "{", "}"):
                if self.tokens[j].kind == STRING or self._is(j, "to_string", "string"):
                    return True
                j += step
        return False

    def _in_for_head(self, i):
        while i >= 0 and not self._is(i, "{", "}"):
            if self._is(i, "("):
                return self._is(i - 1, "for")
            i = self.partner[i] - 1 if self._is(i, ")", "]") else i - 1
        return False

    def _function_of(self, i):
        """Words before the parameters of the function around this token; [] of a lambda."""
        for brace in sorted((b for b in self.bodies if b < i < self.partner.get(b, 0)), reverse=True):
            close = self.bodies[brace]
            if self._is(close, "]"):
                return []
            if not self._is(close, ")") or self._is_control_end(close):
                continue
            j = self.partner[close] - 1
            if self._is(j, "]"):
                return []
            words = []
            while j >= 0 and not self._is(j, ";", "{", "}", ":"):
                words.insert(0, self.tokens[j].text)
                j -= 1
            return words
        return []

    def _negate_return(self, i):
        """Where a bool is returned, as far as one can see."""
        end = self.ends.get(i)
        if end is None or end == i + 1 or end == i + 2 and self._is(i + 1, "true", "false"):
            return
        relations, logic, other, j = 0, 0, False, i + 1
        while j < end:
            token = self.tokens[j]
            free = token.kind == OPERATOR and self.collector.stands_free(token)
            relations += free and token.text in (*RELATIONS, "==", "!=")
            logic += free and token.text in ("&&", "||")
            other = other or self._is(j, "?") or self._is(j, "{")
            j = self.partner.get(j, j) + 1
        words = self._function_of(i)
        known = "bool" in words and "<" not in words
        negated = logic == 0 and (relations == 1 or self._is(i + 1, "!"))  # another mutant says the same
        if other or negated or not (known or relations + logic > 0):
            return
        begin, last = self.tokens[i + 1].begin, self.tokens[end - 1].end
        self.collector.add(begin, last, f"!({self.text[begin:last]})", "return")

    def _drop_else(self, i):
        end = self._end_of(i + 1)
        if end is not None:
            self.collector.add(self.tokens[i].begin, self.tokens[end].end, "", "branch")

    def _drop_guard(self, i):
        if not self._is(i + 1, "(") or self._is(i - 1, "else"):
            return
        then = self.partner[i + 1] + 1
        end = self._end_of(then)
        first = then + 1 if self._is(then, "{") else then
        if end is None or self._is(end + 1, "else") or not self._is(first, "return", "continue", "break"):
            return
        if first != then and self.ends.get(first) != end - 1:
            return
        self.collector.add(self.tokens[i].begin, self.tokens[end].end, ";", "guard")

    def _may_go(self, i, end):
        """A call or an assignment, not a declaration: no two words follow each other before it calls or assigns."""
        if self._is(i, *NO_STATEMENT):
            return False
        shape, j = "", i
        while j < end and not (self.tokens[j].kind == OPERATOR and self.tokens[j].text in ASSIGNS):
            token = self.tokens[j]
            if token.kind == WORD and re.search(r"\w$", shape):
                return False
            shape += token.text
            j = self.partner.get(j, j)
            if token.is_operator(*OPENS):
                shape += OPENS[token.text]
            j += 1
        if j < end:
            return re.fullmatch(r"\*?[A-Za-z_](?:\w|::|\.|->|\(\)|\[\])*", shape) is not None
        if any(self._is(k, *FOR_SPEED) for k in range(i, end)):
            return False
        return re.fullmatch(r"(?:\+\+|--).+|.+(?:\+\+|--)|[A-Za-z_](?:\w|::|\.|->|\(\)|\[\])*\(\)", shape) is not None


def cpp_mutants(path, text):
    """All mutants of a C++ source, in the order of their places."""
    return CppSource(path, text).mutants()
