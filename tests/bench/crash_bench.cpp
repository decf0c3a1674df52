// What the crash guard costs each request (1 KB, 10 KB) and each poll: let in, with the adapter,
// out again.
#include <benchmark/benchmark.h>

#include <cstdlib>
#include <filesystem>
#include <string>

#include "crash/crash_guard.h"

namespace {

using namespace lianqiao;

struct Node {
  std::filesystem::path folder = std::filesystem::temp_directory_path() / "lianqiao-guard-bench";
  base::SystemClock clock;
  crash::FlightBook book{(std::filesystem::create_directories(folder), folder), "bench",
                         [](LogLevel, std::string_view) {}};
  crash::CrashGuard guard{book, folder, clock, [](LogLevel, std::string_view) {}, {}};
  crash::PeerGuard peer{guard, "grid-platform", "0123456789abcdef"};
};

Node& node() {
  static Node made;
  return made;
}

void request(benchmark::State& state) {
  const std::string body(static_cast<std::size_t>(state.range(0)), 'x');
  const crash::PeerGuard& peer = node().peer;
  for (auto _ : state) {
    crash::Permit permit = peer.request("/v1/peers/grid-platform/records", body);
    permit.rest();
    permit.resume();
    benchmark::DoNotOptimize(permit.way());
  }
}
BENCHMARK(request)->Arg(1000)->Arg(10000)->Threads(1)->Threads(2);

void poll(benchmark::State& state) {
  const crash::PeerGuard& peer = node().peer;
  for (auto _ : state) benchmark::DoNotOptimize(peer.poll("2026-03-02T08:05:09+08:00 17").way());
}
BENCHMARK(poll);

}  // namespace

BENCHMARK_MAIN();
