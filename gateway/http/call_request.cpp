#include "http/call_request.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "http/outbound_proxy.h"
#include "http/readable.h"
#include "lianqiao/ascii.h"
#include "lianqiao/codes.h"

namespace lianqiao::http {

namespace {

Error unsendable(std::string_view why) {
  return {codes::kProtocol, "the request cannot be sent: " + std::string(why)};
}

bool isToken(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return isDigit(c) || isLetter(c) ||
           (c != '\0' && std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos);
  });
}

bool isVisible(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > 0x20 && c < 0x7f; });
}

bool isFieldValue(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](char c) { return c == '\r' || c == '\n' || c == '\0'; });
}

/// host, [v6]:port, host:port
bool readAuthority(std::string_view authority, ServerAddress& server) {
  std::string_view host = authority;
  std::string_view port;
  if (const std::size_t colon = authority.rfind(':');
      colon != std::string_view::npos && authority.find(']', colon) == std::string_view::npos) {
    host = authority.substr(0, colon);
    port = authority.substr(colon + 1);
    const auto [end, failed] = std::from_chars(port.data(), port.data() + port.size(), server.port);
    if (failed != std::errc() || end != port.data() + port.size()) return false;
  }
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  server.host = host;
  return !host.empty() && isVisible(host) &&
         host.find_first_of("[]@\\") == std::string_view::npos && server.port != 0;
}

void appendField(std::string& out, std::string_view name, std::string_view value) {
  out.append(name).append(": ").append(value).append("\r\n");
}

}  // namespace

std::string ServerAddress::place() const {
  return (host.find(':') == std::string::npos ? host : "[" + host + "]") + ":" +
         std::to_string(port);
}

std::string ServerAddress::name() const {
  return proxy.empty() ? place() : place() + " through the proxy " + proxy;
}

std::string ServerAddress::key() const { return (tls ? "s " : "p ") + name(); }

Result<CallUrl> readUrl(std::string_view url) {
  CallUrl read;
  if (url.starts_with("http://")) {
    read.server.port = 80;
    url.remove_prefix(7);
  } else if (url.starts_with("https://")) {
    read.server.tls = true;
    read.server.port = 443;
    url.remove_prefix(8);
  } else {
    return unsendable("its URL does not start with http:// or https://");
  }
  url = url.substr(0, url.find('#'));
  const std::size_t end = std::min(url.find_first_of("/?"), url.size());
  read.authority = url.substr(0, end);
  read.target = url.substr(end);
  if (read.authority.find('@') != std::string_view::npos) {
    return unsendable("its URL has a user and password; put them into the peer's settings");
  }
  if (!readAuthority(read.authority, read.server))
    return unsendable("its URL has no valid host and port");
  if (!isVisible(read.target))
    return unsendable("its URL has characters that must be percent-encoded");
  return read;
}

Result<std::string> writeRequest(const HttpCall& call, const CallUrl& url,
                                 const OutboundProxy* proxy) {
  if (!isToken(call.method)) return unsendable("its method is not valid");
  std::string out;
  out.reserve(512 + call.body.size());
  out.append(call.method).append(" ");
  if (proxy != nullptr) out.append("http://").append(url.authority);
  if (!url.target.starts_with('/')) out.append("/");
  out.append(url.target).append(" HTTP/1.1\r\n");
  if (!call.headers.has("Host")) appendField(out, "Host", url.authority);
  if (!call.headers.has("User-Agent")) appendField(out, "User-Agent", "lianqiao");
  if (!call.headers.has("Accept-Encoding")) appendField(out, "Accept-Encoding", kAcceptedEncodings);
  // A GET with a length, though legal, is turned away by some web application firewalls.
  if (!call.body.empty() || (call.method != "GET" && call.method != "HEAD")) {
    std::array<char, 20> digits{};
    const auto* end =
        std::to_chars(digits.data(), digits.data() + digits.size(), call.body.size()).ptr;
    appendField(out, "Content-Length",
                {digits.data(), static_cast<std::size_t>(end - digits.data())});
  }
  for (const auto& [name, value] : call.headers.all()) {
    if (equalIgnoringCase(name, "content-length") || equalIgnoringCase(name, "transfer-encoding") ||
        equalIgnoringCase(name, "connection") || equalIgnoringCase(name, "proxy-authorization")) {
      continue;
    }
    if (!isToken(name) || !isFieldValue(value)) return unsendable("a header is not valid");
    appendField(out, name, value);
  }
  if (proxy != nullptr) out.append(proxy->authorization());
  out.append("\r\n").append(call.body);
  return out;
}

}  // namespace lianqiao::http
