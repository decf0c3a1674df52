#include "redis/redis_address.h"

#include <charconv>
#include <optional>

#include "lianqiao/codes.h"

namespace lianqiao::redis {
namespace {

constexpr std::string_view kForms =
    "redis://[user:password@]host[:port][/db] or unix:///path[?db=n]";

Error bad(std::string_view why) {
  return {codes::kConfig,
          "redis.url: " + std::string(why) + "; it should read " + std::string(kForms)};
}

template <typename Number>
std::optional<Number> number(std::string_view text) {
  Number n{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), n);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return n;
}

std::string unescape(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    unsigned code = 0;
    if (text[i] == '%' && i + 2 < text.size() &&
        std::from_chars(text.data() + i + 1, text.data() + i + 3, code, 16).ptr ==
            text.data() + i + 3) {
      out.push_back(static_cast<char>(code));
      i += 2;
    } else {
      out.push_back(text[i]);
    }
  }
  return out;
}

Result<RedisAddress> parseUnix(std::string_view rest) {
  RedisAddress address;
  const std::size_t query = rest.find('?');
  address.socket = rest.substr(0, query);
  if (address.socket.empty() || address.socket.front() != '/')
    return bad("the socket's path is not absolute");
  if (query != std::string_view::npos) {
    const std::string_view option = rest.substr(query + 1);
    const auto db = option.substr(0, 3) == "db=" ? number<int>(option.substr(3)) : std::nullopt;
    if (!db) return bad("behind '?' only db=<number> is known");
    address.database = *db;
  }
  return address;
}

}  // namespace

std::string RedisAddress::text() const {
  return socket.empty() ? host + ":" + std::to_string(port) : socket;
}

Result<RedisAddress> parseRedisUrl(std::string_view url) {
  if (url.substr(0, 7) == "unix://") return parseUnix(url.substr(7));
  if (url.substr(0, 8) != "redis://") return bad("the scheme is not known");
  url.remove_prefix(8);
  RedisAddress address;
  if (const std::size_t slash = url.find('/'); slash != std::string_view::npos) {
    const std::string_view db = url.substr(slash + 1);
    const auto n = db.empty() ? std::optional<int>(0) : number<int>(db);
    if (!n) return bad("the database is not a number");
    address.database = *n;
    url = url.substr(0, slash);
  }
  if (const std::size_t at = url.rfind('@'); at != std::string_view::npos) {
    const std::string_view entry = url.substr(0, at);
    const std::size_t colon = entry.find(':');
    address.user = unescape(entry.substr(0, colon));
    if (colon != std::string_view::npos)
      address.password = Secret(unescape(entry.substr(colon + 1)));
    url.remove_prefix(at + 1);
  }
  const std::size_t bracket = url.rfind(']');
  const std::size_t colon = url.rfind(':');
  if (colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket)) {
    const auto port = number<std::uint16_t>(url.substr(colon + 1));
    if (!port || *port == 0) return bad("the port is not a number from 1 to 65535");
    address.port = *port;
    url = url.substr(0, colon);
  }
  if (url.size() > 2 && url.front() == '[' && url.back() == ']')
    url = url.substr(1, url.size() - 2);
  if (url.empty()) return bad("the host is missing");
  address.host = url;
  return address;
}

}  // namespace lianqiao::redis
