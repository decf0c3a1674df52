// kill -9 at any instant while batches are written: nothing twice, nothing missing.
#include <random>

#include "gateway/history/history_judge.h"
#include "gateway/history_sqlite/sqlite_fixture.h"

namespace lianqiao::history {
namespace {

using HistoryCrash = HistoryJudge<SqliteHistory>;

TEST_F(HistoryCrash, EachThingStandsThereOnceWhenever) {
  clock_.setWall(timeOf("2026-11-30T23:40:00Z"));
  const Oracle oracle(scribe_, clock_, 40);
  std::mt19937 random(5);
  int deaths = 0;
  for (int life = 0; life < 20; ++life) {
    const std::chrono::microseconds after(random() % 8000);
    const auto steps = static_cast<int>(random() % 3);
    deaths += writeInAChild(&SqliteStore::open, oracle, steps, after) ? 0 : 1;
  }
  RecordProperty("deaths", deaths);
  EXPECT_GE(deaths, 5) << "it was never killed while it wrote";
  open();
  ASSERT_TRUE(goOn(*store_, oracle));
  EXPECT_EQ(store_->position(), oracle.batches.back().entries.back().position);
  expectAll(oracle);
  expectWhole();
}

}  // namespace
}  // namespace lianqiao::history
