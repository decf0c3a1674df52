#include <arpa/inet.h>
#include <netdb.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timex.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>
#include <memory>

#include "base/clock.h"
#include "base/rfc3339.h"
#include "doctor/doctor.h"

namespace lianqiao::doctor {
namespace {

/// Beside connections of callers: files, peers, Redis, adapters.
constexpr std::size_t kOwnDescriptors = 256;
/// Of a thread that calls a peer: one in use, and one kept to where it has its tokens from.
constexpr std::size_t kConnectionsOfACaller = 2;

/// 0, or why nothing can listen there. Nothing is ever listened on.
int bindingFails(const config::Listener& listener) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE | AI_NUMERICHOST | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (::getaddrinfo(listener.address.c_str(), std::to_string(listener.port).c_str(), &hints,
                    &found) != 0) {
    return EADDRNOTAVAIL;
  }
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(found, ::freeaddrinfo);
  const int fd = ::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return errno;
  const int on = 1;
  ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  const int error = ::bind(fd, found->ai_addr, found->ai_addrlen) == 0 ? 0 : errno;
  ::close(fd);
  return error;
}

void lookAtPort(const std::string& key, const config::Listener& listener, Checkup& checkup) {
  const std::string place =
      listener.address + ":" + std::to_string(listener.port) + " (" + key + ")";
  if (listener.port == 0) return;
  switch (const int error = bindingFails(listener)) {
    case 0:
      return checkup.ok("port " + place + " is free");
    case EADDRINUSE:
      return checkup.fail("port " + place + " is in use by another program",
                          "find it with `ss -ltnp sport = :" + std::to_string(listener.port) +
                              "` and stop it, or set another " + key + ".port");
    case EACCES:
      return checkup.fail("this user may not listen on " + place,
                          "take a port above 1023 and let a proxy stand before it, or run doctor "
                          "as the gateway's user");
    case EADDRNOTAVAIL:
      return checkup.fail(listener.address + " (" + key + ") is no address of this machine",
                          "set " + key + ".address to one that `ip address` shows, or to 0.0.0.0");
    default:
      return checkup.fail("cannot listen on " + place + ": " + std::strerror(error),
                          "set another " + key);
  }
}

}  // namespace

void lookAtClock(Checkup& checkup) {
  using namespace std::chrono;
  const WallTime now = base::SystemClock().wall();
  const std::string text = base::formatTime(now);
  if (now < WallTime(sys_days(year(2024) / 1 / 1))) {
    return checkup.fail(
        "the clock says " + text + ", which is long past",
        "set it (`timedatectl set-ntp true`): signatures, retention and certificates depend on it");
  }
  timex state{};
  if (::adjtimex(&state) < 0) return checkup.ok("the clock says " + text);
  if ((state.status & STA_UNSYNC) == 0)
    return checkup.ok("the clock says " + text + " and is kept by NTP");
  checkup.warn(
      "the clock says " + text + ", and nothing keeps it right",
      "run chrony or systemd-timesyncd; signed requests are refused once it is minutes off");
}

void lookAtLimits(const config::GatewayConfig& config, Checkup& checkup) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  std::size_t wanted = config.intake.connections + kOwnDescriptors;
  for (const config::PeerConfig& peer : config.peers)
    wanted += kConnectionsOfACaller *
              static_cast<std::size_t>(peer.inbound.concurrency + peer.outbound.concurrency);
  const std::string words =
      std::to_string(limit.rlim_cur) + " files may be open, " + std::to_string(wanted) +
      " are wanted for intake.connections: " + std::to_string(config.intake.connections) +
      " and the concurrency of the peers";
  if (limit.rlim_cur >= wanted) return checkup.ok(words);
  checkup.warn(words, "start the gateway with LimitNOFILE=" + std::to_string(wanted) +
                          " (systemd) or `ulimit -n " + std::to_string(wanted) +
                          "`, or lower intake.connections or outbound.concurrency");
}

void lookAtPorts(const config::GatewayConfig& config, bool running, Checkup& checkup) {
  if (running) return;
  lookAtPort("listen.peers", config.peersListener, checkup);
  lookAtPort("listen.admin", config.adminListener, checkup);
}

}  // namespace lianqiao::doctor
