#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/yaml/reading.h"

/// Rule: what a Chinese keyboard or Notepad makes of YAML is named as what it is, at its own line
/// and column, with what to write instead; texts that contain the same characters are left alone.
namespace lianqiao::yaml {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

std::vector<std::string> refused(std::string_view text) {
  Findings findings;
  YamlReader::readText(text, "a.yaml", findings);
  return textsOf(findings);
}

TEST(Keyboard, AFullWidthColonIsNamedAtItsOwnLine) {
  const std::string says =
      ": a full-width colon ： stands behind 'adapter'; write a half-width colon and a blank: "
      "`adapter: …`";
  EXPECT_THAT(refused("adapter：webhook\nenabled: true\n"), ElementsAre("a.yaml:1:8" + says));
  EXPECT_THAT(refused("enabled: true\nadapter：webhook\n"), ElementsAre("a.yaml:2:8" + says));
  EXPECT_THAT(refused("title: x\n  adapter：webhook\n"), ElementsAre("a.yaml:2:10" + says));
  EXPECT_THAT(refused("a:\n  adapter：webhook\n"), ElementsAre("a.yaml:2:10" + says));
  EXPECT_THAT(refused("a:\n  - adapter：webhook\n    b: 1\n"), ElementsAre("a.yaml:2:12" + says));
  EXPECT_THAT(refused("a: {adapter：webhook, b: 1}\n"), ElementsAre("a.yaml:1:12" + says));
  EXPECT_THAT(refused("\"adapter\"：webhook\n"),
              ElementsAre(HasSubstr("1:10: a full-width colon")));
  EXPECT_THAT(refused("fields:\n  标题：title\n"),
              ElementsAre(HasSubstr("2:5: a full-width colon ： stands behind '标题'")));
}

TEST(Keyboard, EachMistakeOfAFileIsFoundAtOnce) {
  EXPECT_THAT(refused("a：1\nb：2\nc:3\nlonger:4\n\xE3\x80\x80x: 1\n"),
              ElementsAre(HasSubstr("1:2:"), HasSubstr("2:2:"), HasSubstr("3:3:"),
                          HasSubstr("4:8:"), HasSubstr("5:1:")));
}

TEST(Keyboard, AColonWithoutABlankIsNamedAtItsOwnLine) {
  const std::string says =
      ": no blank stands behind the colon of 'folder'; write a half-width blank there: `folder: "
      "…`";
  EXPECT_THAT(refused("settings:\n  folder:/data\n  batch: 3\n"),
              ElementsAre("a.yaml:2:10" + says));
  EXPECT_THAT(refused("settings:\n  folder:/data\n"), ElementsAre("a.yaml:2:10" + says));
  EXPECT_THAT(refused("folder:/data\nbatch: 3\n"), ElementsAre("a.yaml:1:8" + says));
  EXPECT_THAT(refused("a: {folder:x}\n"), ElementsAre("a.yaml:1:12" + says));
  EXPECT_THAT(refused("adapter:　webhook\n"),
              ElementsAre(HasSubstr("1:9: an ideographic blank (U+3000) stands behind the colon")));
}

TEST(Keyboard, OddBlanksAreNamedWhereTheyIndentOrSurroundAValue) {
  EXPECT_THAT(
      refused("a:\n　　b: 1\n"),
      ElementsAre(
          "a.yaml:2:1: an ideographic blank (U+3000) stands where blanks must indent; indent "
          "with half-width blanks"));
  EXPECT_THAT(refused("a:\n \u00A0b: 1\n"),
              ElementsAre(HasSubstr("2:2: a no-break space (U+00A0) stands where blanks")));
  EXPECT_THAT(refused("a:\n  -　b\n"), ElementsAre(HasSubstr("2:4: an ideographic blank")));
  EXPECT_THAT(refused("a: webhook\u00A0\n"),
              ElementsAre(HasSubstr("1:11: a no-break space (U+00A0) stands behind this value")));
  EXPECT_THAT(refused("a: \u200Bwebhook\n"),
              ElementsAre(HasSubstr("1:4: an invisible character (U+200B) stands before")));
}

TEST(Keyboard, FullWidthQuotesBracketsAndCommasAreNamed) {
  EXPECT_THAT(
      refused("url: “http://a”\n"),
      ElementsAre("a.yaml:1:6: full-width quotation marks “” stand around this; write half-width "
                  "ones: \"…\"; where they belong to the text, put half-width ones around them"));
  EXPECT_THAT(refused("tokens: [“${env:X}”]\n"), ElementsAre(HasSubstr("1:10: full-width quot")));
  EXPECT_THAT(refused("“url”: x\n"), ElementsAre(HasSubstr("1:1: full-width quotation marks")));
  EXPECT_THAT(
      refused("url: \"x”\nb: 2\n"),
      ElementsAre(HasSubstr("1:8: a full-width quotation mark ” stands where a half-width")));
  EXPECT_THAT(
      refused("to: [a，b]\n"),
      ElementsAre("a.yaml:1:7: a full-width comma ， stands between values; write a half-width "
                  "comma and a blank; put quotes around a text that contains ，"));
  EXPECT_THAT(refused("a: {b: 1，c: 2}\n"), ElementsAre(HasSubstr("1:9: a full-width comma")));
  EXPECT_THAT(refused("to: [a,\n  b，c]\nd: 1\n"),
              ElementsAre(HasSubstr("2:4: a full-width comma")));
  EXPECT_THAT(refused("to: ［a, b］\n"), ElementsAre(HasSubstr("1:5: full-width brackets ［］")));
  EXPECT_THAT(refused("to: ｛a｝\n"), ElementsAre(HasSubstr("write half-width ones: {…}")));
}

TEST(Keyboard, AReferenceWithoutQuotationMarksIsNamedAndHidesNothing) {
  EXPECT_THAT(
      refused("tokens: [${file:a}]\nb：1\n"),
      ElementsAre("a.yaml:1:10: ${…} stands without quotation marks; put quotes around ${…} "
                  "inside [ ] and { }",
                  HasSubstr("a.yaml:2:2: a full-width colon")));
  EXPECT_THAT(refused("auth: {secret: ${env:A}, kind: x}\n"), ElementsAre(HasSubstr("1:16: ${…}")));
}

TEST(Keyboard, TextsMayContainAllOfIt) {
  for (const char* text :
       {"# 注意：“引号”，全角　空白\n　# 注释\n", "title: 市民：来电，“急”\n",
        "title: “放管服”改革\n", "title: \"“引”，：\"\n",
        "a: |\n  标题：“x”，\n  　　缩进\n  key:value\n\n  更多：x\nb: 1\n",
        "- name: |\n    adapter：x\n  b: 2\n", "split: [\"，\", '、', \"：\"]\n",
        "title: 这是一段\n  注意：下午停水\n", "url: http://a:80/x\nb: redis://x\nc: 12:30:45\n",
        "list:\n  - http://a\n  - redis:6379\n  - 标题：x\n", "to: [http://a, a:b]\n",
        "cases: {特急: high, \"a，b\": x}\n", "a: [\"${env:X}\"]\nb: {c: \"${file:x}\"}\n",
        "u:\n  http://a\n", "u:\n  C:\\drop\n", "when: {path: a, equals: \"1\"}\n",
        "a: {b: {c: 1}, d: [x, {e: f}]}\n"})
    EXPECT_THAT(refused(text), IsEmpty()) << text;
}

TEST(Keyboard, AFileOfNotepadIsToldAboutItsEncoding) {
  EXPECT_THAT(refused(std::string_view("\xFF\xFE"
                                       "a\0:\0 \0b\0",
                                       10)),
              ElementsAre("a.yaml:1:1: the file is UTF-16, which Notepad calls Unicode; save it as "
                          "UTF-8"));
}

TEST(Keyboard, NoFindingShowsAValue) {
  for (const std::string& text : refused("tokens:s3cret\npassword：s3cret\nk: “s3cret”\n"))
    EXPECT_THAT(text, testing::Not(HasSubstr("s3cret")));
}

TEST(Keyboard, NoAdviceIsToDeleteWhatAHalfOfWasMeant) {
  const auto texts = refused("to: a]\nb: ]\n");
  EXPECT_THAT(texts, SizeIs(1));
  EXPECT_THAT(texts, Contains(HasSubstr("is it there, and half-width?")));
}

TEST(Keyboard, IndentationIsMendedOnlyWhereItFitsTheLinesAbove) {
  const auto shown = [](std::string_view text) {
    Findings findings;
    const auto look = YamlReader::lookAtText(text, "a.yaml", findings);
    EXPECT_FALSE(look.whole) << text;
    return look.root ? look.root->find("a")->find("c") != nullptr : false;
  };
  EXPECT_TRUE(shown("a:\n  b: 1\n　c: 2\n"));
  EXPECT_TRUE(shown("a:\n　　b: 1\n　　c: 2\n"));
  EXPECT_TRUE(shown("a:\n\tb: 1\n\tc: 2\n"));
  EXPECT_TRUE(shown("a:\n  b:\n    - d: 1\n\u00A0\u00A0c: 2\n"));
  EXPECT_FALSE(shown("a:\n  b: 1\n　　c: 2\n")) << "one level deeper, or the same?";
  EXPECT_FALSE(shown("a:\n    b: 1\n　c: 2\n"));
}

TEST(Keyboard, AnErrorOfTheParserThatMayComeOfAMendIsNotTold) {
  EXPECT_THAT(refused("title: x\n  adapter：webhook\n"), SizeIs(1));
  EXPECT_THAT(refused("a:\n　b: 1\n    c: 2\n"), SizeIs(1));
  EXPECT_THAT(refused("a：1\nb: [\n"), SizeIs(2)) << "this one does not";
}

// What was mended is a guess: nothing may run by it.
TEST(Keyboard, WhatWasMendedIsReadForFindingsAlone) {
  for (const char* text : {"adapter：webhook\n", "a:1\n", "a:\n\tb: 1\n", "a: 1\na: 2\n"}) {
    Findings findings;
    EXPECT_FALSE(YamlReader::readText(text, "a.yaml", findings)) << text;
    const auto look = YamlReader::lookAtText(text, "a.yaml", findings);
    EXPECT_TRUE(look.root) << text;
    EXPECT_FALSE(look.whole) << "though all was found before: " << text;
  }
}

TEST(Keyboard, ALineOfSlipsIsLookedAtOnlySoOften) {
  std::string text = "a: [";
  for (int i = 0; i < 200'000; ++i) text += "x，";
  Findings findings;
  const auto look = YamlReader::lookAtText(text + "x]\nb：1\n", "a.yaml", findings);
  EXPECT_FALSE(look.root);
  EXPECT_THAT(textsOf(findings), Contains(HasSubstr("a.yaml:2:2: a full-width colon")));
  EXPECT_LT(findings.all().size(), 110u);
}

}  // namespace
}  // namespace lianqiao::yaml
