#include "base/ids.h"

#include <bit>
#include <random>

namespace lianqiao::base {
namespace {

constexpr std::string_view kAlphabet = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::uint64_t kTimeMask = (std::uint64_t{1} << 48) - 1;
constexpr std::uint64_t kHighMask = (std::uint64_t{1} << 16) - 1;

void put(char* out, std::size_t digits, std::uint64_t value) {
  for (std::size_t i = digits; i-- > 0; value >>= 5) out[i] = kAlphabet[value & 31];
}

}  // namespace

IdSource::IdSource(const Clock& clock, std::uint64_t seed) : clock_(clock) {
  for (std::uint64_t& word : state_) {
    seed += 0x9e3779b97f4a7c15;
    std::uint64_t z = seed;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    word = z ^ (z >> 31);
  }
}

// xoshiro256++: ids need to be distinct and unguessable only by chance, not secret.
std::uint64_t IdSource::random() {
  const std::uint64_t result = std::rotl(state_[0] + state_[3], 23) + state_[0];
  const std::uint64_t shifted = state_[1] << 17;
  state_[2] ^= state_[0];
  state_[3] ^= state_[1];
  state_[1] ^= state_[2];
  state_[0] ^= state_[3];
  state_[2] ^= shifted;
  state_[3] = std::rotl(state_[3], 45);
  return result;
}

std::string IdSource::next() {
  const auto now = static_cast<std::uint64_t>(clock_.wall().time_since_epoch().count()) & kTimeMask;
  std::string id(kIdLength, '0');
  std::uint64_t millis = 0;
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  {
    const Lock lock(mutex_);
    if (now > millis_) {
      millis_ = now;
      high_ = random() & kHighMask;
      low_ = random();
    } else {
      // A random step keeps neighbours unguessable enough and leaves room for 2^40 ids a
      // millisecond.
      const std::uint64_t before = low_;
      low_ += 1 + (random() >> 24);
      if (low_ < before && ++high_ > kHighMask) {
        high_ = 0;
        ++millis_;
      }
    }
    millis = millis_;
    high = high_;
    low = low_;
  }
  put(id.data(), 10, millis);
  put(id.data() + 10, 4, (high << 4) | (low >> 60));
  put(id.data() + 14, 12, low);
  return id;
}

std::uint64_t randomSeed() {
  std::random_device device;
  return (static_cast<std::uint64_t>(device()) << 32) | device();
}

bool isId(std::string_view text) {
  return text.size() == kIdLength && text[0] <= '7' &&
         text.find_first_not_of(kAlphabet) == std::string_view::npos;
}

std::optional<WallTime> timeOfId(std::string_view id) {
  if (!isId(id)) return std::nullopt;
  std::int64_t millis = 0;
  for (char c : id.substr(0, 10)) {
    millis = millis * 32 + static_cast<std::int64_t>(kAlphabet.find(c));
  }
  return WallTime(std::chrono::milliseconds(millis));
}

}  // namespace lianqiao::base
