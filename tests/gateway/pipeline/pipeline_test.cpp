#include "pipeline/pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conformance/test_data.h"
#include "gateway/pipeline/work_order_config.h"
#include "lianqiao/codes.h"
#include "lianqiao/digest.h"
#include "record/event.h"

namespace lianqiao::pipeline {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

constexpr WallTime kReceived = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);

class PipelineTest : public testing::Test {
 protected:
  PipelineTest() {
    yaml::Findings findings;
    pipeline_ = Pipeline::compile(workOrderConfig(), findings);
    for (const yaml::Finding& finding : findings.all()) ADD_FAILURE() << finding.text();
  }

  Processed process(std::string_view body, std::string_view peer = "hotline") {
    RawItem item;
    item.body = body;
    return pipeline_->process(peer, item, "01J0000000000000000000TEST", kReceived, workspace_);
  }

  /// kOrder with `from` replaced by `to`.
  static std::string orderWith(const std::string& from, const std::string& to) {
    std::string order = kOrder;
    const std::size_t at = order.find(from);
    EXPECT_NE(at, std::string::npos);
    return order.replace(at, from.size(), to);
  }

  static std::string shown(const std::vector<Problem>& problems) {
    std::string out;
    for (const Problem& p : problems) out += p.code + " " + p.path + ": " + p.message + "\n";
    return out;
  }

  static std::string findingsOf(const config::GatewayConfig& config) {
    yaml::Findings findings;
    EXPECT_EQ(Pipeline::compile(config, findings), nullptr);
    std::string out;
    for (const yaml::Finding& finding : findings.all()) out += finding.text() + "\n";
    return out;
  }

  std::unique_ptr<Pipeline> pipeline_;
  expression::Workspace workspace_;
};

TEST_F(PipelineTest, MakesAWholeRecord) {
  const Processed out = process(kOrder);
  ASSERT_EQ(shown(out.problems), "");
  EXPECT_EQ(out.record.id, "01J0000000000000000000TEST");
  EXPECT_EQ(out.record.peer, "hotline");
  EXPECT_EQ(out.record.type, "work_order");
  EXPECT_EQ(out.record.key, "hotline:5f1c-77");
  EXPECT_EQ(out.record.sourceId, "5f1c-77");
  EXPECT_EQ(out.record.revision, "2021-03-09T08:05:07+08:00");
  EXPECT_EQ(out.record.priority, record::Priority::high);
  EXPECT_EQ(out.record.received, kReceived);
  EXPECT_EQ(out.record.fingerprint.size(), 66u);
  EXPECT_EQ(out.record.fingerprint.substr(0, 2), "2:");
  EXPECT_THAT(out.record.destinations, ElementsAre("grid", "province"));

  json::Document document;
  ASSERT_TRUE(json::parse(out.record.event, document).ok());
  const auto view = record::readEvent(document.root);
  ASSERT_TRUE(view.ok());
  EXPECT_EQ(view->key, "hotline:5f1c-77");
  EXPECT_EQ(view->time, "2021-03-09T08:05:07+08:00");
  EXPECT_EQ(
      json::write(view->data),
      R"({"orderNo":"ZK20210309001","serialNo":"GD-1","title":"人民路路灯不亮",)"
      R"("content":"人民路与建设路交叉口向东二百米，路灯已经三天不亮，老人和孩子夜间出行很不方便，请有关部门尽快维修。",)"
      R"("orderType":{"code":"help","text":"求助"},"channel":{"code":"phone","text":"来电"},"status":{"code":"registered","text":"1"},)"
      R"("reporter":{"name":"王小明","phone":"13800012345","callerNumber":"03948260000","address":"某小区3号楼"},)"
      R"("location":{"address":"周口市川汇区人民路","point":{"lng":114.649626,"lat":33.6203465,"datum":"wgs84",)"
      R"("original":{"lng":114.655,"lat":33.6187,"datum":"gcj02"}}},"division":"411602000000",)"
      R"("department":{"name":"市政管理处","code":"D12"},"assignedTo":{"name":"李四"},"createdTime":"2021-03-09T08:05:07+08:00",)"
      R"("dispatchedTime":"2021-03-09T09:00:00+08:00","deadline":"2021-03-16T09:00:00+08:00","isSecret":false,"wantsReply":true,)"
      R"("votes":{"for":3},"attachments":[{"name":"灯.jpg","url":"https://files.example/1"},{"name":"路.jpg","url":"https://files.example/2"}],)"
      R"("sourceFields":{"accordtypecode":"求助-03","pilotLight":"特急","focus":"市政"}})");
}

TEST_F(PipelineTest, IsDeterministic) {
  const Processed first = process(kOrder);
  expression::Workspace fresh;
  RawItem item;
  item.body = kOrder;
  const Processed second =
      pipeline_->process("hotline", item, "01J0000000000000000000TEST", kReceived, fresh);
  EXPECT_EQ(first.record.event, second.record.event);
  EXPECT_EQ(first.record.fingerprint, second.record.fingerprint);
}

TEST_F(PipelineTest, GivesOtherContentAnotherFingerprint) {
  EXPECT_NE(process(kOrder).record.fingerprint,
            process(orderWith("三天", "四天")).record.fingerprint);
}

// A value that `record:` alone reads was neither in the data nor in the rest: an order that became
// urgent, or whose time was corrected, was answered as a duplicate and never delivered.
TEST_F(PipelineTest, ACorrectionOfTheEnvelopeAloneIsOtherContent) {
  const auto fingerprintOf = [&](const std::string& more, const std::string& members) {
    config::GatewayConfig config = workOrderConfig();
    config.mappings["step_in"] = yaml(
        "mapping: step_in\ndirection: inbound\ntype: work_order_step\nrecord:\n  key: no\n"
        "  sourceid: no\n  time: {first: [changed, at]}\n"
        "  priority: {from: level, cases: {high: high, normal: normal}, default: normal}\n" +
            more +
            "fields:\n  orderKey: no\n  stepId: no\n  step: {const: replied}\n"
            "  time: {from: at, time: auto}\n",
        "mappings/step_in.yaml");
    yaml::Findings findings;
    const auto pipeline = Pipeline::compile(config, findings);
    EXPECT_TRUE(pipeline) << (findings.all().empty() ? "" : findings.all()[0].text());
    RawItem item;
    item.body = R"({"no":"7","at":"2026-01-01 08:00")" + members + "}";
    const Processed out = pipeline->process("grid", item, "1", kReceived, workspace_);
    EXPECT_EQ(shown(out.problems), "");
    return out.record.fingerprint;
  };
  const std::string rest = "  revision: rev\n";
  for (const std::string& more : {std::string(), rest}) {
    const std::string first = fingerprintOf(more, R"(,"rev":"1","level":"normal")");
    EXPECT_EQ(first, fingerprintOf(more, R"(,"rev":"1")")) << "the record is the same";
    EXPECT_NE(first, fingerprintOf(more, R"(,"rev":"1","level":"high")"));
    EXPECT_NE(first, fingerprintOf(more, R"(,"rev":"1","changed":"2026-01-01 09:00")"));
  }
  const std::string ignoring = "ignore: [level, changed]\n";
  const std::string first = fingerprintOf(ignoring, "");
  EXPECT_EQ(first, fingerprintOf(ignoring, R"(,"level":"high")"));
  EXPECT_EQ(first, fingerprintOf(ignoring, R"(,"changed":"2026-01-01 09:00")"));
}

TEST_F(PipelineTest, ReportsAllProblemsOfAnItemAtOnce) {
  const Processed out = process(
      R"({"caseguid":"7","rqsttitle":"t","accordtypecode":"99","rqsttime":"soon","lng":"33","lat":"114","areacode":"12"})");
  EXPECT_EQ(out.record.sourceId, "7") << "the sender can be told which one it was";
  EXPECT_EQ(out.record.key, "hotline:7");
  const std::string all = shown(out.problems);
  EXPECT_THAT(
      all,
      HasSubstr(
          "normalize.unmapped_code /data/orderType: code table order_type has no entry for `99`"));
  EXPECT_THAT(all, HasSubstr("normalize.bad_time /data/createdTime: rqsttime"));
  EXPECT_THAT(all, HasSubstr("normalize.bad_coordinate /data/location/point: lng and lat: "
                             "longitude and latitude look swapped"));
  EXPECT_THAT(all, HasSubstr("validate.schema /data/content: "));
  EXPECT_THAT(all, HasSubstr("validate.schema /data/division: "));
  EXPECT_THAT(all, Not(HasSubstr("validate.schema /data/createdTime"))) << "told once is enough";
}

/// Rule: what the documents promise of an item is what the code takes. (They said a million.)
TEST_F(PipelineTest, AnItemMayHaveAsManyValuesAsTheDocumentsSay) {
  const auto numberBehind = [](const std::string& file, const std::string& words) {
    const std::string text = test::readFile(LIANQIAO_SOURCE_DIR + file);
    std::string digits;
    std::size_t at = text.find(words);
    if (at != std::string::npos) at = text.find_first_of("0123456789", at + words.size());
    for (; at < text.size() && (text[at] == ',' || (text[at] >= '0' && text[at] <= '9')); ++at)
      if (text[at] != ',') digits += text[at];
    return std::stoul("0" + digits);
  };
  const std::size_t most = numberBehind("/config/MAPPINGS.md", "An item has at most ");
  EXPECT_EQ(numberBehind("/config/MAPPINGS.zh.md", "一条原文最多有"), most);
  EXPECT_EQ(numberBehind("/deploy/GUARANTEES.md", "; more than "), most);
  EXPECT_EQ(numberBehind("/deploy/GUARANTEES.zh.md", "一条原文超过"), most);
  const auto codeOf = [&](std::size_t values) {
    std::string item = R"({"list":[1)";
    for (std::size_t i = 3; i < values; ++i) item += ",1";  // and the two around them
    return process(item + "]}").problems.at(0).code;
  };
  ASSERT_GT(most, 1000u);
  EXPECT_EQ(codeOf(most), codes::kNoMapping) << "it was read";
  EXPECT_EQ(codeOf(most + 1), codes::kDecodeLimit);
}

TEST_F(PipelineTest, RefusesWhatIsNoJsonObject) {
  EXPECT_EQ(process("").problems.at(0).code, codes::kBadJson);
  EXPECT_EQ(process("{\"a\":1").problems.at(0).code, codes::kBadJson);
  EXPECT_EQ(process("[]").problems.at(0).code, codes::kBadJson);
  EXPECT_EQ(process("\"text\"").problems.at(0).code, codes::kBadJson);
  EXPECT_EQ(process(std::string(100'000, '[')).problems.at(0).code, codes::kTooDeep);
}

// New Year's night in China is the day before in UTC.
TEST_F(PipelineTest, TheDayOfACodeIsThatOfThePeersZone) {
  std::string codes = kOrderTypes;
  const std::string entry = R"(  - {theirs: ["03", "30"], ours: help, text: 求助})";
  codes.replace(codes.find(entry), entry.size(),
                "  - {theirs: \"03\", ours: help, until: 2025-12-31}\n"
                "  - {theirs: \"03\", ours: consult, preferred: true, from: 2026-01-01}");
  config::GatewayConfig config = workOrderConfig();
  config.codeTables["order_type"] = yaml(codes, "codes/order_type.yaml");
  yaml::Findings findings;
  pipeline_ = Pipeline::compile(config, findings);
  for (const yaml::Finding& finding : findings.all()) ADD_FAILURE() << finding.text();
  ASSERT_TRUE(pipeline_);
  RawItem item;
  item.body = kOrder;
  const auto typeAt = [&](std::chrono::hours before) {
    return pipeline_->process("hotline", item, "id", kReceived - before, workspace_).record.event;
  };
  EXPECT_THAT(typeAt(std::chrono::hours(7)), HasSubstr(R"("code":"consult")"));
  EXPECT_THAT(typeAt(std::chrono::hours(9)), HasSubstr(R"("code":"help")"));
}

TEST_F(PipelineTest, NamesUnknownPeersAndItemsWithoutMapping) {
  EXPECT_EQ(process(kOrder, "stranger").problems.at(0).code, codes::kUnknownPeer);
  EXPECT_EQ(process(R"({"other":1})").problems.at(0).code, codes::kNoMapping);
}

TEST_F(PipelineTest, OfAnItemThatFillsNoFieldEachRequiredOneIsNamed) {
  const std::string all = shown(process(R"({"unheard":"of"})", "grid").problems);
  EXPECT_THAT(all, HasSubstr("validate.schema /data/step: "));
  EXPECT_THAT(all, Not(HasSubstr("validate.schema /data: "))) << "empty data is an object";
}

/// A peer whose new files are refused goes on as it was while the others change.
TEST_F(PipelineTest, APeerThatIsKeptMapsAsBefore) {
  config::GatewayConfig config = workOrderConfig();
  for (config::PeerConfig& peer : config.peers) peer.inbound.mappings.clear();
  yaml::Findings findings;
  pipeline_ = Pipeline::compile(config, findings, *pipeline_, {"hotline", "stranger"});
  ASSERT_TRUE(pipeline_) << toText(findings);
  EXPECT_EQ(shown(process(kOrder).problems), "");
  EXPECT_EQ(process("{}", "grid").problems.at(0).code, codes::kNoMapping);
  EXPECT_EQ(process(kOrder, "stranger").problems.at(0).code, codes::kUnknownPeer);
}

TEST_F(PipelineTest, KeepsTheProblemsOfTheAdapterAndItsId) {
  RawItem item;
  item.sourceId = "row 12";
  item.problems = {{"decode.row", "", "too many columns"}};
  const Processed out = pipeline_->process("hotline", item, "id", kReceived, workspace_);
  EXPECT_EQ(out.record.sourceId, "row 12");
  ASSERT_EQ(out.problems.size(), 1u);
  EXPECT_EQ(out.problems[0].code, "decode.row");
}

TEST_F(PipelineTest, QuarantinesRecordsThatNoRouteTakes) {
  std::string order = orderWith("求助-03", "01");
  order.replace(order.find("411602000000"), 12, "330106000000");
  const Processed out = process(order);
  ASSERT_EQ(out.problems.size(), 1u) << shown(out.problems);
  EXPECT_EQ(out.problems[0].code, codes::kNoRoute);
  EXPECT_FALSE(out.record.event.empty());
}

TEST_F(PipelineTest, TakesStepsBackUnderTheKeyOfTheirOrder) {
  const Processed out = process(
      R"({"orderKey":"hotline:5f1c-77","feedbackId":"g-9","kind":"4","at":1615248307,"text":"已修好"})",
      "grid");
  ASSERT_EQ(shown(out.problems), "");
  EXPECT_EQ(out.record.type, "work_order_step");
  EXPECT_EQ(out.record.key, "hotline:5f1c-77");
  EXPECT_EQ(out.record.sourceId, "g-9");
  EXPECT_EQ(out.record.step, "closed");
  EXPECT_THAT(out.record.destinations, ElementsAre("hotline"));
}

// The queue must know when a step happened as exactly as it was told, and who may name which key.
TEST_F(PipelineTest, TellsHowExactlyASenderToldWhenAStepHappened) {
  using namespace std::chrono_literals;
  const auto unitOf = [&](const std::string& at) {
    const Processed out = process(
        R"({"orderKey":"hotline:1","feedbackId":"g","kind":"4","at":")" + at + R"(","text":"t"})",
        "grid");
    EXPECT_EQ(shown(out.problems), "");
    EXPECT_EQ(out.record.happened->time,
              WallTime(std::chrono::milliseconds(1'615'248'000'000)) - 1h)
        << at;
    return out.record.happened->unit;
  };
  EXPECT_EQ(unitOf("2021-03-09T07:00:00.000+08:00"), 1ms);
  EXPECT_EQ(unitOf("2021-03-09 07:00:00"), 1s);
  EXPECT_EQ(unitOf("2021-03-09 07:00"), 1min);
  EXPECT_EQ(unitOf("2021年3月9日7时"), 1h);
}

// An earlier revision of what has a status must be told from a later one.
TEST_F(PipelineTest, TellsWhenARevisionOfWhatHasAStatusWasMade) {
  const Processed out = process(kOrder);
  ASSERT_EQ(shown(out.problems), "");
  ASSERT_TRUE(out.record.happened);
  EXPECT_EQ(out.record.happened->time, WallTime(std::chrono::milliseconds(1'615'248'307'000)));
  EXPECT_EQ(out.record.step, "");
}

TEST_F(PipelineTest, ATimeWithoutZoneIsThatOfThePeersZone) {
  using namespace std::chrono_literals;
  const auto happenedIn = [&](const std::string& zone) {
    config::GatewayConfig config = workOrderConfig();
    config.peers[1].zone = zone;
    yaml::Findings findings;
    pipeline_ = Pipeline::compile(config, findings);
    const std::string step =
        R"({"orderKey":"hotline:1","feedbackId":"g","kind":"4","at":"2021-03-09 07:00","text":"t"})";
    return process(step, "grid").record.happened->time;
  };
  EXPECT_EQ(happenedIn("Asia/Shanghai") - happenedIn("+09:30"), 90min);
}

TEST_F(PipelineTest, ASourceIdIsBounded) {
  const auto told = [&](std::size_t bytes) {
    return shown(process(R"({"orderKey":"hotline:1","kind":"4","at":1615248307,"feedbackId":")" +
                             std::string(bytes, 'g') + "\"}",
                         "grid")
                     .problems);
  };
  EXPECT_THAT(told(512), Not(HasSubstr("the source id is longer")));
  EXPECT_THAT(told(513), HasSubstr("/sourceid: the source id is longer than 512 bytes"));
}

TEST_F(PipelineTest, ADateAloneIsTheWholeDay) {
  const Processed out = process(
      R"({"orderKey":"hotline:1","feedbackId":"g","kind":"4","at":"2021/3/9","text":"t"})", "grid");
  ASSERT_EQ(shown(out.problems), "");
  EXPECT_EQ(out.record.happened->unit, std::chrono::hours(24));
}

TEST_F(PipelineTest, WithoutATimeOfTheEnvelopeTheDatasOwnCounts) {
  std::string mapping = kStepIn;
  mapping.erase(mapping.find("  time: at\n"), 11);
  config::GatewayConfig config = workOrderConfig();
  config.mappings["step_in"] = yaml(mapping, "mappings/step_in.yaml");
  yaml::Findings findings;
  pipeline_ = Pipeline::compile(config, findings);
  ASSERT_TRUE(pipeline_);
  const Processed out = process(
      R"({"orderKey":"hotline:1","feedbackId":"g","kind":"4","at":"2021/3/9","text":"t"})", "grid");
  ASSERT_EQ(shown(out.problems), "");
  EXPECT_EQ(out.record.happened->unit, std::chrono::hours(24));
}

TEST_F(PipelineTest, SaysWhoNamesKeysOfOthers) {
  const Processed order = process(kOrder);
  EXPECT_FALSE(order.record.namesKey);
  EXPECT_THAT(order.record.keyHolders, ElementsAre("grid"));
  const Processed step = process(
      R"({"orderKey":"hotline:1","feedbackId":"g","kind":"4","at":1615248307,"text":"t"})", "grid");
  EXPECT_TRUE(step.record.namesKey);
  EXPECT_TRUE(step.record.keyHolders.empty());
}

TEST_F(PipelineTest, SendsThePayloadOfTheOutboundMapping) {
  const Processed order = process(kOrder);
  ASSERT_EQ(shown(order.problems), "");
  const auto payload = pipeline_->outbound("grid", order.record.event, workspace_);
  ASSERT_TRUE(payload.ok()) << payload.error().detail;
  EXPECT_EQ(
      payload->text,
      R"({"workordercode":"ZK20210309001",)"
      R"("workordercontent":"人民路与建设路交叉口向东二百米，路灯已经三天不亮，老人和孩子夜间出行很不方便，请有关部门尽快维修。",)"
      R"("workordertype":"03","dispatchtime":"2021-03-09 09:00:00","lng":114.655,"lat":33.6187,)"
      R"("attachments":"https://files.example/1,https://files.example/2","orderKey":"hotline:5f1c-77"})");
  EXPECT_EQ(json::write(payload->value), payload->text);
}

// A citizen who asks for secrecy is named to nobody, however the order is sent.
TEST_F(PipelineTest, WhoAsksForSecrecyIsNamedInNoPayload) {
  std::string secret = kOrder;
  const std::string flag = R"("issecret":"否")";
  ASSERT_NE(secret.find(flag), std::string::npos);
  secret.replace(secret.find(flag), flag.size(), R"("issecret":"是")");
  config::GatewayConfig config = workOrderConfig();
  config.mappings["order_out"] = yaml(
      "mapping: order_out\ndirection: outbound\ntype: [work_order]\nfields:\n  no: data.orderNo\n"
      "  who: data.reporter.name\n  phone: data.reporter.phone\n"
      "  where: data.reporter.address\n  raw: data.sourceFields.focus\n"
      "  secret: data.isSecret\n",
      "mappings/order_out.yaml");
  yaml::Findings findings;
  const auto pipeline = Pipeline::compile(config, findings);
  ASSERT_TRUE(pipeline) << (findings.all().empty() ? "" : findings.all()[0].text());
  const auto made = [&](const std::string& body) {
    RawItem item;
    item.body = body;
    return pipeline->process("hotline", item, "1", kReceived, workspace_);
  };
  const Processed order = made(secret);
  ASSERT_EQ(shown(order.problems), "");
  ASSERT_NE(order.record.event.find("王小明"), std::string::npos) << "the gateway itself knows";
  for (const char* peer : {"grid", "province"}) {  // with and without an outbound mapping
    const auto payload = pipeline->outbound(peer, order.record.event, workspace_);
    ASSERT_TRUE(payload.ok()) << payload.error().detail;
    for (const char* told : {"王小明", "13800012345", "03948260000", "某小区3号楼", "市政\""})
      EXPECT_EQ(payload->text.find(told), std::string::npos) << peer << ": " << payload->text;
    EXPECT_NE(payload->text.find("ZK20210309001"), std::string::npos);
    EXPECT_EQ(json::write(payload->value), payload->text);
  }
  const auto open = pipeline->outbound("grid", made(kOrder).record.event, workspace_);
  ASSERT_TRUE(open.ok());
  EXPECT_NE(open->text.find("王小明"), std::string::npos);
}

TEST_F(PipelineTest, SendsTheEventItselfToPeersWithoutOutboundMapping) {
  const Processed order = process(kOrder);
  const auto payload = pipeline_->outbound("province", order.record.event, workspace_);
  ASSERT_TRUE(payload.ok());
  // All but what no field took, which leaves the gateway only where a mapping names its path.
  std::string shared = order.record.event;
  const std::size_t at = shared.find(",\"sourceFields\"");
  ASSERT_NE(at, std::string::npos);
  shared.replace(at, shared.size() - 2 - at, "");
  EXPECT_EQ(payload->text, shared);
  EXPECT_EQ(payload->value.find("data")->find("sourceFields"), nullptr);
}

TEST_F(PipelineTest, NamesWhyAPayloadCannotBeMade) {
  EXPECT_EQ(pipeline_->outbound("stranger", "{}", workspace_).error().code, codes::kUnknownPeer);
  EXPECT_EQ(pipeline_->outbound("grid", "{", workspace_).error().code, codes::kBadJson);
  EXPECT_EQ(pipeline_->outbound("grid", "{}", workspace_).error().code, codes::kBadJson);
  const Processed step =
      process(R"({"orderKey":"hotline:1","feedbackId":"g","kind":"0","at":1615248307})", "grid");
  EXPECT_EQ(pipeline_->outbound("grid", step.record.event, workspace_).error().code,
            codes::kNoMapping);
  std::string event = process(kOrder).record.event;
  event.replace(event.find("\"help\""), 6, "\"lost\"");
  const auto unmapped = pipeline_->outbound("grid", event, workspace_);
  EXPECT_EQ(unmapped.error().code, codes::kUnmappedCode);
  EXPECT_THAT(unmapped.error().detail, HasSubstr("mapping order_out; /workordertype: code table "
                                                 "order_type has no entry with ours `lost`"));
}

TEST_F(PipelineTest, MasksWhatIsNotPublic) {
  const std::string masked = pipeline_->masked(process(kOrder).record.event);
  EXPECT_THAT(masked, Not(HasSubstr("王小明")));
  EXPECT_THAT(masked, Not(HasSubstr("13800012345")));
  EXPECT_THAT(masked, HasSubstr("hotline:5f1c-77"));
  EXPECT_THAT(masked, HasSubstr(R"("type":")")) << "what is public stays";
  json::Document document;
  EXPECT_TRUE(json::parse(masked, document).ok());
  EXPECT_EQ(pipeline_->masked("no event"), "{}");
}

TEST_F(PipelineTest, MakesARecordOrNamedProblemsOfEveryNaughtyStringInEveryField) {
  LIANQIAO_NEEDS_DATA("suites/strings/blns_dev_base64.json");
  const std::string suite = test::readFile(test::sharedData("suites/strings/blns_dev_base64.json"));
  json::Document strings;
  json::Document order;
  const std::string source = kOrder;
  ASSERT_TRUE(json::parse(suite, strings).ok());
  ASSERT_TRUE(json::parse(source, order).ok());
  std::size_t whole = 0;
  for (const json::Value& encoded : strings.root.elements()) {
    const std::string naughty = unbase64(encoded.text()).value();
    for (const json::Member& victim : order.root.members()) {
      std::string body = "{";
      for (const json::Member& member : order.root.members()) {
        if (body.size() > 1) body += ',';
        json::writeText(member.name, body);
        body += ':';
        if (&member == &victim)
          json::writeText(naughty, body);
        else
          json::write(member.value, body);
      }
      const Processed out = process(body += "}");
      for (const Problem& p : out.problems) {
        ASSERT_THAT(p.code, testing::AnyOf(testing::StartsWith("normalize."), "validate.schema",
                                           codes::kNoRoute))
            << victim.name;
        ASSERT_FALSE(p.message.empty());
      }
      json::Document check;
      if (!out.problems.empty()) continue;
      ASSERT_TRUE(json::parse(out.record.event, check).ok()) << victim.name;
      ++whole;
    }
  }
  EXPECT_GT(whole, 1000u);
}

TEST_F(PipelineTest, FindsEveryMistakeOfTheConfigurationAtOnce) {
  config::GatewayConfig config = workOrderConfig();
  config.peers[1].zone = "Mars";
  config.routes[0].when[1].path = "data.ordrType";
  config.routes[1].when[0].path = "typ";
  config.mappings["bad"] = yaml(
      "mapping: bad\ndirection: inbound\ntype: work_order\nrecord: {key: [a]}\nfields: {titel: "
      "b}\n",
      "mappings/bad.yaml");
  config.codeTables["bad"] = yaml("table: bad\nentries: []\n", "codes/bad.yaml");
  const std::string all = findingsOf(config);
  EXPECT_THAT(all, HasSubstr("`Mars` is no zone"));
  EXPECT_THAT(
      all,
      HasSubstr(
          "no record of these types has the field `data.ordrType`; did you mean `orderType`?"));
  EXPECT_THAT(all, HasSubstr("`typ` is nothing that a condition can test"));
  EXPECT_THAT(all, HasSubstr("mappings/bad.yaml:5:10: fields.titel: the schema has no field "
                             "`titel` here; did you mean `title`?"));
  EXPECT_THAT(all, HasSubstr("codes/bad.yaml:2:"));
}

TEST_F(PipelineTest, SaysThatTheSchemasAreAbsent) {
  config::GatewayConfig config = workOrderConfig();
  config.schemas = "/nowhere/schemas";
  EXPECT_THAT(findingsOf(config), HasSubstr("/nowhere/schemas"));
}

}  // namespace
}  // namespace lianqiao::pipeline
