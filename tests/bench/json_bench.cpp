// Parsing and writing one work order of about 1 KB with 25 members: the gateway does it for every
// record.
#include <benchmark/benchmark.h>

#include "lianqiao/digest.h"
#include "lianqiao/json.h"
#include "lianqiao/text.h"

namespace {

using namespace lianqiao;

const std::string& workOrder() {
  static const std::string text =
      R"({"caseguid":"6f1e2f0a-5d8c-4b44-9a57-2f6d1b0c7e11","serialnum":"ZK202611210001","tserialnum":)"
      R"("GD2026112100017","rqsttitle":"川汇区七一路路灯连续三天不亮","rqstcontent":"市民反映七一路与大庆路)"
      R"(交叉口向东两百米范围内路灯连续三天不亮，夜间出行不便，存在安全隐患，希望相关部门尽快派人维修并答复处理)"
      R"(结果。此前已于上周致电反映，未见处理，请予督办。","rqstperson":"某市民","rqstsex":"1","rqstaddress":"周口市川汇区七一路","rqstnumber":"13900000000")"
      R"(,"linknumber":"13900000000","rqstsource":"互联网络","accordtype":"城乡建设-市政设施-0203","accordtypecode":)"
      R"("0203","answertype":"电话回复","subjectname":"市政管理处","focus":"路灯","assigndate":"2026-11-21 09:15:00")"
      R"(,"expiredate":"2026-11-28 09:15:00","resulttimemin":10080,"issignin":false,"signdate":null,"lng":114.653921,)"
      R"("lat":33.620358,"areacode":"411602000000","priority":2})";
  return text;
}

void setBytes(benchmark::State& state, std::size_t each) {
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(each));
}

void parseWorkOrder(benchmark::State& state) {
  json::Document document;
  for (auto _ : state) {
    if (!json::parse(workOrder(), document)) state.SkipWithError("refused");
    benchmark::DoNotOptimize(document.root);
  }
  setBytes(state, workOrder().size());
}
BENCHMARK(parseWorkOrder);

void writeWorkOrder(benchmark::State& state) {
  json::Document document;
  if (!json::parse(workOrder(), document)) state.SkipWithError("refused");
  std::string out;
  for (auto _ : state) {
    out.clear();
    json::write(document.root, out);
    benchmark::DoNotOptimize(out);
  }
  setBytes(state, workOrder().size());
}
BENCHMARK(writeWorkOrder);

void writeCanonicalWorkOrder(benchmark::State& state) {
  json::Document document;
  if (!json::parse(workOrder(), document)) state.SkipWithError("refused");
  std::string out;
  for (auto _ : state) {
    out.clear();
    json::writeCanonical(document.root, out);
    benchmark::DoNotOptimize(out);
  }
}
BENCHMARK(writeCanonicalWorkOrder);

void splitHundredItems(benchmark::State& state) {
  std::string body = "[";
  for (int i = 0; i < 100; ++i) body += (i == 0 ? "" : ",") + workOrder();
  body += ']';
  for (auto _ : state) benchmark::DoNotOptimize(json::splitItems(body, false));
  setBytes(state, body.size());
}
BENCHMARK(splitHundredItems);

void checkUtf8(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(isUtf8(workOrder()));
}
BENCHMARK(checkUtf8);

void hashWorkOrder(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(digest(Hash::sha256, workOrder()));
}
BENCHMARK(hashWorkOrder);

}  // namespace

BENCHMARK_MAIN();
