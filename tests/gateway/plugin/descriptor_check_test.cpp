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
  return {.name = "field", .kind = kind, .doc = "Doc.", .docZh = "说明。", .fallback = fallback};
}

TEST(DescriptorCheck, FindsNothingInAWholeOne) {
  EXPECT_THAT(descriptorProblems(whole()), IsEmpty());
}

TEST(DescriptorCheck, NamesAllThatIsMissing) {
  EXPECT_THAT(descriptorProblems(Descriptor{}),
              ElementsAre("the name \"\" is not lower_snake", "it names no version",
                          "it has no English summary", "it has no Chinese summary (summaryZh)",
                          "it offers no role: give it makeReceiver, makeSource or makeSink"));
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

TEST(DescriptorCheck, RefusesANameGivenTwice) {
  const FieldSpec twice[] = {setting(FieldKind::text, ""), setting(FieldKind::text, "")};
  Descriptor descriptor = whole();
  descriptor.settings = twice;
  EXPECT_THAT(descriptorProblems(descriptor), ElementsAre("setting field is described twice"));
}

}  // namespace
}  // namespace lianqiao::plugin
