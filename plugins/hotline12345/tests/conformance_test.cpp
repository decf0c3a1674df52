#include "conformance/conformance.h"

#include <gtest/gtest.h>

#include <sstream>

#include "conformance/test_data.h"
#include "hotline12345/hotline_mock.h"
#include "hotline12345/hotline_sink.h"
#include "plugin/describe.h"

extern "C" const lianqiao::Descriptor* lianqiao_descriptor();

namespace lianqiao::hotline12345 {
namespace {

const Descriptor& adapter() { return *lianqiao_descriptor(); }

/// Everything optional given as nothing; secrets are canaries that nothing may tell.
const std::vector<conformance::Given> kSwitchedOff{{"url", "http://hotline.example:8080"},
                                                   {"pull_path", ""},
                                                   {"pull_token", "canary-pull-7Q2x"},
                                                   {"backfill_token", "canary-fill-8W3y"},
                                                   {"operate_username", ""},
                                                   {"backfill_username", ""}};
const std::vector<conformance::Given> kMore{{"pull_path", "/admin/api/order/list"},
                                            {"page_size", "3"},
                                            {"operate_username", "lianqiao"},
                                            {"backfill_username", "城市管理局"}};

/// What the gateway hands over where nothing but `given` is set: the optional ones are described
/// and read as empty.
Settings leastOf(const std::vector<conformance::Given>& given) {
  Settings settings = conformance::settingsOf(adapter(), given);
  for (const FieldSpec& spec : adapter().settings) {
    if (!settings.has(spec.name)) settings.describe(std::string(spec.name));
  }
  return settings;
}

/// Lets the mock take orders into its list; what it pushes goes nowhere. They are two hours old: no
/// overlap shows them again.
class ListingWorld final : public MockWorld {
 public:
  ListingWorld() { clock_.advance(-std::chrono::hours(2)); }
  std::string_view gatewayUrl() const override { return "http://gateway.example/v1/peers/hotline"; }
  Result<HttpResponse> send(const HttpCall&) override { return HttpResponse{202, {}, {}}; }
  WallTime now() const override { return clock_.now(); }
  std::string nonce(std::size_t bytes) override { return clock_.nonce(bytes); }
  std::size_t records() const override { return 40; }
  bool pause(std::chrono::milliseconds) override { return true; }
  void log(std::string_view) override {}

 private:
  test::FakeHost clock_;
};

conformance::SourceCase::World listOfEight(const std::filesystem::path&) {
  std::vector<conformance::Given> given = kSwitchedOff;
  given.insert(given.end(), kMore.begin(), kMore.end());
  const auto mock = std::make_shared<HotlineMock>(conformance::settingsOf(adapter(), given));
  ListingWorld world;
  mock->drive(world);
  return {kMore, [mock](const HttpCall& call) -> Result<HttpResponse> {
            return mock->handle(test::asRequest(call), {});
          }};
}

/// A platform that lists three orders of any day, on one page, to who bears the token.
conformance::CounterpartCase::World listOfDay(const std::filesystem::path&) {
  return {{{"list_url", "http://hotline.example:8080/held?date={day}"}},
          [](const HttpCall& call) -> Result<HttpResponse> {
            if (call.headers.get("Authorization") != "Bearer canary-pull-7Q2x")
              return HttpResponse{401, {}, {}};
            return HttpResponse{
                200, {}, R"({"data":{"total":3,"list":[{"id":1},{"id":2},{"id":"C"}]}})"};
          }};
}

TEST(Hotline12345, KeepsThePromisesOfEveryAdapter) {
  conformance::ConformanceCase c;
  c.descriptor = &adapter();
  c.settings = kSwitchedOff;
  c.more = kMore;
  c.personal = {"张三丰", "13800000000"};
  c.golden = LIANQIAO_SOURCE_DIR "/plugins/hotline12345/golden";
  c.readme = LIANQIAO_SOURCE_DIR "/plugins/hotline12345/README.md";
  c.receiver = {
      .good = {
          conformance::requestOf(R"({"orderNum":"A1","name":"张三丰"})", false),
          conformance::requestOf(R"({"data":{"list":[{"orderId":"B1"},{"orderId":"B2"}]}})", false),
          conformance::requestOf(
              R"({"custom":{"caseInfo":{"caseserial":"C1","applicantname":"张三丰"}}})", false)}};
  c.sink = {
      .payload =
          R"({"step":"initialReply","caseguid":"G-1","firstOpinion":"张三丰 13800000000 已答复"})",
      .receipt = "HT-9",
      .said = {{"done", {200, {}, R"({"success":true,"backfillId":"HT-9"})"}, Verdict::delivered},
               {"not wholly done", {202, {}, "{}"}, Verdict::retry},
               {"bad record", {400, {}, "张三丰 13800000000"}, Verdict::rejected}},
      .prelude = nullptr};
  c.sink->statusConfirms = true;
  c.source = {.begin = listOfEight, .items = 8};
  c.counterpart = {.begin = listOfDay, .items = 3};
  c.mock = conformance::MockCase{};
  c.reader = {
      .good = {{"push.json", R"({"orderNum":"A1","name":"张三丰"})", 1},
               {"answer.json", R"({"data":{"list":[{"orderId":"B1"},{"orderId":"B2"}]}})", 2},
               {"pushes.jsonl", "{\"orderNum\":\"A1\"}\n{\"orderNum\":\"A2\"}\n", 2}}};
  conformance::run(c);
}

TEST(Hotline12345, IsMadeWithNothingSetAndPullsAndFillsBackNothingThen) {
  test::FakeHost host;
  EXPECT_NE(adapter().makeReceiver(leastOf({}), host), nullptr);
  EXPECT_EQ(adapter().makeSink(leastOf({}), host), nullptr) << "without a url there is no sink";
  EXPECT_NE(adapter().makeSink(leastOf({{"url", "http://hotline.example"}}), host), nullptr);
  EXPECT_EQ(adapter().makeSource(leastOf({}), host), nullptr);
  EXPECT_NE(adapter().makeMock(leastOf({})), nullptr);
  EXPECT_TRUE(host.calls().empty());
}

TEST(Hotline12345, BothReadmesListEveryStepAndItsMembers) {
  for (const char* file : {"README.md", "README.zh.md"}) {
    const std::string readme =
        test::readFile(std::string(LIANQIAO_SOURCE_DIR "/plugins/hotline12345/") + file);
    for (const char* step :
         {"assignSubordinate", "initialReply", "acceptance", "notAcceptance", "sendBack",
          "applyExtension", "caseFiling", "consultationProcessFeedback", "economyProcessFeedback",
          "consumptionProcessFeedback"}) {
      const auto* demands = demandsOf(step);
      ASSERT_NE(demands, nullptr) << step;
      std::string row = "| `" + std::string(step) + "` |";
      const std::size_t at = readme.find(row);
      ASSERT_NE(at, std::string::npos) << file << " lacks the step " << step;
      const std::string line = readme.substr(at, readme.find('\n', at) - at);
      for (const std::string_view member : *demands) {
        EXPECT_NE(line.find("`" + std::string(member) + "`"), std::string::npos)
            << file << ": " << line << " lacks " << member;
      }
    }
  }
}

TEST(Hotline12345, TheChineseReadmeListsEverySetting) {
  const std::string readme =
      test::readFile(LIANQIAO_SOURCE_DIR "/plugins/hotline12345/README.zh.md");
  std::istringstream table(plugin::describeMarkdown(adapter(), plugin::Language::chinese));
  for (std::string line; std::getline(table, line);) {
    if (!line.starts_with("| `")) continue;
    EXPECT_NE(readme.find(line + "\n"), std::string::npos) << line;
  }
}

}  // namespace
}  // namespace lianqiao::hotline12345
