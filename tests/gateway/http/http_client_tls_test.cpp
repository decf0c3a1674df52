// TLS against our own front.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/http/certificates.h"
#include "http/http_client.h"
#include "http/http_front.h"
#include "lianqiao/codes.h"
#include "scripted_peer.h"

namespace lianqiao::http {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class HttpClientTlsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    certificates.sign("right", "DNS:localhost,IP:127.0.0.1");
    certificates.sign("other", "DNS:other.example");
    certificates.sign("expired", "DNS:localhost,IP:127.0.0.1", -1);
    certificates.sign("ours", "DNS:gateway");
    certificates.selfSign("self", "DNS:localhost");
    ASSERT_TRUE(certificates.made()) << "the openssl program is needed";
    trusting.clientAuthority = certificates.at("ca.pem");
  }
  void serve(const std::string& name, const std::string& callersAuthority = {},
             std::uint16_t port = 0) {
    config::Listener listener{.address = "127.0.0.1", .port = port, .tls = {}};
    listener.tls = {certificates.at(name + ".pem"), certificates.at(name + ".key"),
                    callersAuthority};
    auto started = http::HttpFront::start(
        listener, {},
        [](const HttpRequest&) {
          return http::HttpFront::Admission{64u << 20, {}};
        },
        [](HttpRequest request, std::unique_ptr<http::Responder> responder) {
          responder->send({200, {}, std::move(request.body)});
        });
    ASSERT_TRUE(started.ok()) << started.error().detail;
    front = std::move(started).value();
  }
  Result<HttpResponse> post(const config::TlsSettings& tls, const std::string& host,
                            std::string body = "hello") {
    auto client = HttpClient::make(tls, clock);
    if (!client) return client.error();
    HttpCall call;
    call.url = "https://" + host + ":" + std::to_string(front->port()) + "/x";
    call.maxAnswerBytes = 64u << 20;
    call.body = std::move(body);
    (void)(*client)->send(call, clock.steady() + 10s);
    return (*client)->send(call, clock.steady() + 10s);
  }
  void expectRefused(const Result<HttpResponse>& answer, const std::string& why) {
    ASSERT_FALSE(answer.ok());
    EXPECT_EQ(answer.error().code, codes::kTls);
    EXPECT_THAT(answer.error().detail, HasSubstr(why));
    EXPECT_THAT(answer.error().detail, HasSubstr(":" + std::to_string(front->port())));
  }

  base::SystemClock clock;
  http::Certificates certificates;
  config::TlsSettings trusting;
  std::unique_ptr<http::HttpFront> front;
};

TEST_F(HttpClientTlsTest, ARightCertificateIsAcceptedByNameAndByAddress) {
  serve("right");
  for (const char* host : {"localhost", "127.0.0.1"}) {
    const auto answer = post(trusting, host);
    ASSERT_TRUE(answer.ok()) << answer.error().detail;
    EXPECT_EQ(answer->body, "hello");
  }
}

TEST_F(HttpClientTlsTest, LargeBodiesGoBothWays) {
  serve("right");
  const std::string body(5u << 20, 'b');
  const auto answer = post(trusting, "localhost", body);
  ASSERT_TRUE(answer.ok()) << answer.error().detail;
  EXPECT_TRUE(answer->body == body);
}

TEST_F(HttpClientTlsTest, AnEarlyAnswerToALargeBodyIsRead) {
  serve("right");
  const auto answer = post(trusting, "localhost", std::string(65u << 20, 'b'));
  ASSERT_TRUE(answer.ok()) << answer.error().detail;
  EXPECT_EQ(answer->status, 413);
}

TEST_F(HttpClientTlsTest, ACertificateForAnotherHostIsRefused) {
  serve("other");
  expectRefused(post(trusting, "localhost"), "not for localhost");
  expectRefused(post(trusting, "127.0.0.1"), "not for 127.0.0.1");
}

TEST_F(HttpClientTlsTest, AnExpiredCertificateIsRefused) {
  serve("expired");
  expectRefused(post(trusting, "localhost"), "expired");
}

TEST_F(HttpClientTlsTest, ASelfSignedCertificateIsRefused) {
  serve("self");
  expectRefused(post(trusting, "localhost"), "self-signed");
  expectRefused(post({}, "localhost"), "self-signed");
}

TEST_F(HttpClientTlsTest, AnUnknownAuthorityIsRefused) {
  serve("right");
  expectRefused(post({}, "localhost"), "certificate");
}

TEST_F(HttpClientTlsTest, OurCertificateIsShownWhereItIsAskedFor) {
  serve("right", certificates.at("ca.pem"));
  config::TlsSettings tls = trusting;
  tls.certificate = certificates.at("ours.pem");
  tls.key = certificates.at("ours.key");
  const auto answer = post(tls, "localhost");
  EXPECT_TRUE(answer.ok()) << answer.error().detail;
  expectRefused(post(trusting, "localhost"), "");
}

TEST_F(HttpClientTlsTest, FilesThatCannotBeUsedAreNamed) {
  config::TlsSettings tls;
  tls.clientAuthority = certificates.at("none.pem");
  const auto client = HttpClient::make(tls, clock);
  ASSERT_FALSE(client.ok());
  EXPECT_EQ(client.error().code, codes::kConfig);
  EXPECT_THAT(client.error().detail, HasSubstr("none.pem"));
}

TEST_F(HttpClientTlsTest, APeerThatSpeaksNoTlsIsATlsError) {
  ScriptedPeer peer([](Accepted& accepted, int) {
    accepted.send("HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    accepted.awaitEnd();
  });
  auto client = std::move(HttpClient::make(trusting, clock)).value();
  HttpCall call;
  call.url = "https://127.0.0.1:" + std::to_string(peer.port()) + "/";
  const auto answer = client->send(call, clock.steady() + 10s);
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code, codes::kTls);
}

TEST_F(HttpClientTlsTest, AHandshakeThatHangsEndsAtTheDeadline) {
  ScriptedPeer peer([](Accepted& accepted, int) { accepted.awaitEnd(); });
  auto client = std::move(HttpClient::make(trusting, clock)).value();
  HttpCall call;
  call.url = "https://127.0.0.1:" + std::to_string(peer.port()) + "/";
  const auto begin = clock.steady();
  const auto answer = client->send(call, begin + 200ms);
  ASSERT_FALSE(answer.ok());
  EXPECT_EQ(answer.error().code, codes::kDeliverTimeout);
  EXPECT_LT(clock.steady() - begin, 3s);
}

TEST_F(HttpClientTlsTest, ADrippingHandshakeEndsAtTheDeadline) {
  ScriptedPeer peer([](Accepted& accepted, int) {
    accepted.send("\x16\x03\x03\x10");
    std::string_view drip("\x01\x02");
    while (accepted.send(drip.substr(0, 1))) {
      if (accepted.endsWithin(0ms)) accepted.awaitEnd();
    }
  });
  auto client = std::move(HttpClient::make(trusting, clock)).value();
  HttpCall call;
  call.url = "https://127.0.0.1:" + std::to_string(peer.port()) + "/";
  const auto begin = clock.steady();
  EXPECT_FALSE(client->send(call, begin + 200ms).ok());
  EXPECT_LT(clock.steady() - begin, 3s);
}

TEST_F(HttpClientTlsTest, AConnectionClosedWhileIdleIsReplacedUnseen) {
  serve("right");
  auto client = std::move(HttpClient::make(trusting, clock)).value();
  HttpCall call;
  call.url = "https://localhost:" + std::to_string(front->port()) + "/";
  ASSERT_TRUE(client->send(call, clock.steady() + 10s).ok());
  const std::uint16_t port = front->port();
  front->stop(1s);
  serve("right", {}, port);
  const auto answer = client->send(call, clock.steady() + 10s);
  EXPECT_TRUE(answer.ok()) << answer.error().detail;
}

}  // namespace
}  // namespace lianqiao::http
