// An earlier revision of a thing with a status (an order, an alert, a case) that comes after a
// later one would set it back: it is handed on marked, or quarantined, as late steps are.
#include "queue/group_words.h"
#include "support/queue_fixture.h"
#include "support/shipped_lives.h"

namespace lianqiao::queue {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using Status = ItemVerdict::Status;

class LateRevisions : public QueueTest {
 protected:
  LateRevisions() { lives_ = test::shippedLives(); }
  /// A revision of thing S-1, made so long ago, told to `unit`.
  Entry revision(const std::string& content, std::chrono::milliseconds ago,
                 std::chrono::milliseconds unit = 1s, const std::string& peer = "hotline") {
    Entry entry = record("hotline:S-1", "S-1", "", content);
    entry.record->peer = peer;
    entry.record->happened = record::Happened{clock_.wall() - ago, unit};
    return entry;
  }
  /// By a peer of several that name its key.
  Entry shared(const std::string& peer, const std::string& content, std::chrono::milliseconds ago) {
    Entry entry = revision(content, ago, 1s, peer);
    entry.record->keyHolders = {"grid", "street"};
    return entry;
  }
  bool isLate(Entry entry) {
    const ItemVerdict verdict = submit(std::move(entry));
    EXPECT_EQ(verdict.status, Status::accepted);
    return trail(verdict.id).event.starts_with(R"({"late":true,"specversion")");
  }
};

TEST_F(LateRevisions, AnOlderRevisionThatIsSentLaterIsMarked) {
  EXPECT_FALSE(isLate(revision("registered", 60min)));
  EXPECT_FALSE(isLate(revision("closed", 10min)));
  EXPECT_TRUE(isLate(revision("signed", 30min)));
  EXPECT_TRUE(isLate(revision("replied", 20min))) << "the late one has not become the last";
  EXPECT_FALSE(isLate(revision("visited", 5min)));
}

TEST_F(LateRevisions, IsQuarantinedWhereThatIsSetAndTakenByForce) {
  steps_.late = config::LateSteps::quarantine;
  reopen();
  submit(revision("closed", 10min));
  Entry late = revision("signed", 30min);
  const ItemVerdict verdict = submit(Entry(late));
  ASSERT_EQ(verdict.status, Status::quarantined);
  EXPECT_EQ(verdict.problems.at(0).code, "validate.late_step");
  EXPECT_EQ(verdict.problems.at(0).path, "/time");
  EXPECT_THAT(verdict.problems.at(0).message, HasSubstr("hotline"));
  late.forced = true;
  EXPECT_TRUE(isLate(std::move(late)));
}

TEST_F(LateRevisions, RevisionsOfOneGroupAreComparedToo) {
  std::vector<Entry> entries;
  entries.push_back(revision("closed", 10min));
  entries.push_back(revision("signed", 30min));
  const auto verdicts = submit(std::move(entries));
  ASSERT_EQ(verdicts.size(), 2u);
  EXPECT_THAT(trail(verdicts[0].id).event, Not(HasSubstr("late")));
  EXPECT_THAT(trail(verdicts[1].id).event, HasSubstr(R"("late":true)"));
}

// Compared as exactly as the coarser of both is told; and many peers tell when the order was made.
TEST_F(LateRevisions, ATimeThatDoesNotTellThemApartMakesNoneLate) {
  EXPECT_FALSE(isLate(revision("a", 60min)));
  EXPECT_FALSE(isLate(revision("b", 60min)));
  EXPECT_FALSE(isLate(revision("c", 5h, 24h))) << "that day holds the time of the last";
  EXPECT_TRUE(isLate(revision("d", 30h, 24h)));
  Entry untold = record("hotline:S-1", "S-1", "", "e");
  EXPECT_FALSE(isLate(std::move(untold)));
}

TEST_F(LateRevisions, AClockThatIsAheadMakesNothingLateForLong) {
  submit(revision("a", -24h * 365));
  clock_.pass(1min);
  EXPECT_FALSE(isLate(revision("b", 0ms)));
}

TEST_F(LateRevisions, EachThingHasItsOwnTime) {
  submit(revision("a", 10min));
  Entry other = record("hotline:S-2", "S-2", "", "b");
  other.record->happened = record::Happened{clock_.wall() - 60min, 1s};
  EXPECT_FALSE(isLate(std::move(other)));
}

// Two clocks: what came first counts, unless the times are further apart than clocks are.
TEST_F(LateRevisions, BetweenPeersTheAcceptedOrderCountsWithinTheSkew) {
  EXPECT_FALSE(isLate(shared("hotline", "a", 5min)));
  EXPECT_FALSE(isLate(shared("grid", "b", 14min))) << "9 minutes before";
  EXPECT_TRUE(isLate(shared("street", "c", 16min))) << "11 minutes before";
  EXPECT_FALSE(isLate(shared("grid", "d", 13min)));
  EXPECT_FALSE(isLate(shared("hotline", "e", 5min))) << "its time tells nothing";
  EXPECT_EQ(standingOf("hotline:S-1"), "");
}

TEST_F(LateRevisions, StepsAndRevisionsHaveTimesOfTheirOwn) {
  Entry step = record("hotline:S-1", "step", "1", "replied");
  step.record->type = "work_order_step";
  step.record->lifeOf = "work_order";
  step.record->step = "replied";
  step.record->happened = record::Happened{clock_.wall() - 1min, 1s};
  submit(std::move(step));
  EXPECT_FALSE(isLate(shared("hotline", "a", 60min))) << "an order is older than its steps";
  EXPECT_EQ(stateOf("hotline:S-1"), "replied");
}

TEST_F(LateRevisions, AreDuplicatesWhereTheyCameBefore) {
  const ItemVerdict first = submit(revision("signed", 30min));
  submit(revision("closed", 10min));
  const ItemVerdict again = submit(revision("signed", 30min));
  EXPECT_EQ(again.status, Status::duplicate);
  EXPECT_EQ(again.id, first.id);
}

TEST_F(LateRevisions, CostWhatHasNoStatusNothing) {
  EXPECT_EQ(wordsOf(record("k", "S-1")), 12u);
  EXPECT_EQ(wordsOf(revision("a", 1min)), 15u);
}

}  // namespace
}  // namespace lianqiao::queue
