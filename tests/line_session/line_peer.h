#pragma once

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace lianqiao::test {

/// Runs line_peer.py, and again on its port after a kill. Thread-safe but for start() and kill().
class LinePeer {
 public:
  /// `folder` keeps what the peer has to send.
  explicit LinePeer(std::filesystem::path folder) : folder_(std::move(folder)) { start(); }
  ~LinePeer() { kill(); }
  LinePeer(const LinePeer&) = delete;
  LinePeer& operator=(const LinePeer&) = delete;

  void start() {
    int in[2];
    int out[2];
    if (pipe2(in, O_CLOEXEC) != 0 || pipe2(out, O_CLOEXEC) != 0) std::abort();
    const std::string port = std::to_string(port_);
    const std::string file = (folder_ / "lines.json").string();
    process_ = fork();
    if (process_ == 0) {
      dup2(in[0], 0);
      dup2(out[1], 1);
      execlp("python3", "python3", LIANQIAO_SOURCE_DIR "/tests/line_session/line_peer.py",
             port.c_str(), file.c_str(), static_cast<char*>(nullptr));
      _exit(127);
    }
    close(in[0]);
    close(out[1]);
    commands_ = in[1];
    told_ = fdopen(out[0], "r");
    port_ = std::stoi(next().substr(std::string_view("port ").size()));
    reader_ = std::thread([this] {
      for (std::string line = next(); !line.empty(); line = next()) {
        {
          const std::lock_guard lock(mutex_);
          heard_.push_back(line);
        }
        toldMore_.notify_all();
      }
    });
  }
  void kill() {
    if (process_ <= 0) return;
    ::kill(process_, SIGKILL);
    waitpid(process_, nullptr, 0);
    process_ = 0;
    reader_.join();
    fclose(told_);
    close(commands_);
  }

  /// Returns once it is obeyed; throws where it is not within 20 s.
  void command(const std::string& line) const {
    const std::size_t before = heard("did ");
    const std::string whole = line + "\n";
    if (write(commands_, whole.data(), whole.size()) != static_cast<ssize_t>(whole.size()))
      std::abort();
    std::unique_lock lock(mutex_);
    if (!toldMore_.wait_for(lock, std::chrono::seconds(20), [&] { return count("did ") > before; }))
      throw std::runtime_error("line_peer.py does not obey: " + line);
  }
  void send(const std::string& json) const { command("send " + json); }

  [[nodiscard]] int port() const { return port_; }
  /// How many lines of its clients began so.
  [[nodiscard]] std::size_t heard(std::string_view beginning) const {
    const std::lock_guard lock(mutex_);
    return count(beginning);
  }
  [[nodiscard]] std::string lastHeard() const {
    const std::lock_guard lock(mutex_);
    return heard_.empty() ? std::string() : heard_.back();
  }

 private:
  /// REQUIRES: mutex_ is held.
  [[nodiscard]] std::size_t count(std::string_view beginning) const {
    return static_cast<std::size_t>(
        std::count_if(heard_.begin(), heard_.end(),
                      [&](const std::string& line) { return line.starts_with(beginning); }));
  }
  /// Empty at the end.
  std::string next() const {
    std::string line;
    for (int c = fgetc(told_); c != EOF && c != '\n'; c = fgetc(told_))
      line += static_cast<char>(c);
    return line;
  }

  const std::filesystem::path folder_;
  int port_ = 0;
  pid_t process_ = 0;
  int commands_ = -1;
  FILE* told_ = nullptr;
  std::thread reader_;
  mutable std::mutex mutex_;
  mutable std::condition_variable toldMore_;
  std::vector<std::string> heard_;
};

}  // namespace lianqiao::test
