#include "redis/find_place.h"

#include <utility>
#include <vector>

namespace lianqiao::redis {
namespace {

Result<RedisAddress> addressOf(const config::RedisSettings& settings) {
  Result<RedisAddress> address = parseRedisUrl(settings.url);
  if (!address.ok()) return address;
  if (!settings.user.empty()) address->user = settings.user;
  if (!settings.password.empty()) address->password = settings.password;
  address->timeout = settings.timeout;
  return address;
}

std::unique_ptr<Sentinels> sentinelsOf(const config::RedisSettings& settings) {
  RedisAddress entry;
  entry.user = settings.user;
  entry.password = settings.password;
  entry.timeout = settings.timeout;
  std::vector<RedisAddress> sentinels;
  for (const config::RedisSentinel& one : settings.sentinels) {
    RedisAddress& address = sentinels.emplace_back();
    address.host = one.host;
    address.port = one.port;
    address.password = settings.sentinelPassword;
  }
  return std::make_unique<Sentinels>(std::move(sentinels), settings.primary, std::move(entry));
}

}  // namespace

Result<std::unique_ptr<RedisPlace>> findPlace(const config::RedisSettings& settings,
                                              base::LogLine log) {
  if (!settings.sentinels.empty())
    return std::make_unique<RedisPlace>(sentinelsOf(settings), std::move(log));
  Result<RedisAddress> address = addressOf(settings);
  if (!address.ok()) return address.error();
  return std::make_unique<RedisPlace>(std::move(*address));
}

}  // namespace lianqiao::redis
