#include "config/field_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/config/folder.h"
#include "gateway/yaml/reading.h"

namespace lianqiao::config {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::string_view kModes[] = {"plain", "secure"};
constexpr FieldSpec kSpecs[] = {
    {.name = "area", .kind = FieldKind::text, .doc = "d", .docZh = "d", .required = true},
    {.name = "token", .kind = FieldKind::secret, .doc = "d", .docZh = "d", .required = true},
    {.name = "pages", .kind = FieldKind::integer, .doc = "d", .docZh = "d", .fallback = "10"},
    {.name = "strict", .kind = FieldKind::boolean, .doc = "d", .docZh = "d", .fallback = "true"},
    {.name = "window", .kind = FieldKind::duration, .doc = "d", .docZh = "d", .fallback = "30s"},
    {.name = "most", .kind = FieldKind::size, .doc = "d", .docZh = "d", .fallback = "64 KiB"},
    {.name = "base",
     .kind = FieldKind::url,
     .doc = "d",
     .docZh = "d",
     .required = true,
     .example = "https://h/x"},
    {.name = "mode",
     .kind = FieldKind::choice,
     .doc = "d",
     .docZh = "d",
     .fallback = "plain",
     .choices = kModes},
    {.name = "columns", .kind = FieldKind::list, .doc = "d", .docZh = "d", .fallback = "a, b"},
    {.name = "folder", .kind = FieldKind::path, .doc = "d", .docZh = "d", .fallback = "in"},
    {.name = "note", .kind = FieldKind::text, .doc = "d", .docZh = "d"},
};

std::vector<std::string> wrong(std::string_view yaml, std::span<const FieldSpec> specs = kSpecs) {
  yaml::Findings findings;
  check(yaml::nodeOf(yaml), specs, SecretSource("/etc/gate", secretsOfTests()), findings);
  return yaml::textsOf(findings);
}

TEST(FieldCheck, ReadsEveryKind) {
  yaml::Findings findings;
  const yaml::YamlNode node = yaml::nodeOf(
      "area: 0411\ntoken: ${env:HOTLINE_TOKEN}\npages: 3\nstrict: false\nwindow: 5m\nmost: 1 MiB\n"
      "base: https://h:1/x\nmode: secure\ncolumns: [留言编号, \"x\"]\nfolder: ../drop\nnote: "
      "\"\"\n");
  const Settings settings =
      check(node, kSpecs, SecretSource("/etc/gate", secretsOfTests()), findings);
  ASSERT_TRUE(findings.empty()) << findings.all()[0].text();
  EXPECT_EQ(settings.text("area"), "0411");
  EXPECT_EQ(settings.secret("token").reveal(), "canary-7f3a");
  EXPECT_EQ(settings.integer("pages"), 3);
  EXPECT_FALSE(settings.boolean("strict"));
  EXPECT_EQ(settings.duration("window"), 5min);
  EXPECT_EQ(settings.integer("most"), 1 << 20);
  EXPECT_EQ(settings.text("base"), "https://h:1/x");
  EXPECT_EQ(settings.text("mode"), "secure");
  EXPECT_THAT(settings.list("columns"), ElementsAre("留言编号", "x"));
  EXPECT_EQ(settings.text("folder"), "/etc/drop");
  EXPECT_EQ(settings.text("note"), "");
}

TEST(FieldCheck, FillsInFallbacksOfEveryKind) {
  yaml::Findings findings;
  const yaml::YamlNode node =
      yaml::nodeOf("area: x\ntoken: ${env:HOTLINE_TOKEN}\nbase: http://h\n");
  const Settings settings =
      check(node, kSpecs, SecretSource("/etc/gate", secretsOfTests()), findings);
  ASSERT_TRUE(findings.empty()) << findings.all()[0].text();
  EXPECT_EQ(settings.integer("pages"), 10);
  EXPECT_TRUE(settings.boolean("strict"));
  EXPECT_EQ(settings.duration("window"), 30s);
  EXPECT_EQ(settings.integer("most"), 65536);
  EXPECT_EQ(settings.text("mode"), "plain");
  EXPECT_THAT(settings.list("columns"), ElementsAre("a", "b"));
  EXPECT_EQ(settings.text("folder"), "/etc/gate/in");
  EXPECT_FALSE(settings.has("note")) << "neither given nor a fallback";
}

TEST(FieldCheck, FindsEverythingWrongAtOnce) {
  EXPECT_THAT(
      wrong("area: [x]\ntoken: literal\npages: 010\nstrict: no\nwindow: 30\nmost: 1MB\nbase: "
            "h\nmode: secur\n"
            "columns: a, b\nfolder: ''\nnotes: x\n"),
      ElementsAre(
          "a.yaml:1:7: area: one value is wanted here, not a list",
          "a.yaml:2:8: token: a secret must not stand in this file; write ${env:NAME} or "
          "${file:path}",
          "a.yaml:3:8: pages: '010' begins with a zero, which some take for octal; write 10",
          "a.yaml:4:9: strict: 'no' is neither true nor false; write false",
          "a.yaml:5:9: window: '30' has no unit of time; write 30s for seconds, or use ms, m, h, d",
          "a.yaml:6:7: most: '1MB' is not a size; write 1 MiB",
          "a.yaml:7:7: base: this is not a URL that can be used here; begin it with http:// or "
          "https://",
          "a.yaml:8:7: mode: 'secur' is not a choice here; did you mean 'secure'?",
          "a.yaml:9:10: columns: a list is wanted here; write [a, b], or one `- ` line for each",
          "a.yaml:10:9: folder: the path is empty; write one, or leave the key out",
          "a.yaml:11:1: notes: the adapter has no setting 'notes'; did you mean 'note'?"));
}

TEST(FieldCheck, NamesWhatIsMissing) {
  EXPECT_THAT(
      wrong("{}\n"),
      ElementsAre(
          "a.yaml:1:1: the setting 'area' is missing; write area: …",
          "a.yaml:1:1: the setting 'token' is missing; write token: ${env:NAME} or ${file:path}",
          "a.yaml:1:1: the setting 'base' is missing; write it as in `base: https://h/x`"));
  EXPECT_THAT(wrong("\n"), testing::SizeIs(3)) << "an empty map, as below `settings:`";
  EXPECT_THAT(
      wrong("[]\n"),
      ElementsAre("a.yaml:1:1: settings must be a map; write `name: value` lines below the key"));
}

TEST(FieldCheck, FindsWhatIsMissingAtTheOwnerWhereThereAreNoSettings) {
  yaml::Findings findings;
  const yaml::YamlNode owner = yaml::nodeOf("adapter: x\n");
  check(owner, nullptr, std::span(kSpecs).first(1), SecretSource("/"), findings);
  EXPECT_THAT(yaml::textsOf(findings),
              ElementsAre("a.yaml:1:1: the setting 'area' is missing; write area: …"));
}

TEST(FieldCheck, WantsTheValueOfANullSetting) {
  EXPECT_THAT(
      wrong("pages:\n", std::span(kSpecs).subspan(2, 1)),
      ElementsAre("a.yaml:1:1: pages: the value is missing; write one, or leave the key out"));
}

TEST(FieldCheck, RefusesSettingsOfAnAdapterWithoutAny) {
  EXPECT_THAT(wrong("x: 1\n", {}),
              ElementsAre("a.yaml:1:1: x: the adapter has no setting 'x'; leave it out"));
  EXPECT_THAT(wrong("{}\n", {}), IsEmpty());
}

// A value that no adapter can mean is found by `check` with both ends; both ends belong to it.
TEST(FieldCheck, FindsWhatIsBeyondTheRangeOfItsSetting) {
  static constexpr FieldSpec kBounded[] = {
      {.name = "pages",
       .kind = FieldKind::integer,
       .doc = "d",
       .docZh = "d",
       .fallback = "10",
       .least = "1",
       .most = "1000",
       .unit = "rows",
       .unitZh = "行"},
      {.name = "window",
       .kind = FieldKind::duration,
       .doc = "d",
       .docZh = "d",
       .least = "1s",
       .most = "1h"},
      {.name = "most",
       .kind = FieldKind::size,
       .doc = "d",
       .docZh = "d",
       .least = "1 KiB",
       .most = "1 MiB"},
  };
  EXPECT_THAT(wrong("pages: 1001\nwindow: 2h\nmost: 1 GiB\n", kBounded),
              ElementsAre("a.yaml:1:8: pages: '1001' is out of range; write 1 to 1000 rows",
                          "a.yaml:2:9: window: '2h' is out of range; write 1s to 1h",
                          "a.yaml:3:7: most: '1 GiB' is out of range; write 1 KiB to 1 MiB"));
  EXPECT_THAT(wrong("pages: 0\nwindow: 0s\nmost: 1023\n", kBounded), testing::SizeIs(3));
  EXPECT_THAT(wrong("pages: -1\n", kBounded), testing::SizeIs(1));
  EXPECT_THAT(wrong("pages: 99999999999999999999\n", kBounded), testing::SizeIs(1));
  EXPECT_THAT(wrong("pages: 1000\nwindow: 1h\nmost: 1 MiB\n", kBounded), IsEmpty());
  EXPECT_THAT(wrong("pages: 1\nwindow: 1s\nmost: 1024\n", kBounded), IsEmpty());
}

TEST(FieldCheck, NamesWhatASettingIsCalledNow) {
  static constexpr FieldSpec kRenamed[] = {{.name = "code_field",
                                            .kind = FieldKind::text,
                                            .doc = "d",
                                            .docZh = "d",
                                            .formerly = "ok_field"}};
  EXPECT_THAT(wrong("ok_field: code\n", kRenamed),
              ElementsAre("a.yaml:1:1: ok_field: the setting 'ok_field' is now called "
                          "'code_field'; write code_field in its place"));
  EXPECT_THAT(wrong("ok_field: code\ncode_field: code\n", kRenamed),
              ElementsAre("a.yaml:1:1: ok_field: the setting 'ok_field' is now called "
                          "'code_field'; leave it out, code_field is given"));
}

TEST(FieldCheck, FindsAFallbackThatIsNotOfItsKind) {
  static constexpr FieldSpec kBad[] = {
      {.name = "n", .kind = FieldKind::integer, .doc = "d", .docZh = "d", .fallback = "ten"}};
  EXPECT_THAT(
      wrong("{}\n", kBad),
      ElementsAre(
          "a.yaml:1:1: the adapter's fallback for 'n' is not of its kind; give the setting, and "
          "tell the adapter's author"));
}

}  // namespace
}  // namespace lianqiao::config
