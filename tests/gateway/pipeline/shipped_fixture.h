#pragma once

#include <filesystem>
#include <string>

#include "conformance/test_data.h"
#include "gateway/pipeline/mapping_fixture.h"

namespace lianqiao::pipeline {

/// A mapping of config/ with the shipped code tables and the schema of `type`.
class ShippedMapping {
 public:
  ShippedMapping(const std::string& name, const std::string& type) {
    bench.addSchema(type, text("schemas/" + type + ".json"));
    std::vector<Problem> faults;
    schema_ = schema::Schema::compile(text("schemas/" + type + ".json"), faults);
    for (const auto& entry : std::filesystem::directory_iterator(source() / "config/codes")) {
      bench.addTable(entry.path().stem(), test::readFile(entry.path()));
    }
    std::string yaml = text("config/mappings/" + name + ".yaml");
    const std::string named = "mapping: " + name;
    yaml.replace(yaml.find(named), named.size(), "mapping: m");  // the bench's name
    EXPECT_TRUE(bench.compile(yaml)) << bench.shown();
  }

  static std::filesystem::path source() { return LIANQIAO_SOURCE_DIR; }
  static std::string text(const std::string& file) { return test::readFile(source() / file); }

  /// Envelope and data that an inbound mapping makes, checked against the schema.
  std::string record(const std::string& from) {
    std::string time;
    const record::Record made = bench.envelope(from, &time);
    const std::string data = bench.run(from);
    json::Document document;
    std::vector<Problem> problems;
    EXPECT_TRUE(json::parse(data, document)) << data;
    EXPECT_TRUE(schema_->check(document.root, problems))
        << problems[0].path << " " << problems[0].message;
    return "{\"key\":\"" + made.key + "\",\"sourceid\":\"" + made.sourceId + "\",\"time\":\"" +
           time + "\",\n\"data\":" + data + "}\n";
  }
  /// What an outbound mapping makes of a stored event of `key`.
  std::string payload(const std::string& key, const std::string& data) {
    return bench.run(R"({"specversion":"1.0","id":"01J00000000000000000000001","subject":")" + key +
                     R"(","peer":"city-hotline","data":)" + data + "}");
  }

  MappingBench bench;

 private:
  std::optional<schema::Schema> schema_;
};

}  // namespace lianqiao::pipeline
