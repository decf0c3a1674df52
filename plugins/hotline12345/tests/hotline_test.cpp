#include <gtest/gtest.h>

#include <set>

#include "conformance/fake_host.h"
#include "hotline12345/hotline_mock.h"
#include "hotline12345/hotline_receiver.h"
#include "hotline12345/hotline_sink.h"
#include "hotline12345/hotline_source.h"

extern "C" const lianqiao::Descriptor* lianqiao_descriptor();

namespace lianqiao::hotline12345 {
namespace {

using namespace std::chrono_literals;

Settings settings() {
  Settings s;
  s.set("url", std::string("http://hotline.test"));
  s.set("pull_path", std::string("/admin/api/order/list"));
  s.set("pull_token", Secret("pull"));
  s.set("page_size", std::int64_t{2});
  s.set("overlap", std::chrono::milliseconds(10min));
  s.set("look_back", std::chrono::milliseconds(24h));
  s.set("backfill_path", std::string("/backfill"));
  s.set("backfill_token", Secret("fill"));
  s.set("operate_username", std::string("robot"));
  s.set("backfill_username", std::string("城管局"));
  s.set("form_type", std::string("consultation"));
  s.set("list_items", std::string("data.list"));
  s.set("list_total", std::string("data.total"));
  s.set("list_id", std::string("id"));
  s.set("list_page_size", std::int64_t{500});
  for (const char* name : {"list_url", "list_time", "manifest_url", "fetch_url", "fetch_item"})
    s.describe(name);
  return s;
}

Deadline soon() { return std::chrono::steady_clock::now() + 5s; }

HttpRequest push(std::string body) {
  HttpRequest request;
  request.method = "POST";
  request.headers.add("Content-Type", "application/json");
  request.body = std::move(body);
  return request;
}

/// Plays the mock's drive() without a gateway: what it would push is thrown away.
class SilentWorld final : public MockWorld {
 public:
  SilentWorld(std::size_t records, WallTime now) : records_(records), now_(now) {}
  std::string_view gatewayUrl() const override { return "http://gateway.test/v1/peers/hotline"; }
  Result<HttpResponse> send(const HttpCall& call) override {
    pushed.push_back(call.body);
    HttpResponse response;
    response.status = 202;
    return response;
  }
  WallTime now() const override { return now_; }
  std::string nonce(std::size_t) override { return "00"; }
  std::size_t records() const override { return records_; }
  bool pause(std::chrono::milliseconds) override { return true; }
  void log(std::string_view) override {}
  std::vector<std::string> pushed;

 private:
  std::size_t records_;
  WallTime now_;
};

TEST(HotlineMock, GivesNoOrderTheNumberOfARunBefore) {
  std::set<std::string> numbers;
  for (const auto begun : {0ms, 20ms}) {
    HotlineMock mock(settings());
    SilentWorld world(20, WallTime(24h) + begun);
    mock.drive(world);
    for (const std::string& body : world.pushed) {
      json::Document order;
      ASSERT_TRUE(json::parse(body, order));
      const json::Value* number = order.root.find("caseguid");
      if (number == nullptr) number = order.root.find("orderNum");
      EXPECT_TRUE(numbers.emplace(number->text()).second) << number->text();
    }
  }
  EXPECT_EQ(numbers.size(), 32u) << "every fifth is listed, not pushed";
}

TEST(HotlineReceiver, TakesTheEnvelopesOfHotlineProducts) {
  HotlineReceiver receiver;
  const struct {
    const char* body;
    std::size_t items;
  } cases[] = {
      {R"({"caseguid":"1"})", 1},
      {R"([{"caseguid":"1"},{"caseguid":"2"}])", 2},
      {R"({"status":200,"data":{"totalPage":1,"list":[{"orderId":"1"},{"orderId":"2"},{"orderId":"3"}]}})",
       3},
      {R"({"custom":{"caseInfo":{"rqsttitle":"t"}}})", 1},
      {R"({"data":"no envelope","caseguid":"1"})", 1},
  };
  for (const auto& row : cases) {
    auto reception = receiver.receive(push(row.body));
    ASSERT_TRUE(reception.ok()) << row.body;
    EXPECT_EQ(reception->items.size(), row.items) << row.body;
  }
}

TEST(HotlineSource, ReadsEveryPageOfEveryWindowAndOverlapsThem) {
  test::FakeHost host;
  HotlineMock mock(settings());
  SilentWorld world(25, host.now());
  mock.drive(world);
  host.onSend([&](const HttpCall& call) -> Result<HttpResponse> {
    return mock.handle(test::asRequest(call), {});
  });
  HotlineSource source(settings(), host);
  std::set<std::string> bodies;
  std::string cursor;
  for (bool more = true; more;) {
    auto batch = source.poll(cursor, soon());
    ASSERT_TRUE(batch.ok()) << batch.error().detail;
    for (const RawItem& item : batch->items) bodies.insert(item.body);
    cursor = batch->cursor;
    more = batch->more;
  }
  EXPECT_EQ(bodies.size(), 5u) << "every fifth order is only to be pulled";
  // The next window begins before the end of the last: an order that appears late is found.
  host.advance(1min);
  auto again = source.poll(cursor, soon());
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(again->items.size(), 2u);
  EXPECT_TRUE(again->more);
}

TEST(HotlineSource, DoesNotBringStoredRowsAgainInEveryOverlap) {
  test::FakeHost host;
  HotlineMock mock(settings());
  SilentWorld world(25, host.now());
  mock.drive(world);
  host.onSend([&](const HttpCall& call) -> Result<HttpResponse> {
    return mock.handle(test::asRequest(call), {});
  });
  HotlineSource source(settings(), host);
  std::size_t items = 0;
  std::string cursor;
  for (int window = 0; window < 4; ++window) {
    for (bool more = true; more;) {
      auto batch = source.poll(cursor, soon());
      ASSERT_TRUE(batch.ok());
      ASSERT_TRUE(source.confirm(*batch, {}).ok());
      items += batch->items.size();
      cursor = batch->cursor;
      more = batch->more;
    }
    host.advance(1min);
  }
  EXPECT_EQ(items, 5u);
}

TEST(HotlineSource, GoesOnInsideTheWindowAfterARestart) {
  test::FakeHost host;
  HotlineMock mock(settings());
  SilentWorld world(25, host.now());
  mock.drive(world);
  host.onSend([&](const HttpCall& call) -> Result<HttpResponse> {
    return mock.handle(test::asRequest(call), {});
  });
  auto first = HotlineSource(settings(), host).poll("", soon());
  ASSERT_TRUE(first.ok());
  auto second = HotlineSource(settings(), host).poll(first->cursor, soon());
  ASSERT_TRUE(second.ok());
  EXPECT_NE(first->items.front().body, second->items.front().body);
}

TEST(HotlineSource, BelievesNoPageCountThatWouldLoseOrdersOrAskWithoutEnd) {
  test::FakeHost host;
  HotlineSource source(settings(), host);
  for (const char* count :
       {"", R"("totalPage":null,)", R"("totalPage":"two",)", R"("totalPage":-1,)",
        R"("totalPage":1.5,)", R"("totalPage":"",)", R"("totalPage":"99999999999999999999999",)",
        R"("totalPage":1e30,)", R"("totalPage":9223372036854775807,)", R"("totalPage":0,)",
        R"("totalPage":[1],)"}) {
    host.answer(200,
                R"({"status":200,"data":{)" + std::string(count) + R"("list":[{"orderId":"1"}]}})");
    const auto batch = source.poll("", soon());
    ASSERT_FALSE(batch.ok()) << count;
    EXPECT_EQ(batch.error().code, codes::kProtocol) << count;
    EXPECT_NE(batch.error().detail.find("totalPage"), std::string::npos);
  }
  host.answer(200, R"({"status":200,"data":{"totalPage":3,"list":[]}})");
  EXPECT_EQ(source.poll("", soon()).error().code, codes::kProtocol)
      << "an empty page before the last";
  host.answer(200, R"({"status":"200","data":{"totalPage":"2","list":[{"orderId":"1"}]}})");
  EXPECT_TRUE(source.poll("", soon())->more) << "a count as text is one";
  host.answer(200, R"({"status":200,"data":{"totalPage":0,"list":[]}})");
  EXPECT_FALSE(source.poll("", soon())->more) << "an empty window is none";
  host.answer(200, R"({"status":"99999999999999999999","data":{"totalPage":1,"list":[]}})");
  EXPECT_FALSE(source.poll("", soon()).ok());
}

TEST(HotlineSource, SaysThatTheTokenIsToBeRenewed) {
  test::FakeHost host;
  host.answer(200, R"({"status":401,"msg":"token 失效","data":null})");
  HotlineSource source(settings(), host);
  auto batch = source.poll("", soon());
  ASSERT_FALSE(batch.ok());
  EXPECT_EQ(batch.error().code, codes::kRefused);
  EXPECT_NE(batch.error().detail.find("pull_token"), std::string::npos);
}

struct Step {
  json::Document document;
  Delivery delivery;
  explicit Step(std::string_view payload) {
    EXPECT_TRUE(json::parse(payload, document).ok());
    delivery = {.recordId = "r",
                .key = "k",
                .type = "work_order_step",
                .idempotencyKey = "r.hotline",
                .attempt = 1,
                .payload = document.root,
                .payloadText = payload,
                .record = document.root};
  }
};

TEST(HotlineSink, FillsEveryStepBackThatTheHotlineKnows) {
  test::FakeHost host;
  HotlineMock mock(settings());
  host.onSend([&](const HttpCall& call) -> Result<HttpResponse> {
    return mock.handle(test::asRequest(call), {});
  });
  HotlineSink sink(settings(), host);
  for (
      const char* payload : {
          R"({"step":"initialReply","caseguid":"c","firstOpinion":"已处理"})",
          R"({"step":"sendBack","caseguid":"c","reason":"非本单位职责","description":"d"})",
          R"({"step":"applyExtension","caseguid":"c","reason":"需采购","limit":"5","unit":"工作日"})",
      }) {
    Step step(payload);
    const Outcome outcome = sink.deliver(step.delivery, soon());
    EXPECT_EQ(outcome.verdict, Verdict::delivered) << payload << outcome.detail;
    EXPECT_EQ(outcome.receipt, "HT-r.hotline");
  }
  EXPECT_EQ(host.calls().front().url, "http://hotline.test/backfill/initialReply");
}

TEST(HotlineMock, ListsWhatWasFilledBackOfADay) {
  Settings s = settings();
  s.set("list_url", std::string("http://hotline.test/held?date={day}"));
  test::FakeHost host;
  HotlineMock mock(s);
  host.onSend([&](const HttpCall& call) -> Result<HttpResponse> {
    return mock.handle(test::asRequest(call), host.now());
  });
  HotlineSink sink(s, host);
  Step step(R"({"step":"initialReply","caseguid":"c","firstOpinion":"已处理"})");
  const std::string receipt = sink.deliver(step.delivery, soon()).receipt;
  sink.deliver(step.delivery, soon());
  const auto role = lianqiao_descriptor()->makeCounterpart(s, host);
  HeldQuery query;
  query.day = "2026-01-01";
  query.fields = {"caseguid", "firstOpinion"};
  const auto page = role->list(query, "", soon());
  ASSERT_TRUE(page.ok()) << page.error().detail;
  ASSERT_EQ(page->items.size(), 1U);
  EXPECT_EQ(page->items[0].id, receipt);
  EXPECT_EQ(page->items[0].fields, (std::vector<std::string>{"c", "已处理"}));
  s.set("pull_token", Secret("another"));
  EXPECT_FALSE(lianqiao_descriptor()->makeCounterpart(s, host)->list(query, "", soon()).ok());
}

TEST(HotlineSink, RejectsAStepThatTheHotlineDoesNotKnowOrThatLacksAMember) {
  test::FakeHost host;
  HotlineSink sink(settings(), host);
  for (const char* payload : {R"({"step":"fly","caseguid":"c"})", R"({"caseguid":"c"})",
                              R"({"step":"sendBack","caseguid":"c","reason":"x"})"}) {
    Step step(payload);
    EXPECT_EQ(sink.deliver(step.delivery, soon()).verdict, Verdict::rejected) << payload;
  }
  EXPECT_TRUE(host.calls().empty());
}

TEST(HotlineSink, OnlyA200Confirms) {
  test::FakeHost host;
  HotlineSink sink(settings(), host);
  Step step(R"({"step":"initialReply","caseguid":"c","firstOpinion":"x"})");
  for (const int status : {202, 204, 500, 302}) {
    host.answer(status, "");
    EXPECT_NE(sink.deliver(step.delivery, soon()).verdict, Verdict::delivered) << status;
  }
}

}  // namespace
}  // namespace lianqiao::hotline12345
