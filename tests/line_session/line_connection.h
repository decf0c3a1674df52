#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "lianqiao/adapter.h"
#include "lianqiao/mutex.h"

namespace lianqiao::line_session {

/// The one connection that a peer's session reads and its sink sends over. Thread-safe: lines() is
/// for the session's thread, the rest for any.
class LineConnection {
 public:
  LineConnection() = default;
  ~LineConnection() { drop(); }
  LineConnection(const LineConnection&) = delete;
  LineConnection& operator=(const LineConnection&) = delete;

  Result<void> connect(const std::string& host, int port, Deadline deadline);
  Result<void> send(std::string_view line, Deadline deadline) LIANQIAO_EXCLUDES(sending_);
  /// What has come by then, line by line without their ends; returns with the first piece.
  Result<std::deque<std::string>> lines(Deadline wait);
  void drop();

  /// A number for what is sent, on whose answer awaitAnswer() waits.
  std::uint64_t ask() LIANQIAO_EXCLUDES(mutex_);
  void answer(std::uint64_t number, std::string what) LIANQIAO_EXCLUDES(mutex_);
  /// Nothing: it did not come in time, or the connection was dropped.
  std::optional<std::string> awaitAnswer(std::uint64_t number, Deadline deadline)
      LIANQIAO_EXCLUDES(mutex_);

 private:
  Mutex sending_;  // before mutex_: lines go out whole
  Mutex mutex_;
  Condition answered_;
  int socket_ LIANQIAO_GUARDED_BY(mutex_) = -1;
  std::uint64_t asked_ LIANQIAO_GUARDED_BY(mutex_) = 0;
  std::map<std::uint64_t, std::optional<std::string>> open_ LIANQIAO_GUARDED_BY(mutex_);
  std::string rest_;  // of a line; of the session's thread
};

}  // namespace lianqiao::line_session
