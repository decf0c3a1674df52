#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "queue/deliveries.h"

namespace lianqiao::delivery {

/// Deliveries in memory, of one peer: what is put in is leased once, what is settled is kept.
/// Thread-safe.
class FakeDeliveries final : public queue::Deliveries {
 public:
  void put(const std::string& id, bool suspect = false) {
    const std::lock_guard lock(mutex_);
    waiting_.push_back(leaseOf(id, suspect));
  }
  static queue::Lease leaseOf(const std::string& id, bool suspect = false) {
    queue::Lease lease;
    lease.peer = "province";
    lease.recordId = id;
    lease.key = "k-" + id;
    lease.event = R"({"id":")" + id + R"(","data":{}})";
    lease.until = std::chrono::steady_clock::now() + std::chrono::hours(1);
    lease.suspect = suspect;
    return lease;
  }
  /// What became of each, once there are so many.
  std::map<std::string, queue::Settlement::Kind> settled(std::size_t count) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(10), [&] { return settled_.size() >= count; });
    return settled_;
  }

  Result<std::vector<queue::Lease>> lease(std::string_view, std::size_t max,
                                          std::chrono::milliseconds time) override {
    const std::lock_guard lock(mutex_);
    ++asked;
    leaseTime = time;
    if (failures > 0) {
      --failures;
      return Error{"queue.unavailable", "Redis is away"};
    }
    std::vector<queue::Lease> given;
    for (; !waiting_.empty() && given.size() < max; waiting_.pop_front())
      given.push_back(waiting_.front());
    return given;
  }
  Result<std::size_t> makeRetriesDue(std::string_view) override { return std::size_t{0}; }
  bool begin(const queue::Lease&) override { return mayBegin; }
  void settle(queue::Settlement settlement) override {
    const std::lock_guard lock(mutex_);
    settled_[settlement.lease.recordId] = settlement.kind;
    changed_.notify_all();
  }
  Result<std::vector<std::size_t>> settleNow(std::vector<queue::Settlement>) override {
    return std::vector<std::size_t>();
  }
  Result<void> flush() override { return {}; }

  std::atomic<bool> mayBegin{true};
  std::atomic<int> asked{0};
  std::atomic<int> failures{0};
  std::atomic<std::chrono::milliseconds> leaseTime{std::chrono::milliseconds(0)};

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<queue::Lease> waiting_;
  std::map<std::string, queue::Settlement::Kind> settled_;
};

}  // namespace lianqiao::delivery
