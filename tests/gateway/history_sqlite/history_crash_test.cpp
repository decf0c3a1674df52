// kill -9 at any instant while batches are written: nothing twice, nothing missing.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <random>

#include "gateway/history/history_judge.h"
#include "gateway/history_sqlite/sqlite_fixture.h"

namespace lianqiao::history {
namespace {

using namespace std::chrono_literals;

class HistoryCrash : public HistoryJudge<SqliteHistory> {
 protected:
  /// A process that writes, until it is killed, some time after so many batches, or done; true
  /// where it was done.
  bool writeInAChild(const Oracle& oracle, int batches, std::chrono::microseconds after) {
    int ends[2];
    if (::pipe(ends) != 0) return ADD_FAILURE() << "no pipe", true;
    const pid_t child = ::fork();
    if (child == 0) {
      auto store = SqliteStore::open(
          settings_, [](LogLevel, std::string_view) {}, clock_);
      ::_exit(store.ok() && goOn(**store, oracle, ends[1]) ? 0 : 1);
    }
    ::close(ends[1]);
    char byte = 0;
    for (int i = 0; i < batches && ::read(ends[0], &byte, 1) == 1; ++i) {
    }
    ::usleep(static_cast<useconds_t>(after.count()));
    ::kill(child, SIGKILL);
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0) << "a write failed";
    return WIFEXITED(status);
  }
};

TEST_F(HistoryCrash, EachThingStandsThereOnceWhenever) {
  clock_.setWall(timeOf("2026-11-30T23:40:00Z"));
  const Oracle oracle(scribe_, clock_, 40);
  std::mt19937 random(5);
  int deaths = 0;
  for (int life = 0; life < 20; ++life) {
    const std::chrono::microseconds after(random() % 8000);
    deaths += writeInAChild(oracle, static_cast<int>(random() % 2), after) ? 0 : 1;
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
