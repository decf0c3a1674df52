#include "data_exchange/signing_key.h"

#include <gtest/gtest.h>

#include <atomic>
#include <stdexcept>
#include <thread>

#include "kit/time/china_time.h"
#include "platform.h"

namespace lianqiao::data_exchange {
namespace {

using namespace test;
using namespace std::chrono_literals;

Givens refreshing(const Givens& more = {}) {
  Givens all = kRefreshing;
  all.insert(all.end(), more.begin(), more.end());
  return all;
}

void expectDelivered(Platform& platform, const std::string& key) {
  const Sample sample(key);
  const Outcome outcome = platform.sink.deliver(sample.get(), soon());
  EXPECT_EQ(outcome.verdict, Verdict::delivered) << outcome.detail;
}

std::size_t callsTo(const lianqiao::test::FakeHost& host, std::string_view path) {
  std::size_t count = 0;
  for (const HttpCall& call : host.calls()) count += call.url.ends_with(path) ? 1U : 0U;
  return count;
}

TEST(SigningKey, IsFetchedOnceAndKept) {
  Platform platform(settingsWith("gjgxjhpt", refreshing()));
  for (const char* key : {"a", "b", "c"}) expectDelivered(platform, key);
  EXPECT_EQ(platform.mock.keysIssued(), 1U);
  EXPECT_EQ(platform.host.counted("key_refreshes"), 1U);
  EXPECT_EQ(platform.mock.taken().distinct, 3U);
  EXPECT_EQ(platform.mock.taken().refused, 0U);
}

TEST(SigningKey, IsRefreshedShortlyBeforeItsEnd) {
  Platform platform(settingsWith("gjgxjhpt", refreshing({{"mock_key_life", "1h"}})));
  expectDelivered(platform, "a");
  platform.host.advance(54min);
  expectDelivered(platform, "b");
  EXPECT_EQ(platform.mock.keysIssued(), 1U);
  platform.host.advance(2min);
  expectDelivered(platform, "c");
  EXPECT_EQ(platform.mock.keysIssued(), 2U);
  platform.host.advance(3h);
  expectDelivered(platform, "d");
  EXPECT_EQ(platform.mock.keysIssued(), 3U);
  EXPECT_EQ(platform.mock.taken().refused, 0U) << "no call was made with a key past its end";
}

// The vectors of protocols §2.1.
constexpr std::string_view kIssued =
    R"({"code":"0","message":"ok","data":{"secret":"LDh6LJzNCB09fXMknMzXpiw4eiyczQgdPX1zJJzM16ZUfuRMyoXTthzV/Enp8P/V"END}})";

std::string issuedUntil(std::string_view end) {
  std::string text(kIssued);
  return text.replace(text.find("END"), 3,
                      end.empty() ? "" : ",\"secretEndTime\":" + std::string(end));
}

/// The key's life as its owner sees it: minutes until the first call that fetches again.
int minutesKept(std::string_view end, WallTime now) {
  lianqiao::test::FakeHost host;
  host.setNow(now);
  const Settings settings = settingsWith("gjgxjhpt", refreshing());
  const Connection connection = connectionOf(settings);
  const PlatformRules rules(settings);
  host.onSend([&](const HttpCall&) -> Result<HttpResponse> {
    return HttpResponse{200, {}, issuedUntil(end)};
  });
  SigningKey key(connection, "s_1", rules, host);
  const auto first = key.current(soon());
  EXPECT_TRUE(first);
  EXPECT_EQ(first->secret, "fedcba9876543210fedcba9876543210");
  for (int minutes = 1; minutes < 3000; ++minutes) {
    host.advance(1min);
    if (!key.current(soon()) || host.calls().size() > 1) return minutes;
  }
  return -1;
}

TEST(SigningKey, LastsUntilTheToldEndInEachOfItsForms) {
  const WallTime now = *kit::readMoment("2026-01-31 10:00:00");
  EXPECT_EQ(minutesKept("\"2026-01-31 11:00:00\"", now), 55);
  EXPECT_EQ(minutesKept(kit::writeMoment(now + 1h, kit::TimeForm::epoch_ms), now), 55);
  EXPECT_EQ(minutesKept('"' + kit::writeMoment(now + 1h, kit::TimeForm::epoch_ms) + '"', now), 55);
  EXPECT_EQ(minutesKept(kit::writeMoment(now + 1h, kit::TimeForm::epoch_s), now), 55);
}

TEST(SigningKey, LastsUntilMidnightInChinaWhereNoEndIsTold) {
  const WallTime now = *kit::readMoment("2026-01-31 20:00:00");
  EXPECT_EQ(minutesKept("", now), 235);
  EXPECT_EQ(minutesKept("null", now), 235);
  EXPECT_EQ(minutesKept("\"soon\"", now), 235);
  EXPECT_EQ(minutesKept("1700000000000", now), 235) << "an end that is past is none";
  EXPECT_EQ(minutesKept("", *kit::readMoment("2026-01-31 23:57:59")), 1) << "half of what is left";
}

TEST(SigningKey, TwoThreadsShareOneRefresh) {
  lianqiao::test::FakeHost host;
  const Settings settings = settingsWith("gjgxjhpt", refreshing());
  ExchangeMock mock(settings);
  std::atomic<int> begun = 0;
  host.onSend([&](const HttpCall& call) -> Result<HttpResponse> {
    if (call.url.ends_with("refreshappsecret")) {
      // Held until every thread has asked for the key.
      while (begun < 4) std::this_thread::yield();
    }
    return mock.handle(lianqiao::test::asRequest(call), host.now());
  });
  ExchangeSink sink(settings, host);
  std::atomic<int> delivered = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&, i] {
        const Sample sample("key-" + std::to_string(i));
        ++begun;
        if (sink.deliver(sample.get(), soon()).verdict == Verdict::delivered) ++delivered;
      });
    }
  }
  EXPECT_EQ(delivered, 4);
  EXPECT_EQ(mock.keysIssued(), 1U);
}

TEST(SigningKey, AFetchThatThrowsLeavesNobodyWaiting) {
  lianqiao::test::FakeHost host;
  const Settings settings = settingsWith("gjgxjhpt", refreshing());
  ExchangeMock mock(settings);
  std::atomic<bool> broken = true;
  host.onSend([&](const HttpCall& call) -> Result<HttpResponse> {
    if (broken) throw std::runtime_error("no memory");
    return mock.handle(lianqiao::test::asRequest(call), host.now());
  });
  ExchangeSink sink(settings, host);
  const Sample sample("a");
  EXPECT_THROW(sink.deliver(sample.get(), soon()), std::runtime_error);
  EXPECT_THROW(sink.deliver(sample.get(), soon()), std::runtime_error) << "asked anew, not waited";
  broken = false;
  EXPECT_EQ(sink.deliver(sample.get(), soon()).verdict, Verdict::delivered);
}

TEST(SigningKey, ThreadsThatLoseTheirKeyTogetherFetchOne) {
  Platform platform(settingsWith("gjgxjhpt", refreshing()));
  expectDelivered(platform, "first");
  platform.mock.forgetKeys();
  std::atomic<int> delivered = 0;
  {
    std::vector<std::jthread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&, i] {
        const Sample sample("key-" + std::to_string(i));
        if (platform.sink.deliver(sample.get(), soon()).verdict == Verdict::delivered) ++delivered;
      });
    }
  }
  EXPECT_EQ(delivered, 4);
  EXPECT_EQ(platform.mock.keysIssued(), 2U);
}

TEST(SigningKey, AnInvalidSignatureRefreshesOnceWithinTheSameDelivery) {
  Platform platform(settingsWith("gjgxjhpt", refreshing()));
  expectDelivered(platform, "a");
  platform.mock.forgetKeys();
  expectDelivered(platform, "b");
  EXPECT_EQ(platform.mock.keysIssued(), 2U);
  EXPECT_EQ(callsTo(platform.host, "/httpproxy"), 3U);
}

TEST(SigningKey, APlatformThatTakesNoSignatureIsAskedTwiceAndNoMore) {
  Platform platform(settingsWith("gjgxjhpt", refreshing()));
  platform.host.onSend([&](const HttpCall& call) -> Result<HttpResponse> {
    if (call.url.ends_with("/httpproxy")) {
      return HttpResponse{200, {}, R"({"code":"-1","message":"签名校验失败"})"};
    }
    return platform.mock.handle(lianqiao::test::asRequest(call), platform.host.now());
  });
  const Sample sample("a");
  const Outcome outcome = platform.sink.deliver(sample.get(), soon());
  EXPECT_EQ(outcome.verdict, Verdict::refused);
  EXPECT_EQ(callsTo(platform.host, "/httpproxy"), 2U);
  EXPECT_EQ(callsTo(platform.host, "/refreshappsecret"), 2U);
}

TEST(SigningKey, IsFetchedBeforeEveryCallInTheOlderFlow) {
  Platform platform(settingsWith("gjzwfwpt", {{"key_refresh", "every_call"},
                                              {"appkey", "0123456789abcdef0123456789abcdef"},
                                              {"send_path", "/gateway/httpproxy"}}));
  for (const char* key : {"a", "b", "c"}) expectDelivered(platform, key);
  EXPECT_EQ(platform.mock.keysIssued(), 3U);
  const HttpCall refresh = platform.host.calls().front();
  EXPECT_NE(refresh.body.find("\"gjzwfwpt_sign\":\""), std::string::npos) << refresh.body;
}

TEST(SigningKey, ARefusedRefreshPausesThePeerAndBurnsNoRecord) {
  const auto outcomeOf = [](HttpResponse answer) {
    Platform platform(settingsWith("gjgxjhpt", refreshing()));
    platform.host.onSend([&](const HttpCall&) -> Result<HttpResponse> { return answer; });
    const Sample sample("a");
    const Outcome outcome = platform.sink.deliver(sample.get(), soon());
    EXPECT_EQ(callsTo(platform.host, "/httpproxy"), 0U);
    EXPECT_EQ(outcome.detail.find("0123456789abcdef"), std::string::npos);
    return outcome;
  };
  const auto expect = [&](const char* body, int status, Verdict verdict, std::string_view says) {
    const Outcome outcome = outcomeOf({status, {}, body});
    EXPECT_EQ(outcome.verdict, verdict) << body << ": " << outcome.detail;
    EXPECT_NE(outcome.detail.find(says), std::string::npos) << outcome.detail;
  };
  expect(R"({"code":"-1","message":"接口调用失败 E-106"})", 200, Verdict::refused, "E-106");
  expect(R"({"code":"-1","message":"接口调用失败"})", 200, Verdict::retry, "接口调用失败");
  expect(R"({"code":"catalog-001"})", 200, Verdict::refused, "Key refresh");
  expect(R"({"code":"0","data":{}})", 200, Verdict::refused, "no data.secret");
  expect(R"({"code":"0","data":{"secret":"AAAA"}})", 200, Verdict::refused, "check appkey");
  expect("", 502, Verdict::retry, "502");
  expect("", 404, Verdict::refused, "this peer's URL");
}

TEST(SigningKey, AnOldKeyServesOnWhileTheRefreshFails) {
  Platform platform(settingsWith("gjgxjhpt", refreshing({{"mock_key_life", "1h"}})));
  expectDelivered(platform, "a");
  platform.host.advance(57min);
  platform.host.onSend([&](const HttpCall& call) -> Result<HttpResponse> {
    if (call.url.ends_with("refreshappsecret")) return HttpResponse{500, {}, ""};
    return platform.mock.handle(lianqiao::test::asRequest(call), platform.host.now());
  });
  for (const char* key : {"b", "c", "d"}) expectDelivered(platform, key);
  EXPECT_EQ(callsTo(platform.host, "/refreshappsecret"), 2U) << "and it is not asked every time";
}

}  // namespace
}  // namespace lianqiao::data_exchange
