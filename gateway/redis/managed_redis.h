#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>

#include "base/log_line.h"
#include "config/gateway_config.h"
#include "redis/redis_address.h"

namespace lianqiao::redis {

/// A redis-server of our own in a folder of our own: started, watched, started again with a growing
/// pause when it dies, stopped cleanly. It listens on a UNIX socket in the folder only, appends
/// every write to its file (synced as configured) and evicts nothing.
///
/// Never two servers on one file: the server inherits a locked descriptor of `<folder>/lock` and
/// holds it as long as it lives. When the gateway dies the server lives on, and the next start
/// adopts it.
class ManagedRedis {
 public:
  /// Creates the folder (0700), starts or adopts the server and waits until it has read its file
  /// and answers, at most `patience` and not once `stop` is requested. Fails with
  /// queue.unavailable; the message names the server's log.
  static Result<std::unique_ptr<ManagedRedis>> start(const config::RedisSettings& settings,
                                                     const std::filesystem::path& folder,
                                                     base::LogLine log,
                                                     std::chrono::milliseconds patience,
                                                     const std::stop_token& stop = {});
  /// Stops the server: it syncs its file and ends. Waits for that.
  ~ManagedRedis();
  ManagedRedis(const ManagedRedis&) = delete;
  ManagedRedis& operator=(const ManagedRedis&) = delete;

  [[nodiscard]] const RedisAddress& address() const { return address_; }
  /// Of the running server; 0 while there is none. Thread-safe.
  [[nodiscard]] pid_t pid() const { return pid_; }

 private:
  enum class Exit : std::uint8_t { ended, stays, stopped };

  ManagedRedis(const config::RedisSettings& settings, std::filesystem::path folder,
               base::LogLine log);
  [[nodiscard]] Result<void> prepare() const;
  /// Starts a server, or finds that one holds the lock.
  Result<void> launch();
  Result<void> awaitAnswer(std::chrono::milliseconds patience, const std::stop_token& stop);
  Exit awaitExit(pid_t process, std::chrono::milliseconds atMost, bool heedStop) const;
  Exit awaitUnlocked(std::chrono::milliseconds atMost) const;
  [[nodiscard]] bool stopWithin(std::chrono::milliseconds time) const;
  void supervise();
  [[nodiscard]] Error failed(const std::string& what) const;

  const config::RedisSettings settings_;
  const std::filesystem::path folder_;
  const base::LogLine log_;
  RedisAddress address_;
  const int stop_;  ///< An eventfd, readable once the destructor runs.
  std::atomic<pid_t> pid_{0};
  std::jthread thread_;
};

}  // namespace lianqiao::redis
