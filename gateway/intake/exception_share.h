#pragma once

#include <cstdint>
#include <optional>
#include <span>

#include "lianqiao/result.h"
#include "queue/exception_room.h"
#include "queue/submissions.h"

namespace lianqiao::intake {

/// How many of its raw items a peer may have quarantined for people to look at. At that its senders
/// get 429 and its source pauses: nothing of what was quarantined is dropped for room. One request
/// or poll may go beyond. Kept up to date as a queue::ExceptionRoom. Thread-safe.
class ExceptionShare {
 public:
  ExceptionShare(std::uint64_t most, std::uint64_t mostBytes) : room_(most, mostBytes) {}

  /// What of `entries` will be quarantined counts from now on. Give the answer to ended() once the
  /// store has answered, whatever it said.
  queue::ExceptionShare begun(std::span<const queue::Entry> entries);
  void ended(const queue::ExceptionShare& of) { room_.ended(of); }

  [[nodiscard]] queue::ExceptionShare mark() const { return room_.mark(); }
  /// All there is, in Redis and the spool, asked for after `mark`.
  void know(const queue::ExceptionShare& stored, const queue::ExceptionShare& mark) {
    room_.know(stored, mark);
  }

  /// Begins with what `former`, of the same peer, knows now.
  void startFrom(const ExceptionShare& former) { room_.startFrom(former.room_); }

  /// Why nothing more is taken; nothing while there is room. For people at the sender's side.
  [[nodiscard]] std::optional<Error> full() const;

 private:
  queue::ExceptionRoom room_;
};

}  // namespace lianqiao::intake
