#pragma once

#include <chrono>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/ids.h"
#include "lianqiao/host.h"
#include "queue/keys.h"
#include "redis/redis_connection.h"
#include "review/record_store.h"

/// Leaves that change alone again and again (queue/FORMAT.md, "Counters").
namespace lianqiao::review {

struct LeafName {
  std::string_view peer;
  std::string_view path;
};

/// As RecordStore::held().
Result<std::vector<HeldLeaf>> readHeld(redis::RedisConnection& connection, const queue::Keys& keys);

/// As RecordStore::release(); `owed` gets the peers that have something to lease now, also where it
/// fails. One thing that Redis refuses holds up none of the others and keeps its place.
/// `remembered`: the life of the ledger.
Result<std::optional<Released>> releaseLeaf(redis::RedisConnection& connection,
                                            const queue::Keys& keys, const LeafName& leaf,
                                            WallTime now, std::chrono::milliseconds remembered,
                                            std::string_view journalMark, base::IdSource& ids,
                                            std::set<std::string>& owed);

}  // namespace lianqiao::review
