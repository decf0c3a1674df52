#include "queue/server_look.h"

#include <algorithm>

#include "base/clock.h"
#include "base/mutex.h"
#include "queue/beat.h"
#include "queue/server_check.h"

namespace lianqiao::queue {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kMostForeign = 5;
constexpr int kMostRounds = 20;
constexpr auto kLookEvery = 100ms;

bool isOurs(std::string_view key, std::string_view type, const Keys& keys) {
  key.remove_prefix(std::min(key.size(), keys.tag().size() + 1));
  const std::string_view kind = key.substr(0, key.find(':'));
  // A key may have gone between two looks.
  return mayBe(kind, type) || (type == "none" && !typeOfKind(kind).empty());
}

Result<void> keepForeign(redis::RedisConnection& connection, const std::vector<std::string>& names,
                         const Keys& keys, std::vector<std::string>& foreign) {
  if (names.empty()) return {};
  redis::RedisCommand command;
  for (const std::string& name : names) command.add({"TYPE", name});
  const auto types = connection.exchange(command);
  if (!types.ok()) return types.error();
  for (std::size_t i = 0; i < names.size() && foreign.size() < kMostForeign; ++i)
    if (!isOurs(names[i], (*types)[i]->text, keys)) foreign.push_back(names[i]);
  return {};
}

}  // namespace

std::string_view ownLayout() { return kLayout; }

bool readsLayout(std::string_view layout) { return layout == kLayout || layout == kFormerLayout; }

Result<std::optional<std::string>> layoutOf(redis::RedisConnection& connection, const Keys& keys) {
  const auto reply = connection.exchange({"GET", keys.format()});
  if (!reply.ok()) return reply.error();
  const redis::RedisReply& layout = *reply->back();
  // Another type than text is no layout of ours; foreignKeys() names it.
  if (layout.isNil() || layout.isError()) return std::optional<std::string>();
  return std::optional<std::string>(layout.text);
}

Result<std::vector<std::string>> foreignKeys(redis::RedisConnection& connection, const Keys& keys) {
  std::vector<std::string> foreign;
  std::vector<std::string> names = {keys.format(), keys.peers(),      keys.epochs(),
                                    keys.beats(),  keys.exceptions(), keys.exceptionCounts()};
  if (auto kept = keepForeign(connection, names, keys, foreign); !kept) return kept.error();
  std::string cursor = "0";
  for (int round = 0; round < kMostRounds && foreign.size() < kMostForeign; ++round) {
    const auto page = connection.call({"SCAN", cursor, "MATCH", keys.tag() + ":*", "COUNT", "500"});
    if (!page.ok()) return page.error();
    if ((*page)->items.size() != 2) break;
    cursor = (*page)->items[0].text;
    names.clear();
    for (const redis::RedisReply& name : (*page)->items[1].items) names.emplace_back(name.text);
    std::erase_if(names, [&](const std::string& name) {
      return std::find(foreign.begin(), foreign.end(), name) != foreign.end();
    });
    if (auto kept = keepForeign(connection, names, keys, foreign); !kept) return kept.error();
    if (cursor == "0") break;
  }
  return foreign;
}

Result<std::optional<std::string>> beatingNode(redis::RedisConnection& connection, const Keys& keys,
                                               std::string_view node) {
  const base::SystemClock clock;
  const auto until = clock.steady() + kNameWatch;
  base::Mutex mutex;
  base::Condition never;
  std::string first;
  do {
    const auto reply = connection.exchange({"HGET", keys.beats(), node});
    if (!reply.ok()) return reply.error();
    const redis::RedisReply& beat = *reply->back();
    if (beat.isNil() || beat.isError()) return std::optional<std::string>();
    if (first.empty()) first = beat.text;
    if (beat.text != first) return std::optional<std::string>(Beat(beat.text).place());
    const base::Lock lock(mutex);
    never.waitUntil(mutex, clock.steady() + kLookEvery);
  } while (clock.steady() < until);
  return std::optional<std::string>();
}

}  // namespace lianqiao::queue
