#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "file_drop/drop_settings.h"

namespace lianqiao::file_drop {

/// The names of the files that list what the other side holds, by day and direction.
class ListName {
 public:
  /// Throws std::invalid_argument, with the remedy, where `list_file` names no day, or lies inside
  /// the drop folder, where it would be a ledger.
  explicit ListName(const DropSettings& settings);

  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  /// `day` is YYYY-MM-DD.
  [[nodiscard]] std::string of(std::string_view day, bool sentToUs) const;

 private:
  std::filesystem::path folder_;
  std::string name_;
};

}  // namespace lianqiao::file_drop
