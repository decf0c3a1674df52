#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <future>

#include "base/clock.h"
#include "base/ids.h"
#include "spool/spooled_queue.h"
#include "storage/redis_work_queue.h"

/// spool_sender FOLDER: opens queue and spool there, freezes Redis, and submits record after
/// record; prints the number of each that is acknowledged. Ends only by being killed.
int main(int, char** arguments) {
  using namespace lianqiao;
  const std::filesystem::path folder = arguments[1];
  const base::SystemClock clock;
  base::IdSource ids(clock, base::randomSeed());
  config::RedisSettings settings;
  settings.timeout = std::chrono::milliseconds(200);
  storage::QueueOptions options;
  options.data = folder;
  auto inner = storage::RedisWorkQueue::open(settings, {}, options, clock, ids);
  if (!inner.ok()) return 1;
  auto queue = spool::SpooledQueue::open(std::move(*inner), {.folder = folder / "spool"}, clock);
  if (!queue.ok()) return 1;
  pid_t redis = 0;
  std::ifstream(folder / "redis" / "redis.pid") >> redis;
  ::kill(redis, SIGSTOP);
  for (int i = 0;; ++i) {
    queue::Submission submission;
    queue::Entry& entry = submission.entries.emplace_back();
    entry.record.emplace();
    entry.record->id = ids.next();
    entry.record->peer = "hotline";
    entry.record->key = "k";
    entry.record->sourceId = std::to_string(i);
    entry.record->fingerprint = entry.record->id;
    entry.record->event = "{}";
    entry.record->destinations = {"province"};
    std::promise<bool> stored;
    (*queue)->submissions().submit(std::move(submission), [&stored](const auto& verdicts) {
      stored.set_value(verdicts.ok());
    });
    if (!stored.get_future().get()) return 1;
    std::printf("%d\n", i);
    std::fflush(stdout);
  }
}
