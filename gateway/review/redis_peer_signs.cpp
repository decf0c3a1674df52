#include "review/redis_peer_signs.h"

#include <algorithm>
#include <charconv>

namespace lianqiao::review {
namespace {

constexpr std::string_view kIn = "in", kOut = "out";

std::string msText(WallTime time) { return std::to_string(time.time_since_epoch().count()); }

std::optional<WallTime> timeIn(std::string_view text) {
  std::int64_t ms = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), ms);
  if (read.ec != std::errc() || read.ptr != text.data() + text.size()) return std::nullopt;
  return WallTime(std::chrono::milliseconds(ms));
}

/// Takes the first word of `text`, and the blank behind it.
std::string_view wordOf(std::string_view& text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

std::string fieldOf(const Outage& outage) {
  return msText(outage.begin) + ' ' + std::string(outage.inbound ? kIn : kOut) + ' ' + outage.node;
}

std::string valueOf(const Outage& outage) {
  return (outage.end ? msText(*outage.end) : "-") + ' ' + outage.code;
}

/// What nobody of us wrote is passed over.
std::optional<Outage> outageIn(std::string_view field, std::string_view value) {
  Outage outage;
  const auto begin = timeIn(wordOf(field));
  if (!begin) return std::nullopt;
  outage.begin = *begin;
  outage.inbound = wordOf(field) == kIn;
  outage.node = field;
  outage.end = timeIn(wordOf(value));
  outage.code = value;
  return outage;
}

}  // namespace

Result<std::map<std::string, LastSigns>> RedisPeerSigns::last() {
  auto borrowed = connect_();
  if (!borrowed.ok()) return borrowed.error();
  const auto reply = (*borrowed)->call({"HGETALL", keys_.signs()});
  if (!reply.ok()) return reply.error();
  std::map<std::string, LastSigns> last;
  const std::span<const redis::RedisReply> items = (*reply)->items;
  for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
    std::string_view field = items[i].text;
    const bool inbound = wordOf(field) == kIn;
    LastSigns& signs = last[std::string(field)];
    (inbound ? signs.in : signs.out) = timeIn(items[i + 1].text);
  }
  return last;
}

Result<std::set<std::int64_t>> RedisPeerSigns::hours(std::string_view peer) {
  auto borrowed = connect_();
  if (!borrowed.ok()) return borrowed.error();
  const auto reply = (*borrowed)->call({"HGETALL", keys_.hours(peer)});
  if (!reply.ok()) return reply.error();
  std::set<std::int64_t> hours;
  const std::span<const redis::RedisReply> items = (*reply)->items;
  for (std::size_t i = 0; i + 1 < items.size(); i += 2) hours.insert(items[i].number());
  return hours;
}

Result<void> RedisPeerSigns::noteHour(std::string_view peer, std::int64_t hour,
                                      std::span<const std::int64_t> gone) {
  auto borrowed = connect_();
  if (!borrowed.ok()) return borrowed.error();
  redis::RedisCommand command;
  command.add({"HSET", keys_.hours(peer), std::to_string(hour), "1"});
  for (const std::int64_t one : gone) command.add({"HDEL", keys_.hours(peer), std::to_string(one)});
  const auto replies = (*borrowed)->callAll(command);
  if (!replies.ok()) return replies.error();
  return {};
}

Result<std::vector<Outage>> RedisPeerSigns::outages(std::string_view peer) {
  auto borrowed = connect_();
  if (!borrowed.ok()) return borrowed.error();
  const auto reply = (*borrowed)->call({"HGETALL", keys_.outages(peer)});
  if (!reply.ok()) return reply.error();
  std::vector<Outage> outages;
  const std::span<const redis::RedisReply> items = (*reply)->items;
  for (std::size_t i = 0; i + 1 < items.size(); i += 2)
    if (auto outage = outageIn(items[i].text, items[i + 1].text))
      outages.push_back(std::move(*outage));
  std::sort(outages.begin(), outages.end(),
            [](const Outage& one, const Outage& other) { return one.begin > other.begin; });
  return outages;
}

Result<void> RedisPeerSigns::noteOutage(std::string_view peer, const Outage& outage) {
  auto known = outages(peer);
  if (!known.ok()) return known.error();
  auto borrowed = connect_();
  if (!borrowed.ok()) return borrowed.error();
  redis::RedisCommand command;
  command.add({"HSET", keys_.outages(peer), fieldOf(outage), valueOf(outage)});
  std::erase_if(*known, [&](const Outage& one) { return fieldOf(one) == fieldOf(outage); });
  for (std::size_t i = kMostOutages - 1; i < known->size(); ++i)
    command.add({"HDEL", keys_.outages(peer), fieldOf((*known)[i])});
  const auto replies = (*borrowed)->callAll(command);
  if (!replies.ok()) return replies.error();
  return {};
}

}  // namespace lianqiao::review
