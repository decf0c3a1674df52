#pragma once

#include <chrono>
#include <functional>

#include "queue/keys.h"
#include "redis/connection_pool.h"
#include "review/deadline_book.h"

namespace lianqiao::review {

/// The things in Redis (FORMAT.md: `unclocked`, `deadlines`, `clocks`, `reached`). Thread-safe.
class RedisDeadlineBook final : public DeadlineBook {
 public:
  using Connect = std::function<Result<redis::ConnectionPool::Borrowed>()>;

  /// `life`: how long a thing is known behind the moment at which it is looked at next.
  RedisDeadlineBook(Connect connect, queue::Keys keys, std::chrono::milliseconds life)
      : connect_(std::move(connect)), keys_(std::move(keys)), life_(life) {}

  Result<std::vector<Thing>> take(WallTime now, std::size_t most,
                                  std::span<const std::string> further) override;
  Result<std::optional<std::vector<NotKept>>> keep(std::string_view right, WallTime now,
                                                   std::span<const Reckoned> things,
                                                   std::string_view limits) override;
  Result<Page> page(std::string_view from) override;
  Result<std::string> limits() override;
  Result<std::vector<Counts>> counts(std::span<const std::string> peers) override;
  Result<std::map<std::string, std::string, std::less<>>> kept(std::string_view name) override;

 private:
  const Connect connect_;
  const queue::Keys keys_;
  const std::chrono::milliseconds life_;
};

}  // namespace lianqiao::review
