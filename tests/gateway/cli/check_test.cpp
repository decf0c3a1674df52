#include "cli/commands.h"
#include "conformance/test_data.h"
#include "gateway/runtime/gateway_fixture.h"
#include "yaml/findings.h"

/// Rule: `lianqiao check` ends with 1 for each kind of thing that can only fail, names it at its
/// place, and names all of them at once.
namespace lianqiao::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class Check : public runtime::GatewayTest {
 protected:
  struct Answer {
    int code;
    std::string text;
  };
  Answer check(std::vector<const char*> more = {}) const {
    const std::string folder = config().string();
    std::vector<const char*> words = {"--config", folder.c_str()};
    words.insert(words.end(), more.begin(), more.end());
    ::testing::internal::CaptureStdout();
    const int code = runCheck(static_cast<int>(words.size()), words.data());
    return {code, ::testing::internal::GetCapturedStdout()};
  }
  void expectFound(const std::string& what) const {
    const Answer answer = check();
    EXPECT_EQ(answer.code, kFailed) << what;
    EXPECT_THAT(answer.text, HasSubstr(what));
  }
  void gateway(const std::string& adapters, const std::string& rest = "") const {
    write("lianqiao.yaml", "data: ../data\nplugins: " LIANQIAO_BUILD_DIR
                           "/plugins\nschemas: " LIANQIAO_SOURCE_DIR "/schemas\nadapters: [" +
                               adapters + "]\n" + rest);
  }
};

TEST_F(Check, AWholeConfigurationEndsWithZero) {
  const Answer answer = check();
  EXPECT_EQ(answer.code, kOk) << answer.text;
  EXPECT_THAT(answer.text, HasSubstr("4 peers, 1 adapter, 2 mappings, 0 code tables, 1 route: no "
                                     "errors."));
}

TEST_F(Check, NoFindingHidesBehindAnErrorOfAnotherFile) {
  gateway("webhook, webhok", "intake: {threads: none}\n");
  write("peers/app.yaml", "adapter: webhook\nauth：x\n");
  write("peers/web.yaml", "adapter: webhook\nauth: {kind: none}\ninbound: {mapings: [report]}\n");
  write("peers/grid.yaml",
        "adapter: webhook\nsettings: {headers: [broken]}\noutbound: {mappings: [plain]}\n");
  write("mappings/report.yaml", mappingText("what") + "colour: red\n");
  write(
      "mappings/plain.yaml",
      "mapping: plain\ndirection: outbound\ntype: [work_order]\nfields: {at: {from: time, format: "
      "yyyy-mm-dd}}\n");
  write("codes/kinds.yaml", "table: kinds\nentries: [{theirs: 1}]\n");
  write("routes.yaml", "routes:\n  - {name: all, when: {type: work_ordr}, to: [grid, archive]}\n");
  const Answer answer = check();
  EXPECT_EQ(answer.code, kFailed);
  for (const char* what :
       {"lianqiao.yaml:4:21: adapters[1]: ", "lianqiao.yaml:5:19: intake.threads: ",
        "peers/app.yaml:2:5: ", "peers/web.yaml:3:11: inbound.mapings: ", "mappings/report.yaml:",
        "unknown key `colour`", "mappings/plain.yaml:4:", "months are MM",
        "codes/kinds.yaml:2:", "routes.yaml:2:", "work_ordr"})
    EXPECT_THAT(answer.text, HasSubstr(what));
}

TEST_F(Check, AFileThatCannotBeReadIsNotToldAgainByWhatNamesIt) {
  write("mappings/report.yaml", mappingText("what") + "\xFF\n");
  Answer answer = check();
  EXPECT_THAT(answer.text, AllOf(HasSubstr("mappings/report.yaml:"), HasSubstr("1 error.")));
  write("mappings/report.yaml", mappingText("what"));
  std::string text = mappingText("what");
  text.replace(text.find("  content:"), 0, "  category: {from: c, table: kinds}\n");
  write("mappings/report.yaml", text);
  write("codes/kinds.yaml", "table: kinds\n entries: [\n");
  answer = check();
  EXPECT_THAT(answer.text, AllOf(HasSubstr("codes/kinds.yaml:2:"), HasSubstr("1 error.")));
}

// Rule: a command does nothing where it was told more than it understands.
TEST_F(Check, AFolderWithoutItsOptionIsNotLeftOut) {
  const char* const words[] = {"/nowhere"};
  for (int (*command)(int, const char* const*) : {&runCheck, &runDoctor}) {
    testing::internal::CaptureStderr();
    EXPECT_EQ(command(1, words), kUsage);
    EXPECT_THAT(testing::internal::GetCapturedStderr(),
                AllOf(HasSubstr("\"/nowhere\" is one word too many"), HasSubstr("--config DIR")));
  }
}

TEST_F(Check, FindsARouteForATypeThatDoesNotExist) {
  write("routes.yaml",
        "routes:\n  - {name: all, when: {type: [work_order, alrt]}, to: [grid, archive]}\n");
  expectFound(
      "routes.yaml:2:43: route all: there is no schema for the type `alrt`; did you mean `alert`?");
}

TEST_F(Check, FindsAPeerWithMappingsAndNoRoute) {
  write("routes.yaml",
        "routes:\n  - {name: all, when: {type: work_order, peer: app}, to: [grid, archive]}\n");
  expectFound(
      "peers/web.yaml:3:22: inbound.mappings[0]: no route takes what the mapping report makes");
}

TEST_F(Check, FindsARequiredFieldThatNoMappingFills) {
  std::string text = mappingText("what");
  const std::size_t at = text.find("  createdTime");
  text.erase(at, text.find("rest:") - at);
  write("mappings/report.yaml", text);
  expectFound("the schema requires `createdTime` here, and no field makes it");
}

TEST_F(Check, FindsAPriorityThatIsNone) {
  std::string text = mappingText("what");
  text.replace(text.find("time: at}"), 9, "time: at, priority: urgent}");
  write("mappings/report.yaml", text);
  expectFound("mappings/report.yaml:4:39: record.priority: `urgent` is no priority");
  write("mappings/report.yaml", mappingText("what"));
  write("routes.yaml",
        "routes:\n  - {name: all, when: {type: work_order}, to: [grid, archive]}\n"
        "  - {name: fast, when: {priority: urgent}, to: [grid]}\n");
  expectFound("routes.yaml:3:35: route fast: there is no priority `urgent`");
}

TEST_F(Check, FindsOnePortTwiceAndAFolderThatIsAFile) {
  write("../data", "a file");
  gateway("webhook", "listen: {peers: {port: 9000}, admin: {port: 9000}}\n");
  const Answer answer = check();
  EXPECT_EQ(answer.code, kFailed);
  EXPECT_THAT(answer.text, HasSubstr("lianqiao.yaml:5:45: listen.admin.port: listen.peers and"));
  EXPECT_THAT(answer.text, AllOf(HasSubstr("lianqiao.yaml:1:7: data: "),
                                 HasSubstr("/data is a file, and a folder is needed here")));
}

TEST_F(Check, FindsSettingsThatTheAdaptersConstructorRefuses) {
  gateway("webhook, wechat_push");
  write("secrets/wx", "token");
  write("peers/wx.yaml",
        "adapter: wechat_push\nsettings:\n  token: ${file:secrets/wx}\n  mode: secure\n"
        "auth: {kind: adapter}\ninbound: {mappings: [report]}\n");
  const Answer answer = check();
  EXPECT_EQ(answer.code, kFailed) << answer.text;
  EXPECT_THAT(answer.text,
              AllOf(HasSubstr("peers/wx.yaml:4:9: settings.mode: the adapter refuses these "
                              "settings: "),
                    HasSubstr("`lianqiao describe wechat_push` shows what it takes")));
}

TEST_F(Check, FindsAPeerFromWhichNothingCanCome) {
  gateway("webhook, file_drop");
  write("peers/town.yaml", "adapter: file_drop\ninbound: {mappings: [report]}\n");
  expectFound(
      "peers/town.yaml:2:21: inbound.mappings: nothing can come from this peer: it lacks "
      "settings.folder");
}

TEST_F(Check, FindsASecretWithAByteOrderMark) {
  write("secrets/app", "\xEF\xBB\xBFt0ken");
  expectFound("begins with a byte order mark");
}

TEST_F(Check, FindsMistakesOfTheCalendarAndOfDeadlinesBehindASlipToo) {
  gateway("webhook");
  write("calendar.yaml", "zone：\"+08:00\"\nhours: [soon]\nyears: {}\n");
  write("deadlines.yaml",
        "deadlines:\n- {name：a, source: s, type: work_order, step: replid, start: receipt, limit: "
        "1 h}\n");
  const Answer answer = check();
  EXPECT_EQ(answer.code, kFailed);
  for (const char* what :
       {"calendar.yaml:1:5: a full-width colon", "calendar.yaml:2:9: hours[0]: 'soon' is no span",
        "calendar.yaml:3:8: years: a map of years is wanted here",
        "deadlines.yaml:2:8: a full-width colon",
        "deadlines[0].step: a life cycle of work_order has no step 'replid'; did you mean "
        "'replied'?"})
    EXPECT_THAT(answer.text, HasSubstr(what));
}

TEST_F(Check, TellsAYearThatTheCalendarLacksAndEndsWithZero) {
  gateway("webhook");
  write("calendar.yaml",
        "zone: \"+08:00\"\nhours: [\"09:00-17:00\"]\n"
        "years: {1999: {source: long ago, holidays: []}}\n");
  const Answer answer = check();
  EXPECT_EQ(answer.code, kOk) << answer.text;
  EXPECT_THAT(answer.text, HasSubstr("is missing: deadlines that reach into it are provisional"));
}

TEST_F(Check, WarnsOfAPathThatNoSampleHasAndEndsWithOne) {
  write("samples/report.json", report("1"));
  EXPECT_EQ(check().code, kOk);
  write("mappings/report.yaml", mappingText("waht"));
  const Answer answer = check();
  EXPECT_EQ(answer.code, kFailed);
  EXPECT_THAT(answer.text,
              HasSubstr("mappings/report.yaml:7:17: warning: fields.title.from: no sample "
                        "has waht (samples/report.json); mend the path, or add a sample "
                        "that has it"));
  EXPECT_THAT(answer.text, HasSubstr("no errors, 1 warning."));
  yaml::Findings findings;
  EXPECT_TRUE(setup::loadSetup(config(), findings)) << "a gateway starts with it";
  write("samples/report.2.json", R"([{"no":"2","waht":"x","at":"2026-11-20 08:15"}])");
  EXPECT_EQ(check().code, kOk) << "one sample suffices";
}

TEST_F(Check, WarnsOfAPublishedSecretAndRefusesItOnAnOpenListener) {
  std::string published =
      lianqiao::test::readFile(LIANQIAO_SOURCE_DIR "/config/secrets/grid_token.example");
  write("secrets/app", published);
  Answer answer = check();
  EXPECT_EQ(answer.code, kFailed);
  EXPECT_THAT(answer.text,
              HasSubstr("peers/app.yaml:2:30: warning: auth.tokens[0]: this secret is in "
                        "every checkout of the gateway"));
  EXPECT_THAT(answer.text, HasSubstr("no errors, 1 warning."));
  write(".quickstart", "");
  EXPECT_EQ(check().code, kOk) << "quickstart's own folder";
  gateway("webhook", "listen: {peers: {address: 0.0.0.0, port: 9000}}\n");
  answer = check();
  EXPECT_EQ(answer.code, kFailed);
  EXPECT_THAT(answer.text, HasSubstr("listen.peers is open to others"));
  yaml::Findings findings;
  EXPECT_FALSE(setup::loadSetup(config(), findings)) << "nor does a gateway start";
}

// A warning that no test showed: a sample that nobody can read checks nothing, and looked as if it
// did.
TEST_F(Check, WarnsOfASampleThatCannotBeRead) {
  gateway("webhook, file_drop");
  write("peers/town.yaml",
        "adapter: file_drop\nsettings: {folder: ../drop}\ninbound: {mappings: "
        "[report]}\n");
  remove("peers/app.yaml");
  remove("peers/web.yaml");
  for (const char* broken : {"samples/report.xlsx", "samples/report.1.jsonl"}) {
    write(broken, "no workbook");
    EXPECT_THAT(check().text,
                HasSubstr(std::string(broken) + ": warning: the sample cannot be read"));
    remove(broken);
  }
  write("samples/report.xlsx", "no workbook");
  const Answer answer = check();
  EXPECT_EQ(answer.code, kFailed);
  EXPECT_THAT(answer.text, HasSubstr("samples/report.xlsx: warning: the sample cannot be read: "));
  EXPECT_THAT(answer.text, HasSubstr("; mend it, or move it out of this folder"));
  EXPECT_THAT(answer.text, HasSubstr("no errors, 1 warning."));
  yaml::Findings findings;
  EXPECT_TRUE(setup::loadSetup(config(), findings)) << "a gateway starts with it";
}

TEST_F(Check, FindsWhatAnOutboundMappingReadsAndNoRecordHas) {
  write("mappings/plain.yaml",
        "mapping: plain\ndirection: outbound\ntype: [work_order]\nfields:\n"
        "  orderNo: data.ordrNo\n  title: {first: [data.titel, data.content]}\n");
  const Answer answer = check();
  EXPECT_EQ(answer.code, kFailed);
  EXPECT_THAT(answer.text, HasSubstr("mappings/plain.yaml:5:12: fields.orderNo: no record of type "
                                     "work_order has `data.ordrNo`"));
  EXPECT_THAT(answer.text,
              HasSubstr("mappings/plain.yaml:6:19: warning: fields.title.first[0]: no record"));
  EXPECT_THAT(answer.text, HasSubstr("1 error, 1 warning."));
}

TEST_F(Check, TellsProgramsErrorsFromWarnings) {
  write("samples/report.json", report("1"));
  write("mappings/report.yaml", mappingText("waht") + "colour: red\n");
  const Answer answer = check({"--format", "json"});
  EXPECT_EQ(answer.code, kFailed);
  EXPECT_THAT(answer.text, HasSubstr(R"("severity":"error"})"));
  EXPECT_THAT(answer.text, Not(HasSubstr(R"("severity":"warning")")))
      << "a mapping with errors is not compared with samples";
}

TEST_F(Check, NamesAConfigurationThatNotepadRenamed) {
  std::filesystem::rename(config() / "lianqiao.yaml", config() / "lianqiao.yaml.txt");
  expectFound(
      "lianqiao.yaml.txt: the file is not read under this name; rename it to lianqiao.yaml");
}

}  // namespace
}  // namespace lianqiao::cli
