#pragma once

#include <Poco/Net/ServerSocket.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <queue>
#include <thread>
#include <vector>

#include "base/mutex.h"
#include "http/caller_connections.h"
#include "http/front_connection.h"
#include "http/http_front.h"
#include "http/tls_server.h"

namespace lianqiao::http {

/// The front: one thread, one epoll set. Descriptors are registered once, edge-triggered, so that a
/// keep-alive request costs a receive, a send and its share of a wait.
class FrontLoop final : public HttpFront {
 public:
  FrontLoop(const Poco::Net::ServerSocket& socket, std::shared_ptr<TlsServer> tls,
            FrontContext context);
  ~FrontLoop() override;
  FrontLoop(const FrontLoop&) = delete;
  FrontLoop& operator=(const FrontLoop&) = delete;

  void run();
  [[nodiscard]] std::uint16_t port() const override { return port_; }
  void stop(std::chrono::milliseconds grace) override;

 private:
  using Time = FrontConnection::Time;
  struct Wake {
    Time when;
    ConnectionId id;
    bool operator>(const Wake& other) const { return when > other.when; }
  };

  void loop();
  int waitTime() const;
  void acceptAll();
  void adopt(int descriptor, const base::IpAddress& address, std::uint16_t port);
  void makeRoom();
  bool makeRoomFor(const base::IpAddress& caller);
  void closeFor(std::uint32_t slot);
  FrontConnection* find(ConnectionId id);
  void deliver();
  void settle(FrontConnection& connection);
  void fireDeadlines();
  void beginStop();
  [[nodiscard]] bool stopped() const;

  Poco::Net::ServerSocket socket_;
  std::shared_ptr<TlsServer> tls_;
  FrontContext context_;
  std::uint16_t port_;
  int epoll_;
  std::vector<std::unique_ptr<FrontConnection>> slots_;
  std::vector<std::uint32_t> free_;
  std::uint32_t generation_ = 0;
  std::size_t open_ = 0;
  WaitingLines lines_;
  WaitingLines::Places places_;  // in lines_
  CallerConnections callers_;
  std::vector<ConnectionId> again_;
  std::vector<ConnectionId> turn_;
  std::vector<Mailbox::Letter> letters_;
  std::priority_queue<Wake, std::vector<Wake>, std::greater<>> wakes_;
  Time acceptAgain_ = Time::max();
  bool stopBegun_ = false;
  std::atomic<std::int64_t> stopBy_{
      0};  ///< Steady time in ns, valid once the mailbox says stopping.
  base::Mutex stopMutex_;
  std::jthread thread_;
};

}  // namespace lianqiao::http
