#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lianqiao/adapter.h"

namespace lianqiao::webhook {

/// Calls of the peer with the credential that its settings name. Immutable, hence thread-safe.
class WebhookCaller {
 public:
  /// `host` must outlive it. Throws std::invalid_argument, with the remedy, where an entry of
  /// `headers` is no header field.
  WebhookCaller(const Settings& settings, Host& host);

  Result<HttpResponse> send(HttpCall call, Deadline deadline) const;

 private:
  Host& host_;
  const std::vector<std::pair<std::string, std::string>> headers_;
  const Secret token_;
  const std::string keyHeader_;
  const Secret key_;
  const std::optional<SigningIdentity> identity_;
};

}  // namespace lianqiao::webhook
