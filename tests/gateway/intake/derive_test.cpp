// From a raw item to what is owed: a record and what rules derive from it.
#include <gmock/gmock.h>

#include "intake/replay.h"
#include "support/service_fixture.h"

namespace lianqiao::intake {
namespace {

using namespace std::chrono_literals;
using test::orderOf;
using testing::HasSubstr;

class DeriveTest : public test::ServiceTest {
 protected:
  void SetUp() override {
    config_ = pipeline::workOrderConfig();
    setMapping("data.title");
    using Operator = config::RouteCondition::Operator;
    config_.derivations = {{"to-township",
                            {{"type", Operator::equals, {"work_order"}},
                             {"data.channel", Operator::equals, {"phone"}}},
                            "township",
                            std::nullopt,
                            {},
                            {}}};
    compile();
    open();
  }
  /// The township's order has that as its title.
  void setMapping(const std::string& title) {
    config_.mappings["township"] = pipeline::yaml(
        "mapping: township\ndirection: derived\ntype: work_order\n"
        "record: {key: [{const: township}, data.orderNo]}\nfields:\n"
        "  orderNo: data.orderNo\n  title: " +
            title +
            "\n  content: data.content\n  createdTime: data.createdTime\n"
            "  orderType: {const: {code: help}}\n  channel.code: {const: internet}\n",
        "mappings/township.yaml");
  }
  std::vector<queue::Lease> owed() {
    auto leases = queue_->deliveries().lease("grid", 100, 30s);
    EXPECT_TRUE(leases.ok());
    return leases.ok() ? std::move(*leases) : std::vector<queue::Lease>();
  }
};

TEST_F(DeriveTest, BothAreOwedAndTheSenderIsToldOfHisOwn) {
  const auto verdicts = submit({pipeline::kOrder});
  ASSERT_EQ(verdicts.size(), 1u);
  EXPECT_EQ(verdicts[0].status, ItemVerdict::Status::accepted);
  const auto leases = owed();
  ASSERT_EQ(leases.size(), 2u);
  EXPECT_EQ(leases[0].recordId, verdicts[0].id);
  EXPECT_EQ(leases[1].key, "hotline:township/ZK20210309001");
  EXPECT_THAT(leases[1].event, HasSubstr(R"("cause":")" + verdicts[0].id + '"'));
  EXPECT_THAT(leases[1].event, HasSubstr(R"("sourceid":"to-township/5f1c-77")"));
  EXPECT_EQ(submit({pipeline::kOrder})[0].status, ItemVerdict::Status::duplicate);
  EXPECT_TRUE(owed().empty());
}

TEST_F(DeriveTest, WhatARuleCannotMakeIsReplayedByItOnceItIsMended) {
  setMapping("data.subject.name");
  compile();
  EXPECT_EQ(submit({pipeline::kOrder})[0].status, ItemVerdict::Status::accepted);
  ASSERT_EQ(owed().size(), 1u) << "the cause stands";
  auto found = exceptions();
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].code, "validate.schema");
  EXPECT_THAT(queue_->records().exception(found[0].id)->value().detail,
              HasSubstr("derivation to-township"));
  const auto replay = [&] {
    const EntryMaker entries(*pipeline_, clock_, ids_);
    return Replay(queue_->submissions(), queue_->records(), entries).one(found[0].id, {});
  };
  EXPECT_EQ(replay()->result, ReplayItem::Result::failing);
  setMapping("data.title");
  compile();
  const auto done = replay();
  ASSERT_TRUE(done.ok()) << done.error().detail;
  EXPECT_EQ(done->result, ReplayItem::Result::accepted) << done->message;
  EXPECT_TRUE(exceptions().empty());
  const auto leases = owed();
  ASSERT_EQ(leases.size(), 1u);
  EXPECT_EQ(leases[0].key, "hotline:township/ZK20210309001");
  EXPECT_THAT(leases[0].event, HasSubstr(R"("sourceid":"to-township/5f1c-77")"));
}

}  // namespace
}  // namespace lianqiao::intake
