#pragma once

#include <array>
#include <functional>

#include "gateway/redis/redis_process.h"
#include "redis/sentinels.h"

namespace lianqiao::redis {

using namespace queue;  // whose fixtures start servers

inline bool awaits(const std::function<bool()>& condition, std::chrono::milliseconds patience) {
  const auto until = base::SystemClock().steady() + patience;
  while (!condition()) {
    if (base::SystemClock().steady() > until) return false;
    waitATick();
  }
  return true;
}

/// Three real redis-servers and three real sentinels, with passwords.
class WatchedRedis {
 public:
  static constexpr const char* kName = "orders";

  WatchedRedis() {
    for (std::size_t i = 0; i < servers.size(); ++i)
      servers[i] = std::make_unique<RedisProcess>(
          folder_.path() / ("server" + std::to_string(i)),
          "masterauth s3cret\nappendonly yes\nappendfsync always\nsave \"\"\n"
          "maxmemory-policy noeviction\nrepl-diskless-sync-delay 0\n" +
              (i == 0 ? std::string()
                      : "replicaof 127.0.0.1 " + std::to_string(servers[0]->port()) + "\n"),
          "", "s3cret");
    // A sentinel looks for replicas every 10 s only: they must be there before.
    awaits([&] { return servers[0]->info("connected_slaves") == "2"; }, 20s);
    for (std::size_t i = 0; i < sentinels.size(); ++i)
      sentinels[i] = std::make_unique<RedisProcess>(
          folder_.path() / ("sentinel" + std::to_string(i)),
          "sentinel sentinel-pass watch\nsentinel monitor orders 127.0.0.1 " +
              std::to_string(servers[0]->port()) +
              " 2\nsentinel auth-pass orders s3cret\n"
              "sentinel down-after-milliseconds orders 1000\n"
              "sentinel failover-timeout orders 3000\nsentinel parallel-syncs orders 2\n",
          "--sentinel", "watch");
    for (const auto& sentinel : sentinels)
      awaits([&] { return sentinel->info("master0").ends_with("slaves=2,sentinels=3"); }, 20s);
  }

  [[nodiscard]] config::RedisSettings settings() const {
    config::RedisSettings made;
    made.managed = false;
    for (const auto& sentinel : sentinels)
      made.sentinels.push_back({"127.0.0.1", sentinel->port()});
    made.primary = kName;
    made.sentinelPassword = Secret("watch");
    made.password = Secret("s3cret");
    made.minReplicas = 1;
    made.replicaWait = 500ms;
    made.timeout = 3s;
    return made;
  }
  [[nodiscard]] RedisProcess& primary() const {
    std::vector<RedisAddress> addresses;
    for (const auto& sentinel : sentinels) addresses.push_back(sentinel->address());
    const auto words = Sentinels(std::move(addresses), kName, servers[0]->address()).ask();
    for (const auto& server : servers)
      if (words.ok() && words->front().server.port == server->port()) return *server;
    ADD_FAILURE() << (words.ok() ? "a server of nobody" : words.error().detail);
    return *servers[0];
  }
  /// Everything runs, and the primary has both replicas: sentinels need a while to tell one that
  /// follows the wrong server.
  void heal() {
    for (const auto& process : servers) {
      if (!process->runs()) process->start();
      process->thaw();
    }
    EXPECT_TRUE(awaits([&] { return primary().info("connected_slaves") == "2"; }, 90s));
  }

 private:
  TemporaryFolder folder_;  // first: the processes go before it

 public:
  std::array<std::unique_ptr<RedisProcess>, 3> servers;
  std::array<std::unique_ptr<RedisProcess>, 3> sentinels;
};

}  // namespace lianqiao::redis
