#include "pipeline/mapping.h"

#include "fuzz/fuzz.h"
#include "yaml/yaml_reader.h"

namespace lianqiao::fuzz {
namespace {

using namespace pipeline;

const schema::Schema& openSchema() {
  static const schema::Schema schema = [] {
    std::vector<Problem> none;
    return schema::Schema::compile(
               R"({"type":"object","properties":{"title":{"type":"string"},"createdTime":{"type":"string","format":"date-time"},
                   "votes":{"type":"integer"},"location":{"type":"object"},"tags":{"type":"array","items":{"type":"string"}}}})",
               none)
        .value();
  }();
  return schema;
}

/// What a mapping makes of a source: the made JSON, then the problems.
std::string made(const Mapping& mapping, const json::Value& source,
                 expression::Workspace& workspace) {
  workspace.output.clear();
  if (!mapping.bind(source, workspace)) return "not for this mapping";
  std::vector<Problem> problems;
  expression::Run run{workspace.output, problems, workspace, times::ZoneOffset(480),
                      expression::Day(std::chrono::days(20'000))};
  record::Record record;
  record.peer = "fuzz";
  json::Value time;
  if (mapping.direction() == Mapping::Direction::inbound) {
    mapping.envelope(run, "fuzz", record, time);
    run.record = &record;
    demand(time.isNull() || time.isString(), "a time is text or nothing");
  }
  std::string text = json::write(mapping.make(run));
  json::Document document;
  demand(json::parse(text, document).ok(), "what a mapping makes is JSON");
  for (const Problem& problem : problems) {
    demand(!problem.code.empty() && !problem.message.empty(), "a problem says what is wrong");
    text += "\n" + problem.code + " " + problem.path + " " + problem.message;
  }
  return text + "\n" + record.key + " " + record.sourceId + " " + record.revision;
}

}  // namespace

/// A mapping, a code table `t`, and a source.
LIANQIAO_FUZZ_TARGET(mapping) {
  const auto parts = texts(input, 3);
  yaml::Findings findings;
  expression::CodeTables tables;
  if (!parts[1].empty()) {
    if (const auto node = yaml::YamlReader::readText(parts[1], "codes/t.yaml", findings))
      tables["t"] = expression::CodeTable::compile("t", *node, findings);
  }
  const auto node = yaml::YamlReader::readText(parts[0], "mappings/m.yaml", findings);
  if (!node) return;
  yaml::Findings faults;
  const SchemaIndex schemas{{"thing", &openSchema()}};
  const auto mapping = Mapping::compile("m", *node, tables, schemas, faults);
  demand((mapping != nullptr) == faults.empty(), "a mapping is either compiled or has findings");
  // A table with findings of its own is known by name only; no mapping that names it is run.
  if (!mapping || !findings.empty()) return;
  expression::Workspace workspace;
  if (!json::parse(parts[2], workspace.input)) return;
  const std::string once = made(*mapping, workspace.input.root, workspace);
  demand(made(*mapping, workspace.input.root, workspace) == once,
         "the same source gives the same record");
}

}  // namespace lianqiao::fuzz
