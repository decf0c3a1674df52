#include "hotline12345/hotline_source.h"

#include <cstdio>

namespace lianqiao::hotline12345 {
namespace {

using std::chrono::milliseconds;
using namespace std::chrono_literals;

constexpr auto kChina = 8h;

std::string cursorText(std::string_view from, std::string_view to, std::int64_t page) {
  std::string out = R"({"from":)";
  json::writeText(from, out);
  out += R"(,"to":)";
  json::writeText(to, out);
  return out + R"(,"page":)" + std::to_string(page) + '}';
}

std::int64_t integerOf(const json::Value* value) {
  if (value == nullptr) return 0;
  if (value->isNumber()) return value->integer().value_or(0);
  std::int64_t number = 0;
  for (const char digit : value->text()) {
    if (digit < '0' || digit > '9') return 0;
    number = number * 10 + (digit - '0');
  }
  return number;
}

}  // namespace

std::string chinaTime(WallTime time) {
  const auto local = time + kChina;
  const auto day = std::chrono::floor<std::chrono::days>(local);
  const std::chrono::year_month_day date(day);
  const std::chrono::hh_mm_ss clock(std::chrono::floor<std::chrono::seconds>(local - day));
  char text[96];
  std::snprintf(text, sizeof text, "%04d-%02u-%02u %02ld:%02ld:%02ld",
                static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                static_cast<unsigned>(date.day()), static_cast<long>(clock.hours().count()),
                static_cast<long>(clock.minutes().count()),
                static_cast<long>(clock.seconds().count()));
  return text;
}

std::optional<WallTime> fromChinaTime(std::string_view text) {
  int year = 0;
  unsigned month = 0, day = 0, hour = 0, minute = 0, second = 0;
  if (std::sscanf(std::string(text).c_str(), "%4d-%2u-%2u %2u:%2u:%2u", &year, &month, &day, &hour,
                  &minute, &second) != 6) {
    return std::nullopt;
  }
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(month),
                                         std::chrono::day(day)};
  if (!date.ok() || hour > 23 || minute > 59 || second > 59) return std::nullopt;
  return std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
         std::chrono::seconds(second) - kChina;
}

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
    place.from = chinaTime(host_.now() - lookBack_);
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
  place.page = std::max<std::int64_t>(1, integerOf(document.root.find("page")));
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
  if (place->to.empty()) place->to = chinaTime(host_.now());

  auto response = ask(*place, deadline);
  if (!response) return response.error();
  const Outcome outcome = outcomeOfHttp(*response);
  if (outcome.verdict == Verdict::refused) {
    return Error{outcome.code, "The hotline refused the pull token (" + outcome.detail +
                                   "); copy a new one from its web page into pull_token."};
  }
  if (outcome.verdict != Verdict::delivered) return Error{outcome.code, outcome.detail};
  json::Document document;
  if (auto parsed = json::parse(response->body, document, {.depth = 64, .bytes = 64u << 20});
      !parsed)
    return parsed.error();
  const json::Value* status = document.root.find("status");
  if (const std::int64_t code = integerOf(status); code != 200) {
    const bool refused = code == 401 || code == 403;
    return Error{std::string(refused ? codes::kRefused : codes::kPeerError),
                 "The hotline answered status " + std::to_string(code) + " inside its body" +
                     (refused ? "; copy a new token from its web page into pull_token."
                              : "; it is asked again.")};
  }
  const json::Value* data = document.root.find("data");
  const json::Value* list = data == nullptr ? nullptr : data->find("list");
  if (list == nullptr || !list->isArray()) {
    return Error{std::string(codes::kProtocol),
                 "The hotline's answer has no data.list; is pull_path the order list?"};
  }
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
  const std::int64_t pages = integerOf(data->find("totalPage"));
  if (place->page < pages) {
    batch.cursor = cursorText(place->from, place->to, place->page + 1);
    batch.more = true;
  } else {
    const auto end = fromChinaTime(place->to);
    batch.cursor = cursorText(end ? chinaTime(*end - overlap_) : place->from, "", 1);
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
