#include "observe/metrics.h"

#include <algorithm>
#include <cassert>
#include <charconv>

namespace lianqiao::observe {
namespace {

void appendNumber(double value, std::string& out) {
  std::array<char, 32> buffer{};
  const auto end = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value).ptr;
  out.append(buffer.data(), end);
}

/// peer="x",code="y" without the braces.
std::string rendered(Labels labels, bool overflow) {
  std::string text;
  for (const Label& label : labels) {
    if (!text.empty()) text += ',';
    text += label.name;
    text += "=\"";
    for (const char c : overflow ? std::string_view("other") : label.value) {
      if (c == '\\' || c == '"') {
        text += '\\';
        text += c;
      } else if (c == '\n') {
        text += "\\n";
      } else {
        text += c;
      }
    }
    text += '"';
  }
  return text;
}

void appendSample(std::string_view name, std::string_view suffix, std::string_view labels,
                  std::string_view bound, double value, std::string& out) {
  out += name;
  out += suffix;
  if (!labels.empty() || !bound.empty()) {
    out += '{';
    out += labels;
    if (!bound.empty()) {
      if (!labels.empty()) out += ',';
      out += "le=\"";
      out += bound;
      out += '"';
    }
    out += '}';
  }
  out += ' ';
  appendNumber(value, out);
  out += '\n';
}

void appendHistogram(std::string_view name, std::string_view labels, const Histogram& histogram,
                     std::string& out) {
  for (std::size_t i = 0; i < Histogram::kBounds.size(); ++i) {
    std::string bound;
    appendNumber(Histogram::kBounds[i], bound);
    appendSample(name, "_bucket", labels, bound, static_cast<double>(histogram.atMost(i)), out);
  }
  const auto all = static_cast<double>(histogram.atMost(Histogram::kBounds.size()));
  appendSample(name, "_bucket", labels, "+Inf", all, out);
  appendSample(name, "_sum", labels, {}, histogram.sum(), out);
  appendSample(name, "_count", labels, {}, all, out);
}

std::string_view kindName(MetricKind kind) {
  constexpr std::array<std::string_view, 3> kNames{"counter", "gauge", "histogram"};
  return kNames[static_cast<std::size_t>(kind)];
}

}  // namespace

/// Only the one of the family's kind is used.
struct Metrics::Series {
  Counter counter;
  Gauge gauge;
  std::unique_ptr<Histogram> histogram;
};

Metrics::Metrics() = default;
Metrics::~Metrics() = default;

void Histogram::observe(double seconds) {
  const auto bucket = static_cast<std::size_t>(
      std::lower_bound(kBounds.begin(), kBounds.end(), seconds) - kBounds.begin());
  buckets_[bucket].fetch_add(1, std::memory_order_relaxed);
  sum_.fetch_add(seconds, std::memory_order_relaxed);
}

std::uint64_t Histogram::atMost(std::size_t i) const {
  std::uint64_t count = 0;
  for (std::size_t b = 0; b <= i; ++b) count += buckets_[b].load(std::memory_order_relaxed);
  return count;
}

Metrics::Series& Metrics::seriesOf(const MetricName& name, Labels labels) {
  std::string key = rendered(labels, false);
  const base::Lock lock(mutex_);
  auto family = families_.find(name.name);
  if (family == families_.end()) {
    family = families_.emplace(std::string(name.name), Family{name, {}}).first;
  }
  auto& series = family->second.series;
  auto found = series.find(key);
  if (found == series.end() && series.size() >= kMaxSeries) {
    key = rendered(labels, true);
    found = series.find(key);
  }
  if (found != series.end()) return *found->second;
  auto made = std::make_unique<Series>();
  if (name.kind == MetricKind::histogram) made->histogram = std::make_unique<Histogram>();
  return *series.emplace(std::move(key), std::move(made)).first->second;
}

Counter& Metrics::counter(const MetricName& name, Labels labels) {
  assert(name.kind == MetricKind::counter);
  return seriesOf(name, labels).counter;
}

Gauge& Metrics::gauge(const MetricName& name, Labels labels) {
  assert(name.kind == MetricKind::gauge);
  return seriesOf(name, labels).gauge;
}

Histogram& Metrics::histogram(const MetricName& name, Labels labels) {
  assert(name.kind == MetricKind::histogram);
  return *seriesOf(name, labels).histogram;
}

std::string Metrics::text() const {
  std::string out;
  const base::Lock lock(mutex_);
  for (const auto& [name, family] : families_) {
    out.append("# HELP ").append(name).append(" ").append(family.name.help).append("\n");
    out.append("# TYPE ").append(name).append(" ").append(kindName(family.name.kind)).append("\n");
    for (const auto& [labels, series] : family.series) {
      switch (family.name.kind) {
        case MetricKind::counter:
          appendSample(name, {}, labels, {}, static_cast<double>(series->counter.value()), out);
          break;
        case MetricKind::gauge:
          appendSample(name, {}, labels, {}, series->gauge.value(), out);
          break;
        case MetricKind::histogram:
          appendHistogram(name, labels, *series->histogram, out);
          break;
      }
    }
  }
  return out;
}

}  // namespace lianqiao::observe
