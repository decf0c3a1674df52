#include "intake/replay.h"

#include <algorithm>

#include "base/rfc3339.h"
#include "lianqiao/codes.h"
#include "support/service_fixture.h"

namespace lianqiao::intake {
namespace {

using namespace std::chrono_literals;

using test::badOrderOf;
using test::orderOf;
using ::testing::HasSubstr;
using ::testing::Not;
using Outcome = ReplayItem::Result;

/// The same thing a second later: its next revision.
std::string laterOf(std::string order) {
  return order.replace(order.find("08:05:07"), 8, "08:05:08");
}

class ReplayTest : public test::ServiceTest {
 protected:
  /// What a person does: adds the missing code to the table.
  void mend() {
    std::string text = pipeline::kOrderTypes;
    text += "  - {theirs: \"99\", ours: other, text: 其他}\n";
    config_.codeTables["order_type"] = pipeline::yaml(text, "codes/order_type.yaml");
    compile();
  }
  Result<ReplayItem> one(const std::string& id, ReplayMode mode = {}) {
    const EntryMaker entries(*pipeline_, clock_, ids_);
    return Replay(queue_->submissions(), queue_->records(), entries).one(id, mode);
  }
  Outcome outcomeOf(const std::string& id, ReplayMode mode = {}) {
    const auto item = one(id, mode);
    EXPECT_TRUE(item.ok()) << (item.ok() ? "" : item.error().detail);
    return item.ok() ? item->result : Outcome::failing;
  }
  ReplayPage page(const review::ExceptionFilter& filter = {}, ReplayMode mode = {}) {
    const EntryMaker entries(*pipeline_, clock_, ids_);
    auto page = Replay(queue_->submissions(), queue_->records(), entries).page(filter, mode);
    EXPECT_TRUE(page.ok()) << (page.ok() ? "" : page.error().detail);
    return page.ok() ? std::move(*page) : ReplayPage();
  }
  static std::size_t count(const ReplayPage& page, Outcome result) {
    return static_cast<std::size_t>(
        std::count_if(page.items.begin(), page.items.end(),
                      [&](const ReplayItem& item) { return item.result == result; }));
  }
  /// The next delivery of `peer`, as a lane would have it.
  void settleNext(const std::string& peer, queue::Settlement::Kind kind) {
    auto leases = queue_->deliveries().lease(peer, 1, 30s);
    ASSERT_TRUE(leases.ok() && leases->size() == 1);
    queue::Settlement settled;
    settled.kind = kind;
    settled.lease = leases->front();
    settled.code = codes::kRejected;
    settled.detail = "no";
    ASSERT_TRUE(queue_->deliveries().settleNow({settled}).ok());
  }
  void buryNext(const std::string& peer) { settleNext(peer, queue::Settlement::Kind::buried); }
  void deliverNext(const std::string& peer) {
    settleNext(peer, queue::Settlement::Kind::delivered);
  }
};

TEST_F(ReplayTest, AQuarantinedItemIsAcceptedOnceTheMappingIsMended) {
  const std::string id = submit({badOrderOf("a")}).at(0).id;
  mend();
  EXPECT_EQ(outcomeOf(id), Outcome::accepted);
  EXPECT_TRUE(exceptions().empty());
  EXPECT_EQ(counts("hotline").accepted, 1u);
}

TEST_F(ReplayTest, TheRecordKeepsTheIdThatTheSenderWasTold) {
  const std::string id = submit({badOrderOf("a")}).at(0).id;
  mend();
  EXPECT_EQ(outcomeOf(id), Outcome::accepted);
  const auto trails = queue_->records().trail(id);
  ASSERT_TRUE(trails.ok() && trails->size() == 1);
  EXPECT_EQ(trails->front().recordId, id);
}

TEST_F(ReplayTest, WhatIsStillBadStaysTheExceptionItWas) {
  const std::string id = submit({badOrderOf("a")}).at(0).id;
  const auto item = one(id);
  ASSERT_TRUE(item.ok());
  EXPECT_EQ(item->result, Outcome::failing);
  EXPECT_EQ(item->id, id);
  EXPECT_EQ(item->code, "normalize.unmapped_code");
  ASSERT_EQ(exceptions().size(), 1u);
  EXPECT_EQ(exceptions()[0].id, id);
}

TEST_F(ReplayTest, ARowThatWasReadInPartDoesNotBecomeARecord) {
  expression::Workspace workspace;
  RawItem row;
  row.body = orderOf("a");
  row.problems.push_back({codes::kBadRow, "/cell", "one column too many"});
  queue::Submission submission;
  submission.entries.push_back(
      EntryMaker(*pipeline_, clock_, ids_).make("hotline", std::move(row), workspace));
  std::promise<void> stored;
  queue_->submissions().submit(
      std::move(submission), [&](const Result<std::vector<ItemVerdict>>&) { stored.set_value(); });
  stored.get_future().wait();
  ASSERT_EQ(exceptions().size(), 1u);
  const auto item = one(exceptions()[0].id);
  ASSERT_TRUE(item.ok());
  EXPECT_EQ(item->result, Outcome::failing);
  EXPECT_THAT(item->message, HasSubstr("send it again"));
  EXPECT_EQ(exceptions().size(), 1u);
  EXPECT_EQ(counts("hotline").accepted, 0u);
}

TEST_F(ReplayTest, WhatHasComeGoodMeanwhileIsADuplicate) {
  const std::string id = submit({badOrderOf("a")}).at(0).id;
  mend();
  submit({badOrderOf("a")});
  EXPECT_EQ(outcomeOf(id, {.preview = true}), Outcome::duplicate);
  EXPECT_EQ(outcomeOf(id), Outcome::duplicate);
  EXPECT_TRUE(exceptions().empty());
  EXPECT_EQ(counts("hotline").accepted, 1u);
}

TEST_F(ReplayTest, ABuriedDeliveryIsOwedAgain) {
  submit({orderOf("a")});
  buryNext("province");
  const auto found = exceptions("province");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(outcomeOf(found[0].id), Outcome::requeued);
  EXPECT_TRUE(exceptions().empty());
  EXPECT_EQ(counts("province").buried, 0u);
  const auto leases = queue_->deliveries().lease("province", 1, 30s);
  ASSERT_TRUE(leases.ok());
  EXPECT_EQ(leases->size(), 1u);
}

TEST_F(ReplayTest, APreviewSaysWhatWouldBecomeOfEachAndChangesNothing) {
  submit({badOrderOf("a"), orderOf("b"), "{\"no\":\"mapping\"}"});
  buryNext("province");
  mend();
  const ReplayPage preview = page({}, {.preview = true});
  EXPECT_EQ(count(preview, Outcome::accepted), 1u);
  EXPECT_EQ(count(preview, Outcome::requeued), 1u);
  EXPECT_EQ(count(preview, Outcome::failing), 1u);
  EXPECT_EQ(exceptions().size(), 3u);
  EXPECT_EQ(counts("hotline").accepted, 1u);
  EXPECT_EQ(counts("province").buried, 1u);
}

TEST_F(ReplayTest, PagesTakeEveryExceptionOnceAndLeaveWhatIsNotNamed) {
  std::vector<std::string> bodies;
  for (int i = 0; i < 25; ++i) bodies.push_back(badOrderOf("k" + std::to_string(i)));
  submit(bodies);
  submit({"{\"no\":\"mapping\"}"});
  mend();
  review::ExceptionFilter filter;
  filter.code = codes::kUnmappedCode;
  filter.limit = 10;
  std::size_t replayed = 0;
  std::size_t pages = 0;
  do {
    const ReplayPage one = page(filter);
    replayed += count(one, Outcome::accepted);
    filter.after = one.next;
    ++pages;
  } while (!filter.after.empty());
  EXPECT_EQ(replayed, 25u);
  EXPECT_EQ(pages, 3u);
  EXPECT_EQ(count(page(), Outcome::failing), 1u);
  EXPECT_EQ(exceptions().size(), 1u);
}

TEST_F(ReplayTest, TakesThoseOfATimeAlone) {
  const std::string early = submit({badOrderOf("early")}).at(0).id;
  const WallTime between = exceptions()[0].at + 1ms;
  ASSERT_TRUE(test::eventually([&] { return clock_.wall() > between; }));
  const std::string late = submit({badOrderOf("late")}).at(0).id;
  mend();
  review::ExceptionFilter filter;
  filter.from = between;
  const ReplayPage done = page(filter);
  ASSERT_EQ(done.items.size(), 1u);
  EXPECT_EQ(done.items[0].id, late);
  ASSERT_EQ(exceptions().size(), 1u);
  EXPECT_EQ(exceptions()[0].id, early);
  filter = {};
  filter.to = between;
  EXPECT_EQ(page(filter).items.at(0).id, early);
}

TEST_F(ReplayTest, TakesThoseOfAPeerAlone) {
  submit({badOrderOf("a"), orderOf("b")});
  buryNext("province");
  mend();
  review::ExceptionFilter filter;
  filter.peer = "province";
  EXPECT_EQ(count(page(filter), Outcome::requeued), 1u);
  EXPECT_EQ(exceptions().size(), 1u);
}

TEST_F(ReplayTest, ADeliveryIsNotTakenUpBehindALaterOneOfItsThing) {
  submit({orderOf("a", "first")});
  buryNext("province");
  submit({laterOf(orderOf("a", "second"))});
  deliverNext("province");
  const std::string id = exceptions("province").at(0).id;
  EXPECT_EQ(outcomeOf(id, {.preview = true}), Outcome::superseded);
  const auto item = one(id);
  ASSERT_TRUE(item.ok());
  EXPECT_EQ(item->result, Outcome::superseded);
  EXPECT_THAT(item->message, HasSubstr("--force"));
  EXPECT_EQ(exceptions("province").size(), 1u);
  EXPECT_EQ(depth("province").waiting, 0u);
  EXPECT_EQ(outcomeOf(id, {.force = true}), Outcome::requeued);
  EXPECT_EQ(depth("province").waiting, 1u);
}

TEST_F(ReplayTest, DeliveriesThatWereAllGivenUpAreTakenUpInTheirOrder) {
  submit({orderOf("a", "first")});
  buryNext("province");
  submit({laterOf(orderOf("a", "second"))});
  buryNext("province");
  EXPECT_EQ(count(page(), Outcome::requeued), 2u);
  for (const char* title : {"first", "second"}) {
    auto leases = queue_->deliveries().lease("province", 5, 30s);
    ASSERT_TRUE(leases.ok() && leases->size() == 1);
    EXPECT_THAT(leases->front().event, HasSubstr(title));
    queue::Settlement delivered;
    delivered.lease = leases->front();
    ASSERT_TRUE(queue_->deliveries().settleNow({delivered}).ok());
  }
}

// The raw items of a page were stored after all its deliveries were owed again, also older ones.
TEST_F(ReplayTest, APageTakesRawItemsAndDeliveriesInTheOrderOfTheirArrival) {
  std::string rawest = badOrderOf("a"), later = orderOf("b", "second");
  const auto sameKey = [](std::string& order) {
    for (const char* number : {"Na", "Nb"}) {
      const std::size_t at = order.find(number);
      if (at != std::string::npos) order.replace(at, 2, "NX");
    }
  };
  sameKey(rawest);
  sameKey(later);
  const std::string first = submit({rawest}).at(0).id;
  const std::string second = submit({later}).at(0).id;
  buryNext("province");
  mend();
  ASSERT_EQ(page().items.size(), 2u);
  auto leases = queue_->deliveries().lease("province", 5, 30s);
  ASSERT_TRUE(leases.ok() && !leases->empty());
  EXPECT_EQ(leases->front().recordId, first) << "then " << second;
}

TEST_F(ReplayTest, ARawItemIsNotTakenUpBehindALaterOneOfItsThing) {
  const std::string old = submit({badOrderOf("a")}).at(0).id;
  submit({laterOf(orderOf("a", "newer"))});
  mend();
  EXPECT_EQ(outcomeOf(old, {.preview = true}), Outcome::superseded);
  EXPECT_EQ(outcomeOf(old), Outcome::superseded);
  EXPECT_EQ(exceptions().size(), 1u);
  EXPECT_EQ(counts("hotline").accepted, 1u);
  EXPECT_EQ(outcomeOf(old, {.force = true}), Outcome::accepted);
  EXPECT_EQ(counts("hotline").accepted, 2u);
}

// By arrival the older revision was the later one, and the newer one was never delivered.
TEST_F(ReplayTest, ARawItemIsTakenUpBehindAnOlderRevisionThatCameLater) {
  const std::string newer = submit({laterOf(badOrderOf("a"))}).at(0).id;
  submit({orderOf("a", "older")});
  mend();
  EXPECT_EQ(outcomeOf(newer, {.preview = true}), Outcome::accepted);
  EXPECT_EQ(outcomeOf(newer), Outcome::accepted);
  const auto told = queue_->records().trail(newer);
  ASSERT_TRUE(told.ok() && !told->empty());
  EXPECT_THAT(told->front().event, Not(HasSubstr("\"late\"")));
}

TEST_F(ReplayTest, ADeliveryIsTakenUpBehindALateRevision) {
  submit({laterOf(orderOf("a", "newer"))});
  buryNext("province");
  submit({orderOf("a", "older")});
  deliverNext("province");
  EXPECT_EQ(outcomeOf(exceptions("province").at(0).id), Outcome::requeued);
}

TEST_F(ReplayTest, WhatIsReplayedWasReceivedWhenItCame) {
  const std::string id = submit({badOrderOf("a")}).at(0).id;
  const auto kept = queue_->records().exception(id);
  ASSERT_TRUE(kept.ok() && kept->has_value());
  const WallTime came = (*kept)->at;
  ASSERT_TRUE(test::eventually([&] { return clock_.wall() > came + 20ms; }));
  mend();
  EXPECT_EQ(outcomeOf(id), Outcome::accepted);
  const auto told = queue_->records().trail(id);
  ASSERT_TRUE(told.ok() && !told->empty());
  EXPECT_THAT(told->front().event,
              HasSubstr("\"receivedtime\":\"" + base::formatTime(came) + "\""));
}

TEST_F(ReplayTest, RawItemsOfOneThingAreTakenUpInTheOrderOfTheirArrivalOverPages) {
  submit({badOrderOf("a")});
  submit({laterOf(badOrderOf("a"))});
  mend();
  review::ExceptionFilter filter;
  filter.limit = 1;
  const ReplayPage first = page(filter);
  EXPECT_EQ(count(first, Outcome::accepted), 1u);
  filter.after = first.next;
  EXPECT_EQ(count(page(filter), Outcome::accepted), 1u) << "what was replayed is not later";
}

TEST_F(ReplayTest, AConflictStaysTheOneExceptionItWas) {
  const std::string id = submit({badOrderOf("a")}).at(0).id;
  submit({orderOf("a", "other content")});
  mend();
  for (const bool preview : {true, false}) {
    const auto item = one(id, {.preview = preview});
    ASSERT_TRUE(item.ok());
    EXPECT_EQ(item->result, Outcome::failing);
    EXPECT_EQ(item->code, codes::kConflict);
  }
  EXPECT_EQ(exceptions().size(), 1u);
  EXPECT_EQ(counts("hotline").quarantined, 1u);
}

TEST_F(ReplayTest, AnUnknownExceptionIsNotFound) {
  const auto item = one("nothing");
  ASSERT_FALSE(item.ok());
  EXPECT_EQ(item.error().code, codes::kNotFound);
}

TEST_F(ReplayTest, AnItemOfAPeerThatIsNoMoreStays) {
  submit({badOrderOf("a")});
  config_.peers.erase(config_.peers.begin());
  config_.routes.pop_back();
  compile();
  EXPECT_EQ(count(page(), Outcome::failing), 1u);
  EXPECT_EQ(exceptions().size(), 1u);
}

std::string stepOf(const std::string& number, const std::string& kind, long long at) {
  return R"({"orderKey":"hotline:a","feedbackId":")" + number + R"(","kind":")" + kind +
         R"(","at":)" + std::to_string(at) + R"(,"text":"已修好"})";
}

// A delivery that is taken up again must not set the order back at the peer.
TEST_F(ReplayTest, AStepIsNotTakenUpBehindALaterOneOfItsOrder) {
  submit({orderOf("a")});
  submit({stepOf("g-1", "1", 1615248300)}, "grid");
  buryNext("hotline");
  submit({stepOf("g-2", "0", 1615248307)}, "grid");
  deliverNext("hotline");
  const std::string buried = exceptions("hotline").at(0).id;
  EXPECT_EQ(outcomeOf(buried), Outcome::superseded);
  EXPECT_EQ(outcomeOf(buried, {.preview = false, .force = true}), Outcome::requeued);
}

TEST_F(ReplayTest, StepsThatWereAllGivenUpAreTakenUp) {
  submit({orderOf("a")});
  submit({stepOf("g-1", "1", 1615248300)}, "grid");
  buryNext("hotline");
  submit({stepOf("g-2", "0", 1615248307)}, "grid");
  buryNext("hotline");
  const ReplayPage all = page();
  EXPECT_EQ(count(all, Outcome::requeued), 2u);
}

// What was quarantined as late is as late when it is replayed; a person's force hands it on.
TEST_F(ReplayTest, ALateStepStaysLate) {
  submit({orderOf("a")});
  submit({stepOf("g-1", "0", 1615248307)}, "grid");
  const std::string id = submit({stepOf("g-2", "4", 1615248300)}, "grid").at(0).id;
  ASSERT_EQ(exceptions("grid").at(0).code, codes::kLateStep);
  EXPECT_EQ(one(id)->result, Outcome::failing);
  EXPECT_EQ(one(id)->code, codes::kLateStep);
  EXPECT_EQ(outcomeOf(id, {.preview = false, .force = true}), Outcome::accepted);
  EXPECT_TRUE(exceptions("grid").empty());
}

// What came before its order is taken once that has come.
TEST_F(ReplayTest, AStepOfAnUnknownOrderIsTakenWhenThatHasCome) {
  submit({orderOf("b")});
  const std::string id = submit({stepOf("g-1", "0", 1615248307)}, "grid").at(0).id;
  ASSERT_EQ(exceptions("grid").at(0).code, codes::kUnknownKey);
  EXPECT_EQ(one(id)->result, Outcome::failing);
  submit({orderOf("a")});
  EXPECT_EQ(outcomeOf(id), Outcome::accepted);
  EXPECT_TRUE(exceptions("grid").empty());
}

}  // namespace
}  // namespace lianqiao::intake
