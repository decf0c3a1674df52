#include <gtest/gtest.h>

#include "platform.h"

namespace lianqiao::data_exchange {
namespace {

using namespace test;

class EveryScheme : public ::testing::TestWithParam<const char*> {};

TEST_P(EveryScheme, IsTakenByAPlatformThatChecksIt) {
  Platform platform(settingsWith(GetParam(), {{"send_path", "/api/push?b=2&a=1"}}));
  const Sample sample("key-1");
  const Outcome outcome = platform.sink.deliver(sample.get(), soon());
  EXPECT_EQ(outcome.verdict, Verdict::delivered) << outcome.detail;
  EXPECT_EQ(outcome.receipt, "P-key-1");
  EXPECT_EQ(platform.mock.taken().distinct, 1U);
  EXPECT_EQ(platform.mock.taken().refused, 0U);
}

TEST_P(EveryScheme, IsAskedForWhatItTookOfADay) {
  const Settings settings =
      settingsWith(GetParam(), {{"list_url", "http://platform.example/held?day={day}"}});
  Platform platform(settings);
  for (const char* key : {"key-1", "key-2", "key-1"})
    platform.sink.deliver(Sample(key).get(), soon());
  HeldQuery query;
  query.day = "2026-01-01";
  query.fields = {"orderNum"};
  const auto page = adapter().makeCounterpart(settings, platform.host)->list(query, "", soon());
  ASSERT_TRUE(page.ok()) << page.error().detail;
  ASSERT_EQ(page->items.size(), 2U);
  EXPECT_EQ(page->total, 2U);
  EXPECT_EQ(page->items[1].id, "P-key-2");
  EXPECT_EQ(page->items[1].fields, std::vector<std::string>{"A1"});
  lianqiao::test::FakeHost other;
  other.onSend([&](const HttpCall& call) -> Result<HttpResponse> {
    return platform.mock.handle(lianqiao::test::asRequest(call), other.now());
  });
  const Settings wrong = settingsWith(
      GetParam(),
      {{"list_url", "http://platform.example/held?day={day}"}, {"secret", "another-secret"}});
  EXPECT_FALSE(adapter().makeCounterpart(wrong, other)->list(query, "", soon()).ok());
}

TEST_P(EveryScheme, IsRefusedWithAnotherSecret) {
  Platform platform(settingsWith(GetParam()));
  lianqiao::test::FakeHost host;
  host.onSend([&](const HttpCall& call) -> Result<HttpResponse> {
    return platform.mock.handle(lianqiao::test::asRequest(call), platform.host.now());
  });
  ExchangeSink sink(settingsWith(GetParam(), {{"secret", "another-secret"}}), host);
  const Sample sample("key-1");
  const Outcome outcome = sink.deliver(sample.get(), soon());
  EXPECT_EQ(outcome.verdict, Verdict::refused);
  EXPECT_NE(outcome.detail.find("Invalid signature"), std::string::npos) << outcome.detail;
  EXPECT_EQ(host.calls().size(), 1U) << "no key is fetched, so there is nothing to try again";
  EXPECT_EQ(platform.mock.taken().distinct, 0U);
}

TEST_P(EveryScheme, IsRefusedWithAWrongClock) {
  Platform platform(settingsWith(GetParam()));
  lianqiao::test::FakeHost host;
  host.advance(std::chrono::hours(1));
  host.onSend([&](const HttpCall& call) -> Result<HttpResponse> {
    return platform.mock.handle(lianqiao::test::asRequest(call), platform.host.now());
  });
  ExchangeSink sink(settingsWith(GetParam()), host);
  const Sample sample("key-1");
  const Outcome outcome = sink.deliver(sample.get(), soon());
  EXPECT_EQ(outcome.verdict, Verdict::refused);
  EXPECT_NE(outcome.detail.find("Clock skew exceeded"), std::string::npos) << outcome.detail;
}

INSTANTIATE_TEST_SUITE_P(ExchangeSink, EveryScheme,
                         ::testing::Values("gjgxjhpt", "gjzwfwpt", "bg-hmac", "tif", "x-hmac-auth",
                                           "client-id"),
                         [](const auto& one) {
                           std::string name = one.param;
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST(ExchangeSink, AReplayedNonceIsRefused) {
  Platform platform(settingsWith("client-id"));
  const Sample sample("key-1");
  ASSERT_EQ(platform.sink.deliver(sample.get(), soon()).verdict, Verdict::delivered);
  const auto again = platform.mock.handle(lianqiao::test::asRequest(platform.host.lastCall()),
                                          platform.host.now());
  EXPECT_EQ(again.status, 401);
}

TEST(ExchangeSink, SendsNamesInLowerCaseWhereThePlatformWantsThem) {
  Platform platform(settingsWith("gjzwfwpt", {{"idempotency_member", "requestId"}}));
  const Sample sample("key-1", R"({"orderNum":"A1","Deep":{"List":[{"InnerName":"不变 X"}]}})");
  ASSERT_EQ(platform.sink.deliver(sample.get(), soon()).verdict, Verdict::delivered);
  EXPECT_EQ(platform.host.lastCall().body,
            R"({"ordernum":"A1","deep":{"list":[{"innername":"不变 X"}]},"requestid":"key-1"})");
  const Sample twice("key-2", R"({"Name":"a","name":"b"})");
  const Outcome outcome = platform.sink.deliver(twice.get(), soon());
  EXPECT_EQ(outcome.verdict, Verdict::rejected);
  EXPECT_NE(outcome.detail.find("name twice"), std::string::npos) << outcome.detail;
}

TEST(ExchangeSink, SendsEachTypeToItsOwnService) {
  Platform platform(settingsWith(
      "gjgxjhpt", {{"services", "work_order_step: s_0000000000000_0002 /sysapi/steps"}}));
  const Sample order("key-1");
  const Sample step("key-2", R"({"step":"replied"})", "work_order_step");
  ASSERT_EQ(platform.sink.deliver(order.get(), soon()).verdict, Verdict::delivered);
  EXPECT_EQ(platform.host.lastCall().url, "http://platform.example/httpproxy");
  EXPECT_EQ(platform.host.lastCall().headers.get("gjgxjhpt_sid"), "s_0000000000000_0001");
  ASSERT_EQ(platform.sink.deliver(step.get(), soon()).verdict, Verdict::delivered);
  EXPECT_EQ(platform.host.lastCall().url, "http://platform.example/sysapi/steps");
  EXPECT_EQ(platform.host.lastCall().headers.get("gjgxjhpt_sid"), "s_0000000000000_0002");
}

TEST(ExchangeSink, PacksSeveralRecordsIntoOneBody) {
  Platform platform(settingsWith("gjgxjhpt", {{"body_form", "array"},
                                              {"batch", "2"},
                                              {"services", "work_order_step: s_2"},
                                              {"idempotency_member", "requestId"}}));
  EXPECT_EQ(platform.sink.batchLimit(), 2U);
  const Sample a("a", R"({"n":1})");
  const Sample b("b", R"({})");
  const Sample c("c", R"({"n":3})");
  const Sample d("d", R"({"n":4})", "work_order_step");
  const Delivery all[] = {a.get(), b.get(), c.get(), d.get()};
  for (const Outcome& outcome : platform.sink.deliverBatch(all, soon())) {
    EXPECT_EQ(outcome.verdict, Verdict::delivered) << outcome.detail;
  }
  const auto calls = platform.host.calls();
  ASSERT_EQ(calls.size(), 3U);
  EXPECT_EQ(calls[0].body, R"({"data":[{"n":1,"requestId":"a"},{"requestId":"b"}]})");
  EXPECT_EQ(calls[0].headers.get("Idempotency-Key"), "a,b");
  EXPECT_EQ(platform.mock.taken().distinct, 4U);
}

// Common servers take 4 to 8 KiB of head: whatever `batch` is, the keys leave room for the rest.
TEST(ExchangeSink, NeverFillsTheHeadWithTheKeysOfABatch) {
  for (const std::size_t keyBytes : {45U, 101U, 1536U, 3072U}) {
    Platform platform(settingsWith("gjgxjhpt", {{"body_form", "array"}, {"batch", "1000"}}));
    std::vector<std::unique_ptr<Sample>> samples;
    std::vector<Delivery> all;
    for (int i = 0; i < 200; ++i) {
      std::string key = std::to_string(i);
      key.insert(0, keyBytes - key.size(), 'k');
      all.push_back(samples.emplace_back(std::make_unique<Sample>(std::move(key)))->get());
    }
    for (const Outcome& outcome : platform.sink.deliverBatch(all, soon())) {
      EXPECT_EQ(outcome.verdict, Verdict::delivered) << outcome.detail;
    }
    EXPECT_EQ(platform.mock.taken().distinct, 200U);
    EXPECT_EQ(platform.mock.taken().doubled, 0U);
    for (const HttpCall& call : platform.host.calls()) {
      std::size_t head = 0;
      for (const auto& [name, value] : call.headers.all()) head += name.size() + value.size() + 4;
      EXPECT_LT(head, 4096U - 256U) << keyBytes;
    }
  }
  // Where the keys stand in the body alone, they bound nothing.
  Platform platform(settingsWith("gjgxjhpt", {{"body_form", "array"},
                                              {"batch", "1000"},
                                              {"idempotency_header", ""},
                                              {"idempotency_member", "requestId"}}));
  std::vector<std::unique_ptr<Sample>> samples;
  std::vector<Delivery> all;
  for (int i = 0; i < 200; ++i) {
    samples.push_back(std::make_unique<Sample>(std::string(100, 'k') + std::to_string(i)));
    all.push_back(samples.back()->get());
  }
  for (const Outcome& outcome : platform.sink.deliverBatch(all, soon())) {
    EXPECT_EQ(outcome.verdict, Verdict::delivered) << outcome.detail;
  }
  EXPECT_EQ(platform.host.calls().size(), 1U);
}

TEST(ExchangeSink, AsksAPlatformThatCannotTakeTheFirstPartNotAtOnceForTheRest) {
  Platform platform(settingsWith("gjgxjhpt", {{"body_form", "array"}, {"batch", "1"}}));
  platform.host.onSend([](const HttpCall&) -> Result<HttpResponse> {
    return HttpResponse{503, {}, ""};
  });
  const Sample a("a"), b("b"), c("c");
  const Delivery all[] = {a.get(), b.get(), c.get()};
  const auto outcomes = platform.sink.deliverBatch(all, soon());
  ASSERT_EQ(outcomes.size(), 3U);
  for (const Outcome& outcome : outcomes) EXPECT_EQ(outcome.verdict, Verdict::throttled);
  EXPECT_EQ(platform.host.calls().size(), 1U);
}

TEST(ExchangeSink, OneBadRecordDoesNotCondemnItsBatch) {
  Platform platform(settingsWith("gjgxjhpt", {{"body_form", "array"}}));
  platform.host.onSend([](const HttpCall& call) -> Result<HttpResponse> {
    const bool bad = call.body.find("BAD") != std::string::npos;
    return HttpResponse{200, {}, bad ? R"({"code":"res-002"})" : R"({"code":"0"})"};
  });
  const Sample a("a");
  const Sample b("b", R"({"title":"BAD"})");
  const Delivery all[] = {a.get(), b.get()};
  const auto outcomes = platform.sink.deliverBatch(all, soon());
  ASSERT_EQ(outcomes.size(), 2U);
  EXPECT_EQ(outcomes[0].verdict, Verdict::delivered);
  EXPECT_EQ(outcomes[1].verdict, Verdict::rejected);
}

TEST(ExchangeSink, ProbesWithoutSendingARecord) {
  Platform platform(settingsWith("bg-hmac"));
  EXPECT_TRUE(platform.sink.probe(soon()));
  EXPECT_EQ(platform.mock.taken().distinct, 0U);
  Platform refreshing(settingsWith("gjgxjhpt", kRefreshing));
  EXPECT_TRUE(refreshing.sink.probe(soon()));
  EXPECT_EQ(refreshing.mock.keysIssued(), 1U);
  platform.host.onSend({});
  platform.host.fail(codes::kConnect);
  EXPECT_EQ(platform.sink.probe(soon()).error().code, codes::kConnect);
}

// What a platform says may name persons: it goes where the gateway masks it, never into the detail.
TEST(ExchangeSink, HandsThePlatformsWordsToTheGatewayAndKeepsThemOutOfItsOwn) {
  Platform platform(settingsWith("gjgxjhpt"));
  const Sample sample("k", R"({"name":"张三丰"})");
  platform.host.answer(200, R"({"code":"catalog-007","message":"张三丰 13800008000 不合法"})");
  Outcome outcome = platform.sink.deliver(sample.get(), soon());
  EXPECT_EQ(outcome.said, "张三丰 13800008000 不合法");
  EXPECT_EQ(outcome.detail, "The peer answered code=catalog-007.");
  platform.host.answer(200, R"({"code":"张三丰 13800008000 已受理"})");
  outcome = platform.sink.deliver(sample.get(), soon());
  EXPECT_EQ(outcome.detail, "The peer answered code=(a text), which no list of codes names.");
}

}  // namespace
}  // namespace lianqiao::data_exchange
