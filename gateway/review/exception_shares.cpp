#include "review/exception_shares.h"

#include <span>
#include <string_view>

#include "queue/group_words.h"
#include "queue/scripts.h"

namespace lianqiao::review {
namespace {

constexpr std::string_view kDone = "counted";  // no peer's: theirs have a blank
constexpr std::string_view kAll = "2";         // deliveries, too
constexpr std::size_t kIndexPage = 100;

}  // namespace

Result<std::map<std::string, PeerShares>> readShares(redis::RedisConnection& connection,
                                                     const queue::Keys& keys) {
  const auto reply = connection.call({"HGETALL", keys.shares()});
  if (!reply.ok()) return reply.error();
  std::map<std::string, PeerShares> shares;
  const std::span<const redis::RedisReply> items = (*reply)->items;
  for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
    const std::string_view field = items[i].text;
    const std::size_t blank = field.rfind(' ');
    if (blank == std::string_view::npos) continue;
    PeerShares& both = shares[std::string(field.substr(0, blank))];
    const std::string_view what = field.substr(blank + 1);
    queue::ExceptionShare& share = what.starts_with('d') ? both.deliveries : both.inbound;
    const auto number = static_cast<std::uint64_t>(items[i + 1].number());
    (what.ends_with('n') ? share.count : share.bytes) = number;
  }
  return shares;
}

Result<void> recountShares(redis::RedisConnection& connection, const queue::Keys& keys) {
  const auto done = connection.call({"HGET", keys.shares(), kDone});
  if (!done.ok()) return done.error();
  if ((*done)->text == kAll) return {};
  std::string from = "-";
  while (true) {
    const auto page = connection.call({"ZRANGE", keys.exceptions(), from, "+", "BYLEX", "LIMIT",
                                       "0", std::to_string(kIndexPage)});
    if (!page.ok()) return page.error();
    const std::span<const redis::RedisReply> members = (*page)->items;
    if (members.empty()) break;
    from = "(" + std::string(members.back().text);
    redis::RedisCommand command;
    queue::beginScript(command, queue::Script::recount, keys, members.size());
    for (const redis::RedisReply& member : members)
      command.word(member.text.substr(0, member.text.find(' ')));
    if (const auto counted = queue::runScript(connection, command); !counted.ok())
      return counted.error();
  }
  redis::RedisCommand mark;
  queue::beginScript(mark, queue::Script::recount, keys, 0);
  const auto marked = queue::runScript(connection, mark);
  return marked.ok() ? Result<void>() : Result<void>(marked.error());
}

}  // namespace lianqiao::review
