#include "redis/obstacle.h"

#include <algorithm>

#include "lianqiao/codes.h"
#include "queue/obstacle_watch.h"
#include "support/queue_fixture.h"

namespace lianqiao::queue {
namespace {

using ::testing::HasSubstr;

/// One way to make Redis refuse, and what ends it.
struct Trouble {
  const char* name;
  std::string_view code;
  std::vector<std::vector<std::string>> begin, end;
};

std::vector<Trouble> troubles() {
  return {
      {"Memory",
       codes::kQueueMemory,
       {{"CONFIG", "SET", "maxmemory", "1"}},
       {{"CONFIG", "SET", "maxmemory", "0"}}},
      {"Disk",
       codes::kQueueDisk,
       {{"CONFIG", "SET", "save", "3600 1"}, {"BGSAVE"}},
       {{"CONFIG", "SET", "save", ""}}},
      {"Replica",
       codes::kQueueReadOnly,
       {{"REPLICAOF", "127.0.0.1", "1"}},
       {{"REPLICAOF", "NO", "ONE"}}},
      {"Replicas",
       codes::kQueueReplicas,
       {{"CONFIG", "SET", "min-replicas-to-write", "1"}},
       {{"CONFIG", "SET", "min-replicas-to-write", "0"}}},
      {"Rights",
       codes::kQueueRights,
       {{"ACL", "SETUSER", "default", "-hset"}},
       {{"ACL", "SETUSER", "default", "+hset"}}},
      {"Scripts",
       codes::kQueueRights,
       {{"ACL", "SETUSER", "default", "-evalsha"}},
       {{"ACL", "SETUSER", "default", "+evalsha"}}},
      {"Transactions",
       codes::kQueueRights,
       {{"ACL", "SETUSER", "default", "-exec"}},
       {{"ACL", "SETUSER", "default", "+exec"}}},
      {"Beginnings",
       codes::kQueueRights,
       {{"ACL", "SETUSER", "default", "-multi"}},
       {{"ACL", "SETUSER", "default", "+multi"}}},
  };
}

class Obstacles : public QueueTest, public ::testing::WithParamInterface<Trouble> {
 protected:
  void tell(const std::vector<std::vector<std::string>>& commands) {
    if (redis_ == nullptr) redis_ = raw();  // a new one may be refused its greeting, too
    for (const auto& words : commands) {
      redis::RedisCommand command;
      command.begin(words.size());
      for (const std::string& word : words) command.word(word);
      const auto said = redis_->call(command);
      ASSERT_TRUE(said.ok()) << said.error().detail;
    }
  }
  std::unique_ptr<redis::RedisConnection> redis_;
  Submission one(const std::string& sourceId) {
    Submission submission;
    submission.entries.push_back(record("k", sourceId));
    return submission;
  }
  std::size_t linesWith(std::string_view text) {
    const auto lines = log_.all();
    return static_cast<std::size_t>(std::count_if(
        lines.begin(), lines.end(),
        [&](const std::string& line) { return line.find(text) != std::string::npos; }));
  }
};

/// Whatever the reason for which Redis takes no records, it is one state with its cause: it begins
/// and ends with one line in the log, refuses at once while it lasts, and ends by itself.
TEST_P(Obstacles, EachRefusalIsOneStateWithItsCauseFromItsBeginToItsEnd) {
  const Trouble& trouble = GetParam();
  submit(record("k", "before"));
  // A folder where the snapshot belongs: it cannot be written.
  std::filesystem::create_directories(folder_.path() / "redis/dump.rdb/in/the/way");
  tell(trouble.begin);
  Result<std::vector<ItemVerdict>> refused = trySubmit(one("refused"));
  for (int i = 0; i < 2000 && refused.ok(); ++i) {
    waitATick();  // a snapshot fails in a process of its own
    refused = trySubmit(one("refused-" + std::to_string(i)));
  }
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, trouble.code) << refused.error().detail;
  ASSERT_TRUE(queue_->health().obstacle());
  EXPECT_EQ(queue_->health().obstacle()->code, trouble.code);
  EXPECT_FALSE(queue_->health().obstacle()->detail.empty());
  EXPECT_FALSE(queue_->submissions().accepts());
  ASSERT_TRUE(queue_->submissions().refusal());
  EXPECT_EQ(queue_->submissions().refusal()->code, trouble.code);
  EXPECT_FALSE(redis::publicReason(trouble.code).empty());
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(trySubmit(one("again")).ok());
  tell(trouble.end);
  for (int i = 0; i < 4000 && !queue_->submissions().accepts(); ++i) waitATick();
  EXPECT_FALSE(queue_->health().obstacle());
  EXPECT_EQ(submit(record("k", "after")).status, ItemVerdict::Status::accepted);
  const std::string begins = "takes no records (" + std::string(trouble.code) + ")";
  EXPECT_EQ(linesWith(begins), 1u) << ::testing::PrintToString(log_.all());
  EXPECT_EQ(linesWith("takes records again"), 1u) << ::testing::PrintToString(log_.all());
}

class CommandsLacking : public QueueTest {};

TEST_F(CommandsLacking, AreAllNamedAndHowTheyAreGiven) {
  const auto redis = raw();
  ASSERT_TRUE(redis->call({"ACL", "SETUSER", "default", "-hdel", "-pexpire"}).ok());
  const auto refused = tryWrites(*redis, Keys("lq"));
  ASSERT_TRUE(redis->call({"ACL", "SETUSER", "default", "+hdel", "+pexpire"}).ok());
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().code, codes::kQueueRights);
  EXPECT_THAT(refused.error().detail, HasSubstr("may not run PEXPIRE, HDEL on keys under {lq}"));
  EXPECT_THAT(refused.error().detail, HasSubstr("ACL SETUSER <user> +PEXPIRE +HDEL"));
  EXPECT_TRUE(tryWrites(*redis, Keys("lq")).ok());
}

INSTANTIATE_TEST_SUITE_P(OfRedis, Obstacles, ::testing::ValuesIn(troubles()),
                         [](const auto& one) { return std::string(one.param.name); });

TEST(Obstacle, EveryCauseHasAReasonThatASenderMayKnow) {
  for (const Trouble& trouble : troubles()) EXPECT_TRUE(redis::isObstacle(trouble.code));
  for (const std::string_view word : {"OOM", "MISCONF", "READONLY", "LOADING", "NOPERM", "BUSY"})
    EXPECT_TRUE(redis::isObstacle(redis::obstacleOf(std::string(word) + " what it says"))) << word;
  EXPECT_EQ(
      redis::obstacleOf("EXECABORT Transaction discarded because of: OOM command not allowed"),
      codes::kQueueMemory);
  EXPECT_TRUE(redis::isObstacle(redis::obstacleOf("EXECABORT for a reason nobody knows")));
  EXPECT_TRUE(redis::obstacleOf("WRONGTYPE Operation against a key").empty())
      << "that is one key's fault";
  EXPECT_FALSE(redis::isObstacle(codes::kQueueRefused));
  EXPECT_FALSE(redis::isObstacle(codes::kQueueFull));
}

}  // namespace
}  // namespace lianqiao::queue
