// What was delivered is owed again by a person's word: in the order of its key, once, whatever
// ends half-way and whoever else does it, and the trail says who and why.
#include "review/resend_lists.h"

#include "gateway/queue/half_script.h"
#include "support/queue_fixture.h"

namespace lianqiao::review {
namespace {

using Kind = queue::Settlement::Kind;
using Cause = ResendVerdict::Cause;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

class Resends : public queue::QueueTest {
 protected:
  std::string listOf(const std::vector<ListedDelivery>& deliveries, bool again = false,
                     bool asNew = false, const std::string& by = "wang") {
    const std::string id = ids_.next();
    EXPECT_TRUE(lists().make(id, {by, "they lost it", asNew, again, "3 ids"}).ok());
    const auto added = lists().add(id, deliveries);
    EXPECT_TRUE(added.ok()) << (added.ok() ? "" : added.error().detail);
    return id;
  }
  std::string listOf(const std::string& record) { return listOf({{record, "province"}}); }
  ResendLists& lists() { return queue_->resends(); }
  ResendStep run(const std::string& list, std::size_t most = 100) {
    const auto step = lists().run(list, most, {});
    EXPECT_TRUE(step.ok() && step->has_value()) << (step.ok() ? "no list" : step.error().detail);
    return step.ok() && *step ? **step : ResendStep();
  }
  Cause causeOf(const std::string& list) {
    const ResendStep step = run(list);
    EXPECT_EQ(step.verdicts.size(), 1u);
    return step.verdicts.empty() ? Cause::failed : step.verdicts[0].cause;
  }
  std::string deliver(const std::string& key, const std::string& receipt = {}) {
    const std::string id = submit(record(key, key + ids_.next())).id;
    settle(lease().at(0), Kind::delivered, receipt);
    return id;
  }
  /// What resend.lua does, but its n-th command ends it. False: it went through.
  bool endsAt(int n, const std::string& list) {
    redis::RedisCommand command;
    queue::beginText(command, queue::failingAt(queue::Script::resend, n), queue::Keys("lq"), 7);
    for (const std::string& word :
         {list, std::string("100"), std::string("1717000000000"), std::string("600000"),
          std::string("1000 v1"), std::string(), std::string()})
      command.word(word);
    const auto redis = raw();
    const auto replies = redis->exchange(command);
    if (replies->back()->isError()) return true;
    // What is wrong with one delivery is told of that one.
    for (const redis::RedisReply& word : replies->back()->items[3].items)
      if (word.text.starts_with("failed")) return true;
    return false;
  }
};

TEST_F(Resends, WhatWasDeliveredIsOwedAgainAndTheTrailSaysWhoAndWhy) {
  const std::string id = deliver("k", "R-1");
  clock_.pass(80h);
  const ResendStep step = run(listOf(id));
  EXPECT_EQ(step.left, 0u);
  EXPECT_EQ(step.verdicts.at(0).cause, Cause::none);
  const TrailDelivery owed = trail(id).deliveries.at(0);
  EXPECT_EQ(owed.state, "waiting");
  ASSERT_EQ(owed.attempts.size(), 1u);
  EXPECT_THAT(owed.attempts[0],
              HasSubstr("deliver.resent by wang: they lost it (delivered before"));
  EXPECT_THAT(owed.attempts[0], HasSubstr("R-1"));
  const queue::Lease again = lease().at(0);
  EXPECT_EQ(again.recordId, id);
  EXPECT_EQ(again.attempt, 1);
  EXPECT_EQ(again.accepted, clock_.wall()) << "its age begins anew";
  EXPECT_EQ(again.newKey, "") << "the peer knows it by the same idempotency key";
  settle(again, Kind::delivered, "R-2");
  EXPECT_EQ(trail(id).deliveries.at(0).receipt, "R-2");
  EXPECT_EQ(trail("R-1").recordId, id) << "its first receipt still leads to it";
  EXPECT_EQ(counts().owed, 2u);
  EXPECT_EQ(counts().delivered, 2u);
  EXPECT_EQ(depth().waiting, 0u);
}

TEST_F(Resends, AsNewItHasAnIdempotencyKeyThatNobodyKnows) {
  const std::string id = deliver("k");
  const std::string list = listOf({{id, "province"}}, false, true);
  run(list);
  const queue::Lease again = lease().at(0);
  EXPECT_EQ(again.recordId, id);
  EXPECT_EQ(again.newKey, list);
}

// It goes behind what waits of its key, and those of one list in their own order.
TEST_F(Resends, ItNeverOvertakesWhatWaitsOfItsKey) {
  const std::string first = deliver("k"), second = deliver("k");
  const std::string waits = submit(record("k", "3")).id, last = submit(record("k", "4")).id;
  run(listOf({{second, "province"}, {first, "province"}}));
  std::vector<std::string> seen;
  for (auto leases = lease(); !leases.empty(); leases = lease()) {
    ASSERT_EQ(leases.size(), 1u) << "one of a key at a time";
    seen.push_back(leases[0].recordId);
    settle(leases[0]);
  }
  EXPECT_THAT(seen, ElementsAre(waits, last, first, second));
}

TEST_F(Resends, WhatIsNotDeliveredIsRefused) {
  const std::string waits = submit(record("a", "1")).id;
  EXPECT_EQ(causeOf(listOf(waits)), Cause::underWay);
  settle(lease().at(0), Kind::buried);
  const std::string exception = queue_->records().exceptions({})->at(0).id;
  const ResendStep step = run(listOf(waits));
  EXPECT_EQ(step.verdicts.at(0).cause, Cause::buried);
  EXPECT_EQ(step.verdicts.at(0).text, exception);
}

TEST_F(Resends, TheSecondIsToldWhoWasFirst) {
  const std::string id = deliver("k");
  const WallTime when = clock_.wall();
  run(listOf({{id, "province"}}, false, false, "li"));
  clock_.pass(1h);
  ResendStep step = run(listOf(id));
  EXPECT_EQ(step.verdicts.at(0).cause, Cause::resent) << "while it waits";
  settle(lease().at(0));
  step = run(listOf(id));
  EXPECT_EQ(step.verdicts.at(0).cause, Cause::resent) << "and after it was delivered";
  EXPECT_EQ(step.verdicts.at(0).since, when);
  EXPECT_EQ(step.verdicts.at(0).text, "li: they lost it");
  EXPECT_TRUE(lease().empty());
  EXPECT_EQ(run(listOf({{id, "province"}}, true)).verdicts.at(0).cause, Cause::none)
      << "it is wanted once more";
  EXPECT_EQ(lease().size(), 1u);
}

TEST_F(Resends, AListIsFrozenByItsFirstStepAndCarriedOutOnce) {
  std::vector<ListedDelivery> all;
  for (int i = 0; i < 5; ++i) all.push_back({deliver("k" + std::to_string(i)), "province"});
  const std::string list = listOf(all);
  EXPECT_EQ(*lists().add(list, {all[0]}), 5u) << "what is on it stands there once";
  EXPECT_EQ(run(list, 2).left, 3u);
  EXPECT_EQ(lists().add(list, all).error().code, "intake.malformed");
  const auto half = lists().list(list);
  ASSERT_TRUE(half.ok() && half->has_value());
  EXPECT_EQ((*half)->done, 2u);
  EXPECT_EQ((*half)->left(), 3u);
  EXPECT_EQ((*half)->wish.by, "wang");
  // Two people carry it out at once.
  std::vector<std::jthread> people;
  for (int i = 0; i < 4; ++i)
    people.emplace_back([&] {
      while (lists().run(list, 1, {})->value().left > 0) {
      }
    });
  people.clear();
  EXPECT_EQ(lists().list(list)->value().done, 5u);
  EXPECT_EQ(run(list).verdicts.size(), 0u);
  EXPECT_EQ(lease().size(), 5u);
  EXPECT_EQ(depth().leased, 5u) << "each once";
}

TEST_F(Resends, LookingChangesNothing) {
  const std::string done = deliver("a"), waits = submit(record("b", "1")).id;
  const std::string list =
      listOf({{done, "province"}, {waits, "province"}, {"01J0000000000000000000000Z", "city"}});
  const auto look = lists().look(list, {}, 100);
  ASSERT_TRUE(look.ok() && look->has_value());
  ASSERT_EQ((*look)->size(), 3u);
  std::map<std::string, Cause> causes;
  for (const ResendVerdict& one : **look) {
    EXPECT_FALSE(one.over);
    causes[one.delivery.record] = one.cause;
  }
  EXPECT_EQ(causes[done], Cause::none);
  EXPECT_EQ(causes[waits], Cause::underWay);
  EXPECT_EQ(causes["01J0000000000000000000000Z"], Cause::gone);
  EXPECT_EQ(trail(done).deliveries.at(0).state, "delivered");
  EXPECT_FALSE(lists().list(list)->value().begun);
  const auto second = lists().look(list, (**look)[0].delivery, 1);
  EXPECT_EQ(second->value().at(0).delivery, (**look)[1].delivery);
}

TEST_F(Resends, AStepStopsAtWhatIsGoneUntilItIsToldOfIt) {
  const std::string gone = deliver("k", "R-1"), next = deliver("k");
  const auto stored = queue_->journal()->records({gone});
  ASSERT_TRUE(raw()->call({"DEL", "{lq}:rec:" + gone}).ok());
  const std::string list = listOf({{gone, "province"}, {next, "province"}});
  const ResendStep step = run(list);
  ASSERT_TRUE(step.gone);
  EXPECT_EQ(step.gone->record, gone);
  EXPECT_EQ(step.left, 2u);
  EXPECT_TRUE(lease().empty());

  ResendKnowledge known{*step.gone,
                        KeptDelivery{**stored->data(), false, false, clock_.wall(), "R-1"}};
  const auto on = lists().run(list, 100, known);
  ASSERT_TRUE(on.ok() && on->has_value());
  EXPECT_EQ((*on)->left, 0u);
  const queue::Lease back = lease().at(0);
  EXPECT_EQ(back.recordId, gone);
  EXPECT_EQ(back.event, (*stored)[0]->event);
  EXPECT_EQ(back.key, "k");
  EXPECT_EQ(trail(gone).body, R"({"raw":"one"})");
  EXPECT_EQ((*raw()->call({"PTTL", "{lq}:rec:" + gone}))->integer, -1) << "while it is owed";
  settle(back);
  EXPECT_GT((*raw()->call({"PTTL", "{lq}:rec:" + gone}))->integer, 0);
  EXPECT_EQ(idsOf(lease()), std::vector{next});
}

TEST_F(Resends, WhatIsBroughtBackIsOwedToThatPeerAlone) {
  const std::string gone = submit(record("k", "1", "", "one", {"province", "city"})).id;
  settle(lease().at(0));
  settle(lease(100, "city").at(0));
  const auto stored = queue_->journal()->records({gone});
  ASSERT_TRUE(raw()->call({"DEL", "{lq}:rec:" + gone}).ok());
  const std::string list = listOf({{gone, "province"}, {gone, "city"}});
  std::optional<ResendKnowledge> known;
  for (int i = 0; i < 3; ++i) {
    const auto step = lists().run(list, 100, known);
    ASSERT_TRUE(step.ok() && step->has_value());
    if (!(*step)->gone) break;
    known = ResendKnowledge{*(*step)->gone,
                            KeptDelivery{**stored->data(), false, false, clock_.wall(), ""}};
    EXPECT_EQ(lease(100, "province").size(), 0u);
  }
  EXPECT_EQ(lists().list(list)->value().done, 2u);
  const auto first = lease(100, "city"), second = lease(100, "province");
  ASSERT_EQ(first.size(), 1u);
  ASSERT_EQ(second.size(), 1u);
  settle(first[0]);
  EXPECT_EQ((*raw()->call({"PTTL", "{lq}:rec:" + gone}))->integer, -1) << "one is still owed it";
  settle(second[0]);
  EXPECT_GT((*raw()->call({"PTTL", "{lq}:rec:" + gone}))->integer, 0);
  EXPECT_EQ(trail(gone).deliveries.size(), 2u);
}

TEST_F(Resends, WhatNobodyHasIsRefusedAndTheRestGoesOn) {
  const std::string gone = "01HZ0000000000000000000000", there = deliver("k");
  const std::string list = listOf({{gone, "province"}, {there, "province"}});
  ASSERT_TRUE(run(list).gone);
  const auto on = lists().run(list, 100, ResendKnowledge{{gone, "province"}, {}, Cause::erased});
  ASSERT_TRUE(on.ok() && on->has_value());
  ASSERT_EQ((*on)->verdicts.size(), 2u);
  EXPECT_EQ((*on)->verdicts[0].cause, Cause::erased);
  EXPECT_EQ((*on)->verdicts[1].cause, Cause::none);
  const auto look = lists().look(list, {}, 100);
  EXPECT_EQ(look->value().at(0).cause, Cause::erased) << "it is remembered";
  EXPECT_TRUE(look->value().at(0).over);
}

TEST_F(Resends, WhatIsWrongWithOneHoldsUpNoOther) {
  const std::string bad = deliver("a"), good = deliver("b");
  ASSERT_TRUE(raw()->call({"DEL", "{lq}:rec:" + bad}).ok());
  ASSERT_TRUE(raw()->call({"SET", "{lq}:rec:" + bad, "no hash"}).ok());
  const ResendStep step = run(listOf({{bad, "province"}, {good, "province"}}));
  ASSERT_EQ(step.verdicts.size(), 2u);
  EXPECT_EQ(step.verdicts[0].cause, Cause::failed);
  EXPECT_THAT(step.verdicts[0].text, HasSubstr("WRONGTYPE"));
  EXPECT_EQ(step.verdicts[1].cause, Cause::none);
}

// Whatever command Redis refuses: gone on with, each is delivered once more and no more, in order.
TEST_F(Resends, AStepThatEndsAnywhereIsGoneOnWith) {
  for (int n = 1; n < 200; ++n) {
    const std::string key = "k" + std::to_string(n);
    const std::string first = deliver(key), second = deliver(key);
    const std::string waits = submit(record(key, key + "-3")).id;
    const std::string list = listOf({{first, "province"}, {second, "province"}});
    const bool ended = endsAt(n, list);
    for (int i = 0; i < 3 && run(list).left > 0; ++i) {
    }
    EXPECT_EQ(lists().list(list)->value().left(), 0u) << n;
    queue_->deliveries();
    std::vector<std::string> seen;
    for (int looks = 0; looks < 300 && seen.size() < 3; ++looks) {
      for (const queue::Lease& one : lease()) {
        seen.push_back(one.recordId);
        settle(one);
      }
      if (seen.size() < 3) clock_.pass(11s);  // the sweep mends what stands in no line
      queue::waitATick();
    }
    const std::size_t failed = lists().list(list)->value().failed;
    EXPECT_LE(seen.size(), 3u) << n;
    EXPECT_GE(seen.size() + failed, 3u) << n << ": what is not told as failed is delivered";
    ASSERT_FALSE(seen.empty());
    EXPECT_EQ(seen.front(), waits) << n;
    EXPECT_EQ((*raw()->call({"EXISTS", "{lq}:busy:province"}))->integer, 0) << n;
    if (!ended) {
      EXPECT_GT(n, 15);
      return;
    }
  }
  FAIL() << "it never went through";
}

TEST_F(Resends, TheJournalTellsWho) {
  const std::string id = deliver("k", "R-1");
  run(listOf(id));
  const auto entries = queue_->journal()->read({}, 1000);
  ASSERT_TRUE(entries.ok());
  const record::JournalEntry& last = entries->back();
  ASSERT_EQ(last.attempts.size(), 1u);
  EXPECT_EQ(last.attempts[0].verdict, record::Attempt::Verdict::resent);
  EXPECT_EQ(last.attempts[0].record, id);
  EXPECT_EQ(last.attempts[0].peer, "province");
  EXPECT_EQ(last.attempts[0].code, "deliver.resent");
  EXPECT_THAT(last.attempts[0].detail, HasSubstr("by wang: they lost it"));
}

TEST_F(Resends, ListsAreBounded) {
  const std::string list = listOf(deliver("k"));
  ASSERT_TRUE(raw()->call({"ZADD", "{lq}:resends", "1000000", list}).ok());
  EXPECT_THAT(lists().add(list, {{ids_.next(), "province"}}).error().detail,
              HasSubstr("100000 deliveries"));
  ASSERT_TRUE(raw()->call({"DEL", "{lq}:resend:" + list}).ok());
  EXPECT_EQ(lists().add(list, {}).error().code, "intake.not_found");
  listOf(deliver("k"));  // what is gone counts no more
}

}  // namespace
}  // namespace lianqiao::review
