#pragma once

#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace lianqiao::redis {

/// Between a queue and its Redis: passes everything on, until it is told to lose an answer.
class CuttingProxy {
 public:
  explicit CuttingProxy(std::string server)
      : server_(std::move(server)), listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ::bind(listener_, reinterpret_cast<sockaddr*>(&at), sizeof at);
    ::listen(listener_, 16);
    socklen_t size = sizeof at;
    ::getsockname(listener_, reinterpret_cast<sockaddr*>(&at), &size);
    url_ = "redis://127.0.0.1:" + std::to_string(ntohs(at.sin_port));
    thread_ = std::jthread([this] { run(); });
  }
  ~CuttingProxy() {
    ::shutdown(listener_, SHUT_RDWR);
    thread_.join();
    ::close(listener_);
  }
  CuttingProxy(const CuttingProxy&) = delete;
  CuttingProxy& operator=(const CuttingProxy&) = delete;

  [[nodiscard]] const std::string& url() const { return url_; }
  /// Redis gets the next command with this word in it; when it answers the connection ends.
  void loseAnswerTo(std::string word) {
    const std::lock_guard lock(mutex_);
    word_ = std::move(word);
  }
  [[nodiscard]] int lost() const { return lost_; }

 private:
  struct Pair {
    int client;
    int server;
    bool doomed = false;
  };

  void run() {
    while (true) {
      std::vector<pollfd> waits = {{listener_, POLLIN, 0}};
      for (const Pair& pair : pairs_) {
        waits.push_back({pair.client, POLLIN, 0});
        waits.push_back({pair.server, POLLIN, 0});
      }
      ::poll(waits.data(), waits.size(), -1);
      for (std::size_t i = pairs_.size(); i-- > 0;) {
        const bool asked = waits[1 + 2 * i].revents != 0;
        const bool answered = waits[2 + 2 * i].revents != 0;
        if ((!asked || pass(pairs_[i], true)) && (!answered || pass(pairs_[i], false))) continue;
        ::close(pairs_[i].client);
        ::close(pairs_[i].server);
        pairs_.erase(pairs_.begin() + static_cast<std::ptrdiff_t>(i));
      }
      if (waits[0].revents != 0 && !take()) break;
    }
    for (const Pair& pair : pairs_) {
      ::close(pair.client);
      ::close(pair.server);
    }
  }
  bool take() {
    const int client = ::accept(listener_, nullptr, nullptr);
    if (client < 0) return false;
    sockaddr_un at{};
    at.sun_family = AF_UNIX;
    server_.copy(at.sun_path, sizeof at.sun_path - 1);
    const int server = ::socket(AF_UNIX, SOCK_STREAM, 0);
    ::connect(server, reinterpret_cast<sockaddr*>(&at), sizeof at);
    pairs_.push_back({client, server});
    return true;
  }
  /// False when the connection ends.
  bool pass(Pair& pair, bool asked) {
    char bytes[64 << 10];
    const ssize_t got = ::recv(asked ? pair.client : pair.server, bytes, sizeof bytes, 0);
    if (got <= 0) return false;
    const std::string_view text(bytes, static_cast<std::size_t>(got));
    if (asked) {
      const std::lock_guard lock(mutex_);
      pair.doomed = pair.doomed || (!word_.empty() && text.find(word_) != std::string_view::npos);
      if (pair.doomed) word_.clear();
    } else if (pair.doomed) {
      ++lost_;
      return false;
    }
    return ::send(asked ? pair.server : pair.client, bytes, text.size(), MSG_NOSIGNAL) == got;
  }

  const std::string server_;
  const int listener_;
  std::string url_;
  std::mutex mutex_;
  std::string word_;
  std::atomic<int> lost_{0};
  std::vector<Pair> pairs_;  // of the thread alone
  std::jthread thread_;
};

}  // namespace lianqiao::redis
