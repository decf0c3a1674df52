#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/log_line.h"
#include "base/mutex.h"
#include "spool/nonce_book.h"
#include "spool/spool_file.h"
#include "storage/work_queue.h"

namespace lianqiao::spool {

struct SpoolOptions {
  std::filesystem::path folder;
  std::size_t size = 1u << 30;                   ///< Bytes of submissions, at most.
  std::chrono::milliseconds asideAgain{60'000};  ///< First pause until what lies aside is tried.
  base::LogLine log = [](LogLevel, std::string_view) {};
};

/// Adds the exceptions of a submission, by peer.
void addExceptions(const queue::Submission& submission,
                   std::map<std::string, queue::ExceptionShare>& shares);

/// A queue in front of the queue: while Redis is away, submissions go into a file on this node,
/// synced before they are answered, and from there to Redis, in order, when it is back. Everything
/// else goes straight through. Thread-safe.
///
/// Order: from the first submission that Redis does not take, all later ones go behind it into the
/// file, until the last one of the file is on its way to Redis. What Redis may have taken although
/// its answer was lost is submitted again under the same ids, which Redis recognises.
///
/// Not spooled: submissions with a cursor (what is polled stays with its source and is polled
/// again). Duplicates and conflicts show only when Redis looks: from the spool everything is
/// answered as accepted, and counted later.
///
/// Redis takes no records for whatever reason (queue/obstacle_watch.h): that is an outage like any
/// other. What Redis refuses of one submission alone (queue.refused: a damaged key) holds nobody
/// up: it is written aside, answered as accepted, and tried again at each start and after pauses
/// that grow from a minute to an hour. Of what was polled the cursor then moves on.
class SpooledQueue final : public storage::WorkQueue,
                           private queue::Submissions,
                           private queue::Nonces,
                           private queue::QueueHealth {
 public:
  /// Opens the file (SpoolFile::open() tells how it fails); what lies in it goes first. The clock
  /// must outlive the queue.
  static Result<std::unique_ptr<storage::WorkQueue>> open(std::unique_ptr<storage::WorkQueue> inner,
                                                          SpoolOptions options,
                                                          const base::Clock& clock);
  /// What waits is written to the file.
  ~SpooledQueue() override;

  [[nodiscard]] queue::Submissions& submissions() override { return *this; }
  [[nodiscard]] queue::Nonces& nonces() override { return *this; }
  [[nodiscard]] const queue::QueueHealth& health() const override { return *this; }
  [[nodiscard]] queue::Deliveries& deliveries() override { return inner_->deliveries(); }
  [[nodiscard]] queue::PollRights& pollRights() override { return inner_->pollRights(); }
  [[nodiscard]] queue::References& references() override { return inner_->references(); }
  [[nodiscard]] review::RecordStore& records() override { return inner_->records(); }
  [[nodiscard]] review::ResendLists& resends() override { return inner_->resends(); }
  [[nodiscard]] review::PeerSigns* signs() override { return inner_->signs(); }
  [[nodiscard]] review::DeadlineBook* deadlines() override { return inner_->deadlines(); }
  [[nodiscard]] record::Journal* journal() override { return inner_->journal(); }

 private:
  using TimePoint = std::chrono::steady_clock::time_point;

  // Submissions.
  /// Fails with queue.full when the spool has no room, with queue.unavailable when the file cannot
  /// be written, and with the code of the obstacle for a submission with a cursor.
  void submit(queue::Submission submission, Submitted done) override;
  void submitShared(std::shared_ptr<const queue::Submission> submission, Submitted done) override;
  [[nodiscard]] bool accepts() const override;
  [[nodiscard]] std::optional<Error> refusal() const override;
  [[nodiscard]] bool comparesFormer() const override {
    return inner_->submissions().comparesFormer();
  }
  // Nonces.
  /// While Redis is away the file remembers; what Redis was told before is known, too.
  Result<bool> remember(std::string_view scope, std::string_view nonce, std::string_view use,
                        std::chrono::milliseconds keep) override;
  // QueueHealth.
  [[nodiscard]] bool available() const override { return inner_->health().available(); }
  [[nodiscard]] std::string primary() const override { return inner_->health().primary(); }
  [[nodiscard]] std::optional<queue::Obstacle> obstacle() const override {
    return inner_->health().obstacle();
  }
  [[nodiscard]] std::optional<queue::SpoolDepth> spool() const override;

  using Shared = std::shared_ptr<const queue::Submission>;
  using Shares = std::map<std::string, queue::ExceptionShare>;  // by peer

  /// On its way into the file.
  struct Waiting {
    Shared submission;
    Submitted done;
    std::size_t bytes = 0;
    bool refused = false;  ///< Redis has failed to take it: it must be written.
  };
  /// On its way to Redis out of the file.
  struct Sent {
    std::size_t bytes = 0;
    Shares shares;
  };
  /// What Redis said of a row.
  struct Answer {
    std::int64_t number = 0;
    std::optional<Error> error;
  };
  struct NonceRequest {
    StoredNonce nonce;
    std::promise<Result<void>> stored;
  };

  SpooledQueue(std::unique_ptr<storage::WorkQueue> inner, SpoolOptions options,
               std::unique_ptr<SpoolFile> file, const base::Clock& clock);

  // Callers' side.
  void sendDirect(std::uint64_t number, const Shared& submission, Submitted done);
  void hearDirect(std::uint64_t number, const Shared& submission, const Submitted& done,
                  Result<std::vector<ItemVerdict>> result);
  [[nodiscard]] std::optional<Error> noRoomFor(std::size_t bytes) const LIANQIAO_REQUIRES(mutex_);
  void enqueue(std::uint64_t number, Waiting waiting) LIANQIAO_REQUIRES(mutex_);
  Result<void> storeNonce(StoredNonce nonce);
  [[nodiscard]] bool waits() const;

  // The thread's side.
  void run();
  bool awaitWork();
  void hearAnswers();
  void hearRefusal(const RowName& row, const Error& error);
  void takeUpAside();
  void countStored();
  void goDirect();
  void store();
  std::vector<Waiting> takeWaiting(SpoolWrite& write);
  std::vector<Waiting> takeRefused(SpoolWrite& write);
  std::vector<NonceRequest> takeNonces(SpoolWrite& write);
  void answer(std::vector<Waiting>& taken, const std::optional<Error>& error);
  void moveOn(Waiting& one);
  void drain();
  bool send(StoredRow row);
  void tell();
  [[nodiscard]] bool hasRoom() const;

  const SpoolOptions options_;
  const base::Clock& clock_;
  NonceBook book_;

  mutable base::Mutex mutex_;
  base::Condition wake_;
  std::atomic<bool> spooling_{true};  ///< Changed under the mutex only.
  std::uint64_t numbers_ LIANQIAO_GUARDED_BY(mutex_) = 0;
  std::size_t direct_ LIANQIAO_GUARDED_BY(mutex_) = 0;  ///< On their way to Redis, not of the file.
  std::map<std::uint64_t, Waiting> waiting_ LIANQIAO_GUARDED_BY(mutex_);  ///< In order of arrival.
  std::size_t waitingBytes_ LIANQIAO_GUARDED_BY(mutex_) = 0;
  std::vector<NonceRequest> nonces_ LIANQIAO_GUARDED_BY(mutex_);
  std::vector<Answer> answers_ LIANQIAO_GUARDED_BY(mutex_);
  queue::SpoolDepth depth_ LIANQIAO_GUARDED_BY(mutex_);
  std::vector<Waiting> refused_ LIANQIAO_GUARDED_BY(mutex_);  ///< For good: to be written aside.
  Shares shares_ LIANQIAO_GUARDED_BY(mutex_);  ///< Exceptions in the file and on their way to it.
  std::optional<Error> broken_ LIANQIAO_GUARDED_BY(mutex_);  ///< The last write failed …
  TimePoint brokenUntil_ LIANQIAO_GUARDED_BY(mutex_);        ///< … and is not tried before.
  bool closing_ LIANQIAO_GUARDED_BY(mutex_) = false;

  // Of the thread alone.
  const std::unique_ptr<SpoolFile> file_;
  std::map<std::int64_t, Sent> sent_;         ///< Rows on their way to Redis.
  std::map<std::int64_t, std::size_t> gone_;  ///< Rows that Redis has and the file still has, too.
  std::map<std::int64_t, std::size_t> aside_;
  std::int64_t sentUpTo_ = 0;
  bool again_ = false;  ///< A row failed: once all are answered, start from the first one left.
  std::size_t window_;
  std::set<std::int64_t> known_;  ///< Rows set aside that the log has been told of.
  std::chrono::milliseconds asidePause_;
  TimePoint asideNext_{};
  std::chrono::milliseconds backOff_{0};
  TimePoint notBefore_{};
  bool told_ = false;  ///< The log has been told of this outage.

  std::unique_ptr<storage::WorkQueue> inner_;
  std::jthread thread_;
};

}  // namespace lianqiao::spool
