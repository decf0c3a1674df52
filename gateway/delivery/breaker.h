#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "lianqiao/roles.h"

namespace lianqiao::delivery {

/// Lets a peer rest that fails again and again, and pauses one that refuses us. Not thread-safe:
/// the deliverer's lock guards it.
///
/// closed → (failures in a row, or one refusal) → open → (rest over) → half_open: one try at a time
/// → closed, or open again, twice as long as before, up to four times the first rest.
class Breaker {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  enum class State : std::uint8_t { closed, open, half_open };

  Breaker(int failures, std::chrono::milliseconds rest) : limit_(failures), rest_(rest) {}

  /// May a try start now? Turns open into half_open once the rest is over; in half_open only one
  /// try is under way at a time.
  bool admit(TimePoint now);
  /// Gives back an admitted try that did not happen.
  void abandon();
  void record(Verdict verdict, std::string_view code, TimePoint now);

  /// A person knows better: the next try may start now, and the next rest is a first one. Whether
  /// it was resting, or a try is under way that would end its rest.
  bool endRest(TimePoint now);

  [[nodiscard]] State state() const { return state_; }
  /// When the rest ends; meaningful while open.
  [[nodiscard]] TimePoint until() const { return until_; }
  /// The code that opened it; empty while closed.
  [[nodiscard]] const std::string& cause() const { return cause_; }

 private:
  void open(std::string_view code, TimePoint now);

  const int limit_;
  const std::chrono::milliseconds rest_;
  State state_ = State::closed;
  int inRow_ = 0;
  int opened_ = 0;
  bool probing_ = false;
  TimePoint until_{};
  std::string cause_;
};

}  // namespace lianqiao::delivery
