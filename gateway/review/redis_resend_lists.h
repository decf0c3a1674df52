#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "queue/journal_mark.h"
#include "queue/keys.h"
#include "queue/takers.h"
#include "redis/connection_pool.h"
#include "review/resend_lists.h"

namespace lianqiao::review {

/// Lists in Redis (layout: queue/FORMAT.md); thread-safe.
class RedisResendLists final : public ResendLists {
 public:
  using Connect = std::function<Result<redis::ConnectionPool::Borrowed>()>;

  /// What it is given by reference must outlive it.
  RedisResendLists(Connect connect, queue::Keys keys, const base::Clock& clock,
                   const queue::Takers& takers, const queue::JournalMark& journal)
      : connect_(std::move(connect)),
        keys_(std::move(keys)),
        clock_(clock),
        takers_(takers),
        journal_(journal) {}

  Result<void> make(const std::string& id, const ResendWish& wish) override;
  Result<std::uint64_t> add(const std::string& id,
                            const std::vector<ListedDelivery>& deliveries) override;
  Result<std::optional<ResendStep>> run(const std::string& id, std::size_t most,
                                        const std::optional<ResendKnowledge>& known) override;
  Result<std::optional<std::vector<ResendVerdict>>> look(const std::string& id,
                                                         const std::optional<ListedDelivery>& after,
                                                         std::size_t most) override;
  Result<std::optional<ResendList>> list(const std::string& id) override;
  Result<std::vector<ListedDelivery>> deliveriesOf(
      const std::vector<std::string>& records) override;

 private:
  Result<std::uint64_t> enlist(const std::string& id, const ResendWish& wish,
                               const std::vector<ListedDelivery>& deliveries);

  const Connect connect_;
  const queue::Keys keys_;
  const base::Clock& clock_;
  const queue::Takers& takers_;
  const queue::JournalMark& journal_;
};

}  // namespace lianqiao::review
