#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace lianqiao::redis {

/// One answer of Redis; a view into the RedisConnection that read it, until its next exchange.
struct RedisReply {
  enum class Kind : std::uint8_t { nil, text, integer, array, error };
  Kind kind = Kind::nil;
  std::string_view text;  ///< Of text (also status lines) and error.
  long long integer = 0;
  std::span<RedisReply> items;  ///< Of an array.

  [[nodiscard]] bool isNil() const { return kind == Kind::nil; }
  [[nodiscard]] bool isError() const { return kind == Kind::error; }
  /// The integer, or the text read as one; 0 when it is none.
  [[nodiscard]] long long number() const;
};

/// Memory for replies: cut from blocks that are kept, so that reading a warm reply allocates
/// nothing.
class ReplyArena {
 public:
  [[nodiscard]] void* allocate(std::size_t bytes);
  [[nodiscard]] std::string_view copy(const char* text, std::size_t size);
  [[nodiscard]] std::span<RedisReply> slots(std::size_t count);
  /// False when that would be more than any answer to us has; REQUIRES of slots().
  [[nodiscard]] bool fits(std::size_t count) const { return slots_ + count <= kMostSlots; }
  /// Forgets all; keeps up to 1 MiB.
  void reset();

 private:
  static constexpr std::size_t kBlock = 64u << 10;
  static constexpr std::size_t kKeepBlocks = 16;
  static constexpr std::size_t kMostSlots = 1u << 20;
  struct Block {
    std::unique_ptr<char[]> bytes;
    std::size_t size;
  };
  std::vector<Block> blocks_;
  std::size_t current_ = 0;
  std::size_t used_ = 0;
  std::size_t slots_ = 0;
};

}  // namespace lianqiao::redis
