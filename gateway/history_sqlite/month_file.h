#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "history/node_key.h"
#include "lianqiao/host.h"
#include "record/journal.h"
#include "sqlite/database.h"

/// The file of one month and class (FORMAT.md). For one thread at a time.
namespace lianqiao::history {

struct Failure {
  sqlite::Fault fault = sqlite::Fault::none;
  std::string why;
  bool isPart = false;  ///< Damage of a block or of terms: all else can be read.
  [[nodiscard]] static Failure of(const sqlite::Database& database) {
    return {database.fault(), database.why()};
  }
};

enum class Opening : std::uint8_t { there, make };

/// Opens it, or makes it: with mode 600, whole or not at all. Null where that fails.
std::unique_ptr<sqlite::Database> openMonth(const std::filesystem::path& file, Opening opening,
                                            Failure& failure);
/// A database file of the store in general; `tables` are made where it is not there.
std::unique_ptr<sqlite::Database> openFile(const std::filesystem::path& file, Opening opening,
                                           const char* tables, Failure& failure);

/// Of a month's file, or the catalogue: up to where it has everything. Nothing on failure.
std::optional<record::JournalPosition> readPosition(sqlite::Database& database);
bool writePosition(sqlite::Database& database, record::JournalPosition position);

/// Times as columns have them.
inline std::int64_t millisOf(WallTime time) { return time.time_since_epoch().count(); }
inline WallTime timeAt(std::int64_t millis) { return WallTime(std::chrono::milliseconds(millis)); }

/// Words that stand in many rows, by number: peers, types, codes, divisions, configurations.
class WordTable {
 public:
  explicit WordTable(sqlite::Database& database) : database_(database) {}

  /// Writes it down where it is new; 0 on failure. The empty word is 0.
  std::int64_t add(std::string_view word);
  /// Nothing where no row has it.
  std::optional<std::int64_t> find(std::string_view word);
  std::string text(std::int64_t number);

 private:
  sqlite::Database& database_;
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view word) const {
      return std::hash<std::string_view>()(word);
    }
  };
  std::unordered_map<std::string, std::int64_t, Hash, std::equal_to<>> numbers_;
  std::unordered_map<std::int64_t, std::string> texts_;
};

/// A text that may hold a number of a person: as text where it holds none, else sealed.
class SealedText {
 public:
  SealedText(const NodeKey& key, std::string_view text);
  /// The text that it was made of must still be there.
  void bindTo(sqlite::Statement& statement, int at) const;
  [[nodiscard]] std::string_view clear() const { return clear_; }
  [[nodiscard]] bool isSealed() const { return !sealed_.empty(); }
  static std::string read(const NodeKey& key, const sqlite::Statement& row, int column);

 private:
  std::string_view clear_;
  std::string sealed_;
};

}  // namespace lianqiao::history
