#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <memory>
#include <string>
#include <string_view>

#include "base/mutex.h"
#include "observe/metric_names.h"

namespace lianqiao::observe {

/// Only grows.
class Counter {
 public:
  void add(std::uint64_t n = 1) { value_.fetch_add(n, std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

class Gauge {
 public:
  void set(double value) { value_.store(value, std::memory_order_relaxed); }
  void add(double by) { value_.fetch_add(by, std::memory_order_relaxed); }
  [[nodiscard]] double value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<double> value_{0};
};

/// Seconds, in buckets from a millisecond to a minute.
class Histogram {
 public:
  static constexpr std::array<double, 14> kBounds{0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                                  0.25,  0.5,    1,     2.5,  5,     10,   60};
  void observe(double seconds);
  /// How many were at most kBounds[i]; i = kBounds.size(): all.
  [[nodiscard]] std::uint64_t atMost(std::size_t i) const;
  [[nodiscard]] double sum() const { return sum_.load(std::memory_order_relaxed); }

 private:
  std::array<std::atomic<std::uint64_t>, kBounds.size() + 1> buckets_{};
  std::atomic<double> sum_{0};
};

struct Label {
  std::string_view name;
  std::string_view value;
};
using Labels = std::initializer_list<Label>;

/// All metrics of a gateway and their text for Prometheus. Asking for a series makes it; the
/// reference is good for the life of this object, so ask once and keep it: then a count is one
/// atomic add. Thread-safe. At most kMaxSeries series per name: what comes after goes into one
/// series whose label values are all "other", so that no caller can fill the memory.
class Metrics {
 public:
  static constexpr std::size_t kMaxSeries = 2000;

  Metrics();
  ~Metrics();

  /// REQUIRES: name.kind is that of the function.
  Counter& counter(const MetricName& name, Labels labels = {}) LIANQIAO_EXCLUDES(mutex_);
  Gauge& gauge(const MetricName& name, Labels labels = {}) LIANQIAO_EXCLUDES(mutex_);
  Histogram& histogram(const MetricName& name, Labels labels = {}) LIANQIAO_EXCLUDES(mutex_);

  /// Exposition format 0.0.4, sorted by name and labels.
  [[nodiscard]] std::string text() const LIANQIAO_EXCLUDES(mutex_);

 private:
  struct Series;
  struct Family {
    MetricName name;
    std::map<std::string, std::unique_ptr<Series>, std::less<>> series;  ///< By rendered labels.
  };
  Series& seriesOf(const MetricName& name, Labels labels) LIANQIAO_EXCLUDES(mutex_);

  mutable base::Mutex mutex_;
  std::map<std::string, Family, std::less<>> families_ LIANQIAO_GUARDED_BY(mutex_);
};

}  // namespace lianqiao::observe
