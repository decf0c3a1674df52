#pragma once

#include <functional>
#include <span>

#include "queue/keys.h"
#include "record/journal.h"
#include "redis/connection_pool.h"

namespace lianqiao::review {

/// The journal as the scripts write it (queue/FORMAT.md, "Journal"). Damaged entries are read
/// as far as they can be; an item that is none is left out.
class RedisJournal final : public record::Journal {
 public:
  using Connect = std::function<Result<redis::ConnectionPool::Borrowed>()>;

  RedisJournal(Connect connect, queue::Keys keys)
      : connect_(std::move(connect)), keys_(std::move(keys)) {}

  Result<std::vector<record::JournalEntry>> read(record::JournalPosition after,
                                                 std::size_t most) override;
  Result<record::JournalState> state(record::JournalPosition after) override;
  Result<record::JournalReader> claim(const record::JournalReader& reader, bool anew) override;
  Result<void> goOnBehind(record::JournalPosition position) override;
  Result<void> trim(record::JournalPosition position) override;
  Result<std::vector<std::optional<record::StoredRecord>>> records(
      const std::vector<std::string>& ids) override;
  Result<std::vector<std::optional<record::StoredException>>> exceptions(
      const std::vector<std::string>& ids) override;
  Result<record::LivingPage> living(const std::string& cursor) override;
  Result<std::vector<record::JournalEntry>> retell(
      const std::vector<record::StoredRecord>& records) override;

 private:
  const Connect connect_;
  const queue::Keys keys_;
};

/// Fields and values of one entry, in turn. Pure.
[[nodiscard]] record::JournalEntry readJournalEntry(record::JournalPosition position,
                                                    std::span<const redis::RedisReply> fields);

}  // namespace lianqiao::review
