#pragma once

#include <atomic>
#include <initializer_list>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/mutex.h"
#include "lianqiao/host.h"

namespace lianqiao::observe {

/// "debug", "info", "warning", "error".
[[nodiscard]] std::string_view levelName(LogLevel level);

/// The gateway's log: one line per event on stderr, as JSON
///   {"time":…,"level":…,"component":…,"peer":…,"code":…,"message":…}
/// or, where a person reads it (a terminal), as plain text in local time. Thread-safe; a line is
/// one write(), so lines of several processes on one pipe stay whole up to PIPE_BUF. Never blocks
/// on a full non-blocking descriptor: the line is counted in dropped() instead. Callers keep
/// personal data and secrets out; control characters are harmless here.
class Log {
 public:
  /// Names are fixed words of the code: peer, code, id, file, …; "code" is out of codes.h.
  struct Field {
    std::string_view name;
    std::string_view value;
  };
  enum class Form : std::uint8_t { automatic, json, human };
  struct Options {
    LogLevel least = LogLevel::info;
    Form form = Form::automatic;         ///< automatic: human where the descriptor is a terminal.
    int descriptor = 2;                  ///< Not closed by the log.
    const base::Clock* clock = nullptr;  ///< Null = the machine's.
  };

  Log();
  explicit Log(const Options& options);

  void write(LogLevel level, std::string_view component, std::initializer_list<Field> fields,
             std::string_view message) LIANQIAO_EXCLUDES(mutex_);

  [[nodiscard]] bool wants(LogLevel level) const { return level >= least_; }
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }

 private:
  const LogLevel least_;
  std::atomic<std::uint64_t> dropped_{0};
  const bool human_;
  const int descriptor_;
  base::SystemClock systemClock_;
  const base::Clock& clock_;
  base::Mutex mutex_;
  std::string line_ LIANQIAO_GUARDED_BY(mutex_);
};

}  // namespace lianqiao::observe
