#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "lianqiao/result.h"

struct sqlite3;
struct sqlite3_stmt;

/// The few calls of SQLite that its users need. Not thread-safe; one thread at a time.
///
/// Poco::Data::SQLite was measured in its place (1.11, December 2026, AMD EPYC, 2 shared cores): a
/// million records of 15 columns and 4 rows of terms each, in transactions of 2,000. CPU a record:
/// here 40 µs, Poco's prepared statements 54 to 59 µs, its vectors of values 41 to 44 µs. Of the 14
/// µs that the history has for a record its statements would take all. Vectors would do; but they
/// bind text and no bytes, and throw where a full disk or damage must be told apart by code.
namespace lianqiao::sqlite {

/// What went wrong, as far as it matters to its users.
enum class Fault : std::uint8_t {
  none,
  full,     ///< No room on the disk.
  damaged,  ///< The file is not what was written.
  busy,     ///< Another process has it.
  other,    ///< No rights, an I/O error.
};

class Statement;

/// One open database file.
class Database {
 public:
  enum class Mode : std::uint8_t {
    look,  ///< Reading as it lies there: no lock, no journal. Nobody may write meanwhile.
    read,
    write,
    create
  };

  /// Null when it cannot be opened; `why` says it then.
  static std::unique_ptr<Database> open(const std::string& path, Mode mode, std::string& why);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  /// Runs statements without values to its end. fault() tells more of a failure.
  bool run(const char* sql);
  /// Its first column; 0 when there is no row or it fails.
  std::int64_t number(const char* sql);
  /// Rows that the last statement changed.
  [[nodiscard]] int changes() const;
  [[nodiscard]] Fault fault() const;
  [[nodiscard]] std::string why() const;

 private:
  friend class Statement;
  explicit Database(sqlite3* handle) : handle_(handle) {}

  sqlite3* handle_;
};

/// One prepared statement; goes before its database.
class Statement {
 public:
  Statement(Database& database, const char* sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& bind(int at, std::int64_t value);
  /// The bytes must stay until the statement has run.
  Statement& bindBytes(int at, std::string_view value);
  /// The same as text.
  Statement& bindText(int at, std::string_view value);
  Statement& bindNull(int at);
  /// True when there is a row to read.
  bool row();
  /// Runs it to the end and makes it ready for other values; false on failure.
  bool run();
  void reset();
  /// Of row() that gave false: whether that was the end.
  [[nodiscard]] bool ended() const;

  [[nodiscard]] std::int64_t integer(int column) const;
  /// Of bytes or a text; empty of anything else.
  [[nodiscard]] std::string_view bytes(int column) const;
  [[nodiscard]] bool isText(int column) const;
  [[nodiscard]] bool isNull(int column) const;

 private:
  sqlite3_stmt* statement_ = nullptr;
  int last_ = 0;
};

}  // namespace lianqiao::sqlite
