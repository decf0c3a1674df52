#include "doctor/doctor.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include "conformance/test_data.h"
#include "gateway/http/tinyproxy.h"
#include "gateway/runtime/gateway_fixture.h"
#include "lianqiao/json.h"
#include "redis/managed_redis.h"
#include "redis/redis_connection.h"
#include "spool/spool_file.h"
#include "support/postgres_server.h"

namespace lianqiao::doctor {
namespace {

using namespace std::chrono_literals;

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

/// What a doctor says of the configuration that the test has written.
class DoctorTest : public runtime::GatewayTest {
 protected:
  [[nodiscard]] std::filesystem::path data() const { return folder_.path() / "data"; }
  void writeGateway(const std::string& more, const std::string& listen = "port: 0") const {
    write("lianqiao.yaml", "data: ../data\nplugins: " LIANQIAO_BUILD_DIR
                           "/plugins\nschemas: " LIANQIAO_SOURCE_DIR
                           "/schemas\nadapters: [webhook]\nlisten: {peers: {address: 127.0.0.1, " +
                               listen + "}, admin: {address: 127.0.0.1, port: 0}}\n" + more);
  }
  std::string examined(bool network = false) {
    const Checkup checkup = examine(config(), network);
    failed_ = checkup.failed();
    return checkup.text();
  }
  /// The lines of one grade.
  static std::string only(std::string_view grade, const std::string& text) {
    std::string found, line;
    for (std::istringstream lines(text); std::getline(lines, line);)
      if (line.starts_with(grade)) found += line + "\n";
    return found;
  }
  std::string failures(bool network = false) { return only("FAIL", examined(network)); }

  /// A redis-server in the folder of that name, as the gateway starts its own.
  std::unique_ptr<redis::ManagedRedis> redis(const std::filesystem::path& folder) const {
    auto started = redis::ManagedRedis::start(
        config::RedisSettings(), folder, [](LogLevel, std::string_view) {}, 20s);
    EXPECT_TRUE(started.ok()) << (started.ok() ? "" : started.error().detail);
    return started.ok() ? std::move(*started) : nullptr;
  }
  static void tell(const redis::ManagedRedis& server,
                   std::initializer_list<std::string_view> words) {
    auto connection = redis::RedisConnection::open(server.address());
    ASSERT_TRUE(connection.ok());
    EXPECT_TRUE((*connection)->call(words).ok());
  }
  /// The newest file of an append-only folder whose redis-server has ended.
  [[nodiscard]] std::filesystem::path appendOnlyFile() const {
    for (const auto& file : std::filesystem::directory_iterator(data() / "redis/appendonlydir"))
      if (file.path().string().ends_with(".incr.aof")) return file.path();
    ADD_FAILURE() << "no append-only file";
    return {};
  }
  void makeAppendOnlyFile() const {
    const auto server = redis(data() / "redis");
    for (int i = 0; i < 50; ++i)
      tell(*server, {"SET", "key", "a value of some length " + std::to_string(i)});
  }
  static void overwrite(const std::filesystem::path& file, std::streamoff at,
                        std::string_view bytes) {
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    stream.seekp(at);
    stream << bytes;
  }
  static std::string bytesOf(const std::filesystem::path& file) {
    std::ifstream stream(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
  }

  bool failed_ = false;
};

TEST_F(DoctorTest, AHealthyNodeHasNoFailAndNothingIsMade) {
  const std::string text = examined();
  EXPECT_FALSE(failed_) << text;
  EXPECT_THAT(text, HasSubstr("ok    the configuration in"));
  EXPECT_THAT(text, HasSubstr("will be made at the first start"));
  EXPECT_THAT(text, HasSubstr("redis-server 7"));
  EXPECT_FALSE(std::filesystem::exists(data()));
}

TEST_F(DoctorTest, ErrorsOfTheConfigurationAreTheSameAsChecks) {
  write("mappings/report.yaml", mappingText("what") + "colour: red\n");
  const std::string text = examined();
  EXPECT_TRUE(failed_);
  EXPECT_THAT(only("FAIL", text), HasSubstr("mappings/report.yaml:"));
  EXPECT_THAT(text, HasSubstr("the data folder")) << "the rest is looked at all the same";
}

TEST_F(DoctorTest, APublishedSecretIsWarnedOf) {
  write("secrets/app",
        lianqiao::test::readFile(LIANQIAO_SOURCE_DIR "/config/secrets/grid_token.example"));
  const std::string text = examined();
  EXPECT_FALSE(failed_) << text;
  EXPECT_THAT(only("warn", text),
              HasSubstr("peers/app.yaml:2:30: auth.tokens[0]: this secret is in "
                        "every checkout of the gateway"));
}

TEST_F(DoctorTest, AnAdapterThatDoesNotLoadHidesNothingElse) {
  write("lianqiao.yaml", "data: ../data\nplugins: " LIANQIAO_BUILD_DIR
                         "/plugins\nadapters: [webhok]\nredis: {binary: /bin/false}\n");
  const std::string text = failures();
  EXPECT_THAT(text, HasSubstr("did you mean webhook?"));
  EXPECT_THAT(text, HasSubstr("redis-server cannot be run"));
}

TEST_F(DoctorTest, ADataFolderThatIsAFileIsFound) {
  std::ofstream(data()) << "x";
  EXPECT_THAT(failures(), HasSubstr("is no folder"));
}

TEST_F(DoctorTest, FilesOfAnotherUserAreFound) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give files away";
  std::filesystem::create_directories(data() / "spool");
  ASSERT_EQ(::chown((data() / "spool").c_str(), 12345, 12345), 0);
  EXPECT_THAT(failures(), HasSubstr("chown -R root " + data().string()));
}

TEST_F(DoctorTest, AFullDiskIsFoundAndAnAlmostFullOneWarnedOf) {
  const auto text = [](std::uint64_t free, std::uint64_t capacity = std::uint64_t{100} << 30) {
    Checkup checkup;
    judgeSpace("/data", free, capacity, checkup);
    return checkup.text();
  };
  EXPECT_THAT(text(1u << 20), HasSubstr("FAIL  1 MiB are free for /data  — make room"));
  EXPECT_THAT(text(500u << 20), HasSubstr("warn  500 MiB"));
  EXPECT_THAT(text(100u << 20), HasSubstr("FAIL  100 MiB"));
  EXPECT_THAT(text(100u << 20, std::uint64_t{1} << 30), HasSubstr("warn  100 MiB"))
      << "the spool leaves a small disk a twentieth, not 128 MiB";
  EXPECT_THAT(text(std::uint64_t{5} << 30), HasSubstr("ok    5120 MiB"));
}

TEST_F(DoctorTest, TheSizesOfTheHistoryAreToldAheadByClass) {
  config::HistorySettings settings;
  settings.classes = {{"work_order", "orders"}};
  settings.retention = {{"orders", std::chrono::hours(24 * 69)}};
  settings.sent = std::chrono::hours(24 * 9);
  const auto text = [&](std::uint64_t free) {
    Checkup checkup;
    judgeHistory(settings,
                 R"({"classes":[{"class":"orders","bytes":1048576,"per_day":104858},)"
                 R"({"class":"records","bytes":2048,"per_day":1024},)"
                 R"({"class":"sent","bytes":1024,"per_day":1024}]})",
                 free, checkup);
    return checkup.text();
  };
  EXPECT_THAT(text(std::uint64_t{1} << 30),
              HasSubstr("ok    history: orders 1.0 MiB, 102 KiB a day, 10 MiB at most; records "
                        "2.0 KiB, 1.0 KiB a day, 367 KiB in a year; sent 1.0 KiB, 1.0 KiB a day, "
                        "40 KiB at most"));
  EXPECT_THAT(text(1u << 20), HasSubstr("warn  history: "));
  EXPECT_THAT(text(1u << 20), HasSubstr("1.0 MiB are free on its disk  — give it a larger disk"));
  Checkup none;
  judgeHistory(settings, R"({"classes":[]})", 0, none);
  EXPECT_TRUE(none.all().empty());
}

TEST_F(DoctorTest, APortInUseIsNamed) {
  const int taken = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof at;
  ASSERT_EQ(::bind(taken, reinterpret_cast<sockaddr*>(&at), size), 0);
  ASSERT_EQ(::listen(taken, 1), 0);
  ASSERT_EQ(::getsockname(taken, reinterpret_cast<sockaddr*>(&at), &size), 0);
  const std::string port = std::to_string(ntohs(at.sin_port));
  writeGateway("", "port: " + port);
  EXPECT_THAT(failures(), HasSubstr("127.0.0.1:" + port + " (listen.peers) is in use"));
  ::close(taken);
  EXPECT_EQ(failures(), "");
}

TEST_F(DoctorTest, AMissingOrOldRedisServerIsFound) {
  writeGateway("redis: {binary: /no/such/redis-server}\n");
  EXPECT_THAT(failures(), HasSubstr("install the package redis-server"));
  const auto old = folder_.path() / "old-redis";
  std::ofstream(old) << "#!/bin/sh\necho 'Redis server v=6.2.14 sha=0:0 malloc=libc bits=64'\n";
  std::filesystem::permissions(old, std::filesystem::perms(0755));
  writeGateway("redis: {binary: " + old.string() + "}\n");
  EXPECT_THAT(failures(), HasSubstr("6.2.14; 7.0 or newer is needed"));
}

TEST_F(DoctorTest, AnAppendOnlyFileWithItsEndCutIsWarnedOfAndLeftAlone) {
  makeAppendOnlyFile();
  EXPECT_THAT(examined(), HasSubstr("append-only file is whole"));
  const auto file = appendOnlyFile();
  std::filesystem::resize_file(file, std::filesystem::file_size(file) - 5);
  const std::string before = bytesOf(file);
  const std::string text = examined();
  EXPECT_FALSE(failed_) << text;
  EXPECT_THAT(only("warn", text), HasSubstr("is cut"));
  EXPECT_EQ(bytesOf(file), before);
}

TEST_F(DoctorTest, ADamagedAppendOnlyFileIsFoundWithTheCommandThatMendsIt) {
  makeAppendOnlyFile();
  const auto file = appendOnlyFile();
  overwrite(file, 600, "XXXXXXXXXXXXXXXXXXXX");
  const std::string before = bytesOf(file);
  EXPECT_THAT(failures(),
              HasSubstr("redis-check-aof --fix " +
                        (data() / "redis/appendonlydir/appendonly.aof.manifest").string()));
  EXPECT_EQ(bytesOf(file), before);
  std::filesystem::remove(data() / "redis/appendonlydir/appendonly.aof.manifest");
  EXPECT_THAT(failures(), HasSubstr("files and no manifest"));
}

TEST_F(DoctorTest, AnOutsideRedisThatLosesRecordsIsFoundAndNothingIsWrittenToIt) {
  const auto server = redis(folder_.path() / "outside");
  writeGateway("redis: {url: \"unix://" + server->address().socket + "\"}\n");
  EXPECT_EQ(failures(), "");
  tell(*server, {"CONFIG", "SET", "appendonly", "no"});
  tell(*server, {"CONFIG", "SET", "maxmemory-policy", "allkeys-lru"});
  const std::string text = failures();
  EXPECT_THAT(text, HasSubstr("appendonly is no but should be yes"));
  EXPECT_THAT(text, HasSubstr("maxmemory-policy is allkeys-lru"));
  auto connection = redis::RedisConnection::open(server->address());
  EXPECT_EQ((*(*connection)->call({"DBSIZE"}))->number(), 0);
}

TEST_F(DoctorTest, AUserOfRedisWhoLacksACommandIsFound) {
  const auto server = redis(folder_.path() / "outside");
  writeGateway("redis: {url: \"unix://" + server->address().socket + "\"}\n");
  tell(*server, {"ACL", "SETUSER", "default", "-hdel"});
  EXPECT_THAT(failures(), HasSubstr("the user 'default' of Redis may not run HDEL"));
}

TEST_F(DoctorTest, AnotherLayoutAndForeignKeysUnderOurPrefixAreFound) {
  const auto server = redis(folder_.path() / "outside");
  writeGateway("redis: {url: \"unix://" + server->address().socket + "\"}\n");
  tell(*server, {"SET", "{lq}:format", "99"});
  tell(*server, {"SET", "{lq}:sessions", "x"});
  tell(*server, {"SET", "{lq}:peers", "not a set"});
  tell(*server, {"SET", "{other}:peers", "not ours"});
  const std::string text = failures();
  EXPECT_THAT(text, HasSubstr("layout 99"));
  EXPECT_THAT(text, HasSubstr("{lq}:sessions"));
  EXPECT_THAT(text, HasSubstr("{lq}:peers"));
  EXPECT_THAT(text, Not(HasSubstr("{other}")));
}

TEST_F(DoctorTest, TheLayoutThatTheNextStartRaisesIsNoFault) {
  const auto server = redis(folder_.path() / "outside");
  writeGateway("redis: {url: \"unix://" + server->address().socket + "\"}\n");
  tell(*server, {"SET", "{lq}:format", "1"});
  const std::string text = examined();
  EXPECT_THAT(text, Not(HasSubstr("layout"))) << text;
}

TEST_F(DoctorTest, WhatIsOwedAndStandsInNoLineIsCountedAndLeft) {
  const auto server = redis(folder_.path() / "outside");
  writeGateway("redis: {url: \"unix://" + server->address().socket + "\"}\n");
  EXPECT_THAT(only("ok", examined()), HasSubstr("what is owed stands in its lines"));
  tell(*server, {"SADD", "{lq}:peers", "province"});
  tell(*server, {"HSET", "{lq}:rec:A", "k", "k", "p", "n", "to", "province"});
  tell(*server, {"ZADD", "{lq}:open:province", "1", "A"});
  EXPECT_THAT(only("warn", examined()), HasSubstr("1 deliveries are owed and stand in no line"));
  auto connection = redis::RedisConnection::open(server->address());
  EXPECT_EQ((*(*connection)->call({"EXISTS", "{lq}:busy:province"}))->number(), 0);
}

TEST_F(DoctorTest, WhereADamagedKeyHidesWhatIsOwedThatIsSaid) {
  const auto server = redis(folder_.path() / "outside");
  writeGateway("redis: {url: \"unix://" + server->address().socket + "\"}\n");
  tell(*server, {"SADD", "{lq}:peers", "province"});
  tell(*server, {"HSET", "{lq}:rec:A", "k", "k", "p", "n", "to", "province"});
  tell(*server, {"HSET", "{lq}:busy:province", "k", "+B"});
  tell(*server, {"ZADD", "{lq}:open:province", "1", "A"});
  tell(*server, {"SET", "{lq}:wait:province:k", "foreign"});
  const auto found = examined();
  EXPECT_THAT(only("warn", found), HasSubstr("{lq}:wait:province:k is a string"));
  EXPECT_THAT(only("ok", found), Not(HasSubstr("what is owed stands in its lines")));
}

TEST_F(DoctorTest, ARedisThatDoesNotAnswerIsFound) {
  writeGateway("redis: {url: \"unix://" + folder_.path().string() +
               "/nothing.sock\", timeout: 1s}\n");
  EXPECT_THAT(failures(), HasSubstr("redis.url"));
}

TEST_F(DoctorTest, AGatewayThatRunsIsSeenAndLeftAlone) {
  start();
  EXPECT_EQ(post("app", "R-1"), 202);
  const std::string text = examined();
  EXPECT_FALSE(failed_) << text;
  EXPECT_THAT(text, HasSubstr("a gateway runs on"));
  EXPECT_THAT(text, HasSubstr("no foreign keys"));
  EXPECT_EQ(post("app", "R-2"), 202);
  gateway_.reset();
  EXPECT_EQ(gatewayRuns(data()), false);
}

/// Why Redis takes no records is found, before the first sender is refused and after.
TEST_F(DoctorTest, WhyRedisTakesNoRecordsIsFound) {
  start();
  redis::RedisAddress address;
  address.socket = (data() / "redis/redis.sock").string();
  auto connection = redis::RedisConnection::open(address);
  ASSERT_TRUE(connection.ok());
  ASSERT_TRUE((*connection)->call({"CONFIG", "SET", "maxmemory", "1"}).ok());
  EXPECT_THAT(failures(), HasSubstr("Redis takes no records (queue.memory)"));
  EXPECT_EQ(post("app", "R-1"), 202) << "into the spool";
  EXPECT_THAT(failures(), HasSubstr("Redis takes no records (queue.memory)"));
  ASSERT_TRUE((*connection)->call({"CONFIG", "SET", "maxmemory", "0"}).ok());
  EXPECT_TRUE(test::eventually([&] { return failures().empty(); }));
}

// Not every file system's locks are in /proc/locks as they are asked for.
TEST_F(DoctorTest, AGatewayWhoseLockIsNotSeenIsKnownByItsAdminPort) {
  start();
  std::filesystem::rename(data() / "lock", data() / "lock.away");
  EXPECT_EQ(gatewayRuns(data()), true);
  EXPECT_THAT(examined(), HasSubstr("a gateway runs on"));
}

TEST_F(DoctorTest, SaysThatItCannotTellWhetherAGatewayRuns) {
  std::filesystem::create_directories(data() / "run");
  std::ofstream(data() / "run/node.json") << "{cut";
  EXPECT_EQ(gatewayRuns(data()), std::nullopt);
  const std::string text = examined();
  EXPECT_THAT(only("warn", text), HasSubstr("cannot be told here"));
  EXPECT_THAT(text, Not(HasSubstr("the next start tidies up")));
}

TEST_F(DoctorTest, AnotherGatewayWithThisNodesNameIsFound) {
  const auto server = redis(folder_.path() / "outside");
  writeGateway("redis: {url: \"unix://" + server->address().socket + "\"}\n");
  start();
  write("lianqiao.yaml", bytesOf(config() / "lianqiao.yaml").replace(0, 13, "data: ../two "));
  EXPECT_THAT(failures(), HasSubstr("another gateway named 'lianqiao' runs on this Redis"));
  gateway_.reset();
  EXPECT_EQ(failures(), "");
}

TEST_F(DoctorTest, ADamagedSpoolIsFoundAndNotMended) {
  const auto file = data() / "spool/spool.db";
  {
    const base::SystemClock clock;
    auto spool = spool::SpoolFile::open(
        data() / "spool", [](LogLevel, std::string_view) {}, clock);
    ASSERT_TRUE(spool.ok()) << spool.error().detail;
    spool::SpoolWrite two;
    two.rows = {std::string(20'000, 'a'), std::string(20'000, 'b')};
    ASSERT_TRUE((*spool)->write(two).ok());
  }
  EXPECT_THAT(examined(), HasSubstr("the spool is whole and holds 2 submissions"));
  overwrite(file, static_cast<std::streamoff>(std::filesystem::file_size(file)) - 9'000, "XXXX");
  const std::string flipped = bytesOf(file);
  EXPECT_THAT(failures(), HasSubstr("does not match its checksum"));
  std::filesystem::resize_file(file, flipped.size() / 2);
  EXPECT_THAT(failures(), HasSubstr("spool.db is damaged"));
  EXPECT_EQ(bytesOf(file), flipped.substr(0, flipped.size() / 2));
  std::filesystem::resize_file(file, 0);
  EXPECT_THAT(failures(), HasSubstr("it is empty"));
}

TEST_F(DoctorTest, AskedAreFilesForWhatCallersAndPeersMayUseAtOnce) {
  const auto wanted = [&] {
    const std::string text = examined();
    const std::size_t at = text.find(" files may be open, ");
    return at == text.npos ? 0 : std::stoi(text.substr(at + 20));
  };
  const int before = wanted();
  write("peers/grid.yaml",
        "adapter: webhook\nsettings: {url: \"http://127.0.0.1:1/\"}\noutbound: {mappings: [plain], "
        "concurrency: 100}\n");
  EXPECT_EQ(wanted() - before, 2 * (100 - 4));
}

TEST_F(DoctorTest, PeersAreCalledUpOnlyWhenTold) {
  EXPECT_THAT(examined(true), HasSubstr("ok    peer grid: "));
  write("peers/grid.yaml", "adapter: webhook\nsettings: {url: \"http://127.0.0.1:" +
                               std::to_string(http::TinyProxy::freePort()) +
                               "/take\"}\noutbound: {mappings: [plain]}\n");
  EXPECT_THAT(failures(true), HasSubstr("peer grid: "));
  EXPECT_EQ(failures(), "");
}

TEST_F(DoctorTest, PeersBehindAProxyAreCalledUpThroughIt) {
  const http::TinyProxy proxy;
  const auto callThrough = [&](const std::string& url, const std::string& place) {
    write("peers/grid.yaml", "adapter: webhook\nsettings: {url: \"" + url +
                                 "\"}\noutbound: {mappings: [plain], proxy: {url: \"http://" +
                                 place + "\"}}\n");
    return examined(true);
  };
  const std::string base = platform_.url().substr(0, platform_.url().rfind('/') + 1);
  const std::string asked = "peer grid: HEAD " + base + " through the proxy ";
  EXPECT_THAT(callThrough(platform_.url(), proxy.place()),
              HasSubstr("ok    " + asked + proxy.place() + " was answered 200\n"));
  write("nobody", "");
  const http::TinyProxy closed("Filter \"" + (config() / "nobody").string() +
                               "\"\nFilterDefaultDeny Yes\n");
  EXPECT_THAT(callThrough(platform_.url(), closed.place()),
              HasSubstr("warn  " + asked + closed.place() +
                        " was answered 403; whether the proxy says so or the peer cannot be told"))
      << "it said ok of a proxy that lets nothing through";
  const std::string dead = "127.0.0.1:" + std::to_string(http::TinyProxy::freePort());
  EXPECT_THAT(callThrough("http://" + dead + "/take", proxy.place()),
              HasSubstr("warn  peer grid: HEAD http://" + dead + "/ through the proxy " +
                        proxy.place() + " was answered 5"));
  EXPECT_THAT(callThrough("https://" + dead + "/take", proxy.place()),
              HasSubstr("FAIL  peer grid: outbound.proxy: " + proxy.place() + " answered 5"));
  EXPECT_THAT(callThrough("http://nowhere.invalid/take", dead),
              HasSubstr("FAIL  peer grid: outbound.proxy: cannot connect to " + dead));
  EXPECT_EQ(platform_.taken().size(), 0U) << "a look sends nothing";
}

TEST_F(DoctorTest, LooksAtThePostgresqlOfTheHistory) {
  const auto examinedWith = [&](const std::string& url) {
    writeGateway("history: {url: \"" + url + "\", password: \"${file:secrets/app}\"}\n");
    return examined();
  };
  EXPECT_THAT(
      examinedWith("postgresql://a@127.0.0.1:1/none"),
      AllOf(HasSubstr("FAIL  the history's PostgreSQL is not reached: "), Not(HasSubstr("t0ken"))));
  test::PostgresServer* const server = test::PostgresServer::shared();
  if (server == nullptr) GTEST_SKIP() << "PostgreSQL is not installed (deploy/packages test)";
  std::string url = server->fresh();
  const std::string found = examinedWith(url);
  EXPECT_THAT(found, HasSubstr("warn  the history's PostgreSQL runs with fsync off"));
  EXPECT_THAT(only("FAIL", found), Not(HasSubstr("PostgreSQL")));
  postgres::Failure failure;
  ASSERT_TRUE(server->connect("postgres", failure)->run("CREATE ROLE looker LOGIN"));
  url.replace(url.find("lianqiao@"), 9, "looker@");
  EXPECT_THAT(examinedWith(url), HasSubstr("FAIL  the user of history.url may not make tables"));
}

TEST_F(DoctorTest, ItsJsonSaysTheSame) {
  Checkup checkup;
  checkup.ok("a");
  checkup.warn("b \"quoted\"", "c");
  json::Document document;
  const std::string text = checkup.json();
  ASSERT_TRUE(json::parse(text, document).ok());
  ASSERT_EQ(document.root.size(), 2u);
  EXPECT_EQ(document.root.elements()[1].find("grade")->text(), "warn");
  EXPECT_EQ(document.root.elements()[1].find("what")->text(), "b \"quoted\"");
  EXPECT_FALSE(checkup.failed());
}

}  // namespace
}  // namespace lianqiao::doctor
