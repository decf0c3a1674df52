#include "yaml/keyboard.h"

#include <algorithm>
#include <array>

#include "lianqiao/ascii.h"
#include "lianqiao/text.h"

namespace lianqiao::yaml {
namespace {

constexpr std::string_view kColon = "：";
constexpr std::string_view kComma = "，";
struct Pair {
  std::string_view open;
  std::string_view close;
  std::string_view half;
};
constexpr std::array kQuotes = {Pair{"“", "”", "\"…\""}, Pair{"‘", "’", "'…'"},
                                Pair{"”", "”", "\"…\""}, Pair{"＂", "＂", "\"…\""},
                                Pair{"＇", "＇", "'…'"}};
/// Slips of one line that are told; more are told when these are mended.
constexpr int kMostOfLine = 100;
constexpr std::array kBrackets = {Pair{"［", "］", "[…]"}, Pair{"【", "】", "[…]"},
                                  Pair{"｛", "｝", "{…}"}};

/// An ASCII word as keys are; its length, 0 where none begins.
std::size_t asciiWord(std::string_view text) {
  std::size_t size = 0;
  while (size < text.size()) {
    const char c = text[size];
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    const bool inner = isDigit(c) || c == '-' || c == '.';
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

std::string_view inside(std::string_view text, const Pair& pair) {
  return text.substr(pair.open.size(), text.size() - pair.open.size() - pair.close.size());
}

/// In the quotation marks that take every character for itself.
std::string quoted(std::string_view text) {
  std::string out = "'";
  for (const char c : text) out.append(c == '\'' ? 2 : 1, c);
  return out + '\'';
}

/// Follows the lines of one file and knows what of them is structure. A line that was mended is
/// looked at again, so that one slip hides no other.
class Keyboard {
 public:
  Keyboard(MendedText& text, const std::string& file, Findings& findings)
      : text_(text), file_(file), findings_(findings) {}

  bool run() {
    for (index_ = 0; index_ < text_.size(); ++index_) {
      lookAtTabs();
      const Structure before = now_;
      for (int turn = 0;; ++turn) {
        line_ = text_.line(index_);
        mended_ = false;
        look();
        if (!mended_ || turn == kMostOfLine) break;
        now_ = before;
      }
      good_ = good_ && !mended_;
    }
    return good_;
  }

 private:
  /// What the lines so far have opened.
  struct Structure {
    bool inText = false;       // below a | or >
    int textBound = 0;         // which ends at this column
    int bound = -1;            // column of the key or dash that is open
    int continues = -1;        // column of the last key
    bool plainBefore = false;  // whose value is a plain text
    std::size_t depth = 0;     // of brackets
    std::array<char, 32> opened{};
  };

  void tell(std::size_t column, std::string message, std::string remedy) {
    const Position place = text_.position(index_, static_cast<int>(column));
    findings_.add({file_, place, {}, std::move(message), std::move(remedy)});
  }
  /// Afterwards line_ is no more: whoever calls it returns.
  void mend(std::size_t at, std::size_t length, std::string_view by) {
    text_.replace(index_, at, length, by);
    mended_ = true;
  }
  /// The mark, and a blank where none stands at `behind`.
  [[nodiscard]] std::string spaced(char mark, std::size_t behind) const {
    const bool wanted = behind < line_.size() && !isBlank(line_[behind]);
    return wanted ? std::string{mark, ' '} : std::string(1, mark);
  }
  [[nodiscard]] std::size_t columnOf(std::string_view part) const {
    return static_cast<std::size_t>(part.data() - line_.data());
  }
  [[nodiscard]] std::string_view from(std::size_t at) const {
    return line_.substr(std::min(at, line_.size()));
  }
  [[nodiscard]] std::size_t skipBlanks(std::size_t at) const {
    while (at < line_.size() && isBlank(line_[at])) ++at;
    return at;
  }

  void lookAtTabs() {
    const auto tab = tabInIndentation(text_.line(index_));
    if (!tab) return;
    tell(*tab, "a tab stands where blanks must indent", "indent with blanks");
    good_ = text_.mendIndentation(index_) && good_;
  }

  void look() {
    const std::size_t indent = skipBlanks(0);
    if (now_.inText && (indent == line_.size() || static_cast<int>(indent) > now_.textBound))
      return;
    now_.inText = false;
    if (now_.depth > 0) return lookAtFlow(indent);
    std::size_t at = indent;
    if (const OddBlank* odd = oddBlankAt(from(at))) {
      if (saysSomething(at)) {
        tell(at, std::string(odd->name) + " stands where blanks must indent",
             "indent with half-width blanks");
        mended_ = text_.mendIndentation(index_);
        good_ = good_ && mended_;
      }
      return;
    }
    while (from(at).starts_with('-')) {
      if (const OddBlank* odd = oddBlankAt(from(at + 1))) {
        tell(at + 1, std::string(odd->name) + " stands behind the - of a list",
             "write a half-width blank there");
        return mend(at + 1, odd->bytes.size(), " ");
      }
      if (!isBlank(from(at + 1).empty() ? ' ' : line_[at + 1])) break;
      now_.bound = static_cast<int>(at);
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
      now_.bound = item ? now_.bound : column - 1;
      return lookAtValue(at);
    }
    end = skipBlanks(end);
    if (from(end).starts_with(kColon)) return fullColon(at, end);
    if (!from(end).starts_with(':')) return lookAtValue(at);
    now_.bound = column;
    now_.continues = column;
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
    tell(colon, "a full-width colon ： stands behind '" + word + "'",
         "write a half-width colon and a blank: `" + word + ": …`");
    mend(colon, kColon.size(), spaced(':', colon + kColon.size()));
  }

  /// A key whose colon is full-width, or has no blank behind it.
  bool slippedColon(std::size_t at, bool item, int column) {
    const std::size_t ascii = asciiWord(from(at));
    const std::size_t size = ascii > 0 ? ascii : anyWord(from(at));
    const std::string_view rest = from(at + size);
    // a plain text may go on here; a word of letters before a colon is a key all the same
    const bool text = now_.continues >= 0 && column > now_.continues && now_.plainBefore;
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
    const OddBlank* odd = oddBlankAt(from(at + size + 1));
    tell(at + size + 1,
         odd != nullptr ? std::string(odd->name) + " stands behind the colon of '" + word + "'"
                        : "no blank stands behind the colon of '" + word + "'",
         "write a half-width blank there: `" + word + ": …`");
    mend(at + size + 1, odd == nullptr ? 0 : odd->bytes.size(), " ");
    return true;
  }

  bool quotesAround(std::size_t at, std::size_t end) {
    const std::string_view text = trim(line_.substr(at, end - at));
    for (const Pair& pair : kQuotes) {
      if (!text.starts_with(pair.open) || !text.ends_with(pair.close) ||
          text.size() < pair.open.size() + pair.close.size())
        continue;
      tell(at,
           "full-width quotation marks " + std::string(pair.open) + std::string(pair.close) +
               " stand around this",
           "write half-width ones: " + std::string(pair.half) +
               "; where they belong to the text, put half-width ones around them");
      mend(columnOf(text), text.size(), quoted(inside(text, pair)));
      return true;
    }
    return false;
  }

  void lookAtValue(std::size_t at) {
    now_.plainBefore = false;
    if (at >= line_.size() || line_[at] == '#') return;
    const char first = line_[at];
    if (first == '|' || first == '>') {
      now_.inText = true;
      now_.textBound = now_.bound;
      return;
    }
    if (first == '[' || first == '{') return lookAtFlow(at);
    if (first == '"' || first == '\'') return lookAtOpenQuote(at);
    now_.plainBefore = true;
    lookAtPlain(at, std::min(line_.find(" #", at), line_.size()));
  }

  /// A plain text that is the whole value.
  void lookAtPlain(std::size_t at, std::size_t end) {
    if (quotesAround(at, end)) return;
    std::string_view text = line_.substr(at, end - at);
    for (const Pair& pair : kBrackets) {
      if (!trim(text).starts_with(pair.open) || !trim(text).ends_with(pair.close)) continue;
      tell(at,
           "full-width brackets " + std::string(pair.open) + std::string(pair.close) +
               " stand around this",
           "write half-width ones: " + std::string(pair.half) +
               "; put quotes around a text that begins with them");
      const std::size_t begin = columnOf(trim(text));
      mend(begin + trim(text).size() - pair.close.size(), pair.close.size(),
           pair.half.substr(pair.half.size() - 1));
      return mend(begin, pair.open.size(), pair.half.substr(0, 1));
    }
    if (const OddBlank* odd = oddBlankAt(text)) {
      tell(at, std::string(odd->name) + " stands before this value",
           "write a half-width blank, or put quotes around the text");
      return mend(at, odd->bytes.size(), "");
    }
    while (!text.empty() && isBlank(text.back())) text.remove_suffix(1);
    if (const OddBlank* odd = oddBlankBefore(text)) {
      const std::size_t behind = at + text.size() - odd->bytes.size();
      tell(behind, std::string(odd->name) + " stands behind this value",
           "take it out, or put quotes around the text");
      mend(behind, odd->bytes.size(), "");
    }
  }

  /// "…”: YAML would take the end of the file for the closing mark.
  void lookAtOpenQuote(std::size_t at) {
    if (endOfQuoted(line_, at)) return;
    for (const Pair& pair : kQuotes) {
      const std::size_t closing = line_.find(pair.close, at);
      if (closing == std::string_view::npos) continue;
      tell(closing,
           "a full-width quotation mark " + std::string(pair.close) +
               " stands where a half-width one must close the text",
           std::string("write ") + line_[at]);
      return mend(closing, pair.close.size(), std::string(1, line_[at]));
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
        if (from(at).starts_with(kColon)) return fullColon(at, at);
        continue;
      }
      if (rest.starts_with("${")) {
        const std::size_t size = std::min(rest.find('}'), rest.size() - 1) + 1;
        if (begins) return lookAtReference(at, size);
        at += size;
        continue;
      }
      if (c == '[' || c == '{')
        now_.opened[std::min(now_.depth, now_.opened.size() - 1)] = c, ++now_.depth;
      if (c == ']' || c == '}') now_.depth -= now_.depth > 0 ? 1 : 0;
      if (begins && lookAtFlowWord(at)) return;
      if (rest.starts_with(kComma)) {
        tell(at, "a full-width comma ， stands between values",
             "write a half-width comma and a blank; put quotes around a text that contains ，");
        return mend(at, kComma.size(), spaced(',', at + kComma.size()));
      }
      const bool proper = c == ':' && (rest.size() == 1 || isBlank(rest[1]));
      begins = c == '[' || c == '{' || c == ',' || proper || (begins && isBlank(c));
      ++at;
    }
  }

  /// ${…}: its { would open a map.
  void lookAtReference(std::size_t at, std::size_t size) {
    tell(at, "${…} stands without quotation marks", "put quotes around ${…} inside [ ] and { }");
    mend(at, size, quoted(line_.substr(at, size)));
  }

  [[nodiscard]] bool inMap() const {
    return now_.depth > 0 && now_.opened[std::min(now_.depth, now_.opened.size()) - 1] == '{';
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

  MendedText& text_;
  const std::string& file_;
  Findings& findings_;
  std::string_view line_;
  int index_ = 0;
  Structure now_;
  bool mended_ = false;
  bool good_ = true;
};

}  // namespace

bool mendKeyboard(MendedText& text, const std::string& file, Findings& findings) {
  return Keyboard(text, file, findings).run();
}

}  // namespace lianqiao::yaml
