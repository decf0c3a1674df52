#include "record/redact.h"

#include <algorithm>
#include <array>
#include <vector>

#include "lianqiao/text.h"
#include "record/schema.h"

namespace lianqiao::record {
namespace {

constexpr std::string_view kMask = "***";
constexpr std::size_t kMostReferences = 32;

/// The schemas that speak of one place, references and alternatives followed.
using Schemas = std::vector<const json::Value*>;

void gather(const json::Value& root, const json::Value* schema, std::size_t depth, Schemas& out) {
  if (schema == nullptr || !schema->isObject() || depth > kMostReferences) return;
  out.push_back(schema);
  if (const json::Value* ref = schema->find("$ref"); ref != nullptr) {
    gather(root, resolvePointer(root, ref->text()), depth + 1, out);
  }
  for (std::string_view list : {"allOf", "anyOf", "oneOf"}) {
    const json::Value* schemas = schema->find(list);
    if (schemas == nullptr) continue;
    for (const json::Value& part : schemas->elements()) gather(root, &part, depth + 1, out);
  }
  for (std::string_view single : {"then", "else"}) {
    gather(root, schema->find(single), depth + 1, out);
  }
}

Schemas memberSchemas(const json::Value& root, const Schemas& of, std::string_view name) {
  Schemas result;
  bool named = false;
  for (const json::Value* schema : of) {
    const json::Value* properties = schema->find("properties");
    const json::Value* property = properties == nullptr ? nullptr : properties->find(name);
    named = named || property != nullptr;
    gather(root, property, 0, result);
  }
  if (named) return result;
  for (const json::Value* schema : of) {
    gather(root, schema->find("additionalProperties"), 0, result);
  }
  return result;
}

Schemas elementSchemas(const json::Value& root, const Schemas& of, std::size_t index) {
  Schemas result;
  for (const json::Value* schema : of) {
    const json::Value* prefix = schema->find("prefixItems");
    if (prefix != nullptr && index < prefix->size()) {
      gather(root, &prefix->elements()[index], 0, result);
    } else {
      gather(root, schema->find("items"), 0, result);
    }
  }
  return result;
}

/// Public only where at least one schema says so and none says otherwise.
bool isPublic(const Schemas& schemas) {
  bool stated = false;
  for (const json::Value* schema : schemas) {
    const json::Value* word = schema->find("x-class");
    if (word == nullptr) continue;
    if (word->text() != "public") return false;
    stated = true;
  }
  return stated;
}

std::string_view maskOf(const Schemas& schemas) {
  for (const json::Value* schema : schemas) {
    if (const json::Value* word = schema->find("x-mask"); word != nullptr) return word->text();
  }
  return {};
}

std::string masked(std::string_view how, std::string_view text) {
  if (text.empty()) return {};
  if (how == "name") return maskName(text);
  if (how == "phone") return maskPhone(text);
  if (how == "id") return maskId(text);
  if (how == "address") return maskAddress(text);
  if (how == "key") return maskKey(text);
  return std::string(kMask);
}

void appendLeaf(const Schemas& schemas, const json::Value& value, std::string& out) {
  if (value.isNull() || isPublic(schemas)) {
    json::write(value, out);
  } else {
    json::writeText(value.isString() ? masked(maskOf(schemas), value.text()) : std::string(kMask),
                    out);
  }
}

void append(const json::Value& root, const Schemas& schemas, const json::Value& value,
            std::string& out);

/// A name that no schema knows may itself be personal (a phone number as key): it is shown as ***.
void appendObject(const json::Value& root, const Schemas& schemas, const json::Value& value,
                  std::string& out) {
  out += '{';
  std::size_t hidden = 0;
  for (const json::Member& member : value.members()) {
    if (out.back() != '{') out += ',';
    const Schemas inner = memberSchemas(root, schemas, member.name);
    if (inner.empty()) {
      json::writeText(std::string(kMask) + std::to_string(++hidden), out);
    } else {
      json::writeText(member.name, out);
    }
    out += ':';
    append(root, inner, member.value, out);
  }
  out += '}';
}

void append(const json::Value& root, const Schemas& schemas, const json::Value& value,
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

bool isDigits(std::string_view text) {
  return text.find_first_not_of("0123456789") == std::string_view::npos;
}

bool isMobile(std::string_view text) {
  return text.size() == 11 && text[0] == '1' && text[1] >= '3' && isDigits(text);
}

/// Region, birthday, number: a long order number rarely has a day there.
bool isIdentity(std::string_view text) {
  if (text.size() != 18 || !isDigits(text.substr(0, 17))) return false;
  const std::string_view century = text.substr(6, 2);
  const std::string_view month = text.substr(10, 2);
  const std::string_view day = text.substr(12, 2);
  return (century == "19" || century == "20") && month >= "01" && month <= "12" && day >= "01" &&
         day <= "31";
}

/// As before 1999, without century and check digit. A province at the beginning keeps times and
/// order numbers (20…) apart.
bool isOldIdentity(std::string_view digits) {
  constexpr std::string_view kProvinces =
      "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 "
      "65";
  const std::string_view month = digits.substr(8, 2);
  const std::string_view day = digits.substr(10, 2);
  return kProvinces.find(digits.substr(0, 2)) != std::string_view::npos && month >= "01" &&
         month <= "12" && day >= "01" && day <= "31";
}

std::string maskKeyPart(std::string_view part) {
  const bool ascii = std::all_of(part.begin(), part.end(),
                                 [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  if (!ascii) return maskName(part);
  if (isMobile(part)) return maskPhone(part);
  return isIdentity(part) ? maskId(part) : std::string(part);
}

bool isDigit(char c) { return c >= '0' && c <= '9'; }

/// A number as people write it, blanks and hyphens between its digits left out.
struct Written {
  std::string digits;
  std::size_t size = 0;  ///< Of what is written; 0 where there is no such number.
};

/// The number of so many digits that `text` begins with.
Written numberOf(std::string_view text, std::size_t count) {
  Written number;
  std::size_t at = 0;
  for (; number.digits.size() < count; ++at) {
    if (at > 0) at = std::min(text.find_first_not_of(" -", at), text.size());
    if (at == text.size()) return {};
    const bool check = number.digits.size() == 17 && (text[at] == 'X' || text[at] == 'x');
    if (!isDigit(text[at]) && !check) return {};
    number.digits += text[at];
  }
  if (at < text.size() && isDigit(text[at])) return {};
  number.size = at;
  return number;
}

/// A sentence in which all that may stand in a number is ASCII where it was full-width.
struct Plain {
  explicit Plain(std::string_view written) {
    for (std::size_t at = 0; at < written.size();) {
      const std::string_view character = prefix(written.substr(at), 1);
      const std::string half = character.size() == 3 ? halfWidth(character) : std::string();
      const bool ofNumber = half.size() == 1 && kOfNumbers.find(half[0]) != std::string_view::npos;
      text += ofNumber ? std::string_view(half) : character;
      from.resize(text.size(), at);
      at += character.size();
    }
    from.push_back(written.size());
  }
  static constexpr std::string_view kOfNumbers = "0123456789Xx+- ";
  std::string text;
  std::vector<std::size_t> from;  ///< Of each byte: where its character was written.
};

/// Masks the number of a person that `text` begins with; how much of it that was, 0 for none.
std::size_t maskNumber(std::string_view text, std::string& out) {
  if (const Written card = numberOf(text, 18); card.size > 0 && isIdentity(card.digits)) {
    out += maskId(card.digits);
    return card.size;
  }
  if (const Written card = numberOf(text, 15); card.size > 0 && isOldIdentity(card.digits)) {
    out += maskId(card.digits);
    return card.size;
  }
  for (const std::string_view code : {"", "86", "0086", "0"}) {
    if (!text.starts_with(code)) continue;
    const std::size_t begin = std::min(text.find_first_not_of(" -", code.size()), text.size());
    const Written mobile = numberOf(text.substr(begin), 11);
    if (mobile.size == 0 || !isMobile(mobile.digits)) continue;
    out.append(text.substr(0, begin)) += maskPhone(mobile.digits);
    return begin + mobile.size;
  }
  return 0;
}

}  // namespace

void appendRedacted(const json::Value& schema, const json::Value& data, std::string& out) {
  Schemas schemas;
  gather(schema, &schema, 0, schemas);
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

std::string maskNumbers(std::string_view written) {
  const Plain plain(written);
  std::string out;
  for (std::size_t at = 0; at < plain.text.size();) {
    const std::string_view rest = std::string_view(plain.text).substr(at);
    std::size_t size = isDigit(rest[0]) ? maskNumber(rest, out) : 0;
    if (size == 0) {
      const auto other = [&](char c) { return isDigit(c) != isDigit(rest[0]); };
      size = static_cast<std::size_t>(std::find_if(rest.begin(), rest.end(), other) - rest.begin());
      const std::size_t from = plain.from[at];
      out += written.substr(from, plain.from[at + size] - from);
    }
    at += size;
  }
  return out;
}

std::string maskKey(std::string_view key) {
  std::string out;
  for (;;) {
    const std::size_t end = std::min(key.find_first_of("/:"), key.size());
    out += maskKeyPart(key.substr(0, end));
    if (end == key.size()) return out;
    out += key[end];
    key.remove_prefix(end + 1);
  }
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
