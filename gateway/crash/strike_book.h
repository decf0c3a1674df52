#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "lianqiao/host.h"
#include "lianqiao/result.h"

namespace lianqiao::crash {

/// How often this node's process has died while an adapter had a certain request, or a source was
/// polled at a certain cursor. A file of the data folder, not Redis: it is this node's own
/// experience, and must be known while Redis is away. Each change writes the file anew, synced, and
/// exchanges it; changes are rare (a death, a suspect that has passed, a person's word), and who
/// only asks never waits for one. When it is full, what has fewest strikes goes first, of those the
/// oldest. Thread-safe.
class StrikeBook {
 public:
  static constexpr int kOut = 3;  ///< With so many it never gets to the adapter again.
  static constexpr std::size_t kMost = 1024;
  struct Entry {
    std::uint64_t key = 0;  ///< Of what it was: see CrashGuard.
    int strikes = 0;
    WallTime last{};
    bool poll = false;
    std::string peer;
  };
  using Log = std::function<void(LogLevel, std::string_view)>;
  struct Rule {
    int out = kOut;
    /// A strike that comes later than that after the last counts anew; 0: they never lapse.
    std::chrono::milliseconds within{0};
  };

  /// Lines that cannot be read are left out, and logged.
  StrikeBook(std::filesystem::path file, Log log)
      : StrikeBook(std::move(file), std::move(log), Rule()) {}
  StrikeBook(std::filesystem::path file, Log log, Rule rule);

  /// One strike for each of these, however often it is named; as they stand then. An Error: they
  /// are counted, but the next start does not know.
  Result<void> add(const std::vector<Entry>& hit, WallTime now, std::vector<Entry>& standing)
      LIANQIAO_EXCLUDES(mutex_);
  /// Costs no lock while nothing has any.
  [[nodiscard]] std::optional<Entry> find(std::uint64_t key) const LIANQIAO_EXCLUDES(mutex_);
  void clear(std::uint64_t key) LIANQIAO_EXCLUDES(mutex_);
  /// What is out of that peer gets one more try: it loses its last strike. How many it was.
  std::size_t forgive(std::string_view peer) LIANQIAO_EXCLUDES(mutex_);

 private:
  using Entries = std::unordered_map<std::uint64_t, Entry>;

  void read();
  bool readLine(const std::string& line) LIANQIAO_REQUIRES(mutex_);
  void dropBeyondBound() LIANQIAO_REQUIRES(mutex_);
  [[nodiscard]] std::string text() const LIANQIAO_EXCLUDES(mutex_);
  /// What stands now. Synced, but for a folder that cannot be (logged: it is exchanged then).
  Result<void> write() LIANQIAO_EXCLUDES(mutex_, writing_);
  void writeOrTell() LIANQIAO_EXCLUDES(mutex_, writing_);

  const std::filesystem::path file_;
  const Log log_;
  const Rule rule_;
  std::atomic<std::size_t> size_{0};
  base::Mutex writing_;  ///< The file. Before mutex_, so that the last to write has it all.
  mutable base::Mutex mutex_;
  Entries entries_ LIANQIAO_GUARDED_BY(mutex_);
};

}  // namespace lianqiao::crash
