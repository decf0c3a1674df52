// A node comes over to another primary, which may lack the last writes of the one before.
#include "queue/group_words.h"
#include "queue/scripts.h"
#include "support/queue_fixture.h"

namespace lianqiao::queue {
namespace {

class Follow : public QueueTest {
 protected:
  long long follow(const std::string& node, long long start, const Keys& keys = Keys("lq")) {
    redis::RedisCommand command;
    beginScript(command, Script::follow, keys, 2);
    command.word(node);
    command.word(start);
    const auto reply = runScript(*redis_, command);
    EXPECT_TRUE(reply.ok()) << (reply.ok() ? "" : reply.error().detail);
    return reply.ok() ? (*reply)->number() : -1;
  }
  long long number(const redis::RedisCommand& command) {
    return (*redis_->call(command))->number();
  }
  void SetUp() override {
    QueueTest::SetUp();
    redis_ = raw();
  }

  std::unique_ptr<redis::RedisConnection> redis_;
};

TEST_F(Follow, ThePrimaryLearnsTheNodesStartAndGivesNoTokenTwice) {
  const auto start = [this] { return number({"HGET", "{lq}:epochs", "away"}); };
  const long long fence = number({"GET", "{lq}:fence"});
  EXPECT_EQ(follow("away", 7), 1) << "it has never heard of that node";
  EXPECT_EQ(start(), 7);
  EXPECT_EQ(follow("away", 3), 1);
  EXPECT_EQ(start(), 7) << "a later start is known already";
  EXPECT_EQ(follow("away", 9), 1);
  EXPECT_EQ(start(), 9);
  EXPECT_GE(number({"GET", "{lq}:fence"}), fence + 3'000'000);
}

TEST_F(Follow, APrimaryWithoutTheQueueIsLeftAsItIs) {
  EXPECT_EQ(follow("away", 7, Keys("other")), 0);
  EXPECT_TRUE((*redis_->call({"KEYS", "{other}*"}))->items.empty());
}

}  // namespace
}  // namespace lianqiao::queue
