"""Which sources are changed, which test programs judge them, and how the mutants of a run are chosen."""

import random
from collections import defaultdict
from dataclasses import dataclass, field

from cpp_mutants import cpp_mutants
from lua_mutants import lua_mutants


@dataclass(frozen=True)
class Program:
    """Tests that judge: a program below tests/gateway and what of it runs, in gtest's words."""

    path: str
    filter: str = "*"

    @property
    def name(self):
        return self.path.rsplit("/", 1)[1]


@dataclass(frozen=True)
class Folder:
    name: str
    patterns: tuple  # of its sources, from the root
    programs: tuple  # in this order, until one fails
    instead: dict = field(default_factory=dict)  # programs of single files whose tests stand elsewhere

    def programs_of(self, path):
        return self.instead.get(path.rsplit("/", 1)[1], self.programs)


QUEUE = Program("queue/queue_test")
TIMES = Program("times/times_test")
EXPRESSION = Program("expression/expression_test")
PIPELINE = Program("pipeline/pipeline_test")
REVIEW = Program("review/review_test")
SHARES = Program("runtime/gateway_test", "ShareTest.*")
DELIVERER = Program("delivery/deliverer_test")
STORAGE = Program("storage/storage_test")

# Headers are not changed: every source of the folder and its tests would have to be compiled for each of their mutants.
FOLDERS = (
    Folder("gateway/queue", ("gateway/queue/*.cpp", "gateway/queue/scripts/*.lua"), (QUEUE, REVIEW), {
        "exception_room.cpp": (QUEUE, REVIEW, SHARES),
        "recount.lua": (REVIEW, QUEUE, SHARES),
        # A person ends a peer's rest: tests of the deliverer.
        "make_due.lua": (DELIVERER, QUEUE),
        "retry_clock.cpp": (DELIVERER, QUEUE),
    }),
    Folder("gateway/review", ("gateway/review/*.cpp",), (REVIEW, QUEUE), {
        "exception_shares.cpp": (REVIEW, QUEUE, SHARES),
    }),
    Folder("gateway/storage", ("gateway/storage/*.cpp",), (QUEUE, REVIEW), {
        # It serves while there is no Redis yet: tests of the whole gateway, too.
        "awaited_queue.cpp": (STORAGE, Program("runtime/gateway_test", "AwayTest.*")),
    }),
    Folder("gateway/delivery", ("gateway/delivery/*.cpp",), (Program("delivery/delivery_test"), DELIVERER)),
    Folder("gateway/times", ("gateway/times/*.cpp",), (TIMES, EXPRESSION, PIPELINE)),
    Folder("gateway/expression", ("gateway/expression/*.cpp",), (EXPRESSION, PIPELINE, TIMES)),
    Folder("gateway/pipeline", ("gateway/pipeline/*.cpp",), (PIPELINE, EXPRESSION)),
    # Of intake this alone; what it does for strangers is tested with the whole service.
    Folder("gateway/intake", ("gateway/intake/authenticate.cpp",),
           (Program("intake/intake_test", "AuthenticatorTest.*:*EverySchemeTest.*:*SignedTextTest.*"),
            Program("intake/service_test", "IntakeServiceTest.*"))),
)


def folder_named(name):
    """By its path, or by its last part alone; None where there is none."""
    wanted = name.rstrip("/")
    return next((f for f in FOLDERS if wanted in (f.name, f.name.rsplit("/", 1)[1])), None)


def folder_of(path):
    return next((f for f in FOLDERS if path.startswith(f.name + "/")), None)


def sources_of(root, folders):
    """Texts by path, in the order of folders and names."""
    return {str(file.relative_to(root)): file.read_text(encoding="utf-8")
            for folder in folders for pattern in folder.patterns for file in sorted(root.glob(pattern))}


def mutants_of(path, text):
    return (lua_mutants if path.endswith(".lua") else cpp_mutants)(path, text)


def order(mutants, seed):
    """One file's mutants in the order in which they are taken: kinds in turn, so that frequent ones do not crowd out
    the others. It depends on the seed and on this file alone."""
    dice = random.Random(f"{seed} {mutants[0].path}" if mutants else seed)
    kinds = defaultdict(list)
    for mutant in mutants:
        kinds[mutant.kind].append(mutant)
    for some in kinds.values():
        dice.shuffle(some)
    turns = sorted(kinds)
    dice.shuffle(turns)
    ordered = []
    while any(kinds.values()):
        ordered += [kinds[kind].pop() for kind in turns if kinds[kind]]
    return ordered


def choose(texts, seed, count):
    """`count` mutants, evenly over the files; a larger count holds those of a smaller one. In the order of places."""
    queues = [order(mutants_of(path, text), seed) for path, text in texts.items()]
    random.Random(seed).shuffle(queues)
    chosen = []
    while len(chosen) < count and any(queues):
        for mutants in queues:
            if mutants and len(chosen) < count:
                chosen.append(mutants.pop(0))
    places = {path: i for i, path in enumerate(texts)}
    return sorted(chosen, key=lambda m: (places[m.path], m.begin, m.end, m.new))
