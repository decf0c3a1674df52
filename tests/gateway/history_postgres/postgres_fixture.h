#pragma once

#include "gateway/history/history_fixture.h"
#include "history_postgres/postgres_store.h"
#include "support/postgres_server.h"

namespace lianqiao::history {

/// A store in a database of its own.
class PostgresHistory : public HistoryTest {
 protected:
  void SetUp() override {
    server_ = test::PostgresServer::shared();
    if (server_ == nullptr) GTEST_SKIP() << "PostgreSQL is not installed (deploy/packages test)";
    settings_.url = server_->fresh();
    open();
  }
  void open() { HistoryTest::open(&PostgresStore::open); }
  /// Another node.
  std::unique_ptr<HistoryStore> another() {
    auto opened = PostgresStore::open(settings_, log_.sink(), clock_);
    EXPECT_TRUE(opened.ok()) << opened.error().detail;
    return opened.ok() ? std::move(*opened) : nullptr;
  }
  /// The first column of the first row.
  std::string asked(const std::string& statement) {
    postgres::Failure failure;
    const auto connection = postgres::Connection::open({settings_.url, {}}, failure);
    const auto rows = connection ? connection->run(statement, {}) : std::nullopt;
    EXPECT_TRUE(rows.has_value()) << (connection ? connection->failure().why : failure.why);
    return rows && rows->count() > 0 ? std::string(rows->bytes(0, 0)) : "";
  }

  test::PostgresServer* server_ = nullptr;
};

}  // namespace lianqiao::history
