#include "queue/scripts.h"

#include <array>

#include "lianqiao/digest.h"
#include "queue/embedded_scripts.h"

namespace lianqiao::queue {
namespace {

constexpr std::array kTexts = {
    embedded::kAccept,  embedded::kLease, embedded::kSettle,  embedded::kRequeue, embedded::kDrop,
    embedded::kMakeDue, embedded::kBeat,  embedded::kPoll,    embedded::kFollow,  embedded::kProbe,
    embedded::kMend,    embedded::kRaise, embedded::kRecount, embedded::kRelease, embedded::kEnlist,
    embedded::kResend,  embedded::kRefer, embedded::kArrived, embedded::kWaitOn,  embedded::kLack,
    embedded::kReckon,  embedded::kArm};

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

namespace {

/// What a command or transaction came to: its last answer, or the first thing that was refused.
const redis::RedisReply* outcomeOf(std::span<const redis::RedisReply* const> replies) {
  for (const redis::RedisReply* reply : replies)
    if (reply->isError()) return reply;
  const redis::RedisReply* last = replies.back();
  return replies.size() > 1 && !last->items.empty() ? &last->items.back() : last;
}

}  // namespace

Result<const redis::RedisReply*> runScript(redis::RedisConnection& connection,
                                           const redis::RedisCommand& command) {
  for (bool loaded = false;; loaded = true) {
    const auto replies = connection.exchange(command);
    if (!replies.ok()) return replies.error();
    const redis::RedisReply* answer = outcomeOf(*replies);
    if (!answer->isError()) return answer;
    if (loaded || !answer->text.starts_with("NOSCRIPT")) return connection.refusal(*answer);
    if (Result<void> done = loadScripts(connection); !done.ok()) return done.error();
  }
}

}  // namespace lianqiao::queue
