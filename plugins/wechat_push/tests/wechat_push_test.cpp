#include <gtest/gtest.h>

#include <set>

#include "conformance/fake_host.h"
#include "conformance/test_data.h"
#include "wechat_push/message_crypto.h"
#include "wechat_push/message_xml.h"
#include "wechat_push/push_mock.h"
#include "wechat_push/push_receiver.h"

namespace lianqiao::wechat_push {
namespace {

using namespace std::chrono_literals;

PushIdentity identity(std::string_view token, std::string_view key, std::string_view id,
                      bool secureOnly = false) {
  PushIdentity identity{Secret(std::string(token)), {}, std::string(id), secureOnly};
  if (!key.empty()) identity.keys.push_back(messageKey(key).value());
  return identity;
}

HttpRequest request(std::string method, std::string query, std::string body = {}) {
  HttpRequest request;
  request.method = std::move(method);
  request.query = std::move(query);
  request.body = std::move(body);
  return request;
}

/// The vectors that WeChat publishes (protocols §3.1).
const std::string kKey(43, 'A');
constexpr std::string_view kSecureQuery =
    "signature=6c5c811b55cc85e0e1b54100749188c20beb3f5d&timestamp=1714112445&nonce=415670741&"
    "openid=o9AgO5Kd5ggOC-bXrbNODIiE3bGY"
    "&encrypt_type=aes&msg_signature=046e02f8204d34f8ba5fa3b1db94908f3df2e9b3";
constexpr std::string_view kEncrypt =
    "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/"
    "ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcvZqzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJV"
    "nAG+tE8NUd4yFyjPy7GgiaviNrlCTj+"
    "l5kdfMuFUPpRSrfMZuMcp3Fn2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/"
    "P50F7mStwntrA2cPDrM1kb6mOcfB"
    "gRtWygb3VIYnSeOBrebufAlr7F9mFUPAJGj04=";

TEST(WechatUrlCheck, EchoesVerbatimForTheOfficialVectorAndRefusesAnother) {
  test::FakeHost host;
  PushReceiver receiver(identity("AAAAA", "", ""), {}, 0ms, host);
  const std::string query =
      "signature=f464b24fc39322e44b38aa78f5edd27bd1441696&timestamp=1714036504&nonce=1514711492&"
      "echostr=4375120948345356249";
  auto reception = receiver.receive(request("GET", query));
  ASSERT_TRUE(reception.ok());
  ASSERT_TRUE(reception->answer);
  EXPECT_EQ(reception->answer->body, "4375120948345356249");
  PushReceiver other(identity("BBBBB", "", ""), {}, 0ms, host);
  EXPECT_EQ(other.receive(request("GET", query)).error().code, codes::kUnauthenticated);
  EXPECT_EQ(receiver.receive(request("GET", "echostr=1")).error().code, codes::kUnauthenticated);
}

TEST(WechatUrlCheck, HasATimeLimitAndIsNoPage) {
  test::FakeHost host;
  host.setNow(WallTime(std::chrono::seconds(1'714'037'059)));
  PushReceiver receiver(identity("AAAAA", "", ""), {}, 600s, host);
  const auto check = [&](const std::string& time) {
    return receiver.receive(request("GET", "signature=" + pushSignature({"AAAAA", time, "n"}) +
                                               "&timestamp=" + time +
                                               "&nonce=n&echostr=%3Cscript%3E"));
  };
  const auto echoed = check("1714037059");
  ASSERT_TRUE(echoed.ok()) << echoed.error().detail;
  EXPECT_EQ(echoed->answer->body, "<script>");
  EXPECT_EQ(echoed->answer->headers.get("X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(check("1714036458").error().code, codes::kClockSkew) << "an address that was seen once";
}

TEST(WechatPush, TakesTheOfficialPlainAndSecureVectors) {
  test::FakeHost host;
  PushReceiver receiver(identity("AAAAA", kKey, "wxba5fad812f8e6fb9"), {}, 0ms, host);
  auto plain = receiver.receive(request(
      "POST",
      "signature=899cf89e464efb63f54ddac96b0a0a235f53aa78&timestamp=1714037059&nonce=486452656",
      R"({"ToUserName":"gh","FromUserName":"o1","CreateTime":1714037059,"MsgType":"event","Event":"debug_demo"})"));
  ASSERT_TRUE(plain.ok()) << plain.error().detail;
  EXPECT_EQ(plain->items.at(0).sourceId, "o1-1714037059-debug_demo");

  const std::string envelope =
      R"({"ToUserName":"gh_97417a04a28d","Encrypt":")" + std::string(kEncrypt) + R"("})";
  auto secure = receiver.receive(request("POST", std::string(kSecureQuery), envelope));
  ASSERT_TRUE(secure.ok()) << secure.error().detail;
  EXPECT_NE(secure->items.at(0).body.find("hello world"), std::string::npos);

  // The encrypted text is what is signed: another one under the same plain signature is refused.
  std::string forged = envelope;
  forged[forged.size() - 10] = forged[forged.size() - 10] == 'A' ? 'B' : 'A';
  EXPECT_EQ(receiver.receive(request("POST", std::string(kSecureQuery), forged)).error().code,
            codes::kUnauthenticated);
}

// Nothing separates what is signed: a captured secure push, whose encrypted text is called a part
// of the nonce, has the signature of a plain push with any body.
TEST(WechatPush, TheEncryptedTextOfAPushIsNoNonceOfAPlainOne) {
  test::FakeHost host;
  PushReceiver receiver(identity("AAAAA", kKey, "wxba5fad812f8e6fb9"), {}, 0ms, host);
  const std::string time = "1714112445", nonce = "1514711492", encrypted(kEncrypt);
  const std::string captured = pushSignature({"AAAAA", time, nonce, encrypted});
  const std::string moved = percentEncode(encrypted + nonce);
  ASSERT_EQ(pushSignature({"AAAAA", time, encrypted + nonce}), captured) << "the ambiguity";
  for (const char* method : {"POST", "GET"}) {
    const auto taken = receiver.receive(
        request(method, "signature=" + captured + "&timestamp=" + time + "&nonce=" + moved, "{}"));
    ASSERT_FALSE(taken.ok()) << method;
    EXPECT_EQ(taken.error().code, codes::kUnauthenticated);
  }
  // Nor may digits of the one be told as those of the other beyond what a time is.
  const std::string joined = pushSignature({"AAAAA", time + nonce, ""});
  EXPECT_FALSE(
      receiver.receive(request("POST", "signature=" + joined + "&timestamp=" + time + nonce, "{}"))
          .ok());
}

TEST(WechatPush, SecureOnlyRefusesPlainPushes) {
  test::FakeHost host;
  PushReceiver receiver(identity("AAAAA", kKey, "wxba5fad812f8e6fb9", true), {}, 0ms, host);
  EXPECT_EQ(receiver
                .receive(request("POST",
                                 "signature=899cf89e464efb63f54ddac96b0a0a235f53aa78&timestamp="
                                 "1714037059&nonce=486452656",
                                 "{}"))
                .error()
                .code,
            codes::kUnauthenticated);
}

TEST(WechatPush, StripsNothingOfWhatIndependentLibrariesEncrypted) {
  LIANQIAO_NEEDS_DATA("vectors/wechat_msgcrypt.json");
  json::Document document;
  const std::string text = test::readFile(test::sharedData("vectors/wechat_msgcrypt.json"));
  ASSERT_TRUE(json::parse(text, document).ok());
  test::FakeHost host;
  const auto field = [](const json::Value& vector, std::string_view name) {
    return std::string(vector.find(name)->text());
  };
  for (const bool valid : {true, false}) {
    for (const json::Value& vector : document.root.find(valid ? "valid" : "invalid")->elements()) {
      const std::string query = "encrypt_type=aes&timestamp=" + field(vector, "timestamp") +
                                "&nonce=" + field(vector, "nonce") +
                                "&msg_signature=" + field(vector, "msg_signature");
      PushReceiver receiver(identity(field(vector, "token"), field(vector, "encodingAESKey"),
                                     field(vector, "appid_or_corpid")),
                            {}, 0ms, host);
      auto reception = receiver.receive(
          request("POST", query,
                  "<xml><Encrypt><![CDATA[" + field(vector, "encrypt") + "]]></Encrypt></xml>"));
      const std::string name = field(vector, "name");
      // Must not crash; either outcome is right.
      if (!valid && name.find("flipped") != std::string::npos) continue;
      if (!valid) {
        const bool kept = reception.ok() && reception->items.at(0).problems.size() == 1;
        EXPECT_TRUE(!reception.ok() || kept) << name;
        continue;
      }
      ASSERT_TRUE(reception.ok()) << name;
      const std::string plaintext = field(vector, "plaintext");
      const RawItem& item = reception->items.at(0);
      EXPECT_EQ(item.problems.empty() && item.evidence.empty() ? item.body : item.evidence,
                plaintext)
          << name;
      if (plaintext.starts_with("<xml>")) {
        EXPECT_TRUE(item.problems.empty()) << name;
      }
    }
  }
}

TEST(WechatPush, KeepsThePreviousKeyDuringAChange) {
  test::FakeHost host;
  PushIdentity both = identity("AAAAA", std::string(42, 'B') + "A", "wxba5fad812f8e6fb9");
  both.keys.push_back(messageKey(kKey).value());
  PushReceiver receiver(std::move(both), {}, 0ms, host);
  EXPECT_TRUE(receiver
                  .receive(request("POST", std::string(kSecureQuery),
                                   R"({"Encrypt":")" + std::string(kEncrypt) + R"("})"))
                  .ok());
}

TEST(WechatPush, HoldsCallersToTheClockWhereSet) {
  test::FakeHost host;
  PushReceiver receiver(identity("AAAAA", "", ""), {}, 5min, host);
  EXPECT_EQ(receiver
                .receive(request("POST",
                                 "signature=899cf89e464efb63f54ddac96b0a0a235f53aa78&timestamp="
                                 "1714037059&nonce=486452656",
                                 "{}"))
                .error()
                .code,
            codes::kClockSkew);
}

TEST(WechatPush, TakesForATimeOnlyWhatIsOne) {
  test::FakeHost host;
  PushReceiver receiver(identity("AAAAA", "", ""), {}, 5min, host);
  for (const char* time : {"", "-9223372036854775808", "9223372036854775807", "9999999999999",
                           "1767225600x", "+1767225600", " 1767225600"}) {
    const std::string query = "timestamp=" + std::string(time) +
                              "&nonce=2&signature=" + pushSignature({"AAAAA", time, "2"});
    EXPECT_EQ(receiver.receive(request("POST", query, "{}")).error().code, codes::kUnauthenticated)
        << time;
  }
  for (const char* time : {"0", "999999999999"}) {
    const std::string query = "timestamp=" + std::string(time) +
                              "&nonce=2&signature=" + pushSignature({"AAAAA", time, "2"});
    EXPECT_EQ(receiver.receive(request("POST", query, "{}")).error().code, codes::kClockSkew)
        << time;
  }
}

TEST(WechatPush, KeepsWhatAProvedSenderEncryptedForAnotherKeyOrApp) {
  test::FakeHost host;
  const std::string envelope = R"({"Encrypt":")" + std::string(kEncrypt) + R"("})";
  for (const PushIdentity& other :
       {identity("AAAAA", std::string(42, 'B') + "A", "wxba5fad812f8e6fb9"),
        identity("AAAAA", kKey, "wxother"), identity("AAAAA", "", "")}) {
    PushReceiver receiver(other, {"text"}, 0ms, host);
    auto reception = receiver.receive(request("POST", std::string(kSecureQuery), envelope));
    ASSERT_TRUE(reception.ok()) << reception.error().detail;
    ASSERT_EQ(reception->items.size(), 1u);
    EXPECT_EQ(reception->items[0].problems.at(0).code, codes::kDecrypt);
    EXPECT_EQ(reception->items[0].evidence, envelope);
    EXPECT_FALSE(reception->answer);
    EXPECT_EQ(receiver.answer({}, {}).body, "success");
  }
}

// The rule: nothing is parsed for a caller before his signature fits.
TEST(WechatPush, ParsesNothingBeforeTheSignatureFits) {
  test::FakeHost host;
  PushReceiver receiver(identity("AAAAA", kKey, "wxba5fad812f8e6fb9"), {}, 0ms, host);
  for (const std::string query :
       {"timestamp=1&nonce=2&signature=00", "timestamp=1&nonce=2&msg_signature=00",
        "timestamp=1&nonce=2&encrypt_type=aes", "timestamp=1&nonce=2"}) {
    for (const char* body : {"<xml><Encrypt>", "<xml", "{\"Encrypt\":\"", "{", "",
                             "{\"action\":\"CheckContainerPath\"}"}) {
      const auto refused = receiver.receive(request("POST", query, body));
      ASSERT_FALSE(refused.ok()) << query << " " << body;
      EXPECT_EQ(refused.error().code, codes::kUnauthenticated);
    }
  }
}

TEST(WechatPush, FindsTheEncryptedTextInEveryForm) {
  for (const char* body :
       {"{\"ToUserName\":\"a\",\"Encrypt\":\"ab/+=\"}", "{ \"Encrypt\" : \"ab\\/+=\" }",
        "<xml><ToUserName/><Encrypt><![CDATA[ab/+=]]></Encrypt></xml>",
        "\xEF\xBB\xBF<xml><Encrypt>\n ab/+= \n</Encrypt></xml>"}) {
    EXPECT_EQ(encryptedText(body), "ab/+=") << body;
  }
  for (const char* body : {"", "{}", "<xml/>", "<Encrypt>", "{\"Encrypt\"", "{\"Encrypt\":1}"}) {
    EXPECT_EQ(encryptedText(body), "") << body;
  }
}

TEST(WechatPush, KeepsABrokenMessageOfAProvedSenderForAPerson) {
  test::FakeHost host;
  PushReceiver receiver(identity("AAAAA", "", ""), {}, 0ms, host);
  const std::string query = "timestamp=1&nonce=2&signature=" + pushSignature({"AAAAA", "1", "2"});
  auto reception = receiver.receive(request("POST", query, "<xml><Content>unclosed"));
  ASSERT_TRUE(reception.ok());
  EXPECT_EQ(reception->items.at(0).problems.at(0).code, codes::kBadXml);
  EXPECT_EQ(reception->items.at(0).evidence, "<xml><Content>unclosed");
}

TEST(WechatPush, CountsKindsThatAreNoReportsAndStoresNothing) {
  test::FakeHost host;
  PushReceiver receiver(identity("AAAAA", "", ""), {"text", "event:report"}, 0ms, host);
  const std::string query = "timestamp=1&nonce=2&signature=" + pushSignature({"AAAAA", "1", "2"});
  EXPECT_TRUE(
      receiver
          .receive(request(
              "POST", query,
              R"({"MsgType":"event","Event":"subscribe","FromUserName":"o","CreateTime":1})"))
          ->items.empty());
  EXPECT_EQ(host.counted("ignored_messages"), 1u);
  EXPECT_EQ(receiver.receive(request("POST", query, R"({"MsgType":"text","MsgId":5})"))
                ->items.at(0)
                .sourceId,
            "5");
}

TEST(WechatPush, TwoResidentsWithOneMsgIdAreTwoThings) {
  test::FakeHost host;
  PushReceiver receiver(identity("AAAAA", "", ""), {}, 0ms, host);
  const std::string query = "timestamp=1&nonce=2&signature=" + pushSignature({"AAAAA", "1", "2"});
  const auto idOf = [&](const std::string& from) {
    auto reception = receiver.receive(
        request("POST", query, R"({"MsgType":"text","MsgId":5,"FromUserName":")" + from + "\"}"));
    return reception.ok() ? reception->items.at(0).sourceId : reception.error().detail;
  };
  EXPECT_EQ(idOf("o1"), "o1-5");
  EXPECT_EQ(idOf("o2"), "o2-5");
}

TEST(WechatXml, BecomesJsonAndBombsAreRefused) {
  EXPECT_EQ(jsonOfXml("<xml><A><![CDATA[a<b]]></A><N>12</N><L><I>1</I><I>2</I></L></xml>").value(),
            R"({"A":"a<b","N":"12","L":{"I":["1","2"]}})");
  EXPECT_EQ(jsonOfXml("<!DOCTYPE x [<!ENTITY a \"aaaa\">]><xml><A>&a;</A></xml>").error().code,
            codes::kBadXml);
  std::string deep;
  for (int i = 0; i < 100000; ++i) deep += "<a>";
  EXPECT_EQ(jsonOfXml(deep).error().code, codes::kBadXml);
  EXPECT_EQ(jsonOfXml("").error().code, codes::kBadXml);
}

TEST(WechatMock, PushesWhatTheReceiverTakesInEveryMode) {
  test::FakeHost host;
  const PushIdentity who = identity("tok", kKey, "wx1");
  PushReceiver receiver(who, {}, 0ms, host);
  class World final : public MockWorld {
   public:
    World(PushReceiver& to, test::FakeHost& hostOfPeer) : receiver(to), host(hostOfPeer) {}
    std::string_view gatewayUrl() const override { return "http://g.test/v1/peers/w"; }
    Result<HttpResponse> send(const HttpCall& call) override {
      auto reception = receiver.receive(test::asRequest(call));
      if (!reception) return reception.error();
      if (reception->answer) return *reception->answer;
      for (const RawItem& item : reception->items) ids.push_back(item.sourceId);
      return receiver.answer({}, {});
    }
    WallTime now() const override { return host.now(); }
    std::string nonce(std::size_t bytes) override { return host.nonce(bytes); }
    std::size_t records() const override { return 8; }
    bool pause(std::chrono::milliseconds) override { return false; }
    void log(std::string_view) override {}
    PushReceiver& receiver;
    test::FakeHost& host;
    std::vector<std::string> ids;
  } world(receiver, host);
  PushMock(who).drive(world);
  EXPECT_EQ(world.ids.size(), 8u);
  host.advance(20ms);
  PushMock(who).drive(world);
  EXPECT_EQ(std::set<std::string>(world.ids.begin(), world.ids.end()).size(), 16u)
      << "a second run gives no MsgId of the first";
}

}  // namespace
}  // namespace lianqiao::wechat_push
