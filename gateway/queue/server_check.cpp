#include "queue/server_check.h"

#include <charconv>
#include <string>
#include <vector>

#include "lianqiao/codes.h"
#include "queue/command_rights.h"
#include "queue/group_words.h"
#include "queue/scripts.h"

namespace lianqiao::queue {
namespace {

constexpr int kKeysAtOnce = 1000;
constexpr int kMostKeys = 1'000'000;  // a second or so, once in a prefix's life

Error unsafe(std::string what) { return {codes::kQueueUnsafe, std::move(what)}; }

std::string_view lineOf(std::string_view info, std::string_view name) {
  std::size_t at = info.find(name);
  if (at == std::string_view::npos) return {};
  at += name.size();
  return info.substr(at, info.find('\r', at) - at);
}

/// Empty when the server does not tell.
std::string setting(redis::RedisConnection& connection, std::string_view name) {
  const auto reply = connection.exchange({"CONFIG", "GET", name});
  if (!reply.ok() || reply->back()->items.size() != 2) return {};
  return std::string(reply->back()->items[1].text);
}

/// 0 where the server does not tell.
long long numberSetting(redis::RedisConnection& connection, std::string_view name) {
  const std::string text = setting(connection, name);
  long long number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

void compare(redis::RedisConnection& connection, std::string_view name, std::string_view good,
             std::string_view why, std::vector<std::string>& findings) {
  const std::string value = setting(connection, name);
  if (value == good) return;
  findings.push_back(
      std::string(name) +
      (value.empty() ? " cannot be read (CONFIG GET is forbidden?)" : " is " + value) +
      " but should be " + std::string(good) + ": " + std::string(why));
}

/// Some key under our prefix, or none within the first kMostKeys of the server.
Result<std::string> anyKey(redis::RedisConnection& connection, const Keys& keys) {
  // No name has a sign that a pattern reads.
  const std::string pattern = keys.tag() + ":*";
  std::string cursor = "0";
  for (int seen = 0; seen < kMostKeys; seen += kKeysAtOnce) {
    const auto page =
        connection.call({"SCAN", cursor, "MATCH", pattern, "COUNT", std::to_string(kKeysAtOnce)});
    if (!page.ok()) return page.error();
    const auto words = (*page)->items;
    if (words.size() != 2) break;
    if (!words[1].items.empty()) return std::string(words[1].items[0].text);
    cursor = words[0].text;
    if (cursor == "0") break;
  }
  return std::string();
}

Result<void> judge(const std::vector<std::string>& findings, const config::RedisSettings& settings,
                   const base::LogLine& log) {
  if (findings.empty()) return {};
  std::string all;
  for (const std::string& finding : findings) all += (all.empty() ? "" : "; ") + finding;
  if (!settings.allowUnsafe)
    return unsafe("this Redis would lose records: " + all +
                  ". Change its configuration, or set redis.allow_unsafe: true to take that risk");
  log(LogLevel::warning, "this Redis may lose records (redis.allow_unsafe is set): " + all);
  return {};
}

/// An empty one: at its memory limit Redis takes no command into a transaction, and may be entered
/// all the same.
Result<void> checkTransactions(redis::RedisConnection& connection,
                               const config::RedisSettings& settings) {
  redis::RedisCommand empty;
  empty.add({"MULTI"});
  empty.add({"EXEC"});
  const auto may = connection.callAll(empty);
  if (may.ok()) return {};
  if (may.error().code != codes::kQueueRights) return may.error();
  const std::string user = settings.user.empty() ? "default" : settings.user;
  return unsafe(may.error().detail + ". Each group of records is one transaction: ACL SETUSER " +
                user + " +multi +exec");
}

/// Refuses a user who lacks a command: a script ends where it meets one, with half of its writes
/// done.
Result<void> checkCommands(redis::RedisConnection& connection,
                           const config::RedisSettings& settings) {
  if (Result<void> may = checkTransactions(connection, settings); !may.ok()) return may;
  const auto rights = tryCommands(connection, Keys(settings.prefix));
  if (!rights.ok()) return rights.error();
  if (rights->allow.empty()) return {};
  const std::string user = settings.user.empty() ? "default" : settings.user;
  return unsafe("the user '" + user + "' of Redis " + rights->lacking +
                ", which would leave steps half done. Let it: ACL SETUSER " + user + " " +
                rights->allow);
}

}  // namespace

Result<void> checkServer(redis::RedisConnection& connection, const config::RedisSettings& settings,
                         const base::LogLine& log) {
  const auto info = connection.call({"INFO"});
  if (!info.ok()) return info.error();
  const std::string version(lineOf((*info)->text, "redis_version:"));
  const std::string role(lineOf((*info)->text, "role:"));
  int major = 0;
  std::from_chars(version.data(), version.data() + version.size(), major);
  if (major < kOldestMajor)
    return unsafe("Redis is of version " + (version.empty() ? "unknown" : version) +
                  "; 7.0 or newer is needed: install it, or let redis.managed start the one beside "
                  "this gateway");
  std::vector<std::string> findings;
  if (role != "master")
    findings.push_back("it is a replica (role " + role + "): redis.url must name the primary");
  compare(connection, "appendonly", "yes", "records are lost when Redis ends", findings);
  compare(connection, "maxmemory-policy", "noeviction",
          "records are thrown away when memory is short", findings);
  if (settings.sync == config::Sync::always || setting(connection, "appendfsync") != "always")
    compare(connection, "appendfsync",
            settings.sync == config::Sync::always ? "always" : "everysec",
            "a power cut loses records that were answered (redis.sync says what is promised)",
            findings);
  if (const long long own = numberSetting(connection, "min-replicas-to-write");
      own < settings.minReplicas) {
    log(LogLevel::warning,
        "redis.min_replicas is " + std::to_string(settings.minReplicas) +
            ", but the server's own min-replicas-to-write is " + std::to_string(own) +
            ": with as many there, a primary that is cut off neither stores nor hands out "
            "anything");
  }
  if (Result<void> kept = judge(findings, settings, log); !kept.ok()) return kept;
  if (role != "master") return {};  // it takes no writes
  return checkCommands(connection, settings);
}

Result<void> checkLayout(redis::RedisConnection& connection, const Keys& keys) {
  const auto bears = connection.call({"EXISTS", keys.format()});
  if (!bears.ok()) return bears.error();
  const bool there = (*bears)->integer == 1;
  if (!there) {
    const Result<std::string> foreign = anyKey(connection, keys);
    if (!foreign.ok()) return foreign.error();
    if (!foreign->empty())
      return unsafe("there are keys under the prefix " + keys.tag() +
                    " that are not this gateway's, such as " + *foreign +
                    "; set another redis.prefix or redis.url database, or remove them");
  }
  // Not written where it stands: at its memory limit Redis may still be entered.
  if (!there) {
    const auto claimed = connection.call({"SET", keys.format(), kLayout, "NX", "GET"});
    if (!claimed.ok()) return claimed.error();
    if ((*claimed)->isNil()) {
      const auto fresh = connection.call({"SET", keys.former(), "0"});
      if (!fresh.ok()) return fresh.error();
    }
  }
  const auto layout = connection.call({"GET", keys.format()});
  if (!layout.ok()) return layout.error();
  if ((*layout)->text == kLayout) return {};
  if ((*layout)->text == kFormerLayout) {
    // Layout 2 reads all that layout 1 wrote. The number keeps 0.1 from what it cannot read.
    redis::RedisCommand raise;
    beginScript(raise, Script::raise, keys, 2);
    raise.word(kFormerLayout);
    raise.word(kLayout);
    const auto raised = runScript(connection, raise);
    return raised.ok() ? Result<void>() : raised.error();
  }
  return unsafe("the keys under the prefix " + keys.tag() + " are of layout " +
                std::string((*layout)->text) + ", this gateway writes layout " +
                std::string(kLayout) +
                "; set another redis.prefix, or use the gateway's version that fits");
}

Result<WallTime> formerFingerprintsUntil(redis::RedisConnection& connection, const Keys& keys,
                                         std::chrono::milliseconds life, WallTime now) {
  // A node that is still of 0.1 may write some more while the others are changed.
  const WallTime until = now + life + std::chrono::days(1);
  const auto noted = connection.call(
      {"SET", keys.former(), std::to_string(until.time_since_epoch().count()), "NX", "GET"});
  if (!noted.ok()) return noted.error();
  return (*noted)->isNil() ? until : WallTime(std::chrono::milliseconds((*noted)->number()));
}

}  // namespace lianqiao::queue
