#include <gtest/gtest.h>

#include "config/load.h"
#include "conformance/conformance.h"
#include "lianqiao/adapter.h"

extern "C" const lianqiao::Descriptor* lianqiao_descriptor();

namespace lianqiao {
namespace {

const Descriptor& adapter() { return *lianqiao_descriptor(); }

const std::vector<conformance::Given> kSettings{
    {"url", "https://platform.example/api/records"},
    {"token", "canary-token-7Q2x"},
};

TEST(Template, KeepsThePromisesOfEveryAdapter) {
  conformance::ConformanceCase c;
  c.descriptor = &adapter();
  c.settings = kSettings;
  c.personal = {"Zhao Example", "13800000000"};
  c.readme = LIANQIAO_SOURCE_DIR "/plugins/template/README.md";
  c.golden = LIANQIAO_SOURCE_DIR "/plugins/template/golden";
  c.receiver = {
      .good = {conformance::requestOf(
          R"({"list":[{"id":"1","title":"Lamp","caller":"Zhao Example"},{"id":"2"}]})", false)}};
  c.sink = {
      .payload = R"({"title":"Lamp","caller":"Zhao Example","phone":"13800000000"})",
      .receipt = "T-9",
      .said = {{"done", {200, {}, R"({"code":0,"id":"T-9"})"}, Verdict::delivered},
               {"bad record",
                {200, {}, R"({"code":1001,"message":"no such caller: Zhao Example"})"},
                Verdict::rejected}},
      .prelude = nullptr,
  };
  c.mock = conformance::MockCase{};
  conformance::run(c);
}

TEST(Template, AnswersWhichItemsWereRefused) {
  test::FakeHost host;
  const auto receiver = adapter().makeReceiver(conformance::settingsOf(adapter(), kSettings), host);
  std::vector<ItemVerdict> verdicts(2);
  verdicts[1].status = ItemVerdict::Status::quarantined;
  verdicts[1].sourceId = "B";
  EXPECT_EQ(receiver->answer({}, verdicts).body, R"({"code":1,"refused":["B"]})");
}

TEST(Template, ShipsAnExampleThatIsAWholeConfiguration) {
  const auto find = [](std::string_view name) { return name == "template" ? &adapter() : nullptr; };
  config::SecretSource::Options secrets;
  secrets.variable = [](const std::string&) { return std::optional<std::string>("made-up"); };
  yaml::Findings findings;
  const auto loaded =
      config::load(LIANQIAO_SOURCE_DIR "/plugins/template/example", find, findings, secrets);
  for (const yaml::Finding& finding : findings.all()) ADD_FAILURE() << finding.text();
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->peers.size(), 2U);
}

TEST(Template, MockRefusesAnotherToken) {
  const auto mock = adapter().makeMock(conformance::settingsOf(adapter(), kSettings));
  HttpRequest request;
  request.headers.add("Authorization", "Bearer wrong");
  request.body = "{}";
  EXPECT_EQ(mock->handle(request, {}).status, 401);
  EXPECT_EQ(mock->taken().refused, 1U);
}

}  // namespace
}  // namespace lianqiao
