#pragma once

#include <gtest/gtest.h>

#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "conformance/conformance.h"
#include "plugin/guarded_call.h"

/// Between the parts of the conformance suite; adapters include conformance.h.
namespace lianqiao::conformance {

/// Everything that the adapter said, and what must not be in it. Thread-safe.
class Ears {
 public:
  explicit Ears(const ConformanceCase& conformance);

  void hear(std::string_view where, std::string_view text);
  void hear(std::string_view where, const Error& error);
  void hear(std::string_view where, const std::vector<Problem>& problems);
  void hear(std::string_view where, const Outcome& outcome);
  void hear(const test::FakeHost& host);

 private:
  std::vector<std::pair<std::string, std::string>> canaries_;  // name, value
};

/// Runs a call into the adapter; what it throws is a GoogleTest failure and an Error.
template <typename Call>
auto attempt(std::string_view what, Call&& call) {
  auto result = plugin::guardedCall({"under test", "conformance", what}, std::forward<Call>(call));
  if (!result && result.error().code == codes::kPluginThrew) {
    ADD_FAILURE() << result.error().detail << "; an adapter throws nothing after its factory";
  }
  return result;
}

/// A parsed Delivery and what its views point to.
class SampleDelivery {
 public:
  SampleDelivery(std::string_view payload, std::string key);
  SampleDelivery(const SampleDelivery&) = delete;
  SampleDelivery& operator=(const SampleDelivery&) = delete;
  [[nodiscard]] const Delivery& get() const { return delivery_; }

 private:
  std::string key_;
  std::string record_id_;
  std::string payload_text_;
  std::string record_text_;
  json::Document payload_;
  json::Document record_;
  Delivery delivery_;
};

std::vector<ItemVerdict> acceptedVerdicts(const std::vector<RawItem>& items);
bool isJsonObject(std::string_view text);

void checkReceiver(const ConformanceCase& conformance, const Settings& settings, Ears& ears);
void checkGolden(const ConformanceCase& conformance, const Settings& settings, Ears& ears);
void checkSink(const ConformanceCase& conformance, const Settings& settings, Ears& ears);
void checkSource(const ConformanceCase& conformance, Ears& ears);
void checkSession(const ConformanceCase& conformance, Ears& ears);
void checkCounterpart(const ConformanceCase& conformance, Ears& ears);
void checkReader(const ConformanceCase& conformance, const Settings& settings, Ears& ears);
void checkMock(const ConformanceCase& conformance, const Settings& settings, Ears& ears);

}  // namespace lianqiao::conformance
