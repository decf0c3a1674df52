#pragma once

#include <chrono>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/log_line.h"
#include "base/snapshot.h"
#include "config/gateway_config.h"
#include "crash/flight_book.h"
#include "queue/group_commit.h"
#include "queue/heartbeat.h"
#include "queue/journal_mark.h"
#include "queue/keys.h"
#include "queue/lease_calls.h"
#include "queue/lease_flights.h"
#include "queue/redis_poll_rights.h"
#include "queue/redis_references.h"
#include "queue/sweeper.h"
#include "queue/takers.h"
#include "record/life_tables.h"
#include "redis/connection_pool.h"
#include "redis/managed_redis.h"
#include "review/redis_deadline_book.h"
#include "review/redis_journal.h"
#include "review/redis_peer_signs.h"
#include "review/redis_record_store.h"
#include "review/redis_resend_lists.h"
#include "storage/work_queue.h"

namespace lianqiao::storage {

/// What the queue must know beside the configuration.
struct QueueOptions {
  std::string node = "lianqiao";
  /// The managed server lives in its folder `redis`; and flights-<node>.
  std::filesystem::path data;
  /// The node's, where others note in it, too; null: its own.
  std::shared_ptr<crash::FlightBook> flights{};
  std::shared_ptr<queue::Takers> takers =
      std::make_shared<queue::Takers>();  ///< Of the deliveries.
  /// What becomes durable is noted in the journal with it.
  std::shared_ptr<queue::JournalMark> journal =
      std::make_shared<queue::JournalMark>(config::HistorySettings().journal);
  /// The life cycles by which steps are judged.
  std::shared_ptr<base::Snapshot<record::LifeTables>> lives =
      std::make_shared<base::Snapshot<record::LifeTables>>(
          std::make_shared<const record::LifeTables>());
  base::LogLine log = [](LogLevel, std::string_view) {};
  config::StepSettings steps{};
  std::chrono::milliseconds sweepEvery{1000};   ///< Also how fast a lapsed lease is found.
  std::chrono::milliseconds mendEvery{10'000};  ///< Sweeper::Settings.
  std::chrono::milliseconds beatEvery{1000};
  std::size_t memory = 64u << 20;  ///< Bytes of submissions that may wait for Redis.
  std::stop_token stop{};          ///< Requested: open() waits for the managed server no longer.
};

/// The work queue over one Redis (layout: queue/FORMAT.md). Thread-safe.
class RedisWorkQueue final : public WorkQueue,
                             private queue::Submissions,
                             private queue::Deliveries,
                             private queue::Nonces,
                             private queue::QueueHealth {
 public:
  /// Starts or adopts the managed server, or checks the one at `settings.url` or the one that the
  /// sentinels name (and later each other one that they name), and takes up what a former run left.
  /// Clock and ids must outlive the queue. Fails with config.invalid (url), queue.node_taken
  /// (another gateway beats under this node's name), queue.unsafe (the server could lose or evict
  /// records, or is too old; the message says what to set) or queue.unavailable.
  static Result<std::unique_ptr<WorkQueue>> open(const config::RedisSettings& settings,
                                                 const config::Retention& retention,
                                                 const QueueOptions& options,
                                                 const base::Clock& clock, base::IdSource& ids);
  ~RedisWorkQueue() override;

  [[nodiscard]] queue::Submissions& submissions() override { return *this; }
  [[nodiscard]] queue::Deliveries& deliveries() override { return *this; }
  [[nodiscard]] queue::PollRights& pollRights() override { return polls_; }
  [[nodiscard]] queue::Nonces& nonces() override { return *this; }
  [[nodiscard]] queue::References& references() override { return references_; }
  [[nodiscard]] const queue::QueueHealth& health() const override { return *this; }
  [[nodiscard]] review::RecordStore& records() override { return records_; }
  [[nodiscard]] review::ResendLists& resends() override { return resends_; }
  [[nodiscard]] review::PeerSigns* signs() override { return &signs_; }
  [[nodiscard]] review::DeadlineBook* deadlines() override { return &deadlines_; }
  [[nodiscard]] record::Journal* journal() override { return &redisJournal_; }

 private:
  // Submissions.
  void submit(queue::Submission submission, Submitted done) override;
  void submitShared(std::shared_ptr<const queue::Submission> submission, Submitted done) override;
  [[nodiscard]] bool accepts() const override { return commit_.accepts(); }
  [[nodiscard]] std::optional<Error> refusal() const override;
  [[nodiscard]] bool comparesFormer() const override { return clock_.wall() < formerUntil_; }
  // Deliveries.
  Result<std::vector<queue::Lease>> lease(std::string_view peer, std::size_t max,
                                          std::chrono::milliseconds time) override;
  [[nodiscard]] bool begin(const queue::Lease& lease) override;
  void settle(queue::Settlement settlement) override;
  Result<std::vector<std::size_t>> settleNow(std::vector<queue::Settlement> settlements) override;
  Result<void> flush() override;
  Result<std::size_t> makeRetriesDue(std::string_view peer) override;
  // Nonces.
  Result<bool> remember(std::string_view scope, std::string_view nonce, std::string_view use,
                        std::chrono::milliseconds keep) override;
  // QueueHealth.
  [[nodiscard]] bool available() const override { return commit_.available(); }
  [[nodiscard]] std::optional<queue::Obstacle> obstacle() const override {
    return commit_.obstacle().get();
  }
  [[nodiscard]] std::string primary() const override { return place_->primary(); }

  RedisWorkQueue(std::unique_ptr<redis::ManagedRedis> server,
                 std::unique_ptr<redis::RedisPlace> place,
                 std::shared_ptr<crash::FlightBook> flights, const queue::Keys& keys,
                 queue::NodeRun run, WallTime formerUntil, const config::RedisSettings& settings,
                 const config::Retention& retention, const QueueOptions& options,
                 const base::Clock& clock, base::IdSource& ids);

  Result<redis::ConnectionPool::Borrowed> connection();

  /// Null when it is not ours. Outlives all below.
  const std::unique_ptr<redis::ManagedRedis> server_;
  const std::unique_ptr<redis::RedisPlace> place_;
  const queue::Keys keys_;
  const base::Clock& clock_;
  const WallTime formerUntil_;

  const std::shared_ptr<queue::Takers> takers_;
  const std::shared_ptr<queue::JournalMark> journal_;
  const std::shared_ptr<base::Snapshot<record::LifeTables>> lives_;
  const std::shared_ptr<crash::FlightBook> flights_;
  queue::LeaseFlights attempts_;
  redis::ConnectionPool pool_;
  review::RedisRecordStore records_;
  review::RedisResendLists resends_;
  review::RedisPeerSigns signs_;
  review::RedisDeadlineBook deadlines_;
  review::RedisJournal redisJournal_;
  queue::RedisReferences references_;
  const queue::RetryClock retries_;
  queue::Heartbeat heart_;
  queue::RedisPollRights polls_;
  queue::Sweeper sweeper_;
  queue::LeaseCalls leaseCalls_;
  queue::GroupCommit commit_;  ///< Last: its thread calls into all of the above.
};

}  // namespace lianqiao::storage
