#include "conformance/conformance.h"

#include <gtest/gtest.h>

#include <sstream>

#include "conformance/test_data.h"
#include "plugin/describe.h"

extern "C" const lianqiao::Descriptor* lianqiao_descriptor();

namespace lianqiao::webhook {
namespace {

const Descriptor& adapter() { return *lianqiao_descriptor(); }

/// Everything optional given as nothing; secrets are canaries that nothing may tell.
const std::vector<conformance::Given> kSwitchedOff{{"url", "https://platform.example/api/events"},
                                                   {"headers", ""},
                                                   {"key_header", ""},
                                                   {"sign_id", ""},
                                                   {"sign_service_id", ""},
                                                   {"code_field", ""},
                                                   {"retry_codes", ""},
                                                   {"refused_codes", ""},
                                                   {"receipt_field", ""},
                                                   {"token", "canary-token-7Q2x"},
                                                   {"key", "canary-key-8W3y"},
                                                   {"sign_secret", "canary-sign-9E4z"}};

/// What the gateway hands over where nothing but `given` is set: the optional ones are described
/// and read as empty.
Settings leastOf(const std::vector<conformance::Given>& given) {
  Settings settings = conformance::settingsOf(adapter(), given);
  for (const FieldSpec& spec : adapter().settings) {
    if (!settings.has(spec.name)) settings.describe(std::string(spec.name));
  }
  return settings;
}

HttpResponse said(int status, std::string body) { return {status, {}, std::move(body)}; }

/// A platform that holds five things of any day.
Result<HttpResponse> listed(const HttpCall& call) {
  const HttpRequest asked = test::asRequest(call);
  const std::size_t page = std::stoul(asked.parameter("p"));
  const std::size_t size = std::stoul(asked.parameter("n"));
  std::string items;
  for (std::size_t i = (page - 1) * size; i < std::min<std::size_t>(page * size, 5); ++i)
    items += (items.empty() ? "" : ",") + (R"({"no":"N)" + std::to_string(i)) + R"("})";
  return said(200, R"({"data":{"total":5,"list":[)" + items + "]}}");
}

conformance::ConformanceCase statusCase() {
  conformance::ConformanceCase c;
  c.descriptor = &adapter();
  c.settings = kSwitchedOff;
  c.personal = {"张三丰", "13800000000"};
  c.golden = LIANQIAO_SOURCE_DIR "/plugins/webhook/golden";
  c.readme = LIANQIAO_SOURCE_DIR "/plugins/webhook/README.md";
  c.receiver = {
      .good = {conformance::requestOf(R"({"eventKey":"E1","caller":"张三丰"})", false),
               conformance::requestOf(R"([{"eventKey":"E1"},{"eventKey":"E2"}])", false)}};
  c.sink = {
      .payload = R"({"eventKey":"E1","caller":"张三丰","phone":"13800000000"})",
      .receipt = {},
      .said = {{"done", said(200, {}), Verdict::delivered},
               {"created", said(201, "{}"), Verdict::delivered},
               {"bad record", said(422, R"({"message":"张三丰 13800000000"})"), Verdict::rejected}},
      .prelude = nullptr};
  c.sink->statusConfirms = true;
  c.counterpart = {
      .begin =
          [](const std::filesystem::path&) {
            return conformance::CounterpartCase::World{
                {{"list_url", "http://platform.example/held?d={day}&p={page}&n={size}"},
                 {"list_items", "data.list"},
                 {"list_total", "data.total"},
                 {"list_id", "no"},
                 {"list_page_size", "2"}},
                &listed};
          },
      .items = 5};
  c.mock = {.drives = false, .takes = true};
  return c;
}

TEST(Webhook, KeepsThePromisesOfEveryAdapterWhereTheStatusConfirms) {
  conformance::run(statusCase());
}

TEST(Webhook, KeepsThePromisesOfEveryAdapterWithEverythingSet) {
  conformance::ConformanceCase c = statusCase();
  c.more = {{"method", "PUT"},
            {"headers", "X-Area: 411681"},
            {"key_header", "x-api-key"},
            {"sign_scheme", "gjgxjhpt"},
            {"sign_id", "r-0001"},
            {"sign_service_id", "s-0001"},
            {"code_field", "result.code"},
            {"retry_codes", "-1"},
            {"refused_codes", "401"},
            {"receipt_field", "result.id"},
            {"batch", "20"},
            {"count_header", "X-Count"},
            {"part_header", "X-Part"},
            {"digest_header", "X-Digest"},
            {"signature_header", "X-Signature"},
            {"signature_key", "canary-batch-1R5v"}};
  c.sink->receipt = "P-9";
  c.sink->statusConfirms = false;
  c.sink->said = {{"done", said(200, R"({"result":{"code":0,"id":"P-9"}})"), Verdict::delivered},
                  {"busy", said(200, R"({"result":{"code":-1}})"), Verdict::retry},
                  {"bad token", said(200, R"({"result":{"code":"401"}})"), Verdict::refused},
                  {"bad record", said(200, R"({"result":{"code":7}})"), Verdict::rejected},
                  {"a sentence for a code", said(200, R"({"result":{"code":"张三丰 is unknown"}})"),
                   Verdict::rejected},
                  {"a number of the record for a code",
                   said(200, R"({"result":{"code":"13800000000"}})"), Verdict::rejected},
                  {"nothing to read", said(200, R"({"data":{}})"), Verdict::retry}};
  conformance::run(c);
}

TEST(Webhook, IsMadeWithNothingSetAndSendsNothingThen) {
  test::FakeHost host;
  EXPECT_NE(adapter().makeReceiver(leastOf({}), host), nullptr);
  EXPECT_EQ(adapter().makeSink(leastOf({}), host), nullptr) << "without a url there is no sink";
  EXPECT_NE(adapter().makeSink(leastOf({{"url", "http://platform.example/"}}), host), nullptr);
  EXPECT_NE(adapter().makeMock(leastOf({})), nullptr);
  EXPECT_TRUE(host.calls().empty());
}

/// As the tables of both READMEs say.
TEST(Webhook, AStatusThatSpeaksOfTheAddressPausesThePeerAndBurnsNoRecord) {
  for (const int status : {301, 302, 307, 308, 404, 405, 421, 501, 401, 403, 407}) {
    EXPECT_EQ(outcomeOfHttp(said(status, {})).verdict, Verdict::refused) << status;
  }
  for (const int status : {400, 409, 410, 422}) {
    EXPECT_EQ(outcomeOfHttp(said(status, {})).verdict, Verdict::rejected) << status;
  }
  for (const char* file : {"README.md", "README.zh.md"}) {
    const std::string readme =
        test::readFile(std::string(LIANQIAO_SOURCE_DIR "/plugins/webhook/") + file);
    for (const char* status : {"404", "405", "421", "501", "3xx"}) {
      const std::size_t at = readme.find(status);
      ASSERT_NE(at, std::string::npos) << file << " lacks " << status;
      EXPECT_NE(
          readme.substr(readme.rfind('\n', at), readme.find('\n', at) - readme.rfind('\n', at))
              .find("407"),
          std::string::npos)
          << file << ": " << status << " belongs into the row of what is refused";
    }
  }
}

TEST(Webhook, TheChineseReadmeListsEverySetting) {
  const std::string readme = test::readFile(LIANQIAO_SOURCE_DIR "/plugins/webhook/README.zh.md");
  std::istringstream table(plugin::describeMarkdown(adapter(), plugin::Language::chinese));
  for (std::string line; std::getline(table, line);) {
    if (!line.starts_with("| `")) continue;
    EXPECT_NE(readme.find(line + "\n"), std::string::npos) << line;
  }
}

}  // namespace
}  // namespace lianqiao::webhook
