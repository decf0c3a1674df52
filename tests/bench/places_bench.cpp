// The grid of a place, at 3,000 grids of 80 points each: asked in the datum of the files, and in
// another one, so that each place is converted. Each row is the median of its repetitions, and how
// far they spread (cv).
#include <benchmark/benchmark.h>

#include <random>

#include "gateway/places/lattice.h"
#include "places/grids.h"
#include "places/polygon_check.h"

namespace {

using namespace lianqiao::places;

constexpr int kColumns = 60;
constexpr int kRows = 50;

const std::vector<GridPolygon>& polygons() {
  static const std::vector<GridPolygon> made = Lattice(kColumns, kRows, 20).polygons();
  return made;
}

const Grids& grids() {
  static const Grids made(polygons(), Datum::gcj02);
  return made;
}

/// More than the caches hold, everywhere in the county.
std::vector<Coordinate> places(Datum told) {
  std::mt19937 random(1);
  // Not where the county's own border wavers: all are found.
  std::uniform_real_distribution<> column(1, kColumns - 1);
  std::uniform_real_distribution<> row(1, kRows - 1);
  std::vector<Coordinate> all;
  for (int i = 0; i < 1'000'000; ++i)
    all.push_back(convert({Lattice::kWest + column(random) * Lattice::kCell,
                           Lattice::kSouth + row(random) * Lattice::kCell},
                          Datum::gcj02, told));
  return all;
}

void ask(benchmark::State& state, Datum told) {
  const std::vector<Coordinate> all = places(told);
  std::size_t next = 0;
  std::size_t found = 0;
  for (auto _ : state) {
    found += grids().codeAt(all[next], told).empty() ? 0u : 1u;
    if (++next == all.size()) next = 0;
  }
  if (found != static_cast<std::size_t>(state.iterations()))
    state.SkipWithError("places were not found");
  state.SetItemsProcessed(state.iterations());
}
BENCHMARK_CAPTURE(ask, inTheDatumOfTheFiles, Datum::gcj02)->Repetitions(9)->ReportAggregatesOnly();
BENCHMARK_CAPTURE(ask, inWgs84, Datum::wgs84)->Repetitions(9)->ReportAggregatesOnly();
BENCHMARK_CAPTURE(ask, inBd09, Datum::bd09)->Repetitions(9)->ReportAggregatesOnly();

void build(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(Grids(polygons(), Datum::gcj02).size());
}
BENCHMARK(build)->Unit(benchmark::kMillisecond);

void checkAll(benchmark::State& state) {
  for (auto _ : state) {
    bool whole = true;
    for (const GridPolygon& one : polygons()) benchmark::DoNotOptimize(flawOf(one.polygon));
    benchmark::DoNotOptimize(overlapsOf(polygons(), 100, whole).size());
  }
}
BENCHMARK(checkAll)->Unit(benchmark::kMillisecond)->Iterations(3);

}  // namespace

BENCHMARK_MAIN();
