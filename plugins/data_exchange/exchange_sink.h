#pragma once

#include <memory>
#include <string>
#include <vector>

#include "data_exchange/exchange_client.h"

namespace lianqiao::data_exchange {

/// Brings records to the platform, each type to the service that the settings name. Thread-safe.
class ExchangeSink final : public Sink {
 public:
  /// Throws std::invalid_argument where settings contradict each other.
  ExchangeSink(const Settings& settings, Host& host);

  Outcome deliver(const Delivery& delivery, Deadline deadline) override;
  [[nodiscard]] std::size_t batchLimit() const override { return batch_; }
  /// Records of one service in a row go in one body. A rejected body is sent again record by
  /// record, so that one bad record does not condemn the others.
  std::vector<Outcome> deliverBatch(std::span<const Delivery> deliveries,
                                    Deadline deadline) override;
  Result<void> probe(Deadline deadline) override;

 private:
  ExchangeClient& clientFor(std::string_view type);
  /// All of one service.
  Outcome send(std::span<const Delivery> deliveries, Deadline deadline);
  Result<std::string> bodyOf(std::span<const Delivery> deliveries) const;

  const Connection connection_;
  const PlatformRules rules_;
  const bool inArray_;
  const std::string arrayMember_;
  const std::size_t batch_;
  const std::string idempotencyHeader_;
  const std::string idempotencyMember_;
  std::vector<std::unique_ptr<ExchangeClient>> clients_;  // the last one takes all other types
};

}  // namespace lianqiao::data_exchange
