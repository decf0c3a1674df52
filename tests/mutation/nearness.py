"""Which tests are most likely to notice a mutant of a file: they run first, for most mutants end with them."""

import re

SUITE = re.compile(r"^(?:TYPED_)?TEST(?:_F|_P)?\(\s*(\w+)\s*,", re.MULTILINE)
COMMON = {"redis", "test", "is"}  # words that say nothing of what a file is about


def words(path):
    """Of a file's name: those that tell what it is about."""
    return {word for word in re.split(r"[_.]", path.rsplit("/", 1)[1])[:-1] if word not in COMMON}


def near_suites(path, tests):
    """`tests`: texts of test sources by path. Suites whose file shares a word of its name with `path`, or includes its
    header. An ending makes no other word: lease and leases."""
    own = words(path)
    header = f'#include "{path.split("/", 1)[1].rsplit(".", 1)[0]}.h"'
    found = set()
    for name, text in tests.items():
        shared = any(a.startswith(b) or b.startswith(a) for a in own for b in words(name))
        if shared or header in text:
            found.update(SUITE.findall(text))
    return found


def listed_suites(said):
    """Of what --gtest_list_tests says; the instance of a parametrized suite stands before its name."""
    return set(re.findall(r"^(\S+)\.(?:\s|$)", said, re.MULTILINE))


def base(suite):
    """Its name in the source."""
    return suite.split("/")[1] if "/" in suite else suite


def halves(filter_, near):
    """gtest's filters of the suites that run first, and of all others. None for a half that is empty. A filter of its own
    that names what runs is as near as can be."""
    chosen, _, left_out = filter_.partition("-")
    if not near or chosen not in ("", "*"):
        return (None, filter_)
    patterns = ":".join(f"{suite}.*" for suite in sorted(near))
    return (f"{patterns}-{left_out}" if left_out else patterns,
            f"*-{left_out}:{patterns}" if left_out else f"*-{patterns}")
