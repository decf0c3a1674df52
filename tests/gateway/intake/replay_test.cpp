#include "intake/replay.h"

#include "lianqiao/codes.h"
#include "support/service_fixture.h"

namespace lianqiao::intake {
namespace {

using namespace std::chrono_literals;

using test::badOrderOf;
using test::orderOf;
using ::testing::HasSubstr;

class ReplayTest : public test::ServiceTest {
 protected:
  /// What a person does: adds the missing code to the table.
  void mend() {
    std::string text = pipeline::kOrderTypes;
    text += "  - {theirs: \"99\", ours: other, text: 其他}\n";
    config_.codeTables["order_type"] = pipeline::yaml(text, "codes/order_type.yaml");
    compile();
  }
  Result<ReplayReport> one(const std::string& id) {
    const EntryMaker entries(*pipeline_, clock_, ids_);
    return Replay(*queue_, entries).one(id);
  }
  Result<ReplayReport> all(queue::ExceptionFilter filter = {}) {
    const EntryMaker entries(*pipeline_, clock_, ids_);
    return Replay(*queue_, entries).all(filter);
  }
};

TEST_F(ReplayTest, AQuarantinedItemIsAcceptedOnceTheMappingIsMended) {
  const std::string id = submit({badOrderOf("a")}).at(0).id;
  mend();
  const auto report = one(id);
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->replayed, 1u);
  EXPECT_EQ(report->failed, 0u) << (report->failures.empty() ? "" : report->failures[0]);
  EXPECT_TRUE(exceptions().empty());
  EXPECT_EQ(counts("hotline").accepted, 1u);
}

TEST_F(ReplayTest, WhatIsStillBadStaysTheExceptionItWas) {
  const std::string id = submit({badOrderOf("a")}).at(0).id;
  const auto report = one(id);
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->replayed, 0u);
  EXPECT_EQ(report->failed, 1u);
  ASSERT_EQ(report->failures.size(), 1u);
  EXPECT_THAT(report->failures[0], HasSubstr(id));
  EXPECT_THAT(report->failures[0], HasSubstr("normalize.unmapped_code"));
  ASSERT_EQ(exceptions().size(), 1u);
  EXPECT_EQ(exceptions()[0].id, id);
}

TEST_F(ReplayTest, ARowThatWasReadInPartDoesNotBecomeARecord) {
  pipeline::Workspace workspace;
  RawItem row;
  row.body = orderOf("a");
  row.problems.push_back({std::string(codes::kBadRow), "/cell", "one column too many"});
  queue::Submission submission;
  submission.entries.push_back(EntryMaker(*pipeline_, clock_, ids_).make("hotline", std::move(row), workspace));
  std::promise<void> stored;
  queue_->submit(std::move(submission), [&](const Result<std::vector<ItemVerdict>>&) { stored.set_value(); });
  stored.get_future().wait();
  ASSERT_EQ(exceptions().size(), 1u);
  const auto report = one(exceptions()[0].id);
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->replayed, 0u);
  ASSERT_EQ(report->failures.size(), 1u);
  EXPECT_THAT(report->failures[0], HasSubstr("send it again"));
  EXPECT_EQ(exceptions().size(), 1u);
  EXPECT_EQ(counts("hotline").accepted, 0u);
}

TEST_F(ReplayTest, WhatHasComeGoodMeanwhileIsADuplicate) {
  const std::string id = submit({badOrderOf("a")}).at(0).id;
  mend();
  submit({badOrderOf("a")});
  const auto report = one(id);
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->duplicates, 1u);
  EXPECT_TRUE(exceptions().empty());
  EXPECT_EQ(counts("hotline").accepted, 1u);
}

TEST_F(ReplayTest, ABuriedDeliveryIsOwedAgain) {
  submit({orderOf("a")});
  auto leases = queue_->lease("province", 1, 30s);
  ASSERT_TRUE(leases.ok() && leases->size() == 1);
  queue::Settlement buried;
  buried.kind = queue::Settlement::Kind::buried;
  buried.lease = leases->front();
  buried.code = codes::kRejected;
  buried.detail = "no";
  ASSERT_TRUE(queue_->settleNow({buried}).ok());
  const auto found = exceptions("province");
  ASSERT_EQ(found.size(), 1u);
  const auto report = one(found[0].id);
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->replayed, 1u);
  EXPECT_TRUE(exceptions().empty());
  EXPECT_EQ(counts("province").buried, 0u);
  leases = queue_->lease("province", 1, 30s);
  ASSERT_TRUE(leases.ok());
  EXPECT_EQ(leases->size(), 1u);
}

TEST_F(ReplayTest, AllTakesEveryPageOnceAndLeavesWhatIsNotNamed) {
  std::vector<std::string> bodies;
  for (int i = 0; i < 25; ++i) bodies.push_back(badOrderOf("k" + std::to_string(i)));
  submit(bodies);
  submit({"{\"no\":\"mapping\"}"});
  mend();
  queue::ExceptionFilter filter;
  filter.code = codes::kUnmappedCode;
  filter.limit = 10;
  const auto report = all(filter);
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->replayed, 25u);
  EXPECT_EQ(exceptions().size(), 1u);
  const auto rest = all();
  ASSERT_TRUE(rest.ok());
  EXPECT_EQ(rest->failed, 1u);
  EXPECT_EQ(exceptions().size(), 1u);
}

TEST_F(ReplayTest, AnUnknownExceptionIsNotFound) {
  const auto report = one("nothing");
  ASSERT_FALSE(report.ok());
  EXPECT_EQ(report.error().code, codes::kNotFound);
}

TEST_F(ReplayTest, AnItemOfAPeerThatIsNoMoreStays) {
  submit({badOrderOf("a")});
  config_.peers.erase(config_.peers.begin());
  config_.routes.pop_back();
  compile();
  const auto report = all();
  ASSERT_TRUE(report.ok());
  EXPECT_EQ(report->failed, 1u);
  EXPECT_EQ(exceptions().size(), 1u);
}

}  // namespace
}  // namespace lianqiao::intake
