#include "http/peer_connection.h"

#include <Poco/Exception.h>
#include <Poco/Net/IPAddress.h>
#include <Poco/Net/NetException.h>
#include <Poco/Net/SSLException.h>
#include <Poco/Net/SecureStreamSocket.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "http/answer_parser.h"
#include "http/resolve.h"
#include "lianqiao/codes.h"

namespace lianqiao::http {

namespace {

using Poco::Net::SecureStreamSocket;

constexpr std::size_t kPiece = 1u << 20;

Error connectError(const ServerAddress& server, std::string_view why) {
  return {codes::kConnect, "cannot connect to " + server.name() + ": " + std::string(why)};
}

Error lateError(const ServerAddress& server, std::string_view doing) {
  return {codes::kDeliverTimeout, server.name() + " took too long to " + std::string(doing)};
}

Error tlsError(const ServerAddress& server, std::string_view why) {
  return {codes::kTls, "TLS to " + server.name() + " failed: " + std::string(why)};
}

bool isAddress(const std::string& host) {
  Poco::Net::IPAddress address;
  return Poco::Net::IPAddress::tryParse(host, address);
}

}  // namespace

PeerConnection::PeerConnection(const base::Clock& clock) : clock_(clock) {}

Result<std::unique_ptr<PeerConnection>> PeerConnection::open(const ServerAddress& server,
                                                             const std::shared_ptr<TlsClient>& tls,
                                                             Deadline deadline,
                                                             const base::Clock& clock,
                                                             const OutboundProxy* proxy) {
  const ServerAddress& next = proxy == nullptr ? server : proxy->server();
  const auto told = [&](Error error) {
    return proxy == nullptr ? error : proxy->failed(std::move(error), server);
  };
  auto addresses = resolve(next, deadline, clock);
  if (!addresses) return told(std::move(addresses).error());
  Error last;
  std::size_t left = addresses->size();
  for (const Poco::Net::SocketAddress& address : *addresses) {
    // A dead first address must leave time for the next.
    const auto now = clock.steady();
    const Deadline until = now + (deadline - now) / static_cast<std::int64_t>(left--);
    std::unique_ptr<PeerConnection> connection(new PeerConnection(clock));
    if (auto connected = connection->connect(address, next, until); !connected) {
      last = told(std::move(connected).error());
      continue;
    }
    // All addresses of a proxy would say the same of the peer.
    if (proxy != nullptr && tls != nullptr) {
      if (auto done = connection->openTunnel(server, *proxy, deadline); !done)
        return std::move(done).error();
    }
    if (tls == nullptr) return connection;
    auto secured = connection->secure(server, tls, proxy == nullptr ? until : deadline);
    if (secured) return connection;
    last = std::move(secured).error();
    // Another address of the same host does not have another certificate.
    if (proxy != nullptr || last.code == codes::kTls) break;
  }
  return last;
}

Result<void> PeerConnection::connect(const Poco::Net::SocketAddress& address,
                                     const ServerAddress& server, Deadline deadline) try {
  socket_.connectNB(address);
  if (wait(POLLOUT, deadline) == 0) return lateError(server, "accept the connection");
  if (const int failed = socket_.impl()->socketError(); failed != 0) {
    return connectError(server, std::strerror(failed));
  }
  socket_.setNoDelay(true);
  return {};
} catch (const Poco::Exception& e) {
  return connectError(server, e.displayText());
}

/// The answer to CONNECT ends with its head where it is a success; the body of another is of no
/// use here.
Result<void> PeerConnection::openTunnel(const ServerAddress& server, const OutboundProxy& proxy,
                                        Deadline deadline) {
  AnswerParser parser(true, 0);
  const auto unfit = [&](const std::string& why) {
    return proxy.failed({codes::kProtocol, proxy.server().place() + ": " + why}, server);
  };
  State state = send(proxy.connectRequest(server), deadline);
  for (auto read = AnswerParser::State::need_more; read != AnswerParser::State::complete;) {
    std::array<char, 4096> buffer;
    std::size_t bytes = 0;
    if (state != State::late) state = receive(buffer.data(), buffer.size(), bytes, deadline);
    if (state == State::late)
      return proxy.failed(lateError(proxy.server(), "open a tunnel"), server);
    if (state == State::lost) return unfit("the connection broke: " + problem_);
    read = state == State::closed ? parser.end() : parser.feed({buffer.data(), bytes});
    if (read == AnswerParser::State::broken) return unfit(parser.problem());
  }
  if (parser.status() >= 300) return proxy.refusal(parser.status(), server);
  if (parser.followed()) return unfit("it opened no tunnel behind its answer");
  return {};
}

Result<void> PeerConnection::secure(const ServerAddress& server, std::shared_ptr<TlsClient> tls,
                                    Deadline deadline) try {
  tls_ = std::move(tls);
  return shakeHands(server, deadline);
} catch (const Poco::Net::SSLException& e) {
  const std::string refusal = TlsClient::takeRefusal();
  return tlsError(
      server, refusal.empty() ? e.displayText() : "its certificate is not accepted: " + refusal);
} catch (const Poco::Exception& e) {
  return connectError(server, e.displayText());
}

Result<void> PeerConnection::shakeHands(const ServerAddress& server, Deadline deadline) {
  (void)TlsClient::takeRefusal();
  // An address is no server name (RFC 6066 §3); the certificate is checked against it all the same.
  SecureStreamSocket secure = SecureStreamSocket::attach(
      socket_, isAddress(server.host) ? std::string() : server.host, tls_->context());
  secure.setBlocking(false);
  for (;;) {
    const int done = secure.completeHandshake();
    if (done > 0) break;
    if (done != SecureStreamSocket::ERR_SSL_WANT_READ &&
        done != SecureStreamSocket::ERR_SSL_WANT_WRITE) {
      return tlsError(server, "the peer ended the handshake");
    }
    const bool toWrite = done == SecureStreamSocket::ERR_SSL_WANT_WRITE;
    if (wait(toWrite ? POLLOUT : POLLIN, deadline) == 0) {
      return lateError(server, "finish the TLS handshake");
    }
  }
  try {
    secure.verifyPeerCertificate(server.host);
  } catch (const Poco::Exception&) {
    return tlsError(server, "its certificate is not for " + server.host);
  }
  socket_ = secure;
  return {};
}

short PeerConnection::wait(short events, Deadline deadline) const {
  for (;;) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - clock_.steady()).count();
    if (left <= 0) return 0;
    pollfd waited{socket_.impl()->sockfd(), events, 0};
    const int ready = ::poll(&waited, 1, static_cast<int>(std::min<std::int64_t>(left, 60'000)));
    if (ready > 0) return waited.revents;
    if (ready < 0 && errno != EINTR) return 0;
  }
}

PeerConnection::State PeerConnection::send(std::string_view bytes, Deadline deadline) {
  try {
    while (!bytes.empty()) {
      const auto piece = static_cast<int>(std::min(bytes.size(), kPiece));
      const int sent = socket_.sendBytes(bytes.data(), piece, MSG_NOSIGNAL);
      if (sent > 0) {
        bytes.remove_prefix(static_cast<std::size_t>(sent));
        continue;
      }
      const short ready = wait(POLLOUT | POLLIN, deadline);
      if (ready == 0) return State::late;
      if ((ready & POLLIN) != 0 && (ready & POLLOUT) == 0 && hearsAnswer()) return State::answering;
    }
    return State::ok;
  } catch (const Poco::Exception& e) {
    problem_ = e.displayText();
    return State::lost;
  }
}

/// Under TLS, what can be read may be a session ticket: only decrypting it tells.
bool PeerConnection::hearsAnswer() {
  if (tls_ == nullptr) return true;
  std::array<char, 4096> buffer;
  const int got = socket_.receiveBytes(buffer.data(), static_cast<int>(buffer.size()));
  if (got > 0) early_.assign(buffer.data(), static_cast<std::size_t>(got));
  return got >= 0;
}

PeerConnection::State PeerConnection::receive(char* to, std::size_t room, std::size_t& bytes,
                                              Deadline deadline) {
  bytes = std::min(room, early_.size());
  if (bytes > 0) {
    std::copy_n(early_.begin(), bytes, to);
    early_.erase(0, bytes);
    return State::ok;
  }
  try {
    for (bool first = true;; first = false) {
      // An answer is hardly ever there at once: wait before the first try. TLS may hold bytes
      // already.
      short events = POLLIN;
      if (!first || tls_ != nullptr) {
        const int got = socket_.receiveBytes(to, static_cast<int>(std::min(room, kPiece)));
        if (got > 0) {
          bytes = static_cast<std::size_t>(got);
          return State::ok;
        }
        if (got == 0) return State::closed;
        if (tls_ != nullptr && got == SecureStreamSocket::ERR_SSL_WANT_WRITE) events = POLLOUT;
      }
      if (wait(events, deadline) == 0) return State::late;
    }
  } catch (const Poco::Exception& e) {
    problem_ = e.displayText();
    return State::lost;
  }
}

PeerConnection::Silence PeerConnection::silence() {
  if (!early_.empty()) return Silence::broken;
  // Under TLS what is there may be a session ticket or two, or a part of a record. What is read
  // besides is lost, with the connection.
  constexpr int kMostRecords = 8;
  try {
    for (int i = 0; i < kMostRecords; ++i) {
      pollfd now{socket_.impl()->sockfd(), POLLIN, 0};
      const bool held = tls_ != nullptr && socket_.available() > 0;
      if (!held && ::poll(&now, 1, 0) == 0) break;
      char byte = 0;
      const int got = socket_.receiveBytes(&byte, 1);
      if (got >= 0) return got > 0 ? Silence::broken : Silence::ended;
    }
    return Silence::kept;
  } catch (const Poco::Exception& e) {
    problem_ = e.displayText();
    return Silence::ended;
  }
}

}  // namespace lianqiao::http
