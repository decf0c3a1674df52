#include "cli/filter_query.h"

#include "base/rfc3339.h"
#include "lianqiao/codes.h"
#include "lianqiao/http.h"
#include "yaml/scalar.h"

namespace lianqiao::cli {
namespace {

Result<WallTime> timeOf(std::string_view option, const std::string& text,
                        const base::Clock& clock) {
  if (const auto time = base::parseTime(text)) return *time;
  const auto ago = yaml::parseDuration(text, yaml::kAnyDuration);
  if (const auto* duration = std::get_if<std::chrono::milliseconds>(&ago))
    return clock.wall() - *duration;
  return Error{
      codes::kConfig,
      "--" + std::string(option) +
          " takes a time such as 2026-01-31T08:00:00+08:00, or how long ago (30m, 2h, 7d), not \"" +
          text + "\"."};
}

}  // namespace

Result<std::string> filterQuery(const Arguments& arguments, const base::Clock& clock) {
  std::string query;
  const auto add = [&query](std::string_view name, std::string_view value) {
    if (!query.empty()) query += '&';
    query.append(name).append("=") += percentEncode(value);
  };
  for (const char* name : {"peer", "code"}) {
    if (arguments.has(name)) add(name, arguments.get(name));
  }
  for (const auto& [option, parameter] :
       {std::pair{"since", "from"}, {"from", "from"}, {"until", "to"}, {"to", "to"}}) {
    if (!arguments.has(option)) continue;
    const auto time = timeOf(option, arguments.get(option), clock);
    if (!time) return time.error();
    add(parameter, base::formatTime(*time));
  }
  return query;
}

}  // namespace lianqiao::cli
