#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lianqiao {

/// Header fields in order of arrival; names compare without case.
class Headers {
 public:
  /// First value of that name, or an empty view.
  [[nodiscard]] std::string_view get(std::string_view name) const;
  [[nodiscard]] bool has(std::string_view name) const;
  /// How many fields carry that name.
  [[nodiscard]] std::size_t count(std::string_view name) const;
  void add(std::string name, std::string value) {
    fields_.emplace_back(std::move(name), std::move(value));
  }
  /// Replaces every field of that name.
  void set(std::string_view name, std::string value);
  void clear() { fields_.clear(); }
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& all() const {
    return fields_;
  }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

/// One complete request: the whole body has arrived and its length was checked.
struct HttpRequest {
  std::string method;
  std::string target;  ///< As received, origin form: path and query, still percent-encoded.
  std::string path;    ///< Decoded path, without query.
  std::string query;   ///< Without '?', still encoded.
  Headers headers;
  std::string body;
  std::string remoteAddress;  ///< "ip:port" of the caller, for logs; behind a proxy the ip alone.
  /// Most items that may be cut out of it: a receiver stops there, before it has kept more.
  std::size_t itemLimit = 10'000;

  /// Decoded value of a query parameter (first of that name), or empty.
  [[nodiscard]] std::string parameter(std::string_view name) const;
};

/// An answer from Host::send was unpacked (gzip, deflate), and what is text is UTF-8 without a byte
/// order mark.
struct HttpResponse {
  int status = 200;
  Headers headers;
  std::string body;
  /// Why the body of a peer's answer could not be read, as the end of a sentence: "it came in the
  /// encoding br". The body is then empty.
  std::string unread = {};
};

/// A request that an adapter asks the gateway to send. TLS policy, proxy, limits and time are the
/// gateway's.
struct HttpCall {
  std::string method = "POST";
  std::string url;  ///< Absolute http(s) URL, percent-encoded.
  Headers headers;
  std::string body;
  std::size_t maxAnswerBytes = 1u << 20;
};

/// Percent-decoding; '+' becomes a space only when `form`. Bad escapes stay as they are.
std::string percentDecode(std::string_view text, bool form);
/// RFC 3986: everything but unreserved characters is encoded.
std::string percentEncode(std::string_view text);
/// Decoded name-value pairs of a query or form body, in order.
std::vector<std::pair<std::string, std::string>> parseQuery(std::string_view query);

}  // namespace lianqiao
