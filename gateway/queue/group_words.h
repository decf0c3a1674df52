#pragma once

#include <string>
#include <string_view>

#include "config/gateway_config.h"
#include "queue/deliveries.h"
#include "queue/group_lives.h"
#include "queue/keys.h"
#include "queue/lapses.h"
#include "queue/scripts.h"
#include "queue/submissions.h"
#include "redis/redis_command.h"
#include "redis/redis_reply.h"

/// Submissions and settlements as words of the scripts, and answers back. Pure functions.
namespace lianqiao::queue {

inline constexpr std::size_t kCursorWords = 5;
inline constexpr std::size_t kSettlementWords = 10;

/// What orders it: of a record without key, its id.
std::string_view keyOf(const record::Record& record);

/// EVALSHA of `script`; so many arguments must follow.
void beginScript(redis::RedisCommand& command, Script script, const Keys& keys,
                 std::size_t arguments);

/// What becomes of steps that come late or early.
std::string stepsWord(const config::StepSettings& steps);

/// The content of a record and of what is derived from it, stored under `record` at its id, or,
/// where it is `answered` already, under `again`. To be sent in one transaction with accept.lua,
/// before it. Returns how many commands that makes: none for what is no record.
std::size_t addContent(redis::RedisCommand& command, const Keys& keys, const Entry& entry,
                       WallTime now, bool answered = false);
/// It is a record or quarantined: the script is told of it.
[[nodiscard]] inline bool isTold(const Entry& entry) { return entry.record || entry.quarantined; }
/// With those of what is derived. Without `lifeOf` no record moves a life.
std::size_t wordsOf(const Entry& entry, const LifeOf& lifeOf = {});
std::size_t bytesOf(const Entry& entry);
/// `answered`: as Submission's.
void addEntry(redis::RedisCommand& command, const Entry& entry, bool answered,
              const LifeOf& lifeOf);
/// `entries`: so many before it are its own; it is not stored where one of them fails.
void addCursor(redis::RedisCommand& command, const CursorUpdate& cursor, std::size_t entries);
/// `exceptionId`: of what is buried, or would be since its receipt is another thing's id.
/// `answerRoom`: bytes that answers of the group may still have; what does not fit is left out.
void addSettlement(redis::RedisCommand& command, const Settlement& settlement, long long due,
                   std::string_view exceptionId, std::chrono::milliseconds referencesLive,
                   std::size_t& answerRoom);
/// What an exception that waits waits for from now on, and its code and detail.
struct WaitOn {
  std::string_view exception, what, code, detail;
};
void addWaitOn(redis::RedisCommand& command, const Keys& keys, const WaitOn& next, WallTime now);
void addLapse(redis::RedisCommand& command, const Lapse& lapse, std::string_view exceptionId);

/// The verdict of an entry that came through plainly.
ItemVerdict verdictOf(const Entry& entry);
/// … that accept.lua had to say something about: its word, and the first id or the message with it.
/// `stepPath`: where the record names its step.
ItemVerdict verdictOf(const Entry& entry, std::string_view word, std::string_view text,
                      std::string_view stepPath);

/// NOSCRIPT: Redis has lost the scripts, nothing was done.
bool isForgotten(const redis::RedisReply& reply);
/// accept.lua has not found the table of a life cycle, and done nothing.
bool lacksCycle(const redis::RedisReply& reply);

}  // namespace lianqiao::queue
