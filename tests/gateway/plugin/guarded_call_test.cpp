#include "plugin/guarded_call.h"

#include <gtest/gtest.h>

#include <stdexcept>

#include "gateway/plugin/bad_plugins.h"
#include "lianqiao/roles.h"
#include "plugin/adapter_registry.h"
#include "plugin/host.h"
#include "support/manual_clock.h"

namespace lianqiao::plugin {
namespace {

constexpr CallSite kSite{"webhook", "grid", "deliver"};

TEST(GuardedCall, HandsThroughWhatIsReturned) {
  const Result<int> plain = guardedCall(kSite, [] { return 7; });
  EXPECT_EQ(plain.value(), 7);
  const Result<int> wrapped = guardedCall(kSite, []() -> Result<int> {
    return Error{"decode.json", "no"};
  });
  EXPECT_EQ(wrapped.error().code, "decode.json");
  const Result<void> nothing = guardedCall(kSite, [] {});
  EXPECT_TRUE(nothing);
}

TEST(GuardedCall, TurnsWhatIsThrownIntoAnErrorThatNamesThePlace) {
  const auto result = guardedCall(kSite, []() -> int { throw std::out_of_range("page 9"); });
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, codes::kPluginThrew);
  EXPECT_EQ(result.error().detail, "peer grid: adapter webhook threw in deliver: page 9");
}

TEST(GuardedCall, MasksDataOfRecordsInWhatIsThrown) {
  const auto result = guardedCall(kSite, []() -> int {
    throw std::runtime_error("row 12345: phone 13812345678 of 王小明, 人民路 7 is no number");
  });
  EXPECT_EQ(
      result.error().detail,
      "peer grid: adapter webhook threw in deliver: row 12345: phone * of *, * 7 is no number");
}

TEST(GuardedCall, CutsEndlessReasons) {
  const auto result = guardedCall(
      kSite, []() -> Result<void> { throw std::runtime_error(std::string(100'000, 'x')); });
  EXPECT_LT(result.error().detail.size(), 500U);
}

// What follows crosses the border of a real shared object.
class ThrowingAdapter : public ::testing::Test {
 protected:
  ThrowingAdapter() : host_(services()) {
    auto loaded = AdapterRegistry::load(badPlugins(), {"throws"});
    if (loaded) registry_ = std::move(*loaded);
  }

  static PeerServices services() {
    static const test::ManualClock clock;
    PeerServices services;
    services.clock = &clock;
    services.stopRequested = [] { return false; };
    return services;
  }

  Result<std::unique_ptr<Sink>> make(bool in_factory) {
    Settings settings;
    settings.set("in_factory", in_factory);
    return guardedCall({"throws", "grid", "makeSink"},
                       [&] { return registry_->find("throws")->makeSink(settings, host_); });
  }

  Result<Outcome> deliver(Sink& sink, std::string_view key) {
    Delivery delivery;
    delivery.key = key;
    return guardedCall({"throws", "grid", "deliver"},
                       [&] { return sink.deliver(delivery, Deadline::max()); });
  }

  std::unique_ptr<AdapterRegistry> registry_;
  PeerHost host_;
};

TEST_F(ThrowingAdapter, ThatThrowsInItsFactoryIsRefused) {
  ASSERT_NE(registry_, nullptr);
  const auto sink = make(true);
  ASSERT_FALSE(sink);
  EXPECT_EQ(sink.error().code, codes::kPluginThrew);
  EXPECT_EQ(sink.error().detail,
            "peer grid: adapter throws threw in makeSink: the key file is empty");
}

TEST_F(ThrowingAdapter, ThatThrowsInDeliverFailsThatDeliveryAndGoesOn) {
  ASSERT_NE(registry_, nullptr);
  const auto sink = make(false);
  ASSERT_TRUE(sink);
  const auto standard = deliver(**sink, "std");
  ASSERT_FALSE(standard);
  EXPECT_EQ(standard.error().detail,
            "peer grid: adapter throws threw in deliver: the platform's library gave up");
  for (const std::string_view key : {"other", "int"}) {
    const auto other = deliver(**sink, key);
    ASSERT_FALSE(other) << key;
    EXPECT_EQ(other.error().detail,
              "peer grid: adapter throws threw in deliver: something that is no std::exception");
  }
  const auto fine = deliver(**sink, "fine");
  ASSERT_TRUE(fine);
  EXPECT_EQ(fine->verdict, Verdict::delivered);
}

}  // namespace
}  // namespace lianqiao::plugin
