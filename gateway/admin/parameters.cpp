#include "admin/parameters.h"

#include <charconv>

#include "base/rfc3339.h"
#include "lianqiao/codes.h"
#include "lianqiao/text.h"
#include "record/redact.h"

namespace lianqiao::admin {

Result<std::string> wordsOf(const std::string& name, const HttpRequest& request) {
  const std::string words = request.parameter(name);
  constexpr std::size_t kMost = 200;
  const auto wrong = [&](std::string why) {
    return Error{codes::kMalformed, name + std::move(why)};
  };
  if (!isUtf8(words)) {
    return wrong(
        " is not UTF-8. Set the terminal's encoding to UTF-8 (often it is GBK) and type it again.");
  }
  std::string line(trim(words));
  if (countCharacters(line) > kMost) {
    return wrong(" is longer than " + std::to_string(kMost) + " characters; say it in fewer.");
  }
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = ' ';
  }
  return record::maskNumbers(line);
}

Result<review::ExceptionFilter> filterOf(const HttpRequest& request) {
  review::ExceptionFilter filter;
  filter.peer = request.parameter("peer");
  filter.code = request.parameter("code");
  filter.after = request.parameter("after");
  const std::string limit = request.parameter("limit");
  if (!limit.empty()) {
    const auto read = std::from_chars(limit.data(), limit.data() + limit.size(), filter.limit);
    if (read.ec != std::errc() || read.ptr != limit.data() + limit.size() || filter.limit == 0 ||
        filter.limit > 1000) {
      return Error{codes::kMalformed, "limit must be a number from 1 to 1000."};
    }
  }
  for (auto [name, target] : {std::pair{"from", &filter.from}, std::pair{"to", &filter.to}}) {
    const std::string text = request.parameter(name);
    if (text.empty()) continue;
    *target = base::parseTime(text);
    if (!*target) {
      return Error{codes::kMalformed,
                   std::string(name) + " must be a time such as 2026-01-31T08:00:00+08:00."};
    }
  }
  return filter;
}

}  // namespace lianqiao::admin
