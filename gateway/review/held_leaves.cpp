#include "review/held_leaves.h"

#include <algorithm>
#include <span>

#include "queue/group_words.h"
#include "queue/scripts.h"

namespace lianqiao::review {
namespace {

constexpr std::string_view kReleased = "released";  // as accept.lua has it
constexpr long long kThings = 500;
constexpr std::size_t kThingsOfOneWrite = 100;

std::uint64_t count(const redis::RedisReply& reply) {
  return static_cast<std::uint64_t>(reply.integer);
}

struct Leaves {
  std::vector<HeldLeaf> held, released;
};

Result<Leaves> readLeaves(redis::RedisConnection& connection, const queue::Keys& keys) {
  const auto reply = connection.call({"HGETALL", keys.held()});
  if (!reply.ok()) return reply.error();
  Leaves leaves;
  const std::span<const redis::RedisReply> items = (*reply)->items;
  for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
    const std::string_view field = items[i].text;
    const std::size_t blank = std::min(field.find(' '), field.size());
    if (blank == field.size()) continue;
    const bool released = items[i + 1].text == kReleased;
    (released ? leaves.released : leaves.held)
        .push_back({std::string(field.substr(0, blank)), std::string(field.substr(blank + 1)),
                    released ? 0 : static_cast<std::uint64_t>(items[i + 1].number())});
  }
  return leaves;
}

/// One step for each; how many are owed now.
Result<std::uint64_t> releaseThings(redis::RedisConnection& connection,
                                    const redis::RedisCommand& steps, std::set<std::string>& owed) {
  const auto replies = connection.exchange(steps);
  if (!replies.ok()) return replies.error();
  std::uint64_t delivered = 0;
  std::optional<Error> refused;
  for (const redis::RedisReply* reply : *replies) {
    if (reply->isError()) refused = connection.refusal(*reply);
    if (!reply->items.empty()) ++delivered;
    for (const redis::RedisReply& peer : reply->items) owed.emplace(peer.text);
  }
  if (refused) return *refused;
  return delivered;
}

}  // namespace

Result<std::vector<HeldLeaf>> readHeld(redis::RedisConnection& connection,
                                       const queue::Keys& keys) {
  auto leaves = readLeaves(connection, keys);
  if (!leaves.ok()) return leaves.error();
  if (leaves->released.empty()) return std::move(leaves->held);
  redis::RedisCommand command;
  for (const HeldLeaf& leaf : leaves->released)
    command.add({"ZCARD", keys.holds(leaf.peer, leaf.path)});
  const auto left = connection.callAll(command);
  if (!left.ok()) return left.error();
  for (std::size_t i = 0; i < leaves->released.size(); ++i) {
    HeldLeaf& leaf = leaves->released[i];
    leaf.updates = count(*(*left)[i]);
    if (leaf.updates > 0) leaves->held.push_back(std::move(leaf));
  }
  return std::move(leaves->held);
}

Result<std::optional<Released>> releaseLeaf(redis::RedisConnection& connection,
                                            const queue::Keys& keys, const LeafName& leaf,
                                            WallTime now, std::chrono::milliseconds remembered,
                                            std::string_view journalMark, base::IdSource& ids,
                                            std::set<std::string>& owed) {
  const std::string field = std::string(leaf.peer) + " " + std::string(leaf.path);
  const auto known = connection.call({"HEXISTS", keys.held(), field});
  if (!known.ok()) return known.error();
  if ((*known)->integer == 0) return std::optional<Released>();
  // From here on nothing more begins to wait, so that what waits comes to its end.
  const auto begun = connection.call({"HSET", keys.held(), field, kReleased});
  if (!begun.ok()) return begun.error();
  if (Result<void> loaded = queue::loadScripts(connection); !loaded.ok()) return loaded.error();
  const std::string holds = keys.holds(leaf.peer, leaf.path);
  std::vector<std::string> things;
  {
    const auto page = connection.call({"ZRANGE", holds, "0", std::to_string(kThings - 1)});
    if (!page.ok()) return page.error();
    for (const redis::RedisReply& thing : (*page)->items) things.emplace_back(thing.text);
  }
  Released released;
  std::optional<Error> refused;
  for (std::span<const std::string> rest = things; !rest.empty();) {
    const auto some = rest.first(std::min(rest.size(), kThingsOfOneWrite));
    redis::RedisCommand steps;
    for (const std::string& sourceId : some) {
      queue::beginScript(steps, queue::Script::release, keys, 7);
      for (const std::string_view word : {leaf.peer, leaf.path, std::string_view(sourceId)})
        steps.word(word);
      steps.word(ids.next());
      steps.word(static_cast<long long>(now.time_since_epoch().count()));
      steps.word(static_cast<long long>(remembered.count()));
      steps.word(journalMark);
    }
    const auto delivered = releaseThings(connection, steps, owed);
    if (!delivered.ok()) refused = delivered.error();
    released.delivered += delivered.ok() ? *delivered : 0;
    rest = rest.subspan(some.size());
  }
  if (refused) return *refused;
  const auto left = connection.call({"ZCARD", holds});
  if (!left.ok()) return left.error();
  released.left = count(**left);
  return std::optional(released);
}

}  // namespace lianqiao::review
