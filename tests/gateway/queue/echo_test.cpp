// No echo: the very change that a peer sent is not owed to it, also where it comes back through
// another platform. What others changed goes out.
#include <gmock/gmock.h>

#include "support/queue_fixture.h"

namespace lianqiao::queue {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Status = ItemVerdict::Status;

class NoEcho : public QueueTest {
 protected:
  /// Of `peer`: the thing "hotline:1" as `title` says it.
  Entry says(const std::string& peer, const std::string& title, std::vector<std::string> to,
             const std::string& revision = {}) {
    Entry entry = record("hotline:1", peer + "-1", revision, peer + title, std::move(to));
    record::Record& made = *entry.record;
    made.peer = peer;
    made.event = R"({"id":")" + made.id + R"(","data":{"title":")" + title +
                 R"(","n":1.50,"sourceFields":{"of":")" + peer + "\"}}}";
    if (peer == "hotline") made.reference = "hotline-1";
    if (peer != "hotline") made.namesKey = true;
    made.keyHolders = {"grid"};
    return entry;
  }
  std::vector<std::string> owedTo(const std::string& peer) {
    std::vector<std::string> ids;
    for (std::vector<Lease> leases = lease(10, peer); !leases.empty(); leases = lease(10, peer))
      for (Lease& one : leases) {
        ids.push_back(one.recordId);
        settle(std::move(one));
      }
    return ids;
  }
  std::string send(Entry entry) {
    const ItemVerdict verdict = submit(std::move(entry));
    EXPECT_EQ(verdict.status, Status::accepted);
    return verdict.id;
  }
  std::string stateAt(const std::string& id, const std::string& peer) {
    for (const review::TrailDelivery& delivery : trail(id).deliveries)
      if (delivery.peer == peer) return delivery.state;
    return "";
  }
};

TEST_F(NoEcho, WhatAPeerSentIsNotOwedToIt) {
  const std::string id = send(says("hotline", "a", {"grid", "hotline"}));
  EXPECT_THAT(owedTo("grid"), ElementsAre(id));
  EXPECT_THAT(owedTo("hotline"), IsEmpty());
  EXPECT_EQ(stateAt(id, "hotline"), "echo");
  EXPECT_EQ(counts("hotline").echoes, 1u);
  EXPECT_EQ(counts("hotline").owed, 0u);
  EXPECT_EQ(counts("grid").owed, 1u);
}

TEST_F(NoEcho, OneThatIsOwedToNobodyElseGoesWithItsLedger) {
  const std::string id = send(says("hotline", "a", {"hotline"}));
  EXPECT_GT((*raw()->call({"PTTL", "{lq}:rec:" + id}))->integer, 0);
  EXPECT_EQ(submit(says("hotline", "a", {"hotline"})).status, Status::duplicate);
}

TEST_F(NoEcho, NeitherWhereItComesBackThroughAnotherPlatform) {
  send(says("hotline", "a", {"grid"}));
  const std::string back = send(says("grid", "a", {"hotline", "province"}));
  EXPECT_THAT(owedTo("hotline"), IsEmpty());
  EXPECT_THAT(owedTo("province"), ElementsAre(back));
  EXPECT_EQ(stateAt(back, "hotline"), "echo");
  EXPECT_EQ(counts("hotline").echoes, 1u);
}

TEST_F(NoEcho, AChangeGoesOutAndSoDoesItsWayBack) {
  send(says("hotline", "a", {"grid"}));
  const std::string changed = send(says("grid", "b", {"hotline"}));
  const std::string back = send(says("grid", "a", {"hotline"}));
  EXPECT_THAT(owedTo("hotline"), ElementsAre(changed, back));
  send(says("hotline", "c", {"grid"}));
  send(says("grid", "c", {"hotline"}));
  EXPECT_THAT(owedTo("hotline"), IsEmpty()) << "it says what the hotline said last";
}

TEST_F(NoEcho, WhereThereAreRevisionsTheyTell) {
  send(says("hotline", "a", {"grid"}, "1"));
  send(says("hotline", "b", {"grid"}, "2"));
  send(says("grid", "a", {"hotline"}, "1"));
  send(says("grid", "b, in its words", {"hotline"}, "2"));
  EXPECT_THAT(owedTo("hotline"), IsEmpty());
  const std::string its = send(says("grid", "b", {"hotline"}, "grid-9"));
  EXPECT_THAT(owedTo("hotline"), ElementsAre(its)) << "a revision that the hotline did not make";
}

TEST_F(NoEcho, StepsRemindersAndWhatIsDerivedGoOut) {
  send(says("hotline", "a", {"grid"}));
  Entry step = says("grid", "a", {"hotline"});
  step.record->type = "work_order_step";
  step.record->step = "signed";
  Entry reminder = says("grid", "a", {"hotline"});
  reminder.record->sourceId = "reminder-1";
  reminder.record->type = "reminder";
  Entry derived = says("hotline", "a", {"hotline"});
  derived.record->sourceId = "derived-1";
  derived.record->reference.clear();
  derived.record->event = R"({"cause":"01","data":{"title":"a"}})";
  const std::string first = send(std::move(step));
  const std::string second = send(std::move(reminder));
  const std::string third = send(std::move(derived));
  EXPECT_THAT(owedTo("hotline"), ElementsAre(first, second, third));
  EXPECT_EQ(counts("hotline").echoes, 0u);
}

TEST_F(NoEcho, ADeliveryThatIsLeftOverIsSettledAsOneOfOne) {
  const std::string id = send(says("hotline", "a", {"hotline", "grid"}));
  EXPECT_THAT(owedTo("grid"), ElementsAre(id));
  EXPECT_GT((*raw()->call({"PTTL", "{lq}:rec:" + id}))->integer, 0) << "it is over";
}

}  // namespace
}  // namespace lianqiao::queue
