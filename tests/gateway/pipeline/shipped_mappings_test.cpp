#include <gtest/gtest.h>

#include <filesystem>

#include "pipeline/mapping.h"
#include "record/schema_set.h"
#include "yaml/yaml_reader.h"

namespace lianqiao::pipeline {
namespace {

using Nodes = std::map<std::string, yaml::YamlNode>;

Nodes readFolder(const std::filesystem::path& folder, yaml::Findings& findings) {
  Nodes nodes;
  if (!std::filesystem::is_directory(folder)) return nodes;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".yaml") continue;
    const auto node = yaml::YamlReader::readFile(entry.path(), entry.path().filename(), findings);
    if (node) nodes.emplace(entry.path().stem(), *node);
  }
  return nodes;
}

TEST(ShippedMappings, CompileAgainstTheShippedSchemas) {
  const std::filesystem::path root = LIANQIAO_SOURCE_DIR;
  std::vector<Problem> problems;
  record::SchemaSet schemas;
  schemas.load(root / "schemas", problems);
  SchemaIndex index;
  for (std::string_view type : schemas.types()) {
    index[std::string(type)] = &schemas.find(type)->schema;
  }
  yaml::Findings findings;
  expression::CodeTables tables;
  for (const auto& [name, node] : readFolder(root / "config" / "codes", findings)) {
    tables[name] = expression::CodeTable::compile(name, node, findings);
  }
  for (const auto& [name, node] : readFolder(root / "config" / "mappings", findings)) {
    Mapping::compile(name, node, tables, index, findings);
  }
  for (const yaml::Finding& finding : findings.all()) ADD_FAILURE() << finding.text();
}

}  // namespace
}  // namespace lianqiao::pipeline
