#include "sqlite/database.h"

#include <sqlite3.h>

namespace lianqiao::sqlite {

namespace {

/// As a URI: only what could end the path needs to be escaped.
std::string immutableUri(const std::string& path) {
  std::string uri = "file:";
  for (const char c : path) {
    if (c == '%' || c == '?' || c == '#') {
      uri += c == '%' ? "%25" : c == '?' ? "%3F" : "%23";
    } else {
      uri += c;
    }
  }
  return uri + "?immutable=1";
}

}  // namespace

std::unique_ptr<Database> Database::open(const std::string& path, Mode mode, std::string& why) {
  const int flags =
      SQLITE_OPEN_NOMUTEX | (mode == Mode::look    ? SQLITE_OPEN_READONLY | SQLITE_OPEN_URI
                             : mode == Mode::read  ? SQLITE_OPEN_READONLY
                             : mode == Mode::write ? SQLITE_OPEN_READWRITE
                                                   : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE);
  sqlite3* handle = nullptr;
  const int code = sqlite3_open_v2((mode == Mode::look ? immutableUri(path) : path).c_str(),
                                   &handle, flags, nullptr);
  if (code == SQLITE_OK) return std::unique_ptr<Database>(new Database(handle));
  why = handle == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(handle);
  sqlite3_close(handle);
  return nullptr;
}

Database::~Database() { sqlite3_close(handle_); }

bool Database::run(const char* sql) {
  return sqlite3_exec(handle_, sql, nullptr, nullptr, nullptr) == SQLITE_OK;
}

std::int64_t Database::number(const char* sql) {
  Statement statement(*this, sql);
  return statement.row() ? statement.integer(0) : 0;
}

int Database::changes() const { return sqlite3_changes(handle_); }

Fault Database::fault() const {
  switch (sqlite3_errcode(handle_) & 0xFF) {
    case SQLITE_OK:
    case SQLITE_ROW:
    case SQLITE_DONE:
      return Fault::none;
    case SQLITE_FULL:
      return Fault::full;
    case SQLITE_BUSY:
      return Fault::busy;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
    case SQLITE_FORMAT:
      return Fault::damaged;
    default:
      return Fault::other;
  }
}

std::string Database::why() const { return sqlite3_errmsg(handle_); }

Statement::Statement(Database& database, const char* sql) {
  last_ = sqlite3_prepare_v2(database.handle_, sql, -1, &statement_, nullptr);
}

Statement::~Statement() { sqlite3_finalize(statement_); }

Statement& Statement::bind(int at, std::int64_t value) {
  sqlite3_bind_int64(statement_, at, value);
  return *this;
}

Statement& Statement::bindBytes(int at, std::string_view value) {
  sqlite3_bind_blob64(statement_, at, value.data() == nullptr ? "" : value.data(), value.size(),
                      SQLITE_STATIC);
  return *this;
}

Statement& Statement::bindText(int at, std::string_view value) {
  sqlite3_bind_text64(statement_, at, value.data() == nullptr ? "" : value.data(), value.size(),
                      SQLITE_STATIC, SQLITE_UTF8);
  return *this;
}

Statement& Statement::bindNull(int at) {
  sqlite3_bind_null(statement_, at);
  return *this;
}

bool Statement::row() {
  if (statement_ == nullptr) return false;
  last_ = sqlite3_step(statement_);
  return last_ == SQLITE_ROW;
}

bool Statement::run() {
  while (row()) {
  }
  const bool whole = ended();
  // On failure sqlite3_reset() repeats the code for Database::fault().
  reset();
  return whole;
}

void Statement::reset() { sqlite3_reset(statement_); }

bool Statement::ended() const { return last_ == SQLITE_DONE; }

std::int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}

bool Statement::isText(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_TEXT;
}

bool Statement::isNull(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}

std::string_view Statement::bytes(int column) const {
  const void* data = sqlite3_column_blob(statement_, column);
  const int size = sqlite3_column_bytes(statement_, column);
  return {static_cast<const char*>(data), data == nullptr ? 0 : static_cast<std::size_t>(size)};
}

}  // namespace lianqiao::sqlite
