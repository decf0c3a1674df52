#pragma once

#include <cstdint>
#include <deque>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "file_drop/folder.h"

namespace lianqiao::file_drop {

/// Which record stands in which written file, by its idempotency key: `delivered.log` in the peer's
/// data folder. It has two kinds of lines, each synced before the next step:
///
///     ready <SHA-256> <bytes> <file> <key> <key> …   written whole under its hidden name
///     <key> <file>                                    in its place
///
/// A file that is only ready counts for nothing by itself: its owner must look what became of it.
/// The last 50,000 keys are remembered. Errors are deliver.connect. Not thread-safe.
class DeliveredLog {
 public:
  /// A file that was written whole and of which nobody noted that it is in its place.
  struct Ready {
    std::string digest;  ///< SHA-256 of its content; empty: nobody noted it.
    std::uint64_t bytes = 0;
    std::vector<std::string> keys;
  };

  static std::string keyOf(std::string_view idempotencyKey);

  /// Reads it from the folder `own`, where it is created when it is missing.
  Result<void> open(Folder own);

  /// Empty: the record of this key must be written.
  [[nodiscard]] std::string fileOf(const std::string& key) const;
  /// All whose records stand in that file.
  [[nodiscard]] std::vector<std::string> keysOf(const std::string& file) const;
  /// nullptr: it is in its place, as far as the log says. Valid until the next change.
  [[nodiscard]] const Ready* ready(const std::string& file) const;

  Result<void> noteReady(const std::string& file, Ready ready);
  /// The records of `keys` are in their place, under `name`. `file` is ready no more.
  Result<void> notePlaced(const std::string& file, std::span<const std::string> keys,
                          const std::string& name);
  /// The file is gone: its records must be written again. A restart finds that out anew.
  void forget(const std::string& file, std::span<const std::string> keys);

 private:
  Result<void> load();
  void take(std::string_view line);
  void takeReady(std::string_view line);
  void remember(const std::string& key, const std::string& file);
  [[nodiscard]] std::string readyLine(const std::string& file, const Ready& ready) const;
  Result<void> append(std::string_view lines);
  Result<void> compact();

  Folder own_;
  Fd log_;
  std::size_t noted_ = 0;  ///< Keys in the log, each as often as it stands there.
  std::unordered_map<std::string, std::string> files_;  ///< By key; empty: it was forgotten.
  std::deque<std::string> order_;
  std::unordered_map<std::string, Ready> ready_;  ///< By file.
};

}  // namespace lianqiao::file_drop
