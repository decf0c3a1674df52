#include "file_drop/drop_cursor.h"

#include <algorithm>

#include "lianqiao/json.h"

namespace lianqiao::file_drop {

namespace {

std::string textOf(const json::Value& root, std::string_view name) {
  const json::Value* value = root.find(name);
  return value != nullptr && value->isString() ? std::string(value->text()) : std::string();
}

void add(std::string& out, std::string_view name, std::string_view value) {
  if (value.empty()) return;
  out += out.empty() ? "{\"" : ",\"";
  out.append(name).append("\":");
  json::writeText(value, out);
}

}  // namespace

DropCursor DropCursor::parse(std::string_view text) {
  DropCursor cursor;
  json::Document document;
  if (text.empty() || !json::parse(text, document) || !document.root.isObject()) return cursor;
  const json::Value& root = document.root;
  cursor.claim = textOf(root, "claim");
  cursor.digest = textOf(root, "digest");
  if (const json::Value* rows = root.find("rows"))
    cursor.rows =
        static_cast<std::uint64_t>(std::max<std::int64_t>(rows->integer().value_or(0), 0));
  cursor.failed = root.find("failed") != nullptr;
  cursor.unread = textOf(root, "unread");
  cursor.exception = textOf(root, "exception");
  cursor.outdated = textOf(root, "outdated");
  return cursor;
}

std::string DropCursor::text() const {
  std::string out;
  add(out, "claim", claim);
  add(out, "digest", digest);
  if (!out.empty()) out += ",\"rows\":" + std::to_string(rows);
  if (failed && !out.empty()) out += ",\"failed\":true";
  add(out, "unread", unread);
  add(out, "exception", exception);
  add(out, "outdated", outdated);
  return out.empty() ? out : out + "}";
}

}  // namespace lianqiao::file_drop
