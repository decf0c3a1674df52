#pragma once

#include <mutex>
#include <string>
#include <vector>

#include "base/log_line.h"

namespace lianqiao::test {

/// Lines that were logged. Thread-safe.
class LogLines {
 public:
  base::LogLine sink() {
    return [this](LogLevel, std::string_view line) {
      const std::lock_guard lock(mutex_);
      lines_.emplace_back(line);
    };
  }
  std::vector<std::string> all() {
    const std::lock_guard lock(mutex_);
    return lines_;
  }

 private:
  std::mutex mutex_;
  std::vector<std::string> lines_;
};

}  // namespace lianqiao::test
