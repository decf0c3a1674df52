#include "lianqiao/json.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <limits>
#include <type_traits>

#include "utf8.h"

namespace lianqiao::json {

static_assert(sizeof(Value) == 16 && std::is_trivially_copyable_v<Member>);

namespace {

constexpr std::size_t kFirstBlock = 4u << 10;
constexpr std::size_t kKeptBlock = 1u << 20;
constexpr std::int64_t kExponentBound = std::int64_t{1} << 40;

/// The value of a number's text: digits without zeros at either end, times ten to the exponent.
struct Decimal {
  bool negative = false;
  std::string_view whole;     ///< Before the point, as written.
  std::string_view fraction;  ///< Behind the point, as written.
  std::int64_t exponent = 0;  ///< As written, clamped.
};

Decimal readDecimal(std::string_view lexeme) {
  Decimal decimal;
  if (lexeme.starts_with('-')) {
    decimal.negative = true;
    lexeme.remove_prefix(1);
  }
  if (const std::size_t e = lexeme.find_first_of("eE"); e != lexeme.npos) {
    std::string_view power = lexeme.substr(e + 1);
    const bool down = power.starts_with('-');
    if (down || power.starts_with('+')) power.remove_prefix(1);
    for (const char digit : power) {
      decimal.exponent = std::min(kExponentBound, decimal.exponent * 10 + (digit - '0'));
    }
    if (down) decimal.exponent = -decimal.exponent;
    lexeme = lexeme.substr(0, e);
  }
  const std::size_t point = lexeme.find('.');
  decimal.whole = lexeme.substr(0, point);
  if (point != lexeme.npos) decimal.fraction = lexeme.substr(point + 1);
  return decimal;
}

/// Power of ten of the first digit that is not zero; nullopt when the number is zero.
std::optional<std::int64_t> magnitude(const Decimal& decimal) {
  if (const auto first = decimal.whole.find_first_not_of('0'); first != decimal.whole.npos) {
    return decimal.exponent + static_cast<std::int64_t>(decimal.whole.size() - first) - 1;
  }
  if (const auto first = decimal.fraction.find_first_not_of('0'); first != decimal.fraction.npos) {
    return decimal.exponent - static_cast<std::int64_t>(first) - 1;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::int64_t> Value::integer() const {
  if (kind_ != Kind::number) return std::nullopt;
  std::int64_t plain = 0;
  const auto [rest, failure] = std::from_chars(text_, text_ + size_, plain);
  if (failure == std::errc() && rest == text_ + size_) return plain;

  const Decimal decimal = readDecimal({text_, size_});
  const std::optional<std::int64_t> top = magnitude(decimal);
  if (!top) return 0;
  if (*top < 0 || *top > 18) return std::nullopt;
  // Digit i (from the point of the first one) stands for 10^(top - i): all below 10^0 must be zero.
  std::string digits(decimal.whole);
  digits += decimal.fraction;
  digits.erase(0, digits.find_first_not_of('0'));
  const std::size_t wanted = static_cast<std::size_t>(*top) + 1;
  if (digits.find_first_not_of('0', wanted) != digits.npos) return std::nullopt;
  digits.resize(wanted, '0');
  if (decimal.negative) digits.insert(0, 1, '-');
  std::int64_t result = 0;
  const auto read = std::from_chars(digits.data(), digits.data() + digits.size(), result);
  if (read.ec != std::errc()) return std::nullopt;
  return result;
}

std::optional<double> Value::number() const {
  if (kind_ != Kind::number) return std::nullopt;
  double result = 0;
  const auto [rest, failure] = std::from_chars(text_, text_ + size_, result);
  if (failure != std::errc::result_out_of_range) return result;
  const Decimal decimal = readDecimal({text_, size_});
  const double size =
      magnitude(decimal).value_or(-1) > 0 ? std::numeric_limits<double>::infinity() : 0.0;
  return decimal.negative ? -size : size;
}

std::span<const Value> Value::elements() const {
  if (kind_ != Kind::array) return {};
  return {elements_, size_};
}

std::span<const Member> Value::members() const {
  if (kind_ != Kind::object) return {};
  return {members_, size_};
}

const Value* Value::find(std::string_view name) const {
  for (const Member& member : members()) {
    if (member.name == name) return &member.value;
  }
  return nullptr;
}

Value Value::ofBoolean(bool b) {
  Value value;
  value.kind_ = Kind::boolean;
  value.size_ = b ? 1 : 0;
  return value;
}

Value Value::ofText(std::string_view text) {
  Value value;
  value.kind_ = Kind::string;
  value.text_ = text.data();
  value.size_ = static_cast<std::uint32_t>(text.size());
  return value;
}

Value Value::ofNumber(std::string_view lexeme) {
  Value value = ofText(lexeme);
  value.kind_ = Kind::number;
  return value;
}

/// Bump allocation out of blocks that double in size.
struct Document::Arena {
  struct Block {
    std::unique_ptr<char[]> bytes;
    std::size_t size = 0;
  };

  char* allocate(std::size_t size, std::size_t alignment) {
    const std::size_t start = (used + alignment - 1) & ~(alignment - 1);
    if (blocks.empty() || start > blocks.back().size || size > blocks.back().size - start) {
      return allocateInNewBlock(size);
    }
    used = start + size;
    return blocks.back().bytes.get() + start;
  }

  char* allocateInNewBlock(std::size_t size) {
    if (size > kKeptBlock / 8 && !blocks.empty()) {
      // A large text gets what it needs and no more; the block in use stays the last.
      blocks.insert(blocks.end() - 1, {std::make_unique_for_overwrite<char[]>(size), size});
      return blocks[blocks.size() - 2].bytes.get();
    }
    const std::size_t doubled = blocks.empty() ? kFirstBlock : blocks.back().size * 2;
    const std::size_t room = std::max(size, std::min(doubled, kKeptBlock));
    blocks.push_back({std::make_unique_for_overwrite<char[]>(room), room});
    used = size;
    return blocks.back().bytes.get();
  }

  void clear() {
    used = 0;
    if (blocks.size() <= 1 && (blocks.empty() || blocks.front().size <= kKeptBlock)) return;
    const auto fits = [](const Block& block) { return block.size <= kKeptBlock; };
    const auto kept = std::find_if(blocks.rbegin(), blocks.rend(), fits);
    std::vector<Block> only;
    if (kept != blocks.rend()) only.push_back(std::move(*kept));
    blocks = std::move(only);
  }

  template <typename T>
  const T* copy(std::span<const T> items) {
    if (items.empty()) return nullptr;
    char* const to = allocate(items.size_bytes(), alignof(T));
    std::memcpy(to, items.data(), items.size_bytes());
    return reinterpret_cast<const T*>(to);
  }

  std::vector<Block> blocks;
  std::size_t used = 0;
};

Document::Document() : arena_(std::make_unique<Arena>()) {}
Document::~Document() = default;
Document::Document(Document&& other) noexcept
    : root(std::exchange(other.root, {})), arena_(std::move(other.arena_)) {}
Document& Document::operator=(Document&& other) noexcept {
  root = std::exchange(other.root, {});
  arena_ = std::move(other.arena_);
  return *this;
}

void Document::clear() {
  root = {};
  if (arena_ != nullptr) arena_->clear();
}

char* Document::allocate(std::size_t size) {
  if (arena_ == nullptr) arena_ = std::make_unique<Arena>();
  return arena_->allocate(size, 1);
}

Value Document::text(std::string_view text) {
  if (text.empty()) return Value::ofText({});
  char* const to = allocate(text.size());
  std::memcpy(to, text.data(), text.size());
  return Value::ofText({to, text.size()});
}

Value Document::number(std::int64_t n) {
  std::array<char, 24> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), n).ptr;
  Value value = text({digits.data(), static_cast<std::size_t>(end - digits.data())});
  value.kind_ = Kind::number;
  return value;
}

Value Document::number(double n) {
  std::array<char, 32> digits{};
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), n).ptr;
  Value value = text({digits.data(), static_cast<std::size_t>(end - digits.data())});
  value.kind_ = Kind::number;
  return value;
}

Value Document::array(std::span<const Value> elements) {
  if (arena_ == nullptr) arena_ = std::make_unique<Arena>();
  Value value;
  value.kind_ = Kind::array;
  value.size_ = static_cast<std::uint32_t>(elements.size());
  value.elements_ = arena_->copy(elements);
  return value;
}

Value Document::object(std::span<const Member> members) {
  if (arena_ == nullptr) arena_ = std::make_unique<Arena>();
  Value value;
  value.kind_ = Kind::object;
  value.size_ = static_cast<std::uint32_t>(members.size());
  value.members_ = arena_->copy(members);
  return value;
}

}  // namespace lianqiao::json
