#pragma once

#include <string_view>

#include "base/log_line.h"
#include "config/gateway_config.h"
#include "lianqiao/result.h"
#include "queue/keys.h"
#include "redis/redis_connection.h"

namespace lianqiao::queue {

/// Of the keys, as FORMAT.md has them.
inline constexpr std::string_view kLayout = "2";
/// Of 0.1. Its keys are ours, too; a start writes our number in its place.
inline constexpr std::string_view kFormerLayout = "1";

/// The first version of Redis whose scripts may run at the memory limit.
inline constexpr int kOldestMajor = 7;

/// Refuses a server that would lose or evict records: no append-only file, another eviction policy
/// than noeviction, appendfsync weaker than `sync` (or one that cannot be read), a replica, older
/// than 7.0 (scripts that may run at the memory limit), a user who may not run every command. Fails
/// with queue.unsafe; the message says what to set. `settings.allowUnsafe` turns all but the
/// version and the commands into warnings. Leaves nothing behind.
Result<void> checkServer(redis::RedisConnection& connection, const config::RedisSettings& settings,
                         const base::LogLine& log);

/// Claims the prefix for this layout, raises that of 0.1 to it, or refuses (queue.unsafe) one that
/// bears another, or under which there are keys already though nobody has claimed it.
Result<void> checkLayout(redis::RedisConnection& connection, const Keys& keys);

/// Until when its ledger may hold fingerprints of 0.1 (FORMAT.md, "Duplicates"). Noted under the
/// prefix by checkLayout() where it is new, else by the first call, which is of the first start
/// after 0.1. REQUIRES: checkLayout() has passed.
Result<WallTime> formerFingerprintsUntil(redis::RedisConnection& connection, const Keys& keys,
                                         std::chrono::milliseconds life, WallTime now);

}  // namespace lianqiao::queue
