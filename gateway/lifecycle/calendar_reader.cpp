#include "lifecycle/calendar_reader.h"

#include <map>

#include "base/rfc3339.h"
#include "lianqiao/ascii.h"
#include "lianqiao/text.h"
#include "lianqiao/time.h"
#include "yaml/map_reader.h"

namespace lianqiao::lifecycle {
namespace {

using std::chrono::days;
using yaml::Findings;
using yaml::YamlNode;

constexpr int kFirstYear = 1900;
constexpr int kLastYear = 2199;
/// No rest is longer.
constexpr days kLongestHoliday{31};
constexpr std::size_t kMostHours = 12;

std::optional<sys_days> dateFrom(const std::string& text) {
  const auto midnight = base::parseTime(text + "T00:00:00Z");
  return midnight ? std::optional(std::chrono::floor<days>(*midnight)) : std::nullopt;
}

std::string textOf(sys_days date) { return base::formatTime(date).substr(0, 10); }

std::string_view weekdayOf(sys_days date) {
  static constexpr std::string_view kNames[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                                "Thursday", "Friday", "Saturday"};
  return kNames[std::chrono::weekday(date).c_encoding()];
}

bool isWeekend(sys_days date) {
  const unsigned day = std::chrono::weekday(date).c_encoding();
  return day == 0 || day == 6;
}

/// "08:30"; 24:00 is the end of a day.
std::optional<std::chrono::minutes> timeOfDay(std::string_view text) {
  if (text.size() != 5 || text[2] != ':') return std::nullopt;
  const auto hour = decimalText(text.substr(0, 2));
  const auto minute = decimalText(text.substr(3, 2));
  if (!hour || !minute || *minute > 59 || *hour * 60 + *minute > 24 * 60) return std::nullopt;
  return std::chrono::minutes(*hour * 60 + *minute);
}

/// Reads the file from top to bottom.
class CalendarReader {
 public:
  explicit CalendarReader(Findings& findings) : findings_(findings) {}

  WorkingCalendar::Content read(const YamlNode& root) {
    yaml::MapReader map(&root, findings_);
    std::string zone;
    map.require("zone", root, "write zone: \"+08:00\"");
    map.zone("zone", zone);
    content_.offset = parseOffset(zone).value_or(kChinaOffset);
    if (const YamlNode* spans =
            map.require("hours", root, "write hours: [\"08:30-12:00\", \"13:30-17:30\"]"))
      readHours(*spans);
    if (const YamlNode* years =
            map.require("years", root, "write years: and below it 2026: with its holidays"))
      readYears(*years);
    for (const std::string_view key : {"holidays", "workdays"}) {
      if (const YamlNode* list = map.take(key))
        findings_.add(list->finding("days stand below the year of their notice",
                                    "write years: {2026: {source: …, holidays: […]}}"));
    }
    map.finish();
    return std::move(content_);
  }

 private:
  void readHours(const YamlNode& list) {
    if (!list.isList() || list.items().empty() || list.items().size() > kMostHours) {
      findings_.add(list.finding("a list of 1 to 12 spans of a day is wanted here",
                                 "write [\"08:30-12:00\", \"13:30-17:30\"]"));
      return;
    }
    for (const YamlNode& item : list.items()) {
      const auto text = yaml::readText(item, findings_);
      if (text) readSpan(item, *text);
    }
  }

  void readSpan(const YamlNode& item, std::string_view text) {
    const std::size_t dash = text.find('-');
    const auto from = timeOfDay(trim(text.substr(0, dash)));
    const auto to = dash == text.npos ? std::nullopt : timeOfDay(trim(text.substr(dash + 1)));
    if (!from || !to || *from >= *to) {
      findings_.add(item.finding(yaml::shown(text) + " is no span of a day",
                                 "write it as in \"08:30-12:00\", the earlier time first"));
    } else if (!content_.hours.empty() && *from < content_.hours.back().to) {
      findings_.add(item.finding("these hours begin before those above them end",
                                 "write them in the order of the day, without overlap"));
    } else {
      content_.hours.push_back({*from, *to});
    }
  }

  void readYears(const YamlNode& node) {
    if (!node.isMap() || node.entries().empty()) {
      findings_.add(node.finding("a map of years is wanted here",
                                 "write 2026: and below it source, holidays and workdays"));
      return;
    }
    for (const YamlNode::Entry& entry : node.entries()) {
      const auto number = decimalText(entry.key);
      if (entry.key.size() != 4 || !number || *number < kFirstYear || *number > kLastYear) {
        findings_.add(
            yaml::findingAtKey(entry, "'" + entry.key + "' is not a year", "write it as in 2026"));
        continue;
      }
      const int year = static_cast<int>(*number);
      content_.years.insert(year);
      readYear(year, entry.value);
    }
  }

  void readYear(int year, const YamlNode& node) {
    if (!node.isMap()) {
      findings_.add(node.finding("source, holidays and workdays are wanted here",
                                 "write {source: …, holidays: […], workdays: […]}"));
      return;
    }
    yaml::MapReader map(&node, findings_);
    std::string source;
    map.require("source", node, "name the notice that the days were taken from");
    map.text("source", source);
    readDays(year, map.require("holidays", node, "write holidays: […]"), false);
    readDays(year, map.take("workdays"), true);
    map.finish();
  }

  void readDays(int year, const YamlNode* list, bool worked) {
    if (list == nullptr || list->isNull()) return;
    if (!list->isList()) {
      findings_.add(
          list->finding("a list of dates is wanted here", "write one `- 2026-10-01` for each"));
      return;
    }
    for (const YamlNode& item : list->items()) {
      if (!item.isMap()) {
        if (const auto date = readDate(item)) addDay(year, item, *date, worked);
        continue;
      }
      readSpanOfDays(year, item, worked);
    }
  }

  /// {from: 2026-10-01, to: 2026-10-07, name: 国庆}
  void readSpanOfDays(int year, const YamlNode& item, bool worked) {
    yaml::MapReader map(&item, findings_);
    const YamlNode* from = map.require("from", item, "write {from: 2026-10-01, to: 2026-10-07}");
    const YamlNode* to = map.require("to", item, "write {from: 2026-10-01, to: 2026-10-07}");
    std::string name;
    map.text("name", name);
    map.finish();
    if (from == nullptr || to == nullptr) return;
    const auto first = readDate(*from);
    const auto last = readDate(*to);
    if (!first || !last) return;
    if (*last < *first || *last - *first >= kLongestHoliday) {
      findings_.add(to->finding("these are no 1 to 31 days", "write the first and the last day"));
      return;
    }
    for (sys_days date = *first; date <= *last; date += days(1)) addDay(year, item, date, worked);
  }

  std::optional<sys_days> readDate(const YamlNode& node) {
    const auto text = yaml::readText(node, findings_);
    if (!text) return std::nullopt;
    const auto date = dateFrom(*text);
    if (!date)
      findings_.add(
          node.finding(yaml::shown(*text) + " is not a date", "write it as in 2026-10-01"));
    return date;
  }

  void addDay(int year, const YamlNode& node, sys_days date, bool worked) {
    const std::chrono::year_month_day day(date);
    const int own = static_cast<int>(day.year());
    // A notice also speaks of the last days before its year.
    const bool isBefore = own == year - 1 && day.month() == std::chrono::December;
    if (own != year && !isBefore) {
      findings_.add(node.finding(
          textOf(date) + " is not a day of " + std::to_string(year) + " or of the December before",
          "put it below its own year"));
      return;
    }
    const auto [first, isNew] = lines_.emplace(date, node.position().line);
    if (!isNew) {
      findings_.add(node.finding(
          "the date " + textOf(date) + " stands already in line " + std::to_string(first->second),
          "leave one out"));
    } else if (worked && !isWeekend(date)) {
      findings_.add(node.finding(
          textOf(date) + " is a " + std::string(weekdayOf(date)) + ": a working day anyway",
          "leave it out, or mend the date"));
    } else {
      (worked ? content_.makeUpDays : content_.holidays).insert(date);
    }
  }

  Findings& findings_;
  WorkingCalendar::Content content_;
  std::map<sys_days, int> lines_;
};

}  // namespace

std::optional<WorkingCalendar> readCalendar(const YamlNode& root, Findings& findings) {
  const std::size_t before = findings.all().size();
  WorkingCalendar::Content content = CalendarReader(findings).read(root);
  if (findings.all().size() != before) return std::nullopt;
  return WorkingCalendar(std::move(content));
}

}  // namespace lianqiao::lifecycle
