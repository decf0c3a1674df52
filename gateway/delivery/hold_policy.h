#pragma once

#include <chrono>
#include <cstddef>
#include <optional>

namespace lianqiao::delivery {

/// How many leases to hold, and when to ask the queue for more: half a second's work as things go,
/// for what is urgent must not wait behind more. Knows neither threads nor the queue. Not
/// thread-safe: the deliverer's lock guards it.
class HoldPolicy {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;
  struct Settings {
    std::size_t threads = 1;
    std::size_t batch = 1;
    double ratePerSecond = 0;  ///< 0: as fast as it goes.
  };
  static constexpr std::size_t kMost = 256;
  /// More than kMost, where one call takes it: a day in one batch.
  static constexpr std::size_t kMostOfACall = 10'000;
  static constexpr std::chrono::milliseconds kAskAgain{500};  ///< After a failure.
  /// At what is urgent, while there is a backlog.
  static constexpr std::chrono::milliseconds kLookEvery{1000};

  explicit HoldPolicy(const Settings& settings) : settings_(settings) {}

  /// How many to hold at most. `allowance`: records that the rate lets pass now.
  [[nodiscard]] std::size_t most(std::optional<double> allowance) const;
  /// Whether to ask now, with so many in hand of `most`. `well`: the peer takes what it is sent.
  [[nodiscard]] bool asks(TimePoint now, std::size_t held, std::size_t most, bool well) const;
  /// When an empty hand may be filled; max: only once the queue has announced something.
  [[nodiscard]] TimePoint nextAsk() const;
  /// The queue may have something that nobody is fetching.
  [[nodiscard]] bool mayHaveMore() const { return more_ && !asking_; }
  [[nodiscard]] bool isAsking() const { return asking_; }

  /// The queue may have something. False where that was known.
  bool announce();
  void began(TimePoint now);
  /// So many of `wanted` were leased; nothing: the queue did not answer.
  void ended(std::optional<std::size_t> leased, std::size_t wanted, TimePoint now);
  /// There is something, and it is not to be had now.
  void postpone(TimePoint now);
  /// How long a call took.
  void called(std::chrono::milliseconds took);

 private:
  static constexpr double kSeconds = 0.5;
  static constexpr double kWeightOfACall = 0.2;

  const Settings settings_;
  bool more_ = true;
  bool asking_ = false;
  bool backlog_ = false;  ///< The last lease gave as much as was asked for.
  double callSeconds_ = kSeconds;
  TimePoint askAgain_{};
  TimePoint asked_{};
};

}  // namespace lianqiao::delivery
