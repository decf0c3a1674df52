#include "reconcile/comparison.h"

#include <gmock/gmock.h>

#include <chrono>
#include <random>
#include <set>

#include "lianqiao/codes.h"
#include "listed_side.h"

namespace lianqiao::reconcile {
namespace {

using namespace std::chrono_literals;

const WallTime kBegin = std::chrono::sys_days(std::chrono::year(2026) / 11 / 29) + 16h;

HeldQuery query() {
  return {.day = "2026-11-30", .begin = kBegin, .end = kBegin + 24h, .fields = {"status", "reply"}};
}

OurThing ourThing(std::string id, std::string type = "work_order", std::string revision = "1",
                  std::vector<std::string> fields = {"done", "ok"}) {
  OurThing thing;
  thing.identity = std::move(id);
  thing.revision = std::move(revision);
  thing.content = heldContent(fields);
  for (const std::string& field : fields) thing.fields.push_back(fieldDigest(field));
  thing.record = "our-" + thing.identity;
  thing.type = std::move(type);
  thing.at = kBegin + 1h;
  return thing;
}

ListedSide::Thing theirThing(std::string id, std::string type = "work_order",
                             std::string revision = "1",
                             std::vector<std::string> fields = {"done", "ok"}) {
  return {std::move(type),
          {std::move(id), std::move(revision), std::move(fields), {}, kBegin + 1h}};
}

std::vector<std::string> ids(const std::vector<Difference>& list) {
  std::vector<std::string> all;
  for (const Difference& one : list) all.push_back(one.identity);
  return all;
}

std::vector<std::string> codesOf(const Comparison& of) {
  std::vector<std::string> all;
  for (const Problem& one : of.findings) all.push_back(one.code);
  return all;
}

using Ids = std::vector<std::string>;

/// Both sides hold `count` things, alike.
class TwoSides {
 public:
  explicit TwoSides(int count = 0) {
    for (int i = 0; i < count; ++i) {
      const std::string id = "A" + std::to_string(i);
      ours_.push_back(ourThing(id));
      theirs.things.push_back(theirThing(id));
    }
  }

  void we(OurThing thing) { ours_.push_back(std::move(thing)); }
  void they(ListedSide::Thing thing) { theirs.things.push_back(std::move(thing)); }

  Comparison compared(WallTime settledBefore = kBegin + 48h) {
    OurDay day;
    for (const OurThing& thing : ours_) day.add(thing);
    day.seal();
    auto made = compare(day, query(), settledBefore, theirs);
    if (!made) {
      ADD_FAILURE() << made.error().detail;
      return {};
    }
    EXPECT_EQ(made->exchanges, static_cast<std::size_t>(theirs.calls));
    return std::move(*made);
  }

  ListedSide theirs;

 private:
  std::vector<OurThing> ours_;
};

// Computed with Python's hashlib, as the documentation of our manifest says.
TEST(HeldDigests, AreThoseThatTheDocumentationPromises) {
  const std::string content = heldContent(std::vector<std::string>{"受理中", "", "12"});
  EXPECT_EQ(content, "b799d58842f00657");
  EXPECT_EQ(heldHash("LS-1", "2", content), 0x6d75e3d7ab102b07U);
  EXPECT_EQ(heldBucket("LS-1"), 0x49U);
}

TEST(HeldDigests, TellFieldsApartWhateverStandsInThem) {
  EXPECT_NE(heldContent(std::vector<std::string>{"a", "b"}),
            heldContent(std::vector<std::string>{"a,1:b"}));
  EXPECT_NE(heldContent(std::vector<std::string>{"", "a"}),
            heldContent(std::vector<std::string>{"a", ""}));
}

TEST(Comparison, OfEqualSidesIsOneExchange) {
  TwoSides sides(1000);
  const Comparison made = sides.compared();
  EXPECT_TRUE(made.equal());
  EXPECT_EQ(made.exchanges, 1U);
  EXPECT_EQ(made.ours, 1000U);
  EXPECT_EQ(made.theirs, 1000U);
}

TEST(Comparison, OfTwoEmptySidesIsEqual) { EXPECT_TRUE(TwoSides().compared().equal()); }

TEST(Comparison, NamesWhatDiffersAndInWhichField) {
  for (const bool digests : {true, false}) {
    TwoSides sides(50);
    sides.theirs.digests = digests;
    sides.we(ourThing("only-we"));
    sides.they(theirThing("only-they"));
    sides.we(ourThing("both", "work_order", "1", {"done", "ok"}));
    sides.they(theirThing("both", "work_order", "1", {"done", "not ok"}));
    sides.we(ourThing("older", "work_order", "2"));
    sides.they(theirThing("older", "work_order", "1"));
    const Comparison made = sides.compared();
    EXPECT_EQ(ids(made.onlyOurs), Ids{"only-we"});
    EXPECT_EQ(made.onlyOurs.front().record, "our-only-we");
    EXPECT_EQ(ids(made.onlyTheirs), Ids{"only-they"});
    EXPECT_EQ(ids(made.differing), (Ids{"both", "older"}));
    EXPECT_EQ(made.differing[0].fields, std::vector<std::size_t>{1});
    EXPECT_EQ(made.differing[1].theirRevision, "1");
    EXPECT_TRUE(made.whole);
    EXPECT_FALSE(made.equal());
    EXPECT_EQ(made.theirs, 53U);
  }
}

TEST(Comparison, FindsATypeThatTheOtherSideDoesNotHaveAtAll) {
  TwoSides sides(10);
  sides.we(ourThing("S1", "work_order_step"));
  sides.they(theirThing("D1", "dispute"));
  const Comparison made = sides.compared();
  EXPECT_EQ(ids(made.onlyOurs), Ids{"S1"});
  EXPECT_EQ(ids(made.onlyTheirs), Ids{"D1"});
  EXPECT_EQ(made.onlyTheirs.front().type, "dispute");
}

TEST(Comparison, LetsTheLaterOfTwoRevisionsCount) {
  TwoSides sides;
  sides.we(ourThing("A", "work_order", "1"));
  sides.we(ourThing("A", "work_order", "2"));
  sides.they(theirThing("A", "work_order", "2"));
  EXPECT_TRUE(sides.compared().equal());
}

TEST(Comparison, CallsNothingMissingThatIsOnItsWay) {
  for (const bool digests : {true, false}) {
    TwoSides sides(10);
    sides.theirs.digests = digests;
    for (const char* id : {"owed", "arrived"}) {
      OurThing thing = ourThing(id);
      thing.state = OurThing::State::open;
      sides.we(std::move(thing));
    }
    sides.they(theirThing("arrived"));
    auto young = theirThing("young");
    young.item.at = kBegin + 20h;
    sides.they(young);
    const Comparison made = sides.compared(kBegin + 19h);
    EXPECT_TRUE(made.equal());
    EXPECT_THAT(ids(made.open), testing::UnorderedElementsAre("young", "arrived", "owed"));
  }
}

TEST(Comparison, LetsTheOtherSideCountWhatIsNearMidnightToThisDay) {
  for (const bool digests : {true, false}) {
    TwoSides sides(10);
    sides.theirs.digests = digests;
    for (const char* id : {"theirs too", "not theirs"}) {
      OurThing thing = ourThing(id);
      thing.state = OurThing::State::beside;
      sides.we(std::move(thing));
    }
    sides.they(theirThing("theirs too"));
    EXPECT_TRUE(sides.compared().equal());
  }
}

TEST(Comparison, OfAHundredThousandTakesAHandfulOfExchanges) {
  TwoSides sides(100'000);
  sides.theirs.things.erase(sides.theirs.things.begin() + 77'777);
  sides.theirs.things[5].item.fields[0] = "open";
  sides.they(theirThing("theirs"));
  const Comparison made = sides.compared();
  EXPECT_EQ(ids(made.onlyOurs), Ids{"A77777"});
  EXPECT_EQ(ids(made.differing), Ids{"A5"});
  EXPECT_EQ(ids(made.onlyTheirs), Ids{"theirs"});
  EXPECT_LE(made.exchanges, 5U);
}

TEST(Comparison, FindsExactlyTheDifferencesOfRandomSets) {
  std::mt19937 random(20261130);
  for (int round = 0; round < 60; ++round) {
    TwoSides sides;
    sides.theirs.digests = round % 2 == 0;
    sides.theirs.pageSize = 1 + random() % 40;
    std::set<std::string> onlyWe;
    std::set<std::string> onlyThey;
    std::set<std::string> differ;
    const int count = static_cast<int>(random() % 300);
    const unsigned every = 2 + static_cast<unsigned>(random() % 60);
    for (int i = 0; i < count; ++i) {
      const std::string id = std::to_string(random());
      const unsigned fate = static_cast<unsigned>(random() % every);
      if (fate != 0) sides.we(ourThing(id));
      if (fate != 1)
        sides.they(theirThing(id, "work_order", "1", {"done", fate == 2 ? "no" : "ok"}));
      if (fate == 0) onlyThey.insert(id);
      if (fate == 1) onlyWe.insert(id);
      if (fate == 2) differ.insert(id);
    }
    const Comparison made = sides.compared();
    EXPECT_EQ(ids(made.onlyOurs), Ids(onlyWe.begin(), onlyWe.end()));
    EXPECT_EQ(ids(made.onlyTheirs), Ids(onlyThey.begin(), onlyThey.end()));
    EXPECT_EQ(ids(made.differing), Ids(differ.begin(), differ.end()));
    EXPECT_TRUE(made.findings.empty());
  }
}

TEST(BadManifest, WithDuplicatesIsNamedAndTheRestIsFound) {
  for (const bool digests : {true, false}) {
    TwoSides sides(20);
    sides.theirs.digests = digests;
    sides.they(theirThing("A3"));
    sides.we(ourThing("missing"));
    const Comparison made = sides.compared();
    EXPECT_EQ(codesOf(made), Ids{std::string(codes::kReconcileDuplicate)});
    EXPECT_NE(made.findings.front().message.find("\"A3\""), std::string::npos);
    EXPECT_EQ(ids(made.onlyOurs), Ids{"missing"});
    EXPECT_TRUE(made.whole);
    EXPECT_FALSE(made.equal());
  }
}

TEST(BadManifest, OfAnotherDayConcludesNothing) {
  for (const bool digests : {true, false}) {
    TwoSides sides(20);
    sides.theirs.digests = digests;
    sides.theirs.day = "2026-11-29";
    const Comparison made = sides.compared();
    EXPECT_EQ(codesOf(made), Ids{std::string(codes::kReconcileWrongDay)});
    EXPECT_TRUE(made.onlyOurs.empty());
    EXPECT_FALSE(made.whole);
    EXPECT_FALSE(made.equal());
  }
}

TEST(BadManifest, WithAThingOfAnotherDayIsNamed) {
  TwoSides sides(20);
  sides.theirs.digests = false;
  auto other = theirThing("yesterday's");
  other.item.at = kBegin - 1s;
  sides.they(other);
  const Comparison made = sides.compared();
  EXPECT_EQ(codesOf(made), Ids{std::string(codes::kReconcileWrongDay)});
  EXPECT_FALSE(made.equal());
}

TEST(BadManifest, CutShortConcludesNothingFromWhatIsMissing) {
  TwoSides sides(30);
  sides.theirs.digests = false;
  sides.theirs.pageSize = 10;
  sides.theirs.onPage = [](HeldPage& page) {
    if (page.next == "20") page.next.clear();
  };
  const Comparison made = sides.compared();
  EXPECT_EQ(codesOf(made), Ids{std::string(codes::kReconcileCutShort)});
  EXPECT_TRUE(made.onlyOurs.empty());
  EXPECT_FALSE(made.equal());
}

TEST(BadManifest, WhoseListOfABucketIsCutContradictsItsDigest) {
  TwoSides sides(3000);
  sides.theirs.things.erase(sides.theirs.things.begin());
  sides.theirs.onPage = [](HeldPage& page) {
    page.total.reset();
    if (!page.items.empty()) page.items.pop_back();
  };
  const Comparison made = sides.compared();
  EXPECT_EQ(codesOf(made), Ids{std::string(codes::kReconcileCount)});
  EXPECT_TRUE(made.onlyOurs.empty());
  EXPECT_FALSE(made.whole);
}

TEST(BadManifest, ThatLiesAboutItsCountIsNeverEqual) {
  TwoSides sides(20);
  sides.theirs.onSummary = [](HeldSummary& summary) { ++summary.groups[0].all.count; };
  const Comparison made = sides.compared();
  EXPECT_EQ(codesOf(made), Ids{std::string(codes::kReconcileCount)});
  EXPECT_FALSE(made.equal());
}

TEST(BadManifest, WhoseBucketsAreTooFewIsNamed) {
  TwoSides sides(20);
  sides.they(theirThing("more"));
  sides.theirs.onBuckets = [](std::vector<HeldSum>& sums) { sums.pop_back(); };
  EXPECT_EQ(codesOf(sides.compared()), Ids{std::string(codes::kReconcileCount)});
}

TEST(BadManifest, ThatNamesATypeTwiceIsNotAskedFurther) {
  TwoSides sides(20);
  sides.theirs.onSummary = [](HeldSummary& summary) {
    summary.groups.push_back(HeldGroup(summary.groups[0]));
  };
  const Comparison made = sides.compared();
  EXPECT_EQ(codesOf(made), Ids{std::string(codes::kReconcileDuplicate)});
  EXPECT_EQ(made.exchanges, 1U);
  EXPECT_FALSE(made.equal());
}

TEST(BadManifest, ThatPagesForEverEnds) {
  TwoSides sides(20);
  sides.theirs.digests = false;
  sides.theirs.onPage = [](HeldPage& page) { page.next = "5"; };
  EXPECT_EQ(codesOf(sides.compared()).front(), codes::kReconcileDuplicate);
  int calls = 0;
  TwoSides empty(1);
  empty.theirs.digests = false;
  empty.theirs.onPage = [&](HeldPage& page) {
    page.items.clear();
    page.next = std::to_string(++calls);
  };
  const Comparison made = empty.compared();
  EXPECT_EQ(codesOf(made), Ids{std::string(codes::kReconcileCutShort)});
  EXPECT_LE(made.exchanges, kMostPages);
}

}  // namespace
}  // namespace lianqiao::reconcile
