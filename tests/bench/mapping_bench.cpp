// One work order of about 1.3 KB through a mapping of 25 fields, 3 code tables, 5 times and a datum
// conversion: the mapping alone, with parsing and writing around it, with validation, and the whole
// way that the intake goes.
#include <benchmark/benchmark.h>

#include "gateway/pipeline/work_order_config.h"
#include "pipeline/mapping.h"
#include "pipeline/pipeline.h"
#include "record/schema_set.h"

namespace {

using namespace lianqiao;
using namespace lianqiao::pipeline;

constexpr WallTime kReceived = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);

/// The mapping of work_order_config.h with what it needs.
struct Compiled {
  Compiled() {
    const config::GatewayConfig config = workOrderConfig();
    yaml::Findings findings;
    std::vector<Problem> problems;
    schemas.load(config.schemas, problems);
    for (std::string_view type : schemas.types()) {
      index[std::string(type)] = &schemas.find(type)->schema;
    }
    expression::CodeTables tables;
    for (const auto& [name, node] : config.codeTables) {
      tables[name] = expression::CodeTable::compile(name, node, findings);
    }
    mapping = Mapping::compile("order_in", config.mappings.at("order_in"), tables, index, findings);
    pipeline = Pipeline::compile(config, findings);
    if (!pipeline) std::abort();
  }

  json::Value map(expression::Workspace& workspace, std::vector<Problem>& problems) const {
    workspace.output.clear();
    expression::Run run{workspace.output, problems, workspace, times::ZoneOffset(480),
                        expression::Day()};
    if (!mapping->bind(workspace.input.root, workspace)) return {};
    return mapping->make(run);
  }

  record::SchemaSet schemas;
  SchemaIndex index;
  std::shared_ptr<const Mapping> mapping;
  std::unique_ptr<Pipeline> pipeline;
};

const Compiled& compiled() {
  static const Compiled instance;
  return instance;
}

void finish(benchmark::State& state, const std::vector<Problem>& problems) {
  if (!problems.empty()) state.SkipWithError(problems[0].message.c_str());
  state.SetItemsProcessed(state.iterations());
}

void mapOnly(benchmark::State& state) {
  expression::Workspace workspace;
  std::vector<Problem> problems;
  const std::string text = kOrder;
  if (!json::parse(text, workspace.input)) state.SkipWithError("refused");
  for (auto _ : state) benchmark::DoNotOptimize(compiled().map(workspace, problems));
  finish(state, problems);
}
BENCHMARK(mapOnly);

void parseMapWrite(benchmark::State& state) {
  expression::Workspace workspace;
  std::vector<Problem> problems;
  const std::string text = kOrder;
  std::string out;
  for (auto _ : state) {
    if (!json::parse(text, workspace.input)) state.SkipWithError("refused");
    out.clear();
    json::write(compiled().map(workspace, problems), out);
    benchmark::DoNotOptimize(out);
  }
  finish(state, problems);
}
BENCHMARK(parseMapWrite);

void parseMapValidateWrite(benchmark::State& state) {
  expression::Workspace workspace;
  std::vector<Problem> problems;
  const std::string text = kOrder;
  std::string out;
  const schema::Schema& schema = compiled().schemas.find("work_order")->schema;
  for (auto _ : state) {
    if (!json::parse(text, workspace.input)) state.SkipWithError("refused");
    out.clear();
    const json::Value data = compiled().map(workspace, problems);
    if (!schema.accepts(data)) state.SkipWithError("invalid");
    json::write(data, out);
    benchmark::DoNotOptimize(out);
  }
  finish(state, problems);
}
BENCHMARK(parseMapValidateWrite);

void process(benchmark::State& state) {
  expression::Workspace workspace;
  RawItem item;
  item.body = kOrder;
  std::vector<Problem> problems;
  for (auto _ : state) {
    Processed out = compiled().pipeline->process("hotline", item, "01J0000000000000000000TEST",
                                                 kReceived, workspace);
    if (!out.problems.empty()) problems = std::move(out.problems);
    benchmark::DoNotOptimize(out.record.event);
  }
  finish(state, problems);
}
BENCHMARK(process);

void outbound(benchmark::State& state) {
  expression::Workspace workspace;
  RawItem item;
  item.body = kOrder;
  const std::string event =
      compiled()
          .pipeline->process("hotline", item, "01J0000000000000000000TEST", kReceived, workspace)
          .record.event;
  for (auto _ : state) {
    benchmark::DoNotOptimize(compiled().pipeline->outbound("grid", event, workspace));
  }
  finish(state, {});
}
BENCHMARK(outbound);

}  // namespace

BENCHMARK_MAIN();
