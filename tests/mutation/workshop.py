"""Where mutants are built and judged: a copy of the sources below build/mutants, so that nothing that happens here, a
`kill -9` included, touches the tree. The next run makes the copy good again."""

import ctypes
import fcntl
import filecmp
import os
import re
import resource
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

from nearness import base, halves, listed_suites, near_suites

KILLED, BY_TIME, SURVIVED, NOT_BUILT = "killed", "killed by time", "survived", "not built"

FIRST_BUILD_SECONDS, BUILD_SECONDS = 7200, 600
SHARDS_PER_JOB = 3  # tests wait most of their time: for Redis, and for what is not to happen
MOST_MEMORY = 6 << 30  # address space of a process: a mutant may grow without end
PR_SET_PDEATHSIG, PR_SET_CHILD_SUBREAPER = 1, 36
LIBC = ctypes.CDLL(None)


class Refused(Exception):
    """A run cannot go on; says what to do."""


class Limit:
    """How long the tests of a program may take, and how long nothing may be heard of them: by what they took unchanged.
    Wide, for a machine may be busier later."""

    def __init__(self, whole, longest):
        self.whole = 60 + 3 * whole
        self.silence = 20 + 5 * longest


FIRST = Limit(600, 60)  # of a run that is to tell them


class Workshop:
    """Thread rule: none; one at a time per tree, held by a lock."""

    def __init__(self, root, jobs):
        self.root, self.jobs = root, jobs
        self.place = root / "build" / "mutants"
        self.tree, self.build_folder = self.place / "tree", self.place / "build"
        self.limits = {}
        self.suites = {}  # of each program
        self.killers = {}  # suites that have killed mutants of a file, by its path
        self.environment = dict(os.environ)
        data = root.parent / "shared" / "data"  # of the tree itself, for the copy has none beside it
        if data.is_dir():
            self.environment.setdefault("LIANQIAO_SHARED_DATA", str(data))

    def open(self):
        """Takes the lock, brings the copy up to date, configures it."""
        self.place.mkdir(parents=True, exist_ok=True)
        self.lock = open(self.place / "lock", "w", encoding="utf-8")
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(f"Another run works in {self.place}; wait for its end.") from None
        for tool in ("git", "cmake", "ninja", "luacheck"):
            if shutil.which(tool) is None:
                raise Refused(f"{tool} is missing; deploy/packages test brings it.")
        LIBC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)  # servers that a test left behind become ours to end
        self._copy()
        said = self._call(["cmake", "--preset", "release", "-B", str(self.build_folder), "-DLIANQIAO_TESTS=ON",
                           f"-DCMAKE_PROJECT_INCLUDE={self.tree}/tests/mutation/one_by_one.cmake",
                           "-DCMAKE_CXX_FLAGS_RELWITHDEBINFO=-O1 -g0 -DNDEBUG"])
        if said is not None:
            raise Refused(f"cmake fails in {self.tree}:\n{said}")

    def _copy(self):
        """All that git knows or would add, as it stands on the disk."""
        listed = subprocess.run(["git", "ls-files", "-z", "-co", "--exclude-standard"], cwd=self.root, check=False,
                                capture_output=True)
        if listed.returncode != 0:
            raise Refused("Mutants are made in a copy of what git knows, and git says:\n" + os.fsdecode(listed.stderr))
        wanted = {name for name in os.fsdecode(listed.stdout).split("\0") if name and (self.root / name).is_file()}
        for folder, _, names in os.walk(self.tree):
            for name in names:
                path = Path(folder, name)
                if str(path.relative_to(self.tree)) not in wanted:
                    path.unlink()
        for name in wanted:
            source, copy = self.root / name, self.tree / name
            if not copy.is_file() or not filecmp.cmp(source, copy, shallow=False):
                copy.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, copy)  # with a new time, so that it is built again

    def _call(self, command, seconds=BUILD_SECONDS, **more):
        """None where it succeeds; else what it said. `more` is added to the environment."""
        try:
            done = subprocess.run(command, cwd=self.tree, env=dict(os.environ, **more), stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  timeout=seconds, preexec_fn=_dies_with_us, check=False)
        except subprocess.TimeoutExpired:
            return f"no end within {seconds} s"
        finally:
            end_all(())  # compilers of a ninja that was ended
        return None if done.returncode == 0 else done.stdout.decode(errors="replace")

    def build(self, programs, seconds=BUILD_SECONDS, **more):
        targets = [program.name for program in programs]
        return self._call(["ninja", "-C", str(self.build_folder), f"-j{self.jobs}", *targets], seconds, **more)

    def prove(self, programs):
        """Builds and runs them unchanged: what fails now would kill every mutant. Sets the limits."""
        said = self.build(programs, FIRST_BUILD_SECONDS)
        if said is not None:
            raise Refused(f"The unchanged sources do not build:\n{said}")
        for program in programs:
            listed = subprocess.run([self._binary(program), "--gtest_list_tests"], check=True, stdout=subprocess.PIPE)
            self.suites[program] = listed_suites(listed.stdout.decode())
            begun = time.monotonic()
            verdict, why, longest = self._run(program, program.filter, FIRST)
            if verdict != SURVIVED:
                raise Refused(f"{program.name} fails on unchanged sources ({verdict}: {why}); mend that first.")
            self.limits[program] = Limit(time.monotonic() - begun, longest)
            print(f"{program.name}: {time.monotonic() - begun:.0f} s unchanged, longest test {longest:.1f} s",
                  flush=True)

    def judge(self, mutant, text, programs):
        """The verdict and what tells it: the test that failed, or the compiler's first error."""
        file = self.tree / mutant.path
        file.write_text(mutant.applied_to(text), encoding="utf-8")
        try:
            if file.suffix == ".lua":
                # Redis would refuse it, and every test fail: no test's merit.
                said = self._call(["luacheck", "--std", "lua51", "--only", "0", "--formatter", "plain", str(file)])
                if said is not None:
                    return NOT_BUILT, said.strip().split("\n")[0]
            said = self.build(programs, CCACHE_DISABLE="1")  # no mutant comes twice
            if said is not None:
                found = re.search(r"error: .*", said)
                return NOT_BUILT, found[0] if found else said[-200:].strip()
            for program, wanted in self._runs(mutant.path, programs):
                verdict, why, _ = self._run(program, wanted, self.limits[program])
                if verdict != SURVIVED:
                    self.killers.setdefault(mutant.path, set()).add(base(why.split(".")[0]))
                    return verdict, why
            return SURVIVED, ""
        finally:
            file.write_text(text, encoding="utf-8")

    def _runs(self, path, programs):
        """Programs and filters in the order in which they judge: the near suites of all first, then the others."""
        first, others = [], []
        for program in programs:
            folder = (self.tree / "tests" / "gateway" / program.path).parent
            tests = {str(file): file.read_text(encoding="utf-8") for file in folder.glob("*_test.cpp")}
            near = near_suites(path, tests) | self.killers.get(path, set())
            near = {suite for suite in self.suites[program] if base(suite) in near}
            nearest, rest = halves(program.filter, near if near < self.suites[program] else set())
            if nearest is not None:
                first.append((program, nearest))
            others.append((program, rest))
        return first + others

    def _binary(self, program):
        return self.build_folder / "tests" / "gateway" / program.path

    def _run(self, program, wanted, limit):
        """Runs what a filter wants of a program, in shards, until all end or one fails. Returns the verdict, the test
        that told it, and the seconds of the longest test."""
        with tempfile.TemporaryDirectory(prefix="mutants-") as scratch:  # short: a socket's path has 107 bytes
            shards = []
            try:
                number = self.jobs * SHARDS_PER_JOB
                for i in range(number):
                    shards.append(Shard(self._binary(program), wanted, i, number, scratch, self.environment))
                return _await(shards, limit)
            finally:
                end_all(shard.process for shard in shards)


class Shard:
    """One process of a test program, and what is heard of it."""

    def __init__(self, binary, gtest_filter, index, total, scratch, environment):
        self.output = Path(scratch, f"output-{index}")
        environment = dict(environment, TMPDIR=scratch, GTEST_TOTAL_SHARDS=str(total), GTEST_SHARD_INDEX=str(index))
        with open(self.output, "wb") as output:
            self.process = subprocess.Popen(
                [binary, f"--gtest_filter={gtest_filter}", "--gtest_fail_fast", "--gtest_color=no"], cwd=binary.parent,
                env=environment, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT,
                preexec_fn=_is_bounded)
        self.heard, self.size = time.monotonic(), 0

    def silent_for(self):
        size = self.output.stat().st_size
        if size != self.size:
            self.heard, self.size = time.monotonic(), size
        return time.monotonic() - self.heard

    def text(self):
        return self.output.read_text(encoding="utf-8", errors="replace")

    def last_test(self):
        """The test that failed or was running."""
        text = self.text()
        failed = re.findall(r"^\[  FAILED  \] (\S+?)(?:,.*)? \(\d+ ms\)$", text, re.MULTILINE)
        begun = re.findall(r"^\[ RUN      \] (\S+)", text, re.MULTILINE)
        return failed[0] if failed else begun[-1] if begun else "no test"


def _await(shards, limit):
    begun = time.monotonic()
    left = list(shards)
    while left:
        for shard in list(left):
            code = shard.process.poll()
            if code is None and (shard.silent_for() > limit.silence or time.monotonic() - begun > limit.whole):
                return BY_TIME, shard.last_test(), 0
            if code is not None and code != 0:
                return KILLED, shard.last_test() + (f", signal {-code}" if code < 0 else ""), 0
            if code == 0:
                left.remove(shard)
        time.sleep(0.05)
    passed = re.compile(r"^\[       OK \].*\((\d+) ms\)$", re.MULTILINE)
    times = [int(ms) for shard in shards for ms in passed.findall(shard.text())]
    if not times:
        return KILLED, "no test ran", 0
    return SURVIVED, "", max(times) / 1000


def _dies_with_us():
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def _is_bounded():
    _dies_with_us()
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def end_all(processes):
    """These, and whatever they left behind."""
    for process in processes:
        process.kill()
        process.wait()
    while children := _children():
        for pid in children:
            os.kill(pid, signal.SIGKILL)
            os.waitpid(pid, 0)


def _children():
    found = []
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                stat = Path("/proc", entry, "stat").read_text(encoding="utf-8", errors="replace")
            except OSError:
                continue
            if int(stat.rsplit(")", 1)[1].split()[1]) == os.getpid():
                found.append(int(entry))
    return found
