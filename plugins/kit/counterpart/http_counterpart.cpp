#include "kit/counterpart/http_counterpart.h"

#include <array>
#include <charconv>
#include <stdexcept>

#include "kit/answers/json_at.h"
#include "kit/time/china_time.h"
#include "lianqiao/ascii.h"

namespace lianqiao::kit {
namespace {

constexpr std::size_t kMostListed = 64u << 20;  // bytes of one page
constexpr json::Limits kListLimits{.depth = 64, .bytes = kMostListed};

Error notUnderstood(std::string detail) {
  return {codes::kProtocol,
          std::move(detail) + " Nothing is concluded from it; ask the platform what it answers."};
}

std::optional<std::uint64_t> countAt(const json::Value& root, std::string_view path) {
  const std::string_view text = scalarText(at(root, path));
  std::uint64_t count = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), count);
  return !text.empty() && read.ec == std::errc() && read.ptr == text.data() + text.size()
             ? std::optional(count)
             : std::nullopt;
}

std::optional<HeldSum> sumOf(const json::Value& value) {
  const auto count = countAt(value, "count");
  const std::string_view text = scalarText(value.find("sum"));
  HeldSum sum;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), sum.sum, 16);
  if (!count || text.size() != 16 || read.ec != std::errc() ||
      read.ptr != text.data() + text.size())
    return std::nullopt;
  sum.count = *count;
  return sum;
}

void checkAddress(std::string_view name, const std::string& url, std::string_view place) {
  if (url.empty()) return;
  if (!url.starts_with("http://") && !url.starts_with("https://"))
    throw std::invalid_argument(std::string(name) + " is no address; begin it with http://");
  if (url.find(place) == std::string::npos)
    throw std::invalid_argument(std::string(name) + " lacks " + std::string(place) +
                                "; write it where the platform wants it");
}

}  // namespace

std::string filledIn(std::string_view address,
                     std::span<const std::pair<std::string_view, std::string>> values) {
  std::string out;
  while (!address.empty()) {
    bool filled = false;
    for (const auto& [name, value] : values) {
      if (!address.starts_with(name)) continue;
      out += percentEncode(value);
      address.remove_prefix(name.size());
      filled = true;
      break;
    }
    if (filled) continue;
    out += address.front();
    address.remove_prefix(1);
  }
  return out;
}

std::unique_ptr<Counterpart> HttpCounterpart::make(const Settings& settings, Ask ask, Names names) {
  std::unique_ptr<HttpCounterpart> made(new HttpCounterpart(settings, std::move(ask), names));
  if (made->listUrl_.empty() && made->manifestUrl_.empty()) return nullptr;
  return made;
}

HttpCounterpart::HttpCounterpart(const Settings& settings, Ask ask, Names names)
    : listUrl_(settings.text("list_url")),
      itemsPath_(settings.text("list_items")),
      totalPath_(settings.text("list_total")),
      idPath_(settings.text("list_id")),
      timePath_(settings.text("list_time")),
      pageSize_(settings.integer("list_page_size")),
      manifestUrl_(settings.text("manifest_url")),
      fetchUrl_(settings.text("fetch_url")),
      fetchPath_(settings.text("fetch_item")),
      ask_(std::move(ask)),
      names_(names) {
  checkAddress("list_url", listUrl_, "{day}");
  checkAddress("fetch_url", fetchUrl_, "{id}");
  if (!listUrl_.empty() && !manifestUrl_.empty())
    throw std::invalid_argument("list_url and manifest_url are two ways to ask; choose one");
}

Result<json::Value> HttpCounterpart::get(std::string url, Deadline deadline) {
  answer_ = {};
  HttpCall call;
  call.method = "GET";
  call.url = std::move(url);
  call.maxAnswerBytes = kMostListed;
  auto response = ask_(std::move(call), deadline);
  if (!response) return response.error();
  answer_ = std::move(*response);
  if (const Outcome outcome = outcomeOfHttp(answer_); outcome.verdict != Verdict::delivered)
    return Error{outcome.code, outcome.detail};
  if (!answer_.unread.empty())
    return notUnderstood("The answer cannot be read: " + answer_.unread + '.');
  if (auto parsed = json::parse(answer_.body, document_, kListLimits); !parsed)
    return notUnderstood("The answer is no JSON: " + parsed.error().detail + '.');
  return document_.root;
}

std::string HttpCounterpart::sentAt(const json::Value& item, const std::string& path) const {
  return fieldText(at(item, names_ == Names::lower_case ? lowered(path) : path));
}

Result<HeldItem> HttpCounterpart::itemOf(const json::Value& item, const HeldQuery& query) const {
  HeldItem held;
  held.id = scalarText(at(item, idPath_));
  if (held.id.empty())
    return notUnderstood("An item of the list has no " + idPath_ + " (list_id).");
  if (!query.revision.empty()) held.revision = sentAt(item, query.revision);
  for (const std::string& path : query.fields) held.fields.push_back(sentAt(item, path));
  if (timePath_.empty()) return held;
  const std::string_view text = scalarText(at(item, timePath_));
  const auto moment = readMoment(text);
  if (!moment) return notUnderstood("An item of the list has no time at list_time.");
  held.at = *moment;
  return held;
}

Result<HeldPage> HttpCounterpart::list(const HeldQuery& query, std::string_view after,
                                       Deadline deadline) {
  // "page:seen" of what was listed before: platforms may give smaller pages than were asked for.
  std::uint64_t page = 1;
  std::uint64_t seen = 0;
  if (const std::size_t colon = after.find(':'); colon != std::string_view::npos) {
    std::from_chars(after.data(), after.data() + colon, page);
    std::from_chars(after.data() + colon + 1, after.data() + after.size(), seen);
  }
  const std::array<std::pair<std::string_view, std::string>, 3> values{
      {{"{day}", query.day},
       {"{page}", std::to_string(page)},
       {"{size}", std::to_string(pageSize_)}}};
  const auto root = get(filledIn(listUrl_, values), deadline);
  if (!root) return root.error();
  const json::Value* items = at(*root, itemsPath_);
  if (items == nullptr || !items->isArray())
    return notUnderstood("The answer has no list at list_items.");
  HeldPage held;
  if (!totalPath_.empty()) {
    held.total = countAt(*root, totalPath_);
    if (!held.total) return notUnderstood("The answer has no count at list_total.");
  }
  for (const json::Value& item : items->elements()) {
    auto read = itemOf(item, query);
    if (!read) return read.error();
    held.items.push_back(std::move(*read));
  }
  seen += held.items.size();
  const bool paged = listUrl_.find("{page}") != std::string::npos;
  const bool more = held.total ? seen < *held.total : true;
  if (paged && more && !held.items.empty())
    held.next = std::to_string(page + 1) + ':' + std::to_string(seen);
  return held;
}

Result<json::Value> HttpCounterpart::getManifest(const HeldQuery& query, const std::string& more,
                                                 Deadline deadline) {
  // What it has from us is what has come in there.
  std::string url = manifestUrl_;
  url += url.find('?') == std::string::npos ? '?' : '&';
  url += "day=" + query.day + "&direction=" + (query.sentToUs ? "out" : "in") + more;
  return get(std::move(url), deadline);
}

Result<HeldSummary> HttpCounterpart::summary(const HeldQuery& query, Deadline deadline) {
  const auto root = getManifest(query, {}, deadline);
  if (!root) return root.error();
  const json::Value* types = root->find("types");
  if (types == nullptr || !types->isArray()) return notUnderstood("The manifest has no types.");
  HeldSummary summary;
  summary.day = scalarText(root->find("day"));
  for (const json::Value& one : types->elements()) {
    const auto sum = sumOf(one);
    if (!sum) return notUnderstood("A type of the manifest has no count and digest.");
    summary.groups.push_back({std::string(scalarText(one.find("type"))), *sum});
  }
  return summary;
}

Result<std::vector<HeldSum>> HttpCounterpart::buckets(const HeldQuery& query, std::string_view type,
                                                      Deadline deadline) {
  const auto root = getManifest(query, "&type=" + percentEncode(type), deadline);
  if (!root) return root.error();
  const json::Value* buckets = root->find("buckets");
  if (buckets == nullptr || !buckets->isArray())
    return notUnderstood("The manifest of a type has no buckets.");
  std::vector<HeldSum> sums;
  for (const json::Value& one : buckets->elements()) {
    const auto sum = sumOf(one);
    if (!sum) return notUnderstood("A bucket of the manifest has no count and digest.");
    sums.push_back(*sum);
  }
  return sums;
}

Result<HeldPage> HttpCounterpart::listBuckets(const HeldQuery& query, std::string_view type,
                                              std::span<const std::uint8_t> buckets,
                                              std::string_view after, Deadline deadline) {
  std::string more = "&type=" + percentEncode(type) + "&bucket=";
  for (std::size_t i = 0; i < buckets.size(); ++i) {
    const char bucket = static_cast<char>(buckets[i]);
    more += (i == 0 ? "" : ",") + hex(std::string_view(&bucket, 1));
  }
  if (!after.empty()) more += "&after=" + percentEncode(after);
  const auto root = getManifest(query, more, deadline);
  if (!root) return root.error();
  const json::Value* items = root->find("items");
  if (items == nullptr || !items->isArray())
    return notUnderstood("The manifest's list of buckets has no items.");
  HeldPage page;
  page.day = scalarText(root->find("day"));
  page.next = scalarText(root->find("next"));
  page.total = countAt(*root, "total");
  for (const json::Value& one : items->elements()) {
    HeldItem& item = page.items.emplace_back();
    item.id = scalarText(one.find("id"));
    item.revision = scalarText(one.find("revision"));
    item.content = scalarText(one.find("content"));
    if (const auto moment = readMoment(scalarText(one.find("at")))) item.at = *moment;
    if (item.content.empty()) return notUnderstood("An item of the manifest has no content.");
  }
  return page;
}

Result<std::vector<RawItem>> HttpCounterpart::fetch(const HeldQuery&,
                                                    std::span<const std::string> ids,
                                                    Deadline deadline) {
  std::vector<RawItem> items;
  for (const std::string& id : ids) {
    const std::array<std::pair<std::string_view, std::string>, 1> values{{{"{id}", id}}};
    const auto root = get(filledIn(fetchUrl_, values), deadline);
    if (!root && answer_.status == 404) continue;
    if (!root) return root.error();
    const json::Value* thing = at(*root, fetchPath_);
    if (thing == nullptr || !thing->isObject())
      return notUnderstood("The answer has no thing at fetch_item.");
    RawItem& item = items.emplace_back();
    item.body = json::write(*thing);
    item.origin = "reconciliation";
  }
  return items;
}

}  // namespace lianqiao::kit
