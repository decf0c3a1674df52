#include "http/outbound_proxy.h"

#include <utility>

#include "config/reach.h"
#include "lianqiao/codes.h"
#include "lianqiao/digest.h"

namespace lianqiao::http {

OutboundProxy::OutboundProxy(config::ProxySettings settings) : settings_(std::move(settings)) {
  server_.host = settings_.host;
  server_.port = settings_.port;
  if (!settings_.user.empty()) {
    authorization_ = "Proxy-Authorization: Basic " +
                     base64(settings_.user + ":" + settings_.password.reveal()) + "\r\n";
  }
}

bool OutboundProxy::carries(const ServerAddress& peer) const {
  return config::carries(settings_, peer.host);
}

const OutboundProxy* OutboundProxy::carry(ServerAddress& peer) const {
  if (!carries(peer)) return nullptr;
  peer.proxy = server_.place();
  return this;
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
