#include "webhook/webhook_mock.h"

#include <algorithm>
#include <chrono>
#include <span>
#include <vector>

namespace lianqiao::webhook {
namespace {

using namespace std::chrono_literals;

/// A text and the dotted path at which the answer holds it.
struct Placed {
  std::string_view path;
  std::string_view text;
};

/// One object of all; paths that begin alike share their members, because a name may stand only
/// once.
std::string objectOf(std::span<const Placed> placed) {
  std::string out = "{";
  std::vector<std::string_view> written;
  for (const Placed& one : placed) {
    const std::string_view name = one.path.substr(0, one.path.find('.'));
    if (std::find(written.begin(), written.end(), name) != written.end()) continue;
    if (!written.empty()) out += ',';
    written.push_back(name);
    json::writeText(name, out);
    out += ':';
    if (one.path.size() == name.size()) {
      json::writeText(one.text, out);
      continue;
    }
    std::vector<Placed> below;
    for (const Placed& other : placed) {
      if (other.path.substr(0, other.path.find('.')) != name || other.path.size() == name.size())
        continue;
      below.push_back({other.path.substr(name.size() + 1), other.text});
    }
    out += objectOf(below);
  }
  return out + '}';
}

std::string stepText(std::string_view eventKey, std::string_view step, std::string_view content,
                     WallTime now) {
  std::string out = R"({"eventKey":)";
  json::writeText(eventKey, out);
  out += R"(,"action":)";
  json::writeText(step, out);
  out += R"(,"actionTime":)" + std::to_string(now.time_since_epoch().count());
  out += R"(,"deptName":"城市管理局","content":)";
  json::writeText(content, out);
  return out + '}';
}

}  // namespace

WebhookMock::WebhookMock(const Settings& settings)
    : idempotencyHeader_(settings.text("idempotency_header")),
      token_(settings.secret("token")),
      keyHeader_(settings.text("key_header")),
      key_(settings.secret("key")),
      rules_(settings, {}),
      replies_(settings.boolean("mock_replies")) {}

HttpResponse WebhookMock::refuse(int status, std::string_view text) {
  const std::lock_guard lock(mutex_);
  ++taken_.refused;
  HttpResponse response;
  response.status = status;
  response.body = text;
  return response;
}

HttpResponse WebhookMock::handle(const HttpRequest& request, WallTime) {
  if (!token_.empty() && request.headers.get("Authorization") != "Bearer " + token_.reveal()) {
    return refuse(401, "unknown token");
  }
  if (!keyHeader_.empty() && request.headers.get(keyHeader_) != key_.reveal())
    return refuse(401, "unknown key");
  if (request.method == "OPTIONS") return {};
  auto items = json::splitItems(
      request.body, request.headers.get("Content-Type").find("ndjson") != std::string_view::npos);
  if (!items) return refuse(400, items.error().detail);
  std::string_view keys = request.headers.get(idempotencyHeader_);
  if (keys.empty()) return refuse(400, "the idempotency header is missing");
  json::Document document;
  std::string receipt;
  for (const std::string_view item : *items) {
    if (auto parsed = json::parse(item, document); !parsed)
      return refuse(400, parsed.error().detail);
    const std::size_t comma = std::min(keys.find(','), keys.size());
    receipt = "T-" + std::string(keys.substr(0, comma));
    take(document.root, keys.substr(0, comma));
    keys.remove_prefix(std::min(comma + 1, keys.size()));
  }
  HttpResponse response;
  response.headers.add("Content-Type", "application/json; charset=utf-8");
  response.body = answerText(receipt);
  return response;
}

void WebhookMock::take(const json::Value& payload, std::string_view idempotencyKey) {
  const std::lock_guard lock(mutex_);
  if (++seen_[std::string(idempotencyKey)] > 1) {
    ++taken_.doubled;
    return;
  }
  ++taken_.distinct;
  const json::Value* key = payload.find("eventKey");
  if (replies_ && key != nullptr && key->isString()) toReport_.emplace_back(key->text());
}

std::string WebhookMock::answerText(std::string_view receipt) const {
  std::vector<Placed> placed;
  if (!rules_.codeField().empty()) placed.push_back({rules_.codeField(), rules_.okCode()});
  if (!rules_.receiptField().empty()) placed.push_back({rules_.receiptField(), receipt});
  return objectOf(placed);
}

void WebhookMock::drive(MockWorld& world) {
  while (replies_) {
    std::deque<std::string> keys;
    {
      const std::lock_guard lock(mutex_);
      keys.swap(toReport_);
    }
    for (const std::string& key : keys) {
      for (const auto& [step, content] : {std::pair{"signed", "已签收，安排人员到场"},
                                          std::pair{"replied", "已现场处理完毕，请来电人核实"}}) {
        HttpCall call;
        call.url = std::string(world.gatewayUrl()) + "/records";
        call.headers.add("Content-Type", "application/json");
        call.body = stepText(key, step, content, world.now());
        if (!world.sendUntilTaken(call)) return;
      }
    }
    if (!world.pause(50ms)) return;
  }
}

MockPeer::Taken WebhookMock::taken() const {
  const std::lock_guard lock(mutex_);
  return taken_;
}

}  // namespace lianqiao::webhook
