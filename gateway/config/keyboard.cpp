#include "config/keyboard.h"

#include <algorithm>
#include <array>

#include "lianqiao/text.h"

namespace lianqiao::config {
namespace {

struct Mark {
  std::string_view bytes;
  std::string_view name;
};
constexpr std::string_view kColon = "：";
constexpr std::string_view kComma = "，";
constexpr std::array kOddBlanks = {Mark{"\u3000", "an ideographic blank (U+3000)"},
                                   Mark{"\u00A0", "a no-break space (U+00A0)"},
                                   Mark{"\u200B", "an invisible character (U+200B)"},
                                   Mark{"\uFEFF", "a byte order mark (U+FEFF)"}};
struct Pair {
  std::string_view open;
  std::string_view close;
  std::string_view half;
};
constexpr std::array kQuotes = {Pair{"“", "”", "\"…\""}, Pair{"‘", "’", "'…'"},
                                Pair{"”", "”", "\"…\""}, Pair{"＂", "＂", "\"…\""},
                                Pair{"＇", "＇", "'…'"}};
constexpr std::array kBrackets = {Pair{"［", "］", "[…]"}, Pair{"【", "】", "[…]"},
                                  Pair{"｛", "｝", "{…}"}};

bool isBlank(char c) { return c == ' ' || c == '\t'; }

const Mark* oddBlankAt(std::string_view text) {
  const auto at = std::find_if(kOddBlanks.begin(), kOddBlanks.end(),
                               [&](const Mark& mark) { return text.starts_with(mark.bytes); });
  return at == kOddBlanks.end() ? nullptr : at;
}

/// An ASCII word as keys are; its length, 0 where none begins.
std::size_t asciiWord(std::string_view text) {
  std::size_t size = 0;
  while (size < text.size()) {
    const char c = text[size];
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    const bool inner = (c >= '0' && c <= '9') || c == '-' || c == '.';
    if (!letter && (!inner || size == 0)) break;
    ++size;
  }
  return size;
}

/// Up to the first blank, colon, comma or bracket of either width; 0 where that is too long for a
/// key.
std::size_t anyWord(std::string_view text) {
  constexpr std::size_t kLongestKey = 60;
  std::size_t size = 0;
  while (size < text.size() && size <= kLongestKey) {
    const std::string_view rest = text.substr(size);
    if (isBlank(rest[0]) ||
        std::string_view(":,[]{}#\"'").find(rest[0]) != std::string_view::npos ||
        rest.starts_with(kColon) || rest.starts_with(kComma) || oddBlankAt(rest) != nullptr)
      break;
    ++size;
  }
  return size > kLongestKey ? 0 : size;
}

/// Follows the lines of one file and knows what of them is structure.
class Keyboard {
 public:
  Keyboard(const YamlLines& lines, const std::string& file, Findings& findings)
      : lines_(lines), file_(file), findings_(findings) {}

  bool run() {
    for (std::size_t i = 0; i < lines_.all().size(); ++i) {
      index_ = static_cast<int>(i);
      line_ = lines_.all()[i];
      if (line_.ends_with('\r')) line_.remove_suffix(1);
      look();
    }
    return good_;
  }

 private:
  void add(std::size_t column, std::string message, std::string remedy) {
    good_ = false;
    findings_.add({file_,
                   lines_.position(index_, static_cast<int>(column)),
                   {},
                   std::move(message),
                   std::move(remedy)});
  }
  [[nodiscard]] std::string_view from(std::size_t at) const {
    return line_.substr(std::min(at, line_.size()));
  }
  [[nodiscard]] std::size_t skipBlanks(std::size_t at) const {
    while (at < line_.size() && isBlank(line_[at])) ++at;
    return at;
  }

  void look() {
    const std::size_t indent = skipBlanks(0);
    if (inText_ && (indent == line_.size() || static_cast<int>(indent) > textBound_)) return;
    inText_ = false;
    if (depth_ > 0) return lookAtFlow(indent);
    std::size_t at = indent;
    if (const Mark* odd = oddBlankAt(from(at))) {
      if (saysSomething(at)) {
        add(at, std::string(odd->name) + " stands where blanks must indent",
            "indent with half-width blanks");
      }
      return;
    }
    while (from(at).starts_with('-')) {
      if (const Mark* odd = oddBlankAt(from(at + 1))) {
        add(at + 1, std::string(odd->name) + " stands behind the - of a list",
            "write a half-width blank there");
        return;
      }
      if (!isBlank(from(at + 1).empty() ? ' ' : line_[at + 1])) break;
      bound_ = static_cast<int>(at);
      at = skipBlanks(at + 1);
    }
    if (at < line_.size() && line_[at] != '#') lookAtKey(at, at != indent);
  }

  [[nodiscard]] bool saysSomething(std::size_t at) const {
    const std::string_view rest = trim(from(at));
    return !rest.empty() && rest[0] != '#';
  }

  /// `item`: behind a dash, where a text may stand instead of a key.
  void lookAtKey(std::size_t at, bool item) {
    const int column = static_cast<int>(at);
    std::size_t end = at;
    const bool quoted = line_[at] == '"' || line_[at] == '\'';
    if (quoted) {
      const auto closed = endOfQuoted(line_, at);
      if (!closed) return lookAtValue(at);
      end = *closed;
    } else if (const std::size_t colon = properColon(at); colon != std::string_view::npos) {
      if (quotesAround(at, colon)) return;
      end = colon;
    } else {
      if (slippedColon(at, item, column)) return;
      bound_ = item ? bound_ : column - 1;
      return lookAtValue(at);
    }
    end = skipBlanks(end);
    if (from(end).starts_with(kColon)) return fullColon(at, end);
    if (!from(end).starts_with(':')) return lookAtValue(at);
    bound_ = column;
    continues_ = column;
    lookAtValue(skipBlanks(end + 1));
  }

  /// The first colon with a blank or nothing behind it, outside brackets and quotes.
  [[nodiscard]] std::size_t properColon(std::size_t at) const {
    if (line_[at] == '[' || line_[at] == '{') return std::string_view::npos;
    for (std::size_t i = at; i < line_.size(); ++i) {
      if (line_[i] == '#' && i > at && isBlank(line_[i - 1])) break;
      if (line_[i] == ':' && (i + 1 == line_.size() || isBlank(line_[i + 1]))) return i;
    }
    return std::string_view::npos;
  }

  void fullColon(std::size_t key, std::size_t colon) {
    const std::string word(trim(line_.substr(key, colon - key)));
    add(colon, "a full-width colon ： stands behind '" + word + "'",
        "write a half-width colon and a blank: `" + word + ": …`");
  }

  /// A key whose colon is full-width, or has no blank behind it.
  bool slippedColon(std::size_t at, bool item, int column) {
    const std::size_t ascii = asciiWord(from(at));
    const std::size_t size = ascii > 0 ? ascii : anyWord(from(at));
    const std::string_view rest = from(at + size);
    // a plain text may go on here; a word of letters before a colon is a key all the same
    const bool text = continues_ >= 0 && column > continues_ && plainBefore_;
    if (size > 0 && rest.starts_with(kColon) && (ascii > 0 || !text) && (!item || ascii > 0)) {
      fullColon(at, at + size);
      return true;
    }
    const bool drive = ascii == 1 && (rest.starts_with(":\\") || rest.starts_with(":/"));
    if (ascii == 0 || !rest.starts_with(':') || rest.starts_with("://") || item || drive)
      return false;
    return noBlank(at, ascii);
  }

  bool noBlank(std::size_t at, std::size_t size) {
    const std::string word(line_.substr(at, size));
    const Mark* odd = oddBlankAt(from(at + size + 1));
    add(at + size + 1,
        odd != nullptr ? std::string(odd->name) + " stands behind the colon of '" + word + "'"
                       : "no blank stands behind the colon of '" + word + "'",
        "write a half-width blank there: `" + word + ": …`");
    return true;
  }

  bool quotesAround(std::size_t at, std::size_t end) {
    const std::string_view text = trim(line_.substr(at, end - at));
    for (const Pair& pair : kQuotes) {
      if (!text.starts_with(pair.open) || !text.ends_with(pair.close) ||
          text.size() < pair.open.size() + pair.close.size())
        continue;
      add(at,
          "full-width quotation marks " + std::string(pair.open) + std::string(pair.close) +
              " stand around this",
          "write half-width ones: " + std::string(pair.half) +
              "; where they belong to the text, put half-width ones around them");
      return true;
    }
    return false;
  }

  void lookAtValue(std::size_t at) {
    plainBefore_ = false;
    if (at >= line_.size() || line_[at] == '#') return;
    const char first = line_[at];
    if (first == '|' || first == '>') {
      inText_ = true;
      textBound_ = bound_;
      return;
    }
    if (first == '[' || first == '{') return lookAtFlow(at);
    if (first == '"' || first == '\'') return lookAtOpenQuote(at);
    plainBefore_ = true;
    std::size_t end = line_.find(" #", at);
    end = std::min(end, line_.size());
    lookAtPlain(at, end);
  }

  /// A plain text that is the whole value.
  void lookAtPlain(std::size_t at, std::size_t end) {
    if (quotesAround(at, end)) return;
    std::string_view text = line_.substr(at, end - at);
    for (const Pair& pair : kBrackets) {
      if (!trim(text).starts_with(pair.open) || !trim(text).ends_with(pair.close)) continue;
      add(at,
          "full-width brackets " + std::string(pair.open) + std::string(pair.close) +
              " stand around this",
          "write half-width ones: " + std::string(pair.half) +
              "; put quotes around a text that begins with them");
      return;
    }
    if (const Mark* odd = oddBlankAt(text))
      return add(at, std::string(odd->name) + " stands before this value",
                 "write a half-width blank, or put quotes around the text");
    while (!text.empty() && isBlank(text.back())) text.remove_suffix(1);
    for (const Mark& mark : kOddBlanks) {
      if (!text.ends_with(mark.bytes)) continue;
      return add(at + text.size() - mark.bytes.size(),
                 std::string(mark.name) + " stands behind this value",
                 "take it out, or put quotes around the text");
    }
  }

  /// "…”: YAML would take the end of the file for the closing mark.
  void lookAtOpenQuote(std::size_t at) {
    if (endOfQuoted(line_, at)) return;
    for (const Pair& pair : kQuotes) {
      const std::size_t closing = line_.find(pair.close, at);
      if (closing == std::string_view::npos) continue;
      return add(closing,
                 "a full-width quotation mark " + std::string(pair.close) +
                     " stands where a half-width one must close the text",
                 std::string("write ") + line_[at]);
    }
  }

  /// Inside [ ] and { }, perhaps over several lines.
  void lookAtFlow(std::size_t at) {
    bool begins = true;  // of a key or value
    while (at < line_.size()) {
      const std::string_view rest = from(at);
      const char c = rest[0];
      if (c == '#' && (at == 0 || isBlank(line_[at - 1]))) return;
      if ((c == '"' || c == '\'') && begins) {
        const auto closed = endOfQuoted(line_, at);
        if (!closed) return lookAtOpenQuote(at);
        at = *closed;
        begins = false;
        if (from(at).starts_with(kColon)) fullColon(at, at);
        continue;
      }
      if (rest.starts_with("${")) {
        at += std::min(rest.find('}'), rest.size() - 1) + 1;
        continue;
      }
      if (c == '[' || c == '{') opened_[std::min(depth_, opened_.size() - 1)] = c, ++depth_;
      if (c == ']' || c == '}') depth_ -= depth_ > 0 ? 1 : 0;
      if (begins && lookAtFlowWord(at)) return;
      if (rest.starts_with(kComma)) {
        return add(at, "a full-width comma ， stands between values",
                   "write a half-width comma and a blank; put quotes around a text that "
                   "contains ，");
      }
      const bool proper = c == ':' && (rest.size() == 1 || isBlank(rest[1]));
      begins = c == '[' || c == '{' || c == ',' || proper || (begins && isBlank(c));
      ++at;
    }
  }

  [[nodiscard]] bool inMap() const {
    return depth_ > 0 && opened_[std::min(depth_, opened_.size()) - 1] == '{';
  }

  /// A key or value that begins at `at`; true where a slip was told, after which the line says
  /// nothing more.
  bool lookAtFlowWord(std::size_t at) {
    const std::string_view rest = from(at);
    for (const Pair& pair : kQuotes) {
      if (!rest.starts_with(pair.open)) continue;
      const std::size_t close = line_.find(pair.close, at + pair.open.size());
      if (close == std::string_view::npos) continue;
      return quotesAround(at, close + pair.close.size());
    }
    const std::size_t ascii = asciiWord(rest);
    const std::size_t size = ascii > 0 ? ascii : anyWord(rest);
    if (size > 0 && from(at + size).starts_with(kColon)) {
      fullColon(at, at + size);
      return true;
    }
    const std::string_view behind = from(at + ascii);
    if (!inMap() || ascii == 0 || behind.size() < 2 || behind[0] != ':' || isBlank(behind[1]) ||
        behind.starts_with("://") || behind[1] == '}')
      return false;
    return noBlank(at, ascii);
  }

  const YamlLines& lines_;
  const std::string& file_;
  Findings& findings_;
  std::string_view line_;
  int index_ = 0;
  bool good_ = true;
  bool inText_ = false;       // below a | or >
  int textBound_ = 0;         // which ends at this column
  int bound_ = -1;            // column of the key or dash that is open
  int continues_ = -1;        // column of the last key
  bool plainBefore_ = false;  // whose value is a plain text
  std::size_t depth_ = 0;     // of brackets
  std::array<char, 32> opened_{};
};

}  // namespace

bool acceptKeyboard(const YamlLines& lines, const std::string& file, Findings& findings) {
  return Keyboard(lines, file, findings).run();
}

}  // namespace lianqiao::config
