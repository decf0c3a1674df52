// The client through a proxy that we did not write (tinyproxy), and through some that misbehave.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <future>

#include "gateway/http/certificates.h"
#include "gateway/http/tinyproxy.h"
#include "http/http_client.h"
#include "http/http_front.h"
#include "lianqiao/ascii.h"
#include "lianqiao/codes.h"
#include "scripted_peer.h"

namespace lianqiao::http {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class HttpClientProxyTest : public ::testing::Test {
 protected:
  void serveTls(const std::string& names = "DNS:localhost,IP:127.0.0.1",
                const std::string& callersAuthority = {}) {
    certificates.sign("peer", names);
    ASSERT_TRUE(certificates.made()) << "the openssl program is needed";
    trusting.clientAuthority = certificates.at("ca.pem");
    config::Listener listener{.address = "127.0.0.1", .port = 0, .tls = {}};
    listener.tls = {certificates.at("peer.pem"), certificates.at("peer.key"), callersAuthority};
    auto started = HttpFront::start(
        listener, {},
        [](const HttpRequest&) {
          return HttpFront::Admission{1u << 20, {}};
        },
        [this](const HttpRequest& request, std::unique_ptr<Responder> responder) {
          ++served;
          responder->send({200, {}, request.remoteAddress + " " + request.body});
        });
    ASSERT_TRUE(started.ok()) << started.error().detail;
    front = std::move(started).value();
  }
  [[nodiscard]] std::string tlsUrl() const {
    return "https://localhost:" + std::to_string(front->port()) + "/x";
  }
  Result<HttpResponse> post(const config::ProxySettings& proxy, const std::string& url,
                            std::chrono::milliseconds time = 10s) {
    client = std::move(HttpClient::make(trusting, clock, proxy)).value();
    return again(url, time);
  }
  Result<HttpResponse> again(const std::string& url, std::chrono::milliseconds time = 10s) {
    HttpCall call;
    call.url = url;
    call.body = "hello";
    call.headers.add("Proxy-Authorization", "Basic b3Vyczppcw==");
    return client->send(call, clock.steady() + time);
  }
  static std::string said(const Result<HttpResponse>& result) {
    return result.ok() ? "ok " + std::to_string(result->status)
                       : result.error().code + " " + result.error().detail;
  }
  /// Answers each request with its own text.
  static ScriptedPeer::Script echoing() {
    return [](Accepted& accepted, int) {
      for (std::string one; !(one = accepted.request()).empty();)
        accepted.send("HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(one.size()) +
                      "\r\n\r\n" + one);
    };
  }
  static config::ProxySettings settingsOf(const ScriptedPeer& proxy) {
    config::ProxySettings settings;
    settings.host = "127.0.0.1";
    settings.port = proxy.port();
    return settings;
  }

  base::SystemClock clock;
  Certificates certificates;
  config::TlsSettings trusting;
  std::atomic<int> served{0};
  std::unique_ptr<HttpFront> front;
  std::unique_ptr<HttpClient> client;
};

TEST_F(HttpClientProxyTest, ACallInClearIsReadByTheProxyAndHandedOn) {
  ScriptedPeer peer(echoing());
  TinyProxy proxy;
  for (int i = 0; i < 3; ++i) {
    const auto answer = i == 0 ? post(proxy.settings(), peer.url("/a?b=c")) : again(peer.url());
    ASSERT_EQ(said(answer), "ok 200");
    EXPECT_THAT(answer->body, AllOf(HasSubstr("Host: 127.0.0.1:" + std::to_string(peer.port())),
                                    HasSubstr("\r\n\r\nhello")));
    EXPECT_THAT(answer->body, Not(HasSubstr("Proxy-Authorization")));
  }
  EXPECT_THAT(proxy.log(), HasSubstr("POST " + peer.url("/a?b=c") + " HTTP/1.1"));
  client.reset();
}

TEST_F(HttpClientProxyTest, ItsCredentialsAreForTheProxyAlone) {
  ScriptedPeer echo(echoing());
  config::ProxySettings settings = settingsOf(echo);
  settings.user = "Aladdin";
  settings.password = Secret("open sesame");
  const std::string line = "Proxy-Authorization: ";
  for (int i = 0; i < 3; ++i) {
    const std::string url = "http://peer.example:8080?a=b";
    const auto answer = i == 0 ? post(settings, url) : again(url);
    ASSERT_EQ(said(answer), "ok 200");
    EXPECT_THAT(answer->body,
                AllOf(StartsWith("POST http://peer.example:8080/?a=b HTTP/1.1\r\n"
                                 "Host: peer.example:8080\r\n"),
                      HasSubstr(line + "Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\nhello")));
    EXPECT_EQ(answer->body.find(line), answer->body.rfind(line)) << "not the adapter's";
  }
  EXPECT_EQ(echo.connections(), 1) << "kept as any other";
  settings.directNames = {"localhost"};
  const auto straight =
      post(settings, "http://localhost:" + std::to_string(echo.port()) + "/straight");
  ASSERT_EQ(said(straight), "ok 200");
  EXPECT_THAT(straight->body, AllOf(StartsWith("POST /straight HTTP/1.1\r\n"),
                                    Not(HasSubstr("Proxy-Authorization"))));
  client.reset();
}

TEST_F(HttpClientProxyTest, OurCertificateIsShownThroughTheTunnel) {
  certificates.sign("ours", "DNS:gateway");
  serveTls("DNS:localhost", certificates.at("ca.pem"));
  const TinyProxy proxy;
  EXPECT_THAT(said(post(proxy.settings(), tlsUrl())), HasSubstr("deliver.tls"));
  trusting.certificate = certificates.at("ours.pem");
  trusting.key = certificates.at("ours.key");
  EXPECT_EQ(said(post(proxy.settings(), tlsUrl())), "ok 200");
}

TEST_F(HttpClientProxyTest, ATlsCallGoesThroughATunnelThatIsKept) {
  serveTls();
  TinyProxy proxy;
  const auto first = post(proxy.settings(), tlsUrl());
  ASSERT_EQ(said(first), "ok 200");
  for (int i = 0; i < 3; ++i) {
    const auto more = again(tlsUrl());
    ASSERT_EQ(said(more), "ok 200");
    EXPECT_EQ(more->body, first->body) << "the same connection";
  }
  EXPECT_THAT(proxy.log(),
              HasSubstr("CONNECT localhost:" + std::to_string(front->port()) + " HTTP/1.1"));
  EXPECT_EQ(proxy.requests(), 1) << "one tunnel for all calls";
}

TEST_F(HttpClientProxyTest, ThePeersCertificateIsCheckedThroughTheTunnel) {
  serveTls("DNS:other.example");
  TinyProxy proxy;
  EXPECT_THAT(said(post(proxy.settings(), tlsUrl())),
              AllOf(HasSubstr("deliver.tls"), HasSubstr("not for localhost"),
                    HasSubstr("through the proxy " + proxy.place())));
  EXPECT_EQ(served, 0);
}

TEST_F(HttpClientProxyTest, CredentialsAreShownWhereTheProxyWantsThem) {
  serveTls();
  ScriptedPeer peer(echoing());
  TinyProxy proxy("BasicAuth gateway hunter2\n");
  config::ProxySettings settings = proxy.settings();
  for (const std::string& url : {tlsUrl(), peer.url()}) {
    EXPECT_THAT(said(post(settings, url)),
                AllOf(HasSubstr("deliver.refused outbound.proxy: " + proxy.place()),
                      HasSubstr("407"), HasSubstr("wants credentials")));
  }
  settings.user = "gateway";
  settings.password = Secret("hunter3");
  EXPECT_THAT(said(post(settings, tlsUrl())),
              AllOf(HasSubstr("deliver.refused"), HasSubstr("does not accept our credentials"),
                    Not(HasSubstr("hunter3"))));
  // In clear the 401 of tinyproxy cannot be told from one of the peer, and it cuts it by a reset.
  EXPECT_THAT(said(post(settings, peer.url())), AllOf(HasSubstr("401"), Not(HasSubstr("hunter3"))));
  EXPECT_THAT(said(post(settings, peer.url())), Not(HasSubstr("deliver.protocol")));
  EXPECT_EQ(served + peer.connections(), 0);
  settings.password = Secret("hunter2");
  for (const std::string& url : {tlsUrl(), peer.url()}) {
    const auto answer = post(settings, url);
    ASSERT_EQ(said(answer), "ok 200");
    EXPECT_THAT(answer->body, Not(HasSubstr("Proxy-Authorization")));
  }
  client.reset();
}

TEST_F(HttpClientProxyTest, ADeadProxyIsNamedWithItsSetting) {
  ScriptedPeer peer(echoing());
  config::ProxySettings dead;
  dead.host = "127.0.0.1";
  dead.port = TinyProxy::freePort();
  for (const std::string& url : {peer.url(), std::string("https://peer.example/")}) {
    EXPECT_THAT(said(post(dead, url)),
                AllOf(HasSubstr("deliver.connect outbound.proxy: cannot connect to 127.0.0.1:" +
                                std::to_string(dead.port)),
                      HasSubstr("Connection refused"), HasSubstr("called through this proxy")));
  }
  EXPECT_EQ(peer.connections(), 0) << "never straight where a proxy is meant";
}

TEST_F(HttpClientProxyTest, APeerThatTheProxyCannotReachIsAConnectError) {
  TinyProxy proxy;
  const std::string place = "127.0.0.1:" + std::to_string(TinyProxy::freePort());
  EXPECT_THAT(said(post(proxy.settings(), "https://" + place + "/")),
              AllOf(HasSubstr("deliver.connect outbound.proxy: " + proxy.place() + " answered 5"),
                    HasSubstr("opened no way to " + place)));
}

TEST_F(HttpClientProxyTest, NamesAreTheProxysToResolve) {
  std::promise<std::string> asked;
  ScriptedPeer proxy([&](Accepted& accepted, int) {
    asked.set_value(accepted.request());
    accepted.send("HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
  });
  EXPECT_THAT(said(post(settingsOf(proxy), "https://no-such-host.invalid/")),
              AllOf(HasSubstr("deliver.connect outbound.proxy: 127.0.0.1:"),
                    HasSubstr("no way to no-such-host.invalid:443")));
  EXPECT_THAT(asked.get_future().get(), StartsWith("CONNECT no-such-host.invalid:443 "));
}

TEST_F(HttpClientProxyTest, AProxyThatForbidsTheHostIsARefusal) {
  serveTls();
  TinyProxy proxy("ConnectPort 443\n");
  EXPECT_THAT(said(post(proxy.settings(), tlsUrl())),
              AllOf(HasSubstr("deliver.refused outbound.proxy: " + proxy.place()),
                    HasSubstr("answered 403"),
                    HasSubstr("let us through to localhost:" + std::to_string(front->port()))));
  EXPECT_EQ(served, 0);
}

TEST_F(HttpClientProxyTest, WhatIsCalledStraightDoesNotMeetTheProxy) {
  serveTls();
  ScriptedPeer peer(echoing());
  TinyProxy proxy;
  config::ProxySettings settings = proxy.settings();
  settings.directNames = {"localhost"};
  settings.directNetworks = {*base::IpNetwork::parse("127.0.0.0/8")};
  EXPECT_EQ(said(post(settings, tlsUrl())), "ok 200");
  EXPECT_EQ(said(post(settings, peer.url())), "ok 200");
  EXPECT_EQ(proxy.requests(), 0);
  client.reset();
}

TEST_F(HttpClientProxyTest, TheEnvironmentsProxyIsNotUsed) {
  for (const char* name : {"http_proxy", "https_proxy", "HTTP_PROXY", "ALL_PROXY"})
    ::setenv(name, "http://127.0.0.1:1", 1);
  ScriptedPeer peer(echoing());
  EXPECT_EQ(said(post({}, peer.url())), "ok 200");
  for (const char* name : {"http_proxy", "https_proxy", "HTTP_PROXY", "ALL_PROXY"})
    ::unsetenv(name);
  client.reset();
}

TEST_F(HttpClientProxyTest, AProxyThatHangsEndsAtTheDeadline) {
  ScriptedPeer proxy([](Accepted& accepted, int) { accepted.awaitEnd(); });
  for (const char* url : {"https://peer.example/", "http://peer.example/"}) {
    const auto begin = clock.steady();
    EXPECT_THAT(
        said(post(settingsOf(proxy), url, 200ms)),
        AllOf(HasSubstr("deliver.timeout"), HasSubstr("127.0.0.1:" + std::to_string(proxy.port())),
              HasSubstr("peer.example")));
    EXPECT_LT(clock.steady() - begin, 3s);
  }
}

TEST_F(HttpClientProxyTest, ADrippingProxyEndsAtTheDeadline) {
  ScriptedPeer proxy([](Accepted& accepted, int) {
    accepted.request();
    accepted.send("HTTP/1.1 200 OK\r\nX: ");
    while (!accepted.endsWithin(20ms) && accepted.send("x")) {
    }
  });
  const auto begin = clock.steady();
  EXPECT_THAT(said(post(settingsOf(proxy), "https://peer.example/", 300ms)),
              HasSubstr("deliver.timeout"));
  EXPECT_LT(clock.steady() - begin, 3s);
}

TEST_F(HttpClientProxyTest, WhatIsNoAnswerToConnectIsAProtocolError) {
  for (const char* answer :
       {"", "SSH-2.0-OpenSSH\r\n", "HTTP/1.1 2", "HTTP/1.1 200 OK\r\n\r\nand more at once",
        "HTTP/1.1 101 Switching Protocols\r\n\r\n"}) {
    ScriptedPeer proxy([&](Accepted& accepted, int) {
      accepted.request();
      accepted.send(answer);
    });
    EXPECT_THAT(said(post(settingsOf(proxy), "https://peer.example/")),
                HasSubstr("deliver.protocol outbound.proxy: "))
        << answer;
    EXPECT_EQ(proxy.connections(), 1) << answer;
  }
}

TEST_F(HttpClientProxyTest, ATunnelMayBeOpenedWithALengthInItsAnswer) {
  serveTls();
  // RFC 9110 §9.3.6: in a success it means nothing. What follows here is a peer that breaks off.
  ScriptedPeer proxy([&](Accepted& accepted, int) {
    accepted.request();
    accepted.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
    accepted.head();
  });
  EXPECT_THAT(said(post(settingsOf(proxy), tlsUrl(), 500ms)),
              AllOf(Not(HasSubstr("outbound.proxy: ")), HasSubstr("finish the TLS handshake")));
}

}  // namespace
}  // namespace lianqiao::http
