#pragma once

#include <atomic>

#include "base/mutex.h"
#include "queue/queue_health.h"

namespace lianqiao::queue {

/// How many exceptions of one kind a peer may have, in count and bytes, before whoever makes them
/// must pause: none is ever dropped for room. A look each second tells what is stored; what came
/// since is added here:
///   mark() → the store is asked → know(what it said, the mark)
/// What was on its way to the store in between counts twice until the next look, never not at all.
/// Thread-safe; full() is one load.
class ExceptionRoom {
 public:
  ExceptionRoom(std::uint64_t most, std::uint64_t mostBytes) : most_{most, mostBytes} {}

  /// Counts from now on. To be given to ended() once the store has answered, whatever it said.
  void begun(const ExceptionShare& of);
  void ended(const ExceptionShare& of);
  /// Both at once: of what nobody is told when it is stored.
  void add(const ExceptionShare& of);

  /// All that has ended by now: what the store says from here on holds that.
  [[nodiscard]] ExceptionShare mark() const;
  /// All there is, asked for after `mark`.
  void know(const ExceptionShare& stored, const ExceptionShare& mark);

  /// Begins with what `former`, of the same peer, knows now.
  void startFrom(const ExceptionRoom& former);

  [[nodiscard]] bool full() const { return full_.load(std::memory_order_relaxed); }

 private:
  [[nodiscard]] ExceptionShare all() const LIANQIAO_REQUIRES(mutex_);
  void judge() LIANQIAO_REQUIRES(mutex_);

  const ExceptionShare most_;
  mutable base::Mutex mutex_;
  ExceptionShare stored_ LIANQIAO_GUARDED_BY(mutex_);
  // Since the start: begun, ended, and ended before the last look.
  ExceptionShare begun_ LIANQIAO_GUARDED_BY(mutex_);
  ExceptionShare ended_ LIANQIAO_GUARDED_BY(mutex_);
  ExceptionShare seen_ LIANQIAO_GUARDED_BY(mutex_);
  std::atomic<bool> full_{false};
};

}  // namespace lianqiao::queue
