#pragma once

#include <memory>
#include <string>
#include <vector>

#include "conformance/conformance.h"
#include "conformance/fake_host.h"
#include "data_exchange/exchange_mock.h"
#include "data_exchange/exchange_sink.h"
#include "data_exchange/exchange_source.h"

extern "C" const lianqiao::Descriptor* lianqiao_descriptor();

namespace lianqiao::data_exchange::test {

using Givens = std::vector<conformance::Given>;

inline const Descriptor& adapter() { return *lianqiao_descriptor(); }

/// Settings that are enough for any scheme, over which `more` go.
inline Settings settingsWith(std::string_view scheme, const Givens& more = {}) {
  Givens given{{"url", "http://platform.example"},
               {"scheme", std::string(scheme)},
               {"id", "11111111-2222-3333-4444-555555555555@df-1"},
               {"service_id", "s_0000000000000_0001"},
               {"send_path", "/httpproxy"},
               {"secret", "canary-secret-0001"}};
  for (const auto& one : more) {
    std::erase_if(given, [&one](const auto& other) { return other.name == one.name; });
    given.push_back(one);
  }
  return conformance::settingsOf(adapter(), given);
}

inline const Givens kRefreshing{{"key_refresh", "appkey"},
                                {"appkey", "0123456789abcdef0123456789abcdef"}};

/// A platform and the host through which it is reached; both have one clock.
struct Platform {
  explicit Platform(const Settings& settings) : mock(settings), sink(settings, host) {
    host.onSend([this](const HttpCall& call) -> Result<HttpResponse> {
      return mock.handle(lianqiao::test::asRequest(call), host.now());
    });
  }

  lianqiao::test::FakeHost host;
  ExchangeMock mock;
  ExchangeSink sink;
};

/// A delivery and what its views point to.
class Sample {
 public:
  explicit Sample(std::string key, std::string payload = R"({"orderNum":"A1","title":"路灯不亮"})",
                  std::string type = "work_order")
      : key_(std::move(key)), text_(std::move(payload)), type_(std::move(type)) {
    EXPECT_TRUE(json::parse(text_, document_)) << text_;
    delivery_.recordId = key_;
    delivery_.key = key_;
    delivery_.type = type_;
    delivery_.idempotencyKey = key_;
    delivery_.payload = document_.root;
    delivery_.payloadText = text_;
  }
  Sample(const Sample&) = delete;
  Sample& operator=(const Sample&) = delete;
  [[nodiscard]] const Delivery& get() const { return delivery_; }

 private:
  std::string key_;
  std::string text_;
  std::string type_;
  json::Document document_;
  Delivery delivery_;
};

inline Deadline soon() { return std::chrono::steady_clock::now() + std::chrono::seconds(20); }

}  // namespace lianqiao::data_exchange::test
