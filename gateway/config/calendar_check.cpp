#include "config/calendar_check.h"

#include <charconv>
#include <chrono>
#include <map>

#include "yaml/map_reader.h"

namespace lianqiao::config {
namespace {

int numberIn(std::string_view text) {
  int number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  return error == std::errc() && end == text.data() + text.size() && text[0] != '-' ? number : -1;
}

bool isDate(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return false;
  const int year = numberIn(text.substr(0, 4));
  const int month = numberIn(text.substr(5, 2));
  const int day = numberIn(text.substr(8, 2));
  return year > 0 && month > 0 && day > 0 &&
         std::chrono::year_month_day(std::chrono::year(year),
                                     std::chrono::month(static_cast<unsigned>(month)),
                                     std::chrono::day(static_cast<unsigned>(day)))
             .ok();
}

void checkDates(const yaml::YamlNode* list, std::map<std::string, int>& lines,
                yaml::Findings& findings) {
  if (list == nullptr || list->isNull()) return;
  if (!list->isList()) {
    findings.add(
        list->finding("a list of dates is wanted here", "write one `- 2026-10-01` for each"));
    return;
  }
  for (const yaml::YamlNode& item : list->items()) {
    const auto text = yaml::readText(item, findings);
    if (!text) continue;
    if (!isDate(*text)) {
      findings.add(
          item.finding(yaml::shown(*text) + " is not a date", "write it as in 2026-10-01"));
      continue;
    }
    const auto [first, isNew] = lines.emplace(*text, item.position().line);
    if (!isNew) {
      findings.add(item.finding(
          "the date " + *text + " stands already in line " + std::to_string(first->second),
          "leave one out"));
    }
  }
}

}  // namespace

void checkCalendar(const yaml::YamlNode& root, yaml::Findings& findings) {
  yaml::MapReader map(&root, findings);
  std::string zone;
  map.require("zone", root, "write zone: \"+08:00\"");
  map.zone("zone", zone);
  std::map<std::string, int> lines;
  checkDates(map.take("holidays"), lines, findings);
  checkDates(map.take("workdays"), lines, findings);
  map.finish();
}

}  // namespace lianqiao::config
