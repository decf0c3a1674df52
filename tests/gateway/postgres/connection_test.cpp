#include "postgres/connection.h"

#include <gmock/gmock.h>

#include "support/postgres_server.h"

namespace lianqiao::postgres {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class ConnectionTest : public ::testing::Test {
 protected:
  void SetUp() override {
    server_ = test::PostgresServer::shared();
    if (server_ == nullptr) GTEST_SKIP() << "PostgreSQL is not installed (deploy/packages test)";
    Failure failure;
    connection_ = server_->connect("postgres", failure);
    ASSERT_NE(connection_, nullptr) << failure.why;
  }

  test::PostgresServer* server_ = nullptr;
  std::unique_ptr<Connection> connection_;
};

TEST_F(ConnectionTest, ValuesComeBackAsTheyWent) {
  Column text(Column::Kind::text), number(Column::Kind::number), bytes(Column::Kind::bytes),
      uuid(Column::Kind::uuid);
  text.add("路灯 \"'\\{},");
  text.addNull();
  number.add(std::numeric_limits<std::int64_t>::min());
  number.add(std::int64_t{7});
  bytes.add(std::string_view("\0\xFF'", 3));
  bytes.add("");
  uuid.add("0123456789abcdef");
  uuid.addNull();
  const auto rows = connection_->run("SELECT * FROM unnest($1, $2, $3, $4)",
                                     {text.value(), number.value(), bytes.value(), uuid.value()});
  ASSERT_TRUE(rows && rows->count() == 2) << connection_->failure().why;
  EXPECT_EQ(rows->bytes(0, 0), "路灯 \"'\\{},");
  EXPECT_TRUE(rows->isNull(1, 0));
  EXPECT_EQ(rows->integer(0, 1), std::numeric_limits<std::int64_t>::min());
  EXPECT_EQ(rows->integer(1, 1), 7);
  EXPECT_EQ(rows->bytes(0, 2), std::string_view("\0\xFF'", 3));
  EXPECT_FALSE(rows->isNull(1, 2));
  EXPECT_EQ(rows->bytes(0, 3), "0123456789abcdef");
}

TEST_F(ConnectionTest, FailuresAreToldApart) {
  EXPECT_FALSE(connection_->run("SELECT * FROM no_such_table"));
  EXPECT_EQ(connection_->failure().fault, Fault::other);
  EXPECT_THAT(connection_->failure().why, HasSubstr("no_such_table"));
  EXPECT_FALSE(connection_->run("SET statement_timeout TO '20ms'; SELECT pg_sleep(5)"));
  EXPECT_EQ(connection_->failure().fault, Fault::busy);
  EXPECT_TRUE(connection_->isOpen());
  EXPECT_TRUE(connection_->run("SET default_transaction_read_only TO on"));
  EXPECT_FALSE(connection_->run("CREATE TABLE t(a int)"));
  EXPECT_EQ(connection_->failure().fault, Fault::refused);
  for (const char* state : {"53100", "XX001"}) {
    EXPECT_FALSE(connection_->run("DO $$ BEGIN RAISE EXCEPTION 'as told' USING ERRCODE = '" +
                                  std::string(state) + "'; END $$"));
    EXPECT_EQ(connection_->failure().fault,
              state == std::string("53100") ? Fault::full : Fault::damaged);
  }
}

TEST_F(ConnectionTest, AServerThatIsGoneIsAwayAndNoPasswordIsTold) {
  Failure failure;
  EXPECT_EQ(Connection::open({"postgresql://127.0.0.1:1/none?user=a", "s3cret"}, failure), nullptr);
  EXPECT_EQ(failure.fault, Fault::away);
  EXPECT_THAT(failure.why, Not(HasSubstr("s3cret")));
  server_->kill();
  EXPECT_FALSE(connection_->run("SELECT 1"));
  EXPECT_EQ(connection_->failure().fault, Fault::away);
  EXPECT_FALSE(connection_->isOpen());
  server_->start();
}

}  // namespace
}  // namespace lianqiao::postgres
