#include <unistd.h>

#include <charconv>
#include <fstream>

#include "base/clock.h"
#include "doctor/child_program.h"
#include "doctor/doctor.h"
#include "lianqiao/codes.h"
#include "queue/mend.h"
#include "queue/obstacle_watch.h"
#include "queue/server_check.h"
#include "queue/server_look.h"
#include "redis/find_place.h"

namespace lianqiao::doctor {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

constexpr auto kProgramTime = 10s;
constexpr auto kCheckTime = 10min;  // a large file takes its time

void lookAtKeys(redis::RedisConnection& connection, const config::GatewayConfig& config,
                Checkup& checkup) {
  const queue::Keys keys(config.redis.prefix);
  const auto layout = queue::layoutOf(connection, keys);
  const auto foreign = queue::foreignKeys(connection, keys);
  if (!layout || !foreign) return;
  if (*layout && !queue::readsLayout(**layout))
    checkup.fail("the keys under " + keys.tag() + " are of layout " + **layout +
                     ", this gateway writes layout " + std::string(queue::ownLayout()),
                 "set another redis.prefix, or start the version of the gateway that fits");
  if (foreign->empty()) return checkup.ok("no foreign keys stand under " + keys.tag());
  std::string names;
  for (const std::string& name : *foreign) names += (names.empty() ? "" : ", ") + name;
  checkup.fail("keys that no gateway has made stand under " + keys.tag() + ": " + names,
               "set another redis.prefix, or let their program use another one");
}

/// What is owed must stand in a line, or nobody is ever given it.
void lookAtLines(redis::RedisConnection& connection, const config::GatewayConfig& config,
                 Checkup& checkup) {
  const queue::Keys keys(config.redis.prefix);
  const auto lost = queue::countLost(connection, keys, base::SystemClock().wall());
  const std::string hidden = lost.ok() ? lost->hidden : lost.error().detail;
  if (!hidden.empty())
    checkup.warn(
        "whether all that is owed stands in its lines could not be looked at (" + hidden + ")",
        "move the key that it names away (RENAME); a running gateway then lines up what "
        "stood in no line");
  if (!lost.ok()) return;
  if (lost->count == 0 && hidden.empty()) checkup.ok("what is owed stands in its lines");
  if (lost->count == 0) return;
  checkup.warn(std::to_string(lost->count) +
                   " deliveries are owed and stand in no line, after a step that Redis ended "
                   "half-way",
               "nothing: a running gateway lines them up within minutes; if they stay, its log "
               "says why its sweep fails");
}

void lookAtServer(redis::RedisConnection& connection, const config::GatewayConfig& config,
                  bool running, Checkup& checkup) {
  std::string risks;
  const auto safe =
      queue::checkServer(connection, config.redis, [&risks](LogLevel, std::string_view line) {
        risks += (risks.empty() ? "" : "; ") + std::string(line);
      });
  if (!safe) {
    checkup.fail(safe.error().detail, "change the configuration of Redis as said");
  } else if (!risks.empty()) {
    checkup.warn(risks, "change the configuration of Redis as said");
  } else {
    checkup.ok(
        "Redis keeps what it is given: version, append-only file, syncs and eviction are as they "
        "must be");
  }
  if (safe)
    if (const auto writes = queue::tryWrites(connection, queue::Keys(config.redis.prefix)); !writes)
      checkup.fail("Redis takes no records (" + writes.error().code + "): " + writes.error().detail,
                   "see that code in deploy/README.md");
  const auto info = connection.call({"INFO", "persistence"});
  if (info.ok() && (*info)->text.find("aof_last_write_status:err") != std::string_view::npos)
    checkup.fail("Redis could not write its append-only file",
                 "look into its log; make room on its disk");
  lookAtKeys(connection, config, checkup);
  lookAtLines(connection, config, checkup);
  if (running) return;
  const auto other = queue::beatingNode(connection, queue::Keys(config.redis.prefix), config.node);
  if (!other) return;
  if (*other)
    return checkup.fail(
        "another gateway named '" + config.node + "' runs on this Redis (" + **other + ")",
        "give each gateway its own `node:`, or stop that one");
  checkup.ok("no other gateway is named '" + config.node + "'");
}

void lookAtProgram(const config::GatewayConfig& config, Checkup& checkup) {
  const auto told = runProgram({config.redis.binary.string(), "--version"}, kProgramTime);
  if (!told || told->exit != 0)
    return checkup.fail("redis-server cannot be run: " + (told ? told->words : told.error().detail),
                        "install the package redis-server, or set redis.binary");
  const std::size_t at = told->words.find("v=");
  const std::string version = at == std::string::npos
                                  ? std::string()
                                  : told->words.substr(at + 2, told->words.find(' ', at) - at - 2);
  int major = 0;
  std::from_chars(version.data(), version.data() + version.size(), major);
  if (major < queue::kOldestMajor)
    return checkup.fail("redis-server is of version " + (version.empty() ? "unknown" : version) +
                            "; 7.0 or newer is needed",
                        "install a newer redis-server, or set redis.binary to one");
  checkup.ok("redis-server " + version + " is there");
}

void lookAtFile(const fs::path& redis, Checkup& checkup) {
  const fs::path manifest = redis / "appendonlydir/appendonly.aof.manifest";
  std::error_code error;
  if (!fs::exists(manifest, error)) {
    bool left = false;
    for (fs::directory_iterator at(redis / "appendonlydir", error), end; !error && at != end;
         at.increment(error))
      left = true;
    if (left)
      checkup.fail((redis / "appendonlydir").string() +
                       " has files and no manifest: Redis would start empty beside them",
                   "restore the whole folder from a backup, appendonly.aof.manifest with it");
    return;
  }
  const auto told = runProgram({"redis-check-aof", manifest.string()}, kCheckTime);
  if (!told) {
    checkup.warn("Redis' append-only file was not checked: " + told.error().detail,
                 "install redis-check-aof (package redis-tools)");
    return;
  }
  judgeAppendOnlyFile(manifest, told->exit, told->words, checkup);
}

}  // namespace

void judgeAppendOnlyFile(const fs::path& manifest, int exit, const std::string& words,
                         Checkup& checkup) {
  if (exit == 0) return checkup.ok("Redis' append-only file is whole");
  const std::string folder = manifest.parent_path().string();
  std::string line = words.substr(0, words.rfind("AOF analyzed"));
  while (!line.empty() && line.back() == '\n') line.pop_back();
  line.erase(0, line.rfind('\n') + 1);
  const std::size_t at = words.rfind("diff=");
  const std::string lost =
      at == std::string::npos ? std::string() : words.substr(at + 5, words.find('\n', at) - at - 5);
  // "Expected to read 10 bytes, got 5 bytes", "Unexpected EOF", "Reached EOF before reading EXEC".
  const bool cut = (words.find("Expected to read") != std::string::npos &&
                    words.find(" bytes, got ") != std::string::npos) ||
                   words.find("EOF") != std::string::npos;
  if (cut && !lost.empty())
    return checkup.warn("the end of Redis' append-only file is cut (" + lost +
                            " bytes of a last write that was never answered)",
                        "nothing: Redis drops them at its start; copy " + folder +
                            " away first where more than a crash happened");
  checkup.fail("Redis' append-only file in " + folder + " is damaged: " + line,
               "copy the folder away; then `redis-check-aof --fix " + manifest.string() +
                   "`, which drops everything behind the damage" +
                   (lost.empty() ? "" : " (" + lost + " bytes)") + "; or restore a backup");
}

void lookAtOwnRedis(const config::GatewayConfig& config, Checkup& checkup) {
  lookAtProgram(config, checkup);
  lookAtFile(config.data / "redis", checkup);
}

void lookAtRedis(const config::GatewayConfig& config, bool running, Checkup& checkup) {
  if (config.redis.managed) {
    redis::RedisAddress address;
    address.socket = (config.data / "redis/redis.sock").string();
    address.timeout = config.redis.timeout;
    const auto connection = redis::RedisConnection::open(address);
    if (connection.ok()) return lookAtServer(**connection, config, running, checkup);
    if (!running) return lookAtOwnRedis(config, checkup);
    return checkup.fail(connection.error().detail,
                        "look into " + (config.data / "redis/redis.log").string());
  }
  const auto place = redis::findPlace(config.redis, [](LogLevel, std::string_view) {});
  if (!place.ok()) return checkup.fail(place.error().detail, "correct redis.url");
  const auto connection = (*place)->open();
  if (connection.ok()) return lookAtServer(**connection, config, running, checkup);
  checkup.fail(connection.error().detail,
               "start it, or correct redis.url (redis.sentinels), redis.user and redis.password");
}

}  // namespace lianqiao::doctor
