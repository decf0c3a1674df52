#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "admin/json_builder.h"
#include "lianqiao/json.h"

namespace lianqiao::cli {

/// Adds up the answers of one resend, or of its preview, for the command's report. Holds at most
/// kMostItems lines, however long the list. Not thread-safe.
class ResendReport {
 public:
  static constexpr std::size_t kMostItems = 10'000;

  explicit ResendReport(bool preview) : preview_(preview) {}

  void setList(std::string id) { list_ = std::move(id); }
  [[nodiscard]] const std::string& list() const { return list_; }
  /// Takes the ids of one answer that lead to nothing; returns their lines.
  std::string addUnknown(const json::Value& answer);
  /// Takes one step of a run, or one page of a preview; returns its lines.
  std::string add(const json::Value& answer);
  /// Why it ended before the end.
  void stop(std::string why) { stopped_ = std::move(why); }

  [[nodiscard]] std::size_t done() const { return done_; }
  [[nodiscard]] std::size_t left() const { return left_; }
  [[nodiscard]] bool stopped() const { return !stopped_.empty(); }
  /// All that was asked for is owed again, or would be.
  [[nodiscard]] bool whole() const {
    return unknown_ + refused_ + failed_ == 0 && left_ == 0 && !stopped();
  }

  [[nodiscard]] std::string text() const;
  /// {"list","preview","deliveries","done","refused","failed","unknown","left","stopped","items"}
  [[nodiscard]] std::string json() const;

 private:
  /// Its line as text; remembered for the report as JSON.
  std::string line(const json::Value& item);

  const bool preview_;
  std::string list_;
  std::size_t deliveries_ = 0, done_ = 0, refused_ = 0, failed_ = 0, unknown_ = 0, left_ = 0;
  std::string stopped_;
  std::vector<std::string> items_;  ///< JSON.
};

}  // namespace lianqiao::cli
