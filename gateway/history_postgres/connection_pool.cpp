#include "history_postgres/connection_pool.h"

#include <algorithm>
#include <utility>

namespace lianqiao::history {

using base::Lock;
using postgres::Connection;
using postgres::Failure;
using postgres::Fault;
using std::chrono::milliseconds;

namespace {

constexpr std::size_t kMost = 4;
constexpr std::chrono::seconds kWait(5);
constexpr milliseconds kLeastPause(250);
constexpr milliseconds kMostPause(10'000);
constexpr int kLeastVersion = 130000;

}  // namespace

ConnectionPool::ConnectionPool(Connection::Address address, std::string schema,
                               const base::Clock& clock)
    : address_(std::move(address)), schema_(std::move(schema)), clock_(clock) {}

ConnectionPool::Lease::~Lease() {
  if (connection_ != nullptr) pool_.give(std::move(connection_));
}

bool ConnectionPool::mayTry(Failure& failure) {
  const Lock lock(mutex_);
  if (pause_.count() == 0 || clock_.steady() >= again_) return true;
  failure = failed_;
  return false;
}

std::unique_ptr<Connection> ConnectionPool::connect(Use use, Failure& failure) {
  if (!mayTry(failure)) return nullptr;
  auto connection = Connection::open(address_, failure);
  if (connection != nullptr && connection->serverVersion() < kLeastVersion) {
    failure = {Fault::refused, "it is older than PostgreSQL 13"};
    connection = nullptr;
  }
  const char* const most = use == Use::search ? "10s" : use == Use::survey ? "10min" : "60s";
  // Just-in-time compilation takes longer than any of our statements.
  if (connection != nullptr &&
      !connection->run("SET search_path TO \"" + schema_ + "\"; SET jit TO off;" +
                       "SET lock_timeout TO '5s'; SET statement_timeout TO '" + most +
                       "'; SET idle_in_transaction_session_timeout TO '60s';"
                       "SET default_transaction_read_only TO " +
                       (use == Use::write ? "off" : "on") +
                       "; SELECT set_config('synchronous_commit', 'on', false)"
                       " WHERE current_setting('synchronous_commit')='off'")) {
    failure = connection->failure();
    connection = nullptr;
  }
  const Lock lock(mutex_);
  if (connection == nullptr) {
    failed_ = failure;
    pause_ = std::clamp(pause_ * 2, kLeastPause, kMostPause);
    again_ = clock_.steady() + pause_;
  } else {
    pause_ = milliseconds(0);
  }
  return connection;
}

ConnectionPool::Lease ConnectionPool::take(Failure& failure) {
  {
    const Lock lock(mutex_);
    const auto until = base::realNow() + kWait;
    while (taken_ >= kMost) {
      if (given_.waitUntil(mutex_, until)) continue;
      failure = {Fault::busy, "other searches have all its connections"};
      return {*this, nullptr};
    }
    ++taken_;
    while (!idle_.empty()) {
      auto connection = std::move(idle_.back());
      idle_.pop_back();
      if (connection->isOpen()) return {*this, std::move(connection)};
    }
  }
  auto connection = connect(Use::search, failure);
  if (connection == nullptr) give(nullptr);
  return {*this, std::move(connection)};
}

void ConnectionPool::give(std::unique_ptr<Connection> connection) {
  const Lock lock(mutex_);
  --taken_;
  if (connection != nullptr && connection->isOpen()) idle_.push_back(std::move(connection));
  given_.notifyOne();
}

}  // namespace lianqiao::history
