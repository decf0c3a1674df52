#include "wechat_push/push_mock.h"

#include <array>

#include "wechat_push/message_crypto.h"

namespace lianqiao::wechat_push {
namespace {

using namespace std::chrono_literals;

constexpr std::array<std::string_view, 8> kReports{"小区东门路灯坏了三天，晚上看不见路",
                                                   "幸福路与学院路口红绿灯不亮",
                                                   "楼下烧烤店油烟直排，影响居民",
                                                   "河道边有人倾倒建筑垃圾",
                                                   "公园健身器材松动，孩子容易受伤",
                                                   "菜市场门口积水严重",
                                                   "学校门口机动车乱停放",
                                                   "楼道堆放杂物，担心火灾💡"};

std::string seconds(WallTime time) {
  return std::to_string(
      std::chrono::duration_cast<std::chrono::seconds>(time.time_since_epoch()).count());
}

std::string cdata(std::string_view name, std::string_view text) {
  return "<" + std::string(name) + "><![CDATA[" + std::string(text) + "]]></" + std::string(name) +
         ">";
}

}  // namespace

std::string sampleMessage(std::size_t number, WallTime now, bool xml) {
  const std::string user = "oDemo" + std::to_string(number % 97);
  const std::string id = "7" + std::to_string(1'000'000'000'000'000 + number);
  const std::string_view content = kReports[number % kReports.size()];
  if (xml) {
    return "<xml>" + cdata("ToUserName", "gh_lianqiao") + cdata("FromUserName", user) +
           "<CreateTime>" + seconds(now) + "</CreateTime>" + cdata("MsgType", "text") +
           cdata("Content", content) + "<MsgId>" + id + "</MsgId></xml>";
  }
  std::string out = R"({"ToUserName":"gh_lianqiao","FromUserName":")" + user +
                    R"(","CreateTime":)" + seconds(now) + R"(,"MsgType":"text","Content":)";
  json::writeText(content, out);
  return out + R"(,"MsgId":)" + id + "}";
}

HttpResponse PushMock::handle(const HttpRequest&, WallTime) {
  HttpResponse response;
  response.status = 404;
  response.body = "WeChat takes nothing here";
  return response;
}

std::string PushMock::signedQuery(MockWorld& world, std::string_view encrypted) const {
  const std::string timestamp = seconds(world.now()), nonce = world.nonce(5);
  const std::string& token = identity_.token.reveal();
  std::string query = "?signature=" + pushSignature({token, timestamp, nonce}) +
                      "&timestamp=" + timestamp + "&nonce=" + nonce;
  if (!encrypted.empty()) {
    query +=
        "&encrypt_type=aes&msg_signature=" + pushSignature({token, timestamp, nonce, encrypted});
  }
  return query;
}

bool PushMock::push(MockWorld& world, std::size_t number) {
  const bool xml = number % 2 == 0;
  const bool secure = !identity_.keys.empty() && (identity_.secureOnly || number % 4 >= 2);
  std::string body = sampleMessage(number, world.now(), xml);
  std::string encrypted;
  if (secure) {
    encrypted = encryptMessage(identity_.keys.front(), world.nonce(8), body, identity_.id);
    if (xml) {
      body = "<xml>" + cdata("ToUserName", "gh_lianqiao") + cdata("Encrypt", encrypted) + "</xml>";
    } else {
      body = R"({"ToUserName":"gh_lianqiao","Encrypt":")" + encrypted + R"("})";
    }
  }
  HttpCall call;
  call.url = std::string(world.gatewayUrl()) + "/callback" + signedQuery(world, encrypted);
  call.headers.add("Content-Type", xml ? "text/xml" : "application/json");
  call.body = std::move(body);
  // WeChat itself gives up after three times; the mock goes on so that every report is accounted
  // for.
  return world.sendUntil(call, [](const HttpResponse& answer) {
    return answer.status == 200 && answer.body == "success";
  });
}

void PushMock::drive(MockWorld& world) {
  HttpCall check;
  check.method = "GET";
  check.url = std::string(world.gatewayUrl()) + "/callback" + signedQuery(world, {}) +
              "&echostr=4375120948345356249";
  const auto echoes = [](const HttpResponse& answer) {
    return answer.status == 200 && answer.body == "4375120948345356249";
  };
  if (!world.sendUntil(check, echoes)) return;
  const std::size_t first = world.firstNumber();
  for (std::size_t i = 1; i <= world.records(); ++i) {
    if (!push(world, first + i)) return;
    if (i % 20 == 0 && !world.pause(10ms)) return;
  }
}

}  // namespace lianqiao::wechat_push
