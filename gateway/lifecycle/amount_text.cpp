#include "lifecycle/amount_text.h"

#include <algorithm>
#include <charconv>

#include "lianqiao/ascii.h"
#include "lianqiao/text.h"

namespace lianqiao::lifecycle {
namespace {

struct AmountUnit {
  std::string_view name;
  Unit unit;
  int factor;
};

constexpr AmountUnit kAmountUnits[] = {{"s", Unit::seconds, 1},
                                       {"min", Unit::minutes, 1},
                                       {"h", Unit::minutes, 60},
                                       {"work_hours", Unit::work_hours, 1},
                                       {"working_days", Unit::working_days, 1},
                                       {"days", Unit::calendar_days, 1}};
constexpr int kMostDays = 3650;

/// Ten years; of work hours fewer than a day has; of seconds a day's.
int mostOf(const AmountUnit& unit) {
  if (unit.unit == Unit::seconds) return 24 * 60 * 60;
  if (unit.unit == Unit::minutes) return kMostDays * 24 * 60 / unit.factor;
  return unit.unit == Unit::work_hours ? kMostDays * 8 : kMostDays;
}

}  // namespace

yaml::Reading<Amount> parseAmount(std::string_view text) {
  const auto end = std::find_if_not(text.begin(), text.end(), isDigit);
  const std::string_view digits = text.substr(0, static_cast<std::size_t>(end - text.begin()));
  const std::string_view word = trim(text.substr(digits.size()));
  std::vector<std::string_view> names;
  for (const AmountUnit& unit : kAmountUnits) names.push_back(unit.name);
  const auto* const unit = std::find_if(std::begin(kAmountUnits), std::end(kAmountUnits),
                                        [&](const AmountUnit& one) { return one.name == word; });
  if (digits.empty() || unit == std::end(kAmountUnits)) {
    return yaml::BadValue{yaml::shown(text) + " is not a number with a unit of deadlines",
                          digits.empty() ? "write it as in 15 min, 2 h, 5 work_hours, "
                                           "10 working_days, 7 days"
                                         : yaml::suggestion(word, names)};
  }
  int count = 0;
  const auto [rest, error] = std::from_chars(digits.data(), digits.data() + digits.size(), count);
  if (error != std::errc() || digits.front() == '0' || count > mostOf(*unit)) {
    return yaml::BadValue{
        yaml::shown(text) + " is out of range",
        "write 1 to " + std::to_string(mostOf(*unit)) + " " + std::string(unit->name)};
  }
  return Amount{unit->unit, count * unit->factor};
}

}  // namespace lianqiao::lifecycle
