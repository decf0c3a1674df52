#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "lianqiao/result.h"

struct sqlite3;
struct sqlite3_stmt;

/// The few calls of SQLite that the spool needs. Not thread-safe; one thread at a time.
namespace lianqiao::spool {

/// What went wrong, as far as it matters to the spool.
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
  /// True when there is a row to read.
  bool row();
  /// Runs it to the end and makes it ready for other values; false on failure.
  bool run();
  void reset();
  /// Of row() that gave false: whether that was the end.
  [[nodiscard]] bool ended() const;

  [[nodiscard]] std::int64_t integer(int column) const;
  [[nodiscard]] std::string_view bytes(int column) const;

 private:
  sqlite3_stmt* statement_ = nullptr;
  int last_ = 0;
};

}  // namespace lianqiao::spool
