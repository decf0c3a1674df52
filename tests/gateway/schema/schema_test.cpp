#include "schema/schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace lianqiao::schema {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

std::vector<std::string> faultsOf(const std::string& schema) {
  std::vector<Problem> problems;
  const auto compiled = Schema::compile(schema, problems);
  EXPECT_EQ(compiled.has_value(), problems.empty());
  std::vector<std::string> result;
  for (const Problem& problem : problems) {
    EXPECT_EQ(problem.code, "config.invalid");
    result.push_back(problem.path + ": " + problem.message);
  }
  return result;
}

std::vector<std::string> check(const std::string& schema, const std::string& data) {
  std::vector<Problem> problems;
  const auto compiled = Schema::compile(schema, problems);
  for (const Problem& problem : problems) ADD_FAILURE() << problem.path << ": " << problem.message;
  if (!compiled) return {};
  json::Document document;
  EXPECT_TRUE(json::parse(data, document).ok());
  const bool valid = compiled->check(document.root, problems);
  EXPECT_EQ(valid, problems.empty());
  EXPECT_EQ(compiled->accepts(document.root), problems.empty());
  std::vector<std::string> result;
  for (const Problem& problem : problems) {
    EXPECT_EQ(problem.code, "validate.schema");
    result.push_back(problem.path + ": " + problem.message);
  }
  return result;
}

TEST(Schema, ReportsEveryViolationWithItsPointer) {
  EXPECT_THAT(
      check(R"({"type":"object","required":["a","b"],
                        "properties":{"a":{"type":"string"},"n":{"minimum":5,"maximum":1},
                                      "list":{"items":{"type":"integer"}}},
                        "additionalProperties":false})",
            R"({"n":3,"list":[1,"x",2.5],"lisst":0,"a/b~c":1})"),
      ElementsAre("/n: must be at least 5", "/n: must be at most 1",
                  "/list/1: must be an integer, is a string",
                  "/list/2: must be an integer, is a number",
                  "/lisst: is no field of this type; did you mean list?",
                  "/a~1b~0c: is no field of this type", "/a: is missing", "/b: is missing"));
}

TEST(Schema, NeverQuotesAValueOfTheRecord) {
  const auto found = check(
      R"({"properties":{"a":{"pattern":"^x"},"b":{"format":"resident-id"},"c":{"enum":["on","off"]},
           "d":{"const":1},"e":{"maxLength":2},"f":{"type":"null"},"g":{"anyOf":[{"minLength":50}]},
           "h":{"not":{}},"i":{"uniqueItems":true},"j":{"propertyNames":{"maxLength":1}}}})",
      R"({"a":"CANARY","b":"CANARY","c":"CANARY","d":"CANARY","e":"CANARY","f":"CANARY",
          "g":"CANARY","h":"CANARY","i":["CANARY","CANARY"],"j":{"long":"CANARY"}})");
  EXPECT_THAT(found, SizeIs(11));
  for (const std::string& problem : found) EXPECT_THAT(problem, Not(HasSubstr("CANARY")));
}

TEST(Schema, SaysWhatWouldBeRight) {
  EXPECT_THAT(check(R"({"enum":["a","b",3]})", R"("c")"),
              ElementsAre(": must be one of \"a\", \"b\", 3"));
  EXPECT_THAT(check(R"({"format":"date"})", R"("2021-02-29")"),
              ElementsAre(": is no date: YYYY-MM-DD and a day that exists"));
  EXPECT_THAT(check(R"({"maxLength":2})", R"("一二三")"),
              ElementsAre(": must have at most 2 characters, has 3"));
  EXPECT_THAT(check(R"({"type":["string","null"]})", "1"),
              ElementsAre(": must be null or a string, is a number"));
  EXPECT_THAT(check(R"({"dependentRequired":{"a":["b"]}})", R"({"a":1})"),
              ElementsAre("/b: is missing; it is needed beside a"));
  EXPECT_THAT(check(R"({"minProperties":1})", "{}"),
              ElementsAre(": must have at least 1 member, has 0"));
}

TEST(Schema, SaysWhatIsWrongWithTheFormThatWasMeant) {
  EXPECT_THAT(check(R"({"anyOf":[{"type":"null"},{"type":"object","required":["code"]}]})", "{}"),
              ElementsAre(": fits none of the 2 allowed forms", "/code: is missing"));
  EXPECT_THAT(check(R"({"oneOf":[{"minimum":1},{"maximum":5}]})", "3"),
              ElementsAre(": fits several of the forms of which it must fit exactly one"));
}

TEST(Schema, ComparesNumbersExactly) {
  const std::string schema = R"({"maximum":99999999999999999998,"multipleOf":0.01})";
  EXPECT_THAT(check(schema, "99999999999999999998"), IsEmpty());
  EXPECT_THAT(check(schema, "99999999999999999999"),
              ElementsAre(": must be at most 99999999999999999998"));
  EXPECT_THAT(check(schema, "1.005"), ElementsAre(": must be a multiple of 0.01"));
  EXPECT_THAT(check(schema, "0.07"), IsEmpty());
  EXPECT_THAT(check(R"({"const":1})", "1.00e0"), IsEmpty());
}

TEST(Schema, CutsAnEndlessListOfProblems) {
  std::string data = "[0";
  for (int i = 0; i < 1000; ++i) data += ",0";
  const auto found = check(R"({"items":{"type":"string"}})", data + "]");
  ASSERT_THAT(found, SizeIs(kMaxProblems));
  EXPECT_EQ(found.back(), ": has more problems; these are enough");
}

TEST(Schema, RefusesKeywordsOutsideTheSubset) {
  EXPECT_THAT(faultsOf(R"({"contains":{},"properties":{"a":{"$anchor":"x"}},"titel":"x"})"),
              ElementsAre(HasSubstr("/contains: is a keyword outside the subset"),
                          HasSubstr("/properties/a/$anchor: is a keyword outside"),
                          HasSubstr("/titel: is a keyword outside")));
  EXPECT_THAT(faultsOf(R"({"x-class":"public","title":"t","examples":[1],"$comment":"c"})"),
              IsEmpty());
  EXPECT_THAT(faultsOf(R"({"format":"ipv4"})"), ElementsAre(HasSubstr("/format: must be one of")));
  EXPECT_THAT(faultsOf(R"({"$schema":"http://json-schema.org/draft-04/schema#"})"),
              ElementsAre(HasSubstr("/$schema: must be")));
}

TEST(Schema, RefusesWhatMakesNoSense) {
  EXPECT_THAT(faultsOf("[]"), ElementsAre(HasSubstr(": must be a schema")));
  EXPECT_THAT(faultsOf("{"), SizeIs(1));
  EXPECT_THAT(faultsOf(R"({"type":"strin","minLength":-1,"required":"a","pattern":"("})"),
              SizeIs(4));
  EXPECT_THAT(faultsOf(R"({"multipleOf":0})"), SizeIs(1));
  EXPECT_THAT(faultsOf(R"j({"pattern":"(?=x)"})j"), ElementsAre(HasSubstr("look-around")));
  EXPECT_THAT(faultsOf(R"j({"pattern":"(a)\\1"})j"), ElementsAre(HasSubstr("back reference")));
  EXPECT_THAT(faultsOf(R"({"anyOf":[]})"), SizeIs(1));
}

TEST(Schema, FindsReferencesWithinTheFile) {
  const std::string schema = R"({"$id":"urn:x","$defs":{"a b":{"type":"integer"}},
      "properties":{"one":{"$ref":"#/$defs/a%20b"},"two":{"$ref":"urn:x#/$defs/a b","minimum":5},
                    "tree":{"$ref":"#"}}})";
  EXPECT_THAT(check(schema, R"({"one":1,"two":7,"tree":{"tree":{"one":2}}})"), IsEmpty());
  EXPECT_THAT(
      check(schema, R"({"two":3,"tree":{"tree":{"one":"2"}}})"),
      ElementsAre("/two: must be at least 5", "/tree/tree/one: must be an integer, is a string"));
  EXPECT_THAT(faultsOf(R"({"$ref":"#/$defs/none"})"),
              ElementsAre(HasSubstr("nothing stands there")));
  EXPECT_THAT(faultsOf(R"({"$ref":"other.json"})"), SizeIs(1));
}

TEST(Schema, RefusesReferencesThatNeverEnd) {
  EXPECT_THAT(faultsOf(R"({"$ref":"#"})"), ElementsAre(HasSubstr("leads back to itself")));
  EXPECT_THAT(faultsOf(R"({"$defs":{"a":{"allOf":[{"$ref":"#/$defs/b"}]},
                                    "b":{"not":{"$ref":"#/$defs/a"}}}})"),
              ElementsAre(HasSubstr("leads back to itself")));
}

TEST(Schema, TakesARequiredNameTwice) {
  EXPECT_THAT(check(R"({"required":["a","a"]})", R"({"a":1})"), IsEmpty());
}

TEST(Schema, KnowsHundredsOfProperties) {
  std::string properties;
  std::string required;
  std::string data;
  for (int i = 0; i < 500; ++i) {
    const std::string name = "\"field" + std::to_string(i) + "\"";
    properties += (i > 0 ? "," : "") + name + R"(:{"type":"integer"})";
    required += (i > 0 ? "," : "") + name;
    data += (i > 0 ? "," : "") + name + ":" + std::to_string(i);
  }
  const std::string schema =
      "{\"properties\":{" + properties + "},\"required\":[" + required + "]}";
  EXPECT_THAT(check(schema, "{" + data + "}"), IsEmpty());
  EXPECT_THAT(check(schema, "{" + data.substr(data.find(',') + 1) + "}"),
              ElementsAre("/field0: is missing"));
}

TEST(Schema, TellsItsIdAndVersion) {
  std::vector<Problem> problems;
  const auto schema = Schema::compile(R"({"$id":"urn:x","x-version":"1.2"})", problems);
  ASSERT_TRUE(schema);
  EXPECT_EQ(schema->id(), "urn:x");
  EXPECT_EQ(schema->version(), "1.2");
}

}  // namespace
}  // namespace lianqiao::schema
