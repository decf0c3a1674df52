#include "http/proxy_header.h"

#include <gmock/gmock.h>

#include <vector>

#include "front_fixture.h"

namespace lianqiao::http {
namespace {

using namespace std::string_literals;
using ::testing::HasSubstr;
using HeaderState = ProxyHeader::State;

const std::string kSignature("\r\n\r\n\0\r\nQUIT\n", 12);
const std::string kV4 =
    kSignature + "\x21\x11\x00\x0c\xc0\x00\x02\x01\x0a\x00\x00\x01\xdc\x04\x01\xbb"s;
const std::string kLocal = kSignature + "\x20\x00\x00\x00"s;

std::string v6() {
  std::string text = kSignature + "\x21\x21\x00\x24"s + "\x20\x01\x0d\xb8"s;
  text += std::string(11, '\0') + "\x01"s + std::string(16, '\0') + "\x00\x50\x01\xbb"s;
  return text;
}

// Texts and bytes as haproxy.org's proxy-protocol.txt gives them.
TEST(ProxyHeader, ReadsBothVersions) {
  const std::pair<std::string, std::string> cases[] = {
      {"PROXY TCP4 192.0.2.1 10.0.0.1 56324 443\r\n", "192.0.2.1:56324"},
      {"PROXY TCP6 2001:db8::1 ::1 80 443\r\n", "[2001:db8::1]:80"},
      {"PROXY UNKNOWN\r\n", ""},
      {"PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n", ""},
      {kV4, "192.0.2.1:56324"},
      {v6(), "[2001:db8::1]:80"},
      {kLocal, ""},
      {kSignature + "\x21\x31\x00\x00"s, ""},
  };
  for (const auto& [bytes, caller] : cases) {
    const ProxyHeader header = readProxyHeader(bytes + "GET / HTTP/1.1\r\n");
    EXPECT_EQ(header.state, HeaderState::complete) << bytes;
    EXPECT_EQ(header.size, bytes.size());
    EXPECT_EQ(header.caller.value_or(""), caller);
    for (std::size_t cut = 1; cut < bytes.size(); ++cut) {
      EXPECT_EQ(readProxyHeader(bytes.substr(0, cut)).state, HeaderState::need_more) << cut;
    }
  }
}

TEST(ProxyHeader, TellsWhatIsNoneFromWhatIsBroken) {
  for (const char* none : {"GET / HTTP/1.1\r\n", "PROX", "PROXYING", "\r\nGET /", "\x16\x03\x01"}) {
    const HeaderState state = readProxyHeader(none).state;
    EXPECT_TRUE(state == HeaderState::none || (none == "PROX"s && state == HeaderState::need_more))
        << none;
  }
  for (const std::string& broken :
       {"PROXY TCP4 192.0.2.1 10.0.0.1 56324\r\n"s, "PROXY TCP4 2001:db8::1 ::1 1 2\r\n"s,
        "PROXY TCP6 192.0.2.1 10.0.0.1 1 2\r\n"s, "PROXY TCP4 192.0.2.1 10.0.0.1 70000 1\r\n"s,
        "PROXY TCP4 192.0.2.1:5 10.0.0.1 1 2\r\n"s, "PROXY UDP4 192.0.2.1 10.0.0.1 1 2\r\n"s,
        "PROXY "s + std::string(200, 'a'), kSignature + "\x11\x11\x00\x0c"s,
        kSignature + "\x21\x11\x00\x04" + "abcd"s, kSignature + "\x21\x11\x03\x00"s}) {
    EXPECT_EQ(readProxyHeader(broken).state, HeaderState::malformed) << broken;
  }
}

std::vector<base::IpNetwork> networks(std::initializer_list<const char*> texts) {
  std::vector<base::IpNetwork> all;
  for (const char* text : texts) all.push_back(base::IpNetwork::parse(text).value());
  return all;
}

TEST(CallerBehind, IsTheFirstThatNoTrustedProxyIs) {
  const auto proxies = networks({"10.0.0.0/8", "2001:db8:ffff::/48"});
  const auto seen = [&](std::initializer_list<const char*> fields, const char* remote) {
    Headers headers;
    for (const char* field : fields) headers.add("X-Forwarded-For", field);
    return callerBehind(proxies, headers, remote);
  };
  EXPECT_EQ(seen({"192.0.2.7"}, "10.0.0.1:5"), "192.0.2.7");
  EXPECT_EQ(seen({"192.0.2.7, 10.9.9.9"}, "10.0.0.1:5"), "192.0.2.7");
  EXPECT_EQ(seen({"192.0.2.7", "10.9.9.9"}, "10.0.0.1:5"), "192.0.2.7") << "several fields";
  EXPECT_EQ(seen({"203.0.113.1, 192.0.2.7"}, "10.0.0.1:5"), "192.0.2.7")
      << "what a caller claims of himself counts nothing";
  EXPECT_EQ(seen({"192.0.2.7"}, "198.51.100.1:5"), "198.51.100.1:5") << "no proxy of ours";
  EXPECT_EQ(seen({}, "10.0.0.1:5"), "10.0.0.1:5");
  EXPECT_EQ(seen({"nonsense"}, "10.0.0.1:5"), "10.0.0.1:5");
  EXPECT_EQ(seen({"2001:db8::1, 2001:db8:ffff::1"}, "10.0.0.1:5"), "2001:db8::1");
  std::string long_ = "192.0.2.7";
  for (int i = 0; i < 1000; ++i) long_ += ",10.0.0.1";
  EXPECT_EQ(seen({long_.c_str()}, "10.0.0.1:5"), "10.0.0.1") << "bounded";
}

class ProxiedFront : public FrontTest {
 protected:
  void SetUp() override {
    handler = [](HttpRequest request, std::unique_ptr<Responder> responder) {
      responder->send({200, {}, "<" + request.remoteAddress + ">"});
    };
  }
};

constexpr std::string_view kLast = "GET /z HTTP/1.1\r\nHost: a\r\nConnection: close\r\n";

TEST_F(ProxiedFront, ATrustedProxyTellsWhoCalls) {
  listener.trustedProxies = networks({"127.0.0.0/8"});
  start();
  const std::string get = std::string(kLast) + "\r\n";
  EXPECT_THAT(exchange("PROXY TCP4 192.0.2.1 10.0.0.1 56324 443\r\n" + get),
              HasSubstr("<192.0.2.1:56324>"));
  EXPECT_THAT(exchange(kV4 + get), HasSubstr("<192.0.2.1:56324>"));
  EXPECT_THAT(exchange(kLocal + get), HasSubstr("<127.0.0.1:"));
  EXPECT_THAT(exchange(std::string(kLast) + "X-Forwarded-For: 192.0.2.9\r\n\r\n"),
              HasSubstr("<192.0.2.9>"));
  EXPECT_THAT(exchange(get), HasSubstr("<127.0.0.1:"));
  RawClient drops = connect();
  for (const char byte : kV4 + get) drops.send({&byte, 1});
  EXPECT_THAT(drops.rest(), HasSubstr("<192.0.2.1:56324>"));
  EXPECT_EQ(exchange("PROXY nonsense\r\n" + get), "");
}

TEST_F(ProxiedFront, NobodyElseIsBelieved) {
  listener.trustedProxies = networks({"10.0.0.0/8"});
  start();
  const std::string get = std::string(kLast) + "\r\n";
  EXPECT_EQ(statusOf(exchange("PROXY TCP4 192.0.2.1 10.0.0.1 56324 443\r\n" + get)), 400);
  EXPECT_THAT(exchange(std::string(kLast) + "X-Forwarded-For: 192.0.2.9\r\n\r\n"),
              HasSubstr("<127.0.0.1:"));
}

// The rule: who comes through a proxy has his own share, not the proxy's.
TEST_F(ProxiedFront, SharesAreThoseOfTheCallersAndNotOfTheProxy) {
  listener.trustedProxies = networks({"127.0.0.1"});
  limits.connectionsPerAddress = 2;
  start();
  std::vector<std::unique_ptr<RawClient>> open;
  for (int i = 0; i < 6; ++i) {
    RawClient& client = *open.emplace_back(std::make_unique<RawClient>(front_->port()));
    client.send("PROXY TCP4 192.0.2." + std::to_string(i / 2) +
                " 10.0.0.1 1 2\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(statusOf(client.answer()), 200) << i;
  }
  RawClient third = connect();
  third.send("PROXY TCP4 192.0.2.1 10.0.0.1 1 2\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n");
  EXPECT_EQ(statusOf(third.answer()), 200);
  EXPECT_EQ(open[2]->rest(), "") << "the oldest of his own went for it";
  for (const std::size_t kept : {0u, 1u, 3u, 4u, 5u}) {
    open[kept]->send("GET / HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(statusOf(open[kept]->answer()), 200) << kept;
  }
}

}  // namespace
}  // namespace lianqiao::http
