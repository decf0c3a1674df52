#include "webhook/webhook_mock.h"

#include <charconv>
#include <chrono>
#include <optional>

#include "kit/time/china_time.h"

namespace lianqiao::webhook {
namespace {

using namespace std::chrono_literals;

/// A whole number above 0.
std::optional<std::size_t> countOf(std::string_view text) {
  std::size_t count = 0;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), count);
  return read.ec == std::errc() && count > 0 ? std::optional(count) : std::nullopt;
}

std::string stepText(std::string_view eventKey, std::string_view step, std::string_view content,
                     WallTime now) {
  return R"({"eventKey":)" + kit::jsonText(eventKey) + R"(,"action":)" + kit::jsonText(step) +
         R"(,"actionTime":)" + std::to_string(now.time_since_epoch().count()) +
         R"(,"deptName":"城市管理局","content":)" + kit::jsonText(content) + '}';
}

}  // namespace

WebhookMock::WebhookMock(const Settings& settings)
    : idempotencyHeader_(settings.text("idempotency_header")),
      token_(settings.secret("token")),
      keyHeader_(settings.text("key_header")),
      key_(settings.secret("key")),
      rules_(settings, {}),
      replies_(settings.boolean("mock_replies")),
      listUrl_(settings.text("list_url")),
      listItems_(settings.text("list_items")),
      listTotal_(settings.text("list_total")),
      listId_(settings.text("list_id")) {}

HttpResponse WebhookMock::handle(const HttpRequest& request, WallTime now) {
  if (!kit::bearsToken(request, token_)) return refuse(401, "unknown token");
  if (!keyHeader_.empty() && request.headers.get(keyHeader_) != key_.reveal())
    return refuse(401, "unknown key");
  if (request.method == "OPTIONS") return {};
  if (request.method == "GET") return list(request);
  auto items = json::splitItems(
      request.body, request.headers.get("Content-Type").find("ndjson") != std::string_view::npos);
  if (!items) return refuse(400, items.error().detail);
  const std::string_view header = request.headers.get(idempotencyHeader_);
  if (header.empty()) return refuse(400, "the idempotency header is missing");
  const auto keys = kit::keysOf(header, items->size());
  json::Document document;
  for (std::size_t i = 0; i < items->size(); ++i) {
    if (auto parsed = json::parse((*items)[i], document); !parsed)
      return refuse(400, parsed.error().detail);
    take(document.root, keys[i], now);
  }
  return kit::jsonAnswer(200, answerText(keys.empty() ? header : keys.back()));
}

void WebhookMock::take(const json::Value& payload, std::string_view idempotencyKey, WallTime now) {
  if (!ledger_.take(idempotencyKey)) return;
  std::vector<kit::Placed> placed{{listId_, kit::jsonText(receiptOf(idempotencyKey))}};
  for (const json::Member& member : payload.members())
    placed.push_back({member.name, json::write(member.value)});
  const json::Value* key = payload.find("eventKey");
  const Lock lock(mutex_);
  if (!listUrl_.empty() && held_.size() < kMostHeld)
    held_.push_back({kit::chinaTime(now).substr(0, 10), kit::objectOf(placed)});
  if (replies_ && key != nullptr && key->isString()) toReport_.emplace_back(key->text());
}

HttpResponse WebhookMock::list(const HttpRequest& request) {
  const std::size_t query = listUrl_.find('?');
  std::string day;
  std::size_t page = 1;
  std::size_t size = kMostHeld;
  for (const auto& [name, value] :
       parseQuery(query == std::string::npos ? std::string() : listUrl_.substr(query + 1))) {
    const std::string asked = request.parameter(name);
    if (value == "{day}") day = asked;
    if (value == "{page}") page = countOf(asked).value_or(1);
    if (value == "{size}") size = countOf(asked).value_or(size);
  }
  if (day.empty()) return refuse(404, "nothing is listed here");
  std::string items = "[";
  std::size_t count = 0;
  const Lock lock(mutex_);
  for (const Held& one : held_) {
    if (one.day != day) continue;
    const std::size_t place = count++;
    if (place < (page - 1) * size || place >= page * size) continue;
    items.append(items.size() > 1 ? "," : "").append(one.item);
  }
  items += ']';
  if (listItems_.empty()) return kit::jsonAnswer(200, std::move(items));
  std::vector<kit::Placed> placed{{listItems_, std::move(items)}};
  if (!listTotal_.empty()) placed.push_back({listTotal_, std::to_string(count)});
  return kit::jsonAnswer(200, kit::objectOf(placed));
}

std::string WebhookMock::receiptOf(std::string_view idempotencyKey) const {
  return "T-" + std::string(idempotencyKey);
}

std::string WebhookMock::answerText(std::string_view key) const {
  std::vector<kit::Placed> placed;
  if (!rules_.codeField().empty())
    placed.push_back({rules_.codeField(), kit::jsonText(rules_.okCode())});
  if (!rules_.receiptField().empty())
    placed.push_back({rules_.receiptField(), kit::jsonText(receiptOf(key))});
  return kit::objectOf(placed);
}

void WebhookMock::drive(MockWorld& world) {
  while (replies_) {
    std::deque<std::string> keys;
    {
      const Lock lock(mutex_);
      keys.swap(toReport_);
    }
    for (const std::string& key : keys) {
      for (const auto& [step, content] : {std::pair{"signed", "已签收，安排人员到场"},
                                          std::pair{"replied", "已现场处理完毕，请来电人核实"}}) {
        if (!kit::pushRecord(world, stepText(key, step, content, world.now()))) return;
      }
    }
    if (!world.pause(50ms)) return;
  }
}

}  // namespace lianqiao::webhook
