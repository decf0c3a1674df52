#pragma once

#include <chrono>
#include <functional>

#include "base/clock.h"
#include "queue/keys.h"
#include "queue/references.h"
#include "redis/connection_pool.h"

namespace lianqiao::queue {

/// The references as accept.lua and settle.lua write them. Of what came before they were kept,
/// receipts and ledgers tell as long as the records are there. Thread-safe.
class RedisReferences final : public References {
 public:
  using Connect = std::function<Result<redis::ConnectionPool::Borrowed>()>;

  /// `receiptsLive`: how long receipts are kept. What is given by reference must outlive it.
  RedisReferences(Connect connect, Keys keys, std::chrono::milliseconds receiptsLive,
                  const base::Clock& clock)
      : connect_(std::move(connect)),
        keys_(std::move(keys)),
        receiptsLive_(receiptsLive),
        clock_(clock) {}

  Result<std::vector<std::string>> keysOf(std::span<const record::Reference> ids, For who) override;
  Result<std::vector<std::string>> idsOf(std::string_view peer,
                                         std::span<const std::string> keys) override;
  Result<Lack> lack(std::string_view peer, std::string_view key, std::string_view record,
                    std::chrono::milliseconds wait) override;
  Result<Arrived> arrived(std::size_t most) override;
  Result<bool> waitOn(std::string_view exception, std::string_view what, std::string_view code,
                      std::string_view detail) override;

 private:
  const Connect connect_;
  const Keys keys_;
  const std::chrono::milliseconds receiptsLive_;
  const base::Clock& clock_;
};

}  // namespace lianqiao::queue
