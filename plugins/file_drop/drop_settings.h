#pragma once

#include <span>

#include "file_drop/companions.h"
#include "file_drop/row.h"
#include "lianqiao/field_spec.h"

namespace lianqiao::file_drop {

/// Inside the drop folder; holds what is being read.
inline constexpr std::string_view kClaimedFolder = ".claimed";

/// How the other side lists what it holds of a day.
struct ListSettings {
  std::filesystem::path file;   ///< With placeholders in its name; empty: it lists nothing.
  std::vector<std::string> id;  ///< Columns.
  std::string time;             ///< A column; empty: the list tells none.
  std::string content;          ///< A column with a digest; empty: the fields have columns.
};

/// The adapter's settings as typed values, made once.
struct DropSettings {
  std::filesystem::path folder;  ///< Empty: this peer takes no files in.
  std::filesystem::path archive;
  std::filesystem::path failed;
  std::vector<std::string> patterns;
  std::vector<std::string> ignore;  ///< Temporary files of programs: counted, never named.
  CompanionName marker;
  CompanionName manifest;
  std::chrono::milliseconds settleTime{0};
  std::chrono::milliseconds quietTime{0};
  std::chrono::milliseconds giveUpTime{0};
  std::size_t batchItems = 200;
  std::string resultSuffix;
  std::uint32_t resultMode = 0644;
  std::filesystem::path outputFolder;  ///< Empty: this peer takes no records out.
  bool outputCsv = false;
  std::uint32_t outputMode = 0644;
  std::size_t outputBatch = 200;
  CompanionName outputManifest;  ///< Empty: nothing is put beside a written file.
  bool outputSm3 = false;        ///< It bears SM3 and not SHA-256.
  Secret outputKey;              ///< Empty: no HMAC.
  ListSettings list;
  ReadOptions read;
};

std::span<const FieldSpec> fieldSpecs();
/// Throws std::invalid_argument, with the remedy, where result_suffix, marker or manifest cannot
/// tell their files from ledgers.
DropSettings readSettings(const Settings& settings);

/// The way from `folder` down to `path`; empty where it does not lie inside.
std::filesystem::path pathBelow(const std::filesystem::path& folder,
                                const std::filesystem::path& path);

}  // namespace lianqiao::file_drop
