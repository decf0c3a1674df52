#include "config/redis_reader.h"

#include <algorithm>
#include <charconv>

#include "yaml/map_reader.h"

namespace lianqiao::config {
namespace {

constexpr yaml::Range<std::int64_t> kReplicas{0, 16};

/// host, host:port or [address]:port.
yaml::Reading<RedisSentinel> parseSentinel(std::string_view text) {
  const yaml::BadValue bad{yaml::shown(text) + " is no address of a sentinel",
                           "write host:port, as in redis-1:26379 or \"[fd00::1]:26379\""};
  RedisSentinel sentinel;
  const std::size_t bracket = text.find(']');
  const std::size_t colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
  std::string_view host = text.substr(0, colon);
  if (!yaml::isHost(host)) return bad;
  if (colon != std::string_view::npos) {
    const std::string_view port = text.substr(colon + 1);
    const char* const end = port.data() + port.size();
    const auto [read, error] = std::from_chars(port.data(), end, sentinel.port);
    if (error != std::errc() || read != end || sentinel.port == 0) return bad;
  }
  if (bracket != std::string_view::npos) {
    if (host.size() < 3 || host.front() != '[' || host.back() != ']') return bad;
    host = host.substr(1, host.size() - 2);
  }
  if (host.empty() || host.find_first_of(" /@[]") != std::string_view::npos) return bad;
  sentinel.host = host;
  return sentinel;
}

void readSentinels(const yaml::YamlNode& list, RedisSettings& redis, yaml::Findings& findings) {
  if (!list.isList() || list.items().empty()) {
    findings.add(list.finding("a list of sentinels is wanted here",
                              "write [redis-1:26379, redis-2:26379, redis-3:26379]"));
    return;
  }
  for (const yaml::YamlNode& item : list.items()) {
    const auto text = yaml::readText(item, findings);
    const auto sentinel = text ? yaml::accept(item, parseSentinel(*text), findings) : std::nullopt;
    if (!sentinel) continue;
    const bool known = std::any_of(
        redis.sentinels.begin(), redis.sentinels.end(), [&](const RedisSentinel& other) {
          return other.host == sentinel->host && other.port == sentinel->port;
        });
    if (known)
      findings.add(item.finding("this sentinel stands twice in the list", "leave one out"));
    if (!known) redis.sentinels.push_back(*sentinel);
  }
}

void readUrl(const yaml::YamlNode& url, RedisSettings& redis, yaml::Findings& findings) {
  static constexpr std::string_view kSchemes[] = {"redis", "unix"};
  const auto text = yaml::readText(url, findings);
  if (auto value =
          text ? yaml::accept(url, yaml::parseUrl(*text, kSchemes), findings) : std::nullopt)
    redis.url = std::move(*value);
}

/// Which of the three kinds it is: managed, url or sentinels.
void readPlace(yaml::MapReader& map, const yaml::YamlNode* node, RedisSettings& redis,
               yaml::Findings& findings) {
  const yaml::YamlNode* managed = map.take("managed");
  const yaml::YamlNode* url = map.take("url");
  const yaml::YamlNode* sentinels = map.take("sentinels");
  if (url != nullptr) readUrl(*url, redis, findings);
  if (sentinels != nullptr) readSentinels(*sentinels, redis, findings);
  redis.managed = url == nullptr && sentinels == nullptr;
  if (managed != nullptr)
    redis.managed = yaml::readBoolean(*managed, findings).value_or(redis.managed);
  if (redis.managed && url != nullptr) {
    findings.add(url->finding("a url is for a Redis that the gateway does not manage",
                              "leave `managed` or `url` out"));
  } else if (redis.managed && sentinels != nullptr) {
    findings.add(sentinels->finding("sentinels are for a Redis that the gateway does not manage",
                                    "leave `managed` or `sentinels` out"));
  } else if (url != nullptr && sentinels != nullptr) {
    findings.add(
        url->finding("the sentinels name the server already", "leave `url` or `sentinels` out"));
  } else if (!redis.managed && url == nullptr && sentinels == nullptr) {
    findings.add(node->finding("the key 'url' is missing",
                               "write url: redis://host:6379/0, or managed: true"));
  }
}

void readPrimary(yaml::MapReader& map, const yaml::YamlNode* node, const SecretSource& secrets,
                 RedisSettings& redis, yaml::Findings& findings) {
  map.text("primary", redis.primary);
  const yaml::YamlNode* password = map.take("sentinel_password");
  if (password != nullptr)
    redis.sentinelPassword = secrets.resolve(*password, findings).value_or(Secret());
  if (node == nullptr || !node->isMap()) return;
  const yaml::YamlNode* primary = node->find("primary");
  if (node->find("sentinels") == nullptr) {
    for (const yaml::YamlNode* one : {primary, password}) {
      if (one != nullptr)
        findings.add(one->finding("this says nothing without `sentinels`",
                                  "list them as sentinels: [host:port, …], or leave it out"));
    }
  } else if (primary == nullptr) {
    findings.add(node->finding("the key 'primary' is missing",
                               "write the name after `sentinel monitor` in the sentinels' files"));
  } else if (redis.primary.empty() || redis.primary.find(' ') != std::string::npos) {
    findings.add(primary->finding("this is no name that sentinels have",
                                  "write the one after `sentinel monitor` in their files"));
  }
}

void readReplicas(yaml::MapReader& map, const yaml::YamlNode* node, RedisSettings& redis,
                  yaml::Findings& findings) {
  map.integer("min_replicas", redis.minReplicas, kReplicas);
  map.duration("replica_wait", redis.replicaWait, {10ms, 1min});
  if (node == nullptr || !node->isMap()) return;
  const yaml::YamlNode* wait = node->find("replica_wait");
  if (redis.minReplicas > 0 && redis.managed) {
    findings.add(node->find("min_replicas")
                     ->finding("the managed Redis has no replicas: nothing could ever be accepted",
                               "leave it out, or use a Redis of yours (`sentinels` or `url`)"));
  }
  if (wait != nullptr && redis.minReplicas == 0) {
    findings.add(wait->finding("this says nothing without `min_replicas`",
                               "write min_replicas: 1, or leave it out"));
  } else if (redis.minReplicas > 0 && redis.replicaWait >= redis.timeout) {
    const yaml::YamlNode* place = wait != nullptr ? wait : node->find("timeout");
    findings.add((place != nullptr ? *place : *node)
                     .finding("replica_wait must be shorter than timeout, which ends every answer",
                              "raise redis.timeout, or lower redis.replica_wait"));
  }
}

}  // namespace

void readRedis(const yaml::YamlNode* node, const std::filesystem::path& directory,
               const SecretSource& secrets, RedisSettings& redis, yaml::Findings& findings) {
  static constexpr std::string_view kSyncs[] = {"always", "everysec"};
  yaml::MapReader map(node, findings);
  readPlace(map, node, redis, findings);
  readPrimary(map, node, secrets, redis, findings);
  map.text("user", redis.user);
  if (const yaml::YamlNode* password = map.take("password")) {
    redis.password = secrets.resolve(*password, findings).value_or(Secret());
  }
  map.name("prefix", redis.prefix);
  if (const int sync = map.choice("sync", kSyncs); sync >= 0) redis.sync = static_cast<Sync>(sync);
  map.boolean("allow_unsafe", redis.allowUnsafe);
  std::string binary = redis.binary.string();
  map.text("binary", binary);
  // A bare name is looked up in PATH.
  redis.binary = binary.find('/') == std::string::npos ? std::filesystem::path(binary)
                                                       : (directory / binary).lexically_normal();
  map.duration("timeout", redis.timeout, {10ms, 10min});
  readReplicas(map, node, redis, findings);
  map.size("memory", redis.memory);
  map.integer("group", redis.groupSize, {1, 10'000});
  map.finish();
}

}  // namespace lianqiao::config
