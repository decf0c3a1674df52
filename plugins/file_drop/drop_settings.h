#pragma once

#include <span>

#include "file_drop/row.h"
#include "lianqiao/field_spec.h"

namespace lianqiao::file_drop {

/// The adapter's settings as typed values, made once.
struct DropSettings {
  std::filesystem::path folder;  ///< Empty: this peer takes no files in.
  std::filesystem::path archive;
  std::filesystem::path failed;
  std::vector<std::string> patterns;
  std::chrono::milliseconds settleTime{0};
  std::chrono::milliseconds giveUpTime{0};
  std::size_t batchItems = 200;
  std::string resultSuffix;
  std::filesystem::path outputFolder;  ///< Empty: this peer takes no records out.
  bool outputCsv = false;
  std::size_t outputBatch = 200;
  ReadOptions read;
};

std::span<const FieldSpec> fieldSpecs();
/// Throws std::invalid_argument, with the remedy, where result_suffix cannot tell results from
/// ledgers.
DropSettings readSettings(const Settings& settings);

}  // namespace lianqiao::file_drop
