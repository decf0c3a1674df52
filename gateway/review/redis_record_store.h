#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "config/gateway_config.h"
#include "queue/journal_mark.h"
#include "queue/keys.h"
#include "queue/takers.h"
#include "redis/connection_pool.h"
#include "review/record_store.h"

namespace lianqiao::review {

/// What the queue keeps in Redis (layout: queue/FORMAT.md), read by single commands; thread-safe.
class RedisRecordStore final : public RecordStore {
 public:
  using Connect = std::function<Result<redis::ConnectionPool::Borrowed>()>;

  /// `ready`: that peer has something to lease again. What it is given by
  /// reference must outlive the store.
  RedisRecordStore(Connect connect, queue::Keys keys, const config::Retention& retention,
                   const base::Clock& clock, base::IdSource& ids, const queue::Takers& takers,
                   const queue::JournalMark& journal)
      : connect_(std::move(connect)),
        keys_(std::move(keys)),
        retention_(retention),
        clock_(clock),
        ids_(ids),
        takers_(takers),
        journal_(journal) {}

  Result<PeerDepth> depth(std::string_view peer) override;
  Result<std::map<std::string, PeerCounts>> counts() override;
  Result<std::vector<ExceptionInfo>> exceptions(const ExceptionFilter& filter) override;
  Result<std::map<std::string, std::uint64_t>> exceptionCounts() override;
  Result<std::map<std::string, PeerShares>> exceptionShares() override;
  Result<std::optional<ExceptionInfo>> exception(std::string_view id) override;
  Result<std::optional<EndedException>> ended(std::string_view exceptionId) override;
  Result<bool> requeue(std::string_view exceptionId, std::string_view who) override;
  Result<std::vector<KnownRevision>> revisions(std::string_view source, std::string_view sourceId,
                                               std::string_view to) override;
  Result<std::vector<KnownRevision>> steps(std::string_view key, std::string_view recordId,
                                           std::string_view to) override;
  Result<bool> dropException(std::string_view exceptionId, std::string_view note) override;
  Result<std::vector<HeldLeaf>> held() override;
  Result<std::optional<Released>> release(std::string_view peer, std::string_view path) override;
  Result<std::vector<Trail>> ownTrails(std::string_view peer, std::string_view anyId,
                                       std::size_t most) override;
  Result<std::vector<Trail>> trail(std::string_view anyId) override;

 private:
  const Connect connect_;
  const queue::Keys keys_;
  const config::Retention retention_;
  const base::Clock& clock_;
  base::IdSource& ids_;
  const queue::Takers& takers_;
  const queue::JournalMark& journal_;
};

}  // namespace lianqiao::review
