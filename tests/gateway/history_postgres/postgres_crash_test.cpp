// kill -9 of the gateway, and of PostgreSQL, at any instant while batches are written, and two
// nodes that write at once: nothing twice, nothing missing.
#include <random>
#include <thread>

#include "gateway/history/history_judge.h"
#include "gateway/history_postgres/postgres_fixture.h"

namespace lianqiao::history {
namespace {

using namespace std::chrono_literals;

class PostgresCrash : public HistoryJudge<PostgresHistory> {
 protected:
  void SetUp() override {
    clock_.setWall(timeOf("2026-11-30T23:55:00Z"));
    HistoryJudge<PostgresHistory>::SetUp();
  }
  /// As the reader of a journal does: after a failure it pauses and goes on from the position.
  bool goOnUntilDone(HistoryStore& store, const Oracle& oracle) {
    for (int tries = 0; tries < 2000; ++tries) {
      if (goOn(store, oracle)) return true;
      clock_.advance(1s);
      std::this_thread::sleep_for(10ms);
    }
    return false;
  }
  void expectWholeAndAll(const Oracle& oracle) {
    EXPECT_EQ(store_->position(), oracle.batches.back().entries.back().position);
    expectAll(oracle);
    expectWhole();
  }
};

TEST_F(PostgresCrash, EachThingStandsThereOnceWheneverTheGatewayDies) {
  const Oracle oracle(scribe_, clock_, 16);
  std::mt19937 random(5);
  int deaths = 0;
  for (int life = 0; life < 20; ++life) {
    const std::chrono::microseconds after(random() % 30'000);
    deaths += writeInAChild(&PostgresStore::open, oracle, 1, after) ? 0 : 1;
  }
  RecordProperty("deaths", deaths);
  EXPECT_GE(deaths, 5) << "it was never killed while it wrote";
  ASSERT_TRUE(goOnUntilDone(*store_, oracle));
  expectWholeAndAll(oracle);
}

TEST_F(PostgresCrash, EachThingStandsThereOnceWheneverPostgresDies) {
  const Oracle oracle(scribe_, clock_, 24);
  bool done = false;
  std::thread writer([&] { done = goOnUntilDone(*store_, oracle); });
  std::mt19937 random(7);
  int deaths = 0;
  const record::JournalPosition last = oracle.batches.back().entries.back().position;
  while (deaths < 8) {
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 30'000));
    server_->kill();
    ++deaths;
    server_->start();
    clock_.advance(10s);
    if (store_->position() == last) break;
  }
  writer.join();
  EXPECT_TRUE(done);
  EXPECT_GE(deaths, 3) << "it was hardly killed while it was written";
  clock_.advance(10s);
  expectWholeAndAll(oracle);
}

TEST_F(PostgresCrash, TwoNodesThatWriteAtOnceWriteEachThingOnce) {
  const Oracle oracle(scribe_, clock_, 10);
  const auto other = another();
  bool otherDone = false;
  std::thread node([&] { otherDone = goOnUntilDone(*other, oracle); });
  EXPECT_TRUE(goOnUntilDone(*store_, oracle));
  node.join();
  EXPECT_TRUE(otherDone);
  expectWholeAndAll(oracle);
}

}  // namespace
}  // namespace lianqiao::history
