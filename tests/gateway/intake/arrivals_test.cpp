// A step that names its order by another platform's id waits for that id, and is taken up when it
// has come: in order, once, as it would have been at once.
#include "intake/arrivals.h"

#include <gmock/gmock.h>

#include "record/reference.h"
#include "support/service_fixture.h"

namespace lianqiao::intake {
namespace {

using namespace std::chrono_literals;

using test::orderOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Status = ItemVerdict::Status;

/// Steps of the grid name the order by the grid's own id of it.
constexpr const char* kStepByTheirId = R"(mapping: step_in
direction: inbound
type: work_order_step
record:
  key: {ref: {peer: grid, id: eventId}}
  key_is_full: true
  sourceid: feedbackId
  time: at
fields:
  orderKey: {record: key}
  step: {from: kind, cases: {signed: signed, replied: replied, closed: closed, applied: return_applied, agreed: return_agreed}}
  time: {from: at, time: auto}
  content: text
rest: sourceFields
)";

class ArrivalsTest : public test::ServiceTest {
 protected:
  void SetUp() override {
    test::ServiceTest::SetUp();
    config_.mappings["step_in"] = pipeline::yaml(kStepByTheirId, "mappings/step_in.yaml");
    compile();
  }
  static std::string step(const std::string& event, const std::string& kind, int minute) {
    const std::string at = "2021-03-09 09:" + std::to_string(10 + minute) + ":00";
    return R"({"eventId":")" + event + R"(","feedbackId":")" + event + kind + at + R"(","kind":")" +
           kind + R"(","at":")" + at + R"(","text":"好"})";
  }
  EntryMaker maker(queue::References::For who) {
    return EntryMaker(
        *pipeline_, clock_, ids_, {},
        [this, who](std::span<const record::Reference> ids) {
          ++lookUps_;
          return queue_->references().keysOf(ids, who);
        },
        settings_);
  }
  std::vector<ItemVerdict> send(const std::vector<std::string>& bodies) {
    expression::Workspace workspace;
    std::vector<RawItem> items;
    for (const std::string& body : bodies) items.emplace_back().body = body;
    queue::Submission submission;
    submission.entries =
        maker(queue::References::For::arriving).make("grid", std::move(items), workspace);
    std::promise<Result<std::vector<ItemVerdict>>> promise;
    queue_->submissions().submit(
        std::move(submission),
        [&](Result<std::vector<ItemVerdict>> verdicts) { promise.set_value(std::move(verdicts)); });
    auto verdicts = promise.get_future().get();
    EXPECT_TRUE(verdicts.ok());
    return verdicts.ok() ? std::move(*verdicts) : std::vector<ItemVerdict>();
  }
  /// The grid confirms the next order that it is owed, and calls it by `id`.
  void confirm(const std::string& id) {
    auto leases = queue_->deliveries().lease("grid", 1, 30s);
    ASSERT_TRUE(leases.ok() && leases->size() == 1);
    queue::Settlement settled;
    settled.lease = std::move(leases->front());
    settled.receipt = id;
    settled.reference = record::referenceOf(id, settled.lease.type);
    ASSERT_TRUE(queue_->deliveries().settleNow({settled}).ok());
  }
  /// All that has come; how many looks found something.
  int takeUp() {
    const EntryMaker entries = maker(queue::References::For::waited);
    Replay replay(queue_->submissions(), queue_->records(), entries);
    Arrivals arrivals(replay, queue_->references(), queue_->pollRights(), [] { return true; }, {});
    for (int looks = 0;; ++looks) {
      const auto found = arrivals.once();
      EXPECT_TRUE(found.ok()) << (found.ok() ? "" : found.error().detail);
      if (!found.ok() || !*found || looks > 50) return looks;
    }
  }
  /// The steps that the hotline is owed, in order: their contents' kinds.
  std::vector<std::string> owedToHotline() {
    std::vector<std::string> kinds;
    while (true) {
      auto leases = queue_->deliveries().lease("hotline", 10, 30s);
      if (!leases.ok() || leases->empty()) return kinds;
      for (queue::Lease& lease : *leases) {
        json::Document event;
        EXPECT_TRUE(json::parse(lease.event, event));
        EXPECT_EQ(event.root.find("subject")->text(), "hotline:o1");
        kinds.emplace_back(event.root.find("data")->find("step")->text());
        queue::Settlement settled;
        settled.lease = std::move(lease);
        EXPECT_TRUE(queue_->deliveries().settleNow({settled}).ok());
      }
    }
  }

  config::ReferenceSettings settings_;
  int lookUps_ = 0;
};

TEST_F(ArrivalsTest, AStepThatIsThereBeforeTheReceiptWaitsAndGoesOnInOrder) {
  submit({orderOf("o1")});
  const auto early = send({step("G-1", "signed", 0)});
  EXPECT_EQ(early.at(0).status, Status::quarantined);
  EXPECT_EQ(early.at(0).problems.at(0).code, codes::kUnknownReference);
  EXPECT_THAT(early.at(0).problems.at(0).message, HasSubstr("it waits for that until"));
  EXPECT_EQ(takeUp(), 0);
  EXPECT_THAT(owedToHotline(), ElementsAre());
  confirm("G-1");
  // It comes behind the first, though the id is known by now.
  EXPECT_EQ(send({step("G-1", "replied", 1)}).at(0).status, Status::quarantined);
  EXPECT_EQ(takeUp(), 1);
  EXPECT_THAT(owedToHotline(), ElementsAre("signed", "replied"));
  EXPECT_TRUE(exceptions().empty());
  EXPECT_EQ(send({step("G-1", "closed", 2)}).at(0).status, Status::accepted);
  EXPECT_EQ(send({step("G-1", "signed", 0)}).at(0).status, Status::duplicate) << "done once";
  EXPECT_EQ(counts("grid").waiting, 0u);
}

TEST_F(ArrivalsTest, AllItemsOfARequestAreLookedUpTogether) {
  submit({orderOf("o1")});
  confirm("G-1");
  lookUps_ = 0;
  std::vector<std::string> steps;
  for (int minute = 0; minute < 20; ++minute) steps.push_back(step("G-1", "replied", minute));
  for (const ItemVerdict& verdict : send(steps)) EXPECT_EQ(verdict.status, Status::accepted);
  EXPECT_EQ(lookUps_, 1);
}

TEST_F(ArrivalsTest, WhatHasAnotherFaultIsAnExceptionAtOnce) {
  const auto verdict = send({step("G-1", "kind of its own", 0)}).at(0);
  EXPECT_EQ(verdict.status, Status::quarantined);
  EXPECT_EQ(counts("grid").waiting, 0u);
  EXPECT_EQ(counts("grid").quarantined, 1u);
}

/// Rule: whatever keeps it from being a record once its id has come, it is an exception with that
/// cause, and holds up nobody behind it.
TEST_F(ArrivalsTest, WhatIsStillNoRecordIsAnExceptionWithItsNewCause) {
  submit({orderOf("o1")});
  const std::string closed = send({step("G-1", "closed", 0)}).at(0).id;
  const std::string again = send({step("G-1", "signed", 5)}).at(0).id;
  confirm("G-1");
  EXPECT_EQ(takeUp(), 1);
  EXPECT_THAT(owedToHotline(), ElementsAre("closed"));
  const auto left = exceptions();
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left.front().id, again);
  EXPECT_EQ(left.front().code, "validate.life_cycle");
  EXPECT_THAT(left.front().detail, HasSubstr("signed cannot follow on closed"));
  EXPECT_FALSE(left.front().until.has_value());
  EXPECT_EQ(counts("grid").waiting, 0u);
  EXPECT_EQ(takeUp(), 0);
}

/// Rule: an order that the grid was never owed is none of its steps', by whatever name.
TEST_F(ArrivalsTest, AReferenceGivesNoRightToAKey) {
  submit({orderOf("o1")});
  ASSERT_TRUE(queue_->references().keysOf({}, queue::References::For::waited).ok());
  const std::string waits = send({step("H-1", "signed", 0)}).at(0).id;
  queue::Entry forged;
  record::Record& made = forged.record.emplace();
  made.id = ids_.next();
  made.peer = "grid";
  made.type = "dataset_row";
  made.key = "town:7";
  made.reference = "H-1";
  made.sourceId = "H-1";
  made.event = R"({"data":{}})";
  made.destinations = {"province"};
  std::promise<Result<std::vector<ItemVerdict>>> promise;
  queue::Submission submission;
  submission.entries.push_back(std::move(forged));
  queue_->submissions().submit(
      std::move(submission),
      [&](Result<std::vector<ItemVerdict>> verdicts) { promise.set_value(std::move(verdicts)); });
  ASSERT_TRUE(promise.get_future().get().ok());
  EXPECT_EQ(takeUp(), 1);
  const auto left = exceptions();
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left.front().id, waits);
  EXPECT_EQ(left.front().code, "validate.unknown_key");
}

TEST_F(ArrivalsTest, WithoutRoomToWaitItIsAnExceptionAtOnce) {
  settings_.waiting = 0;
  EXPECT_EQ(send({step("G-1", "signed", 0)}).at(0).status, Status::quarantined);
  EXPECT_EQ(counts("grid").waiting, 0u);
  EXPECT_EQ(counts("grid").quarantined, 1u);
}

/// Steps that name the order by our key, and may come before it.
class EarlyForTheirOrder : public ArrivalsTest {
 protected:
  void SetUp() override {
    ArrivalsTest::SetUp();
    std::string mapping = kStepByTheirId;
    const std::string ref = "{ref: {peer: grid, id: eventId}}";
    mapping.replace(mapping.find(ref), ref.size(), "eventId");
    config_.mappings["step_in"] = pipeline::yaml(mapping.c_str(), "mappings/step_in.yaml");
    compile();
  }
};

TEST_F(EarlyForTheirOrder, AreTakenUpInOrderOnceTheirOrderHasCome) {
  const std::vector<ItemVerdict> early =
      send({step("hotline:o1", "signed", 0), step("hotline:o1", "replied", 1)});
  for (const ItemVerdict& verdict : early) {
    EXPECT_EQ(verdict.status, Status::quarantined);
    EXPECT_THAT(verdict.problems.at(0).message, HasSubstr("it waits for that until"));
  }
  EXPECT_EQ(takeUp(), 0);
  submit({orderOf("o1")});
  EXPECT_EQ(takeUp(), 1);
  EXPECT_THAT(owedToHotline(), ElementsAre("signed", "replied"));
  EXPECT_TRUE(exceptions().empty());
  EXPECT_EQ(counts("grid").waiting, 0u);
  EXPECT_EQ(send({step("hotline:o1", "closed", 2)}).at(0).status, Status::accepted);
}

/// Rule: what could follow after one more step waits for that, and goes on as soon as it has come;
/// another step of the thing leaves it where it is.
TEST_F(ArrivalsTest, AnEarlyStepWaitsForTheStepBeforeIt) {
  submit({orderOf("o1")});
  confirm("G-1");
  EXPECT_EQ(send({step("G-1", "signed", 0)}).at(0).status, Status::accepted);
  const auto early = send({step("G-1", "agreed", 3)});
  EXPECT_EQ(early.at(0).status, Status::quarantined);
  EXPECT_EQ(early.at(0).problems.at(0).code, codes::kEarlyStep);
  EXPECT_THAT(early.at(0).problems.at(0).message,
              HasSubstr("step return_agreed cannot follow on signed"));
  EXPECT_THAT(early.at(0).problems.at(0).message, HasSubstr("it waits for that until"));
  EXPECT_EQ(counts("grid").waiting, 1u);
  EXPECT_EQ(takeUp(), 0);
  EXPECT_EQ(send({step("G-1", "signed", 1)}).at(0).status, Status::accepted);
  EXPECT_EQ(takeUp(), 1);
  EXPECT_EQ(counts("grid").waiting, 1u) << "still early";
  EXPECT_EQ(takeUp(), 0);
  EXPECT_EQ(send({step("G-1", "applied", 2)}).at(0).status, Status::accepted);
  EXPECT_EQ(takeUp(), 1);
  EXPECT_THAT(owedToHotline(), ElementsAre("signed", "signed", "return_applied", "return_agreed"));
  EXPECT_TRUE(exceptions().empty());
  EXPECT_EQ(counts("grid").waiting, 0u);
  EXPECT_EQ(send({step("G-1", "agreed", 3)}).at(0).status, Status::duplicate) << "done once";
}

/// Rule: what its thing's end has made impossible waits no more.
TEST_F(ArrivalsTest, AnEarlyStepOfAThingThatEndsIsAnException) {
  submit({orderOf("o1")});
  confirm("G-1");
  const std::string early = send({step("G-1", "signed", 0), step("G-1", "agreed", 5)}).at(1).id;
  EXPECT_EQ(counts("grid").waiting, 1u);
  EXPECT_EQ(send({step("G-1", "closed", 2)}).at(0).status, Status::accepted);
  EXPECT_EQ(takeUp(), 1);
  const auto left = exceptions();
  ASSERT_EQ(left.size(), 1u);
  EXPECT_EQ(left.front().id, early);
  EXPECT_EQ(left.front().code, codes::kLifeCycle);
  EXPECT_FALSE(left.front().until.has_value());
  EXPECT_EQ(counts("grid").waiting, 0u);
}

/// Rule: what dies between the acceptance and the end of the exception is done once all the same.
TEST_F(ArrivalsTest, WhatWasTakenUpAndNotEndedIsTakenUpOnce) {
  submit({orderOf("o1")});
  const std::string id = send({step("G-1", "signed", 0)}).at(0).id;
  confirm("G-1");
  // As a process leaves it that dies there: the record stands under its id, the exception too.
  expression::Workspace workspace;
  RawItem item;
  item.body = step("G-1", "signed", 0);
  queue::Submission submission;
  submission.answered = true;
  submission.entries.push_back(maker(queue::References::For::waited)
                                   .make("grid", std::move(item), workspace, id, clock_.wall()));
  std::promise<Result<std::vector<ItemVerdict>>> promise;
  queue_->submissions().submit(
      std::move(submission),
      [&](Result<std::vector<ItemVerdict>> verdicts) { promise.set_value(std::move(verdicts)); });
  ASSERT_TRUE(promise.get_future().get().ok());
  EXPECT_EQ(takeUp(), 1);
  EXPECT_THAT(owedToHotline(), ElementsAre("signed"));
  EXPECT_TRUE(exceptions().empty());
  EXPECT_EQ(counts("grid").waiting, 0u);
}

}  // namespace
}  // namespace lianqiao::intake
