#include "record/event.h"

#include <gtest/gtest.h>

#include <set>

#include "record/fingerprint.h"

namespace lianqiao::record {
namespace {

Record sample() {
  Record record;
  record.id = "01HYVK1M8Z0000000000000000";
  record.peer = "city-hotline";
  record.type = "work_order";
  record.key = "SL\"1";
  record.sourceId = "SL1";
  record.received = WallTime(std::chrono::milliseconds(1716775731123));
  return record;
}

const EventContext kContext{"lianqiao.work_order.v1", "urn:lianqiao:schema:work_order:1.0", {}, {}};

json::Value parsed(json::Document& document, std::string_view text) {
  EXPECT_TRUE(json::parse(text, document).ok()) << text;
  return document.root;
}

TEST(Event, IsACloudEventWithOurExtensions) {
  json::Document data;
  std::string text;
  appendEvent(sample(), kContext, parsed(data, R"({"orderNo":"SL1","n":0.10})"), text);
  EXPECT_EQ(text,
            R"({"specversion":"1.0","id":"01HYVK1M8Z0000000000000000",)"
            R"("source":"/peers/city-hotline","type":"lianqiao.work_order.v1","subject":"SL\"1",)"
            R"("time":"2024-05-27T02:08:51.123Z","datacontenttype":"application/json",)"
            R"("dataschema":"urn:lianqiao:schema:work_order:1.0","peer":"city-hotline",)"
            R"("sourceid":"SL1","receivedtime":"2024-05-27T02:08:51.123Z","priority":"normal",)"
            R"("data":{"orderNo":"SL1","n":0.10}})");
}

TEST(Event, ReadsBackWhatWasWritten) {
  Record record = sample();
  record.revision = "7";
  record.priority = Priority::high;
  EventContext context = kContext;
  context.time = "2024-05-27T08:00:00+08:00";
  context.traceParent = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
  json::Document data;
  std::string text;
  appendEvent(record, context, parsed(data, R"({"a":1})"), text);
  EXPECT_NE(text.find(R"("traceparent":"00-4bf)"), std::string::npos);
  json::Document document;
  const Result<EventView> view = readEvent(parsed(document, text));
  ASSERT_TRUE(view.ok()) << view.error().detail;
  EXPECT_EQ(view->id, record.id);
  EXPECT_EQ(view->type, "work_order");
  EXPECT_EQ(view->key, record.key);
  EXPECT_EQ(view->peer, record.peer);
  EXPECT_EQ(view->sourceId, record.sourceId);
  EXPECT_EQ(view->revision, "7");
  EXPECT_EQ(view->time, context.time);
  EXPECT_EQ(view->priority, Priority::high);
  EXPECT_EQ(json::write(view->data), R"({"a":1})");
}

TEST(Event, NamesTheAttributeThatIsMissing) {
  for (const auto& [text, word] : std::initializer_list<std::pair<const char*, const char*>>{
           {"[]", "specversion"},
           {R"({"specversion":"0.3"})", "specversion"},
           {R"({"specversion":"1.0"})", "attribute id"},
           {R"({"specversion":"1.0","id":"1","type":"com.example"})", "attribute type"},
           {R"({"specversion":"1.0","id":"1","type":"lianqiao.grid.v1"})", "attribute peer"},
           {R"({"specversion":"1.0","id":"1","type":"lianqiao.grid.v1","peer":"p","data":1})",
            "attribute data"}}) {
    json::Document document;
    const Result<EventView> view = readEvent(parsed(document, text));
    ASSERT_FALSE(view.ok()) << text;
    EXPECT_EQ(view.error().code, "decode.json");
    EXPECT_NE(view.error().detail.find(word), std::string::npos) << view.error().detail;
  }
}

TEST(Event, NamesTypesWithTheirMajorVersion) {
  EXPECT_EQ(eventTypeOf("visit_log", "2.13"), "lianqiao.visit_log.v2");
  EXPECT_EQ(typeOfEvent("lianqiao.visit_log.v2"), "visit_log");
  EXPECT_EQ(typeOfEvent("lianqiao..v2"), "");
  EXPECT_EQ(typeOfEvent("visit_log"), "");
}

std::string fingerprintOf(std::string_view type, std::string_view key, std::string_view data) {
  json::Document document;
  std::string buffer;
  return fingerprint(type, key, {parsed(document, data)}, buffer);
}

TEST(Fingerprint, IsTheSameForTheSameContent) {
  const std::string first = fingerprintOf("work_order", "1", R"({"a":1,"b":{"c":2,"d":3}})");
  EXPECT_EQ(first.size(), 66U);
  EXPECT_EQ(first, fingerprintOf("work_order", "1", R"({ "b" : {"d":3,"c":2}, "a":1})"));
}

/// Rule: a fingerprint that is kept says by which rule it was made; what 0.1 wrote stays
/// comparable.
TEST(Fingerprint, NamesItsRuleAndTheFormerOneNamesNone) {
  json::Document document;
  std::string buffer;
  const json::Value data = parsed(document, R"({"a":1,"b":{"c":2}})");
  EXPECT_EQ(fingerprint("work_order", "1", {data}, buffer).substr(0, 2), "2:");
  // sha256sum of "work_order""1"{"a":1,"b":{"c":2}}, as 0.1 made it
  EXPECT_EQ(formerFingerprint("work_order", "1", data, buffer),
            "31e5642a7ba3a69c7ed0509c0776ff70f0125e6c1d5925b03d25196aa6a5b488");
}

TEST(Fingerprint, DiffersByTypeKeyAndContent) {
  const std::string first = fingerprintOf("work_order", "1", R"({"a":1})");
  EXPECT_NE(first, fingerprintOf("work_order", "2", R"({"a":1})"));
  EXPECT_NE(first, fingerprintOf("alert", "1", R"({"a":1})"));
  EXPECT_NE(first, fingerprintOf("work_order", "1", R"({"a":2})"));
  EXPECT_NE(fingerprintOf("a", "b\"\"c", "{}"), fingerprintOf("a\"\"b", "c", "{}"));

  json::Document document;
  std::string buffer;
  const json::Value data = parsed(document, R"({"a":1})");
  std::set<std::string> fingerprints;
  for (const char* time : {"", "2026-01-01T08:00:00Z", "2026-01-01T09:00:00Z"}) {
    for (const Priority priority : {Priority::normal, Priority::high})
      fingerprints.insert(fingerprint("alert", "1", {data, time, priority}, buffer));
  }
  EXPECT_EQ(fingerprints.size(), 6U);
}

}  // namespace
}  // namespace lianqiao::record
