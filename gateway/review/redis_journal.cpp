#include "review/redis_journal.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "queue/lease_token.h"
#include "review/retold.h"

namespace lianqiao::review {
namespace {

using record::Attempt;
using record::JournalEntry;
using record::JournalPosition;

constexpr int kLivingPage = 1000;  // keys of all kinds

WallTime timeOf(const redis::RedisReply& millis) {
  return WallTime(std::chrono::milliseconds(millis.number()));
}

/// The next word and the blank behind it; all that is left where there is no other.
std::string_view nextWord(std::string_view& rest) {
  const std::size_t end = std::min(rest.find(' '), rest.size());
  const std::string_view word = rest.substr(0, end);
  rest.remove_prefix(std::min(end + 1, rest.size()));
  return word;
}

template <typename Use>
void eachLine(std::string_view lines, const Use& use) {
  while (!lines.empty()) {
    const std::size_t end = std::min(lines.find('\n'), lines.size());
    use(lines.substr(0, end));
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
}

void addIds(std::string_view lines, std::vector<std::string>& ids) {
  eachLine(lines, [&](std::string_view line) { ids.emplace_back(line); });
}

/// "<kind> <peer> <record> <number> …".
void addAttempt(std::string_view line, std::vector<Attempt>& attempts) {
  Attempt made;
  const std::string_view kind = nextWord(line);
  made.peer = nextWord(line);
  made.record = nextWord(line);
  const std::string_view number = nextWord(line);
  std::from_chars(number.data(), number.data() + number.size(), made.number);
  if (made.peer.empty() || made.record.empty()) return;
  if (kind == "d") {
    const std::string_view digest = nextWord(line);
    if (digest != "-") made.digest = digest;
    made.receipt = line;
  } else if (kind == "r" || kind == "b" || kind == "x" || kind == "w") {
    made.verdict = kind == "r"   ? Attempt::Verdict::retry
                   : kind == "b" ? Attempt::Verdict::buried
                   : kind == "w" ? Attempt::Verdict::resent
                                 : Attempt::Verdict::unknown;
    if (kind == "b") made.exception = nextWord(line);
    made.code = nextWord(line);
    made.detail = line;
  } else {
    return;
  }
  attempts.push_back(std::move(made));
}

/// "<peer> <record> <number> <answer>", of an attempt that the entry has named before.
void addAnswer(std::string_view line, std::vector<Attempt>& attempts) {
  const std::string_view peer = nextWord(line), record = nextWord(line), number = nextWord(line);
  for (Attempt& one : attempts)
    if (one.peer == peer && one.record == record && std::to_string(one.number) == number)
      one.answer = line;
}

void addEnd(std::string_view line, std::vector<record::ExceptionEnd>& ends) {
  record::ExceptionEnd end;
  end.exception = nextWord(line);
  end.how = nextWord(line);
  end.note = line;
  if (!end.how.empty()) ends.push_back(std::move(end));
}

void addRepetition(std::string_view line, std::vector<record::Repetition>& repeated) {
  record::Repetition one;
  one.peer = nextWord(line);
  one.first = line;
  if (!one.first.empty()) repeated.push_back(std::move(one));
}

std::string textOf(JournalPosition position) {
  return std::to_string(position.time).append("-").append(std::to_string(position.number));
}

JournalPosition positionOf(std::string_view text) {
  JournalPosition position;
  const std::size_t dash = std::min(text.find('-'), text.size());
  std::from_chars(text.data(), text.data() + dash, position.time);
  if (dash < text.size())
    std::from_chars(text.data() + dash + 1, text.data() + text.size(), position.number);
  return position;
}

record::StoredRecord storedRecord(std::string_view id, std::span<const redis::RedisReply> values) {
  record::StoredRecord stored;
  stored.id = id;
  stored.key = values[0].text;
  stored.type = values[1].text;
  stored.peer = values[2].text;
  stored.accepted = timeOf(values[3]);
  for (std::string_view rest = values[4].text; !rest.empty();)
    stored.destinations.emplace_back(nextWord(rest));
  stored.event = values[5].text;
  stored.body = values[6].text;
  stored.evidence = values[7].text;
  return stored;
}

record::StoredException storedException(std::string_view id,
                                        std::span<const redis::RedisReply> values) {
  record::StoredException stored;
  stored.id = id;
  stored.peer = values[0].text;
  stored.code = values[1].text;
  stored.detail = values[2].text;
  stored.sourceId = values[3].text;
  stored.origin = values[4].text;
  stored.at = timeOf(values[5]);
  stored.body = values[6].text;
  stored.evidence = values[7].text;
  return stored;
}

/// Reads each of `ids` by `command`, whose first value is there where it is.
template <typename Stored, typename Command, typename Read>
Result<std::vector<std::optional<Stored>>> readAll(Result<redis::ConnectionPool::Borrowed> borrowed,
                                                   const std::vector<std::string>& ids,
                                                   const Command& add, const Read& read) {
  if (!borrowed.ok()) return borrowed.error();
  std::vector<std::optional<Stored>> found(ids.size());
  if (ids.empty()) return found;
  redis::RedisCommand command;
  for (const std::string& id : ids) add(command, id);
  const auto replies = (*borrowed)->exchange(command);
  if (!replies.ok()) return replies.error();
  for (std::size_t i = 0; i < ids.size(); ++i) {
    const redis::RedisReply& reply = *(*replies)[i];
    // A key of another type holds none.
    if (reply.isError() || reply.items.empty() || reply.items[0].isNil()) continue;
    found[i] = read(ids[i], reply.items);
  }
  return found;
}

}  // namespace

JournalEntry readJournalEntry(JournalPosition position, std::span<const redis::RedisReply> fields) {
  JournalEntry entry;
  entry.position = position;
  for (std::size_t i = 0; i + 1 < fields.size(); i += 2) {
    const std::string_view name = fields[i].text, value = fields[i + 1].text;
    if (name == "t") entry.at = timeOf(fields[i + 1]);
    if (name == "c") entry.configuration = value;
    if (name == "a") addIds(value, entry.accepted);
    if (name == "u") addIds(value, entry.updated);
    if (name == "q") addIds(value, entry.quarantined);
    if (name == "m") addIds(value, entry.seenAgain);
    if (name == "d") eachLine(value, [&](auto line) { addRepetition(line, entry.repeated); });
    if (name == "s") eachLine(value, [&](auto line) { addAttempt(line, entry.attempts); });
    if (name == "w") eachLine(value, [&](auto line) { addAnswer(line, entry.attempts); });
    if (name == "e") eachLine(value, [&](auto line) { addEnd(line, entry.ended); });
  }
  return entry;
}

Result<std::vector<JournalEntry>> RedisJournal::read(JournalPosition after, std::size_t most) {
  auto borrowed = connect_();
  if (!borrowed.ok()) return borrowed.error();
  const auto page = (*borrowed)->call(
      {"XRANGE", keys_.journal(), "(" + textOf(after), "+", "COUNT", std::to_string(most)});
  if (!page.ok()) return page.error();
  std::vector<JournalEntry> entries;
  for (const redis::RedisReply& entry : (*page)->items)
    if (entry.items.size() == 2)
      entries.push_back(readJournalEntry(positionOf(entry.items[0].text), entry.items[1].items));
  return entries;
}

Result<record::JournalState> RedisJournal::state(JournalPosition after) {
  auto borrowed = connect_();
  if (!borrowed.ok()) return borrowed.error();
  const bool begins = after == JournalPosition();
  redis::RedisCommand command;
  command.add({"XLEN", keys_.journal()});
  command.add({"XRANGE", keys_.journal(), textOf(after), textOf(after)});
  command.add({"GET", keys_.unnoted()});
  const auto replies = (*borrowed)->callAll(command);
  if (!replies.ok()) return replies.error();
  record::JournalState state;
  state.whole = begins || !(*replies)[1]->items.empty();
  state.behind = static_cast<std::uint64_t>((*replies)[0]->integer);
  if (!begins && state.whole && state.behind > 0) --state.behind;
  state.unnoted = static_cast<std::uint64_t>((*replies)[2]->number());
  return state;
}

Result<record::JournalReader> RedisJournal::claim(const record::JournalReader& reader, bool anew) {
  auto borrowed = connect_();
  if (!borrowed.ok()) return borrowed.error();
  const std::string text = reader.store + ' ' + queue::nodeName(reader.node);
  const auto before = anew ? (*borrowed)->call({"SET", keys_.reader(), text})
                           : (*borrowed)->call({"SET", keys_.reader(), text, "NX", "GET"});
  if (!before.ok()) return before.error();
  if (anew || (*before)->isNil()) return reader;
  std::string_view told = (*before)->text;
  const std::string_view store = nextWord(told);
  return record::JournalReader{std::string(store), std::string(told)};
}

Result<void> RedisJournal::goOnBehind(JournalPosition position) {
  auto borrowed = connect_();
  if (!borrowed.ok()) return borrowed.error();
  // Redis numbers later entries from the last one on, whatever its clock says.
  ++position.number;
  const auto added = (*borrowed)->call({"XADD", keys_.journal(), textOf(position), "t", "0"});
  return added.ok() ? Result<void>() : added.error();
}

Result<void> RedisJournal::trim(JournalPosition position) {
  auto borrowed = connect_();
  if (!borrowed.ok()) return borrowed.error();
  const auto trimmed = (*borrowed)->call({"XTRIM", keys_.journal(), "MINID", textOf(position)});
  return trimmed.ok() ? Result<void>() : trimmed.error();
}

Result<std::vector<std::optional<record::StoredRecord>>> RedisJournal::records(
    const std::vector<std::string>& ids) {
  return readAll<record::StoredRecord>(
      connect_(), ids,
      [this](redis::RedisCommand& command, const std::string& id) {
        command.add({"HMGET", keys_.record(id), "k", "t", "s", "a", "to", "e", "b", "v"});
      },
      storedRecord);
}

Result<std::vector<std::optional<record::StoredException>>> RedisJournal::exceptions(
    const std::vector<std::string>& ids) {
  return readAll<record::StoredException>(
      connect_(), ids,
      [this](redis::RedisCommand& command, const std::string& id) {
        command.add({"HMGET", keys_.exception(id), "peer", "code", "detail", "source", "origin",
                     "at", "body", "evidence"});
      },
      storedException);
}

Result<record::LivingPage> RedisJournal::living(const std::string& cursor) {
  auto borrowed = connect_();
  if (!borrowed.ok()) return borrowed.error();
  const std::string prefix = keys_.record("");
  const auto page = (*borrowed)->call({"SCAN", cursor.empty() ? "0" : cursor, "MATCH", prefix + "*",
                                       "COUNT", std::to_string(kLivingPage)});
  if (!page.ok()) return page.error();
  record::LivingPage found;
  if ((*page)->items.size() != 2) return found;
  found.next = (*page)->items[0].text;
  if (found.next == "0") found.next.clear();
  for (const redis::RedisReply& key : (*page)->items[1].items)
    found.ids.emplace_back(key.text.substr(prefix.size()));
  return found;
}

Result<std::vector<JournalEntry>> RedisJournal::retell(
    const std::vector<record::StoredRecord>& records) {
  auto borrowed = connect_();
  if (!borrowed.ok()) return borrowed.error();
  std::vector<JournalEntry> entries;
  redis::RedisCommand command;
  std::size_t owed = 0;
  for (const record::StoredRecord& one : records) {
    owed += one.destinations.size();
    JournalEntry& accepted = entries.emplace_back();
    accepted.at = one.accepted;
    accepted.accepted = {one.id};
    for (const std::string& peer : one.destinations)
      command.add({"HMGET", keys_.record(one.id), "d:" + peer, "h:" + peer});
  }
  if (owed == 0) return entries;
  const auto replies = (*borrowed)->callAll(command);
  if (!replies.ok()) return replies.error();
  std::size_t at = 0;
  for (const record::StoredRecord& one : records)
    for (const std::string& peer : one.destinations) {
      const redis::RedisReply& reply = *(*replies)[at++];
      if (reply.items.size() == 2)
        appendRetold(one.id, peer, reply.items[0].text, reply.items[1].text, entries);
    }
  std::stable_sort(entries.begin(), entries.end(),
                   [](const auto& a, const auto& b) { return a.at < b.at; });
  return entries;
}

}  // namespace lianqiao::review
