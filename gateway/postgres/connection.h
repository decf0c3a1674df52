#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "postgres/column.h"

struct pg_conn;
struct pg_result;

/// The few calls of libpq that its users need. Not thread-safe; one thread at a time.
///
/// Poco::Data::PostgreSQL (1.11) was looked at in its place and cannot carry a batch: it knows no
/// arrays, so that each row is a round trip; it sends values as text, bytes in hexadecimal digits;
/// and it throws without the SQLSTATE by which a full disk, damage and a server that is away are
/// told apart.
namespace lianqiao::postgres {

/// What went wrong, as far as it matters to its users.
enum class Fault : std::uint8_t {
  none,
  away,     ///< No connection, or the server goes down or comes up.
  full,     ///< No room on its disk.
  damaged,  ///< It finds its own files damaged.
  refused,  ///< Rights, or a standby that takes no writes.
  busy,     ///< Locks, deadlock, a time limit.
  other,
};

struct Failure {
  Fault fault = Fault::none;
  std::string why;  ///< For people. Holds no value of a row.
};

/// What a statement gave.
class Rows {
 public:
  explicit Rows(pg_result* result) : result_(result) {}
  ~Rows();
  Rows(Rows&& other) noexcept : result_(other.result_) { other.result_ = nullptr; }
  Rows& operator=(Rows&&) = delete;

  [[nodiscard]] int count() const;
  /// Rows that it changed.
  [[nodiscard]] std::int64_t changed() const;
  /// 0 where it is null.
  [[nodiscard]] std::int64_t integer(int row, int column) const;
  /// Of a text, bytes or a UUID; empty where it is null. As long as the rows.
  [[nodiscard]] std::string_view bytes(int row, int column) const;
  [[nodiscard]] bool isNull(int row, int column) const;

 private:
  friend class Connection;
  pg_result* result_;
};

/// One connection. No call waits for ever: a peer that is gone is found out by the kernel within
/// half a minute, a statement that takes long is ended by the server (statement_timeout).
class Connection {
 public:
  struct Address {
    std::string url;  ///< postgresql://user@host:port/database?sslmode=…
    std::string password;
  };
  /// Null on failure. Waits 5 s for each host of the address at most.
  static std::unique_ptr<Connection> open(const Address& address, Failure& failure);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  /// Statements without values, to their end. False on failure.
  bool run(const std::string& statements);
  /// One statement; nothing on failure.
  std::optional<Rows> run(const std::string& statement, const std::vector<Value>& values);
  /// Of the last failure.
  [[nodiscard]] const Failure& failure() const { return failure_; }
  /// Whether the server has not closed it, so far as is known here.
  [[nodiscard]] bool isOpen();
  /// As 150020 for 15.20.
  [[nodiscard]] int serverVersion() const;

 private:
  explicit Connection(pg_conn* handle) : handle_(handle) {}
  bool take(const pg_result* result);

  pg_conn* handle_;
  Failure failure_;
};

}  // namespace lianqiao::postgres
