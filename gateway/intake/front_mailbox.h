#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/mutex.h"
#include "intake/http_answer.h"
#include "intake/http_front.h"

namespace lianqiao::intake {

/// Names a connection for as long as it lives: slots are reused, generations are not.
struct ConnectionId {
  std::uint32_t slot = 0;
  std::uint32_t generation = 0;
};

/// How answers come back to the front's thread. Thread-safe; shared with every Responder, so that
/// an answer that comes after the front has gone is harmless.
class Mailbox {
 public:
  struct Letter {
    ConnectionId to;
    WireAnswer answer;
  };

  /// `bodyBound`: bytes of all bodies that may be held at once.
  explicit Mailbox(std::size_t bodyBound);
  ~Mailbox();
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  void post(ConnectionId to, WireAnswer answer);
  /// Front's thread only: replaces `letters` by what has come.
  void collect(std::vector<Letter>& letters);

  /// Front's thread only, around its wait. Between them a post() writes to descriptor(); outside it
  /// costs no system call. False: do not wait, there are letters.
  bool goToSleep();
  void wakeUp();
  /// Ends a wait early, from any thread.
  void nudge();
  [[nodiscard]] int descriptor() const { return event_; }

  /// False when that many more bytes would pass the bound; nothing is taken then.
  bool takeBody(std::size_t bytes);
  void releaseBody(std::size_t bytes) { bodies_.fetch_sub(bytes, std::memory_order_relaxed); }
  [[nodiscard]] std::size_t bodyBound() const { return bodyBound_; }
  [[nodiscard]] bool bodyFits(std::size_t bytes) const {
    return bytes <= bodyBound_ && bodies_.load(std::memory_order_relaxed) <= bodyBound_ - bytes;
  }

  /// Once set, answers say Connection: close.
  std::atomic<bool> stopping{false};

 private:
  const std::size_t bodyBound_;
  std::atomic<std::size_t> bodies_{0};
  std::atomic<bool> asleep_{false};
  int event_;
  base::Mutex mutex_;
  std::vector<Letter> letters_ LIANQIAO_GUARDED_BY(mutex_);
};

/// The Responder of a request that holds `bodyBytes` of the bound until it is answered.
std::unique_ptr<Responder> makeResponder(std::shared_ptr<Mailbox> mailbox, ConnectionId to,
                                         Framing framing, std::size_t bodyBytes);

}  // namespace lianqiao::intake
