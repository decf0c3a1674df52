#pragma once

#include <Poco/Net/Context.h>

#include <memory>
#include <string>

#include "config/gateway_config.h"
#include "lianqiao/result.h"

namespace lianqiao::http {

/// Rules for TLS to one peer: TLS 1.2+, certificate and name checked strictly. Thread-safe.
class TlsClient {
 public:
  /// Fails with config.invalid and names the files.
  static Result<std::shared_ptr<TlsClient>> make(const config::TlsSettings& settings);

  [[nodiscard]] const Poco::Net::Context::Ptr& context() const { return context_; }

  /// Why the last certificate that this thread has seen was not accepted ("certificate has
  /// expired"), and forgets it; empty when none was refused.
  static std::string takeRefusal();

 private:
  explicit TlsClient(Poco::Net::Context::Ptr context) : context_(std::move(context)) {}
  Poco::Net::Context::Ptr context_;
};

}  // namespace lianqiao::http
