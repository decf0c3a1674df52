#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <future>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "queue/keys.h"
#include "redis/managed_redis.h"
#include "redis/redis_connection.h"
#include "storage/redis_work_queue.h"
#include "support/called_taker.h"
#include "support/eventually.h"
#include "support/log_lines.h"
#include "support/temporary_folder.h"

namespace lianqiao::queue {

using namespace std::chrono_literals;
using test::LogLines;
using test::TemporaryFolder;
using test::waitATick;

/// Time that goes only when it is told to. Thread-safe.
class ManualClock final : public base::Clock {
 public:
  [[nodiscard]] WallTime wall() const override {
    return WallTime(std::chrono::milliseconds(wall_));
  }
  [[nodiscard]] std::chrono::steady_clock::time_point steady() const override {
    return std::chrono::steady_clock::time_point(std::chrono::milliseconds(steady_));
  }
  void pass(std::chrono::milliseconds time) {
    wall_ += time.count();
    steady_ += time.count();
  }
  void jumpWall(std::chrono::milliseconds by) { wall_ += by.count(); }

 private:
  std::atomic<long long> wall_{1'717'000'000'000};
  std::atomic<long long> steady_{1'000'000};
};

/// A queue with a redis-server of its own.
class QueueTest : public ::testing::Test {
 protected:
  void SetUp() override { open(); }

  void open() {
    auto opened = storage::RedisWorkQueue::open(settings_, retention_, options(), clock_, ids_);
    ASSERT_TRUE(opened.ok()) << opened.error().detail;
    queue_ = std::move(*opened);
  }
  void reopen() {
    queue_.reset();
    open();
  }
  storage::QueueOptions options() {
    storage::QueueOptions made;
    made.node = "test";
    made.data = folder_.path();
    made.takers = takers_;
    made.log = log_.sink();
    made.sweepEvery = sweepEvery_;
    made.steps = steps_;
    made.lives = lives_;
    made.beatEvery = 100ms;
    return made;
  }

  Entry record(std::string key, std::string sourceId = {}, std::string revision = {},
               std::string content = "one", std::vector<std::string> to = {"province"}) {
    Entry entry;
    record::Record& made = entry.record.emplace();
    made.id = ids_.next();
    made.peer = "hotline";
    made.type = "work_order";
    made.key = std::move(key);
    made.sourceId = std::move(sourceId);
    made.revision = std::move(revision);
    made.fingerprint = "2:" + content;
    made.event = R"({"specversion":"1.0","data":")" + content + "\"}";
    made.destinations = std::move(to);
    entry.body = R"({"raw":")" + content + "\"}";
    return entry;
  }
  Entry high(Entry entry) {
    entry.record->priority = record::Priority::high;
    return entry;
  }
  Entry quarantined(std::string code = "validate.schema") {
    Entry entry;
    Quarantined& item = entry.quarantined.emplace();
    item.id = ids_.next();
    item.peer = "hotline";
    item.sourceId = "S-1";
    item.origin = "ledger.xlsx, row 12";
    item.problems = {{code, "/data/title", "is missing"}};
    item.code = code;
    entry.body = R"({"bad":true})";
    entry.evidence = "bad;raw";
    return entry;
  }

  Result<std::vector<ItemVerdict>> trySubmit(Submission submission) {
    std::promise<Result<std::vector<ItemVerdict>>> promise;
    auto answer = promise.get_future();
    queue_->submissions().submit(
        std::move(submission),
        [&](Result<std::vector<ItemVerdict>> result) { promise.set_value(std::move(result)); });
    return answer.get();
  }
  std::vector<ItemVerdict> submit(std::vector<Entry> entries) {
    auto result = trySubmit({std::move(entries), {}});
    EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.error().detail);
    return result.ok() ? std::move(*result) : std::vector<ItemVerdict>();
  }
  ItemVerdict submit(Entry entry) {
    std::vector<Entry> entries;
    entries.push_back(std::move(entry));
    std::vector<ItemVerdict> verdicts = submit(std::move(entries));
    return verdicts.empty() ? ItemVerdict() : verdicts.front();
  }

  std::vector<Lease> lease(std::size_t max = 100, std::string_view peer = "province") {
    auto leases = queue_->deliveries().lease(peer, max, 30s);
    EXPECT_TRUE(leases.ok()) << (leases.ok() ? "" : leases.error().detail);
    return leases.ok() ? std::move(*leases) : std::vector<Lease>();
  }
  /// Looks until there is something: for what a queue thread brings about.
  std::vector<Lease> leaseSoon(std::size_t max = 100, std::string_view peer = "province") {
    for (int i = 0; i < 2000; ++i) {
      auto leases = queue_->deliveries().lease(peer, max, 30s);
      if (leases.ok() && !leases->empty()) return std::move(*leases);
      std::this_thread::yield();
      waitATick();
    }
    ADD_FAILURE() << "nothing to lease";
    return {};
  }

  void settle(Lease lease, Settlement::Kind kind = Settlement::Kind::delivered,
              std::string receipt = {}, std::chrono::milliseconds after = 0ms) {
    Settlement settlement;
    settlement.kind = kind;
    settlement.lease = std::move(lease);
    settlement.receipt = std::move(receipt);
    settlement.after = after;
    if (kind != Settlement::Kind::delivered) {
      settlement.code = "deliver.timeout";
      settlement.detail = "no answer";
    }
    const auto settled = queue_->deliveries().settleNow({settlement});
    EXPECT_TRUE(settled.ok()) << (settled.ok() ? "" : settled.error().detail);
  }

  /// So many records of each of so many keys: their ids, by key.
  std::map<std::string, std::vector<std::string>> submitMany(int keys, int each) {
    std::map<std::string, std::vector<std::string>> ids;
    std::vector<Entry> entries;
    for (int i = 0; i < each; ++i)
      for (int k = 0; k < keys; ++k) {
        const std::string key = "k" + std::to_string(k);
        entries.push_back(record(key, key + "-" + std::to_string(i)));
        ids[key].push_back(entries.back().record->id);
      }
    submit(std::move(entries));
    return ids;
  }
  /// A worker for each queue leases a few at a time and settles them as dice fall, until as many as
  /// `all` has are delivered: what was, by key.
  static std::map<std::string, std::vector<std::string>> deliverAtRandom(
      const std::vector<storage::WorkQueue*>& queues,
      const std::map<std::string, std::vector<std::string>>& all) {
    using Kind = Settlement::Kind;
    std::atomic<std::size_t> left{0};
    for (const auto& [key, ids] : all) left += ids.size();
    std::mutex mutex;
    std::map<std::string, std::vector<std::string>> seen;
    std::vector<std::jthread> workers;
    for (unsigned w = 0; w < queues.size(); ++w)
      workers.emplace_back([&, w] {
        unsigned dice = w + 1;
        while (left > 0) {
          auto leases = queues[w]->deliveries().lease("province", 3, 30s);
          if (!leases.ok()) continue;
          for (Lease& one : *leases) {
            dice = dice * 1664525u + 1013904223u;
            const unsigned face = (dice >> 24) % 4;
            Settlement settlement;
            settlement.kind = face == 0   ? Kind::retry
                              : face == 1 ? Kind::returned
                                          : Kind::delivered;
            settlement.code = "deliver.timeout";
            if (settlement.kind == Kind::delivered) {
              const std::lock_guard lock(mutex);
              seen[one.key].push_back(one.recordId);
              --left;
            }
            settlement.lease = std::move(one);
            queues[w]->deliveries().settle(std::move(settlement));
          }
        }
      });
    workers.clear();
    for (storage::WorkQueue* queue : queues) EXPECT_TRUE(queue->deliveries().flush().ok());
    return seen;
  }
  /// Delivers until nothing has come for some looks: what there was, by key, in order.
  std::map<std::string, std::vector<std::string>> drain() {
    std::map<std::string, std::vector<std::string>> taken;
    for (int looks = 0, empty = 0; empty < 20 && looks < 4000; ++looks) {
      auto leases = queue_->deliveries().lease("province", 500, 30s);
      if (!leases.ok() || leases->empty()) {
        empty += leases.ok() ? 1 : 0;  // a slow machine may make Redis seem away
        waitATick();
        continue;
      }
      empty = 0;
      for (Lease& one : *leases) {
        taken[one.key].push_back(one.recordId);
        Settlement settlement;
        settlement.lease = std::move(one);
        queue_->deliveries().settle(std::move(settlement));
      }
      bool durable = queue_->deliveries().flush().ok();
      for (int i = 0; i < 20 && !durable; ++i) durable = queue_->deliveries().flush().ok();
      EXPECT_TRUE(durable);
    }
    return taken;
  }

  review::PeerDepth depth(std::string_view peer = "province") {
    auto depth = queue_->records().depth(peer);
    EXPECT_TRUE(depth.ok());
    return depth.ok() ? *depth : review::PeerDepth();
  }
  review::PeerCounts counts(const std::string& peer = "province") {
    auto counts = queue_->records().counts();
    EXPECT_TRUE(counts.ok());
    return counts.ok() ? (*counts)[peer] : review::PeerCounts();
  }
  review::Trail trail(std::string_view id) {
    auto found = queue_->records().trail(id);
    EXPECT_TRUE(found.ok() && found->size() == 1) << "of " << id;
    return found.ok() && !found->empty() ? found->front() : review::Trail();
  }

  /// Of the server, to be killed and frozen.
  pid_t serverPid() {
    pid_t pid = 0;
    std::ifstream(folder_.path() / "redis" / "redis.pid") >> pid;
    return pid;
  }
  /// All that is known of where the thing of that key stands; of what its own records move, the key
  /// behind its type.
  std::string standingOf(const std::string& key) {
    const auto redis = raw();
    const auto known = redis->call({"HGET", "{lq}:known:" + key, "s"});
    if (!known.ok()) return "away";
    if (!(*known)->isNil()) return std::string((*known)->text);
    const auto own = redis->call({"GET", "{lq}:life:" + key});
    return own.ok() ? std::string((*own)->text) : "away";
  }
  /// The state that it is in.
  std::string stateOf(const std::string& key) {
    const std::string text = standingOf(key);
    return text.substr(0, text.find(' '));
  }
  /// A way past the queue, to the same server.
  std::unique_ptr<redis::RedisConnection> raw() {
    redis::RedisAddress address;
    address.socket = (folder_.path() / "redis" / "redis.sock").string();
    auto opened = redis::RedisConnection::open(address);
    EXPECT_TRUE(opened.ok()) << (opened.ok() ? "" : opened.error().detail);
    return opened.ok() ? std::move(*opened) : nullptr;
  }

  /// What cannot follow is an exception at once.
  static config::StepSettings withoutWaiting() {
    config::StepSettings steps;
    steps.early = 0ms;
    return steps;
  }

  TemporaryFolder folder_;
  ManualClock clock_;
  base::IdSource ids_{clock_, 7};
  config::RedisSettings settings_;
  config::Retention retention_;
  config::StepSettings steps_ = withoutWaiting();
  /// None, but where a test has some.
  std::shared_ptr<base::Snapshot<record::LifeTables>> lives_ = storage::QueueOptions().lives;
  std::chrono::milliseconds sweepEvery_{10};
  LogLines log_;
  const std::shared_ptr<Takers> takers_ = std::make_shared<Takers>();
  std::unique_ptr<storage::WorkQueue> queue_;
};

/// A server that is not the queue's own, reached by its URL, and outlives it. Nothing is opened
/// yet.
class OutsideRedisTest : public QueueTest {
 protected:
  void SetUp() override {
    startServer();
    settings_.managed = false;
    settings_.url = "unix://" + server_->address().socket;
  }
  void startServer() {
    auto started = redis::ManagedRedis::start(config::RedisSettings(), folder_.path() / "redis",
                                              log_.sink(), 20s);
    ASSERT_TRUE(started.ok());
    server_ = std::move(*started);
  }

  std::unique_ptr<redis::ManagedRedis> server_;
};

inline std::vector<std::string> idsOf(const std::vector<Lease>& leases) {
  std::vector<std::string> ids;
  for (const Lease& lease : leases) ids.push_back(lease.recordId);
  return ids;
}

}  // namespace lianqiao::queue
