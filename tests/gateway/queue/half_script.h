#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "queue/group_lives.h"
#include "queue/group_words.h"
#include "queue/scripts.h"
#include "redis/redis_connection.h"
#include "support/shipped_lives.h"

namespace lianqiao::queue {

/// The script as it is, but its n-th command of Redis ends it: what was written stays.
inline std::string failingAt(Script script, int n) {
  std::string text(textOf(script));
  const std::string bind = "= redis.call";
  const std::size_t at = text.find(bind);
  if (at == std::string::npos) return {};
  text.replace(at, bind.size(), "= failing");
  const std::string prelude =
      "local left = " + std::to_string(n) +
      "\nlocal function failing(...) left = left - 1 if left == 0 then error({ err = 'ERR the "
      "test ends it here' }) end return redis.call(...) end\n";
  text.insert(text.find('\n') + 1, prelude);
  return text;
}

/// EVAL of that text; so many arguments must follow.
inline void beginText(redis::RedisCommand& command, const std::string& text, const Keys& keys,
                      std::size_t arguments) {
  command.begin(4 + arguments);
  command.word("EVAL");
  command.word(text);
  command.word("1");
  command.word(keys.tag());
}

/// One group, as it is sent: contents and that text of accept.lua in one transaction. What the
/// script returned; null where it was not begun. `taker`: a peer that takes of it at once, as a
/// node that is gone. `limited`: types of things that have limits.
inline const redis::RedisReply* runAccept(redis::RedisConnection& redis, const std::string& text,
                                          const std::vector<Entry>& entries,
                                          const CursorUpdate* cursor = nullptr,
                                          bool answered = false, std::string_view taker = {},
                                          const std::set<std::string>& limited = {}) {
  const Keys keys("lq");
  redis::RedisCommand command;
  command.add({"MULTI"});
  std::size_t words = (taker.empty() ? 7 : 10) + (cursor == nullptr ? 0 : kCursorWords);
  auto tables = test::shippedTables();
  for (auto& [type, table] : tables) table.isLimited = limited.contains(type);
  const base::Snapshot<record::LifeTables> shared(
      std::make_shared<const record::LifeTables>(std::move(tables)));
  GroupLives lives(keys, shared);
  lives.begin();
  const LifeOf lifeOf = [&](const record::Record& record) { return lives.wordsOf(record); };
  const std::function<void(const Entry&)> addLives = [&](const Entry& entry) {
    if (entry.record) lives.add(*entry.record);
    for (const Entry& one : entry.derived) addLives(one);
    for (const Entry& one : entry.joins) addLives(one);
  };
  for (const Entry& entry : entries) addLives(entry);
  for (const Entry& entry : entries) {
    addContent(command, keys, entry, WallTime(std::chrono::milliseconds(1717000000000)), answered);
    words += wordsOf(entry, lifeOf);
  }
  lives.store(command, 2592000000);
  beginText(command, text, keys, words);
  for (const char* word : {"1717000000000", "2592000000", "600000", "d 0 0", "1000 v1"})
    command.word(word);
  command.word(lives.word());
  command.word(taker.empty() ? "0" : "1");
  if (!taker.empty())
    for (const std::string_view word :
         {taker, std::string_view("100"), std::string_view("gone.0 1.1")})
      command.word(word);
  for (const Entry& entry : entries) addEntry(command, entry, answered, lifeOf);
  if (cursor != nullptr) addCursor(command, *cursor, entries.size());
  command.add({"EXEC"});
  const auto replies = redis.exchange(command);
  if (!replies.ok() || replies->back()->items.empty()) return nullptr;
  const redis::RedisReply& reply = replies->back()->items.back();
  return reply.isError() ? &reply : &reply.items.front();
}

}  // namespace lianqiao::queue
