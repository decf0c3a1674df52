#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/pipeline/mapping_fixture.h"

namespace lianqiao::expression {
namespace {

constexpr const char* kTable = R"(table: kinds
version: "1"
entries:
  - {theirs: ["10", "010"], ours: reply, text: 直接答复}
  - {theirs: "20", ours: forward}
  - {theirs: "30", ours: split, until: 2020-01-01}
  - {theirs: "30", ours: joint, from: 2020-01-02}
)";
constexpr const char* kLooseTable = R"(table: loose
version: "1"
unmapped: other
other: "99"
other_theirs: "00"
after_last: "-"
entries:
  - {theirs: "01", ours: water}
)";

struct Row {
  const char* expression;  ///< Of the target `x`.
  const char* source;
  const char* expected;  ///< The whole target, or the problem up to its message.
};

class ExpressionTable : public testing::TestWithParam<Row> {};

TEST_P(ExpressionTable, MakesTheValueOrTheProblem) {
  pipeline::MappingBench bench;
  bench.addTable("kinds", kTable);
  bench.addTable("loose", kLooseTable);
  ASSERT_TRUE(bench.compileFields("  x: " + std::string(GetParam().expression) + "\n"))
      << bench.shown();
  const std::string made = bench.run(GetParam().source);
  const std::string expected = GetParam().expected;
  if (expected.starts_with("{") || expected == "nothing")
    EXPECT_EQ(made, expected);
  else
    EXPECT_THAT(made, testing::StartsWith(expected));
  EXPECT_EQ(bench.run(GetParam().source), made) << "a mapping is deterministic";
}

INSTANTIATE_TEST_SUITE_P(
    Origins, ExpressionTable,
    testing::Values(
        Row{"a", R"({"a":"v"})", R"({"x":"v"})"},
        Row{"a.b[1]", R"({"a":{"b":["p","q"]}})", R"({"x":"q"})"},
        Row{"留言 编号", R"({"留言 编号":7})", R"({"x":7})"},
        Row{"'\"a.b\"'", R"({"a.b":true})", R"({"x":true})"},
        Row{"$", R"({"a":1})", R"({"x":{"a":1}})"}, Row{"a", R"({"b":1})", "nothing"},
        Row{"a", R"({"a":""})", "nothing"}, Row{"a", R"({"a":null})", "nothing"},
        Row{"{const: fixed}", "{}", R"({"x":"fixed"})"}, Row{"{const: 5}", "{}", R"({"x":"5"})"},
        Row{"{const: 5, integer: true}", "{}", R"({"x":5})"},
        Row{"{const: no, boolean: true}", "{}", R"({"x":false})"},
        Row{"{first: [a, {from: b, clean: digits}, c]}", R"({"a":"","b":"无","c":"z"})",
            R"({"x":"z"})"},
        Row{"{first: [a, b], clean: digits}", R"({"a":null,"b":"１２"})", R"({"x":"12"})"},
        Row{"{template: '{a.b}市{c} {{x}}'}", R"({"a":{"b":"甲"},"c":3})", R"({"x":"甲市3 {x}"})"},
        Row{"{template: '{a}-{b}'}", R"({"a":"1"})", R"({"x":"1-"})"},
        Row{"{template: '{a}-{b}'}", R"({"c":"1"})", "nothing"},
        Row{"{template: plain}", "{}", R"({"x":"plain"})"},
        Row{"{list: [a, b, {const: c}]}", R"({"a":"1","b":""})", R"({"x":["1","c"]})"},
        Row{"{list: [a, b]}", "{}", "nothing"},
        Row{"{fields: {p: a, q.r: b}}", R"({"a":1,"b":2})", R"({"x":{"p":1,"q":{"r":2}}})"},
        Row{"{each: l, fields: {n: name, u: url}}",
            R"({"l":[{"name":"1","url":"u"},{},{"name":"2"}]})",
            R"({"x":[{"n":"1","u":"u"},{"n":"2"}]})"},
        Row{"{each: l, value: {from: $, integer: true}}", R"({"l":["1","２",""]})",
            R"({"x":[1,2]})"},
        Row{"{each: l, fields: {n: name}}", R"({"l":{"name":"one"}})", R"({"x":[{"n":"one"}]})"},
        Row{"{each: l, fields: {m: {each: k, value: $}}}", R"({"l":[{"k":["a","b"]},{"k":["c"]}]})",
            R"({"x":[{"m":["a","b"]},{"m":["c"]}]})"},
        Row{"{each: l, fields: {t: {from: t, time: auto}}}",
            R"({"l":[{"t":"2020-01-01"},{"t":"x"}]})", "normalize.bad_time /data/x/1/t: "},
        Row{"{when: {path: a, equals: '1'}, then: b, else: {const: none}}",
            R"({"a":"１ ","b":"B"})", R"({"x":"B"})"},
        Row{"{when: {path: a, equals: '1'}, then: b, else: {const: none}}", R"({"a":"2","b":"B"})",
            R"({"x":"none"})"},
        Row{"{when: {path: a, present: true}, then: b}", R"({"b":"B"})", "nothing"}));

// What is there and wrong must not hide behind what stands after it.
TEST(First, AChoiceThatIsWrongIsToldAloneAndNoLaterOneIsTried) {
  pipeline::MappingBench bench;
  ASSERT_TRUE(
      bench.compileFields("  x: {first: [{from: a, time: auto}, {from: b, time: auto}, c]}\n"))
      << bench.shown();
  EXPECT_THAT(bench.run(R"({"a":"soon","b":"later","c":"z"})"),
              testing::StartsWith("normalize.bad_time /data/x: a is no time"));
  EXPECT_EQ(bench.problems.size(), 1u) << "b is not looked at: " << bench.shownProblems();
  EXPECT_THAT(bench.run(R"({"a":"soon","c":"z"})"), testing::StartsWith("normalize.bad_time"))
      << "c does not stand in for a value that is there";
  EXPECT_EQ(bench.run(R"({"a":"","b":"2020-01-01","c":"z"})"),
            R"({"x":"2020-01-01T00:00:00+08:00"})");
}

INSTANTIATE_TEST_SUITE_P(
    Transforms, ExpressionTable,
    testing::Values(
        Row{"{from: a, clean: text}", "{\"a\":\"\u3000甲\\r\\n乙\xC2\xA0\"}",
            "{\"x\":\"甲\\n乙\"}"},
        Row{"{from: a, clean: text}", "{\"a\":\"\u3000 \"}", "nothing"},
        Row{"{from: a, clean: digits}", R"({"a":"1/2"})",
            "normalize.bad_value /data/x: a holds more than one number"},
        Row{"{from: a, clean: text}", R"({"a":{"b":1}})",
            "normalize.bad_value /data/x: a is an object"},
        Row{"{from: a, after: ':'}", R"({"a":"hotline:7:8"})", R"({"x":"7:8"})"},
        Row{"{from: a, before: ':'}", R"({"a":"hotline:7"})", R"({"x":"hotline"})"},
        Row{"{from: a, after: ':'}", R"({"a":"plain"})", R"({"x":"plain"})"},
        Row{"{from: a, after: ':'}", R"({"a":"plain:"})", "nothing"},
        Row{"{from: a, clean: phone}", "{\"a\":\"１３８ ０００１ ２３４５\"}",
            R"({"x":"13800012345"})"},
        Row{"{from: a, clean: resident_id}", "{\"a\":\" 11010119000101001x\"}",
            R"({"x":"11010119000101001X"})"},
        Row{"{from: a, clean: credit_code}", "{\"a\":\"９１３５００００xxxxxxxxxx\"}",
            R"({"x":"91350000XXXXXXXXXX"})"},
        Row{"{from: a, split: ','}", R"({"a":" p, q,,r "})", R"({"x":["p","q","r"]})"},
        Row{"{from: a, split: [',', '、']}", R"({"a":"p、q,r"})", R"({"x":["p","q","r"]})"},
        Row{"{from: a, split: ',', table: kinds, as: code}", R"({"a":"10,20"})",
            R"({"x":["reply","forward"]})"},
        Row{"{from: a, split: ',', integer: true}", R"({"a":"1,x"})",
            "normalize.bad_number /data/x/1: a is no whole number"},
        Row{"{from: a, join: '、'}", R"({"a":["p",2,"","q"]})", R"({"x":"p、2、q"})"},
        Row{"{each: l, value: name, join: ';'}", R"({"l":[{"name":"a"},{"name":"b"}]})",
            R"({"x":"a;b"})"},
        Row{"{from: a, max: 3}", R"({"a":"甲乙丙"})", R"({"x":"甲乙丙"})"},
        Row{"{from: a, max: 3}", R"({"a":"甲乙丙丁"})",
            "normalize.bad_value /data/x: a is longer than 3 characters"},
        Row{"{from: a, max: 3, truncate: true}", R"({"a":"甲乙丙丁"})", R"({"x":"甲乙丙"})"},
        Row{"{from: a, cases: {特急: high, '2': low}}", R"({"a":2})", R"({"x":"low"})"},
        Row{"{from: a, cases: {特急: high}}", R"({"a":"缓"})",
            "normalize.bad_value /data/x: no case"},
        Row{"{from: a, cases: {特急: high}, default: normal}", R"({"a":"缓"})",
            R"({"x":"normal"})"},
        Row{"{from: a, cases: {特急: '1'}, default: 0, integer: true}", R"({"a":"特急"})",
            R"({"x":1})"},
        Row{"{from: a, cases: {特急: '1'}, default: 0, integer: true}", "{}", R"({"x":0})"},
        Row{"{from: a, default: d}", R"({"a":""})", R"({"x":"d"})"},
        Row{"{from: a, time: auto, default: d}", R"({"a":"昨天"})",
            "normalize.bad_time /data/x: a is no time"},
        Row{"{from: a, required: true}", R"({"a":""})", "normalize.missing /data/x: a is required"},
        Row{"{from: a, number: true}", R"({"a":"１,２３４.50"})", R"({"x":1234.50})"},
        Row{"{from: a, number: true}", R"({"a":0.10})", R"({"x":0.10})"},
        Row{"{from: a, number: true}", R"({"a":"5元"})",
            "normalize.bad_number /data/x: a is no number"},
        Row{"{from: a, integer: true}", R"({"a":3.0})", R"({"x":3})"},
        Row{"{from: a, integer: true}", R"({"a":"3.5"})", "normalize.bad_number"},
        Row{"{from: a, boolean: true}", R"({"a":"是"})", R"({"x":true})"},
        Row{"{from: a, boolean: true}", R"({"a":0})", R"({"x":false})"},
        Row{"{from: a, boolean: {true: [已签], false: [未签, '0']}}", R"({"a":"未签"})",
            R"({"x":false})"},
        Row{"{from: a, boolean: true}", R"({"a":"也许"})",
            "normalize.bad_value /data/x: a is none of the words"},
        Row{"{from: a, text: true}", R"({"a":20200101000000123456})",
            R"({"x":"20200101000000123456"})"},
        Row{"{from: a, time: auto}", R"({"a":"2019/3/1 1:02:03"})",
            R"({"x":"2019-03-01T01:02:03+08:00"})"},
        Row{"{from: a, time: auto, zone: '+09:00'}", R"({"a":"2019/3/1 1:02:03"})",
            R"({"x":"2019-03-01T01:02:03+09:00"})"},
        Row{"{from: a, time: [excel, auto]}", R"({"a":"43524.4757523148"})",
            R"({"x":"2019-02-28T11:25:05+08:00"})"},
        Row{"{from: a, time: [excel, auto]}", R"({"a":"2019-02-28"})",
            R"({"x":"2019-02-28T00:00:00+08:00"})"},
        Row{"{from: a, date: auto}", R"({"a":"2019年3月1日"})", R"({"x":"2019-03-01"})"},
        Row{"{from: a, format: 'yyyy-MM-dd HH:mm:ss'}", R"({"a":"2019-03-01T01:02:03Z"})",
            R"({"x":"2019-03-01 09:02:03"})"},
        Row{"{from: a, format: epoch_ms}", R"({"a":"2019-03-01T01:02:03Z"})",
            R"({"x":1551402123000})"},
        Row{"{from: a, format: epoch_s, text: true}", R"({"a":"2019-03-01T01:02:03Z"})",
            R"({"x":"1551402123"})"}));

INSTANTIATE_TEST_SUITE_P(
    Tables, ExpressionTable,
    testing::Values(
        Row{"{from: a, table: kinds}", R"({"a":" １０"})",
            "{\"x\":{\"code\":\"reply\",\"text\":\" １０\"}}"},
        Row{"{from: a, table: kinds}", R"({"a":10})", R"({"x":{"code":"reply","text":"10"}})"},
        Row{"{from: a, table: kinds, label: b}", R"({"a":"10","b":"直接答复"})",
            R"({"x":{"code":"reply","text":"直接答复"}})"},
        Row{"{from: a, table: kinds, label: b}", R"({"a":"10"})",
            R"({"x":{"code":"reply","text":"10"}})"},
        Row{"{from: a, table: kinds, as: code}", R"({"a":"30"})", R"({"x":"joint"})"},
        Row{"{from: a, table: kinds}", R"({"a":"77"})",
            "normalize.unmapped_code /data/x: code table kinds has no entry for `77` (a)"},
        Row{"{from: a, table: kinds}", R"({"b":"77"})", "nothing"},
        Row{"{from: a, table: loose}", R"({"a":"供水-01"})",
            R"({"x":{"code":"water","text":"供水-01"}})"},
        Row{"{from: a, table: loose}", R"({"a":"供电-02"})",
            R"({"x":{"code":"99","text":"供电-02"}})"},
        Row{"{from: a, to: kinds}", R"({"a":{"code":"reply","text":"直接"}})", R"({"x":"10"})"},
        Row{"{from: a, to: kinds}", R"({"a":"split"})",
            "normalize.unmapped_code /data/x: code table kinds has no entry with ours `split`"},
        Row{"{from: a, to: loose}", R"({"a":"99"})", R"({"x":"00"})"}));

INSTANTIATE_TEST_SUITE_P(
    Points, ExpressionTable,
    testing::Values(
        Row{"{point: {lng: a, lat: b, datum: gcj02}}", R"({"a":"114.031","b":33.011})",
            R"({"x":{"lng":114.0251088,"lat":33.0128031,"datum":"wgs84","original":{"lng":114.031,"lat":33.011,"datum":"gcj02"}}})"},
        Row{"{point: {lng: a, lat: b, datum: wgs84}}", R"({"a":"114.0310","b":33.011})",
            R"({"x":{"lng":114.0310,"lat":33.011,"datum":"wgs84"}})"},
        Row{"{point: {lng: a, lat: b, datum: cgcs2000}}", R"({"a":"114.1","b":"33"})",
            R"({"x":{"lng":114.1,"lat":33,"datum":"wgs84","original":{"lng":114.1,"lat":33,"datum":"cgcs2000"}}})"},
        Row{"{point: {pair: a, order: lat_lng, datum: wgs84}}", R"({"a":"33.5， 114.1"})",
            R"({"x":{"lng":114.1,"lat":33.5,"datum":"wgs84"}})"},
        Row{"{point: {pair: a, order: lng_lat, datum: wgs84}}", R"({"a":"somewhere"})",
            "normalize.bad_coordinate /data/x: a holds no two numbers"},
        Row{"{point: {lng: a, lat: b, datum: wgs84}}", R"({"a":33,"b":114})",
            "normalize.bad_coordinate /data/x: a and b: longitude and latitude look swapped"},
        Row{"{point: {lng: a, lat: b, datum: wgs84}}", R"({"a":0,"b":0})",
            "normalize.bad_coordinate /data/x: a and b: the point lies outside China"},
        Row{"{point: {lng: a, lat: b, datum: wgs84}}", R"({"a":1e999,"b":0})",
            "normalize.bad_coordinate"},
        Row{"{point: {lng: a, lat: b, datum: wgs84}}", R"({"a":114})",
            "normalize.bad_coordinate /data/x: a and b: longitude and latitude must both"},
        Row{"{point: {lng: a, lat: b, datum: wgs84}}", R"({"a":"","b":null})", "nothing"},
        Row{"{point: {of: p, to: wgs84}}", R"({"p":{"lng":114.1,"lat":33.2,"datum":"wgs84"}})",
            R"({"x":{"lng":114.1,"lat":33.2}})"},
        Row{"{point: {of: p, to: gcj02, part: lng}}",
            R"({"p":{"lng":114.0251088,"lat":33.0128031,"datum":"wgs84"}})", R"({"x":114.031})"},
        Row{"{point: {of: p, to: gcj02, part: lat}}",
            R"({"p":{"lng":114.0251088,"lat":33.0128031,"datum":"wgs84","original":{"lng":114.031,"lat":33.0110,"datum":"gcj02"}}})",
            R"({"x":33.0110})"},
        Row{"{point: {of: p, to: wgs84}}", R"({"p":"x"})",
            "normalize.bad_coordinate /data/x: p is no point"},
        Row{"{point: {of: p, to: wgs84}}", "{}", "nothing"}));

INSTANTIATE_TEST_SUITE_P(
    Conditions, ExpressionTable,
    testing::Values(
        Row{"{when: {path: a, one_of: ['1', '2']}, then: {const: y}}", R"({"a":2})",
            R"({"x":"y"})"},
        Row{"{when: {path: a, prefix: '41'}, then: {const: y}}", R"({"a":"411702"})",
            R"({"x":"y"})"},
        Row{"{when: {path: a, prefix: '41'}, then: {const: y}}", R"({"a":"341702"})", "nothing"},
        Row{"{when: {path: a, absent: true}, then: {const: y}}", R"({"a":null})", R"({"x":"y"})"},
        Row{"{when: {path: a, present: false}, then: {const: y}}", R"({"a":"v"})", "nothing"},
        Row{"{when: {path: a, equals: 'true'}, then: {const: y}}", R"({"a":true})", R"({"x":"y"})"},
        Row{"{when: {path: a, equals: q}, then: {const: y}}", R"({"a":["p","q"]})", R"({"x":"y"})"},
        Row{"{when: {path: a, equals: reply}, then: {const: y}}", R"({"a":{"code":"reply"}})",
            R"({"x":"y"})"},
        Row{"{when: {path: a, equals: ''}, then: {const: y}}", R"({"a":{"b":1}})", "nothing"},
        Row{"{when: {all: [{path: a, equals: '1'}, {not: {path: b, present: true}}]}, then: "
            "{const: y}}",
            R"({"a":1})", R"({"x":"y"})"},
        Row{"{when: {any: [{path: a, equals: '1'}, {path: b, present: true}]}, then: {const: y}}",
            R"({"b":0})", R"({"x":"y"})"},
        Row{"{when: {any: [{path: a, equals: '1'}, {path: b, present: true}]}, then: {const: y}}",
            "{}", "nothing"}));

}  // namespace
}  // namespace lianqiao::expression
