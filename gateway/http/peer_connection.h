#pragma once

#include <Poco/Net/SocketAddress.h>
#include <Poco/Net/StreamSocket.h>

#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "http/call_request.h"
#include "http/outbound_proxy.h"
#include "http/tls_client.h"
#include "lianqiao/host.h"
#include "lianqiao/result.h"

namespace lianqiao::http {

/// One connection to a peer, plain or TLS, whose every wait ends at the deadline that it is given.
/// Not thread-safe; nothing throws.
class PeerConnection {
 public:
  /// Resolves, connects (each address in turn) and shakes hands. `tls` null = plain. With `proxy`
  /// it is that one which is resolved and connected to, and has to open a tunnel where there is
  /// TLS. Fails with deliver.connect, deliver.tls, deliver.timeout or what OutboundProxy says.
  /// `clock` must outlive the connection.
  static Result<std::unique_ptr<PeerConnection>> open(const ServerAddress& server,
                                                      const std::shared_ptr<TlsClient>& tls,
                                                      Deadline deadline, const base::Clock& clock,
                                                      const OutboundProxy* proxy = nullptr);

  enum class State : std::uint8_t {
    ok,
    answering,  ///< Of send(): the peer answers before it has everything. Read, then close.
    closed,     ///< The peer has ended the connection in order.
    lost,       ///< Reset, or TLS broke; problem() says how.
    late,       ///< The deadline passed.
  };
  /// A whole request, after silence() has said `kept`.
  State send(std::string_view bytes, Deadline deadline);
  /// ok with bytes > 0.
  State receive(char* to, std::size_t room, std::size_t& bytes, Deadline deadline);

  enum class Silence : std::uint8_t {
    kept,    ///< Nothing is there to be read.
    broken,  ///< The peer has sent what nobody had asked for.
    ended,   ///< The peer has closed, or the connection broke.
  };
  /// Looks at what the peer has sent so far, also at what TLS holds back. After anything but `kept`
  /// the connection is good for nothing.
  [[nodiscard]] Silence silence();
  [[nodiscard]] const std::string& problem() const { return problem_; }
  /// When it was last put aside.
  std::chrono::steady_clock::time_point idleSince;

 private:
  explicit PeerConnection(const base::Clock& clock);
  Result<void> connect(const Poco::Net::SocketAddress& address, const ServerAddress& server,
                       Deadline deadline);
  Result<void> openTunnel(const ServerAddress& server, const OutboundProxy& proxy,
                          Deadline deadline);
  Result<void> secure(const ServerAddress& server, std::shared_ptr<TlsClient> tls,
                      Deadline deadline);
  Result<void> shakeHands(const ServerAddress& server, Deadline deadline);
  bool hearsAnswer();
  /// poll(2) events; 0 at the deadline.
  short wait(short events, Deadline deadline) const;

  const base::Clock& clock_;
  std::shared_ptr<TlsClient> tls_;
  Poco::Net::StreamSocket socket_;
  std::string early_;  ///< Of an answer that came while the request was still being sent.
  std::string problem_;
};

}  // namespace lianqiao::http
