#include "yaml/scalar.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdio>

#include "base/ip_address.h"
#include "lianqiao/ascii.h"
#include "lianqiao/text.h"

namespace lianqiao::yaml {
namespace {

/// Digits without leading zero, within 64 bits.
std::optional<std::int64_t> plainNumber(std::string_view digits) {
  if (!isDigits(digits) || (digits.size() > 1 && digits[0] == '0')) return std::nullopt;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return error == std::errc() ? std::optional(number) : std::nullopt;
}

std::string withoutLeadingZeros(std::string_view digits) {
  const std::size_t first = std::min(digits.find_first_not_of('0'), digits.size() - 1);
  return std::string(digits.substr(first));
}

/// A text cut into its leading digits and its unit.
struct Quantity {
  std::string_view digits;
  std::string_view unit;
};
Quantity cut(std::string_view text) {
  const auto end = std::find_if_not(text.begin(), text.end(), isDigit);
  const auto length = static_cast<std::size_t>(end - text.begin());
  return {text.substr(0, length), trim(text.substr(length))};
}

struct Unit {
  std::string_view name;
  std::int64_t factor;
};

const Unit* find(std::span<const Unit> units, std::string_view name) {
  const auto at =
      std::find_if(units.begin(), units.end(), [&](const Unit& unit) { return unit.name == name; });
  return at == units.end() ? nullptr : &*at;
}

constexpr std::int64_t kSecond = 1000;
constexpr std::int64_t kDay = 24 * 3600 * kSecond;
constexpr std::array kTimes = {Unit{"ms", 1},
                               Unit{"s", kSecond},
                               Unit{"m", 60 * kSecond},
                               Unit{"min", 60 * kSecond},
                               Unit{"h", 3600 * kSecond},
                               Unit{"d", kDay}};
constexpr std::array kSizes = {Unit{"", 1},          Unit{"B", 1},
                               Unit{"KiB", 1 << 10}, Unit{"MiB", 1 << 20},
                               Unit{"GiB", 1 << 30}, Unit{"TiB", std::int64_t{1} << 40}};

/// In the largest unit that shows it whole.
std::string written(std::int64_t number, std::span<const Unit> units, std::string_view between) {
  for (std::size_t i = units.size(); i-- > 0;) {
    const Unit& unit = units[i];
    if (unit.name == "min" || (number % unit.factor != 0) || (number == 0 && unit.factor > 1))
      continue;
    std::string out = std::to_string(number / unit.factor);
    if (!unit.name.empty()) out.append(between).append(unit.name);
    return out;
  }
  return std::to_string(number);
}

template <typename Write>
BadValue outOfRange(std::string_view text, std::int64_t least, std::int64_t most, Write write) {
  return {shown(text) + " is out of range", "write " + write(least) + " to " + write(most)};
}

std::string plain(std::int64_t number) { return std::to_string(number); }

/// As programs that resolve it take it for an IPv4 address: its last part is a number.
bool endsInNumber(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  std::string_view last = host.substr(host.rfind('.') + 1);
  if (isDigits(last)) return true;
  if (!last.starts_with("0x") && !last.starts_with("0X")) return false;
  last.remove_prefix(2);
  return last.find_first_not_of("0123456789abcdefABCDEF") == std::string_view::npos;
}

/// What stands between `//` and the path: host, port, perhaps a user.
std::string_view authorityOf(std::string_view url) {
  const std::string_view rest = url.substr(url.find("://") + 3);
  return rest.substr(0, rest.find_first_of("/?#"));
}

/// Where the colon before the port stands; npos without one.
std::size_t placeOfPort(std::string_view authority) {
  const std::size_t bracket = authority.find(']');
  return authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
}

}  // namespace

std::string shown(std::string_view text) {
  const std::string_view begin = prefix(text, 40);
  std::string out = "'";
  for (const char c : begin) out += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  return out + (begin.size() < text.size() ? "…'" : "'");
}

std::string suggestion(std::string_view word, std::span<const std::string_view> names) {
  if (const std::string_view near = closest(word, names); !near.empty()) {
    return "did you mean '" + std::string(near) + "'?";
  }
  std::string out;
  for (const std::string_view name : names) out.append(out.empty() ? "" : ", ").append(name);
  return names.size() == 1 ? "only " + out + " can stand here" : "one of " + out;
}

Reading<bool> parseBoolean(std::string_view text) {
  if (text == "true") return true;
  if (text == "false") return false;
  const std::string word = lowered(text);
  std::string remedy = "write true or false";
  for (const std::string_view yes : {"yes", "on", "y", "true", "1"}) {
    if (word == yes) remedy = "write true";
  }
  for (const std::string_view no : {"no", "off", "n", "false", "0"}) {
    if (word == no) remedy = "write false";
  }
  return BadValue{shown(text) + " is neither true nor false", remedy};
}

Reading<std::int64_t> parseInteger(std::string_view text, Range<std::int64_t> range) {
  std::string_view digits = text;
  const bool negative = digits.starts_with('-');
  if (negative) digits.remove_prefix(1);
  if (isDigits(digits) && digits.size() > 1 && digits[0] == '0') {
    return BadValue{
        shown(text) + " begins with a zero, which some take for octal",
        "write " + (negative ? "-" + withoutLeadingZeros(digits) : withoutLeadingZeros(digits))};
  }
  if (!isDigits(digits)) {
    std::string bare(text);
    std::erase_if(bare, [](char c) { return c == '_' || c == ',' || c == '+'; });
    return BadValue{shown(text) + " is not a whole decimal number",
                    isDigits(bare) ? "write " + withoutLeadingZeros(bare) : "write digits only"};
  }
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || number < range.least || number > range.most) {
    return outOfRange(text, range.least, range.most, plain);
  }
  return number;
}

Reading<double> parseDecimal(std::string_view text, Range<double> range) {
  const std::size_t point = text.find('.');
  const bool whole = point == std::string_view::npos;
  if (!plainNumber(text.substr(0, point)) || (!whole && !isDigits(text.substr(point + 1)))) {
    return BadValue{shown(text) + " is not a decimal number", "write it as in 2 or 1.5"};
  }
  double number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  if (number < range.least || number > range.most) {
    std::array<char, 96> remedy{};
    std::snprintf(remedy.data(), remedy.size(), "write %g to %g", range.least, range.most);
    return BadValue{shown(text) + " is out of range", remedy.data()};
  }
  return number;
}

Reading<milliseconds> parseDuration(std::string_view text, Range<milliseconds> range) {
  const Quantity quantity = cut(text);
  const Unit* unit = find(kTimes, quantity.unit);
  if (isDigits(quantity.digits) && quantity.unit.empty()) {
    return BadValue{
        shown(text) + " has no unit of time",
        "write " + withoutLeadingZeros(quantity.digits) + "s for seconds, or use ms, m, h, d"};
  }
  const auto number = plainNumber(quantity.digits);
  if (unit == nullptr || !number) {
    return BadValue{shown(text) + " is not a duration",
                    "write a whole number and its unit, as in 500ms, 30s, 5m, 2h, 7d"};
  }
  if (*number > range.most.count() / unit->factor || *number * unit->factor < range.least.count()) {
    return outOfRange(text, range.least.count(), range.most.count(),
                      [](std::int64_t n) { return written(n, kTimes, ""); });
  }
  return milliseconds(*number * unit->factor);
}

Reading<std::int64_t> parseSize(std::string_view text, Range<std::int64_t> range) {
  const Quantity quantity = cut(text);
  const Unit* unit = find(kSizes, quantity.unit);
  const auto number = plainNumber(quantity.digits);
  if (unit == nullptr || !number) {
    std::string remedy = "write bytes as in 1000, or with a unit as in 64 KiB, 16 MiB";
    const std::string word = lowered(quantity.unit);
    for (const char c : {'k', 'm', 'g', 't'}) {
      const std::string letter(1, c);
      if (!number || (word != letter && word != letter + "b" && word != letter + "ib")) continue;
      remedy =
          "write " + std::string(quantity.digits) + ' ' + static_cast<char>(c - ('a' - 'A')) + "iB";
    }
    return BadValue{shown(text) + " is not a size", remedy};
  }
  if (*number > range.most / unit->factor || *number * unit->factor < range.least) {
    return outOfRange(text, range.least, range.most,
                      [](std::int64_t n) { return written(n, kSizes, " "); });
  }
  return *number * unit->factor;
}

Reading<double> parseRate(std::string_view text) {
  constexpr std::string_view kRemedy =
      "write a number per unit of time, as in 50/s, 100/min, 1000/h";
  const std::size_t slash = text.find('/');
  if (slash == std::string_view::npos)
    return BadValue{shown(text) + " is not a rate", std::string(kRemedy)};
  const std::string_view per = trim(text.substr(slash + 1));
  double seconds = 0;
  if (per == "s") seconds = 1;
  if (per == "m" || per == "min") seconds = 60;
  if (per == "h") seconds = 3600;
  const Reading<double> number = parseDecimal(trim(text.substr(0, slash)), {0, 1e9});
  const double* value = std::get_if<double>(&number);
  if (seconds <= 0 || value == nullptr)
    return BadValue{shown(text) + " is not a rate", std::string(kRemedy)};
  if (*value <= 0) {
    return BadValue{shown(text) + " would let nothing pass", "leave the key out for no limit"};
  }
  return *value / seconds;
}

Reading<std::string> parseChoice(std::string_view text, std::span<const std::string_view> choices) {
  if (std::find(choices.begin(), choices.end(), text) != choices.end()) return std::string(text);
  return BadValue{shown(text) + " is not a choice here", suggestion(text, choices)};
}

Reading<std::string> parseUrl(std::string_view text, std::span<const std::string_view> schemes) {
  const std::size_t colon = text.find("://");
  if (colon == std::string_view::npos ||
      std::find(schemes.begin(), schemes.end(), text.substr(0, colon)) == schemes.end()) {
    std::string known;
    for (const std::string_view scheme : schemes) {
      known.append(known.empty() ? "" : " or ").append(scheme).append("://");
    }
    return BadValue{"this is not a URL that can be used here", "begin it with " + known};
  }
  const bool visible = std::all_of(text.begin(), text.end(), [](char c) {
    return static_cast<unsigned char>(c) > 0x20 && c != 0x7F && c != '\\' && c != '"' && c != '<' &&
           c != '>';
  });
  if (!visible) return BadValue{"the URL contains a character that none can", "write it as %XX"};
  std::string_view authority = authorityOf(text);
  const std::size_t user = authority.find('@');
  // Databases have users; the password is a setting of its own.
  const bool hasUsers = text.starts_with("redis:") || text.starts_with("postgresql:");
  if (user != std::string_view::npos && user > 0 && hasUsers && authority.find(':') > user) {
    authority.remove_prefix(user + 1);
  }
  if (authority.find('@') != std::string_view::npos) {
    return BadValue{"a user or a password must not stand in a URL",
                    "give them by settings of their own"};
  }
  if (text.starts_with("unix:")) {
    if (authority.empty() && text.size() > colon + 4) return std::string(text);
    return BadValue{"the URL names no socket", "write unix:///path/of/the/socket"};
  }
  const std::size_t port = placeOfPort(authority);
  const std::string_view host = authority.substr(0, port);
  if (host.empty()) return BadValue{"the URL names no host", "write scheme://host:port/path"};
  if (!isHost(host)) {
    return BadValue{"the URL's host looks like an IP address and is none",
                    "write four numbers up to 255 as in 10.0.0.5, or one of IPv6 as in [fd00::5]"};
  }
  if (port != std::string_view::npos) {
    const auto number = plainNumber(authority.substr(port + 1));
    if (!number || *number < 1 || *number > 65535) {
      return BadValue{"the URL's port is none", "write 1 to 65535"};
    }
  }
  return std::string(text);
}

bool isHost(std::string_view host) {
  if (host.starts_with('[')) {
    if (!host.ends_with(']')) return false;
    host = host.substr(1, host.size() - 2);
    host = host.substr(0, host.find('%'));  // which of this machine's networks it is on
    return host.find(':') != std::string_view::npos && base::IpAddress::parse(host).has_value();
  }
  if (host.find_first_of("[]") != std::string_view::npos) return false;
  return !endsInNumber(host) || base::IpAddress::parse(host).has_value();
}

std::string_view hostOf(std::string_view url) {
  std::string_view host = authorityOf(url);
  host = host.substr(0, placeOfPort(host));
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return host;
}

Reading<std::string> parsePath(std::string_view text) {
  if (text.empty()) return BadValue{"the path is empty", "write one, or leave the key out"};
  const bool drive = text.size() > 2 && text[1] == ':' && text[2] == '/';
  if (drive || text.find('\\') != std::string_view::npos) {
    return BadValue{"this is a path of Windows, and the gateway runs on Linux",
                    "mount the shared folder and write its place with /, as in /mnt/drop"};
  }
  return std::string(text);
}

Reading<std::string> parseName(std::string_view text) {
  const auto fits = [](char c) {
    return (c >= 'a' && c <= 'z') || isDigit(c) || c == '-' || c == '_';
  };
  if (!text.empty() && text.size() <= 64 && text[0] != '-' && text[0] != '_' &&
      std::all_of(text.begin(), text.end(), fits)) {
    return std::string(text);
  }
  return BadValue{shown(text) + " is not a name",
                  "write lower-case letters, digits, - and _, at most 64, a letter or digit first"};
}

Reading<std::string> parseZone(std::string_view text) {
  const bool shape = text.size() == 6 && (text[0] == '+' || text[0] == '-') && text[3] == ':' &&
                     isDigits(text.substr(1, 2)) && isDigits(text.substr(4, 2));
  if (shape && text.substr(1, 2) <= "14" && text.substr(4, 2) <= "59") return std::string(text);
  return BadValue{shown(text) + " is not a zone", "write its offset, as in \"+08:00\""};
}

std::optional<std::string> readText(const YamlNode& node, Findings& findings) {
  switch (node.kind()) {
    case YamlNode::Kind::null:
      findings.add(node.finding("the value is missing", "write one, or leave the key out"));
      return std::nullopt;
    case YamlNode::Kind::list:
      findings.add(node.finding("one value is wanted here, not a list"));
      return std::nullopt;
    case YamlNode::Kind::map:
      findings.add(node.finding("one value is wanted here, not a map"));
      return std::nullopt;
    case YamlNode::Kind::scalar:
      break;
  }
  if (node.text().starts_with("${env:") || node.text().starts_with("${file:")) {
    findings.add(
        node.finding("${…} can stand only where a secret is meant", "write the value itself"));
    return std::nullopt;
  }
  return node.text();
}

std::optional<std::string> readUnquoted(const YamlNode& node, std::string_view kind,
                                        Findings& findings) {
  if (node.isScalar() && node.quoted()) {
    findings.add(node.finding(std::string(kind) + " is wanted here, not a text in quotes",
                              "leave the quotation marks out"));
    return std::nullopt;
  }
  return readText(node, findings);
}

std::optional<bool> readBoolean(const YamlNode& node, Findings& findings) {
  const auto text = readUnquoted(node, "true or false", findings);
  return text ? accept(node, parseBoolean(*text), findings) : std::nullopt;
}

std::optional<std::int64_t> readInteger(const YamlNode& node, Range<std::int64_t> range,
                                        Findings& findings) {
  const auto text = readUnquoted(node, "a number", findings);
  return text ? accept(node, parseInteger(*text, range), findings) : std::nullopt;
}

}  // namespace lianqiao::yaml
