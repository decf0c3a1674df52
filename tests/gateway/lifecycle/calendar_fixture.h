#pragma once

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <string_view>

#include "base/rfc3339.h"
#include "conformance/test_data.h"
#include "gateway/lifecycle/findings_text.h"
#include "lifecycle/calendar_reader.h"
#include "yaml/yaml_reader.h"

namespace lianqiao::lifecycle {

/// "2026-10-01 08:30" on the clock of China.
inline WallTime at(std::string_view text) {
  const auto time = base::parseTime(std::string(text.substr(0, 10)) + 'T' +
                                    std::string(text.substr(11)) + ":00+08:00");
  EXPECT_TRUE(time) << text;
  return time.value_or(WallTime());
}

/// The same of a moment, for messages of tests.
inline std::string shown(WallTime time) {
  const std::string text = base::formatTime(time + std::chrono::hours(8));
  return text.substr(0, 10) + ' ' + text.substr(11, 5);
}

inline sys_days day(std::string_view text) {
  return std::chrono::floor<std::chrono::days>(at(std::string(text) + " 00:00") +
                                               std::chrono::hours(8));
}

/// The one that ships with the configuration; of 2026 alone.
inline const WorkingCalendar& shippedCalendar() {
  static const WorkingCalendar kCalendar = [] {
    yaml::Findings findings;
    const auto root = yaml::YamlReader::readFile(
        std::filesystem::path(LIANQIAO_SOURCE_DIR) / "config/calendar.yaml", "calendar.yaml",
        findings);
    auto calendar = root ? readCalendar(*root, findings) : std::nullopt;
    EXPECT_TRUE(calendar) << textOf(findings);
    return calendar ? *calendar
                    : WorkingCalendar({std::chrono::minutes(0),
                                       {{std::chrono::minutes(0), std::chrono::minutes(1)}},
                                       {},
                                       {}});
  }();
  return kCalendar;
}

}  // namespace lianqiao::lifecycle
