#include "file_drop/list_name.h"

#include <stdexcept>

namespace lianqiao::file_drop {

namespace {

constexpr std::string_view kDay = "{day}";
constexpr std::string_view kCompactDay = "{yyyymmdd}";
constexpr std::string_view kDirection = "{direction}";

std::string replaced(std::string text, std::string_view placeholder, std::string_view value) {
  for (std::size_t at = text.find(placeholder); at != std::string::npos;
       at = text.find(placeholder, at + value.size()))
    text.replace(at, placeholder.size(), value);
  return text;
}

}  // namespace

ListName::ListName(const DropSettings& settings)
    : folder_(settings.list.file.parent_path()), name_(settings.list.file.filename()) {
  const auto refuse = [&](std::string_view why) {
    throw std::invalid_argument("list_file " + settings.list.file.native() + " " +
                                std::string(why));
  };
  if (name_.find(kDay) == std::string::npos && name_.find(kCompactDay) == std::string::npos)
    refuse("names no day; write {day} or {yyyymmdd} in its last part, such as lists/{day}.csv");
  if (folder_.native().find('{') != std::string::npos ||
      of("2026-11-30", false).find_first_of("{}") != std::string::npos)
    refuse("has a placeholder that is none; {day}, {yyyymmdd} and {direction} stand in its name");
  if (!pathBelow(settings.folder, settings.list.file).empty())
    refuse("lies inside folder, where each file is a ledger; name a folder beside it");
}

std::string ListName::of(std::string_view day, bool sentToUs) const {
  std::string name = replaced(name_, kCompactDay, replaced(std::string(day), "-", ""));
  name = replaced(std::move(name), kDirection, sentToUs ? "in" : "out");
  return replaced(std::move(name), kDay, day);
}

}  // namespace lianqiao::file_drop
