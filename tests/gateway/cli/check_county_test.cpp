#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "conformance/test_data.h"
#include "support/queue_fixture.h"

/// Rule: `lianqiao check` finds nothing wrong with the county that is shipped; and of a mistake
/// that its IT staff make in it, it names what it is, at its own line, with the remedy, and ends
/// with 1.
namespace lianqiao::cli {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

struct Answer {
  int code = -1;
  std::string text;
};

/// The program on a copy of the example county.
class County {
 public:
  County() { fs::copy(LIANQIAO_SOURCE_DIR "/config", config(), fs::copy_options::recursive); }
  [[nodiscard]] fs::path config() const { return folder_.path() / "config"; }
  void write(const std::string& name, std::string_view text) const {
    std::ofstream(config() / name, std::ios::binary) << text;
  }
  /// `to` in place of the first `from` in that file.
  void change(const std::string& name, const std::string& from, const std::string& to) const {
    std::string text = lianqiao::test::readFile((config() / name).string());
    const std::size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << name << " has no " << from;
    write(name, text.replace(at, from.size(), to));
  }
  [[nodiscard]] Answer check() const {
    const std::string command =
        LIANQIAO_BUILD_DIR "/lianqiao check --config '" + config().string() + "' 2>&1";
    Answer answer;
    FILE* const pipe = popen(command.c_str(), "r");
    if (pipe == nullptr) return answer;
    for (int c = std::fgetc(pipe); c != EOF; c = std::fgetc(pipe))
      answer.text += static_cast<char>(c);
    const int status = pclose(pipe);
    answer.code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
    return answer;
  }

 private:
  queue::TemporaryFolder folder_;
};

TEST(CheckOfTheCounty, HasNoErrorAndWarnsOfItsPublishedSecretsAlone) {
  const County county;
  Answer answer = county.check();
  EXPECT_EQ(answer.code, 1) << "for its secrets are in every checkout";
  EXPECT_THAT(answer.text, HasSubstr("6 peers, 5 adapters, 14 mappings, 8 code tables, 4 routes: "
                                     "no errors, 9 warnings."));
  EXPECT_THAT(answer.text, HasSubstr("A gateway would start; check ends with 1 for warnings, too"));
  std::istringstream lines(answer.text);
  int warnings = 0;
  for (std::string line; std::getline(lines, line);) {
    if (line.find(": warning: ") == std::string::npos) continue;
    ++warnings;
    EXPECT_THAT(line, HasSubstr("this secret is in every checkout of the gateway"));
  }
  EXPECT_EQ(warnings, 9) << answer.text;
  county.write(".quickstart", "");
  answer = county.check();
  EXPECT_EQ(answer.code, 0) << answer.text;
  EXPECT_THAT(answer.text, AllOf(HasSubstr("no errors."), Not(HasSubstr("warning")),
                                 Not(HasSubstr("ends with 1"))));
}

struct Mistake {
  const char* file;
  const char* from;
  const char* to;
  const char* found;  ///< What is said of it, its line first.
};

class MistakeInTheCounty : public ::testing::TestWithParam<Mistake> {};

TEST_P(MistakeInTheCounty, IsNamedAtItsOwnLine) {
  const County county;
  county.write(".quickstart", "");
  const Mistake& mistake = GetParam();
  ASSERT_NO_FATAL_FAILURE(county.change(mistake.file, mistake.from, mistake.to));
  const Answer answer = county.check();
  EXPECT_EQ(answer.code, 1) << mistake.to;
  EXPECT_THAT(answer.text, HasSubstr(std::string(mistake.file) + ':' + mistake.found));
}

constexpr const char* kIn = "mappings/provincial_work_order.yaml";
constexpr const char* kStep = "mappings/province_step.yaml";
constexpr const char* kOrder = "mappings/province_work_order.yaml";
constexpr const char* kFill = "mappings/hotline_backfill.yaml";
constexpr const char* kTypes = "codes/order_type.yaml";
constexpr const char* kTown = "peers/town-ledger.yaml";
constexpr const char* kGrid = "peers/grid-platform.yaml";
constexpr const char* kWechat = "peers/haozhoudao.yaml";
constexpr const char* kProvince = "peers/province.yaml";
constexpr const char* kNode = "lianqiao.yaml";
constexpr const char* kRoutes = "routes.yaml";
constexpr const char* kId = "{template: \"{orderNum}/{serialNumber}\"}";
constexpr const char* kWhen = "when: {path: orderNum, present: true}";
constexpr const char* kSecret = "token: ${file:secrets/grid_token.example}";

INSTANTIATE_TEST_SUITE_P(
    Inbound, MistakeInTheCounty,
    ::testing::Values(
        Mistake{kIn, "{first: [title, questionName, majorContent]", "{first: title",
                "15:18: fields.title.first: `first` is a list of expressions"},
        Mistake{kIn, "{first: [callTime, assignTime], time: auto, r", "{frist: [callTime], r",
                "31:17: fields.createdTime.frist: unknown key `frist`; did you mean `first`?"},
        Mistake{kIn, kWhen, "when: {path: orderNum}", "6:7: when: the condition has no operator"},
        Mistake{kIn, kWhen, "when: {path: orderNum, equal: x}",
                "6:24: when.equal: unknown key `equal`; did you mean `equals`?"},
        Mistake{kIn, kWhen, "when: [{path: orderNum, present: true}]", "6:7: when: a condition is"},
        Mistake{kIn, kWhen, "when: {path: orderNum, present: yes}",
                "6:33: when.present: true or false is expected here"},
        Mistake{kIn, kId, "{template: \"{orderNum/{serialNumber}\"}",
                "9:24: record.sourceid.template: a { of the template is not closed"},
        Mistake{
            kIn, kId, "{template: \"${orderNum}\"}",
            "9:24: record.sourceid.template: a template names its paths without $; write {path}"},
        Mistake{
            kIn, kId, "{template: orderNum}",
            "9:13: record.sourceid: this reads nothing of the item: all that comes would be one "
            "thing"},
        Mistake{kIn, "table: order_type}", "lookup: order_type}",
                "17:33: fields.orderType.lookup: unknown key `lookup`"},
        Mistake{
            kIn, "table: order_type}", "table: order_tpye}",
            "17:40: fields.orderType.table: there is no code table `order_tpye` in config/codes; "
            "did you mean `order_type`?"},
        Mistake{kIn, "rest: sourceFields", "rest: sourceField",
                "38:7: rest: the schema has no field"},
        Mistake{kIn, "rest: sourceFields", "rest: replies",
                "38:7: rest: the field `replies` cannot take any name and text; write rest: "
                "sourceFields"},
        Mistake{kIn, "rest: sourceFields", "ignore: {sendTime: true}",
                "38:9: ignore: `ignore` is a list of paths"},
        Mistake{kIn, "time: auto, required", "time: \"yyyy-mm-dd HH:mm:ss\", required",
                "31:54: fields.createdTime.time: time pattern: "},
        Mistake{kIn, "time: auto, required: true}", "time: auto, required: yes}",
                "31:70: fields.createdTime.required: true or false"},
        Mistake{kIn, "clean: phone}", "clean: fone}", "23:64: fields.reporter.phone.clean: "},
        Mistake{kIn, "max: 500, truncate: true", "truncate: true",
                "15:78: fields.title.truncate: `truncate` has no effect without max"},
        Mistake{kIn, "datum: cgcs2000}", "datum: gcj-02}",
                "28:72: fields.location.point.point.datum"},
        Mistake{kIn, "boolean: true}", "boolean: {true: [是], false: [是]}}",
                "35:39: fields.isSecret.boolean: `是` means both yes and no"},
        Mistake{kIn, "default: normal}", "default: nomal}", "11:103: record.priority.default: "},
        Mistake{kIn, "reporter.phone: {", "reporter.phnoe: {",
                "23:3: fields.reporter.phnoe: the schema has no field `phnoe` here; did you mean "
                "`phone`?"},
        Mistake{kIn, "direction: inbound", "direction: outbound",
                "8:3: record: an outbound mapping makes no record; take `record` out, or write "
                "direction: inbound"}));

INSTANTIATE_TEST_SUITE_P(
    Outbound, MistakeInTheCounty,
    ::testing::Values(
        Mistake{kStep, "operator: data.actor.name", "operator: data.actor.nmae",
                "15:13: fields.operator: no record of type work_order_step has `data.actor.nmae` "
                "here: the field would always be absent; did you mean `name`?"},
        Mistake{
            kStep, "operator: data.actor.name", "operator: actor.name",
            "15:13: fields.operator: no record of type work_order_step has `actor.name` here: the "
            "field would always be absent; write data.actor.name"},
        Mistake{kStep, "first: [data.content,", "first: [data.contnet,",
                "17:29: warning: fields.acceptanceNotes.first[0]: no record"},
        Mistake{kOrder, "point.lng},", "point.lnt},", "26:"},
        Mistake{kOrder, "value: url", "value: link", "34:46: fields.accessory.value: no record"},
        Mistake{kOrder, "{each: data.attachments, value: url,", "{from: data.attachments.url,",
                "34:21: fields.accessory.from: no record"},
        Mistake{kOrder, "data.sourceFields.acceptanceNotes", "data.sourceFields.notes.text",
                "36:29: warning: fields.acceptanceNotes.first[0]: no record"},
        Mistake{kStep, "replied: 答复", "replyed: 答复",
                "12:38: warning: fields.stepName.cases: no case names `replied`, which can come in "
                "`data.step`"},
        Mistake{
            kFill, "equals: replied}", "equals: repied}",
            "11:50: warning: fields.firstOpinion.when.equals: no record of type work_order_step "
            "has in `data.step` the value `repied`; did you mean `replied`?"},
        Mistake{
            kFill, "when: {path: data.orderKey,", "when: {path: data.orderkey,",
            "7:14: when.path: no record of type work_order_step has `data.orderkey`: this never "
            "holds; did you mean `orderKey`?"},
        Mistake{kFill, "cases: {replied: initialReply, ", "cases: {",
                "9:34: warning: fields.step.cases: no case names `replied`, which can come"},
        Mistake{kStep, "fields:\n", "rest: sourceFields\nfields:\n",
                "6:7: rest: only inbound mappings keep what is left"}));

INSTANTIATE_TEST_SUITE_P(
    TablesAndRoutes, MistakeInTheCounty,
    ::testing::Values(
        Mistake{kTypes, "theirs: [举报, 举报类]", "theirs: [举报, 投诉]",
                "11:5: entries[3]: theirs `投诉` stands in two entries at the same time"},
        Mistake{kTypes, "theirs: [举报, 举报类]", "theirs: \"\"",
                "11:14: entries[3].theirs: an empty code never comes"},
        Mistake{kTypes, "unmapped: other", "unmapped: others", "5:11: unmapped: `others`"},
        Mistake{kTypes, "ours: praise,", "ours: praise, until: 2026-13-01,",
                "13:45: entries[5].until"},
        Mistake{kRoutes, "when: {type: work_order_step}", "when: {type: work_order_setp}",
                "9:18: route steps-to-province: there is no schema for the type `work_order_setp`"},
        Mistake{kRoutes, "data.step: [replied", "data.stpe: [replied",
                "16:18: route results-back-to-hotline: no record of these types has the field "
                "`data.stpe`; did you mean `step`?"},
        Mistake{kRoutes, "[replied, return_applied", "[replied, return_aplied",
                "16:28: route results-back-to-hotline: no record has in `data.step` the value "
                "`return_aplied`; did you mean `return_applied`?"},
        Mistake{kRoutes, "to: [city-hotline]", "to: [city-hotlin]",
                "17:10: routes[2].to[0]: there is no peer 'city-hotlin'; did you mean"},
        Mistake{kRoutes, "to: [city-hotline]", "to: [town-ledger]",
                "17:10: routes[2].to[0]: nothing can be sent to the peer 'town-ledger': it lacks "
                "settings.output_folder; set that"},
        Mistake{kRoutes, "{prefix: \"city", "{prefx: \"city",
                "15:23: routes[2].when.data.orderKey.prefx: the key 'prefx' is not known here"}));

INSTANTIATE_TEST_SUITE_P(
    Peers, MistakeInTheCounty,
    ::testing::Values(
        Mistake{kTown, "settle_time: 2s", "settel_time: 2s",
                "8:3: settings.settel_time: the adapter"},
        Mistake{kTown, "settle_time: 2s", "settle_time: 400d",
                "8:16: settings.settle_time: '400d' is out of range; write 0ms to 1d"},
        Mistake{kTown, "settle_time: 2s", "encoding: gkb",
                "8:13: settings.encoding: 'gkb' is not a choice here; did you mean 'gbk'?"},
        Mistake{kTown, "settle_time: 2s", "merged: all", "8:11: settings.merged: 'all' is not"},
        Mistake{kTown, "settle_time: 2s", "skip: 合计",
                "8:9: settings.skip: a list is wanted here"},
        Mistake{kTown, "folder: ../drop/town-ledger", "folder: D:\\drop",
                "7:11: settings.folder: this is a path of Windows, and the gateway runs on Linux"},
        Mistake{kTown, "poll_every: 1s", "poll_every: 0s",
                "11:15: inbound.poll_every: '0s' is out"},
        Mistake{kGrid, kSecret, "token: ${file：secrets/grid_token.example}",
                "7:10: settings.token: this reference to a secret is written wrongly; write "
                "${env:NAME} or ${file:path}, with half-width : and }"},
        Mistake{kGrid, kSecret, "token: abc123", "7:10: settings.token: a secret must not stand"},
        Mistake{kGrid, "[\"${file:secrets/grid_push_token.example}\"]",
                "[${file:secrets/grid_push_token.example}]",
                "11:30: ${…} stands without quotation marks"},
        Mistake{kGrid, "adapter: webhook", "adapter: webhok",
                "3:10: adapter: the adapter 'webhok' is not in the list of adapters; did you mean "
                "'webhook'?"},
        Mistake{kWechat, "kinds: [text,", "kinds: [txt,",
                "9:10: settings.kinds: the adapter refuses these settings: "},
        Mistake{kWechat, "aes_key: ${file:secrets/wechat_aes_key.example}",
                "aes_key: ${file:secrets/grid_token.example}",
                "7:12: settings.aes_key: the adapter refuses these settings: "},
        Mistake{kWechat, "mappings: [wechat_report,", "mappings: [province_step, wechat_report,",
                "12:14: inbound.mappings[0]: the mapping province_step is not inbound"},
        Mistake{kProvince, "services: [\"work_order_step: s_0000000000000_0002\"]",
                "services: [work_order_step]", "11:13: settings.services: the adapter refuses"},
        Mistake{kProvince, "retry: patient", "retry: patent", "19:10: outbound.retry: there is no"},
        Mistake{kTown, "adapter: file_drop\n", "adapter：file_drop\ncolour: red\n",
                "5:1: colour: the key 'colour' is not known here"},
        Mistake{kTown, "adapter: file_drop\n", "adapter: file_drop\nadapter: x\ncolour: red\n",
                "6:1: colour: the key 'colour' is not known here"}));

INSTANTIATE_TEST_SUITE_P(
    Node, MistakeInTheCounty,
    ::testing::Values(
        Mistake{kNode, "admin: {address: 127.0.0.1, port: 8481}",
                "admin: {address: 127.0.0.1, port: 8480}",
                "8:37: listen.admin.port: listen.peers and"},
        Mistake{kNode, "peers: {address: 127.0.0.1", "peers: {address: 192.168.1.300",
                "7:20: listen.peers.address: this is not an address"},
        Mistake{kNode, "peers: {address: 127.0.0.1", "peers: {address: \"127.0.0.1:8480\"",
                "7:20: listen.peers.address: a port stands behind this address"},
        Mistake{kNode, "port: 8480}", "port: 8480, trusted_proxies: [10.1.2.3/16]}",
                "7:61: listen.peers.trusted_proxies[0]: this is no address and no network"},
        Mistake{kNode, "port: 8480}", "port: 8480, trusted_proxies: [0.0.0.0/0]}",
                "7:61: listen.peers.trusted_proxies[0]: so wide a network could be anybody"},
        Mistake{kNode, "port: 8480}",
                "port: 8480, tls: {certificate: routes.yaml, key: routes.yaml}}",
                "7:62: listen.peers.tls.certificate: "},
        Mistake{kNode, "data_exchange, webhook]", "data_exchang, webhook]", "4:50: adapters[3]: "},
        Mistake{kNode, "data: ../data", "data: routes.yaml", "3:7: data: "},
        Mistake{kNode, "sync: always", "sync: always\n  memory: 2G",
                "13:11: redis.memory: '2G' is"},
        Mistake{kNode, "node: county-1\n", "node：county-1\ncolour: red\n", "3:1: colour: "}));

}  // namespace
}  // namespace lianqiao::cli
