#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace lianqiao::http {

enum class Packing : std::uint8_t {
  gzip,     ///< RFC 1952, of one member or several.
  deflate,  ///< RFC 1950, or without its frame, as some servers send it.
};

/// What became of packed bytes. `text` counts where `state` is whole.
struct Inflated {
  enum class State : std::uint8_t { whole, too_long, damaged };
  State state = State::damaged;
  std::string text;
};

/// Never holds more than `maxBytes` of what comes out, however much went in. Cut short, followed by
/// something else, or with a wrong checksum it is damaged.
Inflated inflate(Packing packing, std::string_view packed, std::size_t maxBytes);

}  // namespace lianqiao::http
