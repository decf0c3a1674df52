#include "cli/status_view.h"
#include "gateway_fixture.h"

namespace lianqiao::runtime {
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
    auto started = redis::ManagedRedis::start(
        config::RedisSettings(), folder_.path() / "outside", [](LogLevel, std::string_view) {},
        20s);
    ASSERT_TRUE(started.ok());
    redis_ = std::move(*started);
  }
  void setMaxmemory(std::string_view bytes) {
    auto connection = redis::RedisConnection::open(redis_->address());
    ASSERT_TRUE(connection.ok());
    ASSERT_TRUE((*connection)->call({"CONFIG", "SET", "maxmemory", bytes}).ok());
  }

  std::unique_ptr<redis::ManagedRedis> redis_;
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
  EXPECT_THAT(admin("GET", "/v1/status").body,
              HasSubstr(R"("obstacle":{"code":"queue.unavailable")"));
  EXPECT_THAT(admin("GET", "/v1/status").body, HasSubstr(R"("queue_error":"Redis at )"));
  startRedis();
  EXPECT_TRUE(test::eventually([&] { return platform_.taken().size() == 3; }));
  EXPECT_THAT(platform_.taken(), UnorderedElementsAre("1", "2", "3"));
  EXPECT_THAT(log(), HasSubstr("Redis is there; the queue is open."));
  ASSERT_EQ(post("app", "4"), 202);
  EXPECT_TRUE(test::eventually([&] { return platform_.taken().size() == 4; }));
}

/// The Redis that came late is looked at as one that was there from the start.
TEST_F(AwayTest, WhatARedisThatCameLateMeetsIsTold) {
  start();
  gateway_.reset();
  redis_.reset();
  start();
  startRedis();
  const auto isTold = [this](std::string_view code) {
    const std::string said = "\"obstacle\":{\"code\":\"" + std::string(code);
    return admin("GET", "/v1/status").body.find(said) != std::string::npos;
  };
  ASSERT_TRUE(test::eventually([&] { return !isTold(""); }));
  setMaxmemory("1");
  ASSERT_EQ(post("app", "1"), 202) << "the spool takes it";
  EXPECT_TRUE(test::eventually([&] { return isTold("queue.memory"); }));
  setMaxmemory("0");
  EXPECT_TRUE(test::eventually([&] { return !isTold("") && platform_.taken().size() == 1; }));
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
  yaml::Findings findings;
  auto setup = setup::loadSetup(config(), findings);
  ASSERT_TRUE(setup);
  log_ = std::make_unique<observe::Log>(observe::Log::Options{});
  const auto started = Gateway::start(std::move(*setup), *log_);
  ASSERT_FALSE(started.ok());
  EXPECT_EQ(started.error().code, "queue.unavailable");
}

/// Without a spool senders are told the cause, and so are status and metrics.
TEST_F(AwayTest, WhyNothingIsTakenIsSaidToWhoAsks) {
  std::ofstream(config() / "lianqiao.yaml", std::ios::app) << "spool: {enabled: false}\n";
  start();
  ASSERT_EQ(post("app", "1"), 202);
  setMaxmemory("1");
  std::string answer = call("POST", "/v1/peers/app/records", report("2"));
  EXPECT_THAT(answer, HasSubstr("503"));
  answer = call("POST", "/v1/peers/app/records", report("2"));
  EXPECT_THAT(answer, HasSubstr("queue.memory: the store has reached its memory limit"));
  const std::string status = admin("GET", "/v1/status").body;
  EXPECT_THAT(status, HasSubstr(R"("obstacle":{"code":"queue.memory")"));
  EXPECT_THAT(status, HasSubstr(R"("refusing":[{"peer":"","code":"queue.memory")"));
  EXPECT_TRUE(test::eventually([&] {
    return admin("GET", "/metrics").body.find("lianqiao_queue_obstacle{code=\"queue.memory\"} 1") !=
           std::string::npos;
  }));
  setMaxmemory("0");
  EXPECT_TRUE(test::eventually([&] { return post("app", "2") == 202; }));
  EXPECT_THAT(admin("GET", "/v1/status").body, HasSubstr(R"("refusing":[])"));
}

/// A damaged key refuses the records that need it: that is a state, too, with one line at its
/// begin, however often the sender comes again.
TEST_F(AwayTest, ADamagedKeyIsAStateThatStatusAndMetricsTell) {
  std::ofstream(config() / "lianqiao.yaml", std::ios::app) << "spool: {enabled: false}\n";
  start();
  ASSERT_EQ(post("app", "1"), 202);
  auto connection = redis::RedisConnection::open(redis_->address());
  ASSERT_TRUE(connection.ok());
  const std::string damaged = queue::Keys("lq").ledger("app", "2");
  ASSERT_TRUE((*connection)->call({"SET", damaged, "x"}).ok());
  for (int i = 0; i < 5; ++i) {
    EXPECT_THAT(call("POST", "/v1/peers/app/records", report("2")), HasSubstr("queue.refused"));
    EXPECT_EQ(post("app", "3" + std::to_string(i)), 202) << "all others pass";
  }
  const std::string status = admin("GET", "/v1/status").body;
  EXPECT_THAT(status, HasSubstr(R"("refusing":[{"peer":"app","code":"queue.refused")"));
  EXPECT_THAT(status, HasSubstr("WRONGTYPE"));
  EXPECT_TRUE(cli::saysSomebodyIsRefused(status)) << "lianqiao status exits 1";
  EXPECT_TRUE(test::eventually([&] {
    return admin("GET", "/metrics")
               .body.find(R"(lianqiao_refusing{peer="app",code="queue.refused"} 1)") !=
           std::string::npos;
  }));
  const std::string word = "cannot store record";
  EXPECT_TRUE(test::eventually([&] { return log().find(word) != std::string::npos; }));
  const std::string lines = log();
  std::size_t told = 0;
  for (std::size_t at = lines.find(word); at != std::string::npos; at = lines.find(word, at + 1))
    ++told;
  EXPECT_LE(told, 2u) << "of the queue and of the peer: " << lines;
  ASSERT_TRUE((*connection)->call({"DEL", damaged}).ok());
  EXPECT_EQ(post("app", "2"), 202);
}

class LoadingTest : public GatewayTest {};

/// The managed Redis may read a large file at the start: meanwhile the gateway takes what comes.
TEST_F(LoadingTest, WhileTheManagedRedisReadsItsFileTheSpoolTakesWhatComes) {
  write("slow-redis", "#!/bin/sh\nsleep 9\nexec redis-server \"$@\"\n");
  std::filesystem::permissions(config() / "slow-redis", std::filesystem::perms(0700));
  std::ofstream(config() / "lianqiao.yaml", std::ios::app)
      << "redis: {binary: \"" << (config() / "slow-redis").string() << "\"}\n";
  start();
  EXPECT_EQ(post("app", "1"), 202);
  EXPECT_THAT(admin("GET", "/v1/status").body, HasSubstr(R"("obstacle":{"code":"queue.loading")"));
  EXPECT_TRUE(test::eventually([&] { return platform_.taken().size() == 1; }));
  EXPECT_THAT(log(), HasSubstr("Redis takes records again"));
}

class ShareTest : public GatewayTest {};

/// At its share of exceptions a peer is told to wait, nobody else is, nothing quarantined is
/// dropped, and status says it with what to do.
TEST_F(ShareTest, APeerAtItsShareIsRefusedAndSaidSoUntilSomebodyHasLooked) {
  writeSender("app", "mappings: [report], exceptions: 2");
  start();
  const auto bad = [this](int n) {
    return call("POST", "/v1/peers/app/records", "{\"odd\":" + std::to_string(n) + "}");
  };
  int taken = 0;
  std::string refused = bad(taken);
  while (taken < 5 && refused.find(" 422 ") != std::string::npos) refused = bad(++taken);
  // A look at the store may count what is on its way there twice, for a second.
  EXPECT_THAT(taken, ::testing::AnyOf(1, 2));
  EXPECT_THAT(refused, HasSubstr(" 429 "));
  EXPECT_THAT(refused, HasSubstr("intake.exceptions_full"));
  EXPECT_THAT(refused, HasSubstr("Retry-After: "));
  EXPECT_EQ(post("app", "1"), 429) << "good records, too: one cannot be told before it is read";
  EXPECT_EQ(post("web", "1"), 202);
  const std::string status = admin("GET", "/v1/status").body;
  EXPECT_THAT(status, HasSubstr(R"("refusing":[{"peer":"app","code":"intake.exceptions_full")"));
  EXPECT_THAT(status, HasSubstr("lianqiao replay --peer app"));
  const auto all = admin("GET", "/v1/exceptions?peer=app").body;
  ASSERT_NE(all.find(R"("id":")"), std::string::npos) << all;
  for (std::size_t at = all.find(R"("id":")"); at != std::string::npos;
       at = all.find(R"("id":")", at + 1)) {
    const std::string id = all.substr(at + 6, all.find('"', at + 6) - at - 6);
    EXPECT_EQ(admin("POST", "/v1/exceptions/" + id + "/close?reason=seen&by=duty").status, 200);
  }
  EXPECT_TRUE(test::eventually([&] { return post("app", "1") == 202; }));
}

/// A source at its share pauses: its rows stay in the file, and come once somebody has looked.
TEST_F(ShareTest, ASourceAtItsSharePausesAndLosesNothingOfItsFile) {
  const auto drop = folder_.path() / "drop";
  std::filesystem::create_directory(drop);
  write("lianqiao.yaml",
        "data: ../data\nplugins: " LIANQIAO_BUILD_DIR "/plugins\nschemas: " LIANQIAO_SOURCE_DIR
        "/schemas\nadapters: [webhook, file_drop]\n"
        "listen: {peers: {address: 127.0.0.1, port: 0}, admin: {address: 127.0.0.1, port: 0}}\n");
  write("peers/town.yaml", "adapter: file_drop\nsettings: {folder: " + drop.string() +
                               ", settle_time: 0s, quiet_time: 0s, batch: 1}\n"
                               "inbound: {mappings: [report], exceptions: 2, poll_every: 1s}\n");
  std::ofstream(drop / "ledger.csv") << "no,what,at\n1,a,never\n2,b,never\n3,c,never\n4,d,never\n"
                                        "5,灯不亮,2026-11-20 08:15\n";
  start();
  const auto status = [this] { return admin("GET", "/v1/status").body; };
  const auto full = [&] {
    return status().find(R"("refusing":[{"peer":"town","code":"intake.exceptions_full")") !=
           std::string::npos;
  };
  const auto ids = [this] {
    std::vector<std::string> found;
    const auto all = admin("GET", "/v1/exceptions?peer=town").body;
    for (std::size_t at = all.find(R"("id":")"); at != std::string::npos;
         at = all.find(R"("id":")", at + 1))
      found.push_back(all.substr(at + 6, all.find('"', at + 6) - at - 6));
    return found;
  };
  std::size_t seen = 0;
  while (seen < 4) {
    ASSERT_TRUE(test::eventually([&] { return full() || ids().size() + seen == 4; })) << status();
    if (seen == 0) {
      // The source says so when it is its turn again.
      EXPECT_TRUE(test::eventually([&] {
        return status().find(R"("state":"waiting","cause":"intake.exceptions_full")") !=
               std::string::npos;
      })) << status();
      EXPECT_LE(ids().size(), 2u);
    }
    for (const std::string& id : ids()) {
      EXPECT_EQ(admin("POST", "/v1/exceptions/" + id + "/close?reason=seen&by=duty").status, 200);
      ++seen;
    }
  }
  EXPECT_TRUE(test::eventually([&] { return platform_.taken().size() == 1; })) << status();
  EXPECT_TRUE(test::eventually([&] { return !full(); }));
}

/// A platform that rejects everything is sent no more at its share, and status says so.
TEST_F(ShareTest, APlatformThatRejectsEverythingIsSentNoMoreAndNothingIsDropped) {
  http::ScriptedPeer rejecting([](http::Accepted& accepted, int) {
    while (!accepted.request().empty())
      if (!accepted.send("HTTP/1.1 422 No\r\nContent-Length: 2\r\n\r\n{}")) return;
  });
  write("peers/grid.yaml", "adapter: webhook\nsettings: {url: \"" + rejecting.url("/take") +
                               "\"}\n"
                               "outbound: {mappings: [plain], concurrency: 1, exceptions: 2}\n");
  start();
  for (int i = 0; i < 8; ++i) ASSERT_EQ(post("app", std::to_string(i)), 202);
  const auto status = [this] { return admin("GET", "/v1/status").body; };
  // A look at the store may count twice what was buried since the one before, for a second.
  const auto paused = [&] {
    const std::string now = status();
    return now.find(R"("state":"paused","cause":"intake.exceptions_full")") != std::string::npos &&
           now.find(R"("refusing":[{"peer":"grid","code":"intake.exceptions_full")") !=
               std::string::npos &&
           now.find(R"("buried":2)") != std::string::npos;
  };
  ASSERT_TRUE(test::eventually(paused)) << status();
  EXPECT_EQ(post("web", "9"), 202) << "who sends is not told to wait for that";
  std::this_thread::sleep_for(2500ms);
  EXPECT_TRUE(paused()) << status();

  write("peers/grid.yaml", gridText());
  reload();
  EXPECT_TRUE(test::eventually([&] { return platform_.taken().size() == 7; })) << status();
}

}  // namespace
}  // namespace lianqiao::runtime
