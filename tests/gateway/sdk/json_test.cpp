#include "lianqiao/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <set>

#include "lianqiao/codes.h"
#include "lianqiao/text.h"

namespace lianqiao::json {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string codeOf(std::string_view text, const Limits& limits = {}) {
  Document document;
  const Result<void> result = parse(text, document, limits);
  return result.ok() ? "ok" : result.error().code;
}

std::string detailOf(std::string_view text) {
  Document document;
  const Result<void> result = parse(text, document);
  return result.ok() ? "ok" : result.error().detail;
}

std::string rewritten(std::string_view text) {
  Document document;
  const Result<void> result = parse(text, document);
  return result.ok() ? write(document.root) : result.error().code + " " + result.error().detail;
}

TEST(JsonParse, ReadsEveryKind) {
  Document document;
  ASSERT_TRUE(parse(R"( {"a":null,"b":[true,false],"c":-1.50e+3,"d":"x","e":{}} )", document));
  const Value& root = document.root;
  ASSERT_EQ(root.size(), 5u);
  EXPECT_TRUE(root.find("a")->isNull());
  EXPECT_TRUE(root.find("b")->elements()[0].boolean());
  EXPECT_FALSE(root.find("b")->elements()[1].boolean());
  EXPECT_EQ(root.find("c")->text(), "-1.50e+3");
  EXPECT_EQ(root.find("d")->text(), "x");
  EXPECT_EQ(root.find("e")->kind(), Kind::object);
  EXPECT_EQ(root.find("missing"), nullptr);
}

TEST(JsonParse, KeepsNumbersAsTheSenderWroteThem) {
  EXPECT_EQ(rewritten("[0.10,12345678901234567890,1E400,-0]"),
            "[0.10,12345678901234567890,1E400,-0]");
}

TEST(JsonParse, DecodesEscapesAndSurrogatePairs) {
  EXPECT_EQ(rewritten(R"(["\u5de5\u5355 \"\\\/\b\f\n\r\t \uD83D\uDE00 \u0000"])"),
            "[\"工单 \\\"\\\\/\\b\\f\\n\\r\\t 😀 \\u0000\"]");
}

TEST(JsonParse, PointsIntoTheInputWhereNothingIsEscaped) {
  const std::string text = R"({"name":"value"})";
  Document document;
  ASSERT_TRUE(parse(text, document));
  EXPECT_EQ(document.root.find("name")->text().data(), text.data() + 9);
}

TEST(JsonParse, RefusesDuplicateKeysHoweverManyMembersThereAre) {
  for (const int members : {2, 8, 9, 25, 64, 65, 1000}) {
    std::string text = "{";
    for (int i = 0; i < members; ++i) text += "\"field_" + std::to_string(i) + "\":1,";
    const std::string unique = text + "\"last\":1}";
    const std::string twice = text + "\"field_0\":1}";
    EXPECT_EQ(codeOf(unique), "ok") << members;
    EXPECT_EQ(codeOf(twice), codes::kBadJson) << members;
    EXPECT_THAT(detailOf(twice), HasSubstr("\"field_0\" more than once")) << members;
  }
  EXPECT_EQ(codeOf(R"({"a":1,"\u0061":2})"), codes::kBadJson);
  EXPECT_EQ(codeOf(R"([{"a":1},{"a":2}])"), "ok");
}

TEST(JsonParse, DuplicateCheckIsNotQuadratic) {
  std::string text = "{";
  for (int i = 0; i < 200000; ++i) text += "\"aaaaaaaa" + std::to_string(i) + "zzzzzzzz\":0,";
  text += "\"end\":0}";
  EXPECT_EQ(codeOf(text), "ok");
}

TEST(JsonParse, RefusesNestingBeyondTheLimit) {
  const Limits limits{.depth = 3};
  EXPECT_EQ(codeOf("[[[]]]", limits), "ok");
  EXPECT_EQ(codeOf("[[[[]]]]", limits), codes::kTooDeep);
  EXPECT_EQ(codeOf(R"({"a":[{"b":{}}]})", limits), codes::kTooDeep);
}

TEST(JsonParse, SurvivesNestingBombs) {
  for (const char* unit : {"[", "{\"a\":", "[{\"a\":"}) {
    std::string text;
    for (int i = 0; i < 100000; ++i) text += unit;
    EXPECT_EQ(codeOf(text), codes::kTooDeep);
    EXPECT_EQ(codeOf(text, {.depth = 1u << 20, .bytes = 16u << 20}), codes::kBadJson);
  }
}

TEST(JsonParse, RefusesMoreBytesThanTheLimit) {
  EXPECT_EQ(codeOf("[1,2]", {.depth = 64, .bytes = 5}), "ok");
  EXPECT_EQ(codeOf("[1,2]", {.depth = 64, .bytes = 4}), codes::kDecodeLimit);
}

TEST(JsonParse, RefusesBytesThatAreNotUtf8) {
  for (const char* bad : {"\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xFF", "\xE5\xB7",
                          "\x80", "\xCE\xC4", "\xF0\x80\x80\x80"}) {
    EXPECT_EQ(codeOf(std::string("[\"") + bad + "\"]"), codes::kBadEncoding);
    EXPECT_EQ(codeOf(std::string("[\"a long run of plain text before ") + bad + "\"]"),
              codes::kBadEncoding);
  }
  EXPECT_EQ(codeOf("[\"\xC2\x80\xE0\xA0\x80\xED\x9F\xBF\xF4\x8F\xBF\xBF\"]"), "ok");
}

TEST(JsonParse, RefusesWhatRfc8259DoesNotKnow) {
  for (const char* bad : {"",
                          " ",
                          "{",
                          "[1,]",
                          "{\"a\":1,}",
                          "[,1]",
                          "01",
                          "-",
                          "+1",
                          "1.",
                          ".5",
                          "1e",
                          "0x1",
                          "NaN",
                          "nul",
                          "truex",
                          "'a'",
                          "{a:1}",
                          "[1 2]",
                          "[1]]",
                          "\"a",
                          "\"\\x\"",
                          "\"\\u12g4\"",
                          "\"\\",
                          "// c\n1",
                          "\"a\tb\"",
                          "{\"a\"}",
                          "{\"a\":}",
                          "{} {}",
                          "\"\\ud800\"",
                          "\"\\udc00\"",
                          "\"\\ud800\\u0041\"",
                          "\"\\ud800x\"",
                          "\xEF\xBB\xBF{}",
                          "]",
                          "{]",
                          "[}"}) {
    EXPECT_EQ(codeOf(bad), codes::kBadJson) << bad;
  }
  using namespace std::string_view_literals;
  EXPECT_EQ(codeOf("\"a\0b\""sv), codes::kBadJson);
  EXPECT_EQ(codeOf("1\0"sv), codes::kBadJson);
}

TEST(JsonParse, SaysWhereAndWhat) {
  EXPECT_EQ(detailOf("{\n  \"工单\": x}"), "line 2, column 9: expected a JSON value; found 'x'");
  EXPECT_EQ(detailOf("[1"),
            "line 1, column 3: expected ',' or ']' after an element; found the end of the text");
  EXPECT_THAT(detailOf("[\"\xFF\"]"), HasSubstr("line 1, column 3: not UTF-8: byte 0xFF"));
}

TEST(JsonMessages, OfBadUtf8NameNoSettingThatThereIsNot) {
  EXPECT_THAT(detailOf("[\"\xFF\"]"), testing::EndsWith("; send UTF-8"));
}

TEST(JsonParse, NeverShowsMoreThanOneCharacterOfABrokenValue) {
  EXPECT_EQ(detailOf("[13800138000x]").find("1380"), std::string::npos);
}

TEST(JsonDocument, IsReusableAndMovable) {
  Document document;
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(parse("[\"\\u0061\",[1]]", document));
    EXPECT_EQ(write(document.root), "[\"a\",[1]]");
  }
  Document moved = std::move(document);
  EXPECT_EQ(write(moved.root), "[\"a\",[1]]");
  document = Document();
  EXPECT_EQ(write(document.text("again")), "\"again\"");
}

TEST(JsonDocument, IsEmptyAfterAFailure) {
  Document document;
  ASSERT_TRUE(parse("[1]", document));
  ASSERT_FALSE(parse("[1", document));
  EXPECT_TRUE(document.root.isNull());
}

TEST(JsonDocument, BuildsValues) {
  Document document;
  const std::vector<Value> list = {document.number(std::int64_t{-7}), document.number(0.1),
                                   Value::ofBoolean(true), Value(), document.number(1e21)};
  std::string name = "text";
  const std::vector<Member> members = {{"list", document.array(list)}, {"t", document.text(name)}};
  name = "gone";
  EXPECT_EQ(write(document.object(members)), R"({"list":[-7,0.1,true,null,1e+21],"t":"text"})");
  EXPECT_EQ(write(document.array({})), "[]");
  EXPECT_EQ(write(document.object({})), "{}");
}

TEST(JsonDocument, HoldsTextLargerThanABlock) {
  Document document;
  const std::string large(3u << 20, 'x');
  const Value first = document.text(large);
  const Value second = document.text("small");
  EXPECT_EQ(first.text(), large);
  EXPECT_EQ(second.text(), "small");
  document.clear();
  EXPECT_EQ(document.text("after").text(), "after");
}

TEST(JsonNumber, IntegersAreIntegersByValue) {
  const auto integer = [](std::string_view text) { return Value::ofNumber(text).integer(); };
  EXPECT_EQ(integer("1.0"), 1);
  EXPECT_EQ(integer("1e2"), 100);
  EXPECT_EQ(integer("1.50E+2"), 150);
  EXPECT_EQ(integer("1200e-2"), 12);
  EXPECT_EQ(integer("-0.0"), 0);
  EXPECT_EQ(integer("0e999999999999999999999"), 0);
  EXPECT_EQ(integer("9223372036854775807"), std::numeric_limits<std::int64_t>::max());
  EXPECT_EQ(integer("-9223372036854775808"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(integer("-9223372036854775808.000"), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(integer("9223372036854775808"), std::nullopt);
  EXPECT_EQ(integer("922337203685477580.8e1"), std::nullopt);
  EXPECT_EQ(integer("1.5"), std::nullopt);
  EXPECT_EQ(integer("1e-1"), std::nullopt);
  EXPECT_EQ(integer("1e19"), std::nullopt);
  EXPECT_EQ(integer("1e999999999999999999999"), std::nullopt);
  EXPECT_EQ(Value::ofText("1").integer(), std::nullopt);
}

TEST(JsonNumber, DoublesSaturate) {
  const auto number = [](std::string_view text) { return Value::ofNumber(text).number(); };
  EXPECT_EQ(number("0.1"), 0.1);
  EXPECT_EQ(number("1E+2"), 100.0);
  EXPECT_EQ(number("1e400"), std::numeric_limits<double>::infinity());
  EXPECT_EQ(number("-1e400"), -std::numeric_limits<double>::infinity());
  EXPECT_EQ(number("1e-400"), 0.0);
  EXPECT_EQ(Value::ofText("1").number(), std::nullopt);
}

TEST(JsonWrite, CanonicalFormIsTheSameForEqualData) {
  const auto canonical = [](std::string_view text) {
    Document document;
    EXPECT_TRUE(parse(text, document));
    std::string out;
    writeCanonical(document.root, out);
    return out;
  };
  EXPECT_EQ(canonical(R"({"b":1,"a":{"d":[{"z":1,"y":2}],"c":"\u0041"}})"),
            R"({"a":{"c":"A","d":[{"y":2,"z":1}]},"b":1})");
  EXPECT_EQ(canonical(R"({"工":1,"a":2})"), canonical(R"({"a":2 , "\u5de5":1})"));
}

TEST(JsonWrite, EscapesWhatMustBeEscapedAtEveryPosition) {
  for (std::size_t before = 0; before < 20; ++before) {
    for (int c = 0; c < 128; ++c) {
      const std::string text = std::string(before, 'a') + static_cast<char>(c) + "后tail of text";
      std::string out;
      writeText(text, out);
      Document document;
      ASSERT_TRUE(parse(out, document)) << out;
      ASSERT_EQ(document.root.text(), text);
    }
  }
}

class RandomJson {
 public:
  explicit RandomJson(unsigned seed) : random_(seed) {}

  Value make(Document& document, int depth) {
    switch (pick(depth > 0 ? 7 : 5)) {
      case 0:
        return {};
      case 1:
        return Value::ofBoolean(pick(2) != 0);
      case 2:
        return document.number(static_cast<std::int64_t>(random_()) - 2000000000);
      case 3:
        return document.number(std::ldexp(static_cast<double>(random_()), pick(200) - 100));
      case 4:
        return document.text(text());
      case 5: {
        std::vector<Value> elements;
        for (int i = pick(6); i > 0; --i) elements.push_back(make(document, depth - 1));
        return document.array(elements);
      }
      default: {
        std::vector<Member> members;
        std::set<std::string> names;
        for (int i = pick(30); i > 0; --i) names.insert(text());
        for (const std::string& name : names) {
          members.push_back({document.text(name).text(), make(document, depth - 1)});
        }
        return document.object(members);
      }
    }
  }

  int pick(int below) { return static_cast<int>(random_() % static_cast<unsigned>(below)); }

 private:
  std::string text() {
    static constexpr std::array<std::string_view, 12> kPieces = {
        "a", "\"", "\\", "\n", "工单", "😀", "\x01", "plain text", "\x7F", "é", "/", " "};
    std::string out;
    for (int i = pick(8); i > 0; --i) out += kPieces[static_cast<std::size_t>(pick(12))];
    return out;
  }

  std::mt19937 random_;
};

TEST(JsonProperty, WhatIsWrittenReadsBackEqual) {
  RandomJson random(20261121);
  for (int round = 0; round < 2000; ++round) {
    Document built;
    const std::string once = write(random.make(built, 4));
    Document read;
    const Result<void> result = parse(once, read);
    ASSERT_TRUE(result.ok()) << result.error().detail << "\n" << once;
    ASSERT_EQ(write(read.root), once);
  }
}

TEST(JsonProperty, EveryTruncationIsRefusedAndNoMutationCrashes) {
  RandomJson random(7);
  for (int round = 0; round < 150; ++round) {
    Document built;
    const Value list = random.make(built, 3);
    const std::string text = write(built.array(std::vector<Value>{list}));
    Document read;
    for (std::size_t size = 0; size < text.size(); size += 1 + text.size() / 200) {
      // A copy without slack, so that the sanitizer sees a read past the end.
      const std::vector<char> exact(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(size));
      ASSERT_FALSE(parse({exact.data(), exact.size()}, read)) << text.substr(0, size);
    }
    for (int mutation = 0; mutation < 50; ++mutation) {
      std::string changed = text;
      changed[static_cast<std::size_t>(random.pick(static_cast<int>(changed.size())))] =
          static_cast<char>(random.pick(256));
      if (parse(changed, read)) {
        ASSERT_TRUE(isUtf8(changed));
        ASSERT_EQ(rewritten(write(read.root)), write(read.root));
      }
      (void)splitItems(changed, false);
    }
  }
}

TEST(JsonSplit, FindsTheItemsOfEveryFrame) {
  const auto split = [](std::string_view body, bool ndjson = false) {
    const auto items = splitItems(body, ndjson);
    EXPECT_TRUE(items.ok()) << body << (items.ok() ? "" : items.error().detail);
    return items.ok() ? *items : std::vector<std::string_view>{};
  };
  EXPECT_THAT(split(" {\"a\":[1]} \n"), ElementsAre("{\"a\":[1]}"));
  EXPECT_THAT(split("[ {\"a\":\"],[\\\"\"} , 2,\"x,]\" , [1,[2]] ,null]"),
              ElementsAre("{\"a\":\"],[\\\"\"}", "2", "\"x,]\"", "[1,[2]]", "null"));
  EXPECT_THAT(split("[]"), ElementsAre());
  EXPECT_THAT(split("{\"a\":1}\r\n\n  {\"b\":2}", true), ElementsAre("{\"a\":1}", "{\"b\":2}"));
  EXPECT_THAT(split(" \n\n", true), ElementsAre());
}

TEST(JsonSplit, ReturnsBrokenItemsForTheirIndex) {
  const auto items = splitItems(R"([{"a":1},{"a":},nope,{"b":2}])", false);
  ASSERT_TRUE(items.ok());
  EXPECT_THAT(*items, ElementsAre("{\"a\":1}", "{\"a\":}", "nope", "{\"b\":2}"));
}

TEST(JsonSplit, RefusesABrokenFrame) {
  for (const char* bad :
       {"", "  ", "7", "\"x\"", "[", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "[{} {}]", "[1]x",
        "[1][2]", "[{\"a\":\"]", "[\"a\\", "[{]", "nonsense"}) {
    const auto items = splitItems(bad, false);
    ASSERT_FALSE(items.ok()) << bad;
    EXPECT_EQ(items.error().code, codes::kBadJson);
    EXPECT_THAT(items.error().detail, HasSubstr("line 1, column ")) << bad;
  }
}

// The rule: a limit is held before what it limits is paid for.
TEST(Split, StopsAtTheFirstItemTooMany) {
  for (const bool ndjson : {false, true}) {
    const std::string body = ndjson ? "1\n2\n3\n4\n" : "[1,2,3,4";
    EXPECT_TRUE(splitItems(ndjson ? body : body + "]", ndjson, 4).ok());
    const auto refused = splitItems(body, ndjson, 3);
    ASSERT_FALSE(refused.ok());
    EXPECT_EQ(refused.error().code, codes::kTooLarge) << "seen before the open end of the array";
    EXPECT_THAT(refused.error().detail, HasSubstr("At most 3"));
  }
}

TEST(Parse, StopsAtTheFirstValueTooMany) {
  Document document;
  for (const char* text : {"[1,2,3]", "{\"a\":1,\"b\":{\"c\":2}}", "[[[1]]]"}) {
    EXPECT_TRUE(parse(text, document, {.values = 4}).ok()) << text;
    const auto refused = parse(text, document, {.values = 3});
    ASSERT_FALSE(refused.ok()) << text;
    EXPECT_EQ(refused.error().code, codes::kDecodeLimit);
  }
}

}  // namespace
}  // namespace lianqiao::json
