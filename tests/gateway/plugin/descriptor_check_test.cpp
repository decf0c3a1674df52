#include "plugin/descriptor_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lianqiao::plugin {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::unique_ptr<Sink> makeNone(const Settings&, Host&) { return nullptr; }

Descriptor whole() {
  Descriptor descriptor;
  descriptor.name = "sample";
  descriptor.version = "1.0";
  descriptor.summary = "A sample.";
  descriptor.summaryZh = "样例。";
  descriptor.makeSink = &makeNone;
  return descriptor;
}

std::vector<std::string> problemsOf(const FieldSpec& spec) {
  Descriptor descriptor = whole();
  descriptor.settings = {&spec, 1};
  return descriptorProblems(descriptor);
}

FieldSpec setting(FieldKind kind, std::string_view fallback) {
  FieldSpec spec{
      .name = "field", .kind = kind, .doc = "Doc.", .docZh = "说明。", .fallback = fallback};
  if (kind == FieldKind::integer) spec.least = "-5", spec.most = "10";
  if (kind == FieldKind::duration) spec.least = "0s", spec.most = "1h";
  if (kind == FieldKind::size) spec.least = "1 KiB", spec.most = "1 MiB";
  return spec;
}

TEST(DescriptorCheck, FindsNothingInAWholeOne) {
  EXPECT_THAT(descriptorProblems(whole()), IsEmpty());
}

TEST(DescriptorCheck, NamesAllThatIsMissing) {
  EXPECT_THAT(descriptorProblems(Descriptor{}),
              ElementsAre("the name \"\" is not lower_snake", "it names no version",
                          "it has no English summary", "it has no Chinese summary (summaryZh)",
                          "it offers no role: give it makeReceiver, makeSource, makeSession or "
                          "makeSink"));
}

TEST(DescriptorCheck, WantsOneWayInWhichAPeerIsAsked) {
  Descriptor descriptor = whole();
  descriptor.makeSession = [](const Settings&, Host&) -> std::unique_ptr<Session> { return {}; };
  descriptor.deliversInSession = true;
  EXPECT_THAT(descriptorProblems(descriptor), IsEmpty());
  descriptor.makeSource = [](const Settings&, Host&) -> std::unique_ptr<Source> { return {}; };
  EXPECT_THAT(descriptorProblems(descriptor),
              ElementsAre("it has a source and a session: a peer is asked in one way, choose one"));
}

TEST(DescriptorCheck, WantsBothRolesOfWhatDeliversInItsSession) {
  Descriptor descriptor = whole();
  descriptor.deliversInSession = true;
  EXPECT_THAT(descriptorProblems(descriptor),
              ElementsAre("it delivers in its session and lacks the session or the sink"));
}

TEST(DescriptorCheck, TakesAnEnglishSentenceForNoChineseOne) {
  FieldSpec spec = setting(FieldKind::text, "");
  spec.docZh = "The same again.";
  EXPECT_THAT(problemsOf(spec), ElementsAre("setting field has no Chinese sentence (docZh)"));
}

TEST(DescriptorCheck, WantsFallbacksThatFitTheirKind) {
  const std::pair<FieldKind, std::string_view> fit[] = {
      {FieldKind::integer, "10"},     {FieldKind::integer, "-3"},     {FieldKind::boolean, "true"},
      {FieldKind::duration, "30s"},   {FieldKind::duration, "5 min"}, {FieldKind::size, "64 KiB"},
      {FieldKind::url, "https://a/"}, {FieldKind::text, "any"},
  };
  for (const auto& [kind, fallback] : fit) {
    EXPECT_THAT(problemsOf(setting(kind, fallback)), IsEmpty()) << fallback;
  }
  const std::pair<FieldKind, std::string_view> unfit[] = {
      {FieldKind::integer, "ten"}, {FieldKind::integer, "-"},   {FieldKind::boolean, "yes"},
      {FieldKind::duration, "30"}, {FieldKind::duration, "s"},  {FieldKind::duration, "30 x"},
      {FieldKind::size, "64 KX"},  {FieldKind::url, "ftp://a"},
  };
  for (const auto& [kind, fallback] : unfit) {
    EXPECT_EQ(problemsOf(setting(kind, fallback)).size(), 1U) << fallback;
  }
}

// A number that only means something between two ends says so, or every value passes `check`.
TEST(DescriptorCheck, WantsARangeOfEveryNumericSettingAndOfNoOther) {
  for (const FieldKind kind : {FieldKind::integer, FieldKind::duration, FieldKind::size}) {
    FieldSpec spec = setting(kind, "");
    EXPECT_THAT(problemsOf(spec), IsEmpty());
    spec.most = {};
    EXPECT_THAT(problemsOf(spec),
                ElementsAre("setting field has no range: give it least and most"));
    spec.least = {};
    EXPECT_EQ(problemsOf(spec).size(), 1U);
  }
  FieldSpec text = setting(FieldKind::text, "");
  text.least = "1";
  EXPECT_THAT(
      problemsOf(text),
      ElementsAre("setting field has a range (least, most) but is no integer, duration or size"));
}

TEST(DescriptorCheck, RefusesARangeThatIsNoneAndAFallbackBeyondIt) {
  FieldSpec spec = setting(FieldKind::duration, "30s");
  spec.least = "2h";
  EXPECT_THAT(problemsOf(spec),
              ElementsAre("setting field has a range from \"2h\" to \"1h\", which does not fit its "
                          "kind"));
  spec.least = "30";
  EXPECT_EQ(problemsOf(spec).size(), 1U);
  EXPECT_THAT(problemsOf(setting(FieldKind::integer, "11")),
              ElementsAre("setting field has the fallback \"11\", which does not fit its kind or "
                          "range"));
}

TEST(DescriptorCheck, WantsAUnitInBothLanguagesAndOfIntegersOnly) {
  FieldSpec spec = setting(FieldKind::integer, "1");
  spec.unit = "rows";
  EXPECT_EQ(problemsOf(spec).size(), 1U);
  spec.unitZh = "行";
  EXPECT_THAT(problemsOf(spec), IsEmpty());
  FieldSpec size = setting(FieldKind::size, "1 KiB");
  size.unit = "bytes";
  size.unitZh = "字节";
  EXPECT_THAT(problemsOf(size), ElementsAre("setting field has a unit but is no integer"));
}

TEST(DescriptorCheck, RefusesAFormerNameThatAnotherSettingHas) {
  FieldSpec spec = setting(FieldKind::text, "x");
  spec.formerly = "old";
  EXPECT_THAT(problemsOf(spec), IsEmpty());
  spec.formerly = "field";
  EXPECT_THAT(problemsOf(spec), ElementsAre("setting field was formerly field, which is the name "
                                            "of another"));
}

TEST(DescriptorCheck, WantsAFallbackOutOfTheChoices) {
  static constexpr std::string_view kChoices[] = {"json", "xml"};
  FieldSpec spec = setting(FieldKind::choice, "json");
  spec.choices = kChoices;
  EXPECT_THAT(problemsOf(spec), IsEmpty());
  spec.fallback = "csv";
  EXPECT_EQ(problemsOf(spec).size(), 1U);
}

TEST(DescriptorCheck, RefusesContradictions) {
  FieldSpec spec = setting(FieldKind::text, "x");
  spec.required = true;
  EXPECT_THAT(problemsOf(spec),
              ElementsAre("setting field is required and has a fallback: choose one"));
  EXPECT_THAT(problemsOf(setting(FieldKind::secret, "hunter2")),
              ElementsAre("setting field is a secret with a fallback"));
}

TEST(DescriptorCheck, RefusesMarksOfCallersThatNobodyHolds) {
  constexpr std::string_view kSigned[] = {"signature"};
  Descriptor descriptor = whole();
  descriptor.callerMarks = {.signedBy = kSigned, .time = "timestamp", .skew = "max_skew"};
  EXPECT_THAT(
      descriptorProblems(descriptor),
      ElementsAre("it says what its callers bear and does not authenticate them",
                  "the skew of its callers' marks is no duration with a fallback beside a time"));
}

TEST(DescriptorCheck, RefusesANameGivenTwice) {
  const FieldSpec twice[] = {setting(FieldKind::text, ""), setting(FieldKind::text, "")};
  Descriptor descriptor = whole();
  descriptor.settings = twice;
  EXPECT_THAT(descriptorProblems(descriptor), ElementsAre("setting field is described twice"));
}

}  // namespace
}  // namespace lianqiao::plugin
