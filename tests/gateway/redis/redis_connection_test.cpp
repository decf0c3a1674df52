#include "redis/redis_connection.h"

#include <signal.h>

#include "fake_server.h"
#include "support/queue_fixture.h"

namespace lianqiao::redis {

using namespace queue;  // whose fixtures start servers
namespace {

using ::testing::HasSubstr;

TEST(RedisConnection, GreetsOverTcp) {
  const FakeServer server({"+PONG\r\n"});
  EXPECT_TRUE(RedisConnection::open(server.address()).ok());
}

TEST(RedisConnection, NamesWhatIsNoRedis) {
  const FakeServer server({"HTTP/1.1 400 Bad Request\r\n\r\n"});
  const auto opened = RedisConnection::open(server.address());
  ASSERT_FALSE(opened.ok());
  EXPECT_EQ(opened.error().code, "queue.unavailable");
  EXPECT_THAT(opened.error().detail, HasSubstr("no Redis answer"));
}

TEST(RedisConnection, AnAnswerCutInTheMiddleIsAnError) {
  const FakeServer server({"+PO"});
  const auto opened = RedisConnection::open(server.address());
  ASSERT_FALSE(opened.ok());
  EXPECT_THAT(opened.error().detail, HasSubstr("closed the connection"));
}

TEST(RedisConnection, AnAnswerThatClaimsAllMemoryIsAnError) {
  for (const char* answer : {"*2147483647\r\n:1\r\n", "*4000000\r\n*4000000\r\n*4000000\r\n"}) {
    const FakeServer server({answer});
    const auto connection = RedisConnection::open(server.address());
    ASSERT_FALSE(connection.ok());
    EXPECT_THAT(connection.error().detail, HasSubstr("no Redis answer"));
  }
}

TEST(RedisConnection, ExplainsRefusals) {
  const std::pair<const char*, const char*> cases[] = {
      {"-LOADING Redis is loading the dataset in memory\r\n", "this ends by itself"},
      {"-READONLY You can't write against a read only replica.\r\n", "primary"},
      {"-MISCONF Errors writing to the AOF file: No space left on device\r\n", "disk full"},
      {"-NOAUTH Authentication required.\r\n", "redis.password"}};
  for (const auto& [answer, word] : cases) {
    const FakeServer server({answer});
    const auto opened = RedisConnection::open(server.address());
    ASSERT_FALSE(opened.ok());
    EXPECT_THAT(opened.error().detail, HasSubstr(word));
  }
}

class RealConnection : public ::testing::Test {
 protected:
  void SetUp() override {
    auto started = ManagedRedis::start(config::RedisSettings(), folder_.path(), log_.sink(), 20s);
    ASSERT_TRUE(started.ok());
    server_ = std::move(*started);
    RedisAddress address = server_->address();
    address.timeout = 300ms;
    auto opened = RedisConnection::open(address);
    ASSERT_TRUE(opened.ok());
    connection_ = std::move(*opened);
  }

  TemporaryFolder folder_;
  LogLines log_;
  std::unique_ptr<ManagedRedis> server_;
  std::unique_ptr<RedisConnection> connection_;
};

TEST_F(RealConnection, ReadsEveryKindOfReply) {
  RedisCommand commands;
  commands.add({"SET", "a", "一"});
  commands.add({"GET", "a"});
  commands.add({"GET", "none"});
  commands.add({"INCR", "n"});
  commands.add({"RPUSH", "l", "x", "y"});
  commands.add({"LRANGE", "l", "0", "9"});
  commands.add({"LRANGE", "none", "0", "9"});
  commands.add({"GET", "l"});
  commands.add({"EVAL", "return {1,{'a',{false}},'b'}", "0"});
  const auto replies = connection_->exchange(commands);
  ASSERT_TRUE(replies.ok());
  ASSERT_EQ(replies->size(), 9u);
  EXPECT_EQ((*replies)[0]->text, "OK");
  EXPECT_EQ((*replies)[1]->text, "一");
  EXPECT_TRUE((*replies)[2]->isNil());
  EXPECT_EQ((*replies)[3]->integer, 1);
  EXPECT_EQ((*replies)[5]->items[1].text, "y");
  EXPECT_EQ((*replies)[6]->kind, RedisReply::Kind::array);
  EXPECT_TRUE((*replies)[7]->isError());
  EXPECT_EQ((*replies)[8]->items[1].items[0].text, "a");
  EXPECT_TRUE((*replies)[8]->items[1].items[1].items[0].isNil());
  EXPECT_EQ((*replies)[8]->items[2].text, "b");
}

TEST_F(RealConnection, LargeValuesGoBothWays) {
  auto patient = RedisConnection::open(server_->address());
  ASSERT_TRUE(patient.ok());
  const std::string large(30u << 20, 'y');
  ASSERT_TRUE((*patient)->call({"SET", "big", large}).ok());
  const auto back = (*patient)->call({"GET", "big"});
  ASSERT_TRUE(back.ok());
  EXPECT_EQ((*back)->text, large);
}

TEST_F(RealConnection, AFrozenServerEndsTheCallInTime) {
  ::kill(server_->pid(), SIGSTOP);
  const auto before = base::SystemClock().steady();
  const auto reply = connection_->call({"PING"});
  const auto took = base::SystemClock().steady() - before;
  ::kill(server_->pid(), SIGCONT);
  ASSERT_FALSE(reply.ok());
  EXPECT_THAT(reply.error().detail, HasSubstr("no answer within 300 ms"));
  EXPECT_GE(took, 300ms);
  EXPECT_FALSE(connection_->usable()) << "a late answer must not be taken for the next one's";
  EXPECT_FALSE(connection_->call({"PING"}).ok());
}

TEST_F(RealConnection, NoticesThatItWasClosed) {
  auto other = RedisConnection::open(server_->address());
  ASSERT_TRUE((*other)->call({"CLIENT", "KILL", "TYPE", "normal"}).ok());
  for (int i = 0; i < 1000 && connection_->usable(); ++i) waitATick();
  EXPECT_FALSE(connection_->usable());
}

}  // namespace
}  // namespace lianqiao::redis
