#include <algorithm>
#include <array>
#include <stdexcept>

#include "lianqiao/text.h"
#include "wechat_push/message_crypto.h"
#include "wechat_push/push_mock.h"
#include "wechat_push/push_receiver.h"

namespace lianqiao::wechat_push {
namespace {

constexpr std::array<std::string_view, 2> kModes{"any", "secure"};
constexpr std::array<std::string_view, 2> kSignedBy{"signature", "msg_signature"};

constexpr std::array kFields{
    FieldSpec{.name = "token",
              .kind = FieldKind::secret,
              .doc = "Token set in the platform's console.",
              .docZh = "在平台后台设置的 Token。",
              .required = true},
    FieldSpec{.name = "aes_key",
              .kind = FieldKind::secret,
              .doc = "EncodingAESKey of 43 characters; empty: plain mode only.",
              .docZh = "43 位 EncodingAESKey；留空则只接受明文模式。"},
    FieldSpec{.name = "previous_aes_key",
              .kind = FieldKind::secret,
              .doc = "The EncodingAESKey before, during a key change.",
              .docZh = "更换密钥期间仍可用的旧 EncodingAESKey。"},
    FieldSpec{
        .name = "app_id",
        .kind = FieldKind::text,
        .doc = "appid of the mini-program, or corpid; stands at the end of every secure message.",
        .docZh = "小程序 appid 或企业 corpid；安全模式消息末尾携带并校验。",
        .example = "wx0123456789abcdef"},
    FieldSpec{.name = "mode",
              .kind = FieldKind::choice,
              .doc = "secure refuses unencrypted pushes, any takes both; when left out: secure "
                     "where aes_key is set, else any.",
              .docZh = "secure 拒绝未加密的推送，any 两种都接受；不填时，设置了 aes_key 即为 "
                       "secure，否则为 any。",
              .choices = kModes},
    FieldSpec{.name = "kinds",
              .kind = FieldKind::list,
              .doc = "Message kinds that are reports (text, image, location, event:NAME); others "
                     "are answered and counted only. Empty: all.",
              .docZh = "作为上报处理的消息类型（text、image、location、event:"
                       "名称）；其余只应答并计数。留空表示全部。"},
    FieldSpec{.name = "max_skew",
              .kind = FieldKind::duration,
              .doc = "How far a push's timestamp may be from our time; 0s: not checked, repeats "
                     "are known by their id.",
              .docZh = "推送时间戳与本机时间允许的偏差；0s 表示不检查，重复推送按编号识别。",
              .fallback = "10m",
              .least = "0s",
              .most = "1d"},
};

/// A kind that stands near one of WeChat's and is none would let every such message pass unheard.
std::vector<std::string> kindsOf(const Settings& settings) {
  static constexpr std::string_view kKinds[] = {"text",       "image",    "voice", "video",
                                                "shortvideo", "location", "link"};
  std::vector<std::string> kinds = settings.list("kinds");
  for (const std::string& kind : kinds) {
    if (kind == "event")
      throw std::invalid_argument("kinds has event, and an event has a name; write event:NAME");
    if (std::find(std::begin(kKinds), std::end(kKinds), kind) != std::end(kKinds) ||
        kind.starts_with("event:"))
      continue;
    if (const std::string_view near = closest(kind, kKinds); !near.empty()) {
      throw std::invalid_argument("kinds has " + kind +
                                  ", which WeChat does not know; did you mean " +
                                  std::string(near) + "?");
    }
  }
  return kinds;
}

PushIdentity identityOf(const Settings& settings) {
  PushIdentity identity;
  identity.token = settings.secret("token");
  identity.id = settings.text("app_id");
  const std::string& mode = settings.text("mode");
  // A plain push signs nothing of its body: it is taken beside secure ones only where someone says
  // so.
  identity.secureOnly = mode == "secure" || (mode.empty() && !settings.secret("aes_key").empty());
  for (const char* name : {"aes_key", "previous_aes_key"}) {
    const Secret& secret = settings.secret(name);
    if (secret.empty()) continue;
    auto key = messageKey(secret.reveal());
    if (!key)
      throw std::invalid_argument(std::string(name) +
                                  " must be the 43 characters of an EncodingAESKey");
    identity.keys.push_back(std::move(*key));
  }
  if (!identity.keys.empty() && identity.id.empty())
    throw std::invalid_argument("app_id is needed beside aes_key");
  if (identity.secureOnly && identity.keys.empty())
    throw std::invalid_argument("mode: secure needs aes_key");
  return identity;
}

RawItem itemOrProblem(std::string_view message) {
  auto item = itemOfMessage(message);
  if (item) return std::move(item).value();
  RawItem broken;
  broken.evidence = message;
  broken.problems.push_back({item.error().code, "", item.error().detail});
  return broken;
}

/// Saved messages, decrypted: one in XML or JSON, or JSON ones as array or lines.
Result<std::vector<RawItem>> savedMessages(const HttpRequest& saved) {
  const std::string_view media = saved.headers.get("Content-Type");
  std::vector<RawItem> items;
  if (media == "text/xml") {
    items.push_back(itemOrProblem(saved.body));
    return items;
  }
  auto messages = json::splitItems(saved.body, media == "application/x-ndjson");
  if (!messages) return messages.error();
  for (const std::string_view message : *messages) items.push_back(itemOrProblem(message));
  return items;
}

constexpr Descriptor kDescriptor{
    .name = "wechat_push",
    .version = "1.0.0",
    .summary =
        "Message push of WeChat mini-programs, official accounts and WeCom, plain and secure.",
    .summaryZh = "接收微信小程序、公众号与企业微信的消息推送，支持明文与安全模式。",
    .stability = Stability::beta,
    .posture = Posture::hardened,
    .settings = kFields,
    .authenticatesCallers = true,
    .callerMarks = {.signedBy = kSignedBy,
                    .time = "timestamp",
                    .skew = "max_skew",
                    .mostBody = 256u << 10},
    .makeReceiver = [](const Settings& settings, Host& host) -> std::unique_ptr<Receiver> {
      return std::make_unique<PushReceiver>(identityOf(settings), kindsOf(settings),
                                            settings.duration("max_skew"), host);
    },
    .makeMock = [](const Settings& settings) -> std::unique_ptr<MockPeer> {
      return std::make_unique<PushMock>(identityOf(settings));
    },
    .makeReader = [](const Settings&, Host&, const std::filesystem::path& file)
        -> std::unique_ptr<Source> { return sampleReader(file, savedMessages); },
};

}  // namespace
}  // namespace lianqiao::wechat_push

LIANQIAO_ADAPTER("wechat_push", lianqiao::wechat_push::kDescriptor)
