#include "redis/redis_connection.h"

#include <fcntl.h>
#include <hiredis/read.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "base/clock.h"
#include "lianqiao/codes.h"
#include "redis/obstacle.h"

namespace lianqiao::redis {
namespace {

using TimePoint = std::chrono::steady_clock::time_point;

// poll(2) counts real time whatever clock the tests set.
TimePoint now() { return base::SystemClock().steady(); }

Error unavailable(const RedisAddress& address, const std::string& what) {
  return {codes::kQueueUnavailable, "Redis at " + address.text() + ": " + what};
}

std::string reason(int error) { return std::strerror(error); }

class OwnedSocket {
 public:
  explicit OwnedSocket(int fd) : fd_(fd) {}
  ~OwnedSocket() { reset(-1); }
  OwnedSocket(const OwnedSocket&) = delete;
  OwnedSocket& operator=(const OwnedSocket&) = delete;
  [[nodiscard]] int get() const { return fd_; }
  int release() { return std::exchange(fd_, -1); }
  void reset(int fd) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = fd;
  }

 private:
  int fd_;
};

int remaining(TimePoint until) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - now()).count();
  return left < 0 ? 0 : static_cast<int>(std::min<long long>(left, 1'000'000));
}

/// 0 or the errno of connecting a non-blocking socket.
int finishConnect(int fd, const sockaddr* to, socklen_t size, TimePoint until) {
  if (::connect(fd, to, size) == 0) return 0;
  if (errno != EINPROGRESS) return errno;
  pollfd entry{fd, POLLOUT, 0};
  int ready = 0;
  while ((ready = ::poll(&entry, 1, remaining(until))) < 0 && errno == EINTR) {
  }
  if (ready == 0) return ETIMEDOUT;
  int error = 0;
  socklen_t length = sizeof error;
  ::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
  return error;
}

constexpr int kSocketFlags = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;

Result<int> connectUnix(const RedisAddress& address, TimePoint until) {
  sockaddr_un to{};
  to.sun_family = AF_UNIX;
  std::string path = address.socket;
  // sun_path holds 107 bytes; data directories may lie deeper. The kernel also takes a way through
  // /proc.
  OwnedSocket folder(-1);
  if (path.size() >= sizeof to.sun_path) {
    const std::size_t slash = path.rfind('/');
    folder.reset(::open(path.substr(0, slash).c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (folder.get() < 0) return unavailable(address, "the folder of the socket: " + reason(errno));
    path = "/proc/self/fd/" + std::to_string(folder.get()) + path.substr(slash);
    if (path.size() >= sizeof to.sun_path)
      return unavailable(address, "the name of the socket is too long");
  }
  std::memcpy(to.sun_path, path.c_str(), path.size());
  OwnedSocket fd(::socket(AF_UNIX, kSocketFlags, 0));
  if (const int error = finishConnect(fd.get(), reinterpret_cast<sockaddr*>(&to), sizeof to, until))
    return unavailable(address, "cannot connect: " + reason(error));
  return fd.release();
}

Result<int> connectTcp(const RedisAddress& address, TimePoint until) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error =
      ::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found);
  if (error != 0)
    return unavailable(address, std::string("cannot find the host: ") + ::gai_strerror(error));
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned(found, ::freeaddrinfo);
  std::string why = "no address";
  for (const addrinfo* at = found; at != nullptr; at = at->ai_next) {
    OwnedSocket fd(::socket(at->ai_family, kSocketFlags, 0));
    if (fd.get() < 0) continue;
    const int failure = finishConnect(fd.get(), at->ai_addr, at->ai_addrlen, until);
    if (failure == 0) {
      const int on = 1;
      ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      ::setsockopt(fd.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
      return fd.release();
    }
    why = reason(failure);
  }
  return unavailable(address, "cannot connect: " + why);
}

// hiredis's reader calls these for every element it has read.
RedisReply* slotOf(const redisReadTask* task) {
  if (task->parent != nullptr)
    return &static_cast<RedisReply*>(task->parent->obj)->items[static_cast<std::size_t>(task->idx)];
  return static_cast<ReplyArena*>(task->privdata)->slots(1).data();
}

void* makeText(const redisReadTask* task, char* text, std::size_t size) {
  RedisReply* slot = slotOf(task);
  slot->kind = task->type == REDIS_REPLY_ERROR ? RedisReply::Kind::error : RedisReply::Kind::text;
  slot->text = static_cast<ReplyArena*>(task->privdata)->copy(text, size);
  return slot;
}

void* makeArray(const redisReadTask* task, int count) {
  // The count comes before the elements, so that a few bytes could claim all memory. The reader
  // takes nothing for a failure.
  const auto* arena = static_cast<const ReplyArena*>(task->privdata);
  if (count < 0 || !arena->fits(static_cast<std::size_t>(count))) return nullptr;
  RedisReply* slot = slotOf(task);
  slot->kind = RedisReply::Kind::array;
  slot->items = static_cast<ReplyArena*>(task->privdata)->slots(static_cast<std::size_t>(count));
  return slot;
}

void* makeInteger(const redisReadTask* task, long long value) {
  RedisReply* slot = slotOf(task);
  slot->kind = RedisReply::Kind::integer;
  slot->integer = value;
  return slot;
}

void* makeNil(const redisReadTask* task) { return slotOf(task); }

void forget(void*) {}  // the arena owns all

redisReplyObjectFunctions kFunctions = {makeText, makeArray, makeInteger, makeNil, forget};

constexpr std::size_t kInput = 64u << 10;
constexpr int kLookAtServerState = 100;  // ms; how long a wait for a server that was left goes on

Error explain(std::string_view reply, const RedisAddress& address) {
  const std::string_view cause = obstacleOf(reply);
  std::string what(causeOf(reply).substr(0, 300));
  if (cause == codes::kQueueMemory) {
    what =
        "has reached its memory limit and takes no more records; raise redis.memory (maxmemory) or "
        "let the backlog drain";
  } else if (cause == codes::kQueueDisk) {
    what = "cannot write its append-only file (disk full or not writable?): " + what;
  } else if (cause == codes::kQueueReadOnly) {
    what = "is a replica and takes no writes; redis.url must name the primary";
  } else if (cause == codes::kQueueLoading) {
    what = "is still reading its append-only file; this ends by itself";
  } else if (cause == codes::kQueueRights) {
    what =
        "refuses user, password or a command (redis.user, redis.password; of a sentinel: "
        "redis.sentinel_password): " +
        what;
  }
  Error error = unavailable(address, what);
  if (!cause.empty()) error.code = cause;
  return error;
}

}  // namespace

Result<std::unique_ptr<RedisConnection>> RedisConnection::open(
    const RedisAddress& address, std::shared_ptr<ServerState> serverState) {
  const std::chrono::milliseconds limit =
      address.opening.count() > 0 ? address.opening : address.timeout;
  const Deadline until = now() + limit;
  Result<int> socket =
      address.socket.empty() ? connectTcp(address, until) : connectUnix(address, until);
  if (!socket.ok()) return socket.error();
  std::unique_ptr<RedisConnection> connection(
      new RedisConnection(address, *socket, std::move(serverState)));
  connection->address_.timeout = limit;
  if (Result<void> greeted = connection->greet(); !greeted.ok()) return greeted.error();
  connection->address_.timeout = address.timeout;
  return connection;
}

RedisConnection::RedisConnection(RedisAddress address, int socket,
                                 std::shared_ptr<ServerState> serverState)
    : address_(std::move(address)),
      serverState_(std::move(serverState)),
      socket_(socket),
      reader_(redisReaderCreateWithFunctions(&kFunctions)),
      input_(kInput) {
  reader_->privdata = &arena_;
  reader_->maxbuf = 0;  // keep the buffer between replies
}

RedisConnection::~RedisConnection() {
  redisReaderFree(reader_);
  ::close(socket_);
}

Result<void> RedisConnection::greet() {
  RedisCommand hello;
  const std::string& password = address_.password.reveal();
  if (!address_.user.empty()) {
    hello.add({"AUTH", address_.user, password});
  } else if (!password.empty()) {
    hello.add({"AUTH", password});
  }
  if (address_.database != 0) hello.add({"SELECT", std::to_string(address_.database)});
  hello.add({"PING"});
  const auto replies = callAll(hello);
  if (!replies.ok()) return replies.error();
  return {};
}

Result<std::span<const RedisReply* const>> RedisConnection::exchange(const RedisCommand& commands) {
  if (dead_) return failed("the connection has failed before");
  if (left()) return failed("is not the primary any more");
  arena_.reset();
  replies_.clear();
  dead_ = true;
  if (Result<void> done = converse(commands, now() + address_.timeout); !done.ok()) {
    if (serverState_ != nullptr) serverState_->doubted = true;
    return done.error();
  }
  dead_ = disowned();
  if (dead_ && serverState_ != nullptr) serverState_->left = true;
  return std::span<const RedisReply* const>(replies_);
}

Result<void> RedisConnection::converse(const RedisCommand& commands, Deadline until) {
  if (Result<void> sent = write(commands.wire(), until); !sent.ok()) return sent;
  return read(commands.commands(), until);
}

bool RedisConnection::disowned() const {
  static constexpr std::string_view kWords[] = {"READONLY ", "LOADING ", "MASTERDOWN ",
                                                "UNKILLABLE "};
  return std::any_of(replies_.begin(), replies_.end(), [](const RedisReply* reply) {
    return reply->isError() &&
           std::any_of(std::begin(kWords), std::end(kWords), [&](std::string_view word) {
             return causeOf(reply->text).starts_with(word);
           });
  });
}

Result<std::span<const RedisReply* const>> RedisConnection::callAll(const RedisCommand& commands) {
  auto replies = exchange(commands);
  if (!replies.ok()) return replies;
  for (const RedisReply* reply : *replies)
    if (reply->isError()) return refusal(*reply);
  return replies;
}

Result<const RedisReply*> RedisConnection::call(const RedisCommand& command) {
  const auto replies = callAll(command);
  if (!replies.ok()) return replies.error();
  return replies->back();
}

bool RedisConnection::usable() const {
  if (dead()) return false;
  pollfd entry{socket_, POLLIN, 0};
  return ::poll(&entry, 1, 0) == 0;
}

Result<void> RedisConnection::write(std::string_view bytes, Deadline until) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(sent));
    } else if (errno == EAGAIN) {
      if (Result<void> ready = await(POLLOUT, until); !ready.ok()) return ready;
    } else if (errno != EINTR) {
      return failed("sending failed: " + reason(errno));
    }
  }
  return {};
}

Result<void> RedisConnection::read(std::size_t replies, Deadline until) {
  while (replies_.size() < replies) {
    void* reply = nullptr;
    if (redisReaderGetReply(reader_, &reply) != REDIS_OK)
      return failed(std::string("sent what is no Redis answer: ") + reader_->errstr);
    if (reply != nullptr) {
      replies_.push_back(static_cast<const RedisReply*>(reply));
      continue;
    }
    const ssize_t got = ::recv(socket_, input_.data(), input_.size(), 0);
    if (got > 0) {
      redisReaderFeed(reader_, input_.data(), static_cast<std::size_t>(got));
    } else if (got == 0) {
      return failed("closed the connection");
    } else if (errno == EAGAIN) {
      if (Result<void> ready = await(POLLIN, until); !ready.ok()) return ready;
    } else if (errno != EINTR) {
      return failed("receiving failed: " + reason(errno));
    }
  }
  return {};
}

Result<void> RedisConnection::await(short events, Deadline until) const {
  pollfd entry{socket_, events, 0};
  int ready = 0;
  do {
    const int rest = remaining(until);
    ready = ::poll(&entry, 1, serverState_ == nullptr ? rest : std::min(rest, kLookAtServerState));
    if (left()) return failed("is not the primary any more");
  } while (ready == 0 && now() < until);
  if (ready == 0)
    return failed("no answer within " + std::to_string(address_.timeout.count()) +
                  " ms (redis.timeout)");
  if (ready < 0 && errno != EINTR) return failed("waiting failed: " + reason(errno));
  return {};
}

Error RedisConnection::refusal(const RedisReply& reply) const {
  return explain(reply.text, address_);
}

Error RedisConnection::failed(std::string_view what) const {
  return unavailable(address_, std::string(what));
}

}  // namespace lianqiao::redis
