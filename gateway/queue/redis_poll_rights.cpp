#include "queue/redis_poll_rights.h"

#include "queue/group_words.h"
#include "queue/lease_token.h"
#include "queue/scripts.h"

namespace lianqiao::queue {

Result<std::optional<std::string>> RedisPollRights::take(std::string_view peer) {
  if (heart_.superseded()) return heart_.supersededError();
  const std::uint64_t era = heart_.era();
  {
    const base::Lock lock(mutex_);
    const auto held = held_.find(peer);
    if (held != held_.end() && held->second.era == era && heart_.fresh())
      return std::optional(held->second.token);
  }
  Result<std::string> token = ask(peer, heart_.incarnation(), {});
  if (token.ok() && heart_.isDead(LeaseToken(*token).incarnation))
    token = ask(peer, heart_.incarnation(), *token);
  if (!token.ok()) return token.error();
  const base::Lock lock(mutex_);
  if (LeaseToken(*token).incarnation != heart_.incarnation()) {
    held_.erase(std::string(peer));
    return std::optional<std::string>();
  }
  held_[std::string(peer)] = {*token, era};
  if (!heart_.fresh()) return std::optional<std::string>();
  return std::optional(*token);
}

void RedisPollRights::giveUp(std::string_view peer) {
  std::string token;
  {
    const base::Lock lock(mutex_);
    const auto held = held_.find(peer);
    if (held == held_.end()) return;
    token = std::move(held->second.token);
    held_.erase(held);
  }
  // Should it fail, the right ends with this node's beats.
  static_cast<void>(ask(peer, {}, token));
}

Result<std::string> RedisPollRights::cursor(std::string_view peer) {
  auto borrowed = pool_.borrow();
  if (!borrowed.ok()) return borrowed.error();
  const auto reply = (*borrowed)->call({"GET", keys_.cursor(peer)});
  if (!reply.ok()) return reply.error();
  return std::string((*reply)->text);
}

Result<std::string> RedisPollRights::ask(std::string_view peer, std::string_view who,
                                         std::string_view gone) {
  auto borrowed = pool_.borrow();
  if (!borrowed.ok()) return borrowed.error();
  redis::RedisCommand command;
  beginScript(command, Script::poll, keys_, 3);
  command.word(peer);
  command.word(who);
  command.word(gone);
  const auto reply = runScript(**borrowed, command);
  if (!reply.ok()) return reply.error();
  return std::string((*reply)->text);
}

}  // namespace lianqiao::queue
