#include "http/http_target.h"

#include <algorithm>
#include <array>

#include "lianqiao/ascii.h"

namespace lianqiao::http {

namespace {

constexpr bool isAlnum(char c) { return isDigit(c) || isLetter(c); }

constexpr bool isHex(char c) { return hexDigit(c) >= 0; }

enum Allowed : unsigned char { kNowhere = 0, kInPath = 1, kInQuery = 2 };

constexpr std::array<unsigned char, 256> makeTable() {
  std::array<unsigned char, 256> table{};
  for (int c = 0; c < 128; ++c) {
    if (isAlnum(static_cast<char>(c))) table[static_cast<std::size_t>(c)] = kInPath | kInQuery;
  }
  for (char c : std::string_view("-._~!$&'()*+,;=:@/%")) {
    table[static_cast<unsigned char>(c)] = kInPath | kInQuery;
  }
  // Brackets are no query characters by RFC 3986, but widespread (a[]=1) and harmless there.
  for (char c : std::string_view("?[]")) table[static_cast<unsigned char>(c)] = kInQuery;
  return table;
}

constexpr auto kTable = makeTable();

/// %2F, %5C and %2E: who decodes them before he splits the path sees another path.
bool separates(char high, char low) {
  const char letter = low >= 'a' ? static_cast<char>(low - 'a' + 'A') : low;
  return (high == '2' && (letter == 'F' || letter == 'E')) || (high == '5' && letter == 'C');
}

/// A percent sign must start an escape; in a path the escape must not be a control character,
/// because decoded paths are compared, logged and shown.
std::string_view checkCharacters(std::string_view text, Allowed where) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((kTable[static_cast<unsigned char>(text[i])] & where) == 0) {
      return "The request target has a character that must be percent-encoded.";
    }
    if (text[i] != '%') continue;
    if (i + 2 >= text.size() || !isHex(text[i + 1]) || !isHex(text[i + 2])) {
      return "The request target has a broken percent-encoding.";
    }
    const bool control = text[i + 1] == '0' || text[i + 1] == '1' ||
                         (text[i + 1] == '7' && (text[i + 2] == 'f' || text[i + 2] == 'F'));
    if (where == kInPath && control) return "The path has an encoded control character.";
  }
  return {};
}

bool startsWithoutCase(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() &&
         std::equal(prefix.begin(), prefix.end(), text.begin(),
                    [](char a, char b) { return a == lowerAscii(b); });
}

std::string_view withoutDefaultPort(std::string_view authority) {
  for (std::string_view port : {":80", ":443", ":"}) {
    if (authority.ends_with(port)) return authority.substr(0, authority.size() - port.size());
  }
  return authority;
}

}  // namespace

bool isAmbiguous(std::string_view target) {
  const std::string_view path = target.substr(0, target.find('?'));
  for (std::size_t i = 0; (i = path.find('%', i)) != path.npos && path.size() - i > 2; ++i) {
    if (separates(path[i + 1], path[i + 2])) return true;
  }
  for (std::size_t start = 0; start < path.size();) {
    const std::size_t end = std::min(path.find('/', start), path.size());
    const std::string_view segment = path.substr(start, end - start);
    if (segment == "." || segment == "..") return true;
    start = end + 1;
  }
  return false;
}

bool validAuthority(std::string_view text) {
  if (text.empty()) return false;
  std::size_t end = 0;
  if (text.front() == '[') {
    end = text.find(']');
    if (end == std::string_view::npos || end < 3) return false;
    for (char c : text.substr(1, end - 1)) {
      if (!isHex(c) && c != ':' && c != '.') return false;
    }
    ++end;
  } else {
    while (end < text.size() && (isAlnum(text[end]) || text[end] == '-' || text[end] == '.' ||
                                 text[end] == '_' || text[end] == '~')) {
      ++end;
    }
    if (end == 0) return false;
  }
  if (end == text.size()) return true;
  if (text[end] != ':') return false;
  const std::string_view port = text.substr(end + 1);
  if (port.size() > 5) return false;
  unsigned number = 0;
  for (char c : port) {
    if (c < '0' || c > '9') return false;
    number = number * 10 + static_cast<unsigned>(c - '0');
  }
  return number <= 65535;
}

bool sameAuthority(std::string_view a, std::string_view b) {
  a = withoutDefaultPort(a);
  b = withoutDefaultPort(b);
  return equalIgnoringCase(a, b);
}

std::string_view readTarget(std::string_view text, HttpRequest& request, std::string& authority) {
  if (text == "*") {
    if (request.method != "OPTIONS") return "Only OPTIONS may be sent for '*'.";
    request.target = request.path = "*";
    return {};
  }
  if (!text.starts_with('/')) {
    std::size_t start = 0;
    for (std::string_view scheme : {"http://", "https://"}) {
      if (startsWithoutCase(text, scheme)) start = scheme.size();
    }
    if (start == 0) return "The request target must start with '/'.";
    const std::size_t end = std::min(text.find_first_of("/?", start), text.size());
    authority = text.substr(start, end - start);
    if (!validAuthority(authority)) return "The authority of the request target is not valid.";
    text.remove_prefix(end);
  }
  const std::size_t mark = std::min(text.find('?'), text.size());
  std::string_view path = text.substr(0, mark);
  const std::string_view query = mark < text.size() ? text.substr(mark + 1) : std::string_view();
  if (auto wrong = checkCharacters(path, kInPath); !wrong.empty()) return wrong;
  if (auto wrong = checkCharacters(query, kInQuery); !wrong.empty()) return wrong;
  if (path.empty()) {
    path = "/";
    request.target = "/";
  }
  request.target.append(text);
  request.path =
      path.find('%') == std::string_view::npos ? std::string(path) : percentDecode(path, false);
  request.query = query;
  return {};
}

}  // namespace lianqiao::http
