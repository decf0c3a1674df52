#include "base/text_view.h"

#include <algorithm>

namespace lianqiao::base {
namespace {

std::size_t width(std::string_view text) {
  std::size_t columns = 0;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) == 0x80) continue;
    columns += byte >= 0xE2 ? 2 : 1;
  }
  return columns;
}

/// A value beside its name; false where it takes lines of its own.
bool appendPlain(const json::Value& value, std::string& out) {
  if (value.size() > 0) return false;
  if (value.isString()) {
    for (const char c : value.text()) out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  } else {
    json::write(value, out);
  }
  return true;
}

/// The escapes of controls in JSON become blanks.
std::string onOneLine(std::string_view json) {
  std::string out;
  out.reserve(json.size());
  for (std::size_t at = 0; at < json.size();) {
    const std::size_t next = std::min(json.find('\\', at), json.size());
    out.append(json, at, next - at);
    if (next + 1 >= json.size()) return out.append(json.substr(next));
    const std::string_view escape = json.substr(next, json[next + 1] == 'u' ? 6 : 2);
    const bool control = escape.size() == 2
                             ? std::string_view("nrtbf").find(escape[1]) != std::string_view::npos
                             : escape.starts_with("\\u000") || escape.starts_with("\\u001");
    control ? out += ' ' : out.append(escape);
    at = next + escape.size();
  }
  return out;
}

}  // namespace

ShownJson::ShownJson(std::string_view text)
    : text_(onOneLine(text)), whole_(json::parse(text_, document_).ok()) {}

std::string_view textOf(const json::Value* object, std::string_view name) {
  const json::Value* value = object == nullptr ? nullptr : object->find(name);
  return value == nullptr ? std::string_view() : value->text();
}

std::int64_t numberOf(const json::Value* object, std::string_view name) {
  const json::Value* value = object == nullptr ? nullptr : object->find(name);
  return value == nullptr ? 0 : value->integer().value_or(0);
}

void pad(std::string& out, std::string_view text, std::size_t columns) {
  out += text;
  const std::size_t wide = width(text);
  out.append(columns > wide ? columns - wide + 1 : 1, ' ');
}

void appendFields(const json::Value& value, std::size_t indent, std::string& out) {
  for (const json::Member& member : value.members()) {
    out.append(indent, ' ').append(member.name).append(": ");
    if (!appendPlain(member.value, out)) {
      out.back() = '\n';  // the blank behind the name
      appendFields(member.value, indent + 2, out);
      continue;
    }
    out += '\n';
  }
  for (const json::Value& element : value.elements()) {
    out.append(indent, ' ').append("- ");
    if (appendPlain(element, out)) {
      out += '\n';
      continue;
    }
    const std::size_t first = out.size();
    appendFields(element, indent + 2, out);
    out.erase(first, std::min(indent + 2, out.size() - first));
  }
}

bool appendProblemLines(std::string_view problems, std::size_t indent, std::string& out) {
  const ShownJson shown(problems);
  if (!shown.root().isArray()) return false;
  for (const json::Value& problem : shown.root().elements()) {
    const std::string_view path = textOf(problem, "path");
    out.append(indent, ' ')
        .append(textOf(problem, "code"))
        .append(path.empty() ? "" : " ")
        .append(path);
    out.append(": ").append(textOf(problem, "message")) += '\n';
  }
  return true;
}

}  // namespace lianqiao::base
