#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "lianqiao/http.h"
#include "lianqiao/result.h"

namespace lianqiao::http {

class OutboundProxy;

/// Where a call goes. `name()` is all of a URL that may stand in a message.
struct ServerAddress {
  bool tls = false;
  std::string host;  ///< Without brackets.
  std::uint16_t port = 0;
  std::string proxy{};  ///< host:port of the proxy that carries calls to it; empty = none.

  /// host:port
  [[nodiscard]] std::string place() const;
  /// place(), and the proxy before it.
  [[nodiscard]] std::string name() const;
  /// Of the pool: connections with the same key are interchangeable.
  [[nodiscard]] std::string key() const;
};

struct CallUrl {
  ServerAddress server;
  std::string_view authority;  ///< Host header; views the URL.
  std::string_view target;     ///< Path and query; views the URL.
};

/// Splits an absolute http(s) URL. Fails with deliver.protocol for anything else, and for a user
/// and password in it: those belong into a header. Thread-safe.
Result<CallUrl> readUrl(std::string_view url);

/// The request's bytes: Host, Content-Length, the call's headers but for those that are ours to say
/// (Content-Length, Transfer-Encoding, Connection, Proxy-Authorization), body. In absolute form and
/// with our credentials where a `proxy` is to read it; nullptr = none is. Fails with
/// deliver.protocol when method or headers hold line breaks.
Result<std::string> writeRequest(const HttpCall& call, const CallUrl& url,
                                 const OutboundProxy* proxy = nullptr);

}  // namespace lianqiao::http
