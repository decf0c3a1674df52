#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "queue/keys.h"
#include "redis/redis_connection.h"

/// Looking at what stands under our prefix without writing anything: `lianqiao doctor`. Each fails
/// with queue.unavailable where Redis does not answer.
namespace lianqiao::queue {

/// Layout number of the keys; nothing where no gateway has written yet.
Result<std::optional<std::string>> layoutOf(redis::RedisConnection& connection, const Keys& keys);
/// That of this gateway.
[[nodiscard]] std::string_view ownLayout();
/// Whether a start takes keys of that layout for its own.
[[nodiscard]] bool readsLayout(std::string_view layout);

/// Keys under the prefix that no gateway has made: another name or another type than FORMAT.md has.
/// At most five; of a large database only a part is looked at.
Result<std::vector<std::string>> foreignKeys(redis::RedisConnection& connection, const Keys& keys);

/// The host and process of a gateway that beats under this node's name; nothing where none does.
/// Watches for as long as a beat stands still, at most kNameWatch.
Result<std::optional<std::string>> beatingNode(redis::RedisConnection& connection, const Keys& keys,
                                               std::string_view node);

}  // namespace lianqiao::queue
