#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "json_names.h"
#include "json_place.h"
#include "lianqiao/ascii.h"
#include "lianqiao/codes.h"
#include "lianqiao/json.h"
#include "lianqiao/text.h"
#include "utf8.h"

// A hand-written iterative reader instead of RapidJSON's: it takes strings and numbers as views of
// the input, checks UTF-8 in the same pass, and knows where it is when something is wrong.
namespace lianqiao::json {
namespace {

/// Grows on the heap only beyond N entries, so that parsing an ordinary record allocates nothing.
template <typename T, std::size_t N>
class Stack {
 public:
  [[nodiscard]] std::size_t size() const { return size_; }
  [[nodiscard]] std::span<T> from(std::size_t start) { return {data_ + start, size_ - start}; }
  T& back() { return data_[size_ - 1]; }
  void shrinkTo(std::size_t size) { size_ = size; }
  void push(const T& item) {
    if (size_ == capacity_) grow();
    data_[size_++] = item;
  }

 private:
  void grow() {
    std::vector<T> larger(capacity_ * 2);
    std::copy_n(data_, size_, larger.data());
    heap_ = std::move(larger);
    data_ = heap_.data();
    capacity_ = heap_.size();
  }

  std::array<T, N> inline_{};
  std::vector<T> heap_;
  T* data_ = inline_.data();
  std::size_t capacity_ = N;
  std::size_t size_ = 0;
};

class Parser {
 public:
  Parser(std::string_view text, Document& document, const Limits& limits)
      : text_(text),
        p_(text.data()),
        end_(text.data() + text.size()),
        document_(document),
        depth_(limits.depth),
        left_(limits.values),
        line_(limits.line) {}

  bool run() {
    if (text_.starts_with("\xEF\xBB\xBF")) {
      return fail(p_, "a byte order mark stands before the JSON text; send it without");
    }
    if (!document()) return false;
    skipSpace();
    if (p_ != end_) return fail(p_, "expected the end of the text after one JSON value");
    return true;
  }

  Error error() && { return std::move(error_); }

 private:
  struct Frame {
    bool object = false;
    std::size_t start = 0;
  };

  bool document();
  bool value(Value& out);
  bool open(bool object);
  bool close(Value& out);
  bool name();
  bool string(std::string_view& out);
  bool unescape(const char* begin, const char* end, std::string_view& out);
  bool escape(const char*& p, const char* end, char*& out);
  bool number(Value& out);
  bool literal(std::string_view word, Value value, Value& out);
  bool count();
  bool inObject() { return frames_.back().object; }

  bool failCode(const char* at, std::string_view code, std::string_view what) {
    const auto offset = static_cast<std::size_t>(at - text_.data());
    error_ = {std::string(code), place(text_, offset, line_) + ": " + std::string(what)};
    return false;
  }
  bool fail(const char* at, std::string_view what) {
    const auto offset = static_cast<std::size_t>(at - text_.data());
    return failCode(at, codes::kBadJson, std::string(what) + "; found " + found(text_, offset));
  }

  void skipSpace() {
    while (p_ != end_ && (*p_ == ' ' || *p_ == '\n' || *p_ == '\r' || *p_ == '\t')) ++p_;
  }

  std::string_view text_;
  const char* p_;
  const char* end_;
  Document& document_;
  std::size_t depth_;
  std::size_t left_;  ///< Values that may still come.
  std::size_t line_;
  Error error_;
  Stack<Frame, 64> frames_;
  Stack<Value, 64> values_;
  Stack<Member, 64> members_;
};

bool Parser::document() {
  for (;;) {
    Value done;
    skipSpace();
    if (p_ == end_) return fail(p_, "expected a JSON value");
    if (!count()) return false;
    if (*p_ == '{' || *p_ == '[') {
      const bool object = *p_ == '{';
      if (!open(object)) return false;
      skipSpace();
      if (p_ == end_ || *p_ != (object ? '}' : ']')) {
        if (object && !name()) return false;
        continue;
      }
      if (!close(done)) return false;
    } else if (!value(done)) {
      return false;
    }

    // A value is complete: hand it to its container, and close every container that ends here.
    for (;;) {
      if (frames_.size() == 0) {
        document_.root = done;
        return true;
      }
      const bool object = inObject();
      if (object) {
        members_.back().value = done;
      } else {
        values_.push(done);
      }
      skipSpace();
      if (p_ != end_ && *p_ == ',') {
        ++p_;
        if (object) {
          skipSpace();
          if (!name()) return false;
        }
        break;
      }
      if (p_ == end_ || *p_ != (object ? '}' : ']')) {
        return fail(p_, object ? "expected ',' or '}' after a member"
                               : "expected ',' or ']' after an element");
      }
      if (!close(done)) return false;
    }
  }
}

/// Before the value costs anything.
bool Parser::count() {
  if (left_ == 0) return failCode(p_, codes::kDecodeLimit, "more values than are read of one text");
  --left_;
  return true;
}

bool Parser::open(bool object) {
  if (frames_.size() >= depth_) {
    return failCode(p_, codes::kTooDeep,
                    "nested deeper than the limit of " + std::to_string(depth_) + " levels");
  }
  ++p_;
  frames_.push({object, object ? members_.size() : values_.size()});
  return true;
}

bool Parser::close(Value& out) {
  const Frame frame = frames_.back();
  frames_.shrinkTo(frames_.size() - 1);
  if (frame.object) {
    const std::span<const Member> members = members_.from(frame.start);
    if (const Member* twin = repeated(members)) {
      return failCode(p_, codes::kBadJson,
                      "the object that ends here has the member \"" +
                          std::string(prefix(twin->name, 40)) + "\" more than once");
    }
    out = document_.object(members);
    members_.shrinkTo(frame.start);
  } else {
    out = document_.array(values_.from(frame.start));
    values_.shrinkTo(frame.start);
  }
  ++p_;
  return true;
}

bool Parser::name() {
  if (p_ == end_ || *p_ != '"') return fail(p_, "expected a member name in double quotes");
  std::string_view name;
  if (!string(name)) return false;
  skipSpace();
  if (p_ == end_ || *p_ != ':') return fail(p_, "expected ':' after a member name");
  ++p_;
  members_.push({name, {}});
  return true;
}

bool Parser::value(Value& out) {
  switch (*p_) {
    case '"': {
      std::string_view text;
      if (!string(text)) return false;
      out = Value::ofText(text);
      return true;
    }
    case 't':
      return literal("true", Value::ofBoolean(true), out);
    case 'f':
      return literal("false", Value::ofBoolean(false), out);
    case 'n':
      return literal("null", Value(), out);
    default:
      return number(out);
  }
}

bool Parser::literal(std::string_view word, Value value, Value& out) {
  if (!std::string_view(p_, static_cast<std::size_t>(end_ - p_)).starts_with(word)) {
    return fail(p_, "expected a JSON value");
  }
  p_ += word.size();
  out = value;
  return true;
}

bool Parser::number(Value& out) {
  const char* const start = p_;
  const auto digits = [this] {
    const char* first = p_;
    while (p_ != end_ && isDigit(*p_)) ++p_;
    return p_ != first;
  };
  if (*p_ == '-') ++p_;
  if (p_ != end_ && *p_ == '0') {
    ++p_;
    if (p_ != end_ && isDigit(*p_)) {
      return fail(p_, "a number must not begin with a zero; send it as text if the zero matters");
    }
  } else if (!digits()) {
    return fail(p_, p_ == start ? "expected a JSON value" : "expected a digit");
  }
  if (p_ != end_ && *p_ == '.') {
    ++p_;
    if (!digits()) return fail(p_, "expected a digit after the decimal point");
  }
  if (p_ != end_ && (*p_ == 'e' || *p_ == 'E')) {
    ++p_;
    if (p_ != end_ && (*p_ == '+' || *p_ == '-')) ++p_;
    if (!digits()) return fail(p_, "expected a digit in the exponent");
  }
  out = Value::ofNumber({start, static_cast<std::size_t>(p_ - start)});
  return true;
}

bool Parser::string(std::string_view& out) {
  const char* const begin = ++p_;
  bool escaped = false;
  for (;;) {
    while (end_ - p_ >= 8) {
      const std::uint64_t word = utf8::load8(p_);
      const std::uint64_t stop = utf8::specials(word) | (word & utf8::kHighs);
      if (stop != 0) {
        p_ += utf8::firstFlag(stop);
        break;
      }
      p_ += 8;
    }
    if (p_ == end_) return fail(p_, "a string is not closed");
    const auto byte = static_cast<unsigned char>(*p_);
    if (byte == '"') break;
    if (byte == '\\') {
      escaped = true;
      if (++p_ == end_) return fail(p_, "a string is not closed");
      if (static_cast<unsigned char>(*p_) < 0x80) ++p_;
    } else if (byte < 0x20) {
      return fail(p_, "a control character in a string must be written as \\u00XX");
    } else if (byte < 0x80) {
      ++p_;
    } else {
      do {
        const std::size_t length = utf8::sequence(p_, end_);
        if (length == 0) {
          return failCode(
              p_, codes::kBadEncoding,
              "not UTF-8: " + found(text_, static_cast<std::size_t>(p_ - text_.data())) +
                  "; send UTF-8");
        }
        p_ += length;
      } while (p_ != end_ && static_cast<unsigned char>(*p_) >= 0x80);
    }
  }
  const char* const close = p_;
  ++p_;
  if (escaped) return unescape(begin, close, out);
  out = {begin, static_cast<std::size_t>(close - begin)};
  return true;
}

bool Parser::unescape(const char* begin, const char* end, std::string_view& out) {
  char* const text = document_.allocate(static_cast<std::size_t>(end - begin));
  char* to = text;
  for (const char* p = begin; p != end;) {
    const auto left = static_cast<std::size_t>(end - p);
    const auto* slash = static_cast<const char*>(std::memchr(p, '\\', left));
    const std::size_t plain = slash == nullptr ? left : static_cast<std::size_t>(slash - p);
    std::memcpy(to, p, plain);
    to += plain;
    p += plain;
    if (slash != nullptr && !escape(p, end, to)) return false;
  }
  out = {text, static_cast<std::size_t>(to - text)};
  return true;
}

/// Four hex digits, or a value above 0xFFFF.
char32_t hex4(const char* p, const char* end) {
  if (end - p < 4) return 0x10000;
  char32_t unit = 0;
  for (int i = 0; i < 4; ++i) {
    const int digit = hexDigit(p[i]);
    if (digit < 0) return 0x10000;
    unit = unit * 16 + static_cast<char32_t>(digit);
  }
  return unit;
}

bool Parser::escape(const char*& p, const char* end, char*& out) {
  static constexpr std::string_view kLetters = "\"\\/bfnrt";
  static constexpr std::string_view kMeanings = "\"\\/\b\f\n\r\t";
  const char* const at = p;
  const char letter = p[1];
  p += 2;
  if (letter != 'u') {
    const std::size_t which = kLetters.find(letter);
    if (which == kLetters.npos) return fail(at + 1, "no such escape after a backslash");
    *out++ = kMeanings[which];
    return true;
  }
  char32_t point = hex4(p, end);
  if (point > 0xFFFF) return fail(at, "\\u needs four hexadecimal digits");
  p += 4;
  if (point >= 0xD800 && point <= 0xDFFF) {
    const bool paired = point <= 0xDBFF && end - p >= 6 && p[0] == '\\' && p[1] == 'u';
    const char32_t low = paired ? hex4(p + 2, end) : 0;
    if (low < 0xDC00 || low > 0xDFFF) {
      return failCode(at, codes::kBadJson, "half of a surrogate pair stands alone");
    }
    point = 0x10000 + ((point - 0xD800) << 10) + (low - 0xDC00);
    p += 6;
  }
  out = utf8::encode(point, out);
  return true;
}

}  // namespace

Result<void> parse(std::string_view text, Document& document, const Limits& limits) {
  document.clear();
  const std::size_t most = std::min<std::size_t>(limits.bytes, UINT32_MAX);
  if (text.size() > most) {
    return Error{codes::kDecodeLimit, "the JSON text has " + std::to_string(text.size()) +
                                          " bytes; the limit is " + std::to_string(most)};
  }
  Parser parser(text, document, limits);
  if (parser.run()) return {};
  document.clear();
  return std::move(parser).error();
}

}  // namespace lianqiao::json
