#include "http/resolve.h"

#include <Poco/Exception.h>
#include <Poco/Net/DNS.h>
#include <Poco/Net/HostEntry.h>
#include <Poco/Net/IPAddress.h>

#include <algorithm>
#include <future>
#include <memory>

#include "base/named_thread.h"
#include "lianqiao/codes.h"

namespace lianqiao::http {

namespace {

using Addresses = std::vector<Poco::Net::SocketAddress>;

Result<Addresses> ask(const ServerAddress& server) {
  try {
    Addresses addresses;
    const Poco::Net::HostEntry entry =
        Poco::Net::DNS::hostByName(server.host, Poco::Net::DNS::DNS_HINT_NONE);
    for (const Poco::Net::IPAddress& address : entry.addresses()) {
      const Poco::Net::SocketAddress one(address, server.port);
      if (std::find(addresses.begin(), addresses.end(), one) == addresses.end()) {
        addresses.push_back(one);
      }
    }
    if (!addresses.empty()) return addresses;
  } catch (const Poco::Exception&) {
    // Told below: the exception's text only repeats the host.
    return Error{codes::kConnect,
                 "cannot find " + server.name() + ": the name is not known to the resolver"};
  }
  return Error{codes::kConnect, "cannot find " + server.name() + ": it has no address"};
}

}  // namespace

Result<Addresses> resolve(const ServerAddress& server, Deadline deadline,
                          const base::Clock& clock) {
  Poco::Net::IPAddress literal;
  if (Poco::Net::IPAddress::tryParse(server.host, literal)) {
    return Addresses{Poco::Net::SocketAddress(literal, server.port)};
  }
  auto answer = std::make_shared<std::promise<Result<Addresses>>>();
  auto future = answer->get_future();
  // A look-up cannot be called off: one that is late ends by itself, and nobody waits for it.
  base::startThread("resolve", [answer, server](const std::stop_token&) {
    answer->set_value(ask(server));
  }).detach();
  if (future.wait_for(deadline - clock.steady()) != std::future_status::ready) {
    return Error{codes::kDeliverTimeout,
                 "the name of " + server.name() + " was not resolved in time"};
  }
  return future.get();
}

}  // namespace lianqiao::http
