// The smallest whole adapter: JSON over HTTP, both ways, with a mock of the platform. Copy it to
// begin. Its platform sends {"list":[{"id":…},…]} and answers every call with {"code":0} or a code
// of its own.
#include <atomic>
#include <set>

#include "lianqiao/adapter.h"
#include "lianqiao/mutex.h"

namespace {

using namespace lianqiao;

constexpr FieldSpec kSettings[] = {
    {.name = "url",
     .kind = FieldKind::url,
     .doc = "Where the platform takes records.",
     .docZh = "平台接收记录的地址。",
     .required = true,
     .example = "https://platform.example/api/records"},
    {.name = "token",
     .kind = FieldKind::secret,
     .doc = "Bearer token that the platform gave us.",
     .docZh = "平台发放的 Bearer 令牌。",
     .required = true,
     .example = "${file:secrets/template.token}"},
};

HttpResponse jsonAnswer(int status, std::string body) {
  HttpResponse answer{status, {}, std::move(body)};
  answer.headers.add("Content-Type", "application/json; charset=utf-8");
  return answer;
}

std::string textOf(const json::Value& object, std::string_view name) {
  const json::Value* member = object.find(name);
  return member == nullptr ? std::string() : std::string(member->text());
}

class TemplateReceiver final : public Receiver {
 public:
  Result<Reception> receive(const HttpRequest& request) override {
    json::Document document;
    if (auto parsed = json::parse(request.body, document); !parsed) return parsed.error();
    const json::Value* list = document.root.find("list");
    if (list == nullptr || !list->isArray() || list->size() == 0) {
      return Error{codes::kBadJson, R"(the body must be {"list":[…]} with an item)"};
    }
    Reception reception;
    for (const json::Value& element : list->elements()) {
      RawItem item;
      item.body = json::write(element);
      item.sourceId = textOf(element, "id");
      if (!element.isObject()) {
        item.problems.push_back(
            {codes::kBadJson, "/list", "an item of the list must be an object"});
      }
      reception.items.push_back(std::move(item));
    }
    return reception;
  }

  HttpResponse answer(const HttpRequest&, std::span<const ItemVerdict> verdicts) override {
    std::string refused;
    for (const ItemVerdict& verdict : verdicts) {
      if (verdict.status != ItemVerdict::Status::quarantined) continue;
      if (!refused.empty()) refused += ',';
      json::writeText(verdict.sourceId, refused);
    }
    const char* code = refused.empty() ? "0" : "1";
    return jsonAnswer(200, std::string("{\"code\":") + code + ",\"refused\":[" + refused + "]}");
  }
};

class TemplateSink final : public Sink {
 public:
  TemplateSink(const Settings& settings, Host& host)
      : host_(host), url_(settings.text("url")), token_(settings.secret("token")) {}

  Outcome deliver(const Delivery& delivery, Deadline deadline) override {
    HttpCall call{.url = url_, .headers = {}, .body = std::string(delivery.payloadText)};
    call.headers.add("Content-Type", "application/json; charset=utf-8");
    call.headers.add("Authorization", "Bearer " + token_.reveal());
    call.headers.add("Idempotency-Key", std::string(delivery.idempotencyKey));
    const auto answer = host_.send(call, deadline);
    if (!answer) return outcomeOfError(answer.error());
    Outcome outcome = outcomeOfHttp(*answer);
    return outcome.verdict == Verdict::delivered ? byBody(*answer) : outcome;
  }

 private:
  // Status 200 says only that the platform has read the request; its code says what became of it.
  static Outcome byBody(const HttpResponse& answer) {
    json::Document document;
    const bool readable = json::parse(answer.body, document).ok();
    const json::Value* code = readable ? document.root.find("code") : nullptr;
    if (code == nullptr || !code->integer()) {
      return Outcome::failed(Verdict::retry, codes::kProtocol,
                             "the platform's answer has no \"code\"; is url the right address?");
    }
    const std::int64_t said = *code->integer();
    if (said == 0) return Outcome::delivered(textOf(document.root, "id"));
    // Its message is not repeated: it may quote the record.
    return Outcome::failed(Verdict::rejected, codes::kRejected,
                           "the platform answered code " + std::to_string(said));
  }

  Host& host_;
  const std::string url_;
  const Secret token_;
};

class TemplateMock final : public MockPeer {
 public:
  explicit TemplateMock(const Settings& settings) : token_(settings.secret("token")) {}

  HttpResponse handle(const HttpRequest& request, WallTime) override {
    if (!equalConstantTime(request.headers.get("Authorization"), "Bearer " + token_.reveal())) {
      ++refused_;
      return jsonAnswer(401, R"({"code":401})");
    }
    json::Document document;
    if (!json::parse(request.body, document) || !document.root.isObject()) {
      ++refused_;
      return jsonAnswer(200, R"({"code":1001})");
    }
    const std::string key(request.headers.get("Idempotency-Key"));
    const Lock lock(mutex_);
    if (!keys_.insert(key).second) ++doubled_;
    return jsonAnswer(200, "{\"code\":0,\"id\":\"T-" + key + "\"}");
  }

  void drive(MockWorld& world) override {
    const std::size_t first = world.firstNumber();
    for (std::size_t i = 1; i <= world.records(); ++i) {
      const std::string n = std::to_string(first + i);
      HttpCall call{.url = std::string(world.gatewayUrl()) + "/records", .headers = {}, .body = {}};
      call.headers.add("Content-Type", "application/json");
      call.body = R"({"list":[{"id":"T)" + n + R"(","title":"Street lamp )" + n +
                  R"( is out","text":"Since yesterday.","reported":"2026-01-01 08:00:00"}]})";
      const auto taken = [](const HttpResponse& answer) { return answer.status == 200; };
      if (!world.sendUntil(call, taken)) return;
      if (!world.pause(std::chrono::milliseconds(50))) return;
    }
  }

  [[nodiscard]] Taken taken() const override {
    const Lock lock(mutex_);
    return {keys_.size(), doubled_, refused_};
  }

 private:
  const Secret token_;
  mutable Mutex mutex_;
  std::set<std::string> keys_ LIANQIAO_GUARDED_BY(mutex_);
  std::uint64_t doubled_ LIANQIAO_GUARDED_BY(mutex_) = 0;
  std::atomic<std::uint64_t> refused_ = 0;
};

constexpr Descriptor kTemplate{
    .name = "template",
    .version = "1.0",
    .summary = "Exchanges JSON over HTTP with a made-up platform; a pattern for new adapters.",
    .summaryZh = "通过 HTTP 与一个虚构平台交换 JSON；新适配器的样板。",
    .stability = Stability::stable,
    .posture = Posture::hardened,
    .settings = kSettings,
    .makeReceiver = [](const Settings&, Host&) -> std::unique_ptr<Receiver> {
      return std::make_unique<TemplateReceiver>();
    },
    .makeSink = [](const Settings& settings, Host& host) -> std::unique_ptr<Sink> {
      return std::make_unique<TemplateSink>(settings, host);
    },
    .makeMock = [](const Settings& settings) -> std::unique_ptr<MockPeer> {
      return std::make_unique<TemplateMock>(settings);
    },
};

}  // namespace

LIANQIAO_ADAPTER("template", kTemplate)
