#include "kit/mock/day_list.h"

#include <charconv>
#include <optional>

#include "kit/time/china_time.h"

namespace lianqiao::kit {
namespace {

/// A whole number above 0.
std::optional<std::size_t> countOf(std::string_view text) {
  std::size_t count = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), count);
  return read.ec == std::errc() && count > 0 ? std::optional(count) : std::nullopt;
}

/// Of an address: what stands between its authority and its query.
std::string_view pathOf(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme != std::string_view::npos) url.remove_prefix(scheme + 3);
  const std::size_t slash = url.find('/');
  if (slash == std::string_view::npos) return "/";
  return url.substr(slash, url.find('?') - slash);
}

}  // namespace

DayList::DayList(const Settings& settings)
    : url_(settings.text("list_url")),
      itemsPath_(settings.text("list_items")),
      totalPath_(settings.text("list_total")),
      idPath_(settings.text("list_id")) {}

bool DayList::isAsked(const HttpRequest& request) const {
  return !url_.empty() && request.method == "GET" && request.path == pathOf(url_);
}

void DayList::add(const json::Value& thing, std::string_view id, WallTime now) {
  if (url_.empty()) return;
  std::vector<Placed> placed{{idPath_, jsonText(id)}};
  for (const json::Member& member : thing.members())
    placed.push_back({member.name, json::write(member.value)});
  std::string item = objectOf(placed);
  const Lock lock(mutex_);
  if (held_.size() < kMostHeld) held_.push_back({chinaTime(now).substr(0, 10), std::move(item)});
}

HttpResponse DayList::answer(const HttpRequest& request, std::span<const Placed> beside) const {
  const std::size_t query = url_.find('?');
  std::string day;
  std::size_t page = 1;
  std::size_t size = kMostHeld;
  for (const auto& [name, value] :
       parseQuery(query == std::string::npos ? std::string() : url_.substr(query + 1))) {
    const std::string asked = request.parameter(name);
    if (value == "{day}") day = asked;
    if (value == "{page}") page = countOf(asked).value_or(1);
    if (value == "{size}") size = countOf(asked).value_or(size);
  }
  if (day.empty()) return textAnswer(400, "which day?");
  std::string items = "[";
  std::size_t count = 0;
  {
    const Lock lock(mutex_);
    for (const Held& one : held_) {
      if (one.day != day) continue;
      if (count++ / size + 1 != page) continue;
      items.append(items.size() > 1 ? "," : "").append(one.item);
    }
  }
  items += ']';
  if (itemsPath_.empty()) return jsonAnswer(200, std::move(items));
  std::vector<Placed> placed{{itemsPath_, std::move(items)}};
  if (!totalPath_.empty()) placed.push_back({totalPath_, std::to_string(count)});
  placed.insert(placed.end(), beside.begin(), beside.end());
  return jsonAnswer(200, objectOf(placed));
}

}  // namespace lianqiao::kit
