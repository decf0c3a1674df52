#pragma once

#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "history_sqlite/sent_file.h"

namespace lianqiao::history {

/// What was sent, month by month. For one thread at a time. A call that fails gives false or
/// nothing; failure() and failedFile() tell more.
class SentFiles {
 public:
  /// Renames a file that is damaged, and tells.
  using SetAside = std::function<void(const std::string& file, const std::string& why)>;

  /// `keep`: how long after its month's end a file is kept; 0: nothing is.
  SentFiles(std::filesystem::path folder, std::chrono::milliseconds keep, SetAside setAside);

  /// A file that is damaged is set aside, and what comes stands in a new one.
  bool write(const std::vector<SentPayload>& payloads);
  bool find(const PackedId& record, std::string_view peer, std::optional<std::string>& into);
  bool erase(const std::vector<PackedId>& records);
  /// How many files are past their time, and gone.
  std::optional<std::size_t> retire(WallTime now);
  void verify(Verified& found);

  [[nodiscard]] const Failure& failure() const { return failure_; }
  [[nodiscard]] const std::string& failedFile() const { return failedFile_; }

 private:
  SentFile* file(const Month& month, Opening opening);
  bool fail(const Month& month, const Failure& failure);
  bool addTo(const Month& month, const std::vector<const SentPayload*>& payloads);
  [[nodiscard]] std::vector<Month> months() const;

  const std::filesystem::path folder_;
  const std::chrono::milliseconds keep_;
  const SetAside setAside_;
  std::map<Month, std::unique_ptr<SentFile>> open_;
  Failure failure_;
  std::string failedFile_;
};

}  // namespace lianqiao::history
