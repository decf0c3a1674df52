// A person's list is found by any id, or as a day of one peer's, in the history; what the queue has
// forgotten comes back from there, and the trail of the history says who wanted it and why.
#include "resend/resend.h"

#include "history/history_writer.h"
#include "history_sqlite/sqlite_store.h"
#include "record/event.h"
#include "record/schema_set.h"
#include "support/queue_fixture.h"

namespace lianqiao::resend {
namespace {

using Kind = queue::Settlement::Kind;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using namespace std::chrono_literals;

class ResendTest : public queue::QueueTest {
 protected:
  void SetUp() override {
    QueueTest::SetUp();
    std::vector<Problem> problems;
    schemas_->load(LIANQIAO_SOURCE_DIR "/schemas", problems);
    history::StoreSettings settings;
    settings.folder = folder_.path() / "history";
    auto opened = history::SqliteStore::open(settings, log_.sink(), clock_);
    ASSERT_TRUE(opened.ok()) << opened.error().detail;
    store_ = std::move(*opened);
    writer_ = std::make_unique<history::HistoryWriter>(
        history::HistoryWriter::Services{
            [this] { return queue_->journal(); },
            [this]() -> Result<history::HistoryStore*> { return store_.get(); },
            [this] { return schemas_; }, [](auto&, auto&) -> Result<bool> { return true; }},
        history::HistoryWriter::Settings{.idle = 1ms}, clock_, log_.sink());
    resend_ = std::make_unique<Resend>(
        queue_->resends(), queue_->records(), [this] { return keeps_ ? store_.get() : nullptr; },
        [](const std::string& peer) { return peer != "former"; }, clock_, ids_);
  }
  void TearDown() override { writer_.reset(); }

  queue::Entry order(const std::string& sourceId, std::vector<std::string> to = {"province"}) {
    queue::Entry entry = record("hotline:" + sourceId, sourceId, "", sourceId, std::move(to));
    const std::string text = R"({"orderNo":")" + sourceId + "\"}";
    json::Document data;
    EXPECT_TRUE(json::parse(text, data).ok());
    entry.record->event.clear();
    record::appendEvent(*entry.record, {"lianqiao.work_order.v1", "urn:x", {}, {}}, data.root,
                        entry.record->event);
    return entry;
  }
  std::string deliver(const std::string& sourceId, const std::string& receipt = {}) {
    const std::string id = submit(order(sourceId)).id;
    settle(lease().at(0), Kind::delivered, receipt);
    return id;
  }
  /// The history has all that the journal tells by now.
  void awaitHistory() {
    for (int i = 0; i < 2000; ++i) {
      const auto state = queue_->journal()->state(store_->position());
      if (state.ok() && state->behind == 0) return;
      queue::waitATick();
    }
    ADD_FAILURE() << "the history does not come to the end";
  }
  /// As after its retention.
  void forget(const std::string& id) {
    awaitHistory();
    ASSERT_TRUE(raw()->call({"DEL", "{lq}:rec:" + id}).ok());
  }
  std::string made(bool again = false) {
    const auto list = resend_->make({"wang", "they lost it", false, again, ""});
    EXPECT_TRUE(list.ok()) << (list.ok() ? "" : list.error().detail);
    return list.ok() ? *list : std::string();
  }
  Listed add(const std::string& list, const std::vector<std::string>& words,
             const std::string& peer = {}) {
    auto added = resend_->addIds(list, words, peer);
    EXPECT_TRUE(added.ok()) << (added.ok() ? "" : added.error().detail);
    return added.ok() ? std::move(*added) : Listed();
  }
  Ran runAll(const std::string& list) {
    Ran all;
    do {
      auto ran = resend_->run(list, 2);
      EXPECT_TRUE(ran.ok()) << (ran.ok() ? "" : ran.error().detail);
      if (!ran.ok()) return all;
      all.list = ran->list;
      for (Refused& one : ran->refused) all.refused.push_back(std::move(one));
    } while (all.list.left() > 0);
    return all;
  }
  /// Delivers what is there; the source ids, in order.
  std::vector<std::string> delivered(const std::string& peer = "province") {
    std::vector<std::string> seen;
    for (auto leases = lease(100, peer); !leases.empty(); leases = lease(100, peer))
      for (const queue::Lease& one : leases) {
        seen.push_back(one.key.substr(std::string("hotline:").size()));
        settle(one);
      }
    return seen;
  }

  std::shared_ptr<record::SchemaSet> schemas_ = std::make_shared<record::SchemaSet>();
  std::unique_ptr<history::HistoryStore> store_;
  std::unique_ptr<history::HistoryWriter> writer_;
  std::unique_ptr<Resend> resend_;
  bool keeps_ = true;
};

TEST_F(ResendTest, AnyIdLeadsToItsDeliveries) {
  const std::string byId = deliver("S-1");
  deliver("S-2", "R-2");
  deliver("S-3", "R-3");
  deliver("S-4", "R-4");
  awaitHistory();
  const std::string list = made();
  const Listed listed = add(list, {byId, "S-2", "R-3", "hotline:S-4", "S-2", "nobody's"});
  EXPECT_EQ(listed.deliveries, 4u) << "what is named twice stands there once";
  EXPECT_EQ(listed.taken, 6u);
  ASSERT_EQ(listed.unknown.size(), 1u);
  EXPECT_EQ(listed.unknown[0].id, "nobody's");
  EXPECT_EQ(listed.unknown[0].code, "resend.unknown");
  const Ran ran = runAll(list);
  EXPECT_EQ(ran.list.done, 4u);
  EXPECT_THAT(delivered(), UnorderedElementsAre("S-1", "S-2", "S-3", "S-4"));
}

TEST_F(ResendTest, AReceiptLeadsToThePeerThatGaveIt) {
  submit(order("S-1", {"province", "city"}));
  settle(lease(1, "province").at(0), Kind::delivered, "P-1");
  settle(lease(1, "city").at(0), Kind::delivered, "C-1");
  awaitHistory();
  const std::string list = made();
  EXPECT_EQ(add(list, {"C-1"}).deliveries, 1u);
  runAll(list);
  EXPECT_THAT(delivered("city"), ElementsAre("S-1"));
  EXPECT_THAT(delivered("province"), IsEmpty());
  const std::string both = made(true);
  EXPECT_EQ(add(both, {"S-1"}).deliveries, 2u);
  const std::string one = made(true);
  EXPECT_EQ(add(one, {"S-1"}, "province").deliveries, 1u);
}

TEST_F(ResendTest, WhatNothingIsDeliveredToIsNotOnTheList) {
  submit(order("S-1", {"former"}));
  settle(lease(1, "former").at(0));
  awaitHistory();
  const std::string list = made();
  const Listed listed = add(list, {"S-1"});
  EXPECT_EQ(listed.deliveries, 0u);
  EXPECT_THAT(listed.unknown.at(0).message, HasSubstr("former any more"));
}

TEST_F(ResendTest, WithoutAHistoryTheQueueIsLookedThrough) {
  keeps_ = false;
  const std::string id = deliver("S-1", "R-1");
  deliver("S-2", "R-2");
  const std::string list = made();
  EXPECT_EQ(add(list, {id, "R-2"}).deliveries, 2u);
  const auto day = resend_->addDay(made(), {"province", "2024-05-29", ""}, "");
  EXPECT_EQ(day.error().code, "history.unavailable");
}

TEST_F(ResendTest, ADayIsThatOfTheDeliveryInTheZoneOfTheHistory) {
  submit(order("early"));
  submit(order("S-1"));
  clock_.pass(24h);  // 2024-05-31 in China
  for (const queue::Lease& one : lease())
    settle(one, one.key == "hotline:early" ? Kind::delivered : Kind::retry);
  // The next day there begins eight hours before that of UTC. No lease lives so long.
  const auto untilMidnight = 24h - (clock_.wall().time_since_epoch() + 8h) % 24h;
  clock_.pass(std::chrono::duration_cast<std::chrono::milliseconds>(untilMidnight));
  settle(lease().at(0));
  deliver("S-2");
  clock_.pass(24h);
  deliver("late");
  awaitHistory();
  const std::string list = made();
  auto added = resend_->addDay(list, {"province", "2024-06-01", ""}, "");
  ASSERT_TRUE(added.ok()) << added.error().detail;
  EXPECT_EQ(added->deliveries, 2u);
  EXPECT_EQ(added->next, "");
  runAll(list);
  EXPECT_THAT(delivered(), UnorderedElementsAre("S-1", "S-2"));
  EXPECT_EQ(resend_->addDay(made(), {"province", "2024-06-01", "alert"}, "")->deliveries, 0u);
  EXPECT_EQ(resend_->addDay(made(), {"city", "2024-06-01", ""}, "")->deliveries, 0u);
  EXPECT_EQ(resend_->addDay(made(), {"province", "yesterday", ""}, "").error().code,
            "intake.malformed");
}

TEST_F(ResendTest, WhatTheQueueHasForgottenComesOutOfTheHistory) {
  const std::string gone = deliver("S-1", "R-1"), there = deliver("S-2");
  const auto before = queue_->journal()->records({gone});
  forget(gone);
  const std::string list = made();
  EXPECT_EQ(add(list, {"R-1", there}).deliveries, 2u);
  const auto preview = resend_->show(list, "", 100);
  ASSERT_TRUE(preview.ok());
  for (const Shown& one : preview->deliveries) {
    EXPECT_FALSE(one.refused) << one.refused->message;
    EXPECT_FALSE(one.over);
  }
  EXPECT_EQ(runAll(list).list.done, 2u);
  const auto back = queue_->journal()->records({gone});
  ASSERT_TRUE(back.ok() && (*back)[0]) << "it is a record again";
  EXPECT_EQ((*back)[0]->event, (*before)[0]->event);
  EXPECT_EQ((*back)[0]->body, (*before)[0]->body);
  EXPECT_EQ((*back)[0]->key, (*before)[0]->key);
  EXPECT_EQ((*back)[0]->accepted, (*before)[0]->accepted);
  EXPECT_THAT(delivered(), UnorderedElementsAre("S-1", "S-2"));
  awaitHistory();
  const auto trail = store_->show(gone);
  ASSERT_TRUE(trail.ok() && *trail);
  ASSERT_EQ((*trail)->attempts.size(), 1u);
  EXPECT_EQ((*trail)->attempts[0].verdict, record::Attempt::Verdict::resent);
  EXPECT_THAT((*trail)->attempts[0].detail, HasSubstr("by wang: they lost it"));
  EXPECT_EQ((*trail)->deliveries.at(0).state, history::DeliveryState::delivered);
}

TEST_F(ResendTest, WhatNobodyHasAnyMoreIsRefusedWithItsReason) {
  const std::string gone = deliver("S-1"), waits = submit(order("S-2")).id;
  forget(gone);
  ASSERT_TRUE(store_->erase("13800138000", {}).ok());
  keeps_ = false;
  const std::string list = made();
  EXPECT_EQ(queue_->resends().add(list, {{gone, "province"}}).value(), 1u);
  add(list, {waits});
  const Ran ran = runAll(list);
  EXPECT_EQ(ran.list.refused, 2u);
  std::map<std::string, std::string> codes;
  for (const Refused& one : ran.refused) codes[one.id] = one.code;
  EXPECT_EQ(codes[gone], "resend.unknown");
  EXPECT_EQ(codes[waits], "resend.under_way");
}

TEST_F(ResendTest, TheStateOfTheHistoryIsOwedUntilItIsDeliveredAgain) {
  const std::string id = deliver("S-1", "R-1");
  awaitHistory();
  const std::string list = made();
  add(list, {id});
  runAll(list);
  awaitHistory();
  const auto owed = store_->show(id);
  EXPECT_EQ((*owed)->deliveries.at(0).state, history::DeliveryState::owed);
  EXPECT_EQ((*owed)->deliveries.at(0).receipt, "R-1");
}

TEST_F(ResendTest, ListsThatAreNoneAreNamed) {
  EXPECT_EQ(resend_->run("01HZ0000000000000000000000", 1).error().code, "intake.not_found");
  EXPECT_EQ(resend_->show("01HZ0000000000000000000000", "", 1).error().code, "intake.not_found");
  EXPECT_EQ(resend_->show(made(), "nonsense", 1).error().code, "intake.malformed");
  EXPECT_EQ(resend_->addIds(made(), std::vector<std::string>(1001, "S"), "").error().code,
            "intake.malformed");
}

}  // namespace
}  // namespace lianqiao::resend
