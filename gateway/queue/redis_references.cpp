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

Result<std::vector<std::string>> RedisReferences::keysOf(std::span<const record::Reference> ids,
                                                         For who) {
  std::vector<std::string> found;
  if (ids.empty()) return found;
  auto borrowed = connect_();
  if (!borrowed.ok()) return borrowed.error();
  const auto today = std::chrono::floor<std::chrono::days>(clock_.wall()).time_since_epoch();
  const auto days = std::chrono::ceil<std::chrono::days>(receiptsLive_) + std::chrono::days(1);
  while (!ids.empty()) {
    const auto some = ids.first(std::min(ids.size(), kReferencesAtOnce));
    redis::RedisCommand command;
    beginScript(command, Script::refer, keys_, 3 + 2 * some.size());
    command.word(static_cast<long long>(today.count()));
    command.word(std::min<long long>(days.count(), kMostDays));
    command.word(who == For::waited ? "1" : "0");
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

Result<References::Lack> RedisReferences::lack(std::string_view peer, std::string_view key,
                                               std::string_view record,
                                               std::chrono::milliseconds wait) {
  auto borrowed = connect_();
  if (!borrowed.ok()) return borrowed.error();
  redis::RedisCommand command;
  beginScript(command, Script::lack, keys_, 5);
  command.word(peer);
  command.word(key);
  command.word(record);
  Lack lack;
  lack.now = clock_.wall();
  command.word(static_cast<long long>(lack.now.time_since_epoch().count()));
  command.word(static_cast<long long>(wait.count()));
  const auto reply = runScript(**borrowed, command);
  if (!reply.ok()) return reply.error();
  if ((*reply)->kind == redis::RedisReply::Kind::integer) {
    lack.until = WallTime(std::chrono::milliseconds((*reply)->integer));
  } else {
    lack.id = (*reply)->text;
  }
  return lack;
}

Result<References::Arrived> RedisReferences::arrived(std::size_t most) {
  auto borrowed = connect_();
  if (!borrowed.ok()) return borrowed.error();
  redis::RedisCommand command;
  beginScript(command, Script::arrived, keys_, 1);
  command.word(static_cast<long long>(most));
  const auto reply = runScript(**borrowed, command);
  if (!reply.ok()) return reply.error();
  Arrived arrived;
  for (const redis::RedisReply& item : (*reply)->items) {
    if (&item == &(*reply)->items.front()) {
      arrived.what = item.text;
    } else {
      arrived.ids.emplace_back(item.text);
    }
  }
  return arrived;
}

Result<bool> RedisReferences::waitOn(std::string_view exception, std::string_view what,
                                     std::string_view code, std::string_view detail) {
  auto borrowed = connect_();
  if (!borrowed.ok()) return borrowed.error();
  redis::RedisCommand command;
  addWaitOn(command, keys_, {exception, what, code, detail}, clock_.wall());
  const auto reply = runScript(**borrowed, command);
  if (!reply.ok()) return reply.error();
  return (*reply)->integer == 1;
}

}  // namespace lianqiao::queue
