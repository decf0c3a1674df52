#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "base/mutex.h"
#include "http/http_answer.h"
#include "http/http_front.h"
#include "http/shares.h"

namespace lianqiao::http {

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

  Mailbox();
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

  /// Once set, answers say Connection: close.
  std::atomic<bool> stopping{false};

 private:
  std::atomic<bool> asleep_{false};
  int event_;
  base::Mutex mutex_;
  std::vector<Letter> letters_ LIANQIAO_GUARDED_BY(mutex_);
};

/// The Responder of a request that has `hold` until it is answered.
std::unique_ptr<Responder> makeResponder(std::shared_ptr<Mailbox> mailbox, ConnectionId to,
                                         Framing framing, Shares::Hold hold);

}  // namespace lianqiao::http
