/// A node of its own process, for tests that kill and freeze nodes: a queue that does what lines on
/// standard input say and answers each with one line.
///   lease <peer> <max>      → the records' ids
///   begin <id>              → yes | no
///   settle <id> <kind>      → ok (kind: delivered, retry, buried, returned)
///   work <peer> <file>      → delivers all there is and notes "key record" in that file for each:
///   idle
///                             A record with "poison" in its event aborts the process.
///   begun <peer> <max>      → leases so many and begins them: their ids
///   poll <peer>             → the right's token, or none
///   cursor <peer> <cursor>  → ok, stored with the right that poll gave last
#include <cstdlib>
#include <fstream>
#include <future>
#include <iostream>
#include <map>
#include <sstream>

#include "base/clock.h"
#include "base/ids.h"
#include "base/mutex.h"
#include "storage/redis_work_queue.h"
#include "support/called_taker.h"

namespace {

using namespace lianqiao;
using namespace lianqiao::queue;
using namespace std::chrono_literals;

class Node {
 public:
  Node(storage::WorkQueue& queue, Takers& takers) : queue_(queue) {
    test::listen(takers, [this](std::string_view) {
      const base::Lock lock(mutex_);
      ready_ = true;
      changed_.notifyAll();
    });
  }

  std::string answer(const std::string& line) {
    std::istringstream words(line);
    std::string verb;
    std::string name;
    std::string rest;
    words >> verb >> name >> rest;
    if (verb == "lease") return lease(name, std::stoul(rest));
    if (verb == "begin") return queue_.deliveries().begin(held_.at(name)) ? "yes" : "no";
    if (verb == "settle") return settle(name, rest);
    if (verb == "work") return work(name, rest);
    if (verb == "begun") return begun(name, std::stoul(rest));
    if (verb == "poll") return poll(name);
    if (verb == "cursor") return cursor(name, rest);
    return "what?";
  }

 private:
  std::string lease(const std::string& peer, std::size_t max) {
    auto leases = queue_.deliveries().lease(peer, max, 1h);
    if (!leases.ok()) return leases.error().code + " " + leases.error().detail;
    std::string ids;
    for (Lease& lease : *leases) {
      ids += lease.recordId + " ";
      held_[lease.recordId] = std::move(lease);
    }
    return ids;
  }
  std::string begun(const std::string& peer, std::size_t max) {
    std::string ids = lease(peer, max);
    for (auto& [id, one] : held_)
      if (!queue_.deliveries().begin(one)) return "may not begin";
    return ids;
  }
  /// As a lane does: suspects alone, others in batches; until nothing is owed any more.
  std::string work(const std::string& peer, const std::string& file) {
    while (true) {
      auto leases = queue_.deliveries().lease(peer, 6, 30s);
      if (!leases.ok() || leases->empty()) {
        const auto depth = queue_.records().depth(peer);
        if (depth.ok() && depth->waiting + depth->leased + depth->retrying == 0) return "idle";
        awaitReady();
        continue;
      }
      std::vector<Lease> batch;
      for (Lease& one : *leases) {
        if (one.suspect) deliver({one}, file);
        if (!one.suspect) batch.push_back(std::move(one));
      }
      deliver(std::move(batch), file);
    }
  }
  void awaitReady() {
    const auto until = base::SystemClock().steady() + 1s;
    const base::Lock lock(mutex_);
    while (!ready_ && changed_.waitUntil(mutex_, until)) {
    }
    ready_ = false;
  }
  void deliver(std::vector<Lease> batch, const std::string& file) {
    std::vector<Settlement> settlements;
    std::ofstream out(file, std::ios::app);
    for (const Lease& one : batch)
      if (!queue_.deliveries().begin(one)) return;
    for (const Lease& one : batch)
      if (one.event.find("poison") != std::string::npos) std::abort();
    for (Lease& one : batch) {
      out << one.key << ' ' << one.recordId << std::endl;
      settlements.emplace_back().lease = std::move(one);
    }
    if (!settlements.empty())
      static_cast<void>(queue_.deliveries().settleNow(std::move(settlements)));
  }
  std::string settle(const std::string& id, const std::string& kind) {
    using Kind = Settlement::Kind;
    static const std::map<std::string, Kind> kinds = {{"delivered", Kind::delivered},
                                                      {"retry", Kind::retry},
                                                      {"buried", Kind::buried},
                                                      {"returned", Kind::returned}};
    Settlement settlement;
    settlement.kind = kinds.at(kind);
    settlement.lease = held_.at(id);
    const auto settled = queue_.deliveries().settleNow({std::move(settlement)});
    return settled.ok() ? "ok" : settled.error().detail;
  }
  std::string poll(const std::string& peer) {
    const auto right = queue_.pollRights().take(peer);
    if (!right.ok()) return right.error().code;
    if (!*right) return "none";
    right_ = **right;
    return right_;
  }
  std::string cursor(const std::string& peer, const std::string& cursor) {
    std::promise<bool> done;
    Submission submission;
    submission.cursor = CursorUpdate{peer, cursor, right_};
    queue_.submissions().submit(std::move(submission),
                                [&](auto result) { done.set_value(result.ok()); });
    return done.get_future().get() ? "ok" : "failed";
  }

  storage::WorkQueue& queue_;
  std::map<std::string, Lease> held_;
  std::string right_;
  base::Mutex mutex_;
  base::Condition changed_;
  bool ready_ LIANQIAO_GUARDED_BY(mutex_) = false;
};

}  // namespace

int main(int count, char** words) {
  if (count != 4) return 2;
  base::SystemClock clock;
  base::IdSource ids(clock, base::randomSeed());
  config::RedisSettings settings;
  settings.managed = false;
  settings.url = words[1];
  storage::QueueOptions options;
  options.node = words[2];
  options.data = words[3];
  const auto takers = options.takers;
  auto queue = storage::RedisWorkQueue::open(settings, {}, options, clock, ids);
  std::cout << (queue.ok() ? "ready" : queue.error().detail) << std::endl;
  if (!queue.ok()) return 1;
  Node node(**queue, *takers);
  for (std::string line; std::getline(std::cin, line);) std::cout << node.answer(line) << std::endl;
  *queue = nullptr;  // calls into the node
}
