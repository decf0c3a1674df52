#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "history/block_codec.h"
#include "history/month.h"
#include "history/store.h"
#include "history_sqlite/month_file.h"

namespace lianqiao::history {

/// What was sent for the records of one month, in a file of its own that goes before the month does
/// (FORMAT.md, "What was sent"). For one thread at a time. A call that fails gives false or
/// nothing; failure() tells more.
class SentFile {
 public:
  /// `2026-11.sent`; nothing for any other name.
  [[nodiscard]] static std::optional<Month> monthOf(std::string_view file);
  [[nodiscard]] static std::string nameOf(const Month& month);
  /// Null on failure, or where it is not there and is not to be made.
  static std::unique_ptr<SentFile> open(const std::filesystem::path& folder, const Month& month,
                                        Opening opening, Failure& failure);

  /// All or none. What stands there already for a record and peer is replaced.
  bool add(const std::vector<const SentPayload*>& payloads);
  /// `into` stays empty where it has none.
  bool find(const PackedId& record, std::string_view peer, std::optional<std::string>& into);
  /// Blanks what was sent for these records, and cuts the log behind that.
  bool erase(const std::vector<PackedId>& records);
  /// Of all; false where a block is damaged, too.
  bool verify(std::uint64_t& payloads);
  [[nodiscard]] const Failure& failure() const { return failure_; }

 private:
  explicit SentFile(std::unique_ptr<sqlite::Database> database) : database_(std::move(database)) {}
  bool noted(bool done);
  bool addAll(const std::vector<const SentPayload*>& payloads);
  bool addBlock(const BlockMaker& block, std::int64_t number);
  bool blank(std::int64_t block, std::int64_t place);

  const std::unique_ptr<sqlite::Database> database_;
  Failure failure_;
};

}  // namespace lianqiao::history
