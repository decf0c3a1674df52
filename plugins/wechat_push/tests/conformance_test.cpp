#include "conformance/conformance.h"

#include <gtest/gtest.h>

#include <sstream>

#include "conformance/test_data.h"
#include "plugin/describe.h"
#include "wechat_push/message_crypto.h"

extern "C" const lianqiao::Descriptor* lianqiao_descriptor();

namespace lianqiao::wechat_push {
namespace {

const Descriptor& adapter() { return *lianqiao_descriptor(); }

constexpr std::string_view kToken = "canary-token-7Q2x";
constexpr std::string_view kAesKey = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG";
constexpr std::string_view kAppId = "wx00lianqiaodemo00";
constexpr std::string_view kMessage =
    R"({"ToUserName":"gh","FromUserName":"o1","CreateTime":1767225600,"MsgType":"text","Content":"张三丰 13800000000","MsgId":71})";
constexpr std::string_view kMessageXml =
    "<xml><ToUserName><![CDATA[gh]]></ToUserName><FromUserName><![CDATA[o1]]></"
    "FromUserName><CreateTime>1767225600</CreateTime>"
    "<MsgType><![CDATA[text]]></MsgType><Content><![CDATA[张三丰 "
    "13800000000]]></Content><MsgId>71</MsgId></xml>";

/// What the gateway hands over where nothing but `given` is set: the optional ones are described
/// and read as empty.
Settings leastOf(const std::vector<conformance::Given>& given) {
  Settings settings = conformance::settingsOf(adapter(), given);
  for (const FieldSpec& spec : adapter().settings) {
    if (!settings.has(spec.name)) settings.describe(std::string(spec.name));
  }
  return settings;
}

HttpRequest pushed(std::string_view body, bool secure) {
  HttpRequest request;
  request.method = "POST";
  request.target = request.path = "/v1/peers/haozhoudao/callback";
  request.query =
      "timestamp=1767225600&nonce=n1&signature=" + pushSignature({kToken, "1767225600", "n1"});
  request.body = body;
  if (secure) {
    const std::string encrypted =
        encryptMessage(messageKey(kAesKey).value(), "0123456789abcdef", body, kAppId);
    request.query +=
        "&encrypt_type=aes&msg_signature=" + pushSignature({kToken, "1767225600", "n1", encrypted});
    request.body = R"({"ToUserName":"gh","Encrypt":")" + encrypted + R"("})";
  }
  return request;
}

TEST(WechatPushAdapter, KeepsThePromisesOfEveryAdapter) {
  conformance::ConformanceCase c;
  c.descriptor = &adapter();
  c.settings = {{"token", std::string(kToken)},
                {"aes_key", std::string(kAesKey)},
                {"previous_aes_key", "GFEDCBA9876543210zyxwvutsrqponmlkjihgfedcba"},
                {"app_id", std::string(kAppId)},
                {"mode", "any"},
                {"kinds", ""}};
  c.more = {{"kinds", "text, image, location, event:debug_demo"}};
  c.personal = {"张三丰", "13800000000"};
  c.golden = LIANQIAO_SOURCE_DIR "/plugins/wechat_push/golden";
  c.readme = LIANQIAO_SOURCE_DIR "/plugins/wechat_push/README.md";
  c.receiver = {.good = {pushed(kMessage, false), pushed(kMessageXml, false),
                         pushed(kMessage, true), pushed(kMessageXml, true)}};
  c.mock = conformance::MockCase{};
  const std::string message(kMessage);
  c.reader = {.good = {{"message.json", message, 1},
                       {"message.xml", std::string(kMessageXml), 1},
                       {"messages.json", "[" + message + "," + message + "]", 2},
                       {"messages.jsonl", message + "\n" + message + "\n", 2}}};
  conformance::run(c);
}

TEST(WechatPushAdapter, IsMadeOfATokenAlone) {
  test::FakeHost host;
  EXPECT_NE(adapter().makeReceiver(leastOf({{"token", std::string(kToken)}}), host), nullptr);
  EXPECT_NE(adapter().makeMock(leastOf({{"token", std::string(kToken)}})), nullptr);
}

TEST(WechatPushAdapter, RefusesPlainPushesOnceAKeyIsSetUnlessTold) {
  test::FakeHost host;
  std::vector<conformance::Given> given{{"token", std::string(kToken)}, {"kinds", ""}};
  const HttpRequest plain = pushed(kMessage, false);
  EXPECT_TRUE(adapter().makeReceiver(leastOf(given), host)->receive(plain).ok());
  given.push_back({"aes_key", std::string(kAesKey)});
  given.push_back({"app_id", std::string(kAppId)});
  const auto secure = adapter().makeReceiver(leastOf(given), host);
  EXPECT_EQ(secure->receive(plain).error().code, codes::kUnauthenticated);
  EXPECT_TRUE(secure->receive(pushed(kMessage, true)).ok());
  given.push_back({"mode", "any"});
  EXPECT_TRUE(adapter().makeReceiver(leastOf(given), host)->receive(plain).ok());
}

TEST(WechatPushAdapter, RefusesAnOldPushUnlessTold) {
  test::FakeHost host;
  std::vector<conformance::Given> given{{"token", std::string(kToken)}, {"kinds", ""}};
  host.advance(std::chrono::minutes(11));
  const HttpRequest old = pushed(kMessage, false);
  EXPECT_EQ(adapter().makeReceiver(leastOf(given), host)->receive(old).error().code,
            codes::kClockSkew);
  given.push_back({"max_skew", "0s"});
  EXPECT_TRUE(adapter().makeReceiver(leastOf(given), host)->receive(old).ok());
}

TEST(WechatPushAdapter, TheChineseReadmeListsEverySetting) {
  const std::string readme =
      test::readFile(LIANQIAO_SOURCE_DIR "/plugins/wechat_push/README.zh.md");
  std::istringstream table(plugin::describeMarkdown(adapter(), plugin::Language::chinese));
  for (std::string line; std::getline(table, line);) {
    if (!line.starts_with("| `")) continue;
    EXPECT_NE(readme.find(line + "\n"), std::string::npos) << line;
  }
}

}  // namespace
}  // namespace lianqiao::wechat_push
