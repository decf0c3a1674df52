#include <array>

#include "kit/answers/answer_fields.h"
#include "kit/counterpart/counterpart_fields.h"
#include "kit/counterpart/http_counterpart.h"
#include "webhook/webhook_caller.h"
#include "webhook/webhook_mock.h"
#include "webhook/webhook_sink.h"

namespace lianqiao::webhook {
namespace {

/// The standard form (JSON object, array, NDJSON) and the standard answer are all that this
/// protocol has.
class WebhookReceiver final : public Receiver {};

constexpr std::array<std::string_view, 3> kMethods{"POST", "PUT", "PATCH"};
constexpr std::array<std::string_view, 2> kForms{"array", "ndjson"};
constexpr std::array<std::string_view, 2> kHashes{"sha256", "sm3"};
constexpr std::array<std::string_view, 7> kSchemes{"none", "gjgxjhpt",    "gjzwfwpt", "bg-hmac",
                                                   "tif",  "x-hmac-auth", "client-id"};

constexpr std::array kSending{
    FieldSpec{.name = "url",
              .kind = FieldKind::url,
              .doc = "Where records are sent; empty when this peer only sends.",
              .docZh = "记录发送的地址；该对端只上报时留空。",
              .example = "http://10.0.0.8:9000/events"},
    FieldSpec{.name = "method",
              .kind = FieldKind::choice,
              .doc = "HTTP method of a delivery.",
              .docZh = "投递所用的 HTTP 方法。",
              .fallback = "POST",
              .choices = kMethods},
    FieldSpec{.name = "headers",
              .kind = FieldKind::list,
              .doc = "Further header fields, each \"Name: value\"; no secrets here.",
              .docZh = "附加请求头，每项“名称: 值”；不得写入密钥。"},
    FieldSpec{.name = "token",
              .kind = FieldKind::secret,
              .doc = "Sent as Authorization: Bearer; empty for none.",
              .docZh = "以 Authorization: Bearer 发送的令牌；没有则留空。"},
    FieldSpec{.name = "key_header",
              .kind = FieldKind::text,
              .doc = "Header field that carries `key`, such as x-api-key.",
              .docZh = "携带 key 的请求头名称，例如 x-api-key。"},
    FieldSpec{.name = "key",
              .kind = FieldKind::secret,
              .doc = "API key for `key_header`.",
              .docZh = "key_header 所用的接口密钥。"},
    FieldSpec{.name = "sign_scheme",
              .kind = FieldKind::choice,
              .doc = "Signature family of the request.",
              .docZh = "请求签名方案。",
              .fallback = "none",
              .choices = kSchemes},
    FieldSpec{.name = "sign_id",
              .kind = FieldKind::text,
              .doc = "Requester id of the signature.",
              .docZh = "签名的请求者标识。"},
    FieldSpec{.name = "sign_service_id",
              .kind = FieldKind::text,
              .doc = "Service id of the signature, where the scheme has one.",
              .docZh = "签名的服务编码（方案需要时填写）。"},
    FieldSpec{.name = "sign_secret",
              .kind = FieldKind::secret,
              .doc = "Signing secret.",
              .docZh = "签名密钥。"},
    FieldSpec{.name = "idempotency_header",
              .kind = FieldKind::text,
              .doc = "Header field that carries the stable key of a delivery; of a batch, all "
                     "keys; \"\" for "
                     "none.",
              .docZh = "携带投递幂等键的请求头名称；批量时为全部键；填 \"\" 表示不发送。",
              .fallback = "Idempotency-Key"},
};

constexpr std::array kBatching{
    FieldSpec{
        .name = "batch",
        .kind = FieldKind::integer,
        .doc = "Records that go together, at most; 1 sends each alone. They go in one request, "
               "or in several where their keys fill more than 3 KiB of the head, or their "
               "body more than `batch_bytes`.",
        .docZh = "一批最多携带的记录数；1 表示逐条发送。通常为一次请求；幂等键在请求头中超过 3 "
                 "KiB，或请求体超过 batch_bytes 时，分多次请求。",
        .fallback = "1",
        .least = "1",
        .most = "10000",
        .unit = "records",
        .unitZh = "条"},
    FieldSpec{.name = "batch_form",
              .kind = FieldKind::choice,
              .doc = "How several records stand in one body.",
              .docZh = "多条记录在请求体中的形式。",
              .fallback = "array",
              .choices = kForms},
    FieldSpec{.name = "batch_bytes",
              .kind = FieldKind::size,
              .doc = "Largest body of a request with several records.",
              .docZh = "多条记录的请求体的最大字节数。",
              .fallback = "8 MiB",
              .least = "64 KiB",
              .most = "64 MiB"},
    FieldSpec{.name = "count_header",
              .kind = FieldKind::text,
              .doc = "Header field with the number of records in the request.",
              .docZh = "携带该请求记录条数的请求头名称。",
              .example = "X-Batch-Count"},
    FieldSpec{.name = "part_header",
              .kind = FieldKind::text,
              .doc = "Header field that says which request of a batch it is: 1/3.",
              .docZh = "说明该请求是一批中第几次的请求头名称：1/3。",
              .example = "X-Batch-Part"},
    FieldSpec{.name = "digest_header",
              .kind = FieldKind::text,
              .doc = "Header field with the digest of the body, in lower-case hexadecimal digits.",
              .docZh = "携带请求体摘要（小写十六进制）的请求头名称。",
              .example = "X-Batch-Digest"},
    FieldSpec{.name = "digest_hash",
              .kind = FieldKind::choice,
              .doc = "Hash of `digest_header` and `signature_header`.",
              .docZh = "digest_header 和 signature_header 所用的散列算法。",
              .fallback = "sha256",
              .choices = kHashes},
    FieldSpec{.name = "signature_header",
              .kind = FieldKind::text,
              .doc = "Header field with the HMAC of the body under `signature_key`, in lower-case "
                     "hexadecimal digits.",
              .docZh = "携带请求体 HMAC（密钥为 signature_key，小写十六进制）的请求头名称。",
              .example = "X-Batch-Signature"},
    FieldSpec{.name = "signature_key",
              .kind = FieldKind::secret,
              .doc = "Key of `signature_header`.",
              .docZh = "signature_header 的密钥。"},
    FieldSpec{.name = "mock_replies",
              .kind = FieldKind::boolean,
              .doc = "The mock reports steps for what it was given.",
              .docZh = "模拟对端是否回报办理步骤。",
              .fallback = "true"},
};

constexpr auto kFields =
    kit::concatenated(kSending, kit::answerFields({.okCodes = "0", .otherCodes = "rejected"}),
                      kBatching, kit::counterpartFields({}));

constexpr Descriptor kDescriptor{
    .name = "webhook",
    .version = "1.0.0",
    .summary = "Any JSON over HTTP, both ways, shaped by mappings alone.",
    .summaryZh = "任意 JSON over HTTP 双向对接，仅凭映射配置。",
    .stability = Stability::beta,
    .posture = Posture::hardened,
    .settings = kFields,
    .makeReceiver = [](const Settings&, Host&) -> std::unique_ptr<Receiver> {
      return std::make_unique<WebhookReceiver>();
    },
    .makeSink = [](const Settings& settings, Host& host) -> std::unique_ptr<Sink> {
      if (settings.text("url").empty()) return nullptr;
      return std::make_unique<WebhookSink>(settings, host);
    },
    .makeCounterpart = [](const Settings& settings, Host& host) -> std::unique_ptr<Counterpart> {
      return kit::HttpCounterpart::make(
          settings, [caller = WebhookCaller(settings, host)](HttpCall call, Deadline deadline) {
            return caller.send(std::move(call), deadline);
          });
    },
    .makeMock = [](const Settings& settings) -> std::unique_ptr<MockPeer> {
      return std::make_unique<WebhookMock>(settings);
    },
};

}  // namespace
}  // namespace lianqiao::webhook

LIANQIAO_ADAPTER("webhook", lianqiao::webhook::kDescriptor)
