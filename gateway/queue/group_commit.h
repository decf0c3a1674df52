#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "base/log_line.h"
#include "base/mutex.h"
#include "base/refusal_tally.h"
#include "config/gateway_config.h"
#include "queue/group_leases.h"
#include "queue/group_lives.h"
#include "queue/group_replies.h"
#include "queue/journal_mark.h"
#include "queue/keys.h"
#include "queue/obstacle_watch.h"
#include "queue/retry_clock.h"
#include "queue/submissions.h"
#include "redis/redis_place.h"
#include "redis/replica_wait.h"

namespace lianqiao::queue {

/// One thread that makes submissions and settlements durable in groups: a group is what arrived
/// while the last one was on its way. It is one script for the submissions, which also leases to
/// whoever takes of them at once, and one for the settlements, in one transaction, so that Redis
/// syncs once. Where Redis takes no records, whatever the reason, that is an obstacle: all
/// submissions that wait fail with its code, and so does every new one at once, until a write that
/// stores nothing, tried each half second, goes through. Settlements are kept and sent again until
/// Redis takes them (the script hears each only once). What Redis refuses of one submission alone
/// fails that one with queue.refused. All public calls are thread-safe.
class GroupCommit {
 public:
  struct Settings {
    std::size_t groupSize = 256;     ///< Records per group, 1 to 1000.
    std::size_t memory = 64u << 20;  ///< Bytes of submissions that may wait.
    config::Retention retention;
    config::StepSettings steps;
    int minReplicas = 0;  ///< So many must have a group before its submissions are answered.
    std::chrono::milliseconds replicaWait{1000};
  };
  /// Called on the commit thread.
  struct Hooks {
    /// Something may be leased after that time.
    std::function<void(std::string_view peer, std::chrono::milliseconds after)> later;
    base::LogLine log;
  };

  /// What it is given by reference must outlive it.
  GroupCommit(redis::RedisPlace& place, Keys keys, Settings settings, Hooks hooks,
              const base::Clock& clock, const RetryClock& retries, LeaseCalls& leaseCalls,
              const Takers& takers, const JournalMark& journal,
              const base::Snapshot<record::LifeTables>& lives, base::IdSource& ids);
  /// Commits what was handed over, as far as Redis answers; then ends the thread.
  ~GroupCommit();

  void submit(std::shared_ptr<const Submission> submission, Submissions::Submitted done);
  /// Where to note settlements that changed nothing. Written on the commit thread, complete once
  /// await() of their tickets has succeeded; not to be read otherwise.
  struct Notes {
    std::vector<std::size_t> unheard;  ///< Their numbers.
    std::optional<Error> refused;      ///< Redis refused one for good.
  };
  struct Unheard {
    std::shared_ptr<Notes> notes;
    std::size_t number;  ///< What to note.
  };
  /// Returns a ticket for await().
  std::uint64_t settle(Settlement settlement, Unheard unheard = {});
  /// The ticket of the last settlement so far.
  [[nodiscard]] std::uint64_t settled() const;
  /// Waits until that settlement is durable; fails with queue.unavailable after the place's
  /// time-out.
  Result<void> await(std::uint64_t ticket);
  /// What was given up since the last call: queue.refused, or nothing.
  std::optional<Error> takeRefused();

  [[nodiscard]] bool available() const { return available_; }
  /// Whether submit() would be taken, but for its bound.
  [[nodiscard]] bool accepts() const { return available_ && !obstacle_.stands(); }
  [[nodiscard]] const ObstacleWatch& obstacle() const { return obstacle_; }

 private:
  struct Pending {
    std::shared_ptr<const Submission> submission;
    Submissions::Submitted done;
    std::size_t bytes = 0;
    std::size_t next = 0;  ///< Entries before it are durable, or refused.
    std::vector<ItemVerdict> verdicts;
    std::optional<Error> refused;  ///< Redis refused one of them for good.
    bool sent = false;             ///< In a group whose script failed: some of it may be stored.

    /// Its records may be in Redis already, under their ids.
    [[nodiscard]] bool mayBeThere() const { return submission->answered || sent; }
  };
  struct Queued {
    Settlement settlement;
    long long due = 0;        ///< retry: ms of the retry clock.
    std::string exceptionId;  ///< buried; delivered with a reference, should that be taken.
    Unheard unheard;
  };
  static constexpr std::size_t kMostPerGroup = 1000;  // Lua's unpack() takes some 8000 values
  /// What of the first submission(s) in work_ goes into this group.
  struct Slice {
    std::size_t count = 0;  ///< Entries, from `next`.
    bool last = false;      ///< And the cursor; the submission is then whole.
  };

  void run();
  void letOthersCome();
  bool collect();
  bool connect();
  void standDown(const Error& why);
  void standBack(const Error& why);
  void probe();
  void commit();
  void loadAgain();
  void hearAccept(const redis::RedisReply* reply, const redis::RedisReply* replicas);
  void hearSettle(const redis::RedisReply& reply);
  void lose(const Error& why);
  void cutSlices();
  [[nodiscard]] bool cursorGoes(std::size_t slice) const;
  GroupParts build();
  /// With every entry of the group, and whether it may be there already under its id.
  void eachEntry(const std::function<void(const Entry&, bool mayBeThere)>& use) const;
  /// With those of what is derived from it.
  void addLives(const Entry& entry);
  [[nodiscard]] std::size_t wordsToAccept() const;
  std::size_t buildContents();
  void buildAccept(std::size_t words);
  void buildSettle();
  void askTakers();
  [[nodiscard]] bool goesAgain(const redis::RedisReply& reply);
  void refusedGroup(const redis::RedisReply& reply);
  void accepted(const redis::RedisReply* reply);
  [[nodiscard]] Error refuse(const Pending& pending, std::string_view why);
  void settledGroup(const redis::RedisReply& reply);
  void settleFailed(const redis::RedisReply& reply);
  void finish(Pending& pending, Result<std::vector<ItemVerdict>> result);
  void failSubmissions(std::size_t count, const Error& error);
  void failAll(const Error& error);

  redis::RedisPlace& place_;
  const Keys keys_;
  const Settings settings_;
  const Hooks hooks_;
  const Takers& takers_;
  const JournalMark& journal_;
  const base::Clock& clock_;
  const RetryClock& retries_;
  base::IdSource& ids_;

  mutable base::Mutex mutex_;
  base::Condition wake_;
  base::Condition durable_;
  std::deque<Pending> incoming_ LIANQIAO_GUARDED_BY(mutex_);
  std::deque<Queued> settlements_ LIANQIAO_GUARDED_BY(mutex_);
  std::size_t bytes_ LIANQIAO_GUARDED_BY(mutex_) = 0;
  std::uint64_t ticketsGiven_ LIANQIAO_GUARDED_BY(mutex_) = 0;
  std::uint64_t ticketsDurable_ LIANQIAO_GUARDED_BY(mutex_) = 0;
  std::optional<Error> refused_ LIANQIAO_GUARDED_BY(mutex_);
  bool stopping_ LIANQIAO_GUARDED_BY(mutex_) = false;
  std::atomic<bool> available_{false};
  ObstacleWatch obstacle_;

  // Of the commit thread alone.
  std::unique_ptr<redis::RedisConnection> connection_;
  base::RefusalTally refusals_;
  redis::ReplicaWait replicas_;
  GroupLeases leases_;
  GroupLives lives_;
  const LifeOf lifeOf_ = [this](const record::Record& record) { return lives_.wordsOf(record); };
  int lacking_ = 0;  ///< So many groups in a row lacked the table of a life cycle.
  std::chrono::milliseconds backOff_{0};
  std::chrono::steady_clock::time_point nextProbe_{};
  std::deque<Pending> work_;
  std::vector<Slice> slices_;
  WallTime now_{};           ///< Of the group.
  std::size_t acceptLimit_;  ///< Submissions in a group.
  std::vector<Queued> settling_;
  std::size_t settleLimit_;
  redis::RedisCommand command_;
  std::set<std::string, std::less<>> awake_;

  std::jthread thread_;
};

}  // namespace lianqiao::queue
