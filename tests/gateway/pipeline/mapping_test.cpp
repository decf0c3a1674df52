#include "pipeline/mapping.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "conformance/test_data.h"
#include "gateway/pipeline/mapping_fixture.h"
#include "lianqiao/digest.h"

namespace lianqiao::pipeline {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kOrderSchema = R"({
  "type": "object", "additionalProperties": false, "required": ["title"],
  "properties": {
    "title": {"type": "string"},
    "status": {"enum": ["registered", "closed"]},
    "people": {"type": "integer"},
    "secret": {"type": "boolean"},
    "createdTime": {"type": "string", "format": "date-time"},
    "orderType": {"$ref": "#/$defs/coded"},
    "reporter": {"type": "object", "additionalProperties": false,
      "properties": {"name": {"type": "string"}, "phone": {"type": "string"}}},
    "tags": {"type": "array", "items": {"type": "string"}},
    "attachments": {"type": "array", "items": {"type": "object", "additionalProperties": false,
      "properties": {"name": {"type": "string"}, "url": {"type": "string"}}}},
    "sourceFields": {"type": "object", "additionalProperties": {"type": "string"}}
  },
  "$defs": {"coded": {"type": "object", "required": ["code"], "additionalProperties": false,
    "properties": {"code": {"enum": ["reply", "forward"]}, "text": {"type": "string"}}}}
})";

class MappingTest : public testing::Test {
 protected:
  MappingTest() { bench_.addSchema("order", kOrderSchema); }

  /// The first finding of a mapping with that `fields` block.
  std::string findingOf(const std::string& fields, std::size_t which = 0) {
    bench_.findings = {};
    EXPECT_FALSE(bench_.compileFields(fields, "order")) << fields;
    return bench_.findings.all().size() <= which ? "none" : bench_.findings.all()[which].text();
  }

  MappingBench bench_;
};

// An adapter finds the header of a table by these names, and refuses a table without what is
// needed.
TEST_F(MappingTest, TellsWhichMembersItReadsAndWhichItCannotDoWithout) {
  ASSERT_TRUE(bench_.compile(R"(mapping: m
direction: inbound
type: thing
when: {path: kind, present: true}
record: {key: [no, {first: [unit, {from: office.name}]}, {const: x}], time: at}
fields:
  title: {from: subject, required: true}
  status: {from: state, required: true, default: open}
  note: {from: remark}
  people: {template: "{count}", required: true}
)")) << bench_.shown();
  const ItemShape shape = bench_.mapping->itemShape();
  EXPECT_THAT(shape.names, testing::UnorderedElementsAre("kind", "no", "unit", "office", "at",
                                                         "subject", "state", "remark", "count"));
  EXPECT_THAT(shape.needed, testing::ElementsAre(testing::ElementsAre("no"),
                                                 testing::ElementsAre("unit", "office"),
                                                 testing::ElementsAre("subject")));
}

TEST_F(MappingTest, CoercesByTheSchemaWhatLosesNothing) {
  ASSERT_TRUE(bench_.compileFields(
      "  title: t\n  people: {const: 3}\n  secret: {const: true}\n  tags: l\n", "order"))
      << bench_.shown();
  EXPECT_EQ(bench_.run(R"({"t":1.50,"l":[1,"b"]})"),
            R"({"title":"1.50","people":3,"secret":true,"tags":["1","b"]})");
}

TEST_F(MappingTest, FindsFieldsThatTheSchemaDoesNotHave) {
  EXPECT_EQ(findingOf("  titel: a\n"),
            "mappings/m.yaml:6:3: fields.titel: the schema has no field `titel` here; did you mean "
            "`title`?");
  EXPECT_THAT(findingOf("  reporter.fone: a\n"), HasSubstr("did you mean `phone`?"));
  EXPECT_THAT(findingOf("  attachments: {each: l, fields: {adr: url}}\n"),
              HasSubstr("the schema has no field `adr` here"));
  EXPECT_THAT(findingOf("  title.x: a\n  people: {integer: true}\n"),
              HasSubstr("the expression has no origin"));
}

TEST_F(MappingTest, FindsWhatIsWrongBelowAFieldThatTheSchemaDoesNotHave) {
  const std::string text = "  titel: {from: a, clean: lien}\n";
  EXPECT_THAT(findingOf(text), HasSubstr("no field `titel`"));
  EXPECT_THAT(findingOf(text, 1), HasSubstr("did you mean `line`?"));
}

TEST_F(MappingTest, FindsValuesThatTheSchemaCannotTake) {
  EXPECT_THAT(findingOf("  orderType: {const: {cod: reply}}\n"), HasSubstr("did you mean `code`?"));
  EXPECT_THAT(findingOf("  orderType: {const: {code: done}}\n"),
              HasSubstr("does not know the value `done`"));
  EXPECT_THAT(findingOf("  status: {const: registred}\n"), HasSubstr("did you mean `registered`?"));
  EXPECT_THAT(findingOf("  status: {from: a, cases: {'1': done}}\n"),
              HasSubstr("does not know the value `done` here; known here: registered, closed"));
  EXPECT_THAT(findingOf("  title: {from: a, integer: true}\n"),
              HasSubstr("the schema takes no integer here"));
  EXPECT_THAT(findingOf("  people: {const: many}\n"), HasSubstr("the schema takes no text here"));
  EXPECT_THAT(findingOf("  people: {from: a, integer: true, default: many}\n"),
              HasSubstr("the schema takes no text here"));
}

TEST_F(MappingTest, FindsTablesThatMakeCodesWhichTheSchemaDoesNotKnow) {
  bench_.addTable("kinds", "table: kinds\nentries:\n  - {theirs: a, ours: replied}\n");
  EXPECT_THAT(
      findingOf("  orderType: {from: a, table: kinds}\n"),
      HasSubstr(
          "makes `replied`, which the schema does not know here; known here: reply, forward"));
  EXPECT_THAT(findingOf("  orderType: {from: a, table: kind}\n"),
              HasSubstr("there is no code table `kind` in config/codes; did you mean `kinds`?"));
  EXPECT_THAT(findingOf("  title: {from: a, table: kinds}\n"),
              HasSubstr("the schema takes no {code, text} here; add as: code"));
}

TEST_F(MappingTest, FindsEveryMistakeOfAnExpression) {
  const std::pair<const char*, const char*> rows[] = {
      {"  title: {form: a}\n", "unknown key `form`; did you mean `from`?"},
      {"  title: {from: a, const: b}\n", "the expression has two origins"},
      {"  title: [a, b]\n", "an expression is a path or a map"},
      {"  title: a[\n", "a [ is not closed"},
      {"  title: {template: '{a'}\n", "a { of the template is not closed"},
      {"  title: {from: a, clean: txt}\n", "did you mean `text`?"},
      {"  people: {from: a, integer: true, time: auto}\n", "one value cannot become two things"},
      {"  createdTime: {from: a, time: 'YYYY-MM-dd'}\n", "'YYYY' is no part"},
      {"  createdTime: {from: a, time: auto, zone: Mars}\n", "no zone with one fixed offset"},
      {"  title: {from: a, zone: '+08:00'}\n", "`zone` has no effect without time or date"},
      {"  title: {from: a, truncate: true}\n", "`truncate` has no effect without max"},
      {"  title: {from: a, max: 0}\n", "a whole number from 1"},
      {"  title: {from: a, required: yes}\n", "true or false is expected here"},
      {"  title: {first: []}\n", "`first` is a list"},
      {"  title: {when: {path: a}, then: b}\n", "the condition has no operator"},
      {"  title: {when: {path: a, equal: b}, then: b}\n", "did you mean `equals`?"},
      {"  title: {when: {path: a, equals: b, prefix: c}, then: b}\n",
       "a condition has one operator"},
      {"  title: {when: {path: a, equals: b}}\n", "`when` needs `then`"},
      {"  title: {from: a, then: b}\n", "`then` belongs to `when`"},
      {"  title: {from: a, value: b}\n", "`value` belongs to `each`"},
      {"  tags: {each: a}\n", "`each` needs either `fields` or `value`"},
      {"  reporter: {point: {lng: a, lat: b}}\n", "the point does not say its datum"},
      {"  reporter: {point: {lng: a, lat: b, datum: gcj}}\n", "did you mean `gcj02`?"},
      {"  reporter: {point: {lng: a, datum: gcj02}}\n", "`point` needs lng and lat, or pair"},
      {"  reporter: {point: {pair: a, datum: gcj02}}\n", "`pair` needs `order`"},
      {"  title: {from: a, cases: []}\n", "`cases` is a map"},
      {"  title: {from: a, split: ''}\n", "a separator must not be empty"},
      {"  secret: {from: a, boolean: {true: [是]}}\n", "`boolean` is true, or the words for both"},
      {"  reporter: a\n  reporter.name: b\n", "`reporter` is made twice"},
      {"  tags[0]: a\n", "a target is no list element"},
  };
  for (const auto& [fields, expected] : rows)
    EXPECT_THAT(findingOf(fields), HasSubstr(expected)) << fields;
}

TEST_F(MappingTest, ReportsAllMistakesAtOnce) {
  EXPECT_FALSE(
      bench_.compile("mapping: other\ndirection: inbond\ntype: oder\nrecrod: {}\nfields:\n  x: "
                     "{form: a}\nrest: 5\n"));
  const std::string all = bench_.shown();
  for (const char* part :
       {"the name differs from the file", "did you mean `inbound`?", "did you mean `order`?",
        "did you mean `record`?", "needs `record` with a `key`", "did you mean `from`?"}) {
    EXPECT_THAT(all, HasSubstr(part));
  }
}

TEST_F(MappingTest, MakesTheEnvelope) {
  ASSERT_TRUE(bench_.compile(R"(mapping: m
direction: inbound
type: order
record:
  key: [no, {from: at, time: auto}]
  sourceid: no
  revision: {first: [rev, at]}
  time: at
  priority: {from: level, cases: {特急: high}, default: normal}
fields: {title: t}
)")) << bench_.shown();
  std::string time;
  record::Record record =
      bench_.envelope(R"({"no":17,"at":"2021/3/9 8:05:07","level":" 特急"})", &time);
  EXPECT_EQ(bench_.shownProblems(), "");
  EXPECT_EQ(record.key, "peer:17/2021-03-09T08:05:07+08:00");
  EXPECT_EQ(record.sourceId, "17");
  EXPECT_EQ(record.revision, "2021/3/9 8:05:07");
  EXPECT_EQ(record.priority, record::Priority::high);
  EXPECT_EQ(time, "2021-03-09T08:05:07+08:00");

  record = bench_.envelope(R"({"no":"17","at":"soon"})");
  EXPECT_EQ(record.sourceId, "17") << "what can be read is kept";
  EXPECT_EQ(record.key, "");
  EXPECT_THAT(bench_.shownProblems(), StartsWith("normalize.bad_time /subject: "));
}

TEST_F(MappingTest, JoinsKeysWithoutAmbiguity) {
  ASSERT_TRUE(bench_.compile(
      "mapping: m\ndirection: inbound\ntype: order\nrecord: {key: [a, b]}\nfields: {title: t}\n"));
  EXPECT_NE(bench_.envelope(R"({"a":"1/2","b":"3"})").key,
            bench_.envelope(R"({"a":"1","b":"2/3"})").key);
  EXPECT_EQ(bench_.envelope(R"({"a":"1"})").key, "");
  EXPECT_EQ(bench_.shownProblems(),
            "normalize.missing /subject: b is required by the mapping but empty or absent\n");
  EXPECT_EQ(bench_.envelope(R"({"a":"1","b":" "})").key, "");
  EXPECT_THAT(bench_.shownProblems(),
              StartsWith("normalize.missing /subject: b is part of the key but blank"));
  EXPECT_EQ(bench_.envelope("{\"a\":\"1\",\"b\":\"" + std::string(600, 'x') + "\"}").key, "");
  EXPECT_THAT(bench_.shownProblems(),
              StartsWith("normalize.bad_value /subject: the key is longer"));
}

TEST_F(MappingTest, TakesAFullKeyAsItIs) {
  ASSERT_TRUE(
      bench_.compile("mapping: m\ndirection: inbound\ntype: order\nrecord: {key: subject, "
                     "key_is_full: true}\nfields: {title: t}\n"))
      << bench_.shown();
  EXPECT_EQ(bench_.envelope(R"({"subject":"city-hotline:77"})").key, "city-hotline:77");
}

TEST_F(MappingTest, GivesFieldsTheKeyOfTheirRecord) {
  ASSERT_TRUE(
      bench_.compile("mapping: m\ndirection: inbound\ntype: thing\nrecord: {key: [no]}\nfields: "
                     "{orderKey: {record: key}, no: {record: sourceid}, by: {record: peer}}\n"))
      << bench_.shown();
  EXPECT_EQ(bench_.run(R"({"no":7})", true), R"({"orderKey":"peer:7","no":"7","by":"peer"})");
}

TEST_F(MappingTest, KeepsTheRestAsText) {
  ASSERT_TRUE(
      bench_.compile("mapping: m\ndirection: inbound\ntype: order\nrecord: {key: [id]}\nfields: "
                     "{title: t, people: {from: n.count, integer: true}}\nrest: sourceFields\n"))
      << bench_.shown();
  EXPECT_EQ(
      bench_.run(
          R"({"id":1,"t":"x","n":{"count":2,"other":3},"a":4.0,"b":[1],"c":"","d":null,"e":true})"),
      R"({"title":"x","people":2,"sourceFields":{"n.other":"3","a":"4.0","b":"[1]","e":"true"}})");
  EXPECT_EQ(bench_.run(R"({"id":1,"t":"x"})"), R"({"title":"x"})");
}

TEST_F(MappingTest, IsChosenByItsWhen) {
  ASSERT_TRUE(
      bench_.compile("mapping: m\ndirection: inbound\ntype: order\nwhen: {path: t, present: "
                     "true}\nrecord: {key: [id]}\nfields: {title: t}\n"));
  EXPECT_EQ(bench_.run(R"({"t":"x"})"), R"({"title":"x"})");
  EXPECT_EQ(bench_.run(R"({"u":"x"})"), "when does not hold");
}

TEST_F(MappingTest, GoesOutIntoAnyShape) {
  ASSERT_TRUE(bench_.compile(R"(mapping: m
direction: outbound
type: [order, thing]
fields:
  head.msgId: id
  body.工单.title: data.title
  body.工单.time: {from: time, format: "yyyy-MM-dd HH:mm:ss"}
)")) << bench_.shown();
  EXPECT_EQ(bench_.run(R"({"id":"1","time":"2020-01-01T00:00:00Z","data":{"title":"t"}})"),
            R"({"head":{"msgId":"1"},"body":{"工单":{"title":"t","time":"2020-01-01 08:00:00"}}})");
}

TEST_F(MappingTest, NamesAllProblemsOfASourceAtOnce) {
  ASSERT_TRUE(
      bench_.compileFields("  title: {from: t, required: true}\n  people: {from: n, integer: "
                           "true}\n  createdTime: {from: c, time: auto}\n",
                           "order"));
  EXPECT_EQ(bench_.run(R"({"n":"x","c":"y"})"),
            "normalize.missing /data/title: t is required by the mapping but empty or absent\n"
            "normalize.bad_number /data/people: n is no whole number\n"
            "normalize.bad_time /data/createdTime: c is no time that the mapping can read, a day "
            "that no calendar has, or can be meant in two ways\n");
}

TEST_F(MappingTest, MakesAValueOrANamedProblemOfEveryNaughtyString) {
  LIANQIAO_NEEDS_DATA("suites/strings/blns_dev_base64.json");
  const std::string suite = test::readFile(test::sharedData("suites/strings/blns_dev_base64.json"));
  json::Document strings;
  ASSERT_TRUE(json::parse(suite, strings).ok());
  bench_.addTable("kinds",
                  "table: kinds\nunmapped: other\nother: reply\nafter_last: '-'\nentries:\n  - "
                  "{theirs: a, ours: reply}\n");
  bench_.addTable("strict", "table: strict\nentries:\n  - {theirs: a, ours: reply}\n");
  ASSERT_TRUE(bench_.compileFields(R"(  title: {template: "{v} {w}"}
  status: {from: v, cases: {a: closed}, default: registered}
  people: {from: v, integer: true}
  secret: {from: v, boolean: true}
  createdTime: {from: v, time: [excel, auto, "yyyy/M/d"]}
  orderType: {from: v, table: kinds}
  reporter.name: {first: [{from: v, clean: id}, w], max: 10}
  reporter.phone: {from: v, clean: digits}
  tags: {from: v, split: [",", " "], clean: line}
  attachments: {each: v, fields: {name: {from: $, clean: text}}}
)",
                                   "order"))
      << bench_.shown();
  for (const json::Value& encoded : strings.root.elements()) {
    const std::string text = unbase64(encoded.text()).value();
    std::string source = "{\"id\":1,\"v\":";
    json::writeText(text, source);
    source += ",\"w\":";
    json::writeText(text, source);
    source += '}';
    const std::string made = bench_.run(source);
    EXPECT_EQ(bench_.run(source), made);
    json::Document check;
    EXPECT_TRUE(!bench_.problems.empty() || json::parse(made, check).ok()) << text;
    for (const Problem& problem : bench_.problems)
      EXPECT_THAT(problem.code, StartsWith("normalize.")) << text;
    bench_.envelope(source);
  }
}

}  // namespace
}  // namespace lianqiao::pipeline
