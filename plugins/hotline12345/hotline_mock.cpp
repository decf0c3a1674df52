#include "hotline12345/hotline_mock.h"

#include "hotline12345/hotline_sink.h"

namespace lianqiao::hotline12345 {
namespace {

using namespace std::chrono_literals;

}  // namespace

HotlineMock::HotlineMock(const Settings& settings)
    : pullPath_(settings.text("pull_path")),
      backfillPath_(settings.text("backfill_path")),
      pullToken_(settings.secret("pull_token")),
      backfillToken_(settings.secret("backfill_token")),
      held_(settings) {}

HttpResponse HotlineMock::handle(const HttpRequest& request, WallTime now) {
  if (held_.isAsked(request)) {
    if (!kit::bearsToken(request, pullToken_)) return refuse(401, "unknown token");
    return held_.answer(request);
  }
  if (!pullPath_.empty() && request.path == pullPath_) return list(request);
  if (request.path.starts_with(backfillPath_) && request.path.size() > backfillPath_.size() + 1) {
    return backfill(request, std::string_view(request.path).substr(backfillPath_.size() + 1), now);
  }
  return refuse(404, "no such interface");
}

HttpResponse HotlineMock::list(const HttpRequest& request) {
  if (!kit::bearsToken(request, pullToken_))
    return kit::jsonAnswer(200, R"({"status":401,"msg":"token 失效","data":null})");
  json::Document document;
  if (!json::parse(request.body, document)) return refuse(400, "no JSON");
  const auto text = [&](std::string_view name) {
    const json::Value* value = document.root.find(name);
    return value == nullptr ? std::string_view() : value->text();
  };
  const auto number = [&](std::string_view name) {
    const json::Value* value = document.root.find(name);
    return static_cast<std::size_t>(
        value == nullptr ? 1 : std::max<std::int64_t>(1, value->integer().value_or(1)));
  };
  const std::size_t size = number("pageSize");
  std::vector<std::string_view> found;
  const Lock lock(mutex_);
  for (const auto& [time, order] : orders_) {
    if (time >= text("beginStartTime") && time <= text("endStartTime")) found.push_back(order);
  }
  std::string rows;
  for (std::size_t i = (number("pageNo") - 1) * size;
       i < std::min(found.size(), number("pageNo") * size); ++i) {
    if (!rows.empty()) rows += ',';
    rows += found[i];
  }
  return kit::jsonAnswer(200, R"({"status":200,"msg":"成功","data":{"totalPage":)" +
                                  std::to_string((found.size() + size - 1) / size) +
                                  R"(,"list":[)" + rows + "]}}");
}

HttpResponse HotlineMock::backfill(const HttpRequest& request, std::string_view step,
                                   WallTime now) {
  if (!kit::bearsToken(request, backfillToken_)) return refuse(401, "unknown account");
  const auto* demands = demandsOf(step);
  if (demands == nullptr) return refuse(404, "no such step");
  json::Document document;
  if (!json::parse(request.body, document)) return refuse(400, "no JSON");
  for (const std::string_view name : *demands) {
    if (document.root.find(name) == nullptr) return refuse(400, "a member is missing");
  }
  for (const std::string_view name :
       {"caseguid", "operateUsername", "backfillUsername", "formType"}) {
    if (document.root.find(name) == nullptr) return refuse(400, "a common member is missing");
  }
  const std::string key(request.headers.get("Idempotency-Key"));
  const std::string receipt = "HT-" + key;
  if (ledger_.take(key)) held_.add(document.root, receipt, now);
  return kit::jsonAnswer(200, R"({"success":true,"backfillId":)" + kit::jsonText(receipt) + '}');
}

void HotlineMock::drive(MockWorld& world) {
  const std::size_t first = world.firstNumber();
  for (std::size_t i = 1; i <= world.records(); ++i) {
    if (!pullPath_.empty() && i % 5 == 0) {
      const Lock lock(mutex_);
      orders_.emplace_back(std::string(), listedOrder(first + i, world.now()));
      json::Document document;
      if (json::parse(orders_.back().second, document))
        orders_.back().first = document.root.find("startTime")->text();
      continue;
    }
    std::string order =
        i % 2 == 0 ? provincialOrder(first + i, world.now()) : epointOrder(first + i, world.now());
    if (!kit::pushRecord(world, std::move(order))) return;
    if (i % 20 == 0 && !world.pause(10ms)) return;
  }
}

}  // namespace lianqiao::hotline12345
