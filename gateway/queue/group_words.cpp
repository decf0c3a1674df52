#include "queue/group_words.h"

#include <array>

#include "base/rfc3339.h"
#include "lianqiao/codes.h"
#include "lianqiao/json.h"
#include "lianqiao/text.h"
#include "record/reference.h"

namespace lianqiao::queue {
namespace {

constexpr std::size_t kRecordWords = 12;
/// What was stored beside a record that is there already goes by itself if its script never comes.
constexpr std::string_view kAgainMillis = "60000";
constexpr std::size_t kRevisionWords = kRecordWords + 3;
constexpr std::size_t kStepWords = kRevisionWords + 2;
constexpr std::size_t kQuarantineWords = 9;
constexpr std::size_t kWaitingWords = 3;
constexpr std::size_t kReferenceWords = 2;
constexpr std::size_t kLimitedWords = 2;
constexpr std::size_t kLevelWords = 1;    // before what is derived
constexpr std::size_t kJoiningWords = 4;  // before a step that may take the place of an order

std::string problemsText(const std::vector<Problem>& problems) {
  std::string out;
  appendProblems(problems, out);
  return out;
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) {
    if (!out.empty()) out.push_back(' ');
    out += name;
  }
  return out;
}

/// Ids of the records that are derived from it; those of which one alone is taken with a bar
/// between.
std::string derivedIds(const Entry& entry) {
  std::string ids;
  for (const Entry& one : entry.derived) {
    if (!one.record) continue;
    ids.append(ids.empty() ? "" : " ").append(one.record->id);
    for (const Entry& step : one.joins) ids.append("|").append(step.record->id);
  }
  return ids;
}

/// What of the order's event its step must say of another order: its key as it stands there.
void addJoining(redis::RedisCommand& command, const Entry& entry) {
  std::string key;
  json::writeText(entry.record->key, key);
  command.word("?" + std::to_string(entry.level));
  command.word(entry.alike);
  command.word(static_cast<long long>(entry.within.count()));
  command.word(key);
}

std::string_view laneOf(const record::Record& record) {
  return record.priority == record::Priority::high ? "h" : "n";
}

void addRights(redis::RedisCommand& command, const record::Record& record, bool forced) {
  const bool asks = record.namesKey && !forced;
  if (!asks && record.keyHolders.empty()) return command.word(std::string_view());
  command.word((asks ? "?" : "") + joined(record.keyHolders));
}

void addHappened(redis::RedisCommand& command, const record::Record& record, bool forced) {
  if (record.happened) {
    command.word(static_cast<long long>(record.happened->time.time_since_epoch().count()));
    command.word(static_cast<long long>(record.happened->unit.count()));
  } else {
    command.word(std::string_view());
    command.word(std::string_view());
  }
  command.word(forced ? "f" : "");
}

void addStep(redis::RedisCommand& command, const record::Record& record, std::size_t life) {
  const bool byItself = record.lifeOf == record.type;
  command.word(record.step);
  command.word((byItself ? "=" : "") + std::to_string(life));
}

/// Made by the gateway itself, of another record. What is derived goes with its cause.
bool isMadeHere(const record::Record& record, const Entry& entry) {
  return entry.level == 0 && !record.cause.empty();
}

void addRecord(redis::RedisCommand& command, const record::Record& record, const Entry& entry,
               bool answered, const LifeWords& words) {
  const std::size_t life = words.moves;
  if (!record.reference.empty()) {
    command.word("i");
    command.word(record.reference);
  }
  if (!words.limited.empty()) {
    command.word("d");
    command.word(words.limited);
  }
  if (isMadeHere(record, entry)) command.word("g");
  static constexpr std::string_view kRecord[] = {"r", "R"}, kRevision[] = {"o", "O"},
                                    kStep[] = {"s", "S"};
  command.word((life > 0 ? kStep : record.happened ? kRevision : kRecord)[answered ? 1 : 0]);
  command.word(record.id);
  command.word(record.peer);
  command.word(record.sourceId);
  command.word(record.revision);
  command.word(record.fingerprint.empty() ? record.id : record.fingerprint);
  command.word(keyOf(record));
  command.word(laneOf(record));
  command.word(joined(record.destinations));
  addRights(command, record, entry.forced);
  if (life > 0) addStep(command, record, life);
  if (life > 0 || record.happened) addHappened(command, record, entry.forced);
  command.word(record.formerFingerprint);
  command.word(record.rest);
}

void addQuarantined(redis::RedisCommand& command, const Quarantined& item, const Entry& entry) {
  const bool waits = !item.awaits.empty();
  command.word(waits ? "w" : "q");
  command.word(item.id);
  command.word(item.peer);
  command.word(item.sourceId);
  command.word(item.origin);
  command.word(problemsText(item.problems));
  command.word(item.code);
  command.word(entry.body);
  command.word(entry.evidence);
  if (!waits) return;
  command.word(item.awaits);
  command.word(static_cast<long long>(item.until.time_since_epoch().count()));
  command.word(static_cast<long long>(item.most));
}

/// Why accept.lua quarantines what could be a record, by its word.
struct QuarantineCause {
  std::string_view word, code;
  std::string_view path;  ///< "": where the record names its step.
};
constexpr std::array<QuarantineCause, 6> kQuarantineCauses{
    {{"l", codes::kLifeCycle, ""},
     {"e", codes::kEarlyStep, ""},
     {"t", codes::kLateStep, "/data/time"},
     {"v", codes::kLateStep, "/time"},
     {"k", codes::kUnknownKey, "/subject"},
     {"i", codes::kReferenceTaken, "/reference"}}};

const QuarantineCause* causeOf(std::string_view word) {
  const auto* const at = std::find_if(kQuarantineCauses.begin(), kQuarantineCauses.end(),
                                      [&](const auto& one) { return one.word == word; });
  return at == kQuarantineCauses.end() ? nullptr : at;
}

bool beginsWith(const redis::RedisReply& reply, std::string_view word) {
  return reply.isError() && reply.text.substr(0, word.size()) == word;
}

}  // namespace

std::string_view keyOf(const record::Record& record) {
  return record.key.empty() ? record.id : record.key;
}

void beginScript(redis::RedisCommand& command, Script script, const Keys& keys,
                 std::size_t arguments) {
  command.begin(4 + arguments);
  command.word("EVALSHA");
  command.word(shaOf(script));
  command.word("1");
  command.word(keys.tag());
}

std::string stepsWord(const config::StepSettings& steps) {
  return std::string(steps.late == config::LateSteps::quarantine ? "a " : "d ") +
         std::to_string(steps.early.count()) + " " + std::to_string(steps.waiting);
}

std::size_t addContent(redis::RedisCommand& command, const Keys& keys, const Entry& entry,
                       WallTime now, bool answered) {
  if (!entry.record) return 0;
  const record::Record& record = *entry.record;
  const std::string key = answered ? keys.again(record.id) : keys.record(record.id);
  const bool several = record.destinations.size() > 1;
  const bool evidence = !entry.evidence.empty();
  const std::string derived = derivedIds(entry);
  command.begin(std::size_t{18} + (several ? 2u : 0u) + (evidence ? 2u : 0u) +
                (derived.empty() ? 0u : 2u));
  // Small ones first: Redis finds them without touching the large ones.
  for (const std::string_view word :
       {std::string_view("HSET"), std::string_view(key), std::string_view("k"), keyOf(record),
        std::string_view("t"), std::string_view(record.type), std::string_view("p"), laneOf(record),
        std::string_view("s"), std::string_view(record.peer), std::string_view("a")})
    command.word(word);
  command.word(static_cast<long long>(now.time_since_epoch().count()));
  command.word("to");
  command.word(joined(record.destinations));
  if (several) {
    command.word("o");
    command.word(static_cast<long long>(record.destinations.size()));
  }
  if (!derived.empty()) {
    command.word("c");
    command.word(derived);
  }
  command.word("e");
  command.word(record.event);
  command.word("b");
  command.word(entry.body);
  if (evidence) {
    command.word("v");
    command.word(entry.evidence);
  }
  std::size_t commands = 1;
  if (answered) {
    command.add({"PEXPIRE", key, kAgainMillis});
    ++commands;
  }
  for (const std::vector<Entry>* more : {&entry.derived, &entry.joins}) {
    for (const Entry& one : *more) commands += addContent(command, keys, one, now, answered);
  }
  return commands;
}

std::size_t wordsOf(const Entry& entry, const LifeOf& lifeOf) {
  if (entry.quarantined && !entry.record)
    return kQuarantineWords + (entry.quarantined->awaits.empty() ? 0 : kWaitingWords);
  if (!entry.record) return 0;
  const record::Record& record = *entry.record;
  const LifeWords life = lifeOf ? lifeOf(record) : LifeWords();
  std::size_t words = life.moves > 0 ? kStepWords : record.happened ? kRevisionWords : kRecordWords;
  if (!record.reference.empty()) words += kReferenceWords;
  if (!life.limited.empty()) words += kLimitedWords;
  if (isMadeHere(record, entry)) ++words;
  for (const Entry& one : entry.derived) words += kLevelWords + wordsOf(one, lifeOf);
  for (const Entry& one : entry.joins) words += kJoiningWords + wordsOf(one, lifeOf);
  return words;
}

std::size_t bytesOf(const Entry& entry) {
  std::size_t bytes =
      entry.body.size() + entry.evidence.size() + (entry.record ? entry.record->event.size() : 0);
  for (const Entry& one : entry.derived) bytes += bytesOf(one);
  for (const Entry& one : entry.joins) bytes += bytesOf(one);
  return bytes;
}

void addEntry(redis::RedisCommand& command, const Entry& entry, bool answered,
              const LifeOf& lifeOf) {
  for (const Entry& step : entry.joins) {
    addJoining(command, entry);
    addRecord(command, *step.record, step, answered, lifeOf(*step.record));
  }
  if (entry.level > 0) command.word("+" + std::to_string(entry.level));
  if (entry.record) {
    addRecord(command, *entry.record, entry, answered, lifeOf(*entry.record));
    for (const Entry& one : entry.derived) addEntry(command, one, answered, lifeOf);
  } else if (entry.quarantined) {
    addQuarantined(command, *entry.quarantined, entry);
  }
}

void addCursor(redis::RedisCommand& command, const CursorUpdate& cursor, std::size_t entries) {
  command.word("c");
  command.word(cursor.peer);
  command.word(cursor.cursor);
  command.word(cursor.right);
  command.word(static_cast<long long>(entries));
}

void addSettlement(redis::RedisCommand& command, const Settlement& settlement, long long due,
                   std::string_view exceptionId, std::chrono::milliseconds referencesLive,
                   std::size_t& answerRoom) {
  const bool retry = settlement.kind == Settlement::Kind::retry;
  const bool delivered = settlement.kind == Settlement::Kind::delivered;
  static constexpr std::array<std::string_view, 4> kKinds = {"d", "r", "b", "u"};
  command.word(kKinds[static_cast<std::size_t>(settlement.kind)]);
  command.word(settlement.lease.peer);
  command.word(settlement.lease.recordId);
  command.word(settlement.lease.key);
  command.word(settlement.lease.entry);
  command.word(static_cast<long long>(settlement.lease.attempt));
  if (retry) {
    command.word(due);
  } else {
    command.word(delivered ? cutAt(settlement.receipt, Settlement::kReceiptBytes) : exceptionId);
  }
  if (delivered) {
    const bool refers = !settlement.reference.empty();
    command.word(settlement.reference);
    command.word(refers ? std::string(exceptionId) + " " + std::to_string(referencesLive.count())
                        : std::string());
    command.word(settlement.digest);
    return;
  }
  command.word(settlement.code);
  command.word(cutAt(settlement.detail, Settlement::kDetailBytes));
  std::string_view answer = cutAt(settlement.answer, Settlement::kAnswerBytes);
  if (answer.size() > answerRoom) answer = {};
  answerRoom -= answer.size();
  command.word(answer);
}

void addWaitOn(redis::RedisCommand& command, const Keys& keys, const WaitOn& next, WallTime now) {
  beginScript(command, Script::waitOn, keys, 5);
  for (const std::string_view word : {next.exception, next.what, next.code, next.detail})
    command.word(word);
  command.word(static_cast<long long>(now.time_since_epoch().count()));
}

void addLapse(redis::RedisCommand& command, const Lapse& lapse, std::string_view exceptionId) {
  const bool struck = !lapse.strike.empty();
  for (const std::string_view word :
       {std::string_view(struck ? "x" : "l"), std::string_view(lapse.peer),
        std::string_view(lapse.recordId), std::string_view(), std::string_view(lapse.token),
        std::string_view("0"), exceptionId, struck ? codes::kStrikes : std::string_view(),
        lapse.strike, std::string_view()})
    command.word(word);
}

ItemVerdict verdictOf(const Entry& entry) {
  ItemVerdict verdict;
  if (entry.record) {
    verdict.id = entry.record->id;
    verdict.sourceId = entry.record->sourceId;
  } else if (entry.quarantined) {
    verdict.status = ItemVerdict::Status::quarantined;
    verdict.id = entry.quarantined->id;
    verdict.sourceId = entry.quarantined->sourceId;
    verdict.problems = entry.quarantined->problems;
  }
  return verdict;
}

ItemVerdict verdictOf(const Entry& entry, std::string_view word, std::string_view text,
                      std::string_view stepPath) {
  ItemVerdict verdict = verdictOf(entry);
  if (const std::size_t end = text.find('\n'); end != std::string_view::npos) {
    if (end > 0) verdict.id = text.substr(0, end);
    text.remove_prefix(end + 1);
  }
  if (word == "d") {
    verdict.status = ItemVerdict::Status::duplicate;
    verdict.id = text;
  } else if (word == "q") {
    verdict.id = text;
  } else if (word == "w") {
    redis::RedisReply till;
    till.text = text;
    if (!verdict.problems.empty())
      verdict.problems.front().message +=
          "; it waits for that until " +
          base::formatTime(WallTime(std::chrono::milliseconds(till.number()))) +
          ", and is an exception then";
  } else if (const QuarantineCause* cause = causeOf(word)) {
    verdict.status = ItemVerdict::Status::quarantined;
    verdict.problems.push_back({std::string(cause->code),
                                std::string(cause->path.empty() ? stepPath : cause->path),
                                std::string(text)});
  } else {
    verdict.status = ItemVerdict::Status::quarantined;
    verdict.problems.push_back({codes::kConflict, "/revision",
                                "this revision came before with other content, as record " +
                                    std::string(text) +
                                    "; send changed content as a new revision"});
  }
  return verdict;
}

bool isForgotten(const redis::RedisReply& reply) { return beginsWith(reply, "NOSCRIPT"); }

bool lacksCycle(const redis::RedisReply& reply) { return beginsWith(reply, "NOCYCLE"); }

}  // namespace lianqiao::queue
