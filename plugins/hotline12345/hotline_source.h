#pragma once

#include <chrono>
#include <string>
#include <unordered_set>

#include "lianqiao/adapter.h"

namespace lianqiao::hotline12345 {

/// Pulls pages of work orders by their start time (protocols §1.4.5). A window runs from the end of
/// the last one, less an overlap (their times have second precision and orders appear late), to
/// now; its pages are read one a poll. The cursor names window and page, so that a restart goes on
/// inside the window.
class HotlineSource final : public Source {
 public:
  HotlineSource(const Settings& settings, Host& host);

  Result<Batch> poll(std::string_view cursor, Deadline deadline) override;
  /// Remembers what was stored, so that the overlap does not bring it again while the process
  /// lives.
  Result<void> confirm(const Batch& batch, std::span<const ItemVerdict> verdicts) override;

 private:
  struct Place {
    std::string from;  ///< yyyy-MM-dd HH:mm:ss, +08:00
    std::string to;    ///< Empty between windows.
    std::int64_t page = 1;
  };

  [[nodiscard]] Result<Place> placeOf(std::string_view cursor) const;
  [[nodiscard]] Result<HttpResponse> ask(const Place& place, Deadline deadline);

  Host& host_;
  const std::string url_;
  const Secret token_;
  const std::int64_t pageSize_;
  const std::chrono::milliseconds overlap_;
  const std::chrono::milliseconds lookBack_;
  std::unordered_set<std::string> stored_;   // digests of rows of the last window and of this one
  std::unordered_set<std::string> current_;  // those that this window has shown so far
};

}  // namespace lianqiao::hotline12345
