#include "intake/outbox.h"

#include "lianqiao/codes.h"
#include "support/service_fixture.h"

namespace lianqiao::intake {
namespace {

using namespace std::chrono_literals;

using test::eventually;
using test::orderOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class OutboxTest : public test::ServiceTest {
 protected:
  struct Item {
    std::string lease, id, title;
    std::int64_t attempt = 0;
  };
  std::vector<Item> fetch(std::string_view limit = {}, std::chrono::milliseconds lease = 30s) {
    Outbox outbox(queue_->deliveries(), *pipeline_);
    auto response = outbox.fetch("province", limit, lease);
    EXPECT_TRUE(response.ok());
    std::vector<Item> items;
    json::Document document;
    if (!response.ok() || !json::parse(response->body, document)) return items;
    for (const json::Value& item : document.root.find("items")->elements()) {
      items.push_back({std::string(item.find("lease")->text()),
                       std::string(item.find("id")->text()),
                       std::string(item.find("payload")->find("data")->find("title")->text()),
                       item.find("attempt")->integer().value_or(0)});
    }
    return items;
  }
  Result<HttpResponse> acknowledge(const std::string& lease, const std::string& result,
                                   std::string_view by = "province") {
    Outbox outbox(queue_->deliveries(), *pipeline_);
    return outbox.acknowledge(by, R"({"items":[{"lease":")" + lease + R"(","result":")" + result +
                                      R"(","reason":"why"}]})");
  }
};

TEST_F(OutboxTest, GivesNoMoreThanTheLimit) {
  std::vector<std::string> bodies;
  for (int i = 0; i < 60; ++i) bodies.push_back(orderOf("k" + std::to_string(i)));
  submit(bodies);
  EXPECT_EQ(fetch("3").size(), 3u);
  EXPECT_EQ(fetch().size(), 50u) << "the default";
  EXPECT_EQ(fetch("500").size(), 7u);
  Outbox outbox(queue_->deliveries(), *pipeline_);
  for (const char* limit : {"0", "501", "-1", "x", "5x", "99999999999999999999999"}) {
    const auto refused = outbox.fetch("province", limit, 30s);
    ASSERT_FALSE(refused.ok()) << limit;
    EXPECT_EQ(refused.error().code, codes::kMalformed);
  }
}

TEST_F(OutboxTest, AnAnswerIsBoundedInBytesAndWhatDidNotFitComesNext) {
  std::string content;
  for (int i = 0; i < 20000; ++i) content += "灯";
  std::vector<std::string> bodies;
  for (int i = 0; i < 300; ++i) {
    std::string body = orderOf("k" + std::to_string(i));
    bodies.push_back(body.replace(body.find("人民路路灯三天不亮"), 9 * 3, content));
  }
  submit(bodies);
  std::set<std::string> seen;
  std::size_t rounds = 0;
  for (; seen.size() < 300 && rounds < 20; ++rounds) {
    const auto items = fetch("500");
    EXPECT_LT(items.size(), 250u);
    for (const Item& item : items) {
      seen.insert(item.id);
      EXPECT_EQ(item.attempt, 1);
    }
  }
  EXPECT_EQ(seen.size(), 300u);
  EXPECT_GE(rounds, 2u);
}

TEST_F(OutboxTest, DeliveredIsSettledAndDoesNotComeAgain) {
  submit({orderOf("a")});
  const auto items = fetch();
  ASSERT_EQ(items.size(), 1u);
  ASSERT_TRUE(acknowledge(items[0].lease, "delivered").ok());
  EXPECT_EQ(counts("province").delivered, 1u);
  EXPECT_TRUE(fetch().empty());
  const auto again = acknowledge(items[0].lease, "delivered");
  ASSERT_TRUE(again.ok()) << "said twice does no harm";
  EXPECT_EQ(again->body, R"({"acknowledged":0,"unknown":[0]})");
  EXPECT_EQ(counts("province").delivered, 1u);
}

TEST_F(OutboxTest, RejectedBecomesAnException) {
  submit({orderOf("a")});
  ASSERT_TRUE(acknowledge(fetch().at(0).lease, "rejected").ok());
  const auto found = exceptions("province");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].code, codes::kRejected);
  EXPECT_THAT(found[0].detail, HasSubstr("why"));
}

TEST_F(OutboxTest, AnEndlessReasonIsCutAndSaysSo) {
  submit({orderOf("a")});
  std::string reason = "x";
  for (int i = 0; i < 1000; ++i) reason += "错";
  Outbox outbox(queue_->deliveries(), *pipeline_);
  ASSERT_TRUE(outbox
                  .acknowledge("province", R"({"items":[{"lease":")" + fetch().at(0).lease +
                                               R"(","result":"rejected","reason":")" + reason +
                                               R"("}]})")
                  .ok());
  const auto found = exceptions("province");
  ASSERT_EQ(found.size(), 1u);
  EXPECT_LE(found[0].detail.size(), 500u);
  EXPECT_TRUE(found[0].detail.ends_with("错 … (cut)")) << found[0].detail;
}

TEST_F(OutboxTest, AReasonIsCutWithinNoNumber) {
  submit({orderOf("a")});
  Outbox outbox(queue_->deliveries(), *pipeline_);
  const std::string reason = std::string(470, 'x') + "13800008000";
  ASSERT_TRUE(outbox
                  .acknowledge("province", R"({"items":[{"lease":")" + fetch().at(0).lease +
                                               R"(","result":"rejected","reason":")" + reason +
                                               R"("}]})")
                  .ok());
  EXPECT_EQ(exceptions("province").at(0).detail, std::string(470, 'x') + " … (cut)");
}

TEST_F(OutboxTest, AReceiptThatIsNoReceiptIsRefused) {
  submit({orderOf("a")});
  Outbox outbox(queue_->deliveries(), *pipeline_);
  const auto refused =
      outbox.acknowledge("province", R"({"items":[{"lease":")" + fetch().at(0).lease +
                                         R"(","receipt":")" + std::string(201, 'r') + R"("}]})");
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().detail, HasSubstr("items[0].receipt"));
}

TEST_F(OutboxTest, RetryWaitsAndIsNotLost) {
  submit({orderOf("a")});
  ASSERT_TRUE(acknowledge(fetch().at(0).lease, "retry").ok());
  EXPECT_EQ(depth("province").retrying, 1u);
  EXPECT_EQ(counts("province").buried, 0u);
}

TEST_F(OutboxTest, WhatIsNotAcknowledgedComesAgainAndTheOldLeaseIsIgnored) {
  submit({orderOf("a")});
  const auto first = fetch({}, 1ms);
  ASSERT_EQ(first.size(), 1u);
  std::vector<Item> second;
  ASSERT_TRUE(eventually([&] { return !(second = fetch()).empty(); }));
  EXPECT_EQ(second[0].id, first[0].id);
  EXPECT_NE(second[0].lease, first[0].lease);
  ASSERT_TRUE(acknowledge(first[0].lease, "delivered").ok());
  EXPECT_EQ(counts("province").delivered, 0u);
  ASSERT_TRUE(acknowledge(second[0].lease, "delivered").ok());
  EXPECT_EQ(counts("province").delivered, 1u);
}

TEST_F(OutboxTest, OneRecordOfAKeyIsOutAtATime) {
  submit({orderOf("a", "one")});
  std::string later = orderOf("a", "two");
  later.replace(later.find("08:05:07"), 8, "08:05:08");
  submit({later});
  const auto first = fetch();
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(first[0].title, "one");
  EXPECT_TRUE(fetch().empty());
  ASSERT_TRUE(acknowledge(first[0].lease, "delivered").ok());
  std::vector<Item> second;
  ASSERT_TRUE(eventually([&] { return !(second = fetch()).empty(); }));
  EXPECT_EQ(second[0].title, "two");
}

TEST_F(OutboxTest, ALeaseOfAnotherPeerSettlesNothing) {
  submit({orderOf("a")});
  const auto items = fetch();
  ASSERT_EQ(items.size(), 1u);
  const auto foreign = acknowledge(items[0].lease, "delivered", "grid");
  ASSERT_TRUE(foreign.ok());
  EXPECT_EQ(foreign->body, R"({"acknowledged":0,"unknown":[0]})");
  EXPECT_EQ(counts("province").delivered, 0u);
  EXPECT_EQ(counts("grid").delivered, 0u);
  EXPECT_EQ(depth("province").leased, 1u);
  EXPECT_EQ(depth("grid").waiting, 1u);
}

TEST_F(OutboxTest, WhatIsNoLeaseOfOursIsRefusedAsAWhole) {
  submit({orderOf("a"), orderOf("b")});
  const auto items = fetch();
  ASSERT_EQ(items.size(), 2u);
  Outbox outbox(queue_->deliveries(), *pipeline_);
  for (const std::string bad : {"", "xyz", "00", "7c7c7c7c", "617c627c787c317c6b"}) {
    const auto refused = outbox.acknowledge("province", R"({"items":[{"lease":")" + items[0].lease +
                                                            R"("},{"lease":")" + bad + R"("}]})");
    ASSERT_FALSE(refused.ok()) << bad;
    EXPECT_EQ(refused.error().code, codes::kMalformed);
    EXPECT_THAT(refused.error().detail, HasSubstr("items[1]"));
  }
  for (const char* body :
       {"", "[]", "{}", R"({"items":{}})", R"({"items":[1]})", R"({"items":[{"lease":7}]})"}) {
    EXPECT_FALSE(outbox.acknowledge("province", body).ok()) << body;
  }
  EXPECT_FALSE(acknowledge(items[0].lease, "maybe").ok());
  EXPECT_EQ(counts("province").delivered, 0u) << "nothing of a bad request is settled";
}

// Rule: who rejects all that it fetches is given no more at its share; the rest stays owed to it.
TEST_F(OutboxTest, WithoutRoomForExceptionsNothingIsGivenAndAllStaysOwed) {
  submit({orderOf("a"), orderOf("b"), orderOf("c")});
  queue::ExceptionRoom room(2, 1u << 20);
  Outbox outbox(queue_->deliveries(), *pipeline_, &room);
  for (int i = 0; i < 2; ++i) {
    const auto items = fetch("1");
    ASSERT_EQ(items.size(), 1u);
    ASSERT_TRUE(outbox
                    .acknowledge("province", R"({"items":[{"lease":")" + items[0].lease +
                                                 R"(","result":"rejected"}]})")
                    .ok());
  }
  const auto refused = outbox.fetch("province", {}, 30s);
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, codes::kExceptionsFull);
  EXPECT_EQ(depth("province").waiting, 1u);
  for (const auto& one : exceptions("province"))
    ASSERT_TRUE(queue_->records().dropException(one.id).value());
  room.know(queue_->records().exceptionShares().value()["province"].deliveries, room.mark());
  EXPECT_TRUE(outbox.fetch("province", {}, 30s).ok());
}

}  // namespace
}  // namespace lianqiao::intake
