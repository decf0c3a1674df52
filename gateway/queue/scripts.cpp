#include "queue/scripts.h"

#include <array>

#include "lianqiao/digest.h"
#include "queue/embedded_scripts.h"

namespace lianqiao::queue {
namespace {

constexpr std::array kTexts = {
    embedded::kAccept, embedded::kLease,   embedded::kSettle, embedded::kRequeue, embedded::kDrop,
    embedded::kHasten, embedded::kBeat,    embedded::kPoll,   embedded::kFollow,  embedded::kProbe,
    embedded::kMend,   embedded::kRecount, embedded::kRelease};

}  // namespace

std::string_view textOf(Script script) { return kTexts[static_cast<std::size_t>(script)]; }

const std::string& shaOf(Script script) {
  static const std::array<std::string, kTexts.size()> shas = [] {
    std::array<std::string, kTexts.size()> made;
    for (std::size_t i = 0; i < made.size(); ++i) made[i] = hex(digest(Hash::sha1, kTexts[i]));
    return made;
  }();
  return shas[static_cast<std::size_t>(script)];
}

Result<void> loadScripts(redis::RedisConnection& connection) {
  for (const std::string_view text : kTexts) {
    const auto loaded = connection.call({"SCRIPT", "LOAD", text});
    if (!loaded.ok()) return loaded.error();
  }
  return {};
}

Result<const redis::RedisReply*> runScript(redis::RedisConnection& connection,
                                           const redis::RedisCommand& command) {
  const auto reply = connection.exchange(command);
  if (!reply.ok()) return reply.error();
  const redis::RedisReply* answer = reply->back();
  if (!answer->isError()) return answer;
  if (answer->text.substr(0, 8) != "NOSCRIPT") return connection.refusal(*answer);
  if (Result<void> loaded = loadScripts(connection); !loaded.ok()) return loaded.error();
  return connection.call(command);
}

}  // namespace lianqiao::queue
