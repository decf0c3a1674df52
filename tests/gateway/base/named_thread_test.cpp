#include "base/named_thread.h"

#include <gtest/gtest.h>
#include <pthread.h>

#include <future>
#include <string>

#include "base/mutex.h"
#include "support/manual_clock.h"

namespace lianqiao::base {
namespace {

std::string nameSeenInside(std::string_view name) {
  std::promise<std::string> seen;
  const std::jthread thread = startThread(name, [&seen](const std::stop_token&) {
    char buffer[32] = {};
    pthread_getname_np(pthread_self(), buffer, sizeof buffer);
    seen.set_value(buffer);
  });
  return seen.get_future().get();
}

TEST(NamedThread, CarriesItsName) { EXPECT_EQ(nameSeenInside("lq-deliver-1"), "lq-deliver-1"); }

TEST(NamedThread, CutsALongName) {
  EXPECT_EQ(nameSeenInside("a-name-that-is-too-long"), "a-name-that-is-");
}

TEST(NamedThread, IsAskedToStopWhenItGoes) {
  Mutex mutex;
  Condition changed;
  bool stopped = false;
  {
    const std::jthread thread = startThread("waits", [&](const std::stop_token& stop) {
      const std::stop_callback wake(stop, [&] {
        const Lock lock(mutex);
        changed.notifyAll();
      });
      const Lock lock(mutex);
      while (!stop.stop_requested()) changed.wait(mutex);
      stopped = true;
    });
  }
  EXPECT_TRUE(stopped);
}

TEST(NamedThread, AwaitsTheTimeOrWhoeverAsksToStop) {
  using namespace std::chrono_literals;
  std::stop_source source;
  EXPECT_FALSE(awaitStop(source.get_token(), 1ms));
  const std::jthread asker =
      startThread("asks", [&](const std::stop_token&) { source.request_stop(); });
  EXPECT_TRUE(awaitStop(source.get_token(), 1h));
  EXPECT_TRUE(awaitStop(source.get_token(), 1h));
}

TEST(Unlocked, GivesTheMutexBackForAWhile) {
  Mutex mutex;
  int seen = 0;
  const Lock lock(mutex);
  {
    const Unlocked meanwhile(mutex);
    const std::jthread other = startThread("other", [&](const std::stop_token&) {
      const Lock theirs(mutex);
      ++seen;
    });
  }
  EXPECT_EQ(seen, 1);
  const std::jthread later =
      startThread("later", [&](const std::stop_token&) { EXPECT_FALSE(mutex.tryLock()); });
}

TEST(Condition, TellsWhenTheTimeHasPassed) {
  Mutex mutex;
  Condition changed;
  const Lock lock(mutex);
  EXPECT_FALSE(changed.waitUntil(mutex, std::chrono::steady_clock::now()));
}

TEST(SystemClock, RunsForward) {
  const SystemClock clock;
  const auto steady = clock.steady();
  EXPECT_GT(clock.wall().time_since_epoch().count(), 1700000000000);
  EXPECT_GE(clock.steady(), steady);
}

TEST(ManualClock, MovesOnlyWhenTold) {
  test::ManualClock clock;
  const auto wall = clock.wall();
  const auto steady = clock.steady();
  EXPECT_EQ(clock.wall(), wall);
  clock.advance(std::chrono::seconds(5));
  EXPECT_EQ(clock.wall() - wall, std::chrono::seconds(5));
  EXPECT_EQ(clock.steady() - steady, std::chrono::seconds(5));
  clock.setWall(wall);
  EXPECT_EQ(clock.steady() - steady, std::chrono::seconds(5));
}

}  // namespace
}  // namespace lianqiao::base
