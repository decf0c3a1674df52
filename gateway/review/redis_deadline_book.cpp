#include "review/redis_deadline_book.h"

#include <array>

#include "queue/group_words.h"
#include "queue/scripts.h"

namespace lianqiao::review {
namespace {

// Of one answer, events and all, about: Redis serves nobody else meanwhile.
constexpr long long kBytesAtOnce = 1 << 20;
constexpr std::string_view kPageSize = "500";
constexpr std::size_t kThingWords = 9;

using Texts = std::map<std::string, std::string, std::less<>>;

long long msOf(WallTime time) { return time.time_since_epoch().count(); }

Texts textsOf(std::span<const redis::RedisReply> pairs) {
  Texts texts;
  for (std::size_t i = 0; i + 1 < pairs.size(); i += 2)
    texts.emplace(pairs[i].text, pairs[i + 1].text);
  return texts;
}

std::string_view wordOf(DeadlineBook::Nearness near) {
  static constexpr std::array<std::string_view, 3> kWords = {"", "1", "2"};
  return kWords[static_cast<std::size_t>(near)];
}

void addThing(redis::RedisCommand& command, const DeadlineBook::Reckoned& thing) {
  command.word(thing.name);
  command.word(thing.recordMark);
  command.word(thing.stepMark);
  command.word(thing.next ? std::to_string(msOf(*thing.next)) : std::string());
  command.word(thing.cycle);
  command.word(thing.peer);
  command.word(wordOf(thing.near));
  command.word(thing.formerPeer);
  command.word(static_cast<long long>(thing.kept.size()));
  for (const auto& [field, value] : thing.kept) {
    command.word(field);
    command.word(value);
  }
}

}  // namespace

Result<std::vector<DeadlineBook::Thing>> RedisDeadlineBook::take(
    WallTime now, std::size_t most, std::span<const std::string> further) {
  auto borrowed = connect_();
  if (!borrowed.ok()) return borrowed.error();
  redis::RedisCommand command;
  queue::beginScript(command, queue::Script::reckon, keys_, 3 + further.size());
  command.word(msOf(now));
  command.word(static_cast<long long>(most));
  command.word(kBytesAtOnce);
  for (const std::string& name : further) command.word(name);
  const auto reply = queue::runScript(**borrowed, command);
  if (!reply.ok()) return reply.error();
  std::vector<Thing> things;
  for (const redis::RedisReply& one : (*reply)->items) {
    if (one.items.size() < 7) continue;
    Thing& thing = things.emplace_back();
    std::size_t at = 0;
    for (std::string* text : {&thing.name, &thing.recordMark, &thing.stepMark, &thing.standing,
                              &thing.ends, &thing.event, &thing.extension})
      *text = one.items[at++].text;
    thing.kept = textsOf(one.items.subspan(at));
  }
  return things;
}

Result<std::optional<std::vector<DeadlineBook::NotKept>>> RedisDeadlineBook::keep(
    std::string_view right, WallTime now, std::span<const Reckoned> things,
    std::string_view limits) {
  auto borrowed = connect_();
  if (!borrowed.ok()) return borrowed.error();
  std::size_t words = 4;
  for (const Reckoned& thing : things) words += kThingWords + 2 * thing.kept.size();
  redis::RedisCommand command;
  queue::beginScript(command, queue::Script::arm, keys_, words);
  command.word(right);
  command.word(msOf(now));
  command.word(static_cast<long long>(life_.count()));
  command.word(limits);
  for (const Reckoned& thing : things) addThing(command, thing);
  const auto reply = queue::runScript(**borrowed, command);
  if (!reply.ok()) return reply.error();
  if ((*reply)->isNil()) return std::optional<std::vector<NotKept>>();
  std::vector<NotKept> failed;
  for (const auto& [name, why] : textsOf((*reply)->items)) failed.push_back({name, why});
  return std::optional(std::move(failed));
}

Result<DeadlineBook::Page> RedisDeadlineBook::page(std::string_view from) {
  auto borrowed = connect_();
  if (!borrowed.ok()) return borrowed.error();
  const auto reply = (*borrowed)->call({"ZSCAN", keys_.deadlines(), from, "COUNT", kPageSize});
  if (!reply.ok()) return reply.error();
  Page page;
  page.next = (*reply)->items[0].text;
  const std::span<const redis::RedisReply> members = (*reply)->items[1].items;
  for (std::size_t i = 0; i + 1 < members.size(); i += 2) page.names.emplace_back(members[i].text);
  return page;
}

Result<std::string> RedisDeadlineBook::limits() {
  auto borrowed = connect_();
  if (!borrowed.ok()) return borrowed.error();
  const auto reply = (*borrowed)->call({"GET", keys_.reckoned()});
  if (!reply.ok()) return reply.error();
  return std::string((*reply)->text);
}

Result<std::vector<DeadlineBook::Counts>> RedisDeadlineBook::counts(
    std::span<const std::string> peers) {
  std::vector<Counts> counts;
  if (peers.empty()) return counts;
  auto borrowed = connect_();
  if (!borrowed.ok()) return borrowed.error();
  redis::RedisCommand command;
  for (const std::string& peer : peers) {
    for (const Nearness near : {Nearness::near, Nearness::past})
      command.add({"ZCOUNT", keys_.reached(peer), wordOf(near), wordOf(near)});
  }
  const auto replies = (*borrowed)->callAll(command);
  if (!replies.ok()) return replies.error();
  for (std::size_t i = 0; i + 1 < replies->size(); i += 2)
    counts.push_back({static_cast<std::uint64_t>((*replies)[i]->integer),
                      static_cast<std::uint64_t>((*replies)[i + 1]->integer)});
  return counts;
}

Result<std::map<std::string, std::string, std::less<>>> RedisDeadlineBook::kept(
    std::string_view name) {
  auto borrowed = connect_();
  if (!borrowed.ok()) return borrowed.error();
  const auto reply = (*borrowed)->call({"HGETALL", keys_.clocks(name)});
  if (!reply.ok()) return reply.error();
  return textsOf((*reply)->items);
}

}  // namespace lianqiao::review
