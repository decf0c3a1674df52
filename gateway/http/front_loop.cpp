#include "http/front_loop.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "base/named_thread.h"
#include "http/proxy_header.h"
#include "lianqiao/codes.h"

namespace lianqiao::http {

namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr std::uint64_t kListener = ~std::uint64_t{0};
constexpr std::uint64_t kMailbox = kListener - 1;
constexpr std::size_t kInputBytes = 64 * 1024;
/// Callers over the limit that are told so; beyond, they are only closed.
constexpr std::size_t kRefusedAtOnce = 64;
constexpr std::size_t kLeastPerCaller = 16;
constexpr auto kAcceptPause = 100ms;

std::uint64_t pack(ConnectionId id) { return (std::uint64_t{id.slot} << 32) | id.generation; }
ConnectionId unpack(std::uint64_t packed) {
  return {static_cast<std::uint32_t>(packed >> 32), static_cast<std::uint32_t>(packed)};
}

struct Place {
  base::IpAddress address;
  std::uint16_t port = 0;
};

Place placeOf(const sockaddr_storage& from) {
  Place place;
  if (from.ss_family == AF_INET6) {
    sockaddr_in6 six{};
    std::memcpy(&six, &from, sizeof six);
    std::memcpy(place.address.bytes.data(), &six.sin6_addr, place.address.bytes.size());
    place.port = ntohs(six.sin6_port);
    return place;
  }
  sockaddr_in four{};
  std::memcpy(&four, &from, sizeof four);
  std::array<std::uint8_t, 4> bytes{};
  std::memcpy(bytes.data(), &four.sin_addr, bytes.size());
  place.address = base::IpAddress::ofV4(bytes);
  place.port = ntohs(four.sin_port);
  return place;
}

std::string nameOf(const base::IpAddress& address, std::uint16_t port) {
  const std::string text = address.text();
  return (address.isV4() ? text : "[" + text + "]") + ":" + std::to_string(port);
}

FrontConnection::Events eventsOf(std::uint32_t told) {
  // With bytes still to be read, a reset shows itself after them.
  return {.readable = (told & EPOLLIN) != 0,
          .writable = (told & EPOLLOUT) != 0,
          .ending = (told & EPOLLRDHUP) != 0,
          .broken = (told & (EPOLLERR | EPOLLHUP)) != 0 && (told & EPOLLIN) == 0};
}

void watch(int epoll, int descriptor, std::uint32_t events, std::uint64_t data) {
  epoll_event event{};
  event.events = events;
  event.data.u64 = data;
  epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event);
}

}  // namespace

FrontLoop::FrontLoop(const Poco::Net::ServerSocket& socket, std::shared_ptr<TlsServer> tls,
                     FrontContext context)
    : socket_(socket),
      tls_(std::move(tls)),
      context_(std::move(context)),
      port_(socket_.address().port()),
      epoll_(epoll_create1(EPOLL_CLOEXEC)),
      callers_(context_.limits.connectionsPerAddress == 0
                   ? std::max(kLeastPerCaller, context_.limits.connections / 4)
                   : context_.limits.connectionsPerAddress) {
  context_.handedOn = [this](ConnectionId id, const base::IpAddress& address) {
    const base::IpAddress caller = base::callerOf(address);
    if (!makeRoomFor(caller)) return false;
    callers_.enter(id.slot, caller);
    return true;
  };
  context_.input.resize(kInputBytes);
  context_.now = Clock::now();
  watch(epoll_, socket_.impl()->sockfd(), EPOLLIN | EPOLLET, kListener);
  watch(epoll_, context_.mailbox->descriptor(), EPOLLIN | EPOLLET, kMailbox);
}

FrontLoop::~FrontLoop() {
  stop(0ms);
  slots_.clear();
  ::close(epoll_);
}

void FrontLoop::run() {
  thread_ = base::startThread("front", [this](const std::stop_token&) { loop(); });
}

void FrontLoop::stop(std::chrono::milliseconds grace) {
  const base::Lock lock(stopMutex_);
  if (!thread_.joinable()) return;
  stopBy_.store((Clock::now() + grace).time_since_epoch().count());
  context_.mailbox->stopping.store(true);
  context_.mailbox->nudge();
  thread_.join();
}

int FrontLoop::waitTime() const {
  if (!again_.empty()) return 0;
  Time until = std::min(acceptAgain_, wakes_.empty() ? Time::max() : wakes_.top().when);
  if (stopBegun_) until = std::min(until, Time(Clock::duration(stopBy_.load())));
  if (until == Time::max()) return -1;
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(wait, 0, 60'000));
}

void FrontLoop::loop() {
  std::array<epoll_event, 256> events{};
  while (!stopped()) {
    const int wait = context_.mailbox->goToSleep() ? waitTime() : 0;
    const int count = epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), wait);
    context_.mailbox->wakeUp();
    context_.now = Clock::now();
    bool accepting = context_.now >= acceptAgain_;
    for (int i = 0; i < count; ++i) {
      const epoll_event& event = events[static_cast<std::size_t>(i)];
      if (event.data.u64 == kListener) {
        accepting = true;
      } else if (event.data.u64 != kMailbox) {
        FrontConnection* connection = find(unpack(event.data.u64));
        if (connection == nullptr) continue;
        connection->onEvents(eventsOf(event.events));
        settle(*connection);
      }
    }
    turn_.swap(again_);
    for (const ConnectionId id : turn_) {
      if (FrontConnection* connection = find(id)) {
        connection->onEvents({.readable = true});
        settle(*connection);
      }
    }
    turn_.clear();
    deliver();
    fireDeadlines();
    if (context_.mailbox->stopping.load() && !stopBegun_) beginStop();
    if (accepting && !stopBegun_) acceptAll();
  }
  slots_.clear();
}

void FrontLoop::acceptAll() {
  acceptAgain_ = Time::max();
  for (;;) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    const int descriptor =
        ::accept4(socket_.impl()->sockfd(), reinterpret_cast<sockaddr*>(&address), &size,
                  SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (descriptor >= 0) {
      const Place from = placeOf(address);
      adopt(descriptor, from.address, from.port);
    } else if (errno == ECONNABORTED || errno == EINTR) {
      continue;
    } else {
      // Out of descriptors or memory: the edge is spent, so come back by the clock.
      if (errno != EAGAIN) acceptAgain_ = context_.now + kAcceptPause;
      return;
    }
  }
}

/// Who waits longest goes, for as long as anybody waits.
void FrontLoop::makeRoom() {
  while (open_ >= context_.limits.connections) {
    const auto slot = lines_.first();
    if (!slot) return;
    closeFor(*slot);
  }
}

/// For a caller who has his share one of his own goes. False: all of his are at work.
bool FrontLoop::makeRoomFor(const base::IpAddress& caller) {
  if (callers_.hasRoom(caller)) return true;
  const auto slot = callers_.first(caller);
  if (!slot) return false;
  closeFor(*slot);
  return callers_.hasRoom(caller);
}

void FrontLoop::closeFor(std::uint32_t slot) {
  slots_[slot]->close();
  settle(*slots_[slot]);
}

void FrontLoop::adopt(int descriptor, const base::IpAddress& address, std::uint16_t port) {
  const base::IpAddress caller = base::callerOf(address);
  const bool proxied = isTrusted(context_.trustedProxies, address);
  // Whose a proxy's connection is, it may tell by and by.
  const bool over = !proxied && !makeRoomFor(caller);
  if (!over) makeRoom();
  const bool refused = over || open_ >= context_.limits.connections;
  if (refused && (tls_ || open_ >= context_.limits.connections + kRefusedAtOnce)) {
    ::close(descriptor);
    return;
  }
  const int on = 1;
  ::setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  auto stream = std::make_unique<SocketStream>(descriptor,
                                               tls_ ? std::make_unique<TlsSession>(tls_) : nullptr);
  ConnectionId id{static_cast<std::uint32_t>(slots_.size()), ++generation_};
  if (free_.empty()) {
    slots_.emplace_back();
  } else {
    id.slot = free_.back();
    free_.pop_back();
  }
  ++open_;
  slots_[id.slot] = std::make_unique<FrontConnection>(context_, id, std::move(stream),
                                                      nameOf(address, port), proxied && !refused);
  FrontConnection& connection = *slots_[id.slot];
  if (!proxied && !refused) callers_.enter(id.slot, caller);
  watch(epoll_, descriptor, EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, pack(id));
  if (refused) {
    connection.refuseAtOnce({503, codes::kOverloaded,
                             over ? "Too many connections of this address; try again later."
                                  : "Too many connections; try again later."});
  }
  settle(connection);
}

FrontConnection* FrontLoop::find(ConnectionId id) {
  if (id.slot >= slots_.size()) return nullptr;
  FrontConnection* connection = slots_[id.slot].get();
  return connection != nullptr && connection->id().generation == id.generation ? connection
                                                                               : nullptr;
}

void FrontLoop::deliver() {
  context_.mailbox->collect(letters_);
  for (Mailbox::Letter& letter : letters_) {
    FrontConnection* connection = find(letter.to);
    if (connection == nullptr) continue;
    connection->onAnswer(std::move(letter.answer));
    settle(*connection);
  }
}

/// After anything happened to a connection: bury it, put it in its line, give it a further turn, or
/// plan its deadline. A plan that is too early is harmless, so that a busy keep-alive connection
/// plans once in its idle time.
void FrontLoop::settle(FrontConnection& connection) {
  const ConnectionId id = connection.id();
  if (connection.phase() == FrontConnection::Phase::closed) {
    callers_.leave(id.slot);
    lines_.move(places_, id.slot, WaitingLines::Line::none);
    slots_[id.slot].reset();
    free_.push_back(id.slot);
    --open_;
    return;
  }
  const WaitingLines::Line line = connection.line();
  const bool anew = connection.begunToWait();
  if (anew || id.slot >= places_.size() || line != places_[id.slot].line)
    lines_.move(places_, id.slot, line);
  callers_.wait(id.slot, line, anew);
  if (connection.wantsTurn()) again_.push_back(id);
  if (connection.deadline() < connection.scheduled) {
    connection.scheduled = connection.deadline();
    wakes_.push({connection.scheduled, id});
  }
}

void FrontLoop::fireDeadlines() {
  while (!wakes_.empty() && wakes_.top().when <= context_.now) {
    const Wake wake = wakes_.top();
    wakes_.pop();
    FrontConnection* connection = find(wake.id);
    if (connection == nullptr || connection->scheduled != wake.when) continue;
    connection->scheduled = Time::max();
    if (connection->deadline() <= context_.now) connection->onDeadline();
    settle(*connection);
  }
}

void FrontLoop::beginStop() {
  stopBegun_ = true;
  socket_.close();
  for (std::size_t slot = 0; slot < slots_.size(); ++slot) {
    FrontConnection* connection = slots_[slot].get();
    if (connection == nullptr) continue;
    if (connection->phase() == FrontConnection::Phase::idle ||
        connection->phase() == FrontConnection::Phase::head) {
      connection->close();
      settle(*connection);
    }
  }
}

bool FrontLoop::stopped() const {
  if (!stopBegun_) return false;
  if (Clock::now() >= Time(Clock::duration(stopBy_.load()))) return true;
  return std::none_of(slots_.begin(), slots_.end(), [](const auto& slot) {
    return slot != nullptr && slot->phase() != FrontConnection::Phase::lingering;
  });
}

}  // namespace lianqiao::http
