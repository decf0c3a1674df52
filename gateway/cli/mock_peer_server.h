#pragma once

#include <atomic>
#include <memory>
#include <string>
#include <thread>

#include "base/clock.h"
#include "base/mutex.h"
#include "config/gateway_config.h"
#include "http/http_client.h"
#include "http/http_front.h"
#include "lianqiao/descriptor.h"

namespace lianqiao::cli {

/// Plays one peer's platform: listens where the peer's `url` points, answers as the adapter's mock
/// says, and sends the gateway what the platform would. GET /mock/taken tells what it has.
/// Thread-safe.
class MockPeerServer final : public MockWorld {
 public:
  struct Options {
    std::string listen;   ///< "address:port"; empty = where the peer's `url` setting points.
    std::string gateway;  ///< Base URL of the gateway's peers port.
    std::size_t records = 0;
    int failPercent = 0;  ///< Share of requests answered 500, 503 or not at all.
  };

  static Result<std::unique_ptr<MockPeerServer>> start(const config::PeerConfig& peer,
                                                       const Descriptor& adapter,
                                                       const Options& options);
  ~MockPeerServer() override;

  /// Ends the driving and the listening. Idempotent.
  void stop();
  [[nodiscard]] const std::string& address() const { return address_; }
  /// {"peer","distinct","doubled","refused"}
  [[nodiscard]] std::string takenText() const;

  [[nodiscard]] std::string_view gatewayUrl() const override { return gatewayUrl_; }
  /// Adds the peer's own credential, then sends.
  Result<HttpResponse> send(const HttpCall& call) override;
  [[nodiscard]] WallTime now() const override { return clock_.wall(); }
  std::string nonce(std::size_t bytes) override;
  [[nodiscard]] std::size_t records() const override { return options_.records; }
  bool pause(std::chrono::milliseconds time) override;
  void log(std::string_view message) override;

 private:
  MockPeerServer(const config::PeerConfig& peer, Options options);
  void answer(const HttpRequest& request, std::unique_ptr<http::Responder> responder);

  const config::PeerConfig& peer_;
  const Options options_;
  const std::string gatewayUrl_;
  base::SystemClock clock_;
  std::string address_;
  std::unique_ptr<MockPeer> mock_;
  std::unique_ptr<http::HttpClient> client_;
  std::unique_ptr<http::HttpFront> front_;
  std::atomic<std::uint64_t> seen_{0};
  base::Mutex mutex_;
  base::Condition stopped_;
  bool stopping_ LIANQIAO_GUARDED_BY(mutex_) = false;
  std::jthread driver_;
};

}  // namespace lianqiao::cli
