#include <algorithm>
#include <vector>

#include "lianqiao/json.h"
#include "utf8.h"

namespace lianqiao::json {
namespace {

void writeEscape(char c, std::string& out) {
  static constexpr std::string_view kHex = "0123456789abcdef";
  switch (c) {
    case '"':
      out += "\\\"";
      return;
    case '\\':
      out += "\\\\";
      return;
    case '\b':
      out += "\\b";
      return;
    case '\f':
      out += "\\f";
      return;
    case '\n':
      out += "\\n";
      return;
    case '\r':
      out += "\\r";
      return;
    case '\t':
      out += "\\t";
      return;
    default:
      out += "\\u00";
      out += kHex[static_cast<unsigned char>(c) >> 4];
      out += kHex[static_cast<unsigned char>(c) & 15u];
  }
}

/// Length of the leading run that needs no escape.
std::size_t plainRun(const char* p, const char* end) {
  const char* const start = p;
  while (end - p >= 8) {
    if (const std::uint64_t stop = utf8::specials(utf8::load8(p))) {
      return static_cast<std::size_t>(p - start) + utf8::firstFlag(stop);
    }
    p += 8;
  }
  while (p != end && static_cast<unsigned char>(*p) >= 0x20 && *p != '"' && *p != '\\') ++p;
  return static_cast<std::size_t>(p - start);
}

void writeMembers(std::span<const Member> members, bool canonical, std::string& out);

void writeValue(const Value& value, bool canonical, std::string& out) {
  switch (value.kind()) {
    case Kind::null:
      out += "null";
      return;
    case Kind::boolean:
      out += value.boolean() ? "true" : "false";
      return;
    case Kind::number:
      out += value.text();
      return;
    case Kind::string:
      writeText(value.text(), out);
      return;
    case Kind::array: {
      out += '[';
      bool first = true;
      for (const Value& element : value.elements()) {
        if (!first) out += ',';
        first = false;
        writeValue(element, canonical, out);
      }
      out += ']';
      return;
    }
    case Kind::object:
      writeMembers(value.members(), canonical, out);
      return;
  }
}

void writeMembers(std::span<const Member> members, bool canonical, std::string& out) {
  const auto byName = [](const Member& a, const Member& b) { return a.name < b.name; };
  std::vector<Member> sorted;
  if (canonical && !std::is_sorted(members.begin(), members.end(), byName)) {
    sorted.assign(members.begin(), members.end());
    std::sort(sorted.begin(), sorted.end(), byName);
    members = sorted;
  }
  out += '{';
  bool first = true;
  for (const Member& member : members) {
    if (!first) out += ',';
    first = false;
    writeText(member.name, out);
    out += ':';
    writeValue(member.value, canonical, out);
  }
  out += '}';
}

}  // namespace

void writeText(std::string_view text, std::string& out) {
  out += '"';
  const char* p = text.data();
  const char* const end = p + text.size();
  while (p != end) {
    const std::size_t run = plainRun(p, end);
    out.append(p, run);
    p += run;
    if (p != end) writeEscape(*p++, out);
  }
  out += '"';
}

void write(const Value& value, std::string& out) { writeValue(value, false, out); }

std::string write(const Value& value) {
  std::string out;
  writeValue(value, false, out);
  return out;
}

void writeCanonical(const Value& value, std::string& out) { writeValue(value, true, out); }

}  // namespace lianqiao::json
