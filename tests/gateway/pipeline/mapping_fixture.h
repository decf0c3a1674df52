#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/mapping.h"
#include "yaml/yaml_reader.h"

namespace lianqiao::pipeline {

/// Compiles mappings and tables written in a test and runs them over JSON texts.
class MappingBench {
 public:
  MappingBench() { addSchema("thing", kOpenSchema); }

  void addSchema(const std::string& type, const std::string& text) {
    std::vector<Problem> faults;
    auto schema = schema::Schema::compile(text, faults);
    ASSERT_TRUE(schema) << (faults.empty() ? "" : faults[0].path + faults[0].message);
    schemas_.push_back(std::make_unique<schema::Schema>(std::move(*schema)));
    index_[type] = schemas_.back().get();
  }

  void addTable(const std::string& name, const std::string& yaml) {
    const auto node = yaml::YamlReader::readText(yaml, "codes/" + name + ".yaml", findings);
    ASSERT_TRUE(node) << shown();
    tables_[name] = expression::CodeTable::compile(name, *node, findings);
  }

  bool compile(const std::string& yaml) {
    const auto node = yaml::YamlReader::readText(yaml, "mappings/m.yaml", findings);
    if (node) mapping = Mapping::compile("m", *node, tables_, index_, findings, nullptr, grids);
    return node && mapping;
  }

  /// An inbound mapping with this `fields` block, indented by two.
  bool compileFields(const std::string& fields, const std::string& type = "thing") {
    return compile("mapping: m\ndirection: inbound\ntype: " + type +
                   "\nrecord: {key: [id]}\nfields:\n" + fields);
  }

  /// What the mapping makes of a source as JSON, or the problems as "code path: message" lines.
  std::string run(std::string_view source, bool withEnvelope = false) {
    source_ = source;
    problems.clear();
    const auto parsed = json::parse(source_, workspace.input);
    if (!parsed) return "no JSON: " + parsed.error().detail;
    workspace.output.clear();
    if (!mapping->bind(workspace.input.root, workspace)) return "when does not hold";
    expression::Run run = makeRun();
    record::Record record;
    record.peer = "peer";
    json::Value time;
    const bool inbound = mapping->direction() == Mapping::Direction::inbound;
    if (inbound) mapping->envelope(run, "peer", record, time);
    if (!withEnvelope) problems.clear();
    run.record = &record;
    run.sourceBytes = source_.size();
    const json::Value made = mapping->make(run);
    content = mapping->content(run, record, made, time).data;
    record.revision = "1";
    mappedOnly = mapping->content(run, record, made, time).data;
    former = mapping->formerData(run, made);
    if (problems.empty()) return made.isNull() ? "nothing" : json::write(made);
    return shownProblems();
  }

  record::Record envelope(std::string_view source, std::string* time = nullptr) {
    source_ = source;
    problems.clear();
    record::Record record;
    if (!json::parse(source_, workspace.input)) return record;
    workspace.output.clear();
    mapping->bind(workspace.input.root, workspace);
    expression::Run run = makeRun();
    json::Value at;
    mapping->envelope(run, "peer", record, at);
    if (time != nullptr) *time = at.text();
    return record;
  }

  [[nodiscard]] std::string shownProblems() const {
    std::string out;
    for (const Problem& problem : problems)
      out += problem.code + " " + problem.path + ": " + problem.message + "\n";
    return out;
  }
  [[nodiscard]] std::string shown() const {
    std::string out;
    for (const yaml::Finding& finding : findings.all()) out += finding.text() + "\n";
    return out;
  }

  yaml::Findings findings;
  std::shared_ptr<const Mapping> mapping;
  std::vector<Problem> problems;
  expression::Workspace workspace;
  json::Value content;     ///< Of what was run last: what tells it from other revisions,
  json::Value mappedOnly;  ///< the same where the sender gave a revision,
  json::Value former;      ///< the same by the rule of 0.1.
  expression::Day day = expression::Day(std::chrono::days(20'000));
  std::shared_ptr<const places::Grids> grids;

 private:
  static constexpr const char* kOpenSchema = R"({"type":"object"})";

  expression::Run makeRun() {
    return expression::Run{workspace.output, problems, workspace, times::ZoneOffset(480), day};
  }

  std::vector<std::unique_ptr<schema::Schema>> schemas_;
  SchemaIndex index_;
  expression::CodeTables tables_;
  std::string source_;
};

}  // namespace lianqiao::pipeline
