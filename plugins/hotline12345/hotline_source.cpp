#include "hotline12345/hotline_source.h"

#include <algorithm>
#include <charconv>

#include "kit/time/china_time.h"

namespace lianqiao::hotline12345 {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

std::string cursorText(std::string_view from, std::string_view to, std::int64_t page) {
  std::string out = R"({"from":)";
  json::writeText(from, out);
  out += R"(,"to":)";
  json::writeText(to, out);
  return out + R"(,"page":)" + std::to_string(page) + '}';
}

/// More in one window means that the peer's answer is wrong.
constexpr std::int64_t kMostPages = 1'000'000;

/// A count of up to nine digits, as number or text; nullopt for anything else.
std::optional<std::int64_t> countOf(const json::Value* value) {
  if (value == nullptr || !(value->isNumber() || value->isString())) return std::nullopt;
  const std::string_view text = value->text();
  std::int64_t number = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), number);
  const bool digits = !text.empty() && text.front() != '-' && read.ptr == text.data() + text.size();
  if (text.size() > 9 || !digits) return std::nullopt;
  return number;
}

/// How many pages the window has. Believing a wrong count would lose orders, or ask without end.
Result<std::int64_t> pagesOf(const json::Value& data, const json::Value& list, std::int64_t page) {
  const auto wrong = [page](std::string_view what) {
    return Error{codes::kProtocol,
                 "The hotline's answer for page " + std::to_string(page) + " " + std::string(what) +
                     "; nothing of it was taken. Ask the platform what its order list answers."};
  };
  const auto pages = countOf(data.find("totalPage"));
  if (!pages || *pages > kMostPages) return wrong("has no data.totalPage that is a count of pages");
  if (*pages == 0 && !list.elements().empty())
    return wrong("lists orders, but its data.totalPage is 0");
  if (page < *pages && list.elements().empty())
    return wrong("is empty, but its data.totalPage promises more");
  return *pages;
}

}  // namespace

HotlineSource::HotlineSource(const Settings& settings, Host& host)
    : host_(host),
      url_(settings.text("url") + settings.text("pull_path")),
      token_(settings.secret("pull_token")),
      pageSize_(settings.integer("page_size")),
      overlap_(settings.duration("overlap")),
      lookBack_(settings.duration("look_back")) {}

Result<HotlineSource::Place> HotlineSource::placeOf(std::string_view cursor) const {
  Place place;
  if (cursor.empty()) {
    place.from = kit::chinaTime(host_.now() - lookBack_);
    return place;
  }
  json::Document document;
  if (auto parsed = json::parse(cursor, document); !parsed) return parsed.error();
  const auto text = [&](std::string_view name) {
    const json::Value* value = document.root.find(name);
    return std::string(value == nullptr ? std::string_view() : value->text());
  };
  place.from = text("from");
  place.to = text("to");
  place.page =
      std::clamp<std::int64_t>(countOf(document.root.find("page")).value_or(1), 1, kMostPages);
  return place;
}

Result<HttpResponse> HotlineSource::ask(const Place& place, Deadline deadline) {
  HttpCall call;
  call.url = url_;
  call.maxAnswerBytes = 32u << 20;
  call.headers.add("Content-Type", "application/json");
  if (!token_.empty()) call.headers.add("Authorization", "Bearer " + token_.reveal());
  call.body = R"({"beginStartTime":")" + place.from + R"(","endStartTime":")" + place.to +
              R"(","pageNo":)" + std::to_string(place.page) + R"(,"pageSize":)" +
              std::to_string(pageSize_) + '}';
  return host_.send(call, deadline);
}

Result<Batch> HotlineSource::poll(std::string_view cursor, Deadline deadline) {
  auto place = placeOf(cursor);
  if (!place) return place.error();
  if (place->to.empty()) place->to = kit::chinaTime(host_.now());

  auto response = ask(*place, deadline);
  if (!response) return response.error();
  const Outcome outcome = outcomeOfHttp(*response);
  if (outcome.verdict == Verdict::refused) {
    return Error{outcome.code, "The hotline refused the pull token (" + outcome.detail +
                                   "); copy a new one from its web page into pull_token."};
  }
  if (outcome.verdict != Verdict::delivered) return Error{outcome.code, outcome.detail};
  if (!response->unread.empty()) {
    return Error{codes::kProtocol, "The hotline's list cannot be read: " + response->unread + '.'};
  }
  json::Document document;
  if (auto parsed = json::parse(response->body, document, {.depth = 64, .bytes = 64u << 20});
      !parsed)
    return parsed.error();
  const json::Value* status = document.root.find("status");
  if (const std::int64_t code = countOf(status).value_or(0); code != 200) {
    const bool refused = code == 401 || code == 403;
    return Error{std::string(refused ? codes::kRefused : codes::kPeerError),
                 "The hotline answered status " + std::to_string(code) + " inside its body" +
                     (refused ? "; copy a new token from its web page into pull_token."
                              : "; it is asked again.")};
  }
  const json::Value* data = document.root.find("data");
  const json::Value* list = data == nullptr ? nullptr : data->find("list");
  if (list == nullptr || !list->isArray()) {
    return Error{codes::kProtocol,
                 "The hotline's answer has no data.list; is pull_path the order list?"};
  }
  const auto pages = pagesOf(*data, *list, place->page);
  if (!pages) return pages.error();
  Batch batch;
  for (const json::Value& order : list->elements()) {
    std::string body = json::write(order);
    if (const std::string mark = digest(Hash::sha1, body); stored_.contains(mark)) {
      current_.insert(mark);
      continue;
    }
    RawItem& item = batch.items.emplace_back();
    item.body = std::move(body);
    item.origin = "pull " + place->from + " page " + std::to_string(place->page);
  }
  if (place->page < *pages) {
    batch.cursor = cursorText(place->from, place->to, place->page + 1);
    batch.more = true;
  } else {
    const auto end = kit::readMoment(place->to);
    batch.cursor = cursorText(end ? kit::chinaTime(*end - overlap_) : place->from, "", 1);
    // Rows that this window no longer shows will not come back.
    stored_ = std::exchange(current_, {});
  }
  return batch;
}

Result<void> HotlineSource::confirm(const Batch& batch, std::span<const ItemVerdict>) {
  for (const RawItem& item : batch.items) {
    const std::string mark = digest(Hash::sha1, item.body);
    stored_.insert(mark);
    if (batch.more) current_.insert(mark);
  }
  return {};
}

}  // namespace lianqiao::hotline12345
