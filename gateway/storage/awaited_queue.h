#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/log_line.h"
#include "base/mutex.h"
#include "review/record_store.h"
#include "review/resend_lists.h"
#include "storage/work_queue.h"

namespace lianqiao::storage {

/// A queue whose Redis takes no records when the gateway starts: away, or reading a large file. It
/// is opened again and again on a thread of its own; until that succeeds everything fails with the
/// code of the obstacle, afterwards all goes straight through. Thread-safe.
class AwaitedQueue final : public WorkQueue,
                           private queue::Submissions,
                           private queue::Deliveries,
                           private queue::PollRights,
                           private queue::Nonces,
                           private queue::References,
                           private queue::QueueHealth {
 public:
  /// Ends soon, with a failure, once it is told to stop.
  using Open = std::function<Result<std::unique_ptr<WorkQueue>>(const std::stop_token&)>;

  /// The first pause between two openings.
  static constexpr std::chrono::milliseconds kEvery{500};

  /// Opens it, and waits at most `patience` for that. What came to an end by then is the answer:
  /// the queue itself, or why there is none. Else an AwaitedQueue whose opening goes on.
  static Result<std::unique_ptr<WorkQueue>> open(Open open, base::LogLine log,
                                                 const base::Clock& clock,
                                                 std::chrono::milliseconds patience);
  /// `open` has failed with `why` and is called until it succeeds, whatever it fails with, in
  /// pauses that grow from `every` to four times that. The clock must outlive the queue.
  AwaitedQueue(Open open, const Error& why, base::LogLine log, const base::Clock& clock,
               std::chrono::milliseconds every = kEvery);
  ~AwaitedQueue() override;

  [[nodiscard]] queue::Submissions& submissions() override { return *this; }
  [[nodiscard]] queue::Deliveries& deliveries() override { return *this; }
  [[nodiscard]] queue::PollRights& pollRights() override { return *this; }
  [[nodiscard]] queue::Nonces& nonces() override { return *this; }
  [[nodiscard]] queue::References& references() override { return *this; }
  [[nodiscard]] const queue::QueueHealth& health() const override { return *this; }
  [[nodiscard]] review::RecordStore& records() override { return records_; }
  [[nodiscard]] review::ResendLists& resends() override { return resends_; }
  [[nodiscard]] review::PeerSigns* signs() override {
    return opened() == nullptr ? nullptr : opened()->signs();
  }
  [[nodiscard]] review::DeadlineBook* deadlines() override {
    return opened() == nullptr ? nullptr : opened()->deadlines();
  }
  [[nodiscard]] record::Journal* journal() override {
    return opened() == nullptr ? nullptr : opened()->journal();
  }

 private:
  /// Its records, once it is there.
  class Records final : public review::RecordStore {
   public:
    explicit Records(AwaitedQueue& queue) : queue_(queue) {}
    Result<review::PeerDepth> depth(std::string_view peer) override;
    Result<std::map<std::string, review::PeerCounts>> counts() override;
    Result<std::vector<review::ExceptionInfo>> exceptions(
        const review::ExceptionFilter& filter) override;
    Result<std::map<std::string, std::uint64_t>> exceptionCounts() override;
    Result<std::map<std::string, review::PeerShares>> exceptionShares() override;
    Result<std::optional<review::ExceptionInfo>> exception(std::string_view id) override;
    Result<std::optional<review::EndedException>> ended(std::string_view exceptionId) override;
    Result<bool> requeue(std::string_view exceptionId, std::string_view who) override;
    Result<std::vector<review::KnownRevision>> revisions(std::string_view source,
                                                         std::string_view sourceId,
                                                         std::string_view to) override;
    Result<std::vector<review::KnownRevision>> steps(std::string_view key,
                                                     std::string_view recordId,
                                                     std::string_view to) override;
    Result<bool> dropException(std::string_view exceptionId, std::string_view note) override;
    Result<std::vector<review::HeldLeaf>> held() override;
    Result<std::optional<review::Released>> release(std::string_view peer,
                                                    std::string_view path) override;
    Result<std::vector<review::Trail>> ownTrails(std::string_view peer, std::string_view anyId,
                                                 std::size_t most) override;
    Result<std::vector<review::Trail>> trail(std::string_view anyId) override;

   private:
    AwaitedQueue& queue_;
  };
  class Resends final : public review::ResendLists {
   public:
    explicit Resends(AwaitedQueue& queue) : queue_(queue) {}
    Result<void> make(const std::string& id, const review::ResendWish& wish) override;
    Result<std::uint64_t> add(const std::string& id,
                              const std::vector<review::ListedDelivery>& deliveries) override;
    Result<std::optional<review::ResendStep>> run(
        const std::string& id, std::size_t most,
        const std::optional<review::ResendKnowledge>& known) override;
    Result<std::optional<std::vector<review::ResendVerdict>>> look(
        const std::string& id, const std::optional<review::ListedDelivery>& after,
        std::size_t most) override;
    Result<std::optional<review::ResendList>> list(const std::string& id) override;
    Result<std::vector<review::ListedDelivery>> deliveriesOf(
        const std::vector<std::string>& records) override;

   private:
    AwaitedQueue& queue_;
  };

  // Submissions.
  void submit(queue::Submission submission, Submitted done) override;
  void submitShared(std::shared_ptr<const queue::Submission> submission, Submitted done) override;
  [[nodiscard]] bool accepts() const override;
  [[nodiscard]] std::optional<Error> refusal() const override;
  /// Until it is there, nobody knows.
  [[nodiscard]] bool comparesFormer() const override {
    return opened() == nullptr || opened()->submissions().comparesFormer();
  }
  // Deliveries.
  Result<std::vector<queue::Lease>> lease(std::string_view peer, std::size_t max,
                                          std::chrono::milliseconds time) override;
  Result<std::size_t> makeRetriesDue(std::string_view peer) override;
  [[nodiscard]] bool begin(const queue::Lease& lease) override;
  void settle(queue::Settlement settlement) override;
  Result<std::vector<std::size_t>> settleNow(std::vector<queue::Settlement> settlements) override;
  Result<void> flush() override;
  // PollRights.
  Result<std::optional<std::string>> take(std::string_view peer) override;
  void giveUp(std::string_view peer) override;
  Result<std::string> cursor(std::string_view peer) override;
  // Nonces.
  Result<bool> remember(std::string_view scope, std::string_view nonce, std::string_view use,
                        std::chrono::milliseconds keep) override;
  // References.
  Result<std::vector<std::string>> keysOf(std::span<const record::Reference> ids, For who) override;
  Result<std::vector<std::string>> idsOf(std::string_view peer,
                                         std::span<const std::string> keys) override;
  Result<Lack> lack(std::string_view peer, std::string_view key, std::string_view record,
                    std::chrono::milliseconds wait) override;
  Result<Arrived> arrived(std::size_t most) override;
  Result<bool> waitOn(std::string_view exception, std::string_view what, std::string_view code,
                      std::string_view detail) override;
  // QueueHealth.
  [[nodiscard]] bool available() const override;
  [[nodiscard]] std::optional<queue::Obstacle> obstacle() const override;
  [[nodiscard]] std::string primary() const override;

  AwaitedQueue(Open open, base::LogLine log, const base::Clock& clock);
  void await(const std::stop_token& stop, bool atOnce);
  bool pause(std::chrono::milliseconds time) LIANQIAO_EXCLUDES(mutex_);
  void adopt(std::unique_ptr<WorkQueue> queue) LIANQIAO_EXCLUDES(mutex_);
  [[nodiscard]] WorkQueue* opened() const { return opened_.load(std::memory_order_acquire); }
  [[nodiscard]] Error why() const { return obstacle_.error(); }

  const Open open_;
  const base::LogLine log_;
  const std::chrono::milliseconds every_;
  Records records_{*this};
  Resends resends_{*this};

  mutable base::Mutex mutex_;
  base::Condition wake_;
  base::Condition changed_;
  std::optional<Error> failed_ LIANQIAO_GUARDED_BY(mutex_);  ///< Of the last opening.
  bool stopping_ LIANQIAO_GUARDED_BY(mutex_) = false;

  queue::ObstacleWatch obstacle_;
  std::unique_ptr<WorkQueue> queue_;
  std::atomic<WorkQueue*> opened_{nullptr};  ///< Set once, when queue_ is ready for everybody.
  std::jthread thread_;
};

}  // namespace lianqiao::storage
