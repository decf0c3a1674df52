// What is done once per record: check it against its schema, make its id, fingerprint and event.
// The order has 25 properties and 1 KB.
#include <benchmark/benchmark.h>

#include <stdexcept>
#include <string>
#include <vector>

#include "base/ids.h"
#include "record/event.h"
#include "record/fingerprint.h"
#include "record/redact.h"
#include "record/schema_set.h"

namespace {

using namespace lianqiao;

const std::string& workOrder() {
  static const std::string text =
      R"({"orderNo":"SL20240527000123","serialNo":"ZK-2024-118842","title":"小区门口路灯夜间不亮",)"
      R"("content":"我住在示范小区三号楼，门口三盏路灯已经一周不亮，老人晚上出门不方便，请尽快维修。",)"
      R"("orderType":{"code":"help","text":"求助"},"category":{"code":"lighting","text":"路灯"},)"
      R"("urgency":{"code":"normal","text":"一般"},"channel":{"code":"phone","text":"来电"},)"
      R"("status":{"code":"in_progress","text":"办理中"},"reporter":{"name":"张示例",)"
      R"("phone":"13800008000","anonymous":false},"subject":{"name":"示例物业"},)"
      R"("location":{"address":"示范县示例街道一号","point":{"lng":114.0251088,"lat":33.0128131,)"
      R"("datum":"wgs84"}},"division":"411702001000","grid":{"code":"411702001001003"},)"
      R"("department":{"name":"城市管理局"},"assignedTo":{"name":"李经办"},)"
      R"("createdTime":"2024-05-27T02:08:51+08:00","dispatchedTime":"2024-05-27T03:10:00+08:00",)"
      R"("deadline":"2024-06-03T23:59:59+08:00","replies":[{"content":"已安排抢修。",)"
      R"("time":"2024-05-28T09:00:00+08:00"}],"votes":{"for":12,"against":0},)"
      R"("relatedOrder":"SL20240520000007","isSecret":false,"wantsReply":true,)"
      R"("sourceFields":{"来电标签":"老年人"}})";
  return text;
}

struct Fixture {
  record::SchemaSet schemas;
  json::Document document;

  Fixture() {
    std::vector<Problem> problems;
    schemas.load(LIANQIAO_SOURCE_DIR "/schemas", problems);
    if (!json::parse(workOrder(), document).ok()) throw std::runtime_error("the order is no JSON");
    type().schema.check(document.root, problems);
    if (!problems.empty()) throw std::runtime_error(problems[0].path + " " + problems[0].message);
  }
  [[nodiscard]] const record::TypeSchema& type() const { return *schemas.find("work_order"); }
};

Fixture& fixture() {
  static Fixture made;
  return made;
}

void checkWorkOrder(benchmark::State& state) {
  const Fixture& f = fixture();
  std::vector<Problem> problems;
  for (auto _ : state) benchmark::DoNotOptimize(f.type().schema.check(f.document.root, problems));
  state.counters["bytes"] = static_cast<double>(workOrder().size());
  state.counters["properties"] = static_cast<double>(f.document.root.size());
}
BENCHMARK(checkWorkOrder);

void makeId(benchmark::State& state) {
  const base::SystemClock clock;
  base::IdSource ids(clock, 1);
  for (auto _ : state) benchmark::DoNotOptimize(ids.next());
}
BENCHMARK(makeId);

void fingerprintWorkOrder(benchmark::State& state) {
  std::string buffer;
  for (auto _ : state) {
    benchmark::DoNotOptimize(record::fingerprint(
        "work_order", "SL1", {fixture().document.root, "2026-11-20T08:15:00+08:00"}, buffer));
  }
}
BENCHMARK(fingerprintWorkOrder);

void writeEvent(benchmark::State& state) {
  const Fixture& f = fixture();
  record::Record order;
  order.id = "01HYVK1M8Z0000000000000000";
  order.peer = "city-hotline";
  order.key = "SL20240527000123";
  order.sourceId = order.key;
  std::string out;
  for (auto _ : state) {
    out.clear();
    record::appendEvent(order, {f.type().eventType, f.type().dataSchema, {}, {}}, f.document.root,
                        out);
    benchmark::DoNotOptimize(out.data());
  }
}
BENCHMARK(writeEvent);

void redactWorkOrder(benchmark::State& state) {
  const Fixture& f = fixture();
  for (auto _ : state) {
    benchmark::DoNotOptimize(record::redacted(f.type().schema.source(), f.document.root));
  }
}
BENCHMARK(redactWorkOrder);

}  // namespace

BENCHMARK_MAIN();
