"""What becomes a mutant and what does not, and that a seed chooses the same ones each time. Builds nothing."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
ROOT = Path(__file__).resolve().parent.parent.parent

from cpp_mutants import cpp_mutants  # noqa: E402
from folders import FOLDERS, choose, folder_named, folder_of, sources_of  # noqa: E402
from lua_mutants import lua_mutants  # noqa: E402
from nearness import halves, listed_suites, near_suites  # noqa: E402

TWO = "gateway/pipeline/a.cpp", "gateway/pipeline/b.cpp"


def changes(mutants, text, kind=None):
    """old → new of all, or of one kind, in the order of places."""
    return [f"{' '.join(text[m.begin:m.end].split())} → {m.new}".strip() for m in mutants if kind in (None, m.kind)]


def cpp(text, kind=None):
    return changes(cpp_mutants("a.cpp", text), text, kind)


def lua(text, kind=None):
    return changes(lua_mutants("a.lua", text), text, kind)


class Cpp(unittest.TestCase):
    def test_operators_become_their_neighbours_and_opposites(self):
        self.assertEqual(cpp("bool f() { return a < b && c == d; }", "relation"), ["< → <=", "< → >=", "== → !="])
        self.assertEqual(cpp("void f() { g(a && !b || c); }", "logic"), ["&& → ||", "! →", "|| → &&"])
        self.assertEqual(cpp("void f() { x = a + b - -c; y += 1; ++z; }", "arithmetic"),
                         ["+ → -", "- → +", "+= → -=", "++ → --"])

    def test_brackets_of_templates_references_and_loop_steps_are_no_operators(self):
        self.assertEqual(cpp("void f(auto&& x) { std::vector<int> y = g<int>(*x, &x); }"), [])
        self.assertEqual(cpp("void f() { for (auto i = b; i != e; ++i) { } }"), ["!= → =="])

    def test_constants_change_by_one_and_times_tenfold(self):
        self.assertEqual(cpp("int a = 7; auto b = 0u; auto c = 0x20; auto d = 1'000;"),
                         ["7 → 6", "7 → 8", "0u → 1u", "0x20 → 0x1f", "0x20 → 0x21", "1'000 → 999"])
        self.assertEqual(cpp("auto a = 500ms; auto b = 2s; auto c = 0.5; bool d = true;"),
                         ["500ms → 5000ms", "2s → 1s", "2s → 3s", "true → false"])

    def test_comments_strings_the_preprocessor_assertions_and_log_lines_stay(self):
        self.assertEqual(cpp('#include "a.h"  // 1 < 2\n#define A 1 + \\\n  2\n/* 3 == 3 */\nauto a = "1 < 2";\n'
                             "auto b = R\"x(4 == )\" 4)x\"; char c = '\\'';\n"), [])
        self.assertEqual(cpp('void f() { static_assert(a < 4); log_(LogLevel::info, "x " + y(a < 4)); }'), [])
        self.assertEqual(cpp('void f() { if (a) hooks_.log(1); }'), [])

    def test_returns_of_a_bool_are_negated_once(self):
        self.assertEqual(cpp("bool f() { return g(); }", "return"), ["g() → !(g())"])
        self.assertEqual(cpp("bool A::f() const { return a < b || c; }", "return"), ["a < b || c → !(a < b || c)"])
        # The relation's own mutant, the dropped negation and the swapped constant say the same.
        said = "bool f() { return a < b; } bool g() { return !a; } bool h() { return true; }"
        self.assertEqual(cpp(said, "return"), [])
        self.assertEqual(cpp("int f() { return g(); } int h() { return a < b ? 1 : 2; }", "return"), [])
        self.assertEqual(cpp("void f() { g([&](int x) { return x < a && x > b; }); }", "return"),
                         ["x < a && x > b → !(x < a && x > b)"])

    def test_calls_and_assignments_go_and_declarations_stay(self):
        text = "void f() {\n  g(1,\n    2);\n  a.b->c[i].d = {e, f};\n  if (x) std::h();\n}"
        self.assertEqual(cpp(text, "statement"),
                         ["g(1, 2); → ;", "a.b->c[i].d = {e, f}; → ;", "std::h(); → ;"])
        text = "void f() { const auto a = g(); T& b = c; int d(e); auto [h, i] = k(); T* l = m; return n(); }"
        self.assertEqual(cpp(text, "statement"), [])
        self.assertEqual(cpp("void f() { run([this] { g(); }); }", "statement"),
                         ["run([this] { g(); }); → ;", "g(); → ;"])
        self.assertEqual(cpp("void f() { out.reserve(n); std::this_thread::yield(); }", "statement"), [])
        self.assertEqual(cpp("void f() { switch (a) { case A::b: g(); break; default: h(); } }", "statement"),
                         ["g(); → ;", "h(); → ;"])

    def test_guards_and_else_branches_go(self):
        text = "int f() { if (a) return b; if (c) { return {d, e}; } for (;;) if (g) continue; }"
        self.assertEqual(cpp(text, "guard"),
                         ["if (a) return b; → ;", "if (c) { return {d, e}; } → ;", "if (g) continue; → ;"])
        self.assertEqual(cpp("int f() { if (a) return b; else g(); if (c) { h(); return d; } }", "guard"), [])
        self.assertEqual(cpp("void f() { if (a) { b(); } else if (c) { d(); } else { e(); } g(); }", "branch"),
                         ["else if (c) { d(); } else { e(); } →", "else { e(); } →"])

    def test_a_mutant_knows_its_place_and_its_diff(self):
        text = "int a;\nvoid f() {\n  b = c;\n}\n"
        mutant, = cpp_mutants("x/a.cpp", text)
        self.assertEqual((mutant.place, mutant.column), ("x/a.cpp:3", 3))
        self.assertEqual(mutant.applied_to(text), "int a;\nvoid f() {\n  ;\n}\n")
        self.assertEqual(mutant.diff(text), "-  b = c;\n+  ;")
        self.assertEqual(mutant.told(text), "x/a.cpp:3:3: statement: b = c; → ;")


class Lua(unittest.TestCase):
    def test_operators_and_constants(self):
        self.assertEqual(lua("local a = b < c and not d or e == 'x'"),
                         ["< → <=", "< → >=", "and → or", "not →", "or → and", "== → ~="])
        self.assertEqual(lua("local a = b - 1 + -c"), ["- → +", "1 → 0", "1 → 2", "+ → -"])
        self.assertEqual(lua("local a = true"), ["true → false"])

    def test_comments_strings_and_the_first_line_stay(self):
        text = "#!lua flags=1\n-- 1 < 2\n--[[ a = 1\n]]\nlocal a = '1 == 1' .. \"2 < 3\" .. [[4 + 4]]\n"
        self.assertEqual(lua(text), [])

    def test_calls_and_assignments_go(self):
        text = ("local a = b()\ncall('SET',\n     key, 1)\nif a then b[1], c = d, e end\n"
                "for _, x in ipairs(y) do\n  f = f and\n    g\n  h(function() k = l end)\nend\nreturn m()\n")
        self.assertEqual(lua(text, "statement"),
                         ["call('SET', key, 1) →", "b[1], c = d, e →", "f = f and g →", "h(function() k = l end) →",
                          "k = l →"])

    def test_guards_and_branches_go(self):
        self.assertEqual(lua("if a then return end\nif b then\n  return c, d\nend\nif e then f() return end", "guard"),
                         ["if a then return end →", "if b then return c, d end →"])
        self.assertEqual(lua("if a then\n b()\nelseif c then\n for i in d do e() end\nelse\n f()\nend", "branch"),
                         ["elseif c then for i in d do e() end →", "else f() →"])

    def test_comparisons_that_are_returned_are_negated(self):
        self.assertEqual(lua("local function f() return a == b or c < d end", "return"),
                         ["a == b or c < d → not (a == b or c < d)"])
        self.assertEqual(lua("local function f() return a == b end", "return"), [])


class Choice(unittest.TestCase):
    TEXTS = {name: "void f() { a = b + 1; g(a < 2); if (a) return; h(); }" for name in TWO}

    def test_is_even_over_files_and_the_same_for_a_seed(self):
        chosen = choose(self.TEXTS, "1", 7)
        self.assertEqual(sorted(sum(m.path == name for m in chosen) for name in TWO), [3, 4])
        self.assertEqual(chosen, choose(self.TEXTS, "1", 7))
        self.assertNotEqual(chosen, choose(self.TEXTS, "2", 7))

    def test_a_larger_count_holds_a_smaller_one(self):
        self.assertLess(set(choose(self.TEXTS, "1", 4)), set(choose(self.TEXTS, "1", 9)))

    def test_another_file_that_changes_leaves_a_files_choice(self):
        changed = dict(self.TEXTS, **{TWO[1]: "void f() { x = y; z(3); u(4); v(5); w(6); }"})
        of_first = [[m for m in choose(texts, "1", 8) if m.path == TWO[0]] for texts in (self.TEXTS, changed)]
        self.assertEqual(*of_first)

    def test_every_file_of_the_default_folders_is_reached(self):
        texts = sources_of(ROOT, FOLDERS)
        self.assertEqual({m.path for m in choose(texts, "1", 240)}, set(texts))
        self.assertTrue(any(path.endswith("settle.lua") for path in texts))
        self.assertEqual({folder_of(path).name for path in texts}, {folder.name for folder in FOLDERS})

    def test_files_with_programs_of_their_own_exist(self):
        paths = sources_of(ROOT, FOLDERS)
        for folder in FOLDERS:
            for name in folder.instead:
                self.assertTrue(any(path.endswith("/" + name) for path in paths), name)
            programs = {p for some in (folder.programs, *folder.instead.values()) for p in some}
            for program in programs:
                listed = (ROOT / "tests/gateway" / program.path).parent / "CMakeLists.txt"
                self.assertIn(f"lianqiao_test({program.name}\n", listed.read_text(encoding="utf-8"))


class Nearness(unittest.TestCase):
    TESTS = {"t/group_leases_test.cpp": "TEST_F(GroupLeasing, A) {}\nTEST(Leases, B) {}",
             "t/order_test.cpp": '#include "queue/sweeper.h"\nTEST_P(Order, C) {}'}

    def test_suites_are_near_by_a_word_of_the_name_or_by_the_header(self):
        for path, suites in (("gateway/queue/scripts/lease.lua", {"GroupLeasing", "Leases"}),
                             ("gateway/queue/group_commit.cpp", {"GroupLeasing", "Leases"}),
                             ("gateway/queue/sweeper.cpp", {"Order"}), ("gateway/queue/mend.cpp", set())):
            self.assertEqual(near_suites(path, self.TESTS), suites, path)

    def test_the_files_of_today_have_near_suites(self):
        tests = {str(f): f.read_text(encoding="utf-8") for f in (ROOT / "tests/gateway/queue").glob("*_test.cpp")}
        self.assertIn("Settling", near_suites("gateway/queue/scripts/settle.lua", tests))

    def test_both_halves_run_every_test_that_the_filter_wants_once(self):
        self.assertEqual(halves("*", {"A", "X/B"}), ("A.*:X/B.*", "*-A.*:X/B.*"))
        self.assertEqual(halves("-C.slow", {"A"}), ("A.*-C.slow", "*-C.slow:A.*"))
        self.assertEqual(halves("C.*:D.*", {"C"}), (None, "C.*:D.*"))
        self.assertEqual(halves("*", set()), (None, "*"))

    def test_suites_are_read_from_gtests_list(self):
        said = "Running main() from ./gtest_main.cc\nA.\n  b\nX/C.\n  d/0  # GetParam() = 1.\nE/0.  # TypeParam = int\n  f\n"
        self.assertEqual(listed_suites(said), {"A", "X/C", "E/0"})


class Command(unittest.TestCase):
    def run_it(self, *words):
        return subprocess.run([sys.executable, str(ROOT / "tests/mutants"), *words], capture_output=True, text=True,
                              check=False)

    def test_list_is_stable(self):
        first, again = self.run_it("--list", "--count", "30"), self.run_it("--list", "--count", "30")
        self.assertEqual((first.returncode, len(first.stdout.splitlines())), (0, 30), first.stderr)
        self.assertEqual(first.stdout, again.stdout)

    def test_folders_are_named_by_their_path_or_their_last_part(self):
        for name in ("delivery", "gateway/delivery/"):
            lines = self.run_it("--list", "--count", "5", name).stdout.splitlines()
            self.assertEqual([line for line in lines if not line.startswith("gateway/delivery/")], [])
            self.assertEqual(len(lines), 5)
        self.assertEqual(folder_named("intake").name, "gateway/intake")

    def test_one_line_is_found_again_whatever_the_seed(self):
        line = self.run_it("--list", "--count", "1").stdout
        place = re.match(r"(\S+:\d+):\d+: ", line)[1]
        self.assertIn(line, self.run_it("--list", "--seed", "9", "--only", place).stdout)

    def test_what_cannot_be_meant_is_refused(self):
        for words in (["nowhere"], ["--only", "gateway/queue/keys.h:1"], ["--count", "0"]):
            answer = self.run_it("--list", *words)
            self.assertEqual((answer.returncode, answer.stdout), (2, ""), words)
            self.assertNotIn("Traceback", answer.stderr)

    def test_where_git_lists_nothing_its_words_are_told(self):
        with tempfile.TemporaryDirectory() as place:
            for name in ("tests", "gateway"):
                shutil.copytree(ROOT / name, Path(place, name), ignore=shutil.ignore_patterns("node_modules"))
            answer = subprocess.run([sys.executable, str(Path(place, "tests/mutants")), "--count", "1"], text=True,
                                    capture_output=True, check=False, env=dict(os.environ, GIT_CEILING_DIRECTORIES="/"))
        self.assertEqual(answer.returncode, 2, answer.stderr)
        self.assertIn("git says:\nfatal: not a git repository", answer.stderr)
        self.assertNotIn("Traceback", answer.stderr)


if __name__ == "__main__":
    unittest.main()
