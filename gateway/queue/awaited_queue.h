#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "base/mutex.h"
#include "queue/log.h"
#include "queue/record_store.h"
#include "queue/work_queue.h"

namespace lianqiao::queue {

/// A queue whose Redis is away when the gateway starts. It is opened again and again on a thread of
/// its own; until that succeeds everything fails with queue.unavailable, afterwards all goes
/// straight through. Thread-safe.
class AwaitedQueue final : public WorkQueue {
 public:
  using Open = std::function<Result<std::unique_ptr<WorkQueue>>()>;

  /// `open` has failed with `why` and is called until it succeeds, whatever it fails with, in
  /// pauses that grow from `every` to four times that; the log says why, when that changes and each
  /// minute.
  AwaitedQueue(Open open, Error why, Log log,
               std::chrono::milliseconds every = std::chrono::milliseconds(500));
  ~AwaitedQueue() override;

  void submit(Submission submission, Submitted done) override;
  void submitShared(std::shared_ptr<const Submission> submission, Submitted done) override;
  Result<std::vector<Lease>> lease(std::string_view peer, std::size_t max,
                                   std::chrono::milliseconds time) override;
  Result<std::size_t> hasten(std::string_view peer) override;
  [[nodiscard]] bool begin(const Lease& lease) override;
  void settle(Settlement settlement) override;
  Result<std::vector<std::size_t>> settleNow(std::vector<Settlement> settlements) override;
  Result<void> flush() override;
  void onReady(std::function<void(std::string_view peer)> callback) override;
  void onOwed(std::function<Demand(std::string_view peer)> ask) override;
  Result<std::optional<std::string>> pollRight(std::string_view peer) override;
  void giveUpPolling(std::string_view peer) override;
  Result<std::string> cursor(std::string_view peer) override;
  Result<bool> rememberNonce(std::string_view scope, std::string_view nonce, std::string_view use,
                             std::chrono::milliseconds keep) override;
  [[nodiscard]] RecordStore& records() override { return records_; }
  [[nodiscard]] bool available() const override;
  [[nodiscard]] std::string primary() const override;

 private:
  /// Its records, once it is there.
  class Records final : public RecordStore {
   public:
    explicit Records(AwaitedQueue& queue) : queue_(queue) {}
    Result<PeerDepth> depth(std::string_view peer) override;
    Result<std::map<std::string, PeerCounts>> counts() override;
    Result<std::vector<ExceptionInfo>> exceptions(const ExceptionFilter& filter) override;
    Result<std::map<std::string, std::uint64_t>> exceptionCounts() override;
    Result<std::optional<ExceptionInfo>> exception(std::string_view id) override;
    Result<bool> requeue(std::string_view exceptionId) override;
    Result<std::vector<KnownRevision>> revisions(std::string_view source, std::string_view sourceId,
                                                 std::string_view to) override;
    Result<std::vector<KnownRevision>> steps(std::string_view key, std::string_view to) override;
    Result<bool> dropException(std::string_view exceptionId, std::string_view note) override;
    Result<std::vector<Trail>> trail(std::string_view anyId) override;

   private:
    AwaitedQueue& queue_;
  };

  void await(const std::stop_token& stop);
  void take(std::unique_ptr<WorkQueue> queue) LIANQIAO_EXCLUDES(mutex_);
  [[nodiscard]] WorkQueue* opened() const { return opened_.load(std::memory_order_acquire); }
  [[nodiscard]] Error why() const LIANQIAO_EXCLUDES(mutex_);

  const Open open_;
  const Log log_;
  const std::chrono::milliseconds every_;
  Records records_{*this};

  mutable base::Mutex mutex_;
  base::Condition wake_;
  Error why_ LIANQIAO_GUARDED_BY(mutex_);
  bool stopping_ LIANQIAO_GUARDED_BY(mutex_) = false;
  std::function<void(std::string_view)> ready_ LIANQIAO_GUARDED_BY(mutex_);
  std::function<Demand(std::string_view)> owed_ LIANQIAO_GUARDED_BY(mutex_);

  std::unique_ptr<WorkQueue> queue_;
  std::atomic<WorkQueue*> opened_{nullptr};  ///< Set once, when queue_ is ready for everybody.
  std::jthread thread_;
};

}  // namespace lianqiao::queue
