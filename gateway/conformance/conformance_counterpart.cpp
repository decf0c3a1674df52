#include <chrono>
#include <set>

#include "conformance/conformance_parts.h"
#include "lianqiao/time.h"

namespace lianqiao::conformance {

namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMostHeldPages = 1000;
constexpr auto kCounterpartDeadline = 2s;

HeldQuery dayAsked() {
  HeldQuery query;
  query.day = "2026-01-01";
  query.begin = *wallOf({.year = 2026, .month = 1, .day = 1}, kChinaOffset);
  query.end = query.begin + 24h;
  return query;
}

/// One counterpart and its platform.
class Asking {
 public:
  Asking(const ConformanceCase& conformance, Ears& ears) : ears_(ears) {
    const std::filesystem::path folder = host_.dataDirectory() / "counterpart";
    std::filesystem::create_directories(folder);
    const CounterpartCase::World world = conformance.counterpart->begin(folder);
    std::vector<Given> given = conformance.settings;
    for (const Given& one : world.settings) {
      std::erase_if(given, [&one](const Given& other) { return other.name == one.name; });
      given.push_back(one);
    }
    settings_ = settingsOf(*conformance.descriptor, given);
    if (world.platform) host_.onSend(world.platform);
    asksPlatform_ = world.platform != nullptr;
    auto made = attempt("makeCounterpart",
                        [&] { return conformance.descriptor->makeCounterpart(settings_, host_); });
    if (made) role_ = std::move(*made);
    EXPECT_NE(role_, nullptr) << "makeCounterpart made nothing";
  }

  [[nodiscard]] bool works() const { return role_ != nullptr; }
  [[nodiscard]] bool asksPlatform() const { return asksPlatform_; }
  test::FakeHost& host() { return host_; }

  Result<HeldPage> page(std::string_view after) {
    const auto begun = std::chrono::steady_clock::now();
    auto page = attempt(
        "list", [&] { return role_->list(dayAsked(), after, begun + kCounterpartDeadline); });
    EXPECT_LT(std::chrono::steady_clock::now() - begun, 2 * kCounterpartDeadline)
        << "list outlived its deadline";
    if (!page) ears_.hear("list", page.error());
    return page;
  }

 private:
  Ears& ears_;
  test::FakeHost host_;
  Settings settings_;
  std::unique_ptr<Counterpart> role_;
  bool asksPlatform_ = false;
};

void checkHeldPages(const ConformanceCase& conformance, Ears& ears) {
  Asking asking(conformance, ears);
  if (!asking.works()) return;
  std::set<std::string> ids;
  std::string after;
  for (std::size_t pages = 0; pages < kMostHeldPages; ++pages) {
    const auto page = asking.page(after);
    ASSERT_TRUE(page) << "list: " << page.error().detail;
    for (const HeldItem& item : page->items) {
      EXPECT_FALSE(item.id.empty()) << "a thing in the list has no id";
      EXPECT_TRUE(ids.insert(item.id).second) << "the list names " << item.id << " twice";
    }
    after = page->next;
    if (after.empty()) break;
  }
  EXPECT_TRUE(after.empty()) << "the list's pages have no end";
  EXPECT_EQ(ids.size(), conformance.counterpart->items);
  ears.hear(asking.host());
}

void checkHeldFailures(const ConformanceCase& conformance, Ears& ears) {
  struct Bad {
    const char* what;
    void (*play)(test::FakeHost&);
  };
  static constexpr Bad kBad[] = {
      {"a 500", [](test::FakeHost& host) { host.answer(500, "{}"); }},
      {"a 401", [](test::FakeHost& host) { host.answer(401, "{}"); }},
      {"a 429", [](test::FakeHost& host) { host.answer(429, "{}"); }},
      {"a time-out", [](test::FakeHost& host) { host.fail(codes::kDeliverTimeout); }},
      {"garbage", [](test::FakeHost& host) { host.answer(200, "<html>login</html>"); }},
      {"nothing", [](test::FakeHost& host) { host.answer(200, ""); }},
      {"another object", [](test::FakeHost& host) { host.answer(200, R"({"x":1})"); }}};
  for (const Bad& bad : kBad) {
    Asking asking(conformance, ears);
    if (!asking.works() || !asking.asksPlatform()) return;
    bad.play(asking.host());
    EXPECT_FALSE(asking.page("").ok()) << bad.what << " is no empty day";
  }
}

}  // namespace

void checkCounterpart(const ConformanceCase& conformance, Ears& ears) {
  if (conformance.descriptor->makeCounterpart == nullptr) return;
  checkHeldPages(conformance, ears);
  checkHeldFailures(conformance, ears);
}

}  // namespace lianqiao::conformance
