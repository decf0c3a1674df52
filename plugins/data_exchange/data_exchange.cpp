#include <array>

#include "data_exchange/exchange_client.h"
#include "data_exchange/exchange_mock.h"
#include "data_exchange/exchange_sink.h"
#include "data_exchange/exchange_source.h"
#include "kit/answers/answer_fields.h"
#include "kit/counterpart/counterpart_fields.h"
#include "kit/counterpart/http_counterpart.h"

namespace lianqiao::data_exchange {
namespace {

/// What a platform pushes comes in the standard form.
class ExchangeReceiver final : public Receiver {};

constexpr std::array<std::string_view, 6> kSchemes{"gjgxjhpt", "gjzwfwpt",    "bg-hmac",
                                                   "tif",      "x-hmac-auth", "client-id"};
constexpr std::array<std::string_view, 3> kRefreshes{"none", "appkey", "every_call"};
constexpr std::array<std::string_view, 2> kForms{"object", "array"};
constexpr std::array<std::string_view, 4> kTimes{"text", "compact", "epoch_ms", "epoch_s"};
constexpr std::array<std::string_view, 3> kEnds{"none", "same_group", "own_group"};

constexpr std::array kSending{
    FieldSpec{.name = "url",
              .kind = FieldKind::url,
              .doc = "Base address of the platform; paths are added to it.",
              .docZh = "平台基础地址，各路径接在其后。",
              .required = true,
              .example = "http://10.2.0.8:8080"},
    FieldSpec{.name = "scheme",
              .kind = FieldKind::choice,
              .doc = "Family of signature headers that the platform checks.",
              .docZh = "平台校验的签名方案。",
              .required = true,
              .choices = kSchemes,
              .example = "gjgxjhpt"},
    FieldSpec{.name = "id",
              .kind = FieldKind::text,
              .doc = "Who we are at the platform: rid, access key, paasid, apiKey or client id.",
              .docZh = "平台分配的请求者标识：rid、access key、paasid、apiKey 或 client id。",
              .required = true,
              .example = "11111111-2222-3333-4444-555555555555@df-1"},
    FieldSpec{.name = "service_id",
              .kind = FieldKind::text,
              .doc = "Service id (sid) of the interface that takes records.",
              .docZh = "接收数据的接口的服务编码（sid）。",
              .example = "s_0000000000000_0001"},
    FieldSpec{.name = "services",
              .kind = FieldKind::list,
              .doc = "Interfaces of single record types, each \"type: service_id /path\".",
              .docZh = "按记录类型区分的接口，每项“类型: 服务编码 /路径”。",
              .example = "[\"work_order_step: s_0000000000000_0002\"]"},
    FieldSpec{.name = "send_path",
              .kind = FieldKind::text,
              .doc = "Path that takes records; gjgxjhpt has /httpproxy, others must give it.",
              .docZh = "推送数据的路径；gjgxjhpt 默认 /httpproxy，其他方案必填。",
              .example = "/sysapi/catalog/push"},
    FieldSpec{.name = "secret",
              .kind = FieldKind::secret,
              .doc = "Secret or token that signs, where it is not refreshed.",
              .docZh = "签名密钥或令牌（不需要刷新时填写）。"},
    FieldSpec{.name = "appkey",
              .kind = FieldKind::secret,
              .doc = "Authorisation code that signs key refreshes and decrypts what they bring.",
              .docZh = "服务授权码，用于刷新密钥的签名和解密。"},
    FieldSpec{.name = "key_refresh",
              .kind = FieldKind::choice,
              .doc = "Where the secret comes from: the setting, a refresh kept until its end, or a "
                     "refresh before every call.",
              .docZh = "密钥来源：直接配置、刷新后用到失效、或每次调用前刷新。",
              .fallback = "none",
              .choices = kRefreshes},
    FieldSpec{.name = "refresh_path",
              .kind = FieldKind::text,
              .doc = "Path of the key refresh.",
              .docZh = "刷新密钥的路径。",
              .fallback = "/sysapi/auth/refreshappsecret"},
    FieldSpec{.name = "refresh_early",
              .kind = FieldKind::duration,
              .doc = "How long before its end a secret is refreshed.",
              .docZh = "提前多久刷新密钥。",
              .fallback = "5min",
              .least = "0s",
              .most = "1d"},
    FieldSpec{.name = "headers",
              .kind = FieldKind::list,
              .doc = "Further header fields, each \"Name: value\"; no secrets here.",
              .docZh = "附加请求头，每项“名称: 值”；不得写入密钥。",
              .example = "[\"X-Hmac-Auth-IP: 10.2.0.5\"]"},
    FieldSpec{.name = "body_form",
              .kind = FieldKind::choice,
              .doc = "One record as the body, or several in an array below array_member.",
              .docZh = "请求体为单条记录，或放在 array_member 数组中的多条记录。",
              .fallback = "object",
              .choices = kForms},
    FieldSpec{.name = "array_member",
              .kind = FieldKind::text,
              .doc = "Member that holds the records of body_form array.",
              .docZh = "body_form 为 array 时存放记录的字段。",
              .fallback = "data"},
    FieldSpec{
        .name = "batch",
        .kind = FieldKind::integer,
        .doc = "Records in one body of body_form array, at most. Their keys fill at most 3 KiB of "
               "the head: more records go in several requests.",
        .docZh = "body_form 为 array 时一次最多携带的记录数。幂等键在请求头中最多占 3 "
                 "KiB，更多记录分多次请求发送。",
        .fallback = "50",
        .least = "1",
        .most = "1000",
        .unit = "records",
        .unitZh = "条"},
    FieldSpec{.name = "lower_case_keys",
              .kind = FieldKind::boolean,
              .doc = "Names of body members go out in lower case; gjzwfwpt does so unless told.",
              .docZh = "请求体字段名转为小写；gjzwfwpt 默认如此。",
              .example = "true"},
    FieldSpec{
        .name = "idempotency_header",
        .kind = FieldKind::text,
        .doc =
            "Header field with the stable key of a delivery; of a batch, all keys; \"\" for none.",
        .docZh = "携带投递幂等键的请求头；批量时为全部键；填 \"\" 表示不发送。",
        .fallback = "Idempotency-Key"},
    FieldSpec{.name = "idempotency_member",
              .kind = FieldKind::text,
              .doc = "Member added to each record with that key, for platforms whose proxy drops "
                     "headers.",
              .docZh = "在每条记录中加入幂等键的字段名（平台代理丢弃请求头时使用）。",
              .example = "requestId"},
};

constexpr auto kAnswers = kit::answerFields({
    .codeField = "code",
    .okDoc = "Codes that mean success; unless given 0 for gjgxjhpt, 200 for gjzwfwpt, else 0, 200 "
             "and 00.",
    .okDocZh = "表示成功的结果码；默认 gjgxjhpt 为 0，gjzwfwpt 为 200，其余为 0、200、00。",
    .refusedCodes = "E-106, 401, 403",
    .refusedWords = "E-106, 未授权, 无权限, 授权名单, Invalid access key, Clock skew exceeded, "
                    "route_id is forbidden",
    .throttledCodes = "429",
    .retryCodes = "-1, 300, 500, 502, 503, 504, db-*",
    .rejectedCodes = "400, 422, catalog-*, res-*, api-*",
    .receiptField = "data.id",
});

constexpr std::array kQuerying{
    FieldSpec{.name = "signature_words",
              .kind = FieldKind::list,
              .doc = "Words in the message that mean a wrong signature: the key is refreshed once "
                     "and the call repeated.",
              .docZh = "应答说明中表示签名错误的词：将刷新一次密钥并重试。",
              .fallback = "Invalid signature, 签名, 密钥"},
    FieldSpec{.name = "query_service_id",
              .kind = FieldKind::text,
              .doc = "Service id (sid) of the paged query; neither it nor query_path: nothing is "
                     "polled.",
              .docZh = "分页查询接口的服务编码（sid）；与 query_path 均不填则不轮询。",
              .example = "s_0000000000000_0009"},
    FieldSpec{.name = "query_path",
              .kind = FieldKind::text,
              .doc = "Path of the paged query; unless given the same as send_path.",
              .docZh = "分页查询的路径；默认与 send_path 相同。",
              .example = "/gateway/api/1/orders"},
    FieldSpec{.name = "query_field",
              .kind = FieldKind::text,
              .doc = "Field by which rows are fetched as they grow: a time of change.",
              .docZh = "增量字段：记录的变更时间。",
              .fallback = "updateTime"},
    FieldSpec{.name = "query_operator",
              .kind = FieldKind::text,
              .doc = "How the platform writes \"at or after\" in a condition (logical).",
              .docZh = "平台在条件中“大于等于”的写法（logical）。",
              .fallback = ">="},
    FieldSpec{.name = "query_end_operator",
              .kind = FieldKind::text,
              .doc = "How it writes \"at or before\".",
              .docZh = "平台“小于等于”的写法。",
              .fallback = "<="},
    FieldSpec{.name = "query_time",
              .kind = FieldKind::choice,
              .doc = "How times stand in a condition; text and compact are China time.",
              .docZh = "条件中时间的写法；text 与 compact 为北京时间。",
              .fallback = "text",
              .choices = kTimes},
    FieldSpec{.name = "window_end",
              .kind = FieldKind::choice,
              .doc = "Whether a query also names its end, so that pages stand still: in the same "
                     "inner list, or in one of its own.",
              .docZh = "查询是否带结束时间以保证翻页稳定：放在同一内层列表，或单独一个列表。",
              .fallback = "none",
              .choices = kEnds},
    FieldSpec{.name = "return_type",
              .kind = FieldKind::text,
              .doc = "returnType of the query; left out unless given.",
              .docZh = "查询的 returnType；不填则不发送。",
              .example = "json"},
    FieldSpec{.name = "page_size",
              .kind = FieldKind::integer,
              .doc = "Rows on one page.",
              .docZh = "每页行数。",
              .fallback = "100",
              .least = "1",
              .most = "1000",
              .unit = "rows",
              .unitZh = "行"},
    FieldSpec{.name = "overlap",
              .kind = FieldKind::duration,
              .doc = "How far a query reaches back before the newest row seen; doubles are "
                     "recognised.",
              .docZh = "每次查询向前重叠的时长；重复的记录会被识别。",
              .fallback = "10min",
              .least = "0s",
              .most = "30d"},
    FieldSpec{.name = "look_back",
              .kind = FieldKind::duration,
              .doc = "How far the very first query reaches back.",
              .docZh = "首次查询回溯的时长。",
              .fallback = "24h",
              .least = "0s",
              .most = "3650d"},
    FieldSpec{.name = "list_path",
              .kind = FieldKind::text,
              .doc = "Dotted path of the rows; unless given data.list, data.rows, data.records, "
                     "data.data or data.",
              .docZh = "应答中数据行的字段路径；默认依次尝试 data.list、data.rows、data.records、"
                       "data.data、data。",
              .example = "data.list"},
    FieldSpec{.name = "total_path",
              .kind = FieldKind::text,
              .doc = "Dotted path of the number of all rows; where it is absent an empty page ends "
                     "the query.",
              .docZh = "应答中总行数的字段路径；没有时以空页结束。",
              .fallback = "data.total"},
    FieldSpec{.name = "row_id_field",
              .kind = FieldKind::text,
              .doc = "Field of a row that is the platform's id; else the mapping names it.",
              .docZh = "数据行中作为平台编号的字段；不填则由映射指定。",
              .example = "row_guid"},
    FieldSpec{.name = "mock_key_life",
              .kind = FieldKind::duration,
              .doc = "How long the keys live that the mock issues.",
              .docZh = "模拟平台所发密钥的有效时长。",
              .fallback = "1h",
              .least = "1s",
              .most = "30d"},
    FieldSpec{.name = "mock_pushes",
              .kind = FieldKind::boolean,
              .doc = "The mock pushes records where no paged query is set.",
              .docZh = "未配置分页查询时，模拟平台是否推送记录。",
              .fallback = "false"},
};

constexpr auto kFields =
    kit::concatenated(kSending, kAnswers, kQuerying,
                      kit::counterpartFields({.items = "data.list", .total = "data.total"}));

/// Asks with the signature of the service that is queried, or of the last one that is sent to.
class SignedAsking {
 public:
  SignedAsking(const Settings& settings, Host& host)
      : connection_(connectionOf(settings)),
        rules_(settings),
        client_(connection_, serviceOf(settings), rules_, host) {}

  Result<HttpResponse> get(HttpCall call, Deadline deadline) {
    return client_.get(std::move(call), deadline);
  }

 private:
  static Service serviceOf(const Settings& settings) {
    auto queried = queryServiceOf(settings);
    return queried ? std::move(*queried) : servicesOf(settings).back();
  }

  const Connection connection_;
  const PlatformRules rules_;
  ExchangeClient client_;
};

std::unique_ptr<Counterpart> counterpartOf(const Settings& settings, Host& host) {
  return kit::HttpCounterpart::make(
      settings,
      [asking = std::make_shared<SignedAsking>(settings, host)](HttpCall call, Deadline deadline) {
        return asking->get(std::move(call), deadline);
      },
      connectionOf(settings).lowerKeys ? kit::HttpCounterpart::Names::lower_case
                                       : kit::HttpCounterpart::Names::as_sent);
}

constexpr Descriptor kDescriptor{
    .name = "data_exchange",
    .version = "1.0.0",
    .summary =
        "National and provincial data sharing platforms: signed sending, key refresh, paged "
        "queries.",
    .summaryZh = "国家、省级数据共享交换平台：签名推送、密钥刷新、分页查询。",
    .stability = Stability::beta,
    .posture = Posture::hardened,
    .settings = kFields,
    .makeReceiver = [](const Settings&, Host&) -> std::unique_ptr<Receiver> {
      return std::make_unique<ExchangeReceiver>();
    },
    .makeSource = [](const Settings& settings, Host& host) -> std::unique_ptr<Source> {
      if (!queryServiceOf(settings)) return nullptr;
      return std::make_unique<ExchangeSource>(settings, host);
    },
    .makeSink = [](const Settings& settings, Host& host) -> std::unique_ptr<Sink> {
      return std::make_unique<ExchangeSink>(settings, host);
    },
    .makeCounterpart = counterpartOf,
    .makeMock = [](const Settings& settings) -> std::unique_ptr<MockPeer> {
      return std::make_unique<ExchangeMock>(settings);
    },
};

}  // namespace
}  // namespace lianqiao::data_exchange

LIANQIAO_ADAPTER("data_exchange", lianqiao::data_exchange::kDescriptor)
