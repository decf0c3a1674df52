#include "revisions.h"

namespace lianqiao::queue {
namespace {

using Status = ItemVerdict::Status;
using ::testing::HasSubstr;

/// Rule: a counter costs two deliveries, however often it changes; nothing of it is lost.
TEST_F(Revisions, ALeafThatChangesAloneForTheThirdTimeIsUpdatedInPlace) {
  const ItemVerdict first = submit(revision(R"({"views":"1","note":"a"})"));
  const ItemVerdict second = submit(revision(R"({"views":"2","note":"a"})"));
  EXPECT_EQ(second.status, Status::accepted);
  for (int views = 3; views < 8; ++views) {
    const ItemVerdict next =
        submit(revision(R"({"views":")" + std::to_string(views) + R"(","note":"a"})"));
    EXPECT_EQ(next.status, Status::duplicate) << views;
    EXPECT_EQ(next.id, second.id);
  }
  const review::Trail kept = trail(second.id);
  EXPECT_THAT(kept.event, HasSubstr(R"("views":"7")"));
  EXPECT_THAT(kept.event, HasSubstr("\"id\":\"" + second.id + "\""));
  EXPECT_EQ(kept.body, R"({"raw":{"views":"7","note":"a"}})");
  EXPECT_THAT(trail(first.id).event, HasSubstr(R"("views":"1")"));
  EXPECT_EQ(held("hotline views"), "5");
  EXPECT_EQ(counts("hotline").accepted, 2u);
  EXPECT_EQ(counts().owed, 2u);
  EXPECT_LE((*raw()->call({"HLEN", "{lq}:dup:hotline:S-1"}))->integer, 4)
      << "grows with each change";
}

TEST_F(Revisions, TheSameAgainIsADuplicateAlsoOfWhatWasUpdatedInPlace) {
  submit(revision(R"({"views":"1"})"));
  const ItemVerdict second = submit(revision(R"({"views":"2"})"));
  submit(revision(R"({"views":"3"})"));
  const ItemVerdict again = submit(revision(R"({"views":"3"})"));
  EXPECT_EQ(again.status, Status::duplicate);
  EXPECT_EQ(again.id, second.id);
  EXPECT_EQ(held("hotline views"), "1");
}

/// Rule: only one unmapped leaf alone is a counter. Everything else is news and is delivered.
TEST_F(Revisions, WhatElseChangesIsDelivered) {
  submit(revision(R"({"views":"1","note":"a"})"));
  submit(revision(R"({"views":"2","note":"a"})"));
  EXPECT_EQ(submit(revision(R"({"views":"3","note":"b"})")).status, Status::accepted);
  EXPECT_EQ(submit(revision(R"({"views":"3","note":"c"})")).status, Status::accepted) << "note";
  EXPECT_EQ(submit(revision(R"({"views":"4","note":"c"})")).status, Status::accepted) << "views";
  EXPECT_EQ(submit(revision(R"({"views":"5","note":"c"})", R"({"title":"u")")).status,
            Status::accepted)
      << "a mapped field";
  EXPECT_EQ(submit(revision(R"({"views":"6","note":"c","more":"x"})", R"({"title":"u")")).status,
            Status::accepted)
      << "a leaf more";
  EXPECT_EQ(held("hotline views"), "");
}

TEST_F(Revisions, ALeafThatComesAndGoesIsOneToo) {
  submit(revision(R"({"a":"x"})"));
  submit(revision(R"({"a":"x","seen":"1"})"));
  EXPECT_EQ(submit(revision(R"({"a":"x","seen":"2"})")).status, Status::duplicate);
}

TEST_F(Revisions, WhenItHappenedIsMappedWhenItWasReceivedIsNot) {
  const std::string paths = "sourceFields", mapped = R"({"title":"t")";
  submit(revision(R"({"views":"1"})", mapped, paths, "2026-01-01T08:00:00Z"));
  submit(revision(R"({"views":"2"})", mapped, paths, "2026-01-01T08:00:00Z"));
  EXPECT_EQ(submit(revision(R"({"views":"3"})", mapped, paths, "2026-01-01T09:00:00Z")).status,
            Status::accepted);
}

TEST_F(Revisions, IgnoredLeavesDoNotMakeItTwo) {
  const std::string paths = "sourceFields\nsent", mapped = R"({"title":"t")";
  submit(revision(R"({"views":"1","sent":"8:00"})", mapped, paths));
  submit(revision(R"({"views":"2","sent":"8:01"})", mapped, paths));
  EXPECT_EQ(submit(revision(R"({"views":"3","sent":"8:02"})", mapped, paths)).status,
            Status::duplicate);
  EXPECT_EQ(held("hotline views"), "1");
}

TEST_F(Revisions, WhereNothingIsKeptOfTheRestNothingIsHeld) {
  for (const char* rest : {R"({"v":"1"})", R"({"v":"2"})", R"({"v":"3"})"}) {
    EXPECT_EQ(submit(revision(rest, R"({"title":"t")", "")).status, Status::accepted);
  }
}

/// Rule: a change is one against what the thing was last, whatever told that; else receivers would
/// stay with what came between.
TEST_F(Revisions, AChangeIsComparedWithWhatTheThingWasLast) {
  for (const std::string number : {"7", ""})
    for (const bool together : {false, true}) {
      const std::string thing = "S-" + number + (together ? "-together" : "-alone");
      const auto of = [&](const std::string& rest, const std::string& mapped = R"({"title":"t")",
                          const std::string& paths = "sourceFields") {
        Entry entry = revision(rest, mapped, paths);
        entry.record->sourceId = thing;
        return entry;
      };
      std::vector<Entry> entries;
      entries.push_back(of(R"({"views":"2"})"));
      entries.push_back(
          of(R"({"views":"2"})", R"({"title":"u")", number.empty() ? "" : "sourceFields"));
      entries.back().record->revision = number;
      submit(of(R"({"views":"1"})"));
      if (together) {
        submit(std::move(entries));
      } else {
        for (Entry& entry : entries) submit(std::move(entry));
      }
      EXPECT_EQ(submit(of(R"({"views":"3"})")).status, Status::accepted) << thing;
      EXPECT_EQ(submit(of(R"({"views":"4"})")).status, Status::accepted) << thing;
    }
  EXPECT_EQ(held("hotline views"), "");
}

/// Rule: the id that is answered leads to a record that says what was sent.
// A thing's first entry is kept in another form, which the second one ends.
TEST_F(Revisions, ALateOneTakesNothingFromWhatTheThingWasLast) {
  const auto made = [this](Entry entry, std::chrono::minutes ago) {
    entry.record->happened = record::Happened{clock_.wall() - ago, 1s};
    return entry;
  };
  const auto views = [](int count) { return R"({"views":")" + std::to_string(count) + "\"}"; };
  submit(made(revision(views(1)), 10min));
  const ItemVerdict late = submit(made(revision(views(1), R"({"title":"older")"), 30min));
  ASSERT_THAT(trail(late.id).event, ::testing::HasSubstr(R"("late":true)"));
  EXPECT_EQ(submit(made(revision(views(2)), 5min)).status, Status::accepted);
  EXPECT_EQ(submit(made(revision(views(3)), 4min)).status, Status::duplicate)
      << "the leaf changes alone for the third time";
}

TEST_F(Revisions, WhatARecordNoLongerSaysIsNotAnsweredWithIt) {
  submit(revision(R"({"views":"1"})"));
  const ItemVerdict second = submit(revision(R"({"views":"2"})"));
  submit(revision(R"({"views":"3"})"));
  EXPECT_EQ(submit(revision(R"({"views":"2"})")).id, second.id);
  EXPECT_THAT(trail(second.id).event, HasSubstr(R"("views":"2")"));
  EXPECT_EQ(trail(second.id).body, R"({"raw":{"views":"2"}})");
}

TEST_F(Revisions, AfterALostAnswerARecordIsStillKnownByItsId) {
  submit(revision(R"({"views":"1"})"));
  const Entry kept = revision(R"({"views":"2"})");
  submit(Entry(kept));
  submit(revision(R"({"views":"3"})"));
  submit(revision(R"({"views":"3"})", R"({"title":"u")"));
  EXPECT_EQ(submit(Entry(kept)).status, Status::accepted);
  EXPECT_EQ(counts().owed, 3u);
}

/// Rule: what comes again under an id that was answered takes nothing back.
TEST_F(Revisions, AnAnsweredIdThatComesAgainLeavesALaterUpdateInPlace) {
  submit(revision(R"({"views":"1"})"));
  const Entry kept = revision(R"({"views":"2"})");
  submit(Entry(kept));
  EXPECT_EQ(submit(revision(R"({"views":"3"})")).id, kept.record->id);
  Submission again{{kept}, {}, true};
  ASSERT_TRUE(trySubmit(std::move(again)).ok());
  EXPECT_THAT(trail(kept.record->id).event, HasSubstr(R"("views":"3")"));
  EXPECT_EQ(trail(kept.record->id).body, R"({"raw":{"views":"3"}})");
  EXPECT_TRUE((*raw()->call({"KEYS", "{lq}:again:*"}))->items.empty());
}

/// Rule: a lease's event is the one that is stored.
TEST_F(Revisions, AnAnsweredIdIsLeasedWithWhatItsRecordSaysNow) {
  submit(revision(R"({"views":"1"})"));
  const Entry kept = revision(R"({"views":"2"})");
  submit(Entry(kept));
  submit(revision(R"({"views":"3"})"));
  settle(lease().at(0));
  const auto taker = std::make_shared<test::CalledTaker>();
  taker->onDemand = [] { return Taker::Demand{10, 1h}; };
  taker->onTake = [](auto leases) { EXPECT_TRUE(leases.ok() && leases->empty()); };
  takers_->set("province", taker);
  ASSERT_TRUE(trySubmit({{kept}, {}, true}).ok());
  const std::vector<Lease> leases = lease();
  ASSERT_EQ(leases.size(), 1u);
  EXPECT_THAT(leases[0].event, HasSubstr(R"("views":"3")"));
}

/// Rule: only what is accepted stays.
TEST_F(Revisions, WhatIsNotAcceptedLeavesNoContent) {
  const Entry first = record("k", "S-9", "1", "one");
  submit(Entry(first));
  submit(record("k", "S-9", "1", "one"));
  submit(record("k", "S-9", "1", "other"));
  for (const bool gone : {false, true}) {
    if (gone) {
      ASSERT_EQ((*raw()->call({"DEL", "{lq}:rec:" + first.record->id}))->integer, 1);
    }
    ASSERT_TRUE(trySubmit({{first}, {}, true}).ok());
    ASSERT_TRUE(trySubmit({{record("k", "S-9", "1", "one")}, {}, true}).ok());
    const auto redis = raw();
    const auto kept = redis->call({"KEYS", "{lq}:rec:*"});
    EXPECT_EQ((*kept)->items.size(), gone ? 0u : 1u);
    EXPECT_TRUE((*redis->call({"KEYS", "{lq}:again:*"}))->items.empty());
  }
}

TEST_F(Revisions, WhatWasBeforeACounterGoesOutOnceThatIsReleased) {
  submit(revision(R"({"views":"1"})"));
  submit(revision(R"({"views":"2"})"));
  submit(revision(R"({"views":"3"})"));
  (void)queue_->records().release("hotline", "views");
  EXPECT_EQ(submit(revision(R"({"views":"2"})")).status, Status::accepted);
  EXPECT_EQ(submit(revision(R"({"views":"2"})")).status, Status::duplicate);
}

TEST_F(Revisions, PathsThatAreHeldAreBounded) {
  const auto redis = raw();
  for (int i = 0; i < 1000; ++i)
    ASSERT_TRUE(redis->call({"HSET", "{lq}:held", "other p" + std::to_string(i), "1"}).ok());
  submit(revision(R"({"views":"1"})"));
  submit(revision(R"({"views":"2"})"));
  EXPECT_EQ(submit(revision(R"({"views":"3"})")).status, Status::accepted);
}

/// Rule: an upgraded 0.1 floods nobody. What its ledger knows is compared by its own rule.
TEST_F(Revisions, WhatThe01HasTakenIsADuplicateByItsOwnRule) {
  formerLedger("S-1", "c:0123abcd", "01OLDRECORD 0123abcd");
  const ItemVerdict same = submit(asNow("S-1", "", "0123abcd"));
  EXPECT_EQ(same.status, Status::duplicate);
  EXPECT_EQ(same.id, "01OLDRECORD");
  EXPECT_EQ(submit(asNow("S-1", "", "0123abcd")).id, "01OLDRECORD");
  EXPECT_TRUE(lease().empty());
  EXPECT_EQ(submit(asNow("S-1", "", "other")).status, Status::accepted);
}

TEST_F(Revisions, TheSameHoldsWithoutASourceIdAndWithRevisions) {
  formerLedger("#0123abcd", "c:0123abcd", "01OLDRECORD 0123abcd");
  EXPECT_EQ(submit(asNow("", "", "0123abcd")).id, "01OLDRECORD");
  formerLedger("S-2", "r:7", "01OLDREVISION 4567cdef");
  EXPECT_EQ(submit(asNow("S-2", "7", "4567cdef")).id, "01OLDREVISION");
  EXPECT_EQ(submit(asNow("S-2", "7", "changed")).status, Status::quarantined);
  EXPECT_EQ(submit(asNow("S-2", "7", "")).id, "01OLDREVISION") << "once nobody knows the old rule";
  EXPECT_TRUE(lease().empty());
}

TEST_F(Revisions, ComparesByTheFormerRuleOnlyWhereA01Was) {
  EXPECT_FALSE(queue_->submissions().comparesFormer()) << "made by this version";
  ASSERT_TRUE(raw()->call({"DEL", "{lq}:former"}).ok());  // as 0.1 left it
  reopen();
  EXPECT_TRUE(queue_->submissions().comparesFormer());
  reopen();
  EXPECT_TRUE(queue_->submissions().comparesFormer()) << "also after another start";
  clock_.jumpWall(retention_.duplicates + std::chrono::hours(25));
  EXPECT_FALSE(queue_->submissions().comparesFormer()) << "its ledger is forgotten";
}

}  // namespace
}  // namespace lianqiao::queue
