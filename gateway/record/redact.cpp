#include "record/redact.h"

#include <algorithm>
#include <array>
#include <vector>

#include "lianqiao/text.h"
#include "record/place_schemas.h"

namespace lianqiao::record {
namespace {

constexpr std::string_view kMask = "***";
std::string masked(std::string_view how, std::string_view text) {
  if (text.empty()) return {};
  if (how == "name") return maskName(text);
  if (how == "phone") return maskPhone(text);
  if (how == "id") return maskId(text);
  if (how == "address") return maskAddress(text);
  if (how == "key") return maskKey(text);
  return std::string(kMask);
}

void appendLeaf(const PlaceSchemas& schemas, const json::Value& value, std::string& out) {
  if (value.isString() && isPublic(schemas)) {
    // A sender may put anything anywhere: an order number that is a telephone number.
    json::writeText(maskNumbers(value.text()), out);
  } else if (value.isNull() || isPublic(schemas)) {
    json::write(value, out);
  } else {
    json::writeText(value.isString() ? masked(maskOf(schemas), value.text()) : std::string(kMask),
                    out);
  }
}

void append(const json::Value& root, const PlaceSchemas& schemas, const json::Value& value,
            std::string& out);

/// A name that no schema knows may itself be personal (a phone number as key): it is shown as ***.
void appendObject(const json::Value& root, const PlaceSchemas& schemas, const json::Value& value,
                  std::string& out) {
  out += '{';
  std::size_t hidden = 0;
  for (const json::Member& member : value.members()) {
    if (out.back() != '{') out += ',';
    const PlaceSchemas inner = memberSchemas(root, schemas, member.name);
    if (inner.empty()) {
      json::writeText(std::string(kMask) + std::to_string(++hidden), out);
    } else {
      // One out of a foreign record may hold a number, as "phone 13800138000".
      json::writeText(maskNumbers(member.name), out);
    }
    out += ':';
    append(root, inner, member.value, out);
  }
  out += '}';
}

void append(const json::Value& root, const PlaceSchemas& schemas, const json::Value& value,
            std::string& out) {
  if (schemas.empty() && !value.isNull()) {
    json::writeText(kMask, out);
  } else if (value.isObject()) {
    appendObject(root, schemas, value, out);
  } else if (value.isArray()) {
    out += '[';
    for (std::size_t i = 0; i < value.size(); ++i) {
      if (i > 0) out += ',';
      append(root, elementSchemas(root, schemas, i), value.elements()[i], out);
    }
    out += ']';
  } else {
    appendLeaf(schemas, value, out);
  }
}

std::string stars(std::size_t count) { return std::string(count, '*'); }

/// The last `count` characters.
std::string_view suffix(std::string_view text, std::size_t count) {
  const std::size_t all = countCharacters(text);
  return all <= count ? text : text.substr(prefix(text, all - count).size());
}

/// `head` and `tail` characters stay, where at least as many are hidden as shown at the longer end.
std::string maskMiddle(std::string_view text, std::size_t head, std::size_t tail) {
  const std::size_t length = countCharacters(text);
  if (length < head + tail + std::max(head, tail)) return std::string(kMask);
  return std::string(prefix(text, head)) + stars(length - head - tail) +
         std::string(suffix(text, tail));
}

}  // namespace

void appendRedacted(const json::Value& schema, const json::Value& data, std::string& out) {
  PlaceSchemas schemas;
  gatherSchemas(schema, &schema, schemas);
  append(schema, schemas, data, out);
}

std::string redacted(const json::Value& schema, const json::Value& data) {
  std::string out;
  appendRedacted(schema, data, out);
  return out;
}

std::string maskName(std::string_view name) {
  constexpr std::array<std::string_view, 20> kCompound{
      "欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "司徒",
      "令狐", "夏侯", "端木", "宇文", "长孙", "南宫", "独孤", "轩辕", "呼延", "闻人"};
  const std::size_t length = countCharacters(name);
  if (length < 2) return std::string(kMask);
  const bool compound = length > 2 && std::any_of(kCompound.begin(), kCompound.end(),
                                                  [name](auto c) { return name.starts_with(c); });
  const std::size_t kept = compound ? 2 : 1;
  // Longer than a Chinese name: a company or a foreign name; its length would tell.
  if (length > 6) return std::string(prefix(name, 1)) + std::string(kMask);
  return std::string(prefix(name, kept)) + stars(length - kept);
}

std::string maskPhone(std::string_view phone) {
  const bool plain = phone.find_first_not_of("0123456789+-") == std::string_view::npos;
  if (!plain) return std::string(kMask);
  if (phone.size() == 11 && phone[0] == '1') return maskMiddle(phone, 3, 4);
  if (phone.starts_with("+86") && phone.size() == 14)
    return "+86" + maskMiddle(phone.substr(3), 3, 4);
  // A land line: the area code may stay, the subscriber not.
  const std::size_t hyphen = phone.find('-');
  if (phone.starts_with('0') && (hyphen == 3 || hyphen == 4)) {
    return std::string(phone.substr(0, hyphen + 1)) + "****";
  }
  return std::string(kMask);
}

std::string maskId(std::string_view id) {
  if (id.size() == 18) return maskMiddle(id, 6, 4);
  return countCharacters(id) >= 8 ? maskMiddle(id, 1, 1) : std::string(kMask);
}

std::string maskAddress(std::string_view address) {
  constexpr std::array<std::string_view, 9> kLevels{"街道", "镇", "乡", "区", "县",
                                                    "市",   "州", "盟", "省"};
  for (std::string_view level : kLevels) {
    const std::size_t at = address.find(level);
    // "镇" may be the first character of a place's name.
    if (at != std::string_view::npos && at > 0) {
      return std::string(address.substr(0, at + level.size())) + std::string(kMask);
    }
  }
  return std::string(kMask);
}

}  // namespace lianqiao::record
