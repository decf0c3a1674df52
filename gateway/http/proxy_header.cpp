#include "http/proxy_header.h"

#include <algorithm>
#include <array>
#include <vector>

#include "lianqiao/ascii.h"
#include "lianqiao/text.h"

namespace lianqiao::http {
namespace {

constexpr std::string_view kLine = "PROXY ";
constexpr std::string_view kBinary("\r\n\r\n\0\r\nQUIT\n", 12);
constexpr std::size_t kMostLine = 107;
constexpr std::size_t kFixed = 16;
constexpr std::size_t kMostHops = 32;

using State = ProxyHeader::State;

std::string withPort(const base::IpAddress& address, std::string_view port) {
  const std::string text = address.text();
  return (address.isV4() ? text : "[" + text + "]") + ":" + std::string(port);
}

/// PROXY TCP4 192.0.2.1 10.0.0.1 56324 443
ProxyHeader readLine(std::string_view bytes) {
  const std::size_t end = bytes.find("\r\n");
  if (end == bytes.npos) {
    return {bytes.size() < kMostLine ? State::need_more : State::malformed};
  }
  ProxyHeader header{State::complete, end + 2};
  std::vector<std::string_view> parts;
  for (std::string_view left = bytes.substr(kLine.size(), end - kLine.size());;) {
    const std::size_t blank = std::min(left.find(' '), left.size());
    parts.push_back(left.substr(0, blank));
    if (blank == left.size()) break;
    left.remove_prefix(blank + 1);
  }
  if (parts.front() == "UNKNOWN") return header;
  const bool four = parts.front() == "TCP4";
  if (end + 2 > kMostLine || parts.size() != 5 || (!four && parts.front() != "TCP6")) {
    return {State::malformed};
  }
  const auto source = base::IpAddress::parse(parts[1]);
  const auto port = base::IpAddress::parse("0.0.0.0:" + std::string(parts[3]));
  const bool bare = parts[1].find_first_of("[]") == std::string_view::npos &&
                    (four == (parts[1].find(':') == std::string_view::npos));
  if (!source || !port || !bare) return {State::malformed};
  header.caller = withPort(*source, parts[3]);
  return header;
}

ProxyHeader readBinary(std::string_view bytes) {
  if (bytes.size() < kFixed) return {State::need_more};
  const auto at = [bytes](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  const unsigned command = at(12);
  const unsigned family = at(13) >> 4;
  const std::size_t length = at(14) * 256u + at(15);
  if ((command != 0x20 && command != 0x21) || kFixed + length > ProxyHeader::kMost) {
    return {State::malformed};
  }
  if (bytes.size() < kFixed + length) return {State::need_more};
  ProxyHeader header{State::complete, kFixed + length};
  if (command == 0x20 || (family != 1 && family != 2)) return header;
  const std::size_t size = family == 1 ? 4 : 16;
  if (length < 2 * size + 4) return {State::malformed};
  base::IpAddress source;
  if (family == 1) {
    source = base::IpAddress::ofV4({at(16), at(17), at(18), at(19)});
  } else {
    std::copy_n(bytes.begin() + kFixed, size, source.bytes.begin());
  }
  const std::size_t port = kFixed + 2 * size;
  header.caller = withPort(source, std::to_string(at(port) * 256u + at(port + 1)));
  return header;
}

}  // namespace

ProxyHeader readProxyHeader(std::string_view bytes) {
  for (const std::string_view start : {kLine, kBinary}) {
    const std::size_t seen = std::min(bytes.size(), start.size());
    if (bytes.substr(0, seen) != start.substr(0, seen)) continue;
    if (seen < start.size()) return {State::need_more};
    return start == kLine ? readLine(bytes) : readBinary(bytes);
  }
  return {State::none};
}

bool isTrusted(std::span<const base::IpNetwork> proxies, const base::IpAddress& address) {
  return std::any_of(proxies.begin(), proxies.end(),
                     [&](const auto& network) { return network.contains(address); });
}

std::string callerBehind(std::span<const base::IpNetwork> proxies, const Headers& headers,
                         const std::string& remote) {
  std::string caller = remote;
  std::size_t hops = 0;
  const auto& fields = headers.all();
  for (auto field = fields.rbegin(); field != fields.rend(); ++field) {
    if (!equalIgnoringCase(field->first, "x-forwarded-for")) continue;
    for (std::string_view left = field->second; !left.empty() && ++hops <= kMostHops;) {
      const auto known = base::IpAddress::parse(caller);
      if (!known || !isTrusted(proxies, *known)) return caller;
      const std::size_t comma = left.rfind(',');
      const std::string_view hop = trim(comma == left.npos ? left : left.substr(comma + 1));
      if (!base::IpAddress::parse(hop)) return caller;
      caller = hop;
      left = comma == left.npos ? std::string_view() : left.substr(0, comma);
    }
  }
  return caller;
}

}  // namespace lianqiao::http
