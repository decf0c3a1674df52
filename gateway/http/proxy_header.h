#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/ip_address.h"
#include "lianqiao/http.h"

namespace lianqiao::http {

/// What stands before the first byte of a connection that a proxy hands on: the PROXY protocol,
/// version 1 (one line) or 2 (binary), as haproxy.org's proxy-protocol.txt has it.
struct ProxyHeader {
  enum class State : std::uint8_t {
    none,       ///< The bytes begin with something else.
    need_more,  ///< They may yet become one.
    complete,
    malformed,
  };
  /// No header is longer: a version 2 with more than 512 bytes of fields is malformed.
  static constexpr std::size_t kMost = 16 + 512;

  State state = State::none;
  std::size_t size = 0;  ///< Complete: its bytes.
  /// "ip:port" of the caller; none where the proxy speaks for itself (LOCAL, UNKNOWN) or of a
  /// socket that has no address.
  std::optional<std::string> caller{};
};

/// `bytes`: the first of a connection. Thread-safe, bounded by kMost.
ProxyHeader readProxyHeader(std::string_view bytes);

bool isTrusted(std::span<const base::IpNetwork> proxies, const base::IpAddress& address);

/// The caller that trusted proxies tell of in X-Forwarded-For: seen from the nearest, the first
/// that is none of them. `remote` where the last one tells of nobody, or of something that is no
/// address. Looks at 32 at most.
std::string callerBehind(std::span<const base::IpNetwork> proxies, const Headers& headers,
                         const std::string& remote);

}  // namespace lianqiao::http
