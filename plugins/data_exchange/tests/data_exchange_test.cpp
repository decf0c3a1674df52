#include <gtest/gtest.h>

#include "kit/time/china_time.h"
#include "platform.h"

namespace lianqiao::data_exchange {
namespace {

using namespace test;

const Givens kRequired{{"url", "https://platform.example"},
                       {"scheme", "gjgxjhpt"},
                       {"id", "11111111-2222-3333-4444-555555555555@df-1"},
                       {"service_id", "s_0000000000000_0001"},
                       {"secret", "canary-secret-0001"}};

HttpResponse json200(std::string body) { return {200, {}, std::move(body)}; }

conformance::ConformanceCase wholeCase() {
  conformance::ConformanceCase c;
  c.descriptor = &adapter();
  c.settings = kRequired;
  c.more = {{"mock_pushes", "true"},
            {"services", "work_order_step: s_0000000000000_0002 /httpproxy"},
            {"body_form", "array"},
            {"batch", "20"},
            {"idempotency_member", "requestId"},
            {"headers", "X-Area: 411681"}};
  c.personal = {"张三丰", "13800000000"};
  c.golden = LIANQIAO_SOURCE_DIR "/plugins/data_exchange/golden";
  c.receiver = {
      .good = {conformance::requestOf(R"([{"orderNum":"A1"},{"orderNum":"A2"}])", false)}};
  c.sink = {
      .payload = R"({"orderNum":"A1","name":"张三丰","contactInformation":"13800000000"})",
      .receipt = "P-9",
      .said =
          {{"done", json200(R"({"code":"0","data":{"id":"P-9"}})"), Verdict::delivered},
           {"not authorised", json200(R"({"code":"-1","message":"接口调用失败 E-106"})"),
            Verdict::refused},
           {"call failed", json200(R"({"code":"-1","message":"接口调用失败"})"), Verdict::retry},
           {"bad record",
            json200(R"({"code":"catalog-012","message":"张三丰 13800000000 不合法"})"),
            Verdict::rejected},
           {"bad signature", {401, {}, R"({"message":"Invalid signature"})"}, Verdict::refused}},
      .prelude = nullptr,
  };
  c.source = {
      .begin =
          [](const std::filesystem::path&) {
            Givens given{{"query_service_id", "s_0000000000000_0009"},
                         {"page_size", "3"},
                         {"overlap", "2min"}};
            Givens all = kRequired;
            all.insert(all.end(), given.begin(), given.end());
            auto mock = std::make_shared<ExchangeMock>(conformance::settingsOf(adapter(), all));
            const WallTime begin =
                std::chrono::sys_days(std::chrono::year(2025) / 12 / 31) + std::chrono::hours(12);
            for (int i = 0; i < 8; ++i) {
              const WallTime time = begin + std::chrono::minutes(i);
              mock->addRow(time, R"({"orderNum":"R)" + std::to_string(i) + R"(","updateTime":")" +
                                     kit::writeMoment(time, kit::TimeForm::text) + R"("})");
            }
            return conformance::SourceCase::World{
                given, [mock](const HttpCall& call) -> Result<HttpResponse> {
                  return mock->handle(lianqiao::test::asRequest(call),
                                      lianqiao::test::FakeHost().now());
                }};
          },
      .items = 8};
  c.counterpart = {
      .begin =
          [](const std::filesystem::path&) {
            return conformance::CounterpartCase::World{
                {{"list_url", "https://platform.example/held?d={day}&p={page}&n={size}"},
                 {"list_id", "orderNum"}},
                [](const HttpCall& call) -> Result<HttpResponse> {
                  if (call.headers.get("gjgxjhpt_sign").empty()) return HttpResponse{401, {}, {}};
                  return json200(R"({"code":"0","data":{"total":2,"list":[{"orderNum":"A"},)"
                                 R"({"orderNum":"B"}]}})");
                }};
          },
      .items = 2};
  c.mock = conformance::MockCase{};
  return c;
}

TEST(DataExchange, KeepsThePromisesOfEveryAdapter) { conformance::run(wholeCase()); }

std::string whyNot(const Givens& given) {
  lianqiao::test::FakeHost host;
  try {
    (void)adapter().makeSink(conformance::settingsOf(adapter(), given), host);
  } catch (const std::exception& error) {
    return error.what();
  }
  return "it was made";
}

TEST(DataExchange, NamesSettingsThatContradictEachOther) {
  const auto with = [](const Givens& more, std::string_view without) {
    Givens given = kRequired;
    std::erase_if(given, [&](const auto& one) { return one.name == without; });
    for (const auto& one : more) {
      std::erase_if(given, [&one](const auto& other) { return other.name == one.name; });
      given.push_back(one);
    }
    return whyNot(given);
  };
  EXPECT_NE(with({}, "secret").find("set secret"), std::string::npos);
  EXPECT_NE(with({{"key_refresh", "appkey"}}, "").find("needs appkey"), std::string::npos);
  EXPECT_NE(with({}, "service_id").find("service_id"), std::string::npos);
  EXPECT_NE(with({{"scheme", "gjzwfwpt"}}, "").find("set send_path"), std::string::npos);
  EXPECT_NE(with({{"send_path", "httpproxy"}}, "").find("write /httpproxy"), std::string::npos);
  EXPECT_NE(with({{"headers", "X-Area 411681"}}, "").find("entry 1 of headers"), std::string::npos);
  EXPECT_EQ(with({{"headers", "X-Area 411681"}}, "").find("411681"), std::string::npos)
      << "may be a secret";
  EXPECT_NE(with({{"services", "work_order_step"}}, "").find("type: service_id"),
            std::string::npos);
  EXPECT_NE(with({{"scheme", "tif"},
                  {"send_path", "/a"},
                  {"key_refresh", "appkey"},
                  {"appkey", "0123456789abcdef"}},
                 "")
                .find("set it to none"),
            std::string::npos);
}

TEST(DataExchange, PollsNothingWithoutAQuery) {
  lianqiao::test::FakeHost host;
  EXPECT_EQ(adapter().makeSource(conformance::settingsOf(adapter(), kRequired), host), nullptr);
}

}  // namespace
}  // namespace lianqiao::data_exchange
