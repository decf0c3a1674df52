#include "data_exchange/exchange_source.h"

#include <algorithm>
#include <array>

#include "kit/answers/json_at.h"
#include "kit/time/china_time.h"
#include "lianqiao/ascii.h"

namespace lianqiao::data_exchange {
namespace {

constexpr std::size_t kPageBytes = 32u << 20;
constexpr std::size_t kRemembered = 100'000;  // rows of one window
constexpr json::Limits kAnswerLimits{.depth = 64, .bytes = 64u << 20};

std::optional<std::int64_t> integerOf(const json::Value* value) {
  if (value == nullptr) return std::nullopt;
  if (value->isNumber()) return value->integer();
  std::int64_t number = 0;
  const std::string_view text = value->text();
  if (text.empty() || text.size() > 15) return std::nullopt;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    number = number * 10 + (c - '0');
  }
  return number;
}

std::optional<WallTime> momentOf(const json::Value* value) {
  const auto count = integerOf(value);
  return count ? std::optional(WallTime(std::chrono::milliseconds(*count))) : std::nullopt;
}

kit::TimeForm formOf(const std::string& name) {
  if (name == "compact") return kit::TimeForm::compact;
  if (name == "epoch_ms") return kit::TimeForm::epoch_ms;
  return name == "epoch_s" ? kit::TimeForm::epoch_s : kit::TimeForm::text;
}

std::string fingerprintOf(std::string_view text) {
  return digest(Hash::sha256, text).substr(0, 16);
}

Error broken(std::string detail) { return {codes::kProtocol, std::move(detail)}; }

}  // namespace

ExchangeSource::ExchangeSource(const Settings& settings, Host& host)
    : host_(host),
      connection_(connectionOf(settings)),
      rules_(settings),
      field_(settings.text("query_field")),
      sign_(settings.text("query_operator")),
      signEnd_(settings.text("query_end_operator")),
      returnType_(settings.text("return_type")),
      form_(formOf(settings.text("query_time"))),
      windowEnd_(settings.text("window_end") == "same_group"  ? WindowEnd::same_group
                 : settings.text("window_end") == "own_group" ? WindowEnd::own_group
                                                              : WindowEnd::none),
      pageSize_(settings.integer("page_size")),
      overlap_(settings.duration("overlap")),
      lookBack_(settings.duration("look_back")),
      listPath_(settings.text("list_path")),
      totalPath_(settings.text("total_path")),
      idField_(settings.text("row_id_field")),
      client_(connection_, *queryServiceOf(settings), rules_, host) {}

Result<ExchangeSource::Place> ExchangeSource::placeOf(std::string_view cursor) const {
  Place place;
  if (cursor.empty()) {
    place.since = host_.now() - lookBack_;
  } else {
    json::Document document;
    if (auto parsed = json::parse(cursor, document); !parsed) return parsed.error();
    const json::Value& root = document.root;
    const auto since = momentOf(root.find("since"));
    if (!since) return Error{codes::kInternal, "The stored cursor has no since."};
    place.since = *since;
    place.until = momentOf(root.find("until"));
    place.newest = momentOf(root.find("newest"));
    place.page = std::max<std::int64_t>(1, integerOf(root.find("page")).value_or(1));
    place.seen = integerOf(root.find("seen")).value_or(0);
    place.total = integerOf(root.find("total")).value_or(-1);
    place.lastPage = kit::scalarText(root.find("last"));
  }
  if (windowEnd_ != WindowEnd::none && !place.until) place.until = host_.now();
  return place;
}

std::string ExchangeSource::cursorText(const Place& place) {
  std::string out = "{\"since\":" + std::to_string(place.since.time_since_epoch().count()) +
                    ",\"page\":" + std::to_string(place.page);
  const auto add = [&out](std::string_view name, std::int64_t value) {
    out += ",\"" + std::string(name) + "\":" + std::to_string(value);
  };
  if (place.until) add("until", place.until->time_since_epoch().count());
  if (place.newest) add("newest", place.newest->time_since_epoch().count());
  if (place.page > 1) {
    add("seen", place.seen);
    add("total", place.total);
    out += ",\"last\":\"" + place.lastPage + '"';
  }
  return out + '}';
}

std::string ExchangeSource::condition(std::string_view sign, WallTime value) const {
  const auto name = [this](std::string_view text) {
    return connection_.lowerKeys ? lowered(text) : std::string(text);
  };
  std::string out = "{\"" + name("queryField") + "\":";
  json::writeText(field_, out);
  out += ",\"" + name("logical") + "\":";
  json::writeText(sign, out);
  out += ",\"" + name("queryValue") + "\":";
  json::writeText(kit::writeMoment(value, form_), out);
  return out + '}';
}

std::string ExchangeSource::bodyOf(const Place& place) const {
  const bool lower = connection_.lowerKeys;
  std::string out = "{";
  if (!returnType_.empty()) {
    out += lower ? "\"returntype\":" : "\"returnType\":";
    json::writeText(returnType_, out);
    out += ',';
  }
  out += "\"page\":" + std::to_string(place.page) + (lower ? ",\"pagesize\":" : ",\"pageSize\":") +
         std::to_string(pageSize_) + (lower ? ",\"wherelist\":[[" : ",\"whereList\":[[") +
         condition(sign_, place.since);
  if (windowEnd_ != WindowEnd::none && place.until) {
    out += windowEnd_ == WindowEnd::own_group ? "],[" : ",";
    out += condition(signEnd_, *place.until);
  }
  return out + "]]}";
}

Result<json::Value> ExchangeSource::rowsOf(const json::Value& root, json::Document& inner,
                                           std::int64_t& total) const {
  json::Value whole = root;
  const json::Value* data = root.find("data");
  std::array<json::Member, 1> wrapped{};
  if (data != nullptr && data->isString() && !trim(data->text()).empty()) {
    if (auto parsed = json::parse(data->text(), inner, kAnswerLimits); !parsed) {
      return broken("The answer's data is a text that is no JSON: " + parsed.error().detail);
    }
    wrapped[0] = {"data", inner.root};
    whole = inner.object(wrapped);
    data = whole.find("data");
  }
  total = integerOf(kit::at(whole, totalPath_)).value_or(-1);
  if (!listPath_.empty()) {
    const json::Value* rows = kit::at(whole, listPath_);
    if (rows != nullptr && rows->isArray()) return *rows;
  } else {
    for (const std::string_view path :
         {"data.list", "data.rows", "data.records", "data.data", "data"}) {
      const json::Value* rows = kit::at(whole, path);
      if (rows != nullptr && rows->isArray()) return *rows;
    }
  }
  const bool nothing = data == nullptr || data->isNull() || data->isString();
  if (nothing && total <= 0) return inner.array({});
  return broken(
      "The answer has no list of rows at " +
      (listPath_.empty() ? std::string("data.list, data.rows, data.records or data") : listPath_) +
      "; set list_path to where it stands.");
}

RawItem ExchangeSource::itemOf(const json::Value& row, const Place& place) const {
  RawItem item;
  item.body = json::write(row);
  item.origin = "query since " + kit::writeMoment(place.since, kit::TimeForm::text) + ", page " +
                std::to_string(place.page);
  if (!row.isObject()) {
    item.problems.push_back(
        {codes::kBadRow, {}, "The row is no JSON object, so that it has no fields."});
  } else if (!idField_.empty()) {
    item.sourceId = kit::scalarText(row.find(idField_));
  }
  return item;
}

Result<void> ExchangeSource::readNewest(const json::Value& rows, Place& place) const {
  bool found = rows.size() == 0;
  // A row dated into the future must not carry the next window past the rows of today.
  const WallTime now = host_.now();
  for (const json::Value& row : rows.elements()) {
    const auto time = kit::readMoment(kit::scalarText(row.find(field_)));
    if (!time) continue;
    found = true;
    const WallTime held = std::min(*time, now);
    if (!place.newest || held > *place.newest) place.newest = held;
  }
  if (found) return {};
  return broken("No row of the page has a time in \"" + field_ +
                "\", so that the next query cannot know where to begin; set query_field.");
}

void ExchangeSource::addNewRows(const json::Value& rows, const Place& place, Batch& batch) {
  if (place.page == 1) {
    before_ = std::move(durable_);
    durable_.clear();
  }
  for (const json::Value& row : rows.elements()) {
    RawItem item = itemOf(row, place);
    std::string fingerprint = fingerprintOf(item.body);
    if (durable_.contains(fingerprint)) continue;
    if (!before_.contains(fingerprint)) {
      batch.items.push_back(std::move(item));
    } else if (durable_.size() < kRemembered) {
      durable_.insert(std::move(fingerprint));
    }
  }
}

Result<void> ExchangeSource::confirm(const Batch& batch, std::span<const ItemVerdict>) {
  for (const RawItem& item : batch.items) {
    if (durable_.size() < kRemembered) durable_.insert(fingerprintOf(item.body));
  }
  return {};
}

ExchangeSource::Place ExchangeSource::nextWindow(const Place& place) const {
  Place next;
  // Never backwards, or a quiet table would be read from further and further back.
  next.since = place.newest ? std::max(place.since, *place.newest - overlap_) : place.since;
  return next;
}

Result<Batch> ExchangeSource::batchOf(Place place, const json::Value& rows, std::int64_t total) {
  const auto count = static_cast<std::int64_t>(rows.size());
  Batch batch;
  if (place.page > 1 && total >= 0 && total < place.total) {
    // Rows have left the window, and later ones have moved to pages that were read already.
    host_.log(LogLevel::info, "The query's total shrank between pages; its window begins again.");
    Place again;
    again.since = place.since;
    again.until = place.until;
    batch.cursor = cursorText(again);
    batch.more = true;
    return batch;
  }
  if (count == 0 && total > place.seen) {
    return broken("Page " + std::to_string(place.page) + " is empty, though the total is " +
                  std::to_string(total) + " and only " + std::to_string(place.seen) +
                  " rows have come; nothing is passed over, the page is asked for again.");
  }
  const std::string fingerprint = hex(fingerprintOf(json::write(rows)));
  if (count > 0 && place.page > 1 && fingerprint == place.lastPage) {
    return broken("Page " + std::to_string(place.page) +
                  " is the page before once more; does the platform count pages by another name?");
  }
  if (auto read = readNewest(rows, place); !read) return read.error();
  addNewRows(rows, place, batch);
  place.seen += count;
  // Without a total of rows only an empty page proves the end: pages may be cut shorter than asked.
  batch.more = total >= place.seen ? place.seen < total : count > 0;
  if (!batch.more) {
    batch.cursor = cursorText(nextWindow(place));
    return batch;
  }
  ++place.page;
  place.total = total;
  place.lastPage = fingerprint;
  batch.cursor = cursorText(place);
  return batch;
}

Result<Batch> ExchangeSource::poll(std::string_view cursor, Deadline deadline) {
  auto place = placeOf(cursor);
  if (!place) return place.error();
  PlatformAnswer answer;
  client_.post(bodyOf(*place), {}, kPageBytes, deadline, answer);
  if (answer.outcome.verdict != Verdict::delivered) {
    Outcome& outcome = answer.outcome;
    if (const std::string words = blotted(answer.message); !words.empty()) {
      outcome.detail += " It says: " + words;
    }
    return Error{std::move(outcome.code), std::move(outcome.detail)};
  }
  if (!answer.response.unread.empty()) {
    return Error{codes::kProtocol,
                 "The platform's page cannot be read: " + answer.response.unread + '.'};
  }
  json::Document inner;
  std::int64_t total = -1;
  const auto rows = rowsOf(answer.document.root, inner, total);
  if (!rows) return rows.error();
  return batchOf(std::move(*place), *rows, total);
}

}  // namespace lianqiao::data_exchange
