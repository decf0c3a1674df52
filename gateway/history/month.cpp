#include "history/month.h"

#include <algorithm>
#include <array>
#include <chrono>

#include "base/ids.h"
#include "base/rfc3339.h"
#include "lianqiao/ascii.h"

namespace lianqiao::history {
namespace {

namespace ch = std::chrono;

constexpr std::string_view kIdLetters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
constexpr std::uint8_t kNoLetter = 0xFF;

constexpr std::array<std::uint8_t, 256> letterValues() {
  std::array<std::uint8_t, 256> values{};
  values.fill(kNoLetter);
  for (std::size_t i = 0; i < kIdLetters.size(); ++i)
    values[static_cast<unsigned char>(kIdLetters[i])] = static_cast<std::uint8_t>(i);
  return values;
}

void appendBigEndian(std::uint64_t value, std::string& out) {
  for (int shift = 56; shift >= 0; shift -= 8) out += static_cast<char>((value >> shift) & 0xFF);
}

std::uint64_t bigEndian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes) value = (value << 8) | static_cast<unsigned char>(byte);
  return value;
}

ch::sys_days firstDay(const Month& month) {
  return ch::year(month.year) / ch::month(month.month) / 1;
}

WallTime midnight(ch::sys_days day) { return WallTime(day.time_since_epoch()); }

}  // namespace

Month Month::of(WallTime time) {
  const ch::sys_days day(ch::floor<ch::days>(time.time_since_epoch()));
  const ch::year_month_day date(day);
  return {static_cast<int>(date.year()), static_cast<unsigned>(date.month())};
}

std::optional<Month> Month::named(std::string_view name) {
  if (name.size() != 7 || !base::isDate(std::string(name) + "-01")) return std::nullopt;
  return Month{static_cast<int>(*decimalText(name.substr(0, 4))),
               static_cast<unsigned>(*decimalText(name.substr(5, 2)))};
}

std::string Month::name() const { return base::formatTime(begin()).substr(0, 7); }

WallTime Month::begin() const { return midnight(firstDay(*this)); }

WallTime Month::end() const {
  return midnight(ch::sys_days((ch::year(year) / ch::month(month) + ch::months(1)) / 1));
}

std::optional<PackedId> PackedId::read(std::string_view text) {
  constexpr std::array<std::uint8_t, 256> kValues = letterValues();
  // 26 letters are 130 bits, of which the first two are 0.
  if (text.size() != base::kIdLength || text[0] > '7') return std::nullopt;
  PackedId id;
  for (const char letter : text) {
    const std::uint8_t value = kValues[static_cast<unsigned char>(letter)];
    if (value == kNoLetter) return std::nullopt;
    id.high = (id.high << 5) | (id.low >> 59);
    id.low = (id.low << 5) | value;
  }
  return id;
}

std::optional<PackedId> PackedId::ofBytes(std::string_view bytes) {
  if (bytes.size() != 16) return std::nullopt;
  return PackedId{bigEndian(bytes.substr(0, 8)), bigEndian(bytes.substr(8))};
}

std::string PackedId::text() const {
  std::string text(base::kIdLength, '0');
  PackedId rest = *this;
  for (std::size_t i = text.size(); i-- > 0;) {
    text[i] = kIdLetters[rest.low & 31];
    rest.low = (rest.low >> 5) | (rest.high << 59);
    rest.high >>= 5;
  }
  return text;
}

std::string PackedId::bytes() const {
  std::string bytes;
  appendBigEndian(high, bytes);
  appendBigEndian(low, bytes);
  return bytes;
}

WallTime PackedId::time() const {
  return WallTime(ch::milliseconds(static_cast<std::int64_t>(high >> 16)));
}

std::int64_t numberOf(const PackedId& id, const Month& month) {
  // Ids of one millisecond differ in the middle of their random part (base/ids.h).
  const std::uint64_t stirred = (id.low ^ (id.high << 48)) * 0x9e3779b97f4a7c15;
  return firstNumberAt(id.time(), month) + static_cast<std::int64_t>(stirred >> 52);
}

std::int64_t firstNumberAt(WallTime time, const Month& month) {
  const WallTime inside = std::clamp(time, month.begin(), month.end());
  return (inside - month.begin()).count() * kNumbersPerMilli;
}

std::int64_t dayNumberOf(WallTime time, int zoneMinutes) {
  return ch::floor<ch::days>(time.time_since_epoch() + ch::minutes(zoneMinutes)).count();
}

std::string dayOf(WallTime time, int zoneMinutes) {
  return base::formatTime(time + ch::minutes(zoneMinutes)).substr(0, 10);
}

std::optional<std::int64_t> dayNumber(std::string_view day) {
  if (!base::isDate(day)) return std::nullopt;
  const auto time = base::parseTime(std::string(day) + "T00:00:00Z");
  if (!time) return std::nullopt;
  return dayNumberOf(*time, 0);
}

}  // namespace lianqiao::history
