#include "half_script.h"
#include "support/queue_fixture.h"

namespace lianqiao::queue {
namespace {

/// The two forms of a ledger (FORMAT.md, "Duplicates"): one entry is a string, more are a hash.
class Ledger : public QueueTest {
 protected:
  std::string kind() { return text({"TYPE", "{lq}:dup:hotline:S-1"}); }
  std::string text(std::initializer_list<std::string_view> words) {
    redis::RedisCommand command;
    command.add(words);
    return std::string((*raw()->call(command))->text);
  }
  std::string firstIdOf(const std::string& revision, const std::string& fingerprint) {
    return submit(record("k", "S-1", revision, fingerprint)).id;
  }
  std::vector<std::string> known() {
    std::vector<std::string> revisions;
    const auto known = queue_->records().revisions("hotline", "S-1", "");
    for (const review::KnownRevision& one : *known)
      revisions.push_back(one.revision + "=" + one.fingerprint);
    return revisions;
  }
};

TEST_F(Ledger, OfOneEntryIsAStringAndKnowsTheThing) {
  const std::string first = firstIdOf("", "one");
  EXPECT_EQ(kind(), "string");
  EXPECT_EQ(firstIdOf("", "one"), first);
  EXPECT_EQ(kind(), "string");
  EXPECT_EQ(counts("hotline").duplicates, 1u);
  EXPECT_THAT(known(), ::testing::ElementsAre("=2:one"));
  ASSERT_EQ(queue_->records().trail("S-1")->size(), 1u);
}

TEST_F(Ledger, OfTwoEntriesIsAHashAndKnowsBoth) {
  const std::string first = firstIdOf("1", "one");
  const std::string second = firstIdOf("2", "two");
  EXPECT_EQ(kind(), "hash");
  EXPECT_NE(first, second);
  EXPECT_EQ(firstIdOf("1", "one"), first);
  EXPECT_EQ(firstIdOf("2", "two"), second);
  EXPECT_EQ(firstIdOf("3", "three"), firstIdOf("3", "three"));
  EXPECT_THAT(known(), ::testing::ElementsAre("1=2:one", "2=2:two", "3=2:three"));
  ASSERT_EQ(queue_->records().trail("S-1")->size(), 3u);
  EXPECT_TRUE((*raw()->call({"KEYS", "{lq}:unfold*"}))->items.empty());
}

TEST_F(Ledger, TheSameRevisionWithOtherContentIsAConflictInBothForms) {
  firstIdOf("1", "one");
  EXPECT_EQ(submit(record("k", "S-1", "1", "other")).status, ItemVerdict::Status::quarantined);
  firstIdOf("2", "two");
  EXPECT_EQ(submit(record("k", "S-1", "2", "other")).status, ItemVerdict::Status::quarantined);
}

TEST_F(Ledger, WithinOneGroupBothFormsAreOne) {
  std::vector<Entry> entries;
  for (const char* fingerprint : {"one", "two", "one", "two", "three"})
    entries.push_back(record("k", "S-1", "", fingerprint));
  submit(std::move(entries));
  EXPECT_EQ(counts("hotline").accepted, 3u);
  EXPECT_EQ(counts("hotline").duplicates, 2u);
  EXPECT_THAT(known(), ::testing::UnorderedElementsAre("=2:one", "=2:two", "=2:three"));
}

TEST_F(Ledger, KnowsTheTimeOfItsFirstRevision) {
  const auto at = [&](const char* fingerprint, std::chrono::minutes ago) {
    Entry entry = record("k", "S-1", "", fingerprint);
    entry.record->happened = record::Happened{clock_.wall() - ago, 1s};
    return entry;
  };
  submit(at("one", 10min));
  EXPECT_EQ(kind(), "string");
  EXPECT_TRUE(queue_->records().revisions("hotline", "S-1", "")->at(0).happened);
  submit(at("former", 60min));
  settle(lease().at(0));
  EXPECT_THAT(lease().at(0).event, ::testing::StartsWith(R"({"late":true,)"));
}

TEST_F(Ledger, LivesAsLongAsItsSettingInBothForms) {
  firstIdOf("1", "one");
  const long long whole = retention_.duplicates.count();
  EXPECT_GT((*raw()->call({"PTTL", "{lq}:dup:hotline:S-1"}))->integer, whole - 60'000);
  firstIdOf("2", "two");
  EXPECT_GT((*raw()->call({"PTTL", "{lq}:dup:hotline:S-1"}))->integer, whole - 60'000);
}

// Wherever the script ends when the second entry comes, the first stays known.
TEST_F(Ledger, AnUnfoldingThatEndsAtAnyCommandForgetsNothing) {
  for (int n = 1; n < 60; ++n) {
    const std::string thing = "T-" + std::to_string(n);
    const std::string first = submit(record(thing, thing, "1", "one")).id;
    const Entry second = record(thing, thing, "2", "two");
    const auto redis = raw();
    const redis::RedisReply* reply = runAccept(*redis, failingAt(Script::accept, n), {second});
    ASSERT_NE(reply, nullptr);
    const bool ended = reply->isError();
    EXPECT_EQ(submit(record(thing, thing, "1", "one")).id, first) << "command " << n;
    const std::string id = submit(record(thing, thing, "2", "two")).id;
    EXPECT_NE(id, first) << "command " << n;
    EXPECT_EQ(submit(record(thing, thing, "2", "two")).id, id) << "command " << n;
    if (!ended) return;
  }
  FAIL() << "it never went through";
}

// Rule: what a person has to look at stays as it is, whatever comes again.
TEST_F(Ledger, ARecordThatAnExceptionKeepsOutlivesItsLedger) {
  const Entry sent = record("k", "S-1", "1", "one");
  const std::string id = submit(Entry(sent)).id;
  settle(lease().at(0), Settlement::Kind::buried);
  ASSERT_EQ((*raw()->call({"DEL", "{lq}:dup:hotline:S-1"}))->integer, 1);
  ASSERT_TRUE(trySubmit({{sent}, {}, true}).ok());
  EXPECT_THAT(text({"HGET", "{lq}:rec:" + id, "d:province"}), ::testing::StartsWith("b "));
  EXPECT_TRUE(lease().empty());
  EXPECT_TRUE((*raw()->call({"KEYS", "{lq}:again:*"}))->items.empty());
}

// A ledger of one entry is a string, and whole: nobody is told to delete it.
TEST_F(Ledger, IsNotBlamedForAnotherKey) {
  firstIdOf("1", "one");
  ASSERT_TRUE(raw()->call({"SET", "{lq}:excs", "foreign"}).ok());
  const auto refused = trySubmit({{record("k", "S-1", "1", "other")}, {}});
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().detail, ::testing::HasSubstr("{lq}:excs is a string"));
}

// As a process leaves it that ends before it could load the scripts again.
TEST_F(Ledger, LearnsOfContentThatWasNeverAccepted) {
  const Entry sent = record("k", "S-1", "1", "one");
  {
    const auto redis = raw();
    redis::RedisCommand content;
    addContent(content, Keys("lq"), sent, clock_.wall(), false);
    ASSERT_TRUE(redis->call(content).ok());
  }
  ASSERT_TRUE(trySubmit({{sent}, {}, true}).ok());
  EXPECT_EQ(firstIdOf("1", "one"), sent.record->id);
  EXPECT_EQ(counts("hotline").accepted, 1u);
  EXPECT_EQ(lease().size(), 1u);
}

// Of a key that is none of ours, the person who asks hears.
TEST_F(Ledger, ThatIsDamagedIsNotTakenForAnEmptyOne) {
  firstIdOf("1", "one");
  ASSERT_EQ((*raw()->call({"DEL", "{lq}:dup:hotline:S-1"}))->integer, 1);
  ASSERT_TRUE(raw()->call({"RPUSH", "{lq}:dup:hotline:S-1", "foreign"}).ok());
  EXPECT_FALSE(queue_->records().revisions("hotline", "S-1", "").ok());
  EXPECT_FALSE(queue_->records().trail("S-1").ok());
}

// Layout 1 had hashes alone.
TEST_F(Ledger, WhatLayout1WroteIsKnownAfterTheStart) {
  const std::string first = firstIdOf("1", "one");
  {
    const auto redis = raw();
    ASSERT_TRUE(redis->call({"DEL", "{lq}:dup:hotline:S-1"}).ok());
    ASSERT_TRUE(redis->call({"HSET", "{lq}:dup:hotline:S-1", "r:1", first + " 2:one"}).ok());
    ASSERT_TRUE(redis->call({"PEXPIRE", "{lq}:dup:hotline:S-1", "600000"}).ok());
    ASSERT_TRUE(redis->call({"SET", "{lq}:format", "1"}).ok());
    // At its limit Redis refuses a plain SET.
    ASSERT_TRUE(redis->call({"CONFIG", "SET", "maxmemory", "1"}).ok());
  }
  reopen();
  ASSERT_TRUE(raw()->call({"CONFIG", "SET", "maxmemory", "0"}).ok());
  EXPECT_EQ(text({"GET", "{lq}:format"}), "2");
  EXPECT_EQ(firstIdOf("1", "one"), first);
  const std::vector<Lease> leases = lease();
  ASSERT_EQ(leases.size(), 1u);
  EXPECT_EQ(leases.front().recordId, first) << "what waited goes out";
}

}  // namespace
}  // namespace lianqiao::queue
