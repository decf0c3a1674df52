#pragma once

#include <string>

#include "data_exchange/connection.h"
#include "data_exchange/platform_answer.h"
#include "data_exchange/signing_key.h"

namespace lianqiao::data_exchange {

/// Signed calls of one service of the platform. Thread-safe.
class ExchangeClient {
 public:
  /// All references must outlive this.
  ExchangeClient(const Connection& connection, Service service, const PlatformRules& rules,
                 Host& host);

  /// Posts `body`. Where the platform takes the signature for wrong and keys are fetched, fetches a
  /// new one and posts once more, within the same deadline. A failure without an answer is in
  /// `answer.outcome`, too.
  void post(const std::string& body, const Headers& headers, std::size_t maxAnswerBytes,
            Deadline deadline, PlatformAnswer& answer);

  /// Asks with GET, with a new key where that is wanted, as post().
  Result<HttpResponse> get(HttpCall call, Deadline deadline);

  /// Proves address and credential without sending a record: fetches a key, or asks with GET.
  Result<void> probe(Deadline deadline);

  [[nodiscard]] const Service& service() const { return service_; }

 private:
  void ask(HttpCall call, Deadline deadline, PlatformAnswer& answer);
  void send(HttpCall call, const SigningKey::Key& key, Deadline deadline, PlatformAnswer& answer);
  std::string nonce();

  const Connection& connection_;
  const Service service_;
  const PlatformRules& rules_;
  Host& host_;
  SigningKey key_;
};

}  // namespace lianqiao::data_exchange
