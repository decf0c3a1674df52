#include "config/reach.h"

#include <algorithm>

#include "lianqiao/ascii.h"

namespace lianqiao::config {
namespace {

/// `host` is that domain, or a name below it.
bool isWithin(std::string_view host, std::string_view domain) {
  if (host.ends_with('.')) host.remove_suffix(1);
  if (host.size() < domain.size()) return false;
  const std::size_t below = host.size() - domain.size();
  return (below == 0 || host[below - 1] == '.') && equalIgnoringCase(host.substr(below), domain);
}

}  // namespace

bool isLoopback(std::string_view host) {
  static const base::IpNetwork kFour = *base::IpNetwork::parse("127.0.0.0/8");
  static const base::IpNetwork kSix = *base::IpNetwork::parse("::1");
  const auto address = base::IpAddress::parse(host);
  if (address) return kFour.contains(*address) || kSix.contains(*address);
  return isWithin(host, "localhost");
}

bool carries(const ProxySettings& proxy, std::string_view host) {
  if (proxy.host.empty()) return false;
  const auto address = base::IpAddress::parse(host);
  const bool direct =
      address ? std::any_of(proxy.directNetworks.begin(), proxy.directNetworks.end(),
                            [&](const auto& network) { return network.contains(*address); })
              : std::any_of(proxy.directNames.begin(), proxy.directNames.end(),
                            [&](const auto& domain) { return isWithin(host, domain); });
  return !direct;
}

}  // namespace lianqiao::config
