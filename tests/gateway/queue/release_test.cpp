// What is held is told, and goes out once a person says so: the latest state of each thing, once,
// in the order of its key, whatever happens meanwhile.
#include "half_script.h"
#include "revisions.h"

namespace lianqiao::queue {
namespace {

using Status = ItemVerdict::Status;
using ::testing::HasSubstr;
using ::testing::Not;

class Releases : public Revisions {
 protected:
  static std::string views(int count) { return R"({"views":")" + std::to_string(count) + "\"}"; }
  /// Two revisions of the thing are delivered, and the third is held.
  std::string hold(const std::string& thing, std::vector<std::string> to = {"province"}) {
    std::string last;
    for (int count = 1; count <= 3; ++count) {
      Entry entry = revisionOf(thing, views(count));
      entry.record->destinations = to;
      const ItemVerdict verdict = submit(std::move(entry));
      EXPECT_EQ(verdict.status, count < 3 ? Status::accepted : Status::duplicate) << thing;
      last = verdict.id;
      for (const std::string& peer : to) deliverTo(peer);
    }
    return last;
  }
  /// All there is to that peer, delivered: the events.
  std::vector<std::string> deliverTo(const std::string& peer = "province") {
    std::vector<std::string> events;
    for (auto leases = lease(100, peer); !leases.empty(); leases = lease(100, peer))
      for (const Lease& one : leases) {
        events.push_back(one.event);
        settle(one);
      }
    return events;
  }
  review::Released release(const std::string& path = "views") {
    const auto done = queue_->records().release("hotline", path);
    EXPECT_TRUE(done.ok()) << (done.ok() ? "" : done.error().detail);
    EXPECT_TRUE(done.ok() && done->has_value());
    return done.ok() && *done ? **done : review::Released();
  }
  /// What release.lua does, but its n-th command ends it. False: it went through.
  bool releaseEndsAt(int n, const std::string& thing) {
    redis::RedisCommand command;
    beginText(command, failingAt(Script::release, n), Keys("lq"), 7);
    for (const std::string& word :
         {std::string("hotline"), std::string("views"), thing, ids_.next(),
          std::string("1717000000000"), std::string("2592000000"), std::string("1000 v1")})
      command.word(word);
    const auto redis = raw();
    return redis->exchange(command)->back()->isError();
  }
  long long waiting() { return (*raw()->call({"ZCARD", "{lq}:holds:hotline:views"}))->integer; }
};

TEST_F(Releases, WhatIsReleasedIsDeliveredAsItIsNow) {
  const std::string last = hold("S-1");
  for (int count = 4; count < 7; ++count) submit(revision(views(count)));
  const auto told = queue_->records().held();
  ASSERT_TRUE(told.ok() && told->size() == 1);
  EXPECT_EQ(told->at(0).updates, 4u);
  EXPECT_FALSE(queue_->records().release("hotline", "other").value());

  const review::Released done = release();
  EXPECT_EQ(done.delivered, 1u);
  EXPECT_EQ(done.left, 0u);
  EXPECT_TRUE(queue_->records().held()->empty());
  const auto leases = lease();
  ASSERT_EQ(leases.size(), 1u) << "nobody had to send it again";
  EXPECT_NE(leases[0].recordId, last) << "a record of its own, with an id of its own";
  EXPECT_THAT(leases[0].event, HasSubstr(R"("views":"6")"));
  EXPECT_THAT(leases[0].event, HasSubstr("\"id\":\"" + leases[0].recordId + "\""));
  EXPECT_THAT(leases[0].event, Not(HasSubstr(last)));
  const review::Trail kept = trail(leases[0].recordId);
  EXPECT_EQ(kept.body, R"({"raw":)" + views(6) + "}");
  EXPECT_EQ(kept.key, "hotline:S-1");
  ASSERT_EQ(kept.deliveries.size(), 1u);
  EXPECT_EQ(kept.deliveries[0].state, "leased");
  settle(leases[0]);
  EXPECT_EQ(counts().owed, counts().delivered);
}

// A Redis that was restarted, or took over from another, has no scripts.
TEST_F(Releases, AServerWithoutScriptsIsGivenThem) {
  hold("S-1");
  ASSERT_TRUE(raw()->call({"SCRIPT", "FLUSH"}).ok());
  EXPECT_EQ(release().delivered, 1u);
  EXPECT_EQ(deliverTo().size(), 1u);
}

TEST_F(Releases, TheSameAgainIsADuplicateOfWhatWasReleased) {
  hold("S-1");
  release();
  const std::string id = lease().at(0).recordId;
  const ItemVerdict again = submit(revision(views(3)));
  EXPECT_EQ(again.status, Status::duplicate);
  EXPECT_EQ(again.id, id);
  EXPECT_EQ(submit(revision(views(4))).status, Status::accepted) << "from now on all are delivered";
  EXPECT_EQ(release().delivered, 0u) << "said again";
}

TEST_F(Releases, EachThingIsReleasedAloneAndToAllWhoHadIt) {
  hold("S-1", {"province", "city"});
  hold("S-2");
  submit(revisionOf("S-3", views(1)));
  submit(revisionOf("S-3", views(2)));
  deliverTo();
  EXPECT_EQ(release().delivered, 2u);
  EXPECT_EQ(deliverTo("province").size(), 2u);
  EXPECT_EQ(deliverTo("city").size(), 1u);
  EXPECT_EQ(submit(revisionOf("S-3", views(3))).status, Status::accepted);
}

// A later record of the thing bears all of it: what waited before has gone out with that.
TEST_F(Releases, WhatWentOutWithALaterRevisionIsNotDeliveredAgain) {
  hold("S-1");
  EXPECT_EQ(submit(revision(views(4), R"({"title":"u")")).status, Status::accepted);
  EXPECT_EQ(deliverTo().size(), 1u);
  EXPECT_EQ(release().delivered, 0u);
  EXPECT_TRUE(lease().empty());
}

TEST_F(Releases, WhatStillStandsInItsLineIsDeliveredOnce) {
  submit(revision(views(1)));
  submit(revision(views(2)));
  submit(revision(views(3)));
  EXPECT_EQ(release().delivered, 0u);
  const auto events = deliverTo();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_THAT(events[1], HasSubstr(R"("views":"3")"));
  EXPECT_EQ(submit(revision(views(3))).status, Status::duplicate);
}

TEST_F(Releases, WhatIsUnderWayMeanwhileIsFollowedByWhatItIsNow) {
  submit(revision(views(1)));
  submit(revision(views(2)));
  settle(lease().at(0));
  const Lease second = lease().at(0);
  submit(revision(views(3)));
  EXPECT_EQ(release().delivered, 1u);
  EXPECT_TRUE(lease().empty()) << "its key waits for the one before";
  settle(second);
  EXPECT_THAT(deliverTo().at(0), HasSubstr(R"("views":"3")"));
}

// The order of a key: what was accepted before the release goes before.
TEST_F(Releases, ItIsTheLastOfItsKey) {
  hold("S-1");
  Entry other = record("hotline:S-1", "other", "1", "other");
  submit(std::move(other));
  release();
  const auto events = deliverTo();
  ASSERT_EQ(events.size(), 2u);
  EXPECT_THAT(events[0], HasSubstr("other"));
  EXPECT_THAT(events[1], HasSubstr(R"("views":"3")"));
}

// Otherwise it would be the last that a receiver hears of its order.
TEST_F(Releases, AStepThatOthersHaveFollowedIsMarkedLate) {
  const auto step = [&](const std::string& name, const std::string& thing,
                        const std::string& rest) {
    Entry entry = revisionOf(thing, rest);
    entry.record->key = "k";
    entry.record->type = "work_order_step";
    entry.record->lifeOf = "work_order";
    entry.record->step = name;
    return submit(std::move(entry));
  };
  step("signed", "a", views(1));
  step("signed", "a", views(2));
  EXPECT_EQ(step("signed", "a", views(3)).status, Status::duplicate);
  step("replied", "b", views(1));
  deliverTo();
  EXPECT_EQ(step("signed", "a", views(4)).status, Status::duplicate);
  EXPECT_EQ(release().delivered, 1u);
  EXPECT_THAT(deliverTo().at(0), HasSubstr(R"({"late":true,"specversion")"));
  EXPECT_EQ(stateOf("k"), "replied");
}

TEST_F(Releases, WhatIsHeldIsKeptUntilItIsForgotten) {
  const std::string last = hold("S-1");
  const auto left = [&] { return (*raw()->call({"PTTL", "{lq}:rec:" + last}))->integer; };
  EXPECT_GT(left(), retention_.delivered.count()) << "changed after its delivery";
  submit(revisionOf("S-2", views(1)));
  submit(revisionOf("S-2", views(2)));
  settle(lease().at(0));
  const Lease under = lease().at(0);
  submit(revisionOf("S-2", views(3)));
  settle(under);
  const auto other = (*raw()->call({"PTTL", "{lq}:rec:" + under.recordId}))->integer;
  EXPECT_GT(other, retention_.delivered.count()) << "changed while it was under way";
  EXPECT_EQ(release().delivered, 2u);
}

TEST_F(Releases, ThingsThatWaitAreBounded) {
  hold("S-1");
  const auto redis = raw();
  for (int i = 0; i < 100; ++i) {
    redis::RedisCommand add;
    add.begin(2 + 2 * 1000);
    add.word("ZADD");
    add.word("{lq}:holds:hotline:views");
    for (int j = 0; j < 1000; ++j) {
      add.word(static_cast<long long>(clock_.wall().time_since_epoch().count()));
      add.word("thing" + std::to_string(i * 1000 + j));
    }
    ASSERT_TRUE(redis->call(add).ok());
  }
  EXPECT_EQ(submit(revision(views(4))).status, Status::duplicate) << "it waits already";
  submit(revisionOf("S-2", views(1)));
  submit(revisionOf("S-2", views(2)));
  EXPECT_EQ(submit(revisionOf("S-2", views(3))).status, Status::accepted) << "no room to wait";
  ASSERT_TRUE(redis->call({"ZADD", "{lq}:holds:hotline:views", "1", "thing7"}).ok());
  EXPECT_EQ(submit(revisionOf("S-2", views(4))).status, Status::duplicate)
      << "one that is forgotten makes room";
}

TEST_F(Releases, GoInPiecesAndTellWhatIsLeft) {
  std::vector<Entry> entries;
  for (int count = 1; count <= 3; ++count) {
    for (int i = 0; i < 600; ++i)
      entries.push_back(revisionOf("S-" + std::to_string(i), views(count)));
    submit(std::exchange(entries, {}));
    deliverTo();
  }
  const review::Released first = release();
  EXPECT_EQ(first.delivered, 500u);
  EXPECT_EQ(first.left, 100u);
  const auto told = queue_->records().held();
  ASSERT_TRUE(told.ok() && told->size() == 1) << "a release that was cut off is seen";
  EXPECT_EQ(told->at(0).updates, 100u);
  const review::Released second = release();
  EXPECT_EQ(second.delivered, 100u);
  EXPECT_EQ(second.left, 0u);
  EXPECT_EQ(deliverTo().size(), 600u);
}

// Whoever comes between: one delivery of the latest state, or the state that was held and then the
// later one.
TEST_F(Releases, AnItemOfTheSameInstantIsNeitherLostNorDoubled) {
  for (int i = 0; i < 40; ++i) {
    const std::string thing = "S-" + std::to_string(i);
    hold(thing);
    ASSERT_TRUE(raw()->call({"HSET", "{lq}:held", "hotline views", "1"}).ok());
    {
      const std::jthread sender([&] { submit(revisionOf(thing, views(4))); });
      release();
    }
    release();
    const auto events = deliverTo();
    ASSERT_FALSE(events.empty()) << i;
    EXPECT_LE(events.size(), 2u) << i;
    EXPECT_THAT(events.back(), HasSubstr(R"("views":"4")")) << i;
    if (events.size() == 2) {
      EXPECT_THAT(events[0], HasSubstr(R"("views":"3")")) << i;
    }
    EXPECT_EQ(waiting(), 0) << i;
    ASSERT_TRUE(raw()->call({"HDEL", "{lq}:held", "hotline views"}).ok());
  }
}

TEST_F(Releases, AReleaseThatEndsAtAnyCommandIsFinishedByTheNext) {
  int n = 1;
  for (bool ended = true; ended && n < 100; ++n) {
    const std::string thing = "S-" + std::to_string(n);
    hold(thing, {"province", "city"});
    ended = releaseEndsAt(n, thing);
    release();
    for (const char* peer : {"province", "city"}) {
      const auto events = deliverTo(peer);
      ASSERT_EQ(events.size(), 1u) << "command " << n << " to " << peer;
      EXPECT_THAT(events[0], HasSubstr(R"("views":"3")")) << n;
    }
    EXPECT_EQ(waiting(), 0) << n;
    for (const char* key : {"{lq}:open:province", "{lq}:busy:city"})
      EXPECT_EQ((*raw()->call({"EXISTS", key}))->integer, 0) << key << " at " << n;
    ASSERT_TRUE(raw()->call({"HDEL", "{lq}:held", "hotline views"}).ok());
  }
  EXPECT_GT(n, 15);
}

TEST_F(Releases, WhatRedisRefusesOfOneThingHoldsUpNoOther) {
  hold("S-1");
  hold("S-2");
  ASSERT_TRUE(raw()->call({"RENAME", "{lq}:dup:hotline:S-1", "{lq}:dup:aside"}).ok());
  ASSERT_TRUE(raw()->call({"SET", "{lq}:dup:hotline:S-1", "no ledger"}).ok());
  EXPECT_FALSE(queue_->records().release("hotline", "views").ok());
  ASSERT_TRUE(raw()->call({"DEL", "{lq}:dup:hotline:S-1"}).ok());
  ASSERT_TRUE(raw()->call({"RPUSH", "{lq}:dup:hotline:S-1", "x"}).ok());
  EXPECT_FALSE(queue_->records().release("hotline", "views").ok());
  EXPECT_EQ(deliverTo().size(), 1u);
  EXPECT_EQ(queue_->records().held()->size(), 1u) << "it is told that one is left";
  ASSERT_TRUE(raw()->call({"RENAME", "{lq}:dup:aside", "{lq}:dup:hotline:S-1"}).ok());
  EXPECT_EQ(release().delivered, 1u);
}

TEST_F(Releases, WhatAnUpdateLeftHalfDoneIsNeitherLostNorDoubled) {
  for (int n = 1; n < 100; ++n) {
    const std::string thing = "S-" + std::to_string(n);
    submit(revisionOf(thing, views(1)));
    submit(revisionOf(thing, views(2)));
    deliverTo();
    const auto redis = raw();
    const auto* answer =
        runAccept(*redis, failingAt(Script::accept, n), {revisionOf(thing, views(3))});
    ASSERT_NE(answer, nullptr);
    const bool ended =
        answer->isError() || (!answer->items.empty() && !answer->items.back().items.empty());
    const ItemVerdict again = submit(revisionOf(thing, views(3)));
    const bool delivered = again.status == Status::accepted;
    ASSERT_TRUE(raw()->call({"HSETNX", "{lq}:held", "hotline views", "1"}).ok());
    release();
    const auto events = deliverTo();
    EXPECT_EQ(events.size(), 1u) << "command " << n << (delivered ? ", as a new one" : ", held");
    if (!events.empty()) {
      EXPECT_THAT(events.back(), HasSubstr(R"("views":"3")")) << n;
    }
    ASSERT_TRUE(raw()->call({"DEL", "{lq}:held"}).ok());
    if (!ended) break;
  }
}

}  // namespace
}  // namespace lianqiao::queue
