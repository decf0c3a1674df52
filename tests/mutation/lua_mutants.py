"""The mutants of a script of the queue: Lua 5.1, one statement a line."""

from mutant import RELATIONS, Collector, change_number, is_operand_end
from source_tokens import LUA, NUMBER, OPERATOR, WORD, partners, tokens_of

KEYWORDS = ("and", "break", "do", "else", "elseif", "end", "false", "for", "function", "if", "in", "local", "nil",
            "not", "or", "repeat", "return", "then", "true", "until", "while")
ENDS = ("end", "else", "elseif", "until")
SWAPS = {"==": ("relation", "~="), "~=": ("relation", "=="), "+": ("arithmetic", "-"), "-": ("arithmetic", "+")}


class LuaSource:
    """One script and the shape of its statements."""

    def __init__(self, path, text):
        self.collector = Collector(path, text)
        self.text = text
        self.tokens = tokens_of(text, LUA)
        self.partner = partners(self.tokens)
        self.end_of = self._blocks()

    def _blocks(self):
        """For each word that begins a block, by its place, the place of its `end` or `until`; an `else` and an `elseif`
        reach to the next branch or the `end`."""
        ends, open_ = {}, []
        for i, token in enumerate(self.tokens):
            if token.is_word("if", "function", "repeat", "do"):
                open_.append(i)
            elif token.is_word(*ENDS) and open_:
                begun = open_.pop()
                ends[begun] = i
                if token.is_word("else", "elseif"):
                    open_.append(i)
        return ends

    def mutants(self):
        for i, token in enumerate(self.tokens):
            if token.kind == NUMBER:
                change_number(self.collector, token)
            elif token.is_word("true", "false"):
                self.collector.replace(token, "false" if token.text == "true" else "true", "constant")
            elif token.is_word("and", "or"):
                self.collector.replace(token, "or" if token.text == "and" else "and", "logic")
            elif token.is_word("not"):
                self.collector.replace(token, "", "logic")
            elif token.is_word("return"):
                self._negate_return(i)
            elif token.is_word("else", "elseif"):
                self._drop_branch(i)
            elif token.is_word("if"):
                self._drop_guard(i)
            elif token.kind == OPERATOR:
                self._change_operator(token, i)
            if self._begins_statement(i):
                self._drop_statement(i)
        return self.collector.found()

    def _change_operator(self, token, i):
        if not self.collector.stands_free(token) or not is_operand_end(self.tokens[i - 1]):
            return
        if token.text in RELATIONS:
            for other in RELATIONS[token.text]:
                self.collector.replace(token, other, "relation")
        elif token.text in SWAPS:
            kind, other = SWAPS[token.text]
            self.collector.replace(token, other, kind)

    def _begins_line(self, i):
        return i == 0 or "\n" in self.text[self.tokens[i - 1].end:self.tokens[i].begin]

    def _goes_on(self, i):
        """Token i belongs to the expression before it."""
        before, token = self.tokens[i - 1], self.tokens[i]
        return (before.kind == OPERATOR and before.text not in (")", "]", "}")
                or before.is_word("and", "or", "not", "return")
                or token.kind == OPERATOR or token.is_word("and", "or"))

    def _begins_statement(self, i):
        if self.tokens[i].kind != WORD or self.tokens[i].text in KEYWORDS:
            return False
        if i == 0 or self.tokens[i - 1].is_word("then", "else", "do") or self._ends_parameters(i - 1):
            return True
        return self._begins_line(i) and not self._goes_on(i)

    def _ends_parameters(self, i):
        before = self.partner.get(i, 0) - 1 if self.tokens[i].is_operator(")") else -1
        return before >= 0 and any(self.tokens[j].is_word("function") for j in (before, max(before - 1, 0)))

    def _statement_end(self, i):
        """The last token of the statement or expression that begins here."""
        j = i
        while True:
            j = self.partner.get(j, j) if self.tokens[j].is_operator("(", "[", "{") else j
            following = j + 1
            if following >= len(self.tokens) or self.tokens[following].is_word(*ENDS, "return"):
                return j
            if self.tokens[following].is_operator(")", "]", "}"):
                return j
            if self._begins_line(following) and not self._goes_on(following):
                return j
            j = following

    def _drop_statement(self, i):
        """A call or an assignment to what is there already."""
        end = self._statement_end(i)
        if any(self.tokens[j].is_word("then", "do") for j in range(i, end + 1) if self._on_level(i, j)):
            return
        assigns = any(self.tokens[j].is_operator("=") for j in range(i, end + 1) if self._on_level(i, j))
        if assigns or self.tokens[end].is_operator(")"):
            self.collector.add(self.tokens[i].begin, self.tokens[end].end, "", "statement")

    def _on_level(self, i, j):
        """No bracket that opens behind token i is open at token j."""
        k = i
        while k < j:
            k = self.partner.get(k, k) + 1 if self.tokens[k].is_operator("(", "[", "{") else k + 1
        return k == j

    def _negate_return(self, i):
        """Where it compares. What is one comparison is a mutant of that, and `and` and `or` give values."""
        if i + 1 >= len(self.tokens) or self.tokens[i + 1].is_word("end"):
            return
        end = self._statement_end(i + 1)
        level = [self.tokens[j] for j in range(i + 1, end + 1) if self._on_level(i + 1, j)]
        relations = sum(token.is_operator("==", "~=", *RELATIONS) for token in level)
        if relations < 2 or any(token.is_operator(",") for token in level):
            return
        begin, last = self.tokens[i + 1].begin, self.tokens[end].end
        self.collector.add(begin, last, f"not ({self.text[begin:last]})", "return")

    def _drop_branch(self, i):
        if i in self.end_of:
            self.collector.add(self.tokens[i].begin, self.tokens[self.end_of[i]].begin, "", "branch")

    def _drop_guard(self, i):
        end = self.end_of.get(i)
        if end is None or not self.tokens[end].is_word("end"):
            return
        then = next(j for j in range(i, end) if self.tokens[j].is_word("then"))
        inner = self.tokens[then + 1:end]
        if inner and inner[0].is_word("return", "break") and not any(t.is_word("function", "if") for t in inner):
            self.collector.add(self.tokens[i].begin, self.tokens[end].end, "", "guard")


def lua_mutants(path, text):
    """All mutants of a script, in the order of their places."""
    return LuaSource(path, text).mutants()
