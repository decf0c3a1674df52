#include "queue/redis_references.h"

#include <algorithm>

#include "queue/group_words.h"
#include "queue/scripts.h"

namespace lianqiao::queue {
namespace {

// So many days of receipts are searched at most, each a look.
constexpr long long kMostDays = 60;
// Of one run of the script, which holds up all others.
constexpr std::size_t kReferencesAtOnce = 500;

}  // namespace

Result<std::vector<std::string>> RedisReferences::keysOf(std::span<const record::Reference> ids) {
  std::vector<std::string> found;
  if (ids.empty()) return found;
  auto borrowed = connect_();
  if (!borrowed.ok()) return borrowed.error();
  const auto today = std::chrono::floor<std::chrono::days>(clock_.wall()).time_since_epoch();
  const auto days = std::chrono::ceil<std::chrono::days>(receiptsLive_) + std::chrono::days(1);
  while (!ids.empty()) {
    const auto some = ids.first(std::min(ids.size(), kReferencesAtOnce));
    redis::RedisCommand command;
    beginScript(command, Script::refer, keys_, 2 + 2 * some.size());
    command.word(static_cast<long long>(today.count()));
    command.word(std::min<long long>(days.count(), kMostDays));
    for (const record::Reference& one : some) {
      command.word(one.peer);
      command.word(one.id);
    }
    const auto reply = runScript(**borrowed, command);
    if (!reply.ok()) return reply.error();
    for (const redis::RedisReply& key : (*reply)->items) found.emplace_back(key.text);
    ids = ids.subspan(some.size());
  }
  return found;
}

Result<std::vector<std::string>> RedisReferences::idsOf(std::string_view peer,
                                                        std::span<const std::string> keys) {
  std::vector<std::string> found;
  if (keys.empty()) return found;
  auto borrowed = connect_();
  if (!borrowed.ok()) return borrowed.error();
  redis::RedisCommand command;
  for (const std::string& key : keys) command.add({"HGET", keys_.references(key), peer});
  const auto replies = (*borrowed)->exchange(command);
  if (!replies.ok()) return replies.error();
  // A key of another type tells nothing.
  for (const redis::RedisReply* reply : *replies)
    found.emplace_back(reply->isError() ? std::string_view() : reply->text);
  return found;
}

}  // namespace lianqiao::queue
