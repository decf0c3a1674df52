#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "file_drop/drop_settings.h"
#include "file_drop/list_name.h"
#include "lianqiao/result.h"

namespace lianqiao::file_drop {

/// The lists by which the mock office tells what it has from us of each day (in China, by the time
/// of the written file): every record of `output_folder`, whole, as CSV, XLSX or JSONL by the name
/// of `list_file`, with its marker and manifest where they are set. Not thread-safe.
class MockList {
 public:
  /// `settings` must outlive it. Throws what ListName throws.
  explicit MockList(const DropSettings& settings);

  /// Reads what is new in the folder, and puts the lists of its days there anew.
  Result<void> update();

 private:
  Result<void> take(const std::filesystem::path& file, std::set<std::string>& days);
  Result<void> put(const std::string& day) const;

  const DropSettings& settings_;
  const ListName name_;
  std::set<std::filesystem::path> known_;
  std::map<std::string, std::vector<std::string>> days_;  ///< Records as JSON, by day.
};

}  // namespace lianqiao::file_drop
