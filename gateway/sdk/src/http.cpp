#include "lianqiao/http.h"

#include <algorithm>

#include "lianqiao/ascii.h"

namespace lianqiao {
namespace {

bool isUnreserved(char c) {
  return isLetter(c) || isDigit(c) || c == '-' || c == '.' || c == '_' || c == '~';
}

}  // namespace

std::string_view Headers::get(std::string_view name) const {
  for (const auto& [field, value] : fields_) {
    if (equalIgnoringCase(field, name)) return value;
  }
  return {};
}

bool Headers::has(std::string_view name) const { return count(name) != 0; }

std::size_t Headers::count(std::string_view name) const {
  return static_cast<std::size_t>(
      std::count_if(fields_.begin(), fields_.end(),
                    [name](const auto& field) { return equalIgnoringCase(field.first, name); }));
}

void Headers::set(std::string_view name, std::string value) {
  std::erase_if(fields_,
                [name](const auto& field) { return equalIgnoringCase(field.first, name); });
  fields_.emplace_back(name, std::move(value));
}

std::string HttpRequest::parameter(std::string_view name) const {
  for (auto& [key, value] : parseQuery(query)) {
    if (key == name) return std::move(value);
  }
  return {};
}

std::string percentDecode(std::string_view text, bool form) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    const int high = c == '%' && i + 2 < text.size() ? hexDigit(text[i + 1]) : -1;
    const int low = high >= 0 ? hexDigit(text[i + 2]) : -1;
    if (low >= 0) {
      out += static_cast<char>(high * 16 + low);
      i += 2;
    } else {
      out += form && c == '+' ? ' ' : c;
    }
  }
  return out;
}

std::string percentEncode(std::string_view text) {
  static constexpr std::string_view kHex = "0123456789ABCDEF";
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    if (isUnreserved(c)) {
      out += c;
    } else {
      out += '%';
      out += kHex[static_cast<unsigned char>(c) >> 4];
      out += kHex[static_cast<unsigned char>(c) & 15u];
    }
  }
  return out;
}

std::vector<std::pair<std::string, std::string>> parseQuery(std::string_view query) {
  std::vector<std::pair<std::string, std::string>> pairs;
  while (!query.empty()) {
    const std::size_t end = std::min(query.find('&'), query.size());
    const std::string_view pair = query.substr(0, end);
    query.remove_prefix(std::min(end + 1, query.size()));
    if (pair.empty()) continue;
    const std::size_t equals = std::min(pair.find('='), pair.size());
    pairs.emplace_back(percentDecode(pair.substr(0, equals), true),
                       percentDecode(pair.substr(std::min(equals + 1, pair.size())), true));
  }
  return pairs;
}

}  // namespace lianqiao
