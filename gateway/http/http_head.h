#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "lianqiao/http.h"

namespace lianqiao::http {

/// An answer that the front gives by itself. `status` stands beside the code because HTTP knows
/// more refusals (414, 417, 431, 501, 505) than callers need codes for.
struct Refusal {
  int status = 400;
  std::string_view code;
  std::string message;  ///< English, for the sender's administrator; never repeats what was sent.
};

/// What the front must know of a request beside the request itself.
struct RequestHead {
  HttpRequest request;  ///< Without body. An absolute-form target has become origin form.
  std::uint64_t length = 0;
  bool chunked = false;
  bool http10 = false;
  bool keepAlive = true;
  bool expectContinue = false;
};

/// Longest request line: RFC 9112 §3 wants at least 8,000 octets.
inline constexpr std::size_t kMaxRequestLine = 8192 + 64;
inline constexpr std::size_t kMaxFields = 100;
/// No method that is registered is longer.
inline constexpr std::size_t kMaxMethod = 32;

/// Finds the end of a request head as bytes arrive, looking at every byte once, and refuses at once
/// what can no longer become a request: bare LF, folded lines (RFC 9112 §5.2), blanks before the
/// first field, a start that is no method, too long, too many. One per request; reset() before the
/// next. Not thread-safe.
class HeadScan {
 public:
  enum class State : std::uint8_t { need_more, complete, refused };

  /// `bytes`: everything since the last request's end, growing from call to call.
  State advance(std::string_view bytes, std::size_t limit);
  void reset() { *this = HeadScan(); }

  /// Where the request line starts (an empty line before it is skipped, RFC 9112 §2.2).
  [[nodiscard]] std::size_t begin() const { return begin_; }
  /// After complete: where the body starts.
  [[nodiscard]] std::size_t end() const { return lineStart_; }
  [[nodiscard]] const Refusal& refusal() const { return refusal_; }

 private:
  State refuse(int status, std::string_view code, std::string_view message);
  State tooLong(std::string_view bytes, std::size_t limit);

  std::size_t begin_ = 0;
  std::size_t lineStart_ = 0;
  std::size_t seen_ = 0;
  std::size_t lines_ = 0;
  Refusal refusal_;
};

/// Reads a complete head (request line to empty line, both included). Returns the refusal, or
/// nothing and fills `head`. Thread-safe. What it holds senders to, beyond the grammar: RFC 9112
/// §3.2 (one valid Host), §6.1 and §6.3 (one framing: Content-Length once and as plain digits, or
/// Transfer-Encoding: chunked and nothing else), §2.3 (version).
std::optional<Refusal> parseHead(std::string_view bytes, RequestHead& head);

}  // namespace lianqiao::http
