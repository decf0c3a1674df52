#include "gateway_fixture.h"

namespace lianqiao::app {
namespace {

using ::testing::HasSubstr;
using ::testing::UnorderedElementsAre;

/// A gateway whose Redis is not its own and may be away.
class AwayTest : public GatewayTest {
 protected:
  void SetUp() override {
    GatewayTest::SetUp();
    startRedis();
    std::ofstream(config() / "lianqiao.yaml", std::ios::app)
        << "redis: {url: \"unix://" << redis_->address().socket << "\", timeout: 1s}\n";
  }
  void startRedis() {
    auto started = queue::ManagedRedis::start(
        config::RedisSettings(), folder_.path() / "outside", [](LogLevel, std::string_view) {},
        20s);
    ASSERT_TRUE(started.ok());
    redis_ = std::move(*started);
  }

  std::unique_ptr<queue::ManagedRedis> redis_;
};

TEST_F(AwayTest, AGatewayThatIsStartedWithoutItsRedisTakesWhatComes) {
  start();
  ASSERT_EQ(post("app", "1"), 202);
  ASSERT_TRUE(test::eventually([&] { return platform_.taken().size() == 1; }));
  gateway_.reset();
  redis_.reset();
  start();
  EXPECT_THAT(log(), HasSubstr("The gateway starts without its Redis"));
  EXPECT_EQ(post("app", "2"), 202);
  EXPECT_EQ(post("app", "3"), 202);
  EXPECT_EQ(admin("GET", "/v1/trail/1").status, 503);
  EXPECT_THAT(admin("GET", "/v1/status").body, HasSubstr(R"("queue_error":"Redis at )"));
  startRedis();
  EXPECT_TRUE(test::eventually([&] { return platform_.taken().size() == 3; }));
  EXPECT_THAT(platform_.taken(), UnorderedElementsAre("1", "2", "3"));
  EXPECT_THAT(log(), HasSubstr("Redis is there; the queue is open."));
  ASSERT_EQ(post("app", "4"), 202);
  EXPECT_TRUE(test::eventually([&] { return platform_.taken().size() == 4; }));
}

TEST_F(AwayTest, AGatewayThatIsStoppedBeforeItsRedisComesKeepsWhatCame) {
  start();
  gateway_.reset();
  redis_.reset();
  start();
  EXPECT_EQ(post("app", "1"), 202);
  gateway_.reset();
  startRedis();
  start();
  EXPECT_TRUE(test::eventually([&] { return platform_.taken().size() == 1; }));
}

TEST_F(AwayTest, AGatewayThatNeverHadItsRedisDoesNotStartWithoutIt) {
  redis_.reset();
  config::Findings findings;
  auto setup = loadSetup(config(), findings);
  ASSERT_TRUE(setup);
  log_ = std::make_unique<observe::Log>(observe::Log::Options{});
  const auto started = Gateway::start(std::move(*setup), *log_);
  ASSERT_FALSE(started.ok());
  EXPECT_EQ(started.error().code, "queue.unavailable");
}

}  // namespace
}  // namespace lianqiao::app
