#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace lianqiao::http {

/// Decodes a chunked body (RFC 9112 §7.1) piece by piece. Strict: every line ends with CR LF, a
/// size is 1 to 8 hexadecimal digits, extensions follow the grammar and are bounded, trailers are
/// checked and dropped, and those that would change framing, routing or rights are refused (RFC
/// 9110 §6.5.1). One per body. Not thread-safe.
class ChunkedBody {
 public:
  enum class State : std::uint8_t { need_more, complete, malformed, too_large };

  /// Takes `bytes`, appends data to `body`, and sets `used` to how many bytes belonged to the body.
  /// too_large: the body would pass `limit`.
  State advance(std::string_view bytes, std::size_t limit, std::string& body, std::size_t& used);
  void reset() { *this = ChunkedBody(); }

 private:
  enum class Part : std::uint8_t { size_line, data, data_end, trailer };
  State takeLine(std::size_t limit, const std::string& body);

  std::string line_;
  std::size_t overhead_ = 0;
  std::uint64_t left_ = 0;
  Part part_ = Part::size_line;
};

}  // namespace lianqiao::http
