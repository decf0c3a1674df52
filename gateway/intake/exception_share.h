#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "base/mutex.h"
#include "lianqiao/result.h"
#include "queue/work_queue.h"

namespace lianqiao::intake {

/// How many of its raw items a peer may have set aside for people to look at, in count and bytes.
/// At that its senders get 429 and its source pauses: nothing of what was set aside is dropped for
/// room. One request or poll may go beyond. A look each second tells what is stored; what came
/// since is added here:
///   mark() → the store is asked → know(what it said, the mark)
/// What was on its way to the store in between counts twice until the next look, never not at all.
/// Thread-safe.
class ExceptionShare {
 public:
  ExceptionShare(std::uint64_t most, std::uint64_t mostBytes) : most_{most, mostBytes} {}

  /// What of `entries` will be set aside counts from now on. Give the answer to ended() once the
  /// store has answered, whatever it said.
  queue::ExceptionShare begun(std::span<const queue::Entry> entries);
  void ended(const queue::ExceptionShare& of);

  /// All that has ended by now: what the store says from here on holds that.
  [[nodiscard]] queue::ExceptionShare mark() const;
  /// All there is, in Redis and the spool, asked for after `mark`.
  void know(const queue::ExceptionShare& stored, const queue::ExceptionShare& mark);

  /// Why nothing more is taken; nothing while there is room. For people at the sender's side.
  [[nodiscard]] std::optional<Error> full() const;

 private:
  const queue::ExceptionShare most_;
  mutable base::Mutex mutex_;
  queue::ExceptionShare stored_ LIANQIAO_GUARDED_BY(mutex_);
  // Since the start: begun, ended, and ended before the last look.
  queue::ExceptionShare begun_ LIANQIAO_GUARDED_BY(mutex_);
  queue::ExceptionShare ended_ LIANQIAO_GUARDED_BY(mutex_);
  queue::ExceptionShare seen_ LIANQIAO_GUARDED_BY(mutex_);
};

}  // namespace lianqiao::intake
