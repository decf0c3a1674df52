#include <set>

#include "gateway/redis/fake_server.h"
#include "queue/scripts.h"
#include "support/queue_fixture.h"
#include "words_behind.h"

namespace lianqiao::queue {
namespace {

using ::testing::HasSubstr;

class ForeignServer : public OutsideRedisTest {
 protected:
  void set(std::string_view name, std::string_view value) {
    ASSERT_TRUE(raw()->call({"CONFIG", "SET", name, value}).ok());
  }
  Error refusal() {
    auto opened = storage::RedisWorkQueue::open(settings_, retention_, options(), clock_, ids_);
    EXPECT_FALSE(opened.ok());
    return opened.ok() ? Error() : opened.error();
  }
};

TEST_F(ForeignServer, IsUsedWhenItKeepsRecords) {
  open();
  EXPECT_EQ(submit(record("k", "1")).status, ItemVerdict::Status::accepted);
  EXPECT_EQ(lease().size(), 1u);
}

TEST_F(ForeignServer, WithoutAppendOnlyFileIsRefused) {
  set("appendonly", "no");
  const Error error = refusal();
  EXPECT_EQ(error.code, "queue.unsafe");
  EXPECT_THAT(error.detail, HasSubstr("appendonly is no but should be yes"));
  EXPECT_THAT(error.detail, HasSubstr("redis.allow_unsafe"));
}

TEST_F(ForeignServer, ThatEvictsIsRefused) {
  set("maxmemory-policy", "allkeys-lru");
  EXPECT_THAT(refusal().detail,
              HasSubstr("maxmemory-policy is allkeys-lru but should be noeviction"));
}

TEST_F(ForeignServer, ThatNeverSyncsIsRefused) {
  set("appendfsync", "no");
  EXPECT_THAT(refusal().detail, HasSubstr("appendfsync is no"));
}

TEST_F(ForeignServer, ThatSyncsOnceASecondIsUsedOnlyWhereThatIsPromised) {
  set("appendfsync", "everysec");
  EXPECT_THAT(refusal().detail, HasSubstr("appendfsync is everysec but should be always"));
  settings_.sync = config::Sync::everysec;
  open();
}

TEST_F(ForeignServer, AReplicaIsRefused) {
  ASSERT_TRUE(raw()->call({"REPLICAOF", "127.0.0.1", "1"}).ok());
  EXPECT_THAT(refusal().detail, HasSubstr("replica"));
}

TEST_F(ForeignServer, IsUsedAllTheSameWhenToldToTakeTheRisk) {
  set("appendonly", "no");
  settings_.allowUnsafe = true;
  open();
  EXPECT_THAT(log_.all(), ::testing::Contains(HasSubstr("may lose records")));
}

TEST_F(ForeignServer, AnotherLayoutUnderOurPrefixIsRefused) {
  ASSERT_TRUE(raw()->call({"SET", "{lq}:format", "99"}).ok());
  const Error error = refusal();
  EXPECT_EQ(error.code, "queue.unsafe");
  EXPECT_THAT(error.detail, HasSubstr("layout 99"));
  settings_.prefix = "other";
  open();
}

TEST_F(ForeignServer, ForeignKeysUnderOurPrefixAreRefusedAndNamed) {
  ASSERT_TRUE(raw()->call({"SET", "{lq}:open:province", "somebody else's"}).ok());
  const Error error = refusal();
  EXPECT_EQ(error.code, "queue.unsafe");
  EXPECT_THAT(error.detail, HasSubstr("{lq}:open:province"));
  EXPECT_THAT(error.detail, HasSubstr("redis.prefix"));
  EXPECT_EQ((*raw()->call({"EXISTS", "{lq}:format"}))->integer, 0) << "not claimed";
  settings_.prefix = "other";
  open();
  queue_.reset();
  open();
}

TEST_F(ForeignServer, OfAnOlderVersionIsRefused) {
  const std::string info = "redis_version:6.2.14\r\nrole:master\r\n";
  const redis::FakeServer old(
      {"+PONG\r\n", "$" + std::to_string(info.size()) + "\r\n" + info + "\r\n"});
  settings_.url = "redis://" + old.address().text();
  const Error error = refusal();
  EXPECT_EQ(error.code, "queue.unsafe");
  EXPECT_THAT(error.detail, HasSubstr("version 6.2.14; 7.0 or newer is needed"));
}

TEST_F(ForeignServer, PrefixesKeepTwoQueuesApart) {
  open();
  submit(record("k", "1"));
  auto first = std::move(queue_);
  settings_.prefix = "second";
  open();
  EXPECT_TRUE(lease().empty());
}

TEST_F(ForeignServer, AsksForItsPassword) {
  set("requirepass", "s3cret");
  Error error = refusal();
  EXPECT_EQ(error.code, "queue.rights");
  EXPECT_THAT(error.detail, HasSubstr("redis.password"));
  settings_.password = Secret("wrong");
  error = refusal();
  EXPECT_THAT(error.detail, ::testing::Not(HasSubstr("wrong ")));
  settings_.password = Secret("s3cret");
  open();
  EXPECT_EQ(submit(record("k", "1")).status, ItemVerdict::Status::accepted);
}

TEST_F(ForeignServer, WhoseUserLacksACommandIsRefusedAndTheCommandIsNamed) {
  const auto redis = raw();
  const auto allow = [&](std::initializer_list<std::string_view> rules) {
    redis::RedisCommand command;
    command.begin(3 + rules.size());
    for (const char* word : {"ACL", "SETUSER", "gateway"}) command.word(word);
    for (const std::string_view rule : rules) command.word(rule);
    ASSERT_TRUE(redis->call(command).ok());
  };
  settings_.user = "gateway";
  settings_.password = Secret("s3cret");
  allow({"on", ">s3cret", "~{lq}*", "+@all", "-hdel", "-pexpire"});
  const Error error = refusal();
  EXPECT_EQ(error.code, "queue.unsafe");
  EXPECT_THAT(error.detail, HasSubstr("may not run PEXPIRE, HDEL on keys under {lq} (ERR The user "
                                      "executing the script can't run this command"));
  EXPECT_THAT(error.detail, HasSubstr("ACL SETUSER gateway +PEXPIRE +HDEL"));
  allow({"-del"});
  EXPECT_THAT(refusal().detail, HasSubstr("may not run DEL"));
  EXPECT_EQ((*redis->call({"DBSIZE"}))->integer, 0) << "nothing is left behind";
  allow({"+del", "+hdel", "+pexpire", "-multi"});
  EXPECT_THAT(refusal().detail, HasSubstr("multi"));
  allow({"+multi"});
  open();
  EXPECT_EQ(submit(record("k", "1")).status, ItemVerdict::Status::accepted);
  settle(lease().at(0));
  EXPECT_EQ(counts().delivered, 1u);
}

TEST_F(ForeignServer, AForeignKeyWhereCommandsAreTriedStays) {
  ASSERT_TRUE(raw()->call({"SET", "{lq}:probe", "somebody else's"}).ok());
  EXPECT_THAT(refusal().detail, HasSubstr("{lq}:probe"));
  EXPECT_EQ((*raw()->call({"GET", "{lq}:probe"}))->text, "somebody else's");
}

TEST(Probe, TriesEveryCommandOfTheScripts) {
  std::set<std::string> tried = wordsBehind(textOf(Script::probe), "{ '");
  tried.merge(wordsBehind(textOf(Script::probe), "pcall('"));
  std::set<std::string> called;
  for (const Script script : kScripts)
    if (script != Script::probe) called.merge(wordsBehind(textOf(script), "call('"));
  EXPECT_GT(called.size(), 15u);
  for (const std::string& one : called) EXPECT_TRUE(tried.contains(one)) << one;
}

TEST_F(ForeignServer, AnotherDatabaseIsAnotherQueue) {
  open();
  submit(record("k", "1"));
  queue_.reset();
  settings_.url += "?db=3";
  open();
  EXPECT_TRUE(lease().empty());
}

TEST_F(ForeignServer, NobodyThereIsNamed) {
  settings_.url = "unix://" + (folder_.path() / "none.sock").string();
  const Error error = refusal();
  EXPECT_EQ(error.code, "queue.unavailable");
  EXPECT_THAT(error.detail, HasSubstr("none.sock"));
}

TEST_F(ForeignServer, TwoNodesShareTheWorkWithoutDoublingIt) {
  open();
  storage::QueueOptions other = options();
  other.node = "second";
  auto second = storage::RedisWorkQueue::open(settings_, retention_, other, clock_, ids_);
  ASSERT_TRUE(second.ok());
  std::vector<Entry> entries;
  for (int i = 0; i < 20; ++i)
    entries.push_back(record("k" + std::to_string(i % 10), std::to_string(i)));
  submit(std::move(entries));
  const std::vector<Lease> mine = lease(5);
  const auto theirs = (*second)->deliveries().lease("province", 100, 30s);
  ASSERT_TRUE(theirs.ok());
  EXPECT_EQ(mine.size() + theirs->size(), 10u) << "one of each key";
  for (int i = 0; i < 10; ++i) waitATick();
  EXPECT_EQ(depth().leased, 10u) << "neither sweeper takes the other for a former run";
}

}  // namespace
}  // namespace lianqiao::queue
