#include "expression/rest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conformance/test_data.h"
#include "gateway/pipeline/mapping_fixture.h"
#include "gateway/pipeline/shipped_fixture.h"

/// Clause *Whole*: every leaf of an item is in the record or under its path in sourceFields.
namespace lianqiao::expression {
namespace {

using testing::HasSubstr;
using testing::Not;

class RestTest : public testing::Test {
 protected:
  /// What is kept of `source` by an inbound mapping with these fields (flow style) and more lines.
  std::string rest(const std::string& fields, const std::string& source,
                   const std::string& more = "") {
    EXPECT_TRUE(
        bench_.compile("mapping: m\ndirection: inbound\ntype: thing\nrecord: {key: [id]}\n" + more +
                       "fields: " + fields + "\nrest: left\n"))
        << bench_.shown();
    const std::string made = bench_.run(source);
    const std::size_t at = made.find("\"left\":");
    return at == std::string::npos ? made : made.substr(at + 7, made.size() - at - 8);
  }

  pipeline::MappingBench bench_;
};

// The siblings inside a nested object, other list elements and deeper levels were lost.
TEST_F(RestTest, KeepsWhatLiesBesideAUsedValueAtAnyDepth) {
  EXPECT_EQ(
      rest("{t: r.a, u: 'l[1].x'}",
           R"({"id":"1","r":{"a":"A","b":"B","c":{"d":1}},"l":["x",{"x":"X","y":true},null]})"),
      R"({"r.b":"B","r.c":"{\"d\":1}","l[0]":"x","l[1].y":"true"})");
}

TEST_F(RestTest, KeepsASubtreeOfWhichNothingWasUsedAsOneTextWithSortedMembers) {
  EXPECT_EQ(rest("{t: t}", R"({"id":"1","t":"x","device":{"os":"a","model":["b",{}]}})"),
            R"({"device":"{\"model\":[\"b\",{}],\"os\":\"a\"}"})");
}

// The alternatives of first, when and template that were not used this time were lost.
TEST_F(RestTest, KeepsAlternativesThatWereNotUsed) {
  EXPECT_EQ(rest("{t: {first: [a, b]}}", R"({"id":"1","a":"A","b":"B"})"), R"({"b":"B"})");
  EXPECT_EQ(rest("{t: {first: [a, b]}}", R"({"id":"1","a":"","b":"B"})"), R"({"t":"B"})");
  EXPECT_EQ(rest("{t: {when: {path: k, equals: \"1\"}, then: a, else: b}}",
                 R"({"id":"1","k":"1","a":"A","b":"B"})"),
            R"({"k":"1","b":"B"})");
  EXPECT_EQ(rest("{t: {from: c, default: none}}", R"({"id":"1","c":" "})"), R"({"t":" "})");
  EXPECT_EQ(rest("{t: {from: c, clean: text, default: none}}", R"({"id":"1","c":" "})"),
            R"({"c":" "})");
}

TEST_F(RestTest, WhatOnlyAConditionReadDidNotReachTheRecord) {
  EXPECT_EQ(rest("{t: a}", R"({"id":"1","a":"A","kind":"report"})",
                 "when: {path: kind, equals: report}\n"),
            R"({"kind":"report"})");
}

TEST_F(RestTest, TheEnvelopeIsPartOfTheRecord) {
  EXPECT_EQ(rest("{t: a}", R"({"id":"1","a":"A"})"), R"({"t":"A"})");
}

// What is cut or exchanged is not told by what was made of it.
TEST_F(RestTest, KeepsTheOriginalOfWhatIsCutOrExchanged) {
  const auto kept = [&](const std::string& transform, const std::string& value) {
    return rest("{t: {from: a, " + transform + "}}", R"({"id":"1","a":")" + value + "\"}");
  };
  EXPECT_EQ(kept("max: 2, truncate: true", "abc"), R"({"a":"abc"})");
  EXPECT_EQ(kept("max: 3, truncate: true", "abc"), R"({"t":"abc"})");
  EXPECT_EQ(kept("after: \":\"", "x:y"), R"({"a":"x:y"})");
  EXPECT_EQ(kept("after: \":\"", "xy"), R"({"t":"xy"})");
  EXPECT_EQ(kept("cases: {特急: high}", "特急"), R"({"a":"特急"})");
  EXPECT_EQ(kept("cases: {high: high}", "high"), R"({"t":"high"})");
  EXPECT_EQ(kept("boolean: {true: [已签], false: [未签]}", "已签"), R"({"a":"已签"})");
  EXPECT_EQ(kept("boolean: true", "是"), R"({"t":true})");
  EXPECT_EQ(kept("clean: digits", "约3户"), R"({"a":"约3户"})");
  EXPECT_EQ(kept("date: auto", "2026-03-02 08:15"), R"({"a":"2026-03-02 08:15"})");
  EXPECT_EQ(kept("date: auto", "2026/3/2"), R"({"t":"2026-03-02"})");
  EXPECT_EQ(kept("time: auto", "2026/3/2 8:15"), R"({"t":"2026-03-02T08:15:00+08:00"})");
  EXPECT_EQ(kept("time: auto, format: yyyy-MM-dd", "2026/3/2 8:15"), R"({"a":"2026/3/2 8:15"})");
  EXPECT_EQ(kept("number: true", "1,234.50"), R"({"t":1234.50})");
}

// Java and PostgreSQL write six digits of a second: those behind the third were in neither, so that
// a correction there was a duplicate.
TEST_F(RestTest, KeepsATimeThatIsFinerThanTheRecordTellsIt) {
  const auto kept = [&](const std::string& transform, const std::string& value) {
    return rest("{t: {from: a, " + transform + "}}", R"({"id":"1","a":")" + value + "\"}");
  };
  for (const char* fine : {"2026-03-02 08:15:00.123456", "2026-03-02T08:15:00,1234567+08:00",
                           "2026-03-02T08:15:00.0001Z", "2026年3月2日08:15:00.123456"}) {
    EXPECT_EQ(kept("time: auto", fine), std::string(R"({"a":")") + fine + R"("})");
  }
  EXPECT_EQ(kept("time: auto", "2026-03-02 08:15:00.123000"),
            R"({"t":"2026-03-02T08:15:00.123+08:00"})");
  EXPECT_EQ(kept("date: auto", "2026-03-02 00:00:00.0001"), R"({"a":"2026-03-02 00:00:00.0001"})");
  EXPECT_EQ(kept("time: auto, format: 'yyyy-MM-dd HH:mm:ss.SSS'", "2026-03-02 08:15:00.0001"),
            R"({"a":"2026-03-02 08:15:00.0001"})");
  EXPECT_EQ(kept("time: excel", "46083.34375"), R"({"t":"2026-03-02T08:15:00+08:00"})");
  EXPECT_EQ(kept("time: excel", "46083.343751"), R"({"a":"46083.343751"})");
  EXPECT_EQ(kept("time: excel", "46083.3437500001"), R"({"t":"2026-03-02T08:15:00+08:00"})")
      << "less than a millisecond is how binary numbers are written";
}

TEST_F(RestTest, OfTheEnvelopesTimeToo) {
  ASSERT_TRUE(
      bench_.compile("mapping: m\ndirection: inbound\ntype: thing\n"
                     "record: {key: [id], time: at}\nfields: {t: t}\nrest: left\n"));
  EXPECT_EQ(bench_.run(R"({"id":"1","t":"x","at":"2026-03-02 08:15:00.1234"})"),
            R"({"t":"x","left":{"at":"2026-03-02 08:15:00.1234"}})");
}

TEST_F(RestTest, OfACodedValueOnlyThePartThatWasTaken) {
  EXPECT_EQ(rest("{t: {from: s, text: true, clean: line}}",
                 R"({"id":"1","s":{"code":"7","text":"已办"}})"),
            R"({"s.text":"已办"})");
}

TEST_F(RestTest, OfATableWithALabelTheirCode) {
  bench_.addTable("kinds",
                  "table: kinds\nversion: \"1\"\nunmapped: refuse\nentries:\n  - {theirs: \"01\", "
                  "ours: help}\n  - {theirs: same, ours: same}\n");
  const std::string fields = "{t: {from: c, table: kinds, label: l}}";
  EXPECT_EQ(rest(fields, R"({"id":"1","c":"01","l":"求助"})"), R"({"c":"01"})");
  EXPECT_THAT(rest(fields, R"({"id":"1","c":"same","l":"求助"})"), Not(HasSubstr("\"c\"")));
  EXPECT_THAT(rest(fields, R"({"id":"1","c":"01","l":"01"})"), Not(HasSubstr("\"c\"")));
}

TEST_F(RestTest, OfAListWhatItsElementsDidNotGive) {
  EXPECT_EQ(rest("{t: {each: files, fields: {name: n}}}",
                 R"({"id":"1","files":[{"n":"a","size":3},{"n":"b"},"c"]})"),
            R"({"files[0].size":"3","files[2]":"c"})");
}

/// Rule: names and texts together are never more bytes than the item, whatever it looks like.
TEST_F(RestTest, NeverHoldsMoreThanWasSent) {
  const std::string name(400, 'n');
  std::string source = R"({"id":"1",")" + name + R"(":[{"used":"u"})";
  for (int i = 0; i < 2000; ++i) source += ",1";
  source += "]}";
  const std::string left = rest("{t: '" + name + "[0].used'}", source);
  EXPECT_LT(left.size(), source.size() + 200);
  EXPECT_THAT(left, HasSubstr("\"" + name + "\":\"[{"));
  json::Document document;
  ASSERT_TRUE(json::parse(left, document));
  EXPECT_EQ(document.root.size(), 1u);
}

TEST_F(RestTest, IgnoredPathsAreKeptAndDoNotCount) {
  const std::string fields = "{t: t, sent: s}", more = "ignore: [s, dev.time]\n";
  const auto contentOf = [&](const std::string& source) {
    (void)rest(fields, source, more);
    return json::write(bench_.content);
  };
  const std::string first = R"({"id":"1","t":"x","s":"8:00","dev":{"time":"1","os":"a"}})";
  EXPECT_EQ(rest(fields, first, more), R"({"s":"8:00","dev.time":"1","dev.os":"a"})");
  EXPECT_EQ(contentOf(first),
            contentOf(R"({"id":"1","t":"x","s":"9:00","dev":{"time":"2","os":"a"}})"));
  EXPECT_NE(contentOf(first),
            contentOf(R"({"id":"1","t":"x","s":"8:00","dev":{"time":"1","os":"b"}})"));
  EXPECT_NE(contentOf(first),
            contentOf(R"({"id":"1","t":"y","s":"8:00","dev":{"time":"1","os":"a"}})"));
}

TEST_F(RestTest, WithARevisionTheMappedFieldsAloneAreCompared) {
  (void)rest("{t: t}", R"({"id":"1","t":"x","n":{"views":1}})");
  EXPECT_EQ(json::write(bench_.mappedOnly), R"({"t":"x"})");
}

/// Rule: what 0.1 has in its ledger is compared with what 0.1 would have made.
TEST_F(RestTest, TheFormerRestIsThatOfVersion01) {
  (void)rest("{t: {first: [t, u]}, b: n.b}",
             R"({"id":"1","t":"x","u":"y","n":{"b":"B","c":"C"},"z":[2,1],"e":""})",
             "ignore: [z]\n");
  EXPECT_EQ(json::write(bench_.former), R"({"t":"x","b":"B","left":{"z":"[2,1]"}})");
}

TEST_F(RestTest, NamesWhatIsWrongInIgnore) {
  for (const char* wrong : {"[]", "[$]", "[a.]", "[{a: b}]"}) {
    bench_.findings = {};
    EXPECT_FALSE(bench_.compile(
        "mapping: m\ndirection: inbound\ntype: thing\nrecord: {key: [id]}\nignore: " +
        std::string(wrong) + "\nfields: {t: t}\nrest: left\n"))
        << wrong;
  }
  bench_.findings = {};
  EXPECT_FALSE(bench_.compile(
      "mapping: m\ndirection: outbound\ntype: thing\nignore: [a]\nfields: {t: data.t}\n"));
}

/// Rule: what no field took leaves the gateway only under a path that the mapping names.
TEST_F(RestTest, GoesOutOnlyUnderAPathThatIsNamed) {
  const std::string event =
      R"({"id":"1","data":{"title":"t","sourceFields":{"areaCode":"41","r.note":"n","secret":"s"}}})";
  const auto sent = [&](const std::string& fields) {
    EXPECT_TRUE(bench_.compile("mapping: m\ndirection: outbound\ntype: thing\nfields: " + fields))
        << bench_.shown();
    json::Document document;
    EXPECT_TRUE(json::parse(event, document));
    bench_.workspace.output.clear();
    const json::Value shown = bench_.mapping->shown(document.root, document);
    return bench_.run(json::write(shown));
  };
  EXPECT_EQ(sent("{all: data}"), R"({"all":{"title":"t"}})");
  EXPECT_EQ(sent("{all: $, a: data.sourceFields.areaCode}"),
            R"({"all":{"id":"1","data":{"title":"t","sourceFields":{"areaCode":"41"}}},"a":"41"})");
  EXPECT_EQ(sent("{n: 'data.sourceFields.\"r.note\"'}"), R"({"n":"n"})");
  EXPECT_FALSE(bench_.compile(
      "mapping: m\ndirection: outbound\ntype: thing\nfields: {all: data.sourceFields}"));
}

// The field cases: each leaf is in the record or under its path.
TEST(FieldCases, NestedSiblingsStandInSourceFields) {
  LIANQIAO_NEEDS_DATA("field-cases/i50_nested_rest.json");
  pipeline::ShippedMapping mapping("wechat_report", "work_order");
  const std::string made =
      mapping.record(test::readFile(test::sharedData("field-cases/i50_nested_rest.json")));
  EXPECT_THAT(made, HasSubstr(R"("sourceFields":{"ToUserName":"gh_1","MsgType":"miniprogrampage",)"
                              R"("report.category":"市政设施","report.urgent":"是",)"
                              R"("report.gridCode":"411681001001","device":"{\"model\":\"x\"}"})"));
}

TEST(FieldCases, AlternativesOfFirstStandInSourceFields) {
  LIANQIAO_NEEDS_DATA("field-cases/i20_first_drops.json");
  pipeline::ShippedMapping mapping("provincial_work_order", "work_order");
  const std::string made =
      mapping.record(test::readFile(test::sharedData("field-cases/i20_first_drops.json")));
  EXPECT_THAT(made, HasSubstr(R"("sourceFields":{"number":"03945550000"})"));
}

}  // namespace
}  // namespace lianqiao::expression
