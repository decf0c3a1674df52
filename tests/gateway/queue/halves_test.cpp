// Redis undoes nothing where a script ends half-way. The rule: whatever command of it Redis
// refuses, what its sender sends again is delivered once to each peer it is owed to, in order,
// under one id; what nobody sends again is delivered once or not at all.
#include "halves.h"

#include <thread>

namespace lianqiao::queue {
namespace {

using Status = ItemVerdict::Status;
TEST_F(Halves, WhatIsSentAgainAfterAnyCommandFailedIsDeliveredOnceInOrder) {
  int n = 1;
  for (bool ended = true; ended && n < 300; ++n) {
    const std::string name = "n" + std::to_string(1000 + n);
    ended = endsAt(n, group(name));
    const auto verdicts = submit(group(name));
    ASSERT_EQ(verdicts.size(), 6u) << n;
    Seen seen;
    deliver(seen);
    EXPECT_EQ(countOf(seen), kOwed) << "command " << n;
    expectOnceAndInOrder(seen, n);
    expectNothingLeft(n);
    EXPECT_EQ(quarantinedCount(), static_cast<std::size_t>(n))
        << "what was quarantined is seen once";
    expectNoneCountedTwice(n);
  }
  EXPECT_GT(n, 30) << "the script has fewer commands than it needs";
}

TEST_F(Halves, TheSameIdsAgainAreCompletedToo) {
  for (int n = 1; n < 300; ++n) {
    const auto entries = group("n" + std::to_string(1000 + n));
    const bool ended = endsAt(n, entries);
    for (const ItemVerdict& verdict : submit(std::vector<Entry>(entries)))
      EXPECT_NE(verdict.status, Status::duplicate) << n;
    EXPECT_EQ(quarantinedCount(), static_cast<std::size_t>(n));
    Seen seen;
    deliver(seen);
    EXPECT_EQ(countOf(seen), kOwed) << "command " << n;
    expectOnceAndInOrder(seen, n);
    expectNothingLeft(n);
    if (!ended) break;
  }
}

// As a spool or a person sends it again: under ids that may be there.
TEST_F(Halves, AnsweredIdsAgainAreCompletedToo) {
  for (int n = 1; n < 300; ++n) {
    const auto entries = group("n" + std::to_string(1000 + n));
    const bool ended = endsAt(n, entries, n % 2 == 0);
    ASSERT_TRUE(trySubmit({entries, {}, true}).ok()) << n;
    Seen seen;
    deliver(seen);
    EXPECT_EQ(countOf(seen), kOwed) << "command " << n;
    expectOnceAndInOrder(seen, n);
    expectNothingLeft(n);
    EXPECT_TRUE((*raw()->call({"KEYS", "{lq}:again:*"}))->items.empty()) << n;
    if (!ended) break;
  }
}

TEST_F(Halves, WhatGoesToNobodyIsNotKeptForGood) {
  for (int n = 1; n < 100; ++n) {
    const std::string name = "n" + std::to_string(1000 + n);
    const std::vector<Entry> entries = {record(name, name, "", name, {}), group(name)[0]};
    const bool ended = endsAt(n, entries);
    ASSERT_TRUE(trySubmit({entries, {}, true}).ok()) << n;
    const std::string stored = "{lq}:rec:" + entries[0].record->id;
    EXPECT_GT((*raw()->call({"PTTL", stored}))->integer, 0) << "command " << n;
    if (!ended) break;
  }
}

// The group goes again under its ids: what it had stored keeps its mark, and how many still wait.
TEST_F(Halves, AGroupThatEndsBehindItsLedgerAndGoesAgainChangesNothing) {
  const auto redis = raw();
  Entry first = record("k", "S-1", "", "S-1", {"province", "city"});
  Entry step = record("order", "S-2", "", "S-2");
  step.record->type = "work_order_step";
  step.record->lifeOf = "work_order";
  step.record->step = "dispatched";
  step.record->happened = record::Happened{clock_.wall() - 5min, 1s};
  submit(std::move(step));
  Entry late = record("order", "S-3", "", "S-3");
  late.record->type = "work_order_step";
  late.record->lifeOf = "work_order";
  late.record->step = "replied";
  late.record->happened = record::Happened{clock_.wall() - 60min, 1s};
  const std::string id = first.record->id, lateId = late.record->id;
  ASSERT_TRUE(redis->call({"RENAME", "{lq}:peers", "aside"}).ok());
  ASSERT_TRUE(redis->call({"SET", "{lq}:peers", "x"}).ok());
  std::vector<Entry> entries;
  entries.push_back(std::move(first));
  entries.push_back(std::move(late));
  EXPECT_FALSE(trySubmit({std::move(entries), {}}).ok());
  EXPECT_EQ((*redis->call({"HGET", "{lq}:rec:" + id, "o"}))->text, "2");
  EXPECT_THAT(std::string((*redis->call({"HGET", "{lq}:rec:" + lateId, "e"}))->text),
              ::testing::StartsWith(R"({"late":true,)"));
  EXPECT_TRUE((*redis->call({"KEYS", "{lq}:again:*"}))->items.empty());
}

// Shown in a review: the record of an id that the ledger named was deleted.
TEST_F(Halves, WhatTheLedgerNamesStaysWhenItsRepetitionFails) {
  const auto redis = raw();
  const Entry entry = record("k", "S-1", "1", "S-1");
  submit(Entry(entry));
  ASSERT_TRUE(redis->call({"RENAME", "{lq}:busy:province", "aside"}).ok());
  ASSERT_TRUE(redis->call({"SET", "{lq}:busy:province", "x"}).ok());
  EXPECT_FALSE(trySubmit({{entry}, {}}).ok());
  EXPECT_FALSE(trySubmit({{entry}, {}, true}).ok());
  EXPECT_EQ((*redis->call({"EXISTS", "{lq}:rec:" + entry.record->id}))->integer, 1);
  ASSERT_TRUE(redis->call({"RENAME", "aside", "{lq}:busy:province"}).ok());
  EXPECT_EQ(lease().size(), 1u);
}

TEST_F(Halves, AForeignKeyInARecordsPlaceFailsThatRecordAndStays) {
  const auto redis = raw();
  const Entry entry = record("k", "S-1", "1", "S-1");
  const std::string place = "{lq}:rec:" + entry.record->id;
  for (const bool answered : {false, true}) {
    ASSERT_TRUE(redis->call({"SET", place, "foreign"}).ok());
    const auto refused = trySubmit({{entry}, {}, answered});
    ASSERT_FALSE(refused.ok());
    EXPECT_THAT(refused.error().detail, ::testing::HasSubstr(place));
    EXPECT_EQ((*redis->call({"GET", place}))->text, "foreign");
    ASSERT_TRUE(redis->call({"DEL", place}).ok());
  }
  EXPECT_EQ(submit(Entry(entry)).status, Status::accepted);
  EXPECT_EQ(lease().size(), 1u);
}

TEST_F(Halves, TheSameAnsweredIdTwiceInAGroupIsOneRecord) {
  const Entry entry = record("k", "S-1", "1", "S-1");
  ASSERT_TRUE(trySubmit({{entry, entry}, {}, true}).ok());
  EXPECT_EQ(lease().size(), 1u);
  EXPECT_TRUE((*raw()->call({"KEYS", "{lq}:again:*"}))->items.empty());
}

TEST_F(Halves, TheSweepAndARepetitionDeliverOnceUnderOneId) {
  for (int n = 1; n < 300; ++n) {
    const std::string name = "n" + std::to_string(1000 + n);
    const bool ended = endsAt(n, group(name));
    Seen seen;
    if (n % 3 == 0) mendAll();
    if (n % 2 == 0) deliver(seen);
    {
      const std::jthread sweep([&] { mendAll(); });
      submit(group(name));
    }
    mendAll();
    deliver(seen);
    EXPECT_EQ(countOf(seen), kOwed) << "command " << n;
    expectOnceAndInOrder(seen, n);
    expectNothingLeft(n);
    if (!ended) break;
  }
}

TEST_F(Halves, WhatNobodySendsAgainIsDeliveredOnceOrNotAtAll) {
  for (int n = 1; n < 300; ++n) {
    const bool ended = endsAt(n, group("n" + std::to_string(1000 + n)));
    mendAll();
    Seen seen;
    deliver(seen);
    expectOnceAndInOrder(seen, n);
    expectNothingLeft(n);
    if (!ended) {
      EXPECT_EQ(countOf(seen), kOwed);
      break;
    }
  }
}

TEST_F(Halves, NoContentStaysBehindThatTheLedgerDoesNotName) {
  for (int n = 1; n < 300; ++n) {
    const std::string name = "n" + std::to_string(1000 + n);
    const auto entries = group(name);
    const bool ended = endsAt(n, entries);
    const auto redis = raw();
    for (const Entry& entry : entries) {
      if (!entry.record) continue;
      const bool stored = (*redis->call({"EXISTS", "{lq}:rec:" + entry.record->id}))->integer == 1;
      const bool named =
          (*redis->call({"EXISTS", "{lq}:dup:hotline:" + entry.record->sourceId}))->integer == 1;
      EXPECT_EQ(stored, named) << entry.record->sourceId << " at " << n;
    }
    if (!ended) break;
  }
}

TEST_F(Halves, TheCursorMovesOnlyWithWhatItStandsBehind) {
  for (int n = 1; n < 300; ++n) {
    const bool ended = endsAt(n, group("n" + std::to_string(1000 + n)));
    const auto cursor = queue_->pollRights().cursor("hotline");
    ASSERT_TRUE(cursor.ok());
    EXPECT_EQ(*cursor, ended ? "" : "c" + std::to_string(n));
    if (!ended) break;
  }
}

TEST_F(Halves, AStepThatWasCompletedHasMovedItsOrder) {
  for (int n = 1; n < 300; ++n) {
    const std::string name = "n" + std::to_string(1000 + n);
    const bool ended = endsAt(n, group(name));
    submit(group(name));
    const auto redis = raw();
    EXPECT_EQ(stateOf("order-" + name), "signed") << n;
    if (!ended) break;
  }
}

TEST_F(Halves, WhatHasGoneByRetentionStaysADuplicate) {
  const ItemVerdict first = submit(record("k", "S-1", "1"));
  settle(lease().at(0));
  const auto redis = raw();
  ASSERT_EQ((*redis->call({"DEL", "{lq}:rec:" + first.id}))->integer, 1);
  const ItemVerdict again = submit(record("k", "S-1", "1"));
  EXPECT_EQ(again.status, Status::duplicate);
  EXPECT_EQ(again.id, first.id);
  EXPECT_EQ(mend("province"), 0);
  EXPECT_TRUE(lease().empty());
}

TEST_F(Halves, AKeyOfAnotherKindRefusesTheGroupAndLosesNothing) {
  const auto redis = raw();
  int n = 0;
  for (const std::string kind :
       {"dup:hotline:@-1", "life:order-@", "known:order-@", "open:province", "open:city",
        "busy:province", "wait:province:@", "ready:province:n", "ready:province:h", "peers",
        "count:province", "count:hotline", "same:hotline", "excs", "excn", "rights"}) {
    const std::string name = "k" + std::to_string(100 + ++n);
    std::string key = "{lq}:" + kind;
    if (const std::size_t at = key.find('@'); at != std::string::npos) key.replace(at, 1, name);
    (void)redis->call({"RENAME", key, "aside"});
    // a list is none of those kinds but of the lines'
    const bool list = kind.starts_with("wait") || kind.starts_with("ready");
    const auto planted = list ? redis->call({"SET", key, "x"}) : redis->call({"RPUSH", key, "x"});
    ASSERT_TRUE(planted.ok()) << kind;
    const auto refused = trySubmit({group(name), {}});
    EXPECT_EQ(refused.ok(), kind.starts_with("count")) << kind << ": figures hold nobody up";
    (void)redis->call({"DEL", key});
    (void)redis->call({"RENAME", "aside", key});
    submit(group(name));
    Seen seen;
    deliver(seen);
    EXPECT_EQ(countOf(seen), kOwed) << kind;
    expectOnceAndInOrder(seen, n);
    expectNothingLeft(n);
  }
}

TEST_F(Halves, TheSweepLinesUpWhatNobodySendsAgain) {
  const auto redis = raw();
  ASSERT_TRUE(redis->call({"SET", "{lq}:busy:province", "x"}).ok());
  EXPECT_FALSE(trySubmit({group("k"), {}}).ok());
  ASSERT_TRUE(redis->call({"DEL", "{lq}:busy:province"}).ok());
  EXPECT_TRUE(lease().empty());
  clock_.pass(30s);
  EXPECT_EQ(leaseSoon(1, "province").size(), 1u);
  const auto told = ::testing::Contains(::testing::HasSubstr("stood in no line"));
  EXPECT_TRUE(test::eventually([&] { return ::testing::Matches(told)(log_.all()); }))
      << ::testing::PrintToString(log_.all());
}

// What any step of a delivery leaves half done, its lapse and the sweep finish.
TEST_F(Halves, ALeaseThatEndsAtAnyCommandGivesEverythingInTheEnd) {
  for (int n = 1; n < 100; ++n) {
    submit(group("n" + std::to_string(1000 + n)));
    const auto redis = raw();
    redis::RedisCommand command;
    beginText(command, failingAt(Script::lease, n), Keys("lq"), 4);
    for (const char* word : {"province", "100", "1717000000000", "gone.0 1.1"}) command.word(word);
    const auto reply = redis->exchange(command);
    ASSERT_TRUE(reply.ok());
    const bool ended = reply->back()->isError();
    lapseAll();
    mendAll();
    Seen seen;
    deliver(seen);
    EXPECT_EQ(countOf(seen), kOwed) << "command " << n;
    expectOnceAndInOrder(seen, n);
    expectNothingLeft(n);
    if (!ended) break;
  }
}

// What was handed out by then is lost with the answer: it lapses.
TEST_F(Halves, AnAcceptThatHandsOutAndEndsAtAnyCommandGivesEverythingInTheEnd) {
  for (int n = 1; n < 200; ++n) {
    const std::vector<Entry> entries = group("n" + std::to_string(1000 + n));
    const auto redis = raw();
    const redis::RedisReply* reply =
        runAccept(*redis, failingAt(Script::accept, n), entries, nullptr, false, "province");
    ASSERT_NE(reply, nullptr);
    const bool ended = reply->isError();
    ASSERT_TRUE(trySubmit({entries, {}, true}).ok());
    lapseAll();
    mendAll();
    Seen seen;
    deliver(seen);
    EXPECT_EQ(countOf(seen), kOwed) << "command " << n;
    expectOnceAndInOrder(seen, n);
    expectNothingLeft(n);
    if (!ended) return;
  }
  FAIL() << "it never went through";
}

TEST_F(Halves, ARequeueThatEndsAtAnyCommandIsFinishedByTheNext) {
  for (int n = 1; n < 100; ++n) {
    const std::string name = "n" + std::to_string(1000 + n);
    submit(record(name, name, "", name));
    settle(lease().at(0), Settlement::Kind::buried);
    review::ExceptionFilter filter;
    const auto found = queue_->records().exceptions(filter);
    ASSERT_TRUE(found.ok() && found->size() == 1) << n;
    const std::string id = found->front().id;
    redis::RedisCommand command;
    beginText(command, failingAt(Script::requeue, n), Keys("lq"), 5);
    for (const std::string& word : {id, std::string("1717000000000"), std::string("100000"),
                                    std::string("1000 v1"), std::string("a clerk")})
      command.word(word);
    const auto redis = raw();
    const bool ended = redis->exchange(command)->back()->isError();
    (void)queue_->records().requeue(id, "");
    mendAll();
    Seen seen;
    deliver(seen);
    EXPECT_EQ(countOf(seen), 1u) << "command " << n;
    expectNothingLeft(n);
    EXPECT_EQ(queue_->records().exceptions(filter)->size(), 0u) << n;
    if (!ended) break;
  }
}

TEST_F(Halves, AnUntouchedQueueHasNothingToMend) {
  submitMany(20, 5);
  settle(lease(5).at(0), Settlement::Kind::retry, {}, 1h);
  const auto before = depth();
  EXPECT_EQ(mend("province"), 0);
  EXPECT_EQ(depth().waiting, before.waiting);
  EXPECT_EQ(drain().size(), 15u) << "one waits for its retry, four are leased elsewhere";
}

}  // namespace
}  // namespace lianqiao::queue
