#include "doctor/doctor.h"
#include "postgres/connection.h"

namespace lianqiao::doctor {
namespace {

using postgres::Connection;
using postgres::Rows;

/// The least version whose partitions take what the history writes.
constexpr int kLeastVersion = 130000;

void judge(const Rows& row, const std::string& place, Checkup& checkup) {
  const auto isTrue = [&](int column) { return row.integer(0, column) != 0; };
  const std::string encoding(row.bytes(0, 0));
  if (encoding != "UTF8")
    checkup.fail(place + " has the encoding " + encoding + ", which has no room for every text",
                 "make the database anew: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0");
  if (isTrue(1))
    checkup.fail(place + " is a standby, which takes no writes",
                 "name the primary in history.url, or let target_session_attrs=read-write find it");
  if (!isTrue(2))
    checkup.fail("the user of history.url may not make tables in " + place,
                 "as its owner: CREATE SCHEMA … AUTHORIZATION …, or GRANT CREATE ON DATABASE");
  if (!isTrue(3))
    checkup.warn(place + " runs with fsync off: a crash of its machine may damage it",
                 "set fsync = on in its postgresql.conf");
  if (!isTrue(4))
    checkup.warn("the connection to " + place + " is not encrypted",
                 "add sslmode=verify-full to history.url, and give the server a certificate");
}

}  // namespace

void lookAtHistoryServer(const config::GatewayConfig& config, Checkup& checkup) {
  const config::HistorySettings& history = config.history;
  if (!history.enabled || history.url.empty()) return;
  const std::string place = "the history's PostgreSQL";
  postgres::Failure failure;
  const auto connection = Connection::open({history.url, history.password.reveal()}, failure);
  if (connection == nullptr)
    return checkup.fail(place + " is not reached: " + failure.why,
                        "see history.url, whether it runs, and its pg_hba.conf");
  if (connection->serverVersion() < kLeastVersion)
    return checkup.fail(place + " is older than version 13", "upgrade it");
  const auto row = connection->run(
      "SELECT current_setting('server_encoding'), pg_is_in_recovery()::int,"
      " CASE WHEN to_regnamespace(quote_ident($1)) IS NULL"
      " THEN has_database_privilege(current_database(), 'CREATE')"
      " ELSE has_schema_privilege(quote_ident($1), 'CREATE') END::int,"
      " (current_setting('fsync')='on')::int,"
      " (inet_client_addr() IS NULL OR inet_client_addr()='127.0.0.1'"
      " OR inet_client_addr()='::1' OR coalesce((SELECT ssl FROM pg_stat_ssl"
      " WHERE pid=pg_backend_pid()), false))::int",
      {postgres::valueOf(history.schema)});
  if (!row)
    return checkup.fail(place + " does not answer: " + connection->failure().why, "see its log");
  const std::size_t before = checkup.all().size();
  judge(*row, place, checkup);
  if (checkup.all().size() == before)
    checkup.ok(place + " is reached: version " +
               std::to_string(connection->serverVersion() / 10000) + ", encoding and rights");
}

}  // namespace lianqiao::doctor
