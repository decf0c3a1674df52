#include "schema/formats.h"

#include <algorithm>
#include <array>

#include "base/rfc3339.h"
#include "lianqiao/ascii.h"
#include "lianqiao/text.h"

namespace lianqiao::schema {
namespace {

struct FormatRow {
  Format format;
  std::string_view name;
  std::string_view rule;
  bool (*matches)(std::string_view);
};

bool isDateTime(std::string_view text) { return base::parseTime(text).has_value(); }

constexpr std::array<FormatRow, 8> kFormats{{
    {Format::date_time, "date-time",
     "RFC 3339 with zone and a day that exists, such as 2024-05-27T02:08:51+08:00", isDateTime},
    {Format::date, "date", "YYYY-MM-DD and a day that exists", base::isDate},
    {Format::resident_id, "resident-id",
     "18 characters with a birth date that exists and the right check character, X in upper case",
     isResidentId},
    {Format::credit_code, "credit-code",
     "18 characters of 0-9 and A-Y without I O S V, with the right check character", isCreditCode},
    {Format::phone, "phone",
     "a mobile number, a land line such as 0394-8260000-801, 400/800 or a public short number",
     isPhone},
    {Format::division_code, "division-code",
     "12 digits of the statistical division code, zeros below the unit's level", isDivisionCode},
    {Format::uri, "uri", "an absolute URI (RFC 3986) in ASCII", isUri},
    {Format::email, "email", "a mailbox (RFC 5321) in ASCII", isEmail},
}};

const FormatRow& rowOf(Format format) { return kFormats[static_cast<std::size_t>(format)]; }

bool isProvince(std::string_view code) {
  constexpr std::string_view kProvinces =
      "11 12 13 14 15 21 22 23 31 32 33 34 35 36 37 41 42 43 44 45 46 50 51 52 53 54 61 62 63 64 "
      "65 "
      "71 81 82 ";
  for (std::size_t i = 0; i < kProvinces.size(); i += 3) {
    if (kProvinces.substr(i, 2) == code) return true;
  }
  return false;
}

char residentCheck(std::string_view first17) {
  constexpr std::array<int, 17> kWeights{7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2};
  int sum = 0;
  for (std::size_t i = 0; i < 17; ++i) sum += (first17[i] - '0') * kWeights[i];
  return "10X98765432"[sum % 11];
}

/// Takes one leading run of digits, at most `most`, off `text`.
std::string_view takeDigits(std::string_view& text, std::size_t most) {
  std::size_t n = 0;
  while (n < text.size() && n < most && isDigit(text[n])) ++n;
  const std::string_view taken = text.substr(0, n);
  text.remove_prefix(n);
  return taken;
}

bool takeHyphen(std::string_view& text) {
  if (text.empty() || text[0] != '-') return false;
  text.remove_prefix(1);
  return true;
}

bool isMobile(std::string_view text) {
  return text.size() == 11 && text[0] == '1' && text[1] >= '3' && isDigits(text);
}

/// A subscriber's number with an extension or without.
bool isSubscriber(std::string_view text) {
  const std::string_view number = takeDigits(text, 9);
  if (number.size() < 7 || number.size() > 8 || number[0] < '2') return false;
  if (text.empty()) return true;
  return takeHyphen(text) && text.size() <= 6 && isDigits(text);
}

/// `text` begins at the area code, behind its trunk zero.
bool isLandLine(std::string_view text) {
  if (text.empty() || !isDigit(text[0]) || text[0] == '0') return false;
  const std::size_t length = text[0] <= '2' ? 2 : 3;
  if (text.substr(0, 1) == "1" && text.substr(0, 2) != "10") return false;
  if (takeDigits(text, length).size() != length) return false;
  takeHyphen(text);
  return isSubscriber(text);
}

bool isServiceNumber(std::string_view text) {
  std::string_view rest = text;
  const std::string_view prefix = takeDigits(rest, 3);
  if (prefix != "400" && prefix != "800") return false;
  takeHyphen(rest);
  if (rest.size() == 8 && rest[3] == '-')
    return isDigits(rest.substr(0, 3)) && isDigits(rest.substr(4));
  return rest.size() == 7 && isDigits(rest);
}

bool isShortNumber(std::string_view text) {
  if (!isDigits(text)) return false;
  if (text.size() == 3) return text[0] == '1' && text[1] <= '2';
  if (text.size() != 5 && text.size() != 6) return false;
  return (text[0] == '1' && text[1] <= '2') ||
         (text[0] == '9' && (text[1] == '5' || text[1] == '6'));
}

bool isUriText(std::string_view text, std::string_view extra) {
  constexpr std::string_view kPlain = "-._~!$&'()*+,;=";
  constexpr std::string_view kHex = "0123456789abcdefABCDEF";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '%') {
      if (i + 2 >= text.size() || kHex.find(text[i + 1]) == std::string_view::npos ||
          kHex.find(text[i + 2]) == std::string_view::npos) {
        return false;
      }
      i += 2;
    } else if (!isLetter(c) && !isDigit(c) && kPlain.find(c) == std::string_view::npos &&
               extra.find(c) == std::string_view::npos) {
      return false;
    }
  }
  return true;
}

bool isIpv4(std::string_view text) {
  for (int part = 0; part < 4; ++part) {
    const std::string_view number = takeDigits(text, 3);
    if (number.empty() || (number.size() > 1 && number[0] == '0')) return false;
    int value = 0;
    for (char c : number) value = value * 10 + (c - '0');
    if (value > 255) return false;
    if (part < 3) {
      if (text.empty() || text[0] != '.') return false;
      text.remove_prefix(1);
    }
  }
  return text.empty();
}

bool isIpv6(std::string_view text) {
  int groups = 0;
  bool gap = false;
  if (text.starts_with("::")) {
    gap = true;
    text.remove_prefix(2);
  }
  while (!text.empty()) {
    const std::size_t colon = text.find(':');
    const std::string_view group = text.substr(0, colon);
    if (colon == std::string_view::npos && group.find('.') != std::string_view::npos) {
      return isIpv4(group) && (gap ? groups <= 5 : groups == 6);
    }
    if (group.empty() || group.size() > 4 || !isUriText(group, {}) ||
        group.find_first_not_of("0123456789abcdefABCDEF") != std::string_view::npos) {
      return false;
    }
    ++groups;
    if (colon == std::string_view::npos) {
      text = {};
    } else if (text.substr(colon).starts_with("::")) {
      if (gap) return false;
      gap = true;
      text.remove_prefix(colon + 2);
    } else {
      text.remove_prefix(colon + 1);
      if (text.empty()) return false;
    }
  }
  return gap ? groups <= 7 : groups == 8;
}

bool isAuthority(std::string_view text) {
  if (const std::size_t at = text.rfind('@'); at != std::string_view::npos) {
    if (!isUriText(text.substr(0, at), ":")) return false;
    text.remove_prefix(at + 1);
  }
  if (text.starts_with("[")) {
    const std::size_t end = text.find(']');
    if (end == std::string_view::npos || !isIpv6(text.substr(1, end - 1))) return false;
    text.remove_prefix(end + 1);
    if (text.empty()) return true;
    if (text[0] != ':') return false;
    return text.size() == 1 || isDigits(text.substr(1));
  }
  const std::size_t colon = text.find(':');
  if (!isUriText(text.substr(0, colon), {})) return false;
  return colon == std::string_view::npos || colon + 1 == text.size() ||
         isDigits(text.substr(colon + 1));
}

bool isAtom(std::string_view text) {
  constexpr std::string_view kMarks = "!#$%&'*+-/=?^_`{|}~";
  return !text.empty() && std::all_of(text.begin(), text.end(), [kMarks](char c) {
    return isLetter(c) || isDigit(c) || kMarks.find(c) != std::string_view::npos;
  });
}

bool isDomainLabel(std::string_view label) {
  if (label.empty() || label.size() > 63 || label.front() == '-' || label.back() == '-')
    return false;
  return std::all_of(label.begin(), label.end(),
                     [](char c) { return isLetter(c) || isDigit(c) || c == '-'; });
}

template <typename Part>
bool allParts(std::string_view text, Part part) {
  for (;;) {
    const std::size_t dot = text.find('.');
    if (!part(text.substr(0, dot))) return false;
    if (dot == std::string_view::npos) return true;
    text.remove_prefix(dot + 1);
  }
}

bool isQuotedLocal(std::string_view text) {
  if (text.size() < 2 || text.front() != '"' || text.back() != '"') return false;
  text = text.substr(1, text.size() - 2);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\\' && ++i == text.size()) return false;
    const bool escaped = i > 0 && text[i - 1] == '\\';
    if (text[i] < ' ' || text[i] > '~' || (text[i] == '"' && !escaped)) return false;
  }
  return true;
}

std::string withoutSpace(std::string_view text) {
  std::string half = halfWidth(trim(text));
  std::erase_if(half, [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; });
  return half;
}

void upperCase(std::string& text) {
  std::transform(text.begin(), text.end(), text.begin(), upperAscii);
}

void replaceAll(std::string& text, std::string_view what, std::string_view by) {
  for (std::size_t at = text.find(what); at != std::string::npos; at = text.find(what, at)) {
    text.replace(at, what.size(), by);
    at += by.size();
  }
}

}  // namespace

std::optional<Format> formatByName(std::string_view name) {
  for (const FormatRow& row : kFormats) {
    if (row.name == name) return row.format;
  }
  return std::nullopt;
}

std::string_view formatName(Format format) { return rowOf(format).name; }
std::string_view formatRule(Format format) { return rowOf(format).rule; }
bool matches(Format format, std::string_view text) { return rowOf(format).matches(text); }

bool isResidentId(std::string_view text) {
  if (text.size() != 18 || !isDigits(text.substr(0, 17))) return false;
  // 83 stands in the residence permits of people from Taiwan; the province itself is 71.
  if (!isProvince(text.substr(0, 2)) && text.substr(0, 2) != "83") return false;
  if (text[17] != residentCheck(text)) return false;
  std::array<char, 10> birth{};
  constexpr std::string_view kForm = "yyyy-mm-dd";
  for (std::size_t i = 0, from = 6; i < kForm.size(); ++i) {
    birth[i] = kForm[i] == '-' ? '-' : text[from++];
  }
  const std::string_view date(birth.data(), birth.size());
  return date >= "1850" && date < "2100" && base::isDate(date);
}

bool isCreditCode(std::string_view text) {
  constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKLMNPQRTUWXY";
  if (text.size() != 18) return false;
  std::size_t sum = 0;
  std::size_t weight = 1;
  for (std::size_t i = 0; i < 17; ++i) {
    const std::size_t value = kAlphabet.find(text[i]);
    if (value == std::string_view::npos) return false;
    sum += value * weight;
    weight = weight * 3 % 31;
  }
  return text[17] == kAlphabet[(31 - sum % 31) % 31];
}

bool isPhone(std::string_view text) {
  if (text.starts_with("+86")) {
    text.remove_prefix(3);
    takeHyphen(text);
    if (text.starts_with("0")) text.remove_prefix(1);
    return isMobile(text) || isLandLine(text);
  }
  if (text.starts_with("0")) return isLandLine(text.substr(1));
  return isMobile(text) || isServiceNumber(text) || isShortNumber(text) || isSubscriber(text);
}

bool isDivisionCode(std::string_view text) {
  if (text.size() != 12 || !isDigits(text) || !isProvince(text.substr(0, 2))) return false;
  // A county part of 00 may have townships (Dongguan), but nothing hangs below a level that is left
  // out.
  const bool city = text.substr(2, 2) != "00";
  const bool county = text.substr(4, 2) != "00";
  const bool township = text.substr(6, 3) != "000";
  const bool village = text.substr(9, 3) != "000";
  return (city || (!county && !township)) && (township || !village);
}

bool isUri(std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == 0 || colon == std::string_view::npos || !isLetter(text[0])) return false;
  for (char c : text.substr(0, colon)) {
    if (!isLetter(c) && !isDigit(c) && c != '+' && c != '-' && c != '.') return false;
  }
  text.remove_prefix(colon + 1);
  if (const std::size_t hash = text.find('#'); hash != std::string_view::npos) {
    if (!isUriText(text.substr(hash + 1), ":@/?")) return false;
    text = text.substr(0, hash);
  }
  if (const std::size_t query = text.find('?'); query != std::string_view::npos) {
    if (!isUriText(text.substr(query + 1), ":@/?")) return false;
    text = text.substr(0, query);
  }
  if (text.starts_with("//")) {
    text.remove_prefix(2);
    const std::size_t slash = text.find('/');
    if (!isAuthority(text.substr(0, slash))) return false;
    text = slash == std::string_view::npos ? std::string_view() : text.substr(slash);
  }
  return isUriText(text, ":@/");
}

bool isEmail(std::string_view text) {
  const std::size_t at = text.rfind('@');
  if (at == std::string_view::npos || text.size() > 254 || at > 64) return false;
  const std::string_view local = text.substr(0, at);
  const std::string_view domain = text.substr(at + 1);
  if (!isQuotedLocal(local) && !allParts(local, isAtom)) return false;
  if (domain.starts_with("[") && domain.ends_with("]")) {
    const std::string_view address = domain.substr(1, domain.size() - 2);
    return address.starts_with("IPv6:") ? isIpv6(address.substr(5)) : isIpv4(address);
  }
  return allParts(domain, isDomainLabel);
}

std::string normalizeResidentId(std::string_view text) {
  std::string id = withoutSpace(text);
  upperCase(id);
  if (id.size() == 15 && isDigits(id)) {
    id = std::string(id, 0, 6).append("19").append(id, 6);
    id += residentCheck(id);
  }
  return id;
}

std::string normalizeCreditCode(std::string_view text) {
  std::string code = withoutSpace(text);
  upperCase(code);
  return code;
}

std::string normalizePhone(std::string_view text) {
  std::string phone = withoutSpace(text);
  for (std::string_view dash : {"\u2010", "\u2011", "\u2012", "\u2013", "\u2014", "\u2015",
                                "\u2212", "_", "\u8f6c", "ext.", "ext", "Ext", ")", "#", "*"}) {
    replaceAll(phone, dash, "-");
  }
  std::erase_if(phone, [](char c) { return c == '(' || c == '.'; });
  while (phone.find("--") != std::string::npos) replaceAll(phone, "--", "-");
  if (phone.starts_with("-")) phone.erase(0, 1);
  if (phone.starts_with("0086")) phone.replace(0, 4, "+86");
  if (phone.starts_with("86") && phone.size() == 13) phone.insert(0, "+");
  // 138-0013-8000: hyphens inside a mobile number say nothing.
  std::string bare = phone;
  std::erase(bare, '-');
  if (isMobile(bare) || (bare.starts_with("+86") && isMobile(bare.substr(3)))) return bare;
  return phone;
}

}  // namespace lianqiao::schema
