#include "file_drop/unread_list.h"

#include <algorithm>

#include "file_drop/posix_file.h"
#include "lianqiao/codes.h"
#include "lianqiao/digest.h"
#include "lianqiao/json.h"

namespace lianqiao::file_drop {

namespace {

constexpr std::size_t kMostInNote = 5;
constexpr std::size_t kMarkDigits = 16;

}  // namespace

void UnreadList::add(Unread one) {
  ++total_;
  const auto place =
      std::upper_bound(named_.begin(), named_.end(), one,
                       [](const Unread& a, const Unread& b) { return a.name < b.name; });
  named_.insert(place, std::move(one));
  if (named_.size() > kMostNamed) named_.pop_back();
}

std::string UnreadList::sentence(std::size_t most) const {
  std::string text = std::to_string(total_) + (total_ == 1 ? " is not read: " : " are not read: ");
  const std::size_t shown = std::min(most, named_.size());
  for (std::size_t i = 0; i < shown; ++i)
    text += (i > 0 ? "; " : "") + named_[i].name + " " + named_[i].why;
  if (total_ > shown) text += "; and " + std::to_string(total_ - shown) + " more";
  return text;
}

std::string UnreadList::mark() const {
  if (empty()) return {};
  return hex(digest(Hash::sha256, sentence(kMostNamed))).substr(0, kMarkDigits);
}

std::string UnreadList::note(const std::filesystem::path& folder) const {
  return empty() ? std::string() : displayName(folder) + ": " + sentence(kMostInNote);
}

RawItem UnreadList::item(const std::filesystem::path& folder,
                         const std::vector<std::string>& patterns) const {
  RawItem item;
  item.origin = displayName(folder);
  item.body = "{\"_origin\":{\"file\":";
  json::writeText(item.origin, item.body);
  item.body += "},\"total\":" + std::to_string(total_) + ",\"unread\":[";
  for (const Unread& one : named_) {
    if (item.body.back() != '[') item.body += ',';
    item.body += "{\"name\":";
    json::writeText(one.name, item.body);
    item.body += ",\"why\":";
    json::writeText(one.why, item.body);
    item.body += '}';
  }
  item.body += "]}";
  std::string taken;
  for (const std::string& pattern : patterns) taken += " " + pattern;
  item.problems.push_back(
      {codes::kBadFile, "",
       "of what lies in " + item.origin + " " + sentence(kMostNamed) + ". Files named" + taken +
           " are taken: take the others away, rename them, or mend `pattern` or `ignore_files`; "
           "this exception then closes by itself"});
  return item;
}

}  // namespace lianqiao::file_drop
