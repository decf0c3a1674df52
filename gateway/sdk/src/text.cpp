#include "lianqiao/text.h"

#include <iconv.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <vector>

#include "lianqiao/ascii.h"
#include "utf8.h"

namespace lianqiao {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
/// White space as bytes: the ASCII blanks, U+00A0, U+200B, U+3000, U+FEFF.
constexpr std::array<std::string_view, 10> kBlanks = {
    " ", "\t", "\n", "\v", "\f", "\r", "\xC2\xA0", "\xE2\x80\x8B", "\xE3\x80\x80", "\xEF\xBB\xBF"};

/// One conversion direction; iconv descriptors hold state, so every thread opens its own.
class Converter {
 public:
  Converter(const char* to, const char* from) : handle_(iconv_open(to, from)) {}
  ~Converter() {
    if (usable()) iconv_close(handle_);
  }
  Converter(const Converter&) = delete;
  Converter& operator=(const Converter&) = delete;

  /// Nullopt where the input is malformed, and when it ends within a character unless `cut` allows
  /// that.
  std::optional<std::string> convert(std::string_view text, bool cut = false) {
    if (!usable()) return std::nullopt;
    iconv(handle_, nullptr, nullptr, nullptr, nullptr);
    std::string out(text.size() * 2 + 16, '\0');
    auto* from = const_cast<char*>(text.data());
    std::size_t left = text.size();
    std::size_t done = 0;
    while (left != 0) {
      char* to = out.data() + done;
      std::size_t room = out.size() - done;
      const std::size_t result = iconv(handle_, &from, &left, &to, &room);
      const int failure = result == static_cast<std::size_t>(-1) ? errno : 0;
      done = out.size() - room;
      if (failure == EINVAL && cut) break;
      if (failure != 0 && failure != E2BIG) return std::nullopt;
      if (failure == E2BIG) out.resize(out.size() * 2);
    }
    out.resize(done);
    return out;
  }

 private:
  [[nodiscard]] bool usable() const {
    return handle_ != reinterpret_cast<iconv_t>(static_cast<std::intptr_t>(-1));
  }
  iconv_t handle_;
};

Converter& gb18030Reader() {
  thread_local Converter converter("UTF-8", "GB18030");
  return converter;
}

/// GB18030 with the one byte that Windows has added to it (code page 936): 80 is the euro sign, as
/// the Encoding Standard reads it.
std::optional<std::string> readGb18030(std::string_view bytes, bool cut = false) {
  auto text = gb18030Reader().convert(bytes, cut);
  if (text || bytes.find('\x80') == std::string_view::npos) return text;
  std::string out;
  std::size_t from = 0;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto lead = static_cast<unsigned char>(bytes[at]);
    if (lead == 0x80) {
      const auto before = gb18030Reader().convert(bytes.substr(from, at - from));
      if (!before) return std::nullopt;
      out += *before + "\xE2\x82\xAC";
      from = ++at;
      continue;
    }
    const bool wide = lead > 0x80 && at + 1 < bytes.size();
    const bool four = wide && isDigit(bytes[at + 1]);
    at += !wide ? 1 : four ? 4 : 2;
  }
  const auto last = gb18030Reader().convert(bytes.substr(from), cut);
  if (!last) return std::nullopt;
  return out + *last;
}

/// Length of the longest prefix that is well-formed.
std::size_t validPrefix(std::string_view text) {
  const char* p = text.data();
  const char* const end = p + text.size();
  while (p != end) {
    while (end - p >= 8 && (utf8::load8(p) & utf8::kHighs) == 0) p += 8;
    if (p == end) break;
    const std::size_t length = utf8::sequence(p, end);
    if (length == 0) break;
    p += length;
  }
  return static_cast<std::size_t>(p - text.data());
}

/// True for the first bytes of a sequence whose rest is missing.
bool isCutCharacter(std::string_view tail) {
  if (tail.empty() || tail.size() > 3) return false;
  for (const std::string_view rest :
       {"\x80", "\x80\x80", "\xBF", "\xBF\xBF", "\x80\x80\x80", "\xBF\xBF\xBF"}) {
    const std::string whole = std::string(tail) + std::string(rest);
    if (utf8::sequence(whole.data(), whole.data() + whole.size()) == whole.size()) return true;
  }
  return false;
}

std::u32string codePoints(std::string_view text) {
  std::u32string points;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0u) == 0x80u && !points.empty()) {
      points.back() = points.back() << 6 | (byte & 0x3Fu);
    } else {
      points.push_back(byte);
    }
  }
  return points;
}

}  // namespace

bool isUtf8(std::string_view text) { return validPrefix(text) == text.size(); }

std::optional<std::string> fromGb18030(std::string_view bytes) { return readGb18030(bytes); }

std::optional<std::string> toGb18030(std::string_view utf8) {
  thread_local Converter converter("GB18030", "UTF-8");
  return converter.convert(utf8);
}

std::optional<Encoding> guessEncoding(std::string_view sample) {
  if (sample.starts_with(kByteOrderMark)) return Encoding::utf8;
  const std::size_t valid = validPrefix(sample);
  if (valid == sample.size()) return Encoding::utf8;
  // A sample may end within a character. That counts as UTF-8 at once only where whole characters
  // of more than one byte came before: two bytes of GB18030 behind plain ASCII can look the same.
  const bool cut = isCutCharacter(sample.substr(valid));
  const auto beyondAscii = [](char c) { return static_cast<unsigned char>(c) >= 0x80; };
  const std::string_view whole = sample.substr(0, valid);
  if (cut && std::any_of(whole.begin(), whole.end(), beyondAscii)) return Encoding::utf8;
  if (readGb18030(sample, true)) return Encoding::gb18030;
  if (cut) return Encoding::utf8;
  return std::nullopt;
}

std::string_view trim(std::string_view text) {
  // Most texts have nothing to lose, and two bytes tell.
  const auto mayStart = [](char c) {
    return (c >= 0 && c <= ' ') || c == '\xC2' || c == '\xE2' || c == '\xE3' || c == '\xEF';
  };
  const auto mayEnd = [](char c) {
    return (c >= 0 && c <= ' ') || c == '\x80' || c == '\x8B' || c == '\xA0' || c == '\xBF';
  };
  if (text.empty() || (!mayStart(text.front()) && !mayEnd(text.back()))) return text;
  for (bool found = true; found;) {
    found = false;
    for (const std::string_view blank : kBlanks) {
      if (text.starts_with(blank)) {
        text.remove_prefix(blank.size());
        found = true;
      }
      if (text.ends_with(blank)) {
        text.remove_suffix(blank.size());
        found = true;
      }
    }
  }
  return text;
}

std::string halfWidth(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto at = [&](std::size_t k) {
      return i + k < text.size() ? static_cast<unsigned char>(text[i + k]) : 0u;
    };
    if (at(0) == 0xE3 && at(1) == 0x80 && at(2) == 0x80) {
      out += ' ';
      i += 2;
    } else if (at(0) == 0xEF && at(1) == 0xBC && at(2) >= 0x81 && at(2) <= 0xBF) {
      out += static_cast<char>(at(2) - 0x81 + '!');
      i += 2;
    } else if (at(0) == 0xEF && at(1) == 0xBD && at(2) >= 0x80 && at(2) <= 0x9E) {
      out += static_cast<char>(at(2) - 0x80 + '`');
      i += 2;
    } else {
      out += text[i];
    }
  }
  return out;
}

std::string_view prefix(std::string_view text, std::size_t characters) {
  std::size_t seen = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if ((text[i] & 0xC0) != 0x80 && seen++ == characters) return text.substr(0, i);
  }
  return text;
}

std::string_view cutAt(std::string_view text, std::size_t bytes) {
  if (text.size() <= bytes) return text;
  const char* const end = text.data() + text.size();
  for (std::size_t back = 1; back <= 3 && back <= bytes; ++back) {
    if (utf8::sequence(text.data() + bytes - back, end) > back) return text.substr(0, bytes - back);
  }
  return text.substr(0, bytes);
}

std::size_t countCharacters(std::string_view utf8) {
  return static_cast<std::size_t>(
      std::count_if(utf8.begin(), utf8.end(), [](char c) { return (c & 0xC0) != 0x80; }));
}

std::size_t editDistance(std::string_view a, std::string_view b) {
  const std::u32string from = codePoints(a);
  const std::u32string to = codePoints(b);
  std::vector<std::size_t> before(to.size() + 1);
  std::vector<std::size_t> last(to.size() + 1);
  std::vector<std::size_t> row(to.size() + 1);
  for (std::size_t j = 0; j <= to.size(); ++j) last[j] = j;
  for (std::size_t i = 1; i <= from.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const std::size_t changed = last[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
      row[j] = std::min({changed, last[j] + 1, row[j - 1] + 1});
      if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
    }
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[to.size()];
}

}  // namespace lianqiao
