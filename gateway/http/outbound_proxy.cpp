#include "http/outbound_proxy.h"

#include <algorithm>
#include <utility>

#include "lianqiao/ascii.h"
#include "lianqiao/codes.h"
#include "lianqiao/digest.h"

namespace lianqiao::http {

namespace {

/// `host` is that domain, or a name below it.
bool isWithin(std::string_view host, std::string_view domain) {
  if (host.ends_with('.')) host.remove_suffix(1);
  if (host.size() < domain.size()) return false;
  const std::size_t below = host.size() - domain.size();
  return (below == 0 || host[below - 1] == '.') && equalIgnoringCase(host.substr(below), domain);
}

}  // namespace

OutboundProxy::OutboundProxy(config::ProxySettings settings) : settings_(std::move(settings)) {
  server_.host = settings_.host;
  server_.port = settings_.port;
  if (!settings_.user.empty()) {
    authorization_ = "Proxy-Authorization: Basic " +
                     base64(settings_.user + ":" + settings_.password.reveal()) + "\r\n";
  }
}

bool OutboundProxy::carries(const ServerAddress& peer) const {
  if (settings_.host.empty()) return false;
  const auto address = base::IpAddress::parse(peer.host);
  const bool direct =
      address ? std::any_of(settings_.directNetworks.begin(), settings_.directNetworks.end(),
                            [&](const auto& network) { return network.contains(*address); })
              : std::any_of(settings_.directNames.begin(), settings_.directNames.end(),
                            [&](const auto& domain) { return isWithin(peer.host, domain); });
  return !direct;
}

std::string OutboundProxy::connectRequest(const ServerAddress& peer) const {
  const std::string place = peer.place();
  return "CONNECT " + place + " HTTP/1.1\r\nHost: " + place + "\r\nUser-Agent: lianqiao\r\n" +
         authorization_ + "\r\n";
}

Error OutboundProxy::failed(Error error, const ServerAddress& peer) const {
  error.detail =
      "outbound.proxy: " + error.detail + "; " + peer.place() + " is called through this proxy";
  return error;
}

Error OutboundProxy::refusal(int status, const ServerAddress& peer) const {
  const std::string start =
      "outbound.proxy: " + server_.place() + " answered " + std::to_string(status);
  const bool known = !settings_.user.empty();
  // For a wrong password some say 401, which is meant for servers.
  if (status == 407 || (status == 401 && known)) {
    return {codes::kRefused, start +
                                 (known ? ", it does not accept our credentials; correct "
                                        : ", it wants credentials; give ") +
                                 "outbound.proxy.user and .password"};
  }
  if (status == 401 || status == 403 || status == 405) {
    return {codes::kRefused, start + ", it does not let us through to " + peer.place() +
                                 "; have it allowed there, or name this host in "
                                 "outbound.proxy.no_proxy"};
  }
  return {codes::kConnect, start + " and opened no way to " + peer.place() +
                               "; ask its operators whether it can reach that host"};
}

}  // namespace lianqiao::http
