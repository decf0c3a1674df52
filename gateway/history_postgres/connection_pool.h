#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "postgres/connection.h"

namespace lianqiao::history {

/// Connections to one schema of one server. After a failure no other is tried for a while, which
/// doubles up to ten seconds: calls meanwhile fail at once. Thread-safe.
class ConnectionPool {
 public:
  /// How long the server lets a statement run.
  enum class Use : std::uint8_t {
    search,  ///< Reads; 10 s.
    survey,  ///< Reads all; 10 minutes.
    write    ///< 60 s.
  };

  /// For one caller. It goes back by itself, where it is whole.
  class Lease {
   public:
    Lease(ConnectionPool& pool, std::unique_ptr<postgres::Connection> connection)
        : pool_(pool), connection_(std::move(connection)) {}
    ~Lease();
    Lease(Lease&& other) noexcept = default;
    Lease& operator=(Lease&&) = delete;

    postgres::Connection* operator->() const { return connection_.get(); }
    postgres::Connection& operator*() const { return *connection_; }
    explicit operator bool() const { return connection_ != nullptr; }

   private:
    ConnectionPool& pool_;
    std::unique_ptr<postgres::Connection> connection_;
  };

  /// `clock` must outlive it.
  ConnectionPool(postgres::Connection::Address address, std::string schema,
                 const base::Clock& clock);

  /// One for searches, of four. Waits for 5 s at most; false on failure.
  Lease take(postgres::Failure& failure) LIANQIAO_EXCLUDES(mutex_);
  /// One of its own; null on failure.
  std::unique_ptr<postgres::Connection> connect(Use use, postgres::Failure& failure)
      LIANQIAO_EXCLUDES(mutex_);

 private:
  bool mayTry(postgres::Failure& failure) LIANQIAO_EXCLUDES(mutex_);
  void give(std::unique_ptr<postgres::Connection> connection) LIANQIAO_EXCLUDES(mutex_);

  const postgres::Connection::Address address_;
  const std::string schema_;
  const base::Clock& clock_;

  base::Mutex mutex_;
  base::Condition given_;
  std::vector<std::unique_ptr<postgres::Connection>> idle_ LIANQIAO_GUARDED_BY(mutex_);
  std::size_t taken_ LIANQIAO_GUARDED_BY(mutex_) = 0;
  postgres::Failure failed_ LIANQIAO_GUARDED_BY(mutex_);
  std::chrono::steady_clock::time_point again_ LIANQIAO_GUARDED_BY(mutex_);
  std::chrono::milliseconds pause_ LIANQIAO_GUARDED_BY(mutex_){0};
};

}  // namespace lianqiao::history
