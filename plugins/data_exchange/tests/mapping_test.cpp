#include <gtest/gtest.h>

#include <filesystem>

#include "conformance/golden.h"
#include "conformance/test_data.h"
#include "gateway/pipeline/mapping_fixture.h"

/// The shipped example mappings over the valid samples of the schemas.
namespace lianqiao::pipeline {
namespace {

const std::filesystem::path kSource = LIANQIAO_SOURCE_DIR;

std::string text(const std::filesystem::path& file) { return test::readFile(kSource / file); }

/// What the mapping makes of a stored event with that data.
std::string payload(const std::string& mapping, const std::string& type,
                    const std::string& sample) {
  MappingBench bench;
  bench.addSchema(type, text("schemas/" + type + ".json"));
  std::string yaml = text("config/mappings/" + mapping + ".yaml");
  const std::string named = "mapping: " + mapping;
  const std::size_t at = yaml.find(named);
  EXPECT_NE(at, std::string::npos) << mapping << " is absent";
  if (at == std::string::npos) return "";
  yaml.replace(at, named.size(), "mapping: m");  // the bench's name for what it compiles
  EXPECT_TRUE(bench.compile(yaml)) << bench.shown();
  if (!bench.mapping) return "";
  const std::string data = text("schemas/samples/valid/" + sample + ".json");
  return bench.run(R"({"specversion":"1.0","id":"01J00000000000000000000001","type":")" + type +
                   R"(","subject":"city-hotline:c-1","peer":"city-hotline","data":)" + data + "}") +
         "\n";
}

TEST(ProvinceMapping, MakesTheRecordsOfCityAndProvince) {
  const std::filesystem::path golden = kSource / "plugins/data_exchange/golden";
  const auto expect = [&](const std::string& mapping, const std::string& type,
                          const std::string& sample) {
    EXPECT_TRUE(
        test::matchesGolden(golden / (sample + ".payload.json"), payload(mapping, type, sample)))
        << sample;
  };
  expect("province_work_order", "work_order", "work_order-full");
  expect("province_work_order", "work_order", "work_order-least");
  expect("province_step", "work_order_step", "work_order_step-signed");
  expect("province_step", "work_order_step", "work_order_step-delay");
}

TEST(ProvinceMapping, NamesEveryStepOfTheSchema) {
  json::Document schema;
  const std::string source = text("schemas/work_order_step.json");
  ASSERT_TRUE(json::parse(source, schema));
  const json::Value* steps = schema.root.find("properties")->find("step")->find("enum");
  ASSERT_NE(steps, nullptr);
  const std::string mapping = text("config/mappings/province_step.yaml");
  for (const json::Value& step : steps->elements()) {
    EXPECT_NE(mapping.find(std::string(step.text()) + ": "), std::string::npos) << step.text();
  }
}

}  // namespace
}  // namespace lianqiao::pipeline
