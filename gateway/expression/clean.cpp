#include "expression/clean.h"

#include <algorithm>

#include "lianqiao/ascii.h"
#include "lianqiao/json.h"
#include "lianqiao/text.h"
#include "schema/formats.h"

namespace lianqiao::expression {
namespace {

bool isBlank(char c) {
  return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

/// U+0080–U+009F, the controls beyond ASCII.
bool isHighControl(std::string_view text, std::size_t i) {
  return text[i] == '\xC2' && i + 1 < text.size() && static_cast<unsigned char>(text[i + 1]) < 0xA0;
}

bool isControl(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return byte == 0x7F || (byte < 0x20 && c != '\t' && c != '\n');
}

bool isTidy(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (isControl(text[i]) || isHighControl(text, i)) return false;
  }
  return true;
}

std::string_view cleanText(std::string_view text, std::string& buffer) {
  text = trim(text);
  if (isTidy(text)) return text;
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '\r') {
      out += '\n';
      if (i + 1 < text.size() && text[i + 1] == '\n') ++i;
    } else if (isHighControl(text, i)) {
      ++i;
    } else if (!isControl(text[i])) {
      out += text[i];
    }
  }
  buffer = std::move(out);
  return trim(buffer);
}

/// Bytes of the white space that begins at `i`, 0 where none does.
std::size_t whiteAt(std::string_view text, std::size_t i) {
  switch (text[i]) {
    case '\xC2':
      return text.substr(i).starts_with("\u00A0") ? 2 : 0;
    case '\xE2':
      return text.substr(i).starts_with("\u200B") ? 3 : 0;
    case '\xE3':
      return text.substr(i).starts_with("\u3000") ? 3 : 0;
    case '\xEF':
      return text.substr(i).starts_with("\uFEFF") ? 3 : 0;
    default:
      return isBlank(text[i]) ? 1 : 0;
  }
}

/// True when the only white space is single blanks.
bool isLine(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (whiteAt(text, i) == 0) continue;
    if (text[i] != ' ' || (i + 1 < text.size() && whiteAt(text, i + 1) != 0)) return false;
  }
  return true;
}

std::string_view cleanLine(std::string_view text, std::string& buffer) {
  text = cleanText(text, buffer);
  if (isLine(text)) return text;
  std::string out;
  out.reserve(text.size());
  bool pending = false;
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t white = whiteAt(text, i);
    if (white != 0) {
      pending = true;
      i += white;
      continue;
    }
    if (pending) out += ' ';
    pending = false;
    out += text[i++];
  }
  buffer = std::move(out);
  return buffer;
}

bool isNumberCharacter(char c) { return isDigit(c) || c == '+' || c == '-'; }

/// Digits alone, and no 86 or 0086 for +86: what schema::normalizePhone leaves as it is.
bool isPlainPhone(std::string_view text) {
  return !text.empty() && !text.starts_with("00") && !text.starts_with("86") &&
         std::all_of(text.begin(), text.end(), isDigit);
}

std::optional<std::string_view> cleanDigits(std::string_view text, std::string& buffer) {
  if (!text.empty() && std::all_of(text.begin(), text.end(), isNumberCharacter)) return text;
  const std::string half = halfWidth(text);
  const std::size_t last = half.find_last_of("0123456789");
  if (last == std::string::npos) return std::string_view();
  const std::size_t first = std::min(half.find_first_of("0123456789"), half.find('+'));
  const std::string_view core = std::string_view(half).substr(first, last + 1 - first);
  std::string out;
  for (std::size_t i = 0; i < core.size();) {
    const std::size_t white = whiteAt(core, i);
    if (white != 0 || core[i] == '(' || core[i] == ')') {
      i += std::max<std::size_t>(white, 1);
      continue;
    }
    if (!isNumberCharacter(core[i])) return std::nullopt;
    out += core[i++];
  }
  buffer = std::move(out);
  return std::string_view(buffer);
}

std::string_view cleanId(std::string_view text, std::string& buffer) {
  const auto plain = [](char c) { return isDigit(c) || (c >= 'A' && c <= 'Z'); };
  if (std::all_of(text.begin(), text.end(), plain)) return text;
  const std::string half = halfWidth(text);
  std::string out;
  for (std::size_t i = 0; i < half.size();) {
    const std::size_t white = whiteAt(half, i);
    if (white == 0) {
      const char c = half[i];
      if (!isControl(c)) out += upperAscii(c);
    }
    i += std::max<std::size_t>(white, 1);
  }
  buffer = std::move(out);
  return buffer;
}

/// Takes the commas out of 1,234,567; false where they do not stand in threes.
bool dropThousands(std::string& text) {
  const std::size_t end = std::min(text.find_first_of(".eE"), text.size());
  if (text.find(',') == std::string::npos) return true;
  if (text.find(',', end) != std::string::npos) return false;
  std::size_t inGroup = 0;
  std::size_t groups = 0;
  for (std::size_t i = end; i-- > 0;) {
    if (text[i] == ',') {
      if (inGroup != 3) return false;
      ++groups;
      inGroup = 0;
    } else if (isDigit(text[i])) {
      ++inGroup;
    }
  }
  if (groups == 0 || inGroup == 0 || inGroup > 3) return false;
  text.erase(std::remove(text.begin(), text.end(), ','), text.end());
  return true;
}

bool isLexeme(std::string_view text) {
  std::size_t i = 0;
  const auto digits = [&] {
    const std::size_t from = i;
    while (i < text.size() && isDigit(text[i])) ++i;
    return i - from;
  };
  if (i < text.size() && text[i] == '-') ++i;
  const bool zero = i < text.size() && text[i] == '0';
  const std::size_t whole = digits();
  if (whole == 0 || (zero && whole > 1)) return false;
  if (i < text.size() && text[i] == '.') {
    ++i;
    if (digits() == 0) return false;
  }
  if (i < text.size() && (text[i] == 'e' || text[i] == 'E')) {
    ++i;
    if (i < text.size() && (text[i] == '+' || text[i] == '-')) ++i;
    if (digits() == 0) return false;
  }
  return i == text.size();
}

}  // namespace

std::optional<std::string_view> clean(std::string_view text, CleanMode mode, std::string& buffer) {
  switch (mode) {
    case CleanMode::line:
      return cleanLine(text, buffer);
    case CleanMode::digits:
      return cleanDigits(text, buffer);
    case CleanMode::id:
      return cleanId(text, buffer);
    case CleanMode::phone:
      if (isPlainPhone(text)) return text;
      buffer = schema::normalizePhone(text);
      return std::string_view(buffer);
    case CleanMode::resident_id:
      buffer = schema::normalizeResidentId(text);
      return std::string_view(buffer);
    case CleanMode::credit_code:
      buffer = schema::normalizeCreditCode(text);
      return std::string_view(buffer);
    default:
      return cleanText(text, buffer);
  }
}

std::optional<std::string_view> readNumber(std::string_view text, std::string& buffer) {
  if (isLexeme(text)) return text;
  std::string half = halfWidth(trim(text));
  if (!dropThousands(half)) return std::nullopt;
  if (half.starts_with('+')) half.erase(0, 1);
  const std::size_t start = half.starts_with('-') ? 1 : 0;
  while (half.size() > start + 1 && half[start] == '0' && isDigit(half[start + 1]))
    half.erase(start, 1);
  if (!isLexeme(half)) return std::nullopt;
  buffer = std::move(half);
  return std::string_view(buffer);
}

std::optional<std::string_view> readInteger(std::string_view text, std::string& buffer) {
  const std::optional<std::string_view> number = readNumber(text, buffer);
  if (!number) return std::nullopt;
  const std::optional<std::int64_t> whole = json::Value::ofNumber(*number).integer();
  if (!whole) return std::nullopt;
  buffer = std::to_string(*whole);
  return std::string_view(buffer);
}

std::string_view comparable(std::string_view text, std::string& buffer) {
  text = trim(text);
  // full-width forms and U+3000 begin with these bytes
  if (text.find_first_of("\xEF\xE3") == std::string_view::npos) return text;
  buffer = halfWidth(text);
  return trim(buffer);
}

}  // namespace lianqiao::expression
