#include "data_exchange/exchange_mock.h"

#include <algorithm>
#include <array>

#include "kit/answers/json_at.h"
#include "kit/mock/platform.h"
#include "kit/time/china_time.h"
#include "lianqiao/ascii.h"

namespace lianqiao::data_exchange {
namespace {

using namespace std::chrono_literals;

bool hasUpperName(const json::Value& value) {
  const auto members = value.members();
  const auto elements = value.elements();
  return std::any_of(members.begin(), members.end(),
                     [](const json::Member& member) {
                       return lowered(member.name) != member.name || hasUpperName(member.value);
                     }) ||
         std::any_of(elements.begin(), elements.end(), hasUpperName);
}

const json::Value* anyCase(const json::Value& object, std::string_view name) {
  const json::Value* const found = object.find(name);
  return found != nullptr ? found : object.find(lowered(name));
}

bool usesServiceIds(Scheme scheme) {
  return scheme == Scheme::gjgxjhpt || scheme == Scheme::gjzwfwpt;
}

}  // namespace

ExchangeMock::ExchangeMock(const Settings& settings)
    : connection_(connectionOf(settings)),
      rules_(PlatformRules(settings).common()),
      services_(servicesOf(settings)),
      query_(queryServiceOf(settings)),
      arrayMember_(settings.text("array_member")),
      idempotencyHeader_(settings.text("idempotency_header")),
      idempotencyMember_(connection_.lowerKeys ? lowered(settings.text("idempotency_member"))
                                               : settings.text("idempotency_member")),
      field_(settings.text("query_field")),
      form_(settings.text("query_time") == "compact"    ? kit::TimeForm::compact
            : settings.text("query_time") == "epoch_ms" ? kit::TimeForm::epoch_ms
            : settings.text("query_time") == "epoch_s"  ? kit::TimeForm::epoch_s
                                                        : kit::TimeForm::text),
      keyLife_(settings.duration("mock_key_life")),
      pushes_(settings.boolean("mock_pushes")),
      held_(settings) {}

std::string ExchangeMock::body(std::string_view code, std::string_view message,
                               std::string_view dataJson) const {
  const std::string& named = rules_.codeField();
  const std::string_view codeField = named.empty() ? std::string_view("code") : named;
  const std::array placed{kit::Placed{codeField, kit::jsonText(code)},
                          kit::Placed{"message", kit::jsonText(message)},
                          kit::Placed{"data", std::string(dataJson)}};
  return kit::objectOf(placed);
}

HttpResponse ExchangeMock::refuse(int status, std::string_view code, std::string_view message) {
  return ledger_.refuse(kit::jsonAnswer(status, body(code, message, "null")));
}

HttpResponse ExchangeMock::deny(const Error& error) {
  const std::string_view words = error.code == codes::kClockSkew ? "Clock skew exceeded"
                                 : error.detail.find("another caller") != std::string::npos
                                     ? "Invalid access key"
                                     : "Invalid signature";
  if (connection_.scheme == Scheme::gjgxjhpt) return refuse(200, "-1", words);
  if (connection_.scheme == Scheme::gjzwfwpt) return refuse(200, "300", words);
  return refuse(401, "401", words);
}

const Service* ExchangeMock::serviceOf(const HttpRequest& request) const {
  const auto fits = [&](const Service& service) {
    if (request.target.substr(0, request.target.find('?')) !=
        service.path.substr(0, service.path.find('?'))) {
      return false;
    }
    if (!usesServiceIds(connection_.scheme)) return true;
    const std::string header = std::string(schemeName(connection_.scheme)) + "_sid";
    return request.headers.get(header) == service.id;
  };
  for (const Service& service : services_) {
    if (fits(service)) return &service;
  }
  return query_ && fits(*query_) ? &*query_ : nullptr;
}

Result<void> ExchangeMock::authenticate(const HttpRequest& request, const Service& service,
                                        WallTime now) {
  SigningIdentity identity{connection_.scheme, connection_.id, service.id, {}};
  const auto skew = defaultSkew(connection_.scheme);
  std::vector<std::string> secrets;
  if (connection_.refresh == KeyRefresh::none) {
    secrets.push_back(connection_.secret.reveal());
  } else {
    const Lock lock(mutex_);
    for (const IssuedKey& key : issued_[service.id]) {
      if (now < key.end) secrets.push_back(key.secret);
    }
  }
  Result<std::string> verified = Error{codes::kUnauthenticated, "no key was issued"};
  for (auto secret = secrets.rbegin(); secret != secrets.rend() && !verified; ++secret) {
    identity.secret = *secret;
    verified = verify(identity, now, skew, request);
  }
  if (!verified) return verified.error();
  // Two calls of one millisecond have one signature where a scheme has no nonce: that is no replay.
  if (usesServiceIds(connection_.scheme) || connection_.scheme == Scheme::bg_hmac) return {};
  const Lock lock(mutex_);
  if (nonces_.insert_or_assign(*verified, now).second) return {};
  return Error{codes::kReplayedNonce, "this nonce was used before"};
}

HttpResponse ExchangeMock::issueKey(const HttpRequest& request, WallTime now) {
  const std::string prefix = std::string(schemeName(connection_.scheme)) + '_';
  const std::string service(request.headers.get(prefix + "sid"));
  const auto known = [&](const Service& one) { return one.id == service; };
  if (std::none_of(services_.begin(), services_.end(), known) && !(query_ && known(*query_))) {
    return refuse(200, "-1", "接口调用失败：E-106");
  }
  const SigningIdentity identity{connection_.scheme, connection_.id, service,
                                 connection_.appkey.reveal()};
  const auto skew = defaultSkew(connection_.scheme);
  if (const auto verified = verify(identity, now, skew, request); !verified) {
    return deny(verified.error());
  }
  json::Document document;
  if (!json::parse(request.body, document))
    return refuse(200, "-1", "接口调用失败：请求体不是 JSON");
  for (const std::string_view name : {"rid", "sid", "rtime", "sign"}) {
    const std::string member = prefix + std::string(name);
    if (kit::scalarText(document.root.find(member)) != request.headers.get(member)) {
      return refuse(200, "-1", "接口调用失败：请求体与请求头不一致");
    }
  }
  const Lock lock(mutex_);
  const std::string seed = connection_.appkey.reveal() + service + std::to_string(++keysIssued_);
  const std::string secret = hex(digest(Hash::sha256, seed)).substr(0, 32);
  const WallTime end = now + keyLife_;
  auto& keys = issued_[service];
  keys.push_back({secret, end});
  if (keys.size() > 2) keys.erase(keys.begin());
  const auto sealed = aesEcbEncrypt(exchangeSecretKey(connection_.appkey.reveal()), secret);
  std::string data = "{\"secret\":" + kit::jsonText(base64(sealed.value_or("")));
  data += ",\"secretEndTime\":" + kit::writeMoment(end, kit::TimeForm::epoch_ms);
  return kit::jsonAnswer(200, body(rules_.okCode(), "成功", data + '}'));
}

HttpResponse ExchangeMock::handle(const HttpRequest& request, WallTime now) {
  if (connection_.refresh != KeyRefresh::none && request.path == connection_.refreshPath) {
    return issueKey(request, now);
  }
  if (held_.isAsked(request)) return listDay(request, now);
  const Service* const service = serviceOf(request);
  if (service == nullptr) {
    if (usesServiceIds(connection_.scheme)) return refuse(200, "-1", "接口调用失败：E-106");
    return refuse(403, "403", "The route_id is forbidden.");
  }
  if (auto known = authenticate(request, *service, now); !known) return deny(known.error());
  if (request.method != "POST") return kit::jsonAnswer(200, body(rules_.okCode(), "成功", "null"));
  json::Document document;
  if (auto parsed = json::parse(request.body, document); !parsed) {
    return refuse(400, "400", "请求体不是 JSON");
  }
  if (connection_.lowerKeys && hasUpperName(document.root)) {
    return refuse(200, "300", "请求体字段名须为小写");
  }
  if (anyCase(document.root, "pageSize") != nullptr) return servePage(document.root);
  return takeRecords(request, now);
}

std::vector<std::string_view> ExchangeMock::keysOf(const HttpRequest& request,
                                                   const std::vector<json::Value>& records) const {
  const std::string_view header =
      idempotencyHeader_.empty() ? std::string_view() : request.headers.get(idempotencyHeader_);
  auto keys = kit::keysOf(header, records.size());
  if (idempotencyMember_.empty()) return keys;
  for (std::size_t i = 0; i < records.size(); ++i) {
    keys[i] = kit::scalarText(records[i].find(idempotencyMember_));
  }
  return keys;
}

/// Signed as the service that is queried, or the last one that is sent to.
HttpResponse ExchangeMock::listDay(const HttpRequest& request, WallTime now) {
  const Service& service = query_ ? *query_ : services_.back();
  if (auto known = authenticate(request, service, now); !known) return deny(known.error());
  const std::string& named = rules_.codeField();
  const std::array beside{kit::Placed{named.empty() ? std::string_view("code") : named,
                                      kit::jsonText(rules_.okCode())}};
  return held_.answer(request, beside);
}

HttpResponse ExchangeMock::takeRecords(const HttpRequest& request, WallTime now) {
  json::Document document;
  if (!json::parse(request.body, document)) return refuse(400, "400", "请求体不是 JSON");
  std::vector<json::Value> records{document.root};
  const json::Value* const array = document.root.find(arrayMember_);
  if (array != nullptr && array->isArray()) {
    records.assign(array->elements().begin(), array->elements().end());
  }
  const auto keys = keysOf(request, records);
  for (std::size_t i = 0; i < records.size(); ++i) {
    if (!records[i].isObject()) return refuse(200, "res-002", "记录不是对象");
    if (keys[i].empty()) return refuse(200, "res-003", "缺少幂等键");
  }
  std::string data = "null";
  for (std::size_t i = 0; i < records.size(); ++i) {
    const std::string receipt = "P-" + std::string(keys[i]);
    if (ledger_.take(keys[i])) held_.add(records[i], receipt, now);
    data = "{\"id\":" + kit::jsonText(receipt) + '}';
  }
  return kit::jsonAnswer(200, body(rules_.okCode(), "成功", data));
}

HttpResponse ExchangeMock::servePage(const json::Value& query) const {
  const auto number = [&query](std::string_view name) {
    const json::Value* const value = anyCase(query, name);
    const auto found = value == nullptr ? std::nullopt : value->integer();
    return static_cast<std::size_t>(std::clamp<std::int64_t>(found.value_or(1), 1, 1'000'000));
  };
  std::vector<WallTime> bounds;
  if (const json::Value* groups = anyCase(query, "whereList"); groups != nullptr) {
    for (const json::Value& group : groups->elements()) {
      for (const json::Value& one : group.elements()) {
        const json::Value* const value = anyCase(one, "queryValue");
        const auto moment = kit::readMoment(kit::scalarText(value));
        if (!moment || kit::scalarText(anyCase(one, "queryField")) != field_) {
          return kit::jsonAnswer(200, body("catalog-003", "查询条件有误", "null"));
        }
        bounds.push_back(*moment);
      }
    }
  }
  const Lock lock(mutex_);
  std::vector<const Row*> found;
  for (const Row& row : rows_) {
    const bool late = bounds.empty() || row.time >= bounds[0];
    if (late && (bounds.size() < 2 || row.time <= bounds[1])) found.push_back(&row);
  }
  std::stable_sort(found.begin(), found.end(),
                   [](const Row* a, const Row* b) { return a->time < b->time; });
  const std::size_t size = number("pageSize");
  const std::size_t first = std::min((number("page") - 1) * size, found.size());
  std::string list;
  for (std::size_t i = first; i < std::min(first + size, found.size()); ++i) {
    if (!list.empty()) list += ',';
    list += found[i]->json;
  }
  return kit::jsonAnswer(
      200, body(rules_.okCode(), "成功",
                "{\"total\":" + std::to_string(found.size()) + ",\"list\":[" + list + "]}"));
}

std::string ExchangeMock::numberedRow(std::size_t number, WallTime time) const {
  const std::string digits = std::to_string(number);
  std::string phone = std::to_string(number % 1000000);
  phone.insert(0, 6 - phone.size(), '0');
  return "{\"orderNum\":\"SJ2026" + digits + "\",\"serialNumber\":\"SJ" + digits +
         "\",\"title\":\"道路井盖破损\",\"majorContent\":\"人行道井盖破裂，存在安全隐患。\","
         "\"name\":\"张某\",\"contactInformation\":\"19900" +
         phone +
         "\",\"sourceType\":\"网站\",\"callerType\":\"求助\",\"questionCode\":\"0103\","
         "\"questionName\":\"井盖破损\",\"status\":\"已交办\",\"address\":\"莲花街道和平路\","
         "\"areaCode\":\"411681\",\"deadlineDate\":" +
         kit::jsonText(kit::writeMoment(time + 5 * 24h, kit::TimeForm::text)) +
         ",\"callTime\":" + kit::jsonText(kit::writeMoment(time, kit::TimeForm::text)) + ',' +
         kit::jsonText(field_) + ':' + kit::jsonText(kit::writeMoment(time, form_)) + '}';
}

void ExchangeMock::drive(MockWorld& world) {
  if (!query_ && !pushes_) return;
  const std::size_t first = world.firstNumber();
  for (std::size_t i = 1; i <= world.records(); ++i) {
    const WallTime time = world.now();
    std::string row = numberedRow(first + i, time);
    if (query_) {
      addRow(time, std::move(row));
      continue;
    }
    if (!kit::pushRecord(world, std::move(row))) return;
  }
}

void ExchangeMock::addRow(WallTime time, std::string row) {
  const Lock lock(mutex_);
  rows_.push_back({time, std::move(row)});
}

void ExchangeMock::forgetKeys() {
  const Lock lock(mutex_);
  issued_.clear();
}

std::uint64_t ExchangeMock::keysIssued() const {
  const Lock lock(mutex_);
  return keysIssued_;
}

}  // namespace lianqiao::data_exchange
