#pragma once

#include <chrono>
#include <csignal>
#include <ctime>

namespace lianqiao::cli {

/// SIGINT and SIGTERM become a question that is asked between two calls. For one thread.
class Interrupt {
 public:
  Interrupt() {
    sigemptyset(&set_);
    for (const int signal : {SIGINT, SIGTERM}) sigaddset(&set_, signal);
    sigprocmask(SIG_BLOCK, &set_, nullptr);
  }
  /// Waits that long, or until interrupted; whether it was.
  bool wait(std::chrono::nanoseconds time) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
    const timespec patience{static_cast<time_t>(seconds.count()),
                            static_cast<long>((time - seconds).count())};
    came_ = came_ || sigtimedwait(&set_, nullptr, &patience) > 0;
    return came_;
  }

 private:
  sigset_t set_{};
  bool came_ = false;
};

}  // namespace lianqiao::cli
