// What waits while a group is with Redis makes the next one.
#include "lianqiao/codes.h"
#include "support/queue_fixture.h"

namespace lianqiao::queue {
namespace {

class GroupCommitTest : public QueueTest {
 protected:
  using Answer = std::future<Result<std::vector<ItemVerdict>>>;

  Answer begin(std::vector<Entry> entries, std::optional<CursorUpdate> cursor = {}) {
    auto promise = std::make_shared<std::promise<Result<std::vector<ItemVerdict>>>>();
    queue_->submissions().submit({std::move(entries), std::move(cursor)},
                                 [promise](auto result) { promise->set_value(std::move(result)); });
    return promise->get_future();
  }
  /// Redis keeps a group of one record, to another peer than `province`, until release().
  void hold() {
    admin_ = raw();
    ASSERT_TRUE(admin_->call({"CLIENT", "PAUSE", "60000", "WRITE"}).ok());
    held_ = begin({record("held", "", "", "held", {"city"})});
    for (int i = 0; i < 20; ++i) waitATick();
  }
  void release() {
    ASSERT_TRUE(admin_->call({"CLIENT", "UNPAUSE"}).ok());
    EXPECT_TRUE(held_.get().ok());
  }
  Entry large(std::string key, std::size_t bytes) {
    Entry entry = record(std::move(key), ids_.next());
    entry.body.assign(bytes, 'x');
    return entry;
  }

 private:
  std::unique_ptr<redis::RedisConnection> admin_;
  Answer held_;
};

// 256 KB are a group: the second of the first submission has no room in it, the third would have.
TEST_F(GroupCommitTest, WhatComesBehindACutSubmissionDoesNotOvertakeItsRest) {
  hold();
  std::vector<Entry> both = {large("k", 200u << 10), large("k", 100u << 10)};
  const Entry small = large("k", 1u << 10);
  const std::vector<std::string> accepted = {both[0].record->id, both[1].record->id,
                                             small.record->id};
  Answer first = begin(std::move(both)), second = begin({small});
  release();
  EXPECT_TRUE(first.get().ok());
  EXPECT_TRUE(second.get().ok());
  std::vector<std::string> delivered;
  for (int i = 0; i < 3; ++i) {
    const std::vector<Lease> leases = lease();
    ASSERT_EQ(leases.size(), 1u);
    delivered.push_back(leases[0].recordId);
    settle(leases[0]);
  }
  EXPECT_EQ(delivered, accepted);
}

// A key that no entry needs but the cursor: the script ends, and names no entry that failed.
TEST_F(GroupCommitTest, ASubmissionThatEndsTheScriptFailsAlone) {
  ASSERT_TRUE(raw()->call({"SET", "{lq}:pollers", "foreign"}).ok());
  hold();
  Answer good = begin({record("a", "1")});
  Answer bad = begin({record("b", "2")}, CursorUpdate{"hotline", "page=2", "token"});
  Answer behind = begin({record("c", "3")});
  release();
  for (Answer* answer : {&good, &bad, &behind})
    ASSERT_EQ(answer->wait_for(10s), std::future_status::ready);
  EXPECT_TRUE(good.get().ok());
  const auto refused = bad.get();
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, codes::kQueueRefused);
  EXPECT_TRUE(behind.get().ok());
  EXPECT_FALSE(queue_->health().obstacle());
}

}  // namespace
}  // namespace lianqiao::queue
