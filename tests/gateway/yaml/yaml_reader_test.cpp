#include "yaml/yaml_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <random>

#include "gateway/yaml/reading.h"

namespace lianqiao::yaml {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> refusals(std::string_view text) {
  Findings findings;
  const auto node = YamlReader::readText(text, "a.yaml", findings);
  EXPECT_EQ(node.has_value(), findings.empty());
  return textsOf(findings);
}

TEST(YamlReader, KeepsTextOrderPositionAndPathOfEveryValue) {
  Findings findings;
  const auto root = YamlReader::readText(
      "title: 市民来电\npeers:\n  - {名称: \"甲\", n: 010}\n  - x\nnothing: ~\nblock: |\n  one\n  "
      "two\n",
      "a.yaml", findings);
  ASSERT_TRUE(root) << findings.all().front().text();
  ASSERT_TRUE(root->isMap());
  EXPECT_EQ(root->entries().size(), 4u);
  EXPECT_EQ(root->entries()[1].key, "peers");
  EXPECT_EQ(root->entries()[1].position.line, 2);
  EXPECT_EQ(root->find("title")->text(), "市民来电");
  EXPECT_FALSE(root->find("title")->quoted());
  EXPECT_EQ(root->find("missing"), nullptr);
  EXPECT_TRUE(root->find("nothing")->isNull());
  EXPECT_EQ(root->find("block")->text(), "one\ntwo\n");
  EXPECT_TRUE(root->find("block")->quoted());

  const YamlNode& peer = root->find("peers")->items()[0];
  EXPECT_EQ(peer.path(), "peers[0]");
  const YamlNode* number = peer.find("n");
  EXPECT_EQ(number->text(), "010");
  EXPECT_EQ(number->path(), "peers[0].n");
  EXPECT_EQ(number->file(), "a.yaml");
  EXPECT_EQ(number->position().line, 3);
  EXPECT_EQ(number->position().column, 18) << "columns count characters, not bytes";
  EXPECT_TRUE(peer.find("名称")->quoted());
}

TEST(YamlReader, GuessesNothing) {
  const YamlNode root =
      nodeOf("a: no\nb: on\nc: 1e3\nd: 12:30:45\ne: 2024-01-01\nf: 0x1F\ng: 'null'\n");
  EXPECT_EQ(root.find("a")->text(), "no");
  EXPECT_EQ(root.find("b")->text(), "on");
  EXPECT_EQ(root.find("c")->text(), "1e3");
  EXPECT_EQ(root.find("d")->text(), "12:30:45");
  EXPECT_EQ(root.find("e")->text(), "2024-01-01");
  EXPECT_EQ(root.find("f")->text(), "0x1F");
  EXPECT_TRUE(root.find("g")->isScalar());
}

TEST(YamlReader, TakesAnEmptyFileAsNull) {
  for (const std::string_view text : {"", "\n", "# only a comment\n", "---\n", "\xEF\xBB\xBF"}) {
    Findings findings;
    const auto node = YamlReader::readText(text, "a.yaml", findings);
    ASSERT_TRUE(node) << text;
    EXPECT_TRUE(node->isNull());
    EXPECT_EQ(node->finding("is empty").text(), "a.yaml:1:1: is empty");
  }
}

TEST(YamlReader, TakesByteOrderMarkAndWindowsLineEnds) {
  const YamlNode root = nodeOf(
      "\xEF\xBB\xBF"
      "a: 1\r\nb: \"2\"\r\n");
  EXPECT_EQ(root.find("a")->text(), "1");
  EXPECT_EQ(root.find("b")->text(), "2");
  EXPECT_EQ(root.find("a")->position().column, 4);
}

TEST(YamlReader, RefusesDuplicateKeysAndNamesBothPlaces) {
  EXPECT_THAT(
      refusals("a:\n  x: 1\n  y: 2\n  \"x\": 3\n  x: 4\n"),
      ElementsAre("a.yaml:4:3: a: the key 'x' stands twice in this map; it stood first at line 2, "
                  "column 3; keep one",
                  "a.yaml:5:3: a: the key 'x' stands twice in this map; it stood first at line 2, "
                  "column 3; keep one"));
}

TEST(YamlReader, RefusesASecondDocument) {
  const auto second = "a second document begins here, or something follows the end of the first";
  EXPECT_THAT(refusals("a: 1\n---\nb: 2\n"), ElementsAre(HasSubstr(second)));
  EXPECT_THAT(refusals("- a\nb: 2\n"), ElementsAre(HasSubstr(second)));
}

TEST(YamlReader, RefusesAnchorsAliasesAndMergeKeysAndSaysToWriteItOut) {
  EXPECT_THAT(refusals("a: &x 1\nb: *x\n"),
              ElementsAre("a.yaml:1:4: a: an anchor (&name) is not allowed; write the value out "
                          "wherever it is needed",
                          "a.yaml:2:4: b: an alias (*name) is not allowed; write it out"));
  EXPECT_THAT(
      refusals("b: *x\n"),
      ElementsAre("a.yaml:1:4: an alias (*name) is not allowed; write it out; put quotes around a "
                  "text that begins with *"));
  EXPECT_THAT(refusals("b:\n  <<: {c: 1}\n"),
              ElementsAre("a.yaml:2:3: b: a merge key (<<) is not allowed; write it out"));
  EXPECT_THAT(refusals("'<<': 1\n"), IsEmpty());
}

TEST(YamlReader, RefusesABillionLaughsAtTheFirstOne) {
  std::string bomb = "a: &a [x, x, x, x, x, x, x, x, x]\n";
  for (char c = 'b'; c < 'k'; ++c) {
    const std::string before(1, static_cast<char>(c - 1));
    bomb += std::string(1, c) + ": &" + c + " [";
    for (int i = 0; i < 9; ++i) bomb += (i ? ", *" : "*") + before;
    bomb += "]\n";
  }
  EXPECT_THAT(refusals(bomb), testing::Contains(HasSubstr("a: an anchor (&name) is not allowed")));
}

TEST(YamlReader, RefusesTagsButThatOfTexts) {
  EXPECT_THAT(refusals("a: !!int 1\nb: !mine {}\n"),
              ElementsAre(HasSubstr("1:4: a: a tag (!name) is not allowed"),
                          HasSubstr("2:4: b: a tag (!name) is not allowed")));
  EXPECT_TRUE(nodeOf("a: !!str 1\n").find("a")->quoted());
}

TEST(YamlReader, RefusesKeysThatAreNoText) {
  EXPECT_THAT(refusals("? [a, b]\n: 1\n"),
              ElementsAre(HasSubstr("a key must be a text, not a map or a list")));
  EXPECT_THAT(refusals("{a: 1}: 2\n"), ElementsAre(HasSubstr("a key must be a text")));
  EXPECT_THAT(refusals("~: 2\n"),
              ElementsAre("a.yaml:1:1: a key is missing or null; write `key: value`"));
  EXPECT_THAT(refusals(std::string(300, 'k') + ": 2\n"),
              ElementsAre(HasSubstr("a key is longer than 256 bytes")));
}

TEST(YamlReader, RefusesAKeyWithoutColon) {
  EXPECT_THAT(refusals("a: 1\ninbound\n"),
              ElementsAre("a.yaml:2:1: no colon follows this word; write `key: value`"));
  EXPECT_THAT(refusals("a: {b, c: 1}\n"),
              ElementsAre("a.yaml:1:5: a: no colon follows this word; write `key: value`"));
  EXPECT_THAT(refusals("a:\nb :\n\"c\":\n'd' :\n"), IsEmpty());
}

TEST(YamlReader, RefusesAQuotedTextThatDoesNotEndOnItsLine) {
  const auto open = HasSubstr("a quoted text does not end on its line");
  EXPECT_THAT(refusals("a: \"x\nb: 2\n"), ElementsAre(open));
  EXPECT_THAT(refusals("a: 'it''s\nb: 2\n"), ElementsAre(open));
  EXPECT_THAT(refusals("a: \"x\\\"\nb: 2\n"), ElementsAre(open));
  EXPECT_THAT(refusals("a: !!str\n  \"x\nb: 2\n"), ElementsAre(open));
  EXPECT_THAT(refusals("a: 'it''s'\nb: \"\\\\\"\nc: [\"x\", 'y']\n"), IsEmpty());
}

TEST(YamlReader, RefusesBytesThatAreNotUtf8AndSaysWhere) {
  EXPECT_THAT(
      refusals("a: 1\nb: 中\xB9\xFA\n"),
      ElementsAre("a.yaml:2:5: the file is not UTF-8 from here on; save it as UTF-8, not as GBK or "
                  "GB18030"));
  EXPECT_THAT(refusals(std::string_view("a\0:\0 \0b\0", 8)), testing::Not(IsEmpty())) << "UTF-16";
}

TEST(YamlReader, RefusesControlCharactersOneOfWhichWouldEndTheFile) {
  EXPECT_THAT(refusals("a: 1\n\x04\nb: 2\n"),
              ElementsAre("a.yaml:2:1: a control character stands here; save the file as UTF-8 "
                          "text; if it is, take the character out"));
  EXPECT_THAT(refusals(std::string_view("a: \0\n", 5)),
              ElementsAre(HasSubstr("control character")));
  EXPECT_THAT(refusals("a: 1\rb: 2\n"), ElementsAre(HasSubstr("control character")));
}

TEST(YamlReader, ExplainsTabs) {
  EXPECT_THAT(refusals("a:\n\tb: 1\n"),
              ElementsAre("a.yaml:2:1: a tab stands where blanks must indent; indent with blanks"));
  EXPECT_THAT(refusals("a:\n  b: 1 \t# tab behind\n\t# a comment\n\t\n"), IsEmpty());
}

TEST(YamlReader, NamesLineAndColumnOfTheParsersOwnErrors) {
  EXPECT_THAT(refusals("a: 1\nb: [1, 2\nc: 3\n"), ElementsAre(testing::StartsWith("a.yaml:3:")));
  EXPECT_THAT(
      refusals("a: b: c\n"),
      ElementsAre("a.yaml:1:5: a value stands where none can be; put quotes around a text that "
                  "contains `: `, or mend the indentation"));
  EXPECT_THAT(
      refusals("a: @x\n"),
      ElementsAre(
          "a.yaml:1:4: a text begins with a character that YAML keeps for itself; put quotes "
          "around the text"));
  EXPECT_THAT(refusals("a: [${env:X}]\n"),
              ElementsAre(HasSubstr("put quotes around ${…} inside [ ] and { }")));
}

TEST(YamlReader, BoundsSizeDepthAndNumber) {
  EXPECT_THAT(refusals(std::string((1u << 20) + 1, '#')),
              ElementsAre("a.yaml: the file is larger than 1 MiB; divide it"));
  EXPECT_THAT(refusals(std::string(200, '[') + std::string(200, ']')),
              ElementsAre(HasSubstr("nested deeper than 32")));
  EXPECT_THAT(refusals(std::string(1u << 20, '[')), testing::SizeIs(1));
  EXPECT_THAT(refusals(std::string(32, '[') + std::string(32, ']')), IsEmpty());
  std::string deep;
  for (std::size_t i = 0; i < 5000; ++i) deep += "- ";
  EXPECT_THAT(refusals(deep), ElementsAre(HasSubstr("nested deeper than 32")));
  std::string many;
  for (int i = 0; i < 100'001; ++i) many += "- x\n";
  EXPECT_THAT(refusals(many), ElementsAre(HasSubstr("more than 100000 values")));
}

TEST(YamlReader, KeepsPathsShortHoweverDeepTheFile) {
  std::string text;
  for (int i = 0; i < 20; ++i) {
    text += std::string(static_cast<std::size_t>(i), ' ') +
            std::string(100, static_cast<char>('a' + i)) + ":\n";
  }
  text += std::string(20, ' ') + "last: 1\n";
  const YamlNode root = nodeOf(text);
  const YamlNode* node = &root;
  while (node->isMap()) node = &node->entries()[0].value;
  EXPECT_LT(node->path().size(), 512u);
  EXPECT_THAT(node->path(), testing::EndsWith(".last"));
}

TEST(YamlReader, SurvivesMutatedFiles) {
  const std::string seed =
      "title: 12345 热线\nauth: {kind: token, tokens: [\"${env:T}\"]}\nlist:\n  - a: |\n      x\n  "
      "  b: 'y'\n"
      "  - ? k\n    : v\n  - !!str 1\n  - &q [1, *q]\n# end\n...\n";
  const std::string alphabet = "{}[]:,-?&*!|>'\"%@`#\n \t\\\x04~<a中";
  std::mt19937 random(7);
  for (int round = 0; round < 20'000; ++round) {
    std::string text = seed;
    for (int i = 0; i < 1 + round % 5; ++i) {
      const std::size_t at = random() % text.size();
      const char c = alphabet[random() % alphabet.size()];
      switch (random() % 3) {
        case 0:
          text[at] = c;
          break;
        case 1:
          text.insert(at, 1 + random() % 3, c);
          break;
        default:
          text.erase(at, 1 + random() % 5);
      }
    }
    Findings findings;
    const auto node = YamlReader::readText(text, "a.yaml", findings);
    ASSERT_EQ(node.has_value(), findings.empty()) << text;
  }
}

TEST(YamlReader, RefusesWhatIsNoReadableFile) {
  std::string name = (std::filesystem::temp_directory_path() / "yaml-reader-XXXXXX").string();
  ASSERT_NE(mkdtemp(name.data()), nullptr);
  const std::filesystem::path folder = name;
  const std::filesystem::path pipe = folder / "pipe.yaml";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  Findings findings;
  EXPECT_FALSE(YamlReader::readFile(folder / "none.yaml", "none.yaml", findings));
  EXPECT_FALSE(YamlReader::readFile(folder, "folder", findings));
  EXPECT_FALSE(YamlReader::readFile(pipe, "pipe.yaml", findings));
  EXPECT_THAT(textsOf(findings),
              ElementsAre("none.yaml: there is no such file; create it",
                          "folder: this is not a file; put a file in its place",
                          "pipe.yaml: this is not a file; put a file in its place"));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace lianqiao::yaml
