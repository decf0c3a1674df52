#include "redis/redis_reply.h"

#include <charconv>
#include <cstring>
#include <new>

namespace lianqiao::redis {

long long RedisReply::number() const {
  if (kind == Kind::integer) return integer;
  long long n = 0;
  std::from_chars(text.data(), text.data() + text.size(), n);
  return n;
}

void* ReplyArena::allocate(std::size_t bytes) {
  bytes = (bytes + alignof(std::max_align_t) - 1) & ~(alignof(std::max_align_t) - 1);
  while (current_ < blocks_.size() && used_ + bytes > blocks_[current_].size) {
    ++current_;
    used_ = 0;
  }
  if (current_ == blocks_.size()) {
    const std::size_t size = std::max(kBlock, bytes);
    blocks_.push_back({std::make_unique_for_overwrite<char[]>(size), size});
    used_ = 0;
  }
  void* place = blocks_[current_].bytes.get() + used_;
  used_ += bytes;
  return place;
}

std::string_view ReplyArena::copy(const char* text, std::size_t size) {
  if (size == 0) return {};
  char* place = static_cast<char*>(allocate(size));
  std::memcpy(place, text, size);
  return {place, size};
}

std::span<RedisReply> ReplyArena::slots(std::size_t count) {
  if (count == 0) return {};
  slots_ += count;
  auto* first = static_cast<RedisReply*>(allocate(count * sizeof(RedisReply)));
  for (std::size_t i = 0; i < count; ++i) new (first + i) RedisReply();
  return {first, count};
}

void ReplyArena::reset() {
  // Oversized blocks served one large reply; the next is rarely as large.
  std::erase_if(blocks_, [](const Block& block) { return block.size > kBlock; });
  if (blocks_.size() > kKeepBlocks) blocks_.resize(kKeepBlocks);
  current_ = used_ = slots_ = 0;
}

}  // namespace lianqiao::redis
