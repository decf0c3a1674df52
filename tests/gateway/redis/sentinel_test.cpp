#include <algorithm>
#include <iostream>
#include <map>
#include <set>

#include "gateway/redis/watched_redis.h"
#include "redis/redis_place.h"
#include "spool/spooled_queue.h"

/// A drill with three real redis-servers and three real sentinels.
namespace lianqiao::redis {

using namespace queue;  // whose fixtures start servers
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using TimePoint = std::chrono::steady_clock::time_point;

TimePoint now() { return base::SystemClock().steady(); }

long long since(TimePoint before) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(now() - before).count();
}

Entry numbered(base::IdSource& ids, int number) {
  Entry entry;
  record::Record& made = entry.record.emplace();
  made.id = ids.next();
  made.peer = "hotline";
  made.type = "work_order";
  made.key = "k" + std::to_string(number % 5);
  made.sourceId = std::to_string(number);
  made.revision = "1";
  made.fingerprint = made.event = std::to_string(number);
  made.destinations = {"province"};
  entry.body = "{}";
  return entry;
}

Result<std::vector<ItemVerdict>> submitTo(storage::WorkQueue& queue, Entry entry) {
  std::promise<Result<std::vector<ItemVerdict>>> promise;
  auto answer = promise.get_future();
  Submission submission;
  submission.entries.push_back(std::move(entry));
  queue.submissions().submit(std::move(submission),
                             [&](auto result) { promise.set_value(std::move(result)); });
  return answer.get();
}

/// Numbered records go in, each sent again until it is acknowledged, and out again all the while.
class Flow {
 public:
  Flow(storage::WorkQueue& queue, base::IdSource& ids)
      : queue_(queue), sender_([this, &ids] { send(ids); }), taker_([this] { take(); }) {}
  ~Flow() { stop(); }
  Flow(const Flow&) = delete;
  Flow& operator=(const Flow&) = delete;

  [[nodiscard]] int acknowledged() const { return acknowledged_; }
  /// Milliseconds until something that was sent after this call was acknowledged.
  long long awaitNext() {
    const TimePoint before = now();
    const int at = acknowledged_ + 1;  // the one on its way may have been sent before
    EXPECT_TRUE(awaits([&] { return acknowledged_ > at; }, 30s)) << refusal();
    return since(before);
  }
  std::string refusal() {
    const std::lock_guard lock(mutex_);
    return refusal_;
  }
  /// Ends the sending, waits for the last delivery and judges.
  void finish() {
    sending_ = false;
    sender_.join();
    // Each number was acknowledged before the next was sent.
    const auto lost = [this] {
      const std::lock_guard lock(mutex_);
      int count = 0;
      for (int number = 0; number < acknowledged_; ++number) count += seen_.count(number) == 0;
      return count;
    };
    EXPECT_TRUE(awaits([&] { return lost() == 0; }, 20s)) << lost() << " are lost";
    stop();
    EXPECT_EQ(outOfOrder_, 0);
    std::cout << "[  drill   ] acknowledged=" << acknowledged_ << " delivered=" << seen_.size()
              << " again=" << again_ << " refused=" << refused_ << " out_of_order=" << outOfOrder_
              << std::endl;
  }

 private:
  void stop() {
    sending_ = taking_ = false;
    if (sender_.joinable()) sender_.join();
    if (taker_.joinable()) taker_.join();
  }
  void send(base::IdSource& ids) {
    for (int number = 0; sending_; ++number) {
      for (bool taken = false; sending_ && !taken; waitATick()) {
        auto answer = submitTo(queue_, numbered(ids, number));
        taken = answer.ok();
        if (taken) continue;
        ++refused_;
        const std::lock_guard lock(mutex_);
        refusal_ = answer.error().detail;
      }
      if (sending_) ++acknowledged_;
    }
  }
  void take() {
    while (taking_) {
      auto leases = queue_.deliveries().lease("province", 20, 2s);
      if (!leases.ok() || leases->empty()) {
        waitATick();
        continue;
      }
      std::vector<Settlement> settlements;
      for (Lease& lease : *leases) {
        const bool may = queue_.deliveries().begin(lease);
        if (may) note(lease);
        Settlement& one = settlements.emplace_back();
        one.kind = may ? Settlement::Kind::delivered : Settlement::Kind::returned;
        one.lease = std::move(lease);
      }
      static_cast<void>(queue_.deliveries().settleNow(std::move(settlements)));
    }
  }
  void note(const Lease& lease) {
    const int number = std::stoi(lease.event);
    const std::lock_guard lock(mutex_);
    if (!seen_.insert(number).second) {
      ++again_;
      return;
    }
    const auto last = last_.emplace(lease.key, -1).first;
    if (number < last->second) ++outOfOrder_;
    last->second = number;
  }

  storage::WorkQueue& queue_;
  std::atomic<bool> sending_{true};
  std::atomic<bool> taking_{true};
  std::atomic<int> acknowledged_{0};
  int refused_ = 0;
  std::mutex mutex_;
  std::string refusal_;
  std::set<int> seen_;
  std::map<std::string, int> last_;
  int again_ = 0;
  int outOfOrder_ = 0;
  std::jthread sender_;
  std::jthread taker_;
};

class FailOver : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { redis_ = std::make_unique<WatchedRedis>(); }
  static void TearDownTestSuite() { redis_.reset(); }
  void SetUp() override { redis_->heal(); }

  std::unique_ptr<storage::WorkQueue> open(const config::RedisSettings& settings,
                                           std::string node = "one") {
    storage::QueueOptions options;
    options.node = std::move(node);
    options.log = log_.sink();
    auto opened = storage::RedisWorkQueue::open(settings, {}, std::move(options), clock_, ids_);
    EXPECT_TRUE(opened.ok()) << (opened.ok() ? "" : opened.error().detail);
    return opened.ok() ? std::move(*opened) : nullptr;
  }
  /// A queue of its own for each test.
  static config::RedisSettings settings() {
    config::RedisSettings made = redis_->settings();
    made.prefix = ::testing::UnitTest::GetInstance()->current_test_info()->name();
    return made;
  }

  static std::unique_ptr<WatchedRedis> redis_;
  base::SystemClock clock_;
  base::IdSource ids_{clock_, base::randomSeed()};
  LogLines log_;
};
std::unique_ptr<WatchedRedis> FailOver::redis_;

TEST_F(FailOver, AKilledPrimaryIsFollowedAndNothingAcknowledgedIsLost) {
  const auto queue = open(settings());
  ASSERT_NE(queue, nullptr);
  Flow flow(*queue, ids_);
  flow.awaitNext();
  RedisProcess& old = redis_->primary();
  EXPECT_EQ(queue->health().primary(), old.address().text());
  old.kill();
  std::cout << "[  drill   ] kill to first acknowledged write: " << flow.awaitNext() << " ms"
            << std::endl;
  EXPECT_NE(queue->health().primary(), old.address().text());
  EXPECT_THAT(log_.all(), Contains(HasSubstr("now; before: " + old.address().text())));
  old.start();
  EXPECT_TRUE(awaits([&] { return old.info("role") == "slave"; }, 30s)) << "as a replica";
  flow.awaitNext();
  flow.finish();
}

TEST_F(FailOver, WithoutReplicasNothingIsAcknowledgedUntilTheyAreBack) {
  const auto queue = open(settings());
  ASSERT_NE(queue, nullptr);
  Flow flow(*queue, ids_);
  flow.awaitNext();
  RedisProcess& primary = redis_->primary();
  for (const auto& server : redis_->servers)
    if (server.get() != &primary) server->freeze();
  EXPECT_TRUE(awaits([&] { return !flow.refusal().empty(); }, 10s));
  const int before = flow.acknowledged();
  EXPECT_THAT(flow.refusal(), HasSubstr("has 0 of 1 replicas"));
  EXPECT_TRUE(queue->health().available()) << "what is there already goes on being delivered";
  EXPECT_FALSE(awaits([&] { return flow.acknowledged() > before; }, 1500ms));
  for (const auto& server : redis_->servers) server->thaw();
  std::cout << "[  drill   ] replicas back to first acknowledged write: " << flow.awaitNext()
            << " ms" << std::endl;
  flow.finish();
}

TEST_F(FailOver, WithASpoolWhatTheReplicasLackIsKeptThere) {
  TemporaryFolder folder;
  spool::SpoolOptions options;
  options.folder = folder.path();
  auto opened = spool::SpooledQueue::open(open(settings()), std::move(options), clock_);
  ASSERT_TRUE(opened.ok());
  storage::WorkQueue& queue = **opened;
  RedisProcess& primary = redis_->primary();
  for (const auto& server : redis_->servers)
    if (server.get() != &primary) server->freeze();
  EXPECT_TRUE(submitTo(queue, numbered(ids_, 1)).ok());
  EXPECT_EQ(queue.health().spool()->submissions, 1u);
  for (const auto& server : redis_->servers) server->thaw();
  EXPECT_TRUE(awaits([&] { return queue.health().spool()->submissions == 0; }, 10s));
  const auto depth = queue.records().depth("province");
  ASSERT_TRUE(depth.ok());
  EXPECT_EQ(depth->waiting, 1u) << "though Redis was told of it more than once";
}

TEST_F(FailOver, AFrozenPrimaryThatWakesGetsNoAcknowledgedWrites) {
  const auto queue = open(settings());
  ASSERT_NE(queue, nullptr);
  RedisProcess& old = redis_->primary();
  // A node that is cut off together with the old primary: no sentinel tells it otherwise.
  config::RedisSettings alone = settings();
  alone.sentinels.clear();
  alone.url = "redis://" + old.address().text();
  alone.prefix = "isolated";
  const auto isolated = open(alone, "isolated");
  ASSERT_NE(isolated, nullptr);
  EXPECT_TRUE(submitTo(*isolated, numbered(ids_, 1'000'000)).ok());
  Flow flow(*queue, ids_);
  flow.awaitNext();
  old.freeze();
  std::cout << "[  drill   ] freeze to first acknowledged write: " << flow.awaitNext() << " ms"
            << std::endl;
  old.thaw();
  int taken = 0;
  for (int i = 1; i <= 5; ++i) taken += submitTo(*isolated, numbered(ids_, 1'000'000 + i)).ok();
  EXPECT_EQ(taken, 0);
  EXPECT_NE(queue->health().primary(), old.address().text());
  flow.awaitNext();
  flow.finish();
}

TEST_F(FailOver, AnOutdatedSentinelThatNamesAReplicaIsNotBelieved) {
  RedisProcess& primary = redis_->primary();
  const auto replica = std::find_if(redis_->servers.begin(), redis_->servers.end(),
                                    [&](const auto& server) { return server.get() != &primary; });
  // Without the servers' password it hears of no fail-over.
  const TemporaryFolder folder;
  const RedisProcess outdated(
      folder.path(),
      "sentinel monitor orders 127.0.0.1 " + std::to_string((*replica)->port()) + " 1\n",
      "--sentinel", "watch");
  RedisAddress silent = primary.address();
  silent.port = freePort();
  const auto place = [&](std::vector<RedisAddress> sentinels) {
    return std::make_unique<RedisPlace>(
        std::make_unique<Sentinels>(std::move(sentinels), WatchedRedis::kName, primary.address()),
        log_.sink());
  };
  const auto deceived = place({silent, outdated.address()});
  const auto refused = deceived->open();
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().detail, HasSubstr("is no primary (role slave)"));
  const auto mixed = place({outdated.address(), redis_->sentinels[0]->address(), silent});
  const auto opened = mixed->open();
  ASSERT_TRUE(opened.ok()) << opened.error().detail;
  EXPECT_EQ(mixed->primary(), primary.address().text());
}

TEST_F(FailOver, AnOutdatedSentinelIsNotBelievedAfterALaterFailOverWasFollowed) {
  RedisProcess& former = redis_->primary();
  former.kill();  // when only asked for it, a busy sentinel may decline a fail-over for long
  ASSERT_TRUE(awaits([&] { return redis_->primary().port() != former.port(); }, 60s));
  redis_->heal();
  RedisProcess& primary = redis_->primary();
  // A primary, too, as its sentinel says: but from before any fail-over.
  const TemporaryFolder folder;
  const RedisProcess stranger(folder.path() / "stranger", "", "", "s3cret");
  const RedisProcess outdated(
      folder.path() / "outdated",
      "sentinel monitor orders 127.0.0.1 " + std::to_string(stranger.port()) + " 1\n", "--sentinel",
      "watch");
  RedisProcess& right = *redis_->sentinels[0];
  RedisPlace place(
      std::make_unique<Sentinels>(std::vector<RedisAddress>{right.address(), outdated.address()},
                                  WatchedRedis::kName, primary.address()),
      log_.sink());
  auto opened = place.open();
  ASSERT_TRUE(opened.ok()) << opened.error().detail;
  EXPECT_EQ(place.primary(), primary.address().text());

  right.freeze();
  primary.ask({"CLIENT", "KILL", "TYPE", "normal"});
  EXPECT_FALSE((*opened)->call({"PING"}).ok()) << "so that the sentinels are asked again";
  const auto refused = place.open();
  right.thaw();
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().detail, HasSubstr("know only an older fail-over"));
  EXPECT_EQ(place.primary(), primary.address().text());
  EXPECT_TRUE(awaits([&] { return place.open().ok(); }, 10s));
  EXPECT_EQ(place.primary(), primary.address().text());
}

TEST_F(FailOver, WhatEachSentinelSaidIsToldWhenNoneKnowsThePrimary) {
  RedisAddress silent = redis_->sentinels[0]->address();
  silent.port = freePort();
  Sentinels sentinels({silent, redis_->servers[0]->address(), redis_->sentinels[0]->address()},
                      "nobody", redis_->servers[0]->address());
  const auto words = sentinels.ask();
  ASSERT_FALSE(words.ok());
  EXPECT_EQ(words.error().code, "queue.unavailable");
  EXPECT_THAT(words.error().detail, HasSubstr("Connection refused"));
  EXPECT_THAT(words.error().detail, HasSubstr("is no sentinel"));
  EXPECT_THAT(words.error().detail, HasSubstr("knows no primary 'nobody' (redis.primary)"));
}

TEST_F(FailOver, ANodeComesBackToItsPlaceOnAPrimaryThatLacksItsLastWrites) {
  config::RedisSettings own = settings();
  const auto queue = open(own);
  ASSERT_NE(queue, nullptr);
  ASSERT_TRUE(submitTo(*queue, numbered(ids_, 1)).ok());
  RedisProcess& old = redis_->primary();
  const Keys keys(own.prefix);
  // What it would find there, had these writes not come over in time.
  EXPECT_NE(old.ask({"HGET", keys.epochs(), "one"}), "");
  old.ask({"HDEL", keys.epochs(), "one"});
  old.ask({"WAIT", "2", "1000"});
  old.kill();
  EXPECT_TRUE(awaits([&] { return submitTo(*queue, numbered(ids_, 2)).ok(); }, 30s));
  EXPECT_EQ(redis_->primary().ask({"HGET", keys.epochs(), "one"}), "1");
  EXPECT_TRUE(awaits(
      [&] {
        const auto leases = queue->deliveries().lease("province", 10, 2s);
        return leases.ok() && !leases->empty() && queue->deliveries().begin(leases->front());
      },
      10s))
      << "it is not taken for one whose name another process has";
}

}  // namespace
}  // namespace lianqiao::redis
