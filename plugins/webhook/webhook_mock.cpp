#include "webhook/webhook_mock.h"

#include <chrono>

namespace lianqiao::webhook {
namespace {

using namespace std::chrono_literals;

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
      marks_(settings),
      replies_(settings.boolean("mock_replies")),
      held_(settings) {}

HttpResponse WebhookMock::handle(const HttpRequest& request, WallTime now) {
  if (!kit::bearsToken(request, token_)) return refuse(401, "unknown token");
  if (!keyHeader_.empty() && request.headers.get(keyHeader_) != key_.reveal())
    return refuse(401, "unknown key");
  if (request.method == "OPTIONS") return {};
  if (held_.isAsked(request)) return held_.answer(request);
  if (request.method == "GET") return refuse(404, "nothing is listed here");
  auto items = json::splitItems(
      request.body, request.headers.get("Content-Type").find("ndjson") != std::string_view::npos);
  if (!items) return refuse(400, items.error().detail);
  if (const std::string wrong = marks_.difference(request, items->size()); !wrong.empty())
    return refuse(400, wrong);
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
  held_.add(payload, receiptOf(idempotencyKey), now);
  const json::Value* key = payload.find("eventKey");
  const Lock lock(mutex_);
  if (replies_ && key != nullptr && key->isString()) toReport_.emplace_back(key->text());
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
