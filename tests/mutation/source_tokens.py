"""Cuts C++ and Lua into tokens, as far as a change of one operator, constant or statement needs it."""

import re
from dataclasses import dataclass

WORD, NUMBER, STRING, OPERATOR = "word", "number", "string", "operator"


@dataclass(frozen=True)
class Token:
    """One token that counts: comments, blanks and lines of the preprocessor make none."""

    kind: str
    text: str
    begin: int  # offset in the source, as end
    end: int

    def is_operator(self, *texts):
        return self.kind == OPERATOR and self.text in texts

    def is_word(self, *texts):
        return self.kind == WORD and self.text in texts


CPP = re.compile(
    r"""(?P<skipped> \s+ | //[^\n]* | /\*.*?\*/ | (?<![^\n])[ \t]*\#(?:\\\n|[^\n])* )
      | (?P<string> (?:u8|[uUL])?R"(?P<mark>[^(\s]*)\(.*?\)(?P=mark)"\w*
                  | (?:u8|[uUL])?"(?:\\.|[^"\\\n])*"\w* | (?:u8|[uUL])?'(?:\\.|[^'\\\n])+' )
      | (?P<number> \.?\d(?:[eEpP][+-]|'(?=\w)|[\w.])* )
      | (?P<word> [A-Za-z_]\w* )
      | (?P<operator> <=> | <<= | >>= | \.\.\. | ->\* | :: | -> | \+\+ | -- | << | <= | >= | == | != | && | \|\|
                    | [-+*/%&|^]= | . )""",
    re.VERBOSE | re.DOTALL)

LUA = re.compile(
    r"""(?P<skipped> \s+ | \A\#[^\n]* | --\[(?P<c>=*)\[.*?\](?P=c)\] | --[^\n]* )
      | (?P<string> \[(?P<s>=*)\[.*?\](?P=s)\] | "(?:\\.|[^"\\\n])*" | '(?:\\.|[^'\\\n])*' )
      | (?P<number> \.?\d(?:[eE][+-]|[\w.])* )
      | (?P<word> [A-Za-z_]\w* )
      | (?P<operator> \.\.\. | \.\. | == | ~= | <= | >= | . )""",
    re.VERBOSE | re.DOTALL)


def tokens_of(text, language):
    """All tokens of a text, in their order."""
    found = []
    for match in language.finditer(text):
        kind = next(k for k in ("skipped", STRING, NUMBER, WORD, OPERATOR) if match.group(k) is not None)
        if kind != "skipped":
            found.append(Token(kind, match.group(), match.start(), match.end()))
    return found


OPENS = {"(": ")", "[": "]", "{": "}"}


def partners(tokens):
    """For each bracket that opens, by its place, the place of the one that closes it; and the other way round."""
    found, open_ = {}, []
    for i, token in enumerate(tokens):
        if token.is_operator(*OPENS):
            open_.append(i)
        elif token.is_operator(*OPENS.values()) and open_:
            j = open_.pop()
            found[i], found[j] = j, i
    return found


def integer_of(text):
    """Value, base and suffix of an integer constant, also of one of time (500ms); None where it is another number."""
    match = re.fullmatch(r"(0[xX])?([0-9a-fA-F']+?)([uUlLzZ]*|h|min|s|ms|us|ns)", text)
    if not match or (not match[1] and not re.fullmatch(r"[0-9']+", match[2])):
        return None
    return int(match[2].replace("'", ""), 16 if match[1] else 10), match[1] or "", match[3]
