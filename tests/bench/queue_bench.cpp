// The durable storage by itself: records/s and CPU of Redis and of this process per record, for
// accepting (deduplicate, store, owe), and for leasing and settling. Events and bodies of 1 KB
// each, one destination, every guarantee on. Usage: queue_bench [records]
#include <sys/resource.h>

#include <algorithm>
#include <condition_variable>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "redis/redis_connection.h"
#include "storage/redis_work_queue.h"

namespace {

using namespace lianqiao;
using namespace std::chrono_literals;

struct Cpu {
  double redis = 0;
  double client = 0;
  std::chrono::steady_clock::time_point at;
};

double after(std::string_view text, std::string_view name) {
  return std::strtod(text.data() + text.find(name) + name.size(), nullptr);
}

Cpu cpuNow(redis::RedisConnection& redis) {
  rusage own{};
  ::getrusage(RUSAGE_SELF, &own);
  const auto info = redis.call({"INFO", "cpu"});
  if (!info.ok()) std::abort();
  const std::string text((*info)->text);
  const auto seconds = [](const timeval& t) {
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
  };
  return {after(text, "used_cpu_sys:") + after(text, "used_cpu_user:"),
          seconds(own.ru_utime) + seconds(own.ru_stime), base::SystemClock().steady()};
}

void print(const char* what, const char* sync, std::size_t group, const Cpu& from, const Cpu& to,
           std::size_t records) {
  const double n = static_cast<double>(records);
  const double seconds = std::chrono::duration<double>(to.at - from.at).count();
  std::printf("%-14s %-8s %5zu %10.0f %12.1f %12.1f\n", what, sync, group, n / seconds,
              (to.redis - from.redis) / n * 1e6, (to.client - from.client) / n * 1e6);
  std::fflush(stdout);
}

std::vector<queue::Submission> makeSubmissions(std::size_t count, base::IdSource& ids) {
  std::vector<queue::Submission> made(count);
  for (std::size_t i = 0; i < count; ++i) {
    queue::Entry& entry = made[i].entries.emplace_back();
    record::Record& record = entry.record.emplace();
    record.id = ids.next();
    record.peer = "city-hotline";
    record.type = "work_order";
    record.sourceId = "SL2024" + std::to_string(i);
    record.key = "city-hotline/" + record.sourceId;
    record.revision = "1";
    record.fingerprint = std::string(32, 'f') + record.id + "000000";
    record.event = std::string(1024, 'e');
    record.destinations = {"province"};
    entry.body = std::string(1024, 'b');
  }
  return made;
}

/// Keeps `window` submissions on their way until all are durable.
void submitAll(storage::WorkQueue& queue, std::vector<queue::Submission>& submissions,
               std::size_t window) {
  std::mutex mutex;
  std::condition_variable changed;
  std::size_t onTheWay = 0;
  const auto done = [&](const auto& result) {
    if (!result.ok()) std::abort();
    const std::lock_guard lock(mutex);
    --onTheWay;
    if (onTheWay == 0 || onTheWay == window / 2) changed.notify_one();
  };
  for (queue::Submission& submission : submissions) {
    {
      std::unique_lock lock(mutex);
      if (onTheWay >= window) changed.wait(lock, [&] { return onTheWay <= window / 2; });
      ++onTheWay;
    }
    queue.submissions().submit(std::move(submission), done);
  }
  std::unique_lock lock(mutex);
  changed.wait(lock, [&] { return onTheWay == 0; });
}

std::size_t leaseAndSettleAll(storage::WorkQueue& queue, std::size_t group) {
  std::size_t settled = 0;
  while (true) {
    auto leases = queue.deliveries().lease("province", group, 30s);
    if (!leases.ok()) std::abort();
    if (leases->empty()) break;
    settled += leases->size();
    for (queue::Lease& lease : *leases) {
      queue::Settlement settlement;
      settlement.receipt = "R-" + lease.recordId;
      settlement.lease = std::move(lease);
      queue.deliveries().settle(std::move(settlement));
    }
  }
  if (!queue.deliveries().flush().ok()) std::abort();
  return settled;
}

void run(config::Sync sync, std::size_t group, std::size_t records) {
  std::string folder = (std::filesystem::temp_directory_path() / "queue-bench-XXXXXX").string();
  if (::mkdtemp(folder.data()) == nullptr) std::abort();
  {
    base::SystemClock clock;
    base::IdSource ids(clock, 1);
    config::RedisSettings settings;
    settings.sync = sync;
    settings.groupSize = group;
    storage::QueueOptions options;
    options.data = folder;
    auto opened = storage::RedisWorkQueue::open(settings, config::Retention(), options, clock, ids);
    if (!opened.ok()) {
      std::fprintf(stderr, "%s\n", opened.error().detail.c_str());
      std::exit(1);
    }
    redis::RedisAddress address;
    address.socket = folder + "/redis/redis.sock";
    auto redis = redis::RedisConnection::open(address);
    std::vector<queue::Submission> submissions = makeSubmissions(records, ids);
    const char* name = sync == config::Sync::always ? "always" : "everysec";
    const Cpu start = cpuNow(**redis);
    submitAll(**opened, submissions, 2 * group);
    const Cpu accepted = cpuNow(**redis);
    const std::size_t settled = leaseAndSettleAll(**opened, group);
    const Cpu end = cpuNow(**redis);
    if (settled != records) std::abort();
    print("accept", name, group, start, accepted, records);
    print("lease+settle", name, group, accepted, end, records);
  }
  std::filesystem::remove_all(folder);
}

}  // namespace

int main(int count, char** words) {
  const std::size_t records = count > 1 ? std::strtoull(words[1], nullptr, 10) : 100'000;
  std::printf("%-14s %-8s %5s %10s %12s %12s\n", "step", "sync", "group", "records/s",
              "Redis us/rec", "own us/rec");
  for (const config::Sync sync : {config::Sync::always, config::Sync::everysec})
    for (const std::size_t group : {32U, 128U, 256U}) run(sync, group, records);
}
