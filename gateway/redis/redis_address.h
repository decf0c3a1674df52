#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "lianqiao/field_spec.h"
#include "lianqiao/result.h"

namespace lianqiao::redis {

/// Where a Redis is and how to enter it.
struct RedisAddress {
  std::string socket;  ///< Path of a UNIX socket; else host and port.
  std::string host;
  std::uint16_t port = 6379;
  std::string user;
  Secret password;
  int database = 0;
  std::chrono::milliseconds timeout{5000};  ///< For opening and for each exchange as a whole.
  std::chrono::milliseconds opening{0};     ///< Another time limit for opening; 0 = none.

  /// For messages: without user and password.
  [[nodiscard]] std::string text() const;
};

/// Reads redis://[user:password@]host[:port][/db] or unix:///path[?db=n]. Fails with
/// config.invalid.
Result<RedisAddress> parseRedisUrl(std::string_view url);

}  // namespace lianqiao::redis
