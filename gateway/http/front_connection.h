#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "config/gateway_config.h"
#include "http/chunked_body.h"
#include "http/front_mailbox.h"
#include "http/http_front.h"
#include "http/http_head.h"
#include "http/socket_stream.h"
#include "http/waiting_lines.h"

namespace lianqiao::http {

/// What the connections of one front share. Front's thread only, but for the mailbox.
struct FrontContext {
  config::IntakeLimits limits;
  HttpFront::Admit admit;
  HttpFront::Handler handler;
  std::shared_ptr<Mailbox> mailbox;
  std::vector<base::IpNetwork> trustedProxies;
  /// A proxy has told whose connection this is. False: that caller has his share, all of it at
  /// work.
  std::function<bool(ConnectionId, const base::IpAddress&)> handedOn;
  std::chrono::steady_clock::time_point now;  ///< Of the current turn of the loop.
  std::vector<char> input;                    ///< Scratch: an idle connection holds no buffer.
};

/// One caller: reads a request, hands it over, writes its answer, and only then reads the next.
/// Never blocks, never waits; the loop tells it what happened. Front's thread only.
class FrontConnection {
 public:
  using Time = std::chrono::steady_clock::time_point;
  enum class Phase : std::uint8_t {
    idle,       ///< No byte of a request yet.
    head,       ///< Part of a head has come.
    body,       ///< Part of a body is missing.
    working,    ///< The handler has it; nothing is read meanwhile.
    answering,  ///< The socket is full.
    /// Answered and ended; what still comes is thrown away, so that the answer is not (RFC 9112
    /// §9.6).
    lingering,
    closed,
  };

  FrontConnection(FrontContext& context, ConnectionId id, std::unique_ptr<SocketStream> stream,
                  std::string remote, bool proxied);
  FrontConnection(const FrontConnection&) = delete;
  FrontConnection& operator=(const FrontConnection&) = delete;

  struct Events {
    bool readable = false;
    bool writable = false;
    bool ending = false;  ///< The peer has ended its side: there is an end to be read.
    bool broken = false;
  };
  void onEvents(const Events& events);
  void onAnswer(WireAnswer answer);
  void onDeadline();
  /// Answers without reading: the front is full.
  void refuseAtOnce(const Refusal& refusal);
  void close() { phase_ = Phase::closed; }

  [[nodiscard]] Phase phase() const { return phase_; }
  [[nodiscard]] ConnectionId id() const { return id_; }
  /// Where it waits for others to come in before it.
  [[nodiscard]] WaitingLines::Line line() const;
  /// True once after it has come to wait anew.
  bool begunToWait() { return std::exchange(begunToWait_, false); }
  /// When onDeadline() is due; Time::max() while the handler works.
  [[nodiscard]] Time deadline() const { return deadline_; }
  /// True when there is more to read but others should have their turn first.
  [[nodiscard]] bool wantsTurn() const { return wantsTurn_; }
  /// The loop's note: earliest wake-up it has planned.
  Time scheduled = Time::max();

 private:
  void run();
  bool readPreamble();
  bool readMore();
  void takeInput(std::string_view bytes);
  std::size_t consume(std::string_view bytes);
  std::size_t consumeHead(std::string_view bytes);
  std::size_t consumeBody(std::string_view bytes);
  void beginBody(bool bodyIsHere);
  HttpFront::Admission ask();
  bool admitted();
  void dispatch();
  void onEnd();
  void refuse(const Refusal& refusal);
  void answer(WireAnswer answer);
  void writeOut();
  void afterAnswer();
  void linger();
  void drain();

  FrontContext& context_;
  ConnectionId id_;
  std::unique_ptr<SocketStream> stream_;
  std::string remote_;
  const bool proxied_;  ///< By one of the trusted proxies.
  bool preambleDue_;
  bool first_ = true;  ///< Nothing has been answered yet.
  bool proved_ = false;
  bool begunToWait_ = true;
  const Time accepted_;
  Phase phase_ = Phase::idle;
  bool readable_ = true;
  bool ending_ = false;  ///< After the bytes that are there, the peer sends no more.
  bool ended_ = false;   ///< The peer sends no more.
  bool wantsTurn_ = false;
  Time deadline_;
  std::string waiting_;  ///< Received, not yet consumed.
  HeadScan scan_;
  RequestHead head_;
  ChunkedBody chunks_;
  std::size_t bodyLimit_ = 0;
  Shares::Hold hold_;
  WireAnswer out_;
  std::size_t outSent_ = 0;
  std::size_t drained_ = 0;
};

}  // namespace lianqiao::http
