#include "postgres/connection.h"

#include <libpq-fe.h>

#include <algorithm>
#include <array>
#include <cstdlib>

namespace lianqiao::postgres {
namespace {

/// One line, without what could move a terminal.
std::string lineOf(const char* message) {
  std::string line = message == nullptr ? "" : message;
  while (!line.empty() && line.back() == '\n') line.pop_back();
  for (char& c : line)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  return line;
}

Fault faultOf(std::string_view state) {
  using Pair = std::pair<std::string_view, Fault>;
  // Longer beginnings first. https://www.postgresql.org/docs/15/errcodes-appendix.html
  static constexpr std::array<Pair, 14> kFaults{{{"57014", Fault::busy},
                                                 {"55P03", Fault::busy},
                                                 {"40", Fault::busy},
                                                 {"25P03", Fault::away},
                                                 {"25006", Fault::refused},
                                                 {"53100", Fault::full},
                                                 {"53", Fault::away},
                                                 {"57P", Fault::away},
                                                 {"08", Fault::away},
                                                 {"XX001", Fault::damaged},
                                                 {"XX002", Fault::damaged},
                                                 {"42501", Fault::refused},
                                                 {"28", Fault::refused},
                                                 {"3D000", Fault::refused}}};
  const auto* const found = std::find_if(kFaults.begin(), kFaults.end(), [&](const Pair& one) {
    return state.starts_with(one.first);
  });
  return found == kFaults.end() ? Fault::other : found->second;
}

}  // namespace

Rows::~Rows() { PQclear(result_); }

int Rows::count() const { return PQntuples(result_); }

std::int64_t Rows::changed() const { return std::strtoll(PQcmdTuples(result_), nullptr, 10); }

bool Rows::isNull(int row, int column) const { return PQgetisnull(result_, row, column) != 0; }

std::string_view Rows::bytes(int row, int column) const {
  return {PQgetvalue(result_, row, column),
          static_cast<std::size_t>(PQgetlength(result_, row, column))};
}

std::int64_t Rows::integer(int row, int column) const {
  const std::string_view read = bytes(row, column);
  if (read.empty()) return 0;
  std::uint64_t number = (read[0] & 0x80) != 0 ? ~std::uint64_t{0} : 0;
  for (const char c : read) number = (number << 8) | static_cast<unsigned char>(c);
  return static_cast<std::int64_t>(number);
}

std::unique_ptr<Connection> Connection::open(const Address& address, Failure& failure) {
  // What stands before the url it may say otherwise; what stands behind it it may not.
  const std::array<const char*, 10> names{"connect_timeout",
                                          "keepalives_idle",
                                          "keepalives_interval",
                                          "keepalives_count",
                                          "tcp_user_timeout",
                                          "fallback_application_name",
                                          "dbname",
                                          "client_encoding",
                                          "password",
                                          nullptr};
  const std::array<const char*, 10> values{
      "5",
      "10",
      "5",
      "3",
      "20000",
      "lianqiao",
      address.url.c_str(),
      "UTF8",
      address.password.empty() ? nullptr : address.password.c_str(),
      nullptr};
  pg_conn* handle = PQconnectdbParams(names.data(), values.data(), 1);
  if (handle != nullptr && PQstatus(handle) == CONNECTION_OK) {
    // Notices would go to our standard error.
    PQsetNoticeProcessor(
        handle, [](void*, const char*) {}, nullptr);
    return std::unique_ptr<Connection>(new Connection(handle));
  }
  failure = {Fault::away, handle == nullptr ? "no memory" : lineOf(PQerrorMessage(handle))};
  PQfinish(handle);
  return nullptr;
}

Connection::~Connection() { PQfinish(handle_); }

bool Connection::isOpen() {
  return PQconsumeInput(handle_) == 1 && PQstatus(handle_) == CONNECTION_OK;
}

int Connection::serverVersion() const { return PQserverVersion(handle_); }

/// Whether it is a result and no failure.
bool Connection::take(const pg_result* result) {
  const ExecStatusType status = PQresultStatus(result);
  if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) return true;
  const char* const state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
  const char* const message = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);
  failure_.fault = state == nullptr ? Fault::away : faultOf(state);
  failure_.why = lineOf(message != nullptr ? message : PQerrorMessage(handle_));
  if (PQstatus(handle_) != CONNECTION_OK && failure_.fault == Fault::other)
    failure_.fault = Fault::away;
  return false;
}

bool Connection::run(const std::string& statements) {
  const Rows rows(PQexec(handle_, statements.c_str()));
  return take(rows.result_);
}

std::optional<Rows> Connection::run(const std::string& statement,
                                    const std::vector<Value>& values) {
  std::vector<Oid> oids;
  std::vector<const char*> places;
  std::vector<int> sizes;
  for (const Value& value : values) {
    oids.push_back(value.oid);
    places.push_back(value.bytes.data());
    sizes.push_back(static_cast<int>(value.bytes.size()));
  }
  const std::vector<int> binary(values.size(), 1);
  Rows rows(PQexecParams(handle_, statement.c_str(), static_cast<int>(values.size()), oids.data(),
                         places.data(), sizes.data(), binary.data(), 1));
  return take(rows.result_) ? std::optional<Rows>(std::move(rows)) : std::nullopt;
}

}  // namespace lianqiao::postgres
