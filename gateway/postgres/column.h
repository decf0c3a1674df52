#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace lianqiao::postgres {

/// A parameter of a statement, as the server reads it in binary.
struct Value {
  unsigned oid = 0;  ///< Of its type.
  std::string bytes;
};

[[nodiscard]] Value valueOf(std::int64_t number);
/// Bytes that a text of the server cannot have, NUL and what is no UTF-8, become question marks.
[[nodiscard]] Value valueOf(std::string_view text);
[[nodiscard]] Value bytesValue(std::string_view bytes);
/// REQUIRES: 16 bytes.
[[nodiscard]] Value uuidValue(std::string_view bytes);

/// One column of many rows, which a statement takes apart with unnest(): so a batch is a few
/// statements however many rows it has. Not thread-safe.
class Column {
 public:
  enum class Kind : std::uint8_t { text, bytes, uuid, number };
  explicit Column(Kind kind) : kind_(kind) {}

  void add(std::int64_t number);
  /// A text as valueOf() has it, bytes, or the 16 bytes of a UUID.
  void add(std::string_view value);
  void addNull();
  [[nodiscard]] std::size_t count() const { return count_; }
  [[nodiscard]] Value value() const;

 private:
  const Kind kind_;
  std::string elements_;
  std::size_t count_ = 0;
  bool hasNull_ = false;
};

}  // namespace lianqiao::postgres
