#pragma once

#include <string_view>

namespace lianqiao::config {

/// True for an address that only this machine reaches.
inline bool isLoopback(std::string_view address) {
  return address.starts_with("127.") || address == "::1" || address == "localhost";
}

}  // namespace lianqiao::config
