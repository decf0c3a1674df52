#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "lianqiao/host.h"
#include "lianqiao/result.h"

namespace lianqiao::runtime {

/// How a peer was last reconciled, in one direction.
struct ReconciledDay {
  std::string day;  ///< YYYY-MM-DD.
  WallTime at{};    ///< When.
  std::uint64_t ours = 0;
  std::uint64_t theirs = 0;
  std::uint64_t onlyOurs = 0;
  std::uint64_t onlyTheirs = 0;
  std::uint64_t differing = 0;
  std::uint64_t open = 0;
  bool equal = false;
  std::optional<Error> error{};  ///< Why there is no result, or what is wrong with their answer.
  /// Records that only we had, kMostKept at most.
  std::vector<std::string> missing{};
  static constexpr std::size_t kMostKept = 1000;
};

/// The last one of each peer and direction, kept over restarts in one file of the data folder.
/// Thread-safe.
class ReconciledDays {
 public:
  /// What is there is read; a file that cannot be read counts as none.
  explicit ReconciledDays(std::filesystem::path file);

  [[nodiscard]] std::optional<ReconciledDay> of(const std::string& peer, bool out) const
      LIANQIAO_EXCLUDES(mutex_);
  /// Durable when it returns; fails with config.invalid where the file cannot be written: it is
  /// then known until the next start.
  Result<void> keep(const std::string& peer, bool out, ReconciledDay day) LIANQIAO_EXCLUDES(mutex_);

 private:
  [[nodiscard]] std::string text() const LIANQIAO_REQUIRES(mutex_);
  void read(const std::string& text) LIANQIAO_REQUIRES(mutex_);

  const std::filesystem::path file_;
  mutable base::Mutex mutex_;
  std::map<std::pair<std::string, bool>, ReconciledDay> days_ LIANQIAO_GUARDED_BY(mutex_);
};

}  // namespace lianqiao::runtime
