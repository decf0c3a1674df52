#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lianqiao/result.h"

/// JSON as the gateway reads and writes it: strict RFC 8259, valid UTF-8, no duplicate keys,
/// bounded depth, numbers kept as the text that the sender wrote (0.10 stays 0.10, 20-digit ids
/// stay whole).
namespace lianqiao::json {

enum class Kind : std::uint8_t { null, boolean, number, string, array, object };

struct Member;

/// A 16-byte view of one JSON value inside a Document (or of text that outlives it). Copy freely;
/// never owns. A default Value is null. Invalid after its Document is cleared or destroyed.
class Value {
 public:
  constexpr Value() = default;

  [[nodiscard]] Kind kind() const { return kind_; }
  [[nodiscard]] bool isNull() const { return kind_ == Kind::null; }
  [[nodiscard]] bool isString() const { return kind_ == Kind::string; }
  [[nodiscard]] bool isNumber() const { return kind_ == Kind::number; }
  [[nodiscard]] bool isBoolean() const { return kind_ == Kind::boolean; }
  [[nodiscard]] bool isArray() const { return kind_ == Kind::array; }
  [[nodiscard]] bool isObject() const { return kind_ == Kind::object; }

  /// String content, or the number as written; empty for other kinds.
  [[nodiscard]] std::string_view text() const {
    return kind_ == Kind::string || kind_ == Kind::number ? std::string_view(text_, size_)
                                                          : std::string_view();
  }
  [[nodiscard]] bool boolean() const { return kind_ == Kind::boolean && size_ != 0; }
  /// A number that is an integer in value (1, 1.0, 1e2) and fits 64 bits; otherwise nullopt.
  [[nodiscard]] std::optional<std::int64_t> integer() const;
  /// A number as double; nullopt for other kinds.
  [[nodiscard]] std::optional<double> number() const;

  /// Elements of an array or members of an object; 0 for other kinds.
  [[nodiscard]] std::size_t size() const {
    return kind_ == Kind::array || kind_ == Kind::object ? size_ : 0;
  }
  [[nodiscard]] std::span<const Value> elements() const;
  [[nodiscard]] std::span<const Member> members() const;
  /// The member of that name, or nullptr (also when this is no object).
  [[nodiscard]] const Value* find(std::string_view name) const;

  static Value ofBoolean(bool b);
  /// Text must outlive the Value (a literal, the input, or the Document's arena).
  static Value ofText(std::string_view text);
  /// REQUIRES: `lexeme` is a valid JSON number; must outlive the Value.
  static Value ofNumber(std::string_view lexeme);

 private:
  friend class Document;
  union {
    const char* text_ = nullptr;
    const Value* elements_;
    const Member* members_;
  };
  std::uint32_t size_ = 0;
  Kind kind_ = Kind::null;
};

struct Member {
  std::string_view name;
  Value value;
};

/// An arena that owns what its Values point to. Not thread-safe. Reuse one per thread: clear()
/// keeps the memory, so a warm Document allocates nothing.
class Document {
 public:
  Document();
  ~Document();
  Document(Document&&) noexcept;
  Document& operator=(Document&&) noexcept;

  Value root;

  /// Forgets all Values; keeps up to one large block for reuse.
  void clear();

  /// Each copies what it is given into the arena.
  Value text(std::string_view text);
  Value number(std::int64_t n);
  Value number(double n);  ///< Shortest text that reads back as `n`. REQUIRES: finite.
  Value array(std::span<const Value> elements);
  Value object(std::span<const Member> members);
  /// Uninitialised arena bytes, for callers that build text in place.
  char* allocate(std::size_t size);

 private:
  struct Arena;
  std::unique_ptr<Arena> arena_;
};

struct Limits {
  std::size_t depth = 64;
  std::size_t bytes = 16u << 20;
  /// In all, members of objects counted too. Each takes 16 to 48 bytes and may be two bytes of
  /// text.
  std::size_t values = 1'000'000;
  std::size_t line = 1;  ///< That the text begins on, for what an Error names.
};

/// Parses exactly one JSON text into `document` (cleared first; result in document.root). String
/// values without escapes may point into `text`, which must outlive the Values. Fails with
/// decode.json, decode.encoding (invalid UTF-8), decode.too_deep or decode.limit; the detail names
/// line, column and what was found. Never crashes, whatever the bytes.
Result<void> parse(std::string_view text, Document& document, const Limits& limits = {});

/// Appends `value` as compact JSON.
void write(const Value& value, std::string& out);
[[nodiscard]] std::string write(const Value& value);
/// Appends `text` as a JSON string with quotes.
void writeText(std::string_view text, std::string& out);
/// Appends `value` with object keys sorted bytewise, for hashing: equal data give equal bytes.
void writeCanonical(const Value& value, std::string& out);

/// Where the elements of a batch lie, without parsing them. Accepts one object, an array of values,
/// or NDJSON (newline-separated; blank lines ignored). An element that is broken is still returned,
/// so that its error can be reported by index; a broken frame (unclosed array, missing comma) is an
/// Error. Stops at the first element beyond `most` with intake.too_large, having kept no more.
Result<std::vector<std::string_view>> splitItems(std::string_view body, bool ndjson,
                                                 std::size_t most = SIZE_MAX);

}  // namespace lianqiao::json
