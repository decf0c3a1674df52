#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <thread>

#include "fuzz/fuzz.h"
#include "redis/redis_connection.h"

namespace lianqiao::fuzz {
namespace {

using namespace redis;

/// A server that greets well and then sends the fuzzed bytes, whatever it is asked.
class Server {
 public:
  Server() : path_(scratch() / "redis.sock") {
    listener_ = ::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    std::memcpy(at.sun_path, path_.c_str(), path_.native().size());
    ::unlink(path_.c_str());
    demand(::bind(listener_, reinterpret_cast<const sockaddr*>(&at), sizeof at) == 0 &&
               ::listen(listener_, 8) == 0,
           "the socket can be made");
  }
  [[nodiscard]] const std::string& path() const { return path_.native(); }

  void serve(std::string_view bytes) const {
    const int caller = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    char room[4096];
    if (::recv(caller, room, sizeof room, 0) > 0) ::send(caller, "+PONG\r\n", 7, MSG_NOSIGNAL);
    if (::recv(caller, room, sizeof room, 0) > 0)
      ::send(caller, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    ::shutdown(caller, SHUT_WR);
    while (::recv(caller, room, sizeof room, 0) > 0) {
    }
    ::close(caller);
  }

 private:
  std::filesystem::path path_;
  int listener_;
};

void show(const RedisReply& reply, std::string& out) {
  out += std::to_string(static_cast<int>(reply.kind)) + ":" + std::to_string(reply.number()) + ":";
  out += reply.text;
  demand(reply.items.empty() || reply.kind == RedisReply::Kind::array, "only arrays have items");
  for (const RedisReply& item : reply.items) show(item, out += '[');
}

}  // namespace

LIANQIAO_FUZZ_TARGET(redis) {
  constexpr std::size_t kAsked = 3;
  static const Server server;
  std::thread other([input] { server.serve(input); });
  {
    RedisAddress address;
    address.socket = server.path();
    auto connection = RedisConnection::open(address);
    if (connection.ok()) {
      RedisCommand commands;
      for (std::size_t i = 0; i < kAsked; ++i) commands.add({"PING"});
      const auto replies = (*connection)->exchange(commands);
      if (replies.ok()) {
        demand(replies->size() == kAsked, "as many answers as commands");
        std::string shown;
        for (const RedisReply* reply : *replies) show(*reply, shown);
      } else {
        demand(!(*connection)->usable(), "a connection that has failed is used no more");
      }
    }
  }
  other.join();
}

}  // namespace lianqiao::fuzz
