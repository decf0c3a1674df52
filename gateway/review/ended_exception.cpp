#include "base/rfc3339.h"
#include "lianqiao/codes.h"
#include "review/record_store.h"
#include "review/redis_record_store.h"

namespace lianqiao::review {

/// "<how> <ms> <note>", as drop.lua and requeue.lua leave it.
Result<std::optional<EndedException>> RedisRecordStore::ended(std::string_view exceptionId) {
  auto borrowed = connect_();
  if (!borrowed.ok()) return borrowed.error();
  const auto reply = (*borrowed)->call({"GET", keys_.endedException(exceptionId)});
  if (!reply.ok()) return reply.error();
  const std::string_view text = (*reply)->text;
  const std::size_t first = text.find(' '), second = text.find(' ', first + 1);
  if (second == std::string_view::npos) return std::optional<EndedException>();
  redis::RedisReply millis;
  millis.text = text.substr(first + 1, second - first - 1);
  return std::optional(EndedException{std::string(text.substr(0, first)),
                                      WallTime(std::chrono::milliseconds(millis.number())),
                                      std::string(text.substr(second + 1))});
}

Error noSuchException(RecordStore& records, std::string_view id) {
  const auto ended = records.ended(id);
  if (!ended.ok()) return ended.error();
  std::string text = "There is no exception " + std::string(id);
  if (!*ended)
    return {codes::kNotFound, text + " (any more: it may have been replayed or closed)."};
  const EndedException& end = **ended;
  text += " any more: at " + base::formatTime(end.at) + " it was ";
  // What a person told begins with the word.
  return {
      codes::kNotFound,
      text + (end.note.empty() ? end.how == "requeued" ? "owed again" : end.how : end.note) + "."};
}

}  // namespace lianqiao::review
