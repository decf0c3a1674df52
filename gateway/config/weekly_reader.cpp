#include "config/weekly_reader.h"

#include <algorithm>
#include <vector>

#include "lianqiao/ascii.h"
#include "lianqiao/text.h"
#include "yaml/map_reader.h"

namespace lianqiao::config {
namespace {

using Minutes = std::chrono::minutes;
using Span = base::WeeklyHours::Span;

constexpr Minutes kDay{24 * 60};
constexpr std::size_t kMostSpans = 48;

/// HH:MM, 24:00 included.
std::optional<Minutes> timeOfDay(std::string_view text) {
  const bool shaped =
      text.size() == 5 && text[2] == ':' && isDigits(text.substr(0, 2)) && isDigits(text.substr(3));
  if (!shaped) return std::nullopt;
  const auto two = [&](std::size_t at) { return (text[at] - '0') * 10 + (text[at + 1] - '0'); };
  const Minutes time{two(0) * 60 + two(3)};
  if (two(3) > 59 || time > kDay) return std::nullopt;
  return time;
}

Minutes offsetOf(const std::string& zone) {
  const Minutes size = timeOfDay(std::string_view(zone).substr(1)).value_or(Minutes(0));
  return zone.front() == '-' ? -size : size;
}

std::uint8_t readDays(const yaml::YamlNode* list, yaml::Findings& findings) {
  if (list == nullptr) return base::WeeklyHours::kEveryDay;
  std::uint8_t days = 0;
  if (!list->isList() || list->items().empty()) {
    findings.add(list->finding("a list of days of the week is wanted here",
                               "write [1, 2, 3, 4, 5] for Monday to Friday"));
    return base::WeeklyHours::kEveryDay;
  }
  for (const yaml::YamlNode& item : list->items())
    if (const auto day = yaml::readInteger(item, {1, 7}, findings))
      days = static_cast<std::uint8_t>(days | 1U << (*day - 1));
  return days;
}

/// The texts of a list that is not empty, each with its node.
template <typename Each>
void readTexts(const yaml::YamlNode& list, std::string_view remedy, yaml::Findings& findings,
               Each each) {
  if (!list.isList() || list.items().empty() || list.items().size() > kMostSpans) {
    findings.add(list.finding("a list of 1 to 48 times is wanted here", std::string(remedy)));
    return;
  }
  for (const yaml::YamlNode& item : list.items())
    if (const auto text = yaml::readText(item, findings)) each(item, trim(*text));
}

std::vector<Span> readBegins(const yaml::YamlNode& list, milliseconds length,
                             yaml::Findings& findings) {
  std::vector<Span> spans;
  constexpr std::string_view kRemedy = "write at: [\"02:00\"]";
  readTexts(list, kRemedy, findings, [&](const yaml::YamlNode& item, std::string_view text) {
    const auto time = timeOfDay(text);
    if (time && *time < kDay) {
      spans.push_back({*time, length});
    } else {
      findings.add(
          item.finding(yaml::shown(text) + " is no time of the day", "write it as in \"02:00\""));
    }
  });
  return spans;
}

std::vector<Span> readHours(const yaml::YamlNode* list, yaml::Findings& findings) {
  if (list == nullptr) return {{Minutes(0), kDay}};
  std::vector<Span> spans;
  constexpr std::string_view kRemedy = "write hours: [\"08:00-18:00\"]";
  readTexts(*list, kRemedy, findings, [&](const yaml::YamlNode& item, std::string_view text) {
    const std::size_t dash = std::min(text.find('-'), text.size());
    const auto from = timeOfDay(trim(text.substr(0, dash)));
    const auto to = timeOfDay(trim(text.substr(std::min(dash + 1, text.size()))));
    if (from && to && *from < kDay && *from != *to) {
      spans.push_back({*from, *to > *from ? *to - *from : *to + kDay - *from});
    } else {
      findings.add(item.finding(yaml::shown(text) + " is no span of a day",
                                "write it as in \"08:00-18:00\""));
    }
  });
  return spans;
}

}  // namespace

std::optional<base::WeeklyHours> readSchedule(const yaml::YamlNode& node, const std::string& zone,
                                              yaml::Findings& findings) {
  const std::size_t before = findings.all().size();
  yaml::MapReader map(&node, findings);
  milliseconds within = 1h;
  map.duration("within", within, {1min, 24h});
  const yaml::YamlNode* at = map.require("at", node, "write at: [\"02:00\"]");
  std::vector<Span> spans;
  if (at != nullptr) spans = readBegins(*at, within, findings);
  const std::uint8_t days = readDays(map.take("days"), findings);
  map.finish();
  if (findings.all().size() != before) return std::nullopt;
  return base::WeeklyHours(std::move(spans), days, offsetOf(zone));
}

std::optional<Expectation> readExpectation(const yaml::YamlNode& node, const std::string& zone,
                                           yaml::Findings& findings) {
  const std::size_t before = findings.all().size();
  yaml::MapReader map(&node, findings);
  milliseconds within{0};
  map.require("within", node, "write within: 30m, the longest time between two records");
  map.duration("within", within, {1min, 24h});
  std::vector<Span> spans = readHours(map.take("hours"), findings);
  const std::uint8_t days = readDays(map.take("days"), findings);
  map.finish();
  if (findings.all().size() != before) return std::nullopt;
  return Expectation{within, base::WeeklyHours(std::move(spans), days, offsetOf(zone))};
}

}  // namespace lianqiao::config
