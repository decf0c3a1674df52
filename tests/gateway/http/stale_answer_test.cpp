// An answer is the answer of the request that it follows, or of none: what a peer says unasked, at
// whatever moment, is never taken for the answer of the next record. Spoken to the port, plain and
// TLS, so that these outlive the client that they try.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "gateway/http/certificates.h"
#include "http/http_client.h"
#include "http/peer_connection.h"
#include "lianqiao/codes.h"
#include "scripted_peer.h"
#include "support/manual_clock.h"

namespace lianqiao::http {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

std::string answerOf(std::string_view body) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" +
         std::string(body);
}

std::string bodyOf(const std::string& request) {
  return request.substr(std::min(request.find("\r\n\r\n") + 4, request.size()));
}

/// What a peer may say that nobody asked for.
struct Unasked {
  const char* what;
  std::string bytes;
  bool closes = false;
};

const Unasked kUnasked[] = {
    {"a second answer", answerOf("stale")},
    {"two more answers", answerOf("stale") + answerOf("stale")},
    {"a late 408", "HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n", true},
    {"a late 408 that announces the end",
     "HTTP/1.1 408 X\r\nConnection: close\r\nContent-Length: 5\r\n\r\nstale", true},
    {"bytes beyond the length of the answer", "stale"},
    {"an interim answer", "HTTP/1.1 102 Processing\r\n\r\n"},
    {"an empty line", "\r\n"},
    {"a large second answer", answerOf(std::string(40'000, 's'))},
};

class StaleAnswerTest : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override {
    if (GetParam()) {
      certificates.sign("peer", "DNS:localhost,IP:127.0.0.1");
      ASSERT_TRUE(certificates.made()) << "the openssl program is needed";
      context.reset(SSL_CTX_new(TLS_server_method()));
      ASSERT_EQ(SSL_CTX_use_certificate_file(context.get(), certificates.at("peer.pem").c_str(),
                                             SSL_FILETYPE_PEM),
                1);
      ASSERT_EQ(SSL_CTX_use_PrivateKey_file(context.get(), certificates.at("peer.key").c_str(),
                                            SSL_FILETYPE_PEM),
                1);
      trusting.clientAuthority = certificates.at("ca.pem");
    }
    client = std::move(HttpClient::make(trusting, clock)).value();
  }
  Result<HttpResponse> post(const ScriptedPeer& peer, std::string body) {
    HttpCall call;
    call.url = peer.url();
    call.body = std::move(body);
    return client->send(call, clock.steady() + 10s);
  }
  static std::string said(const Result<HttpResponse>& result) {
    return result.ok() ? result->body : result.error().code;
  }

  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  test::ManualClock clock;
  http::Certificates certificates;
  std::unique_ptr<SSL_CTX, Free> context;
  config::TlsSettings trusting;
  std::unique_ptr<HttpClient> client;
};

TEST_P(StaleAnswerTest, WhatCameBetweenTwoCallsIsTheAnswerOfNeither) {
  for (const Unasked& unasked : kUnasked) {
    std::promise<void> sent;
    std::atomic<int> requests{0};
    ScriptedPeer peer(
        [&](Accepted& accepted, int number) {
          const std::string first = accepted.request();
          if (first.empty()) return;
          ++requests;
          accepted.send(answerOf(bodyOf(first)));
          if (number == 0) {
            accepted.send(unasked.bytes);
            if (unasked.closes) accepted.endSending();
            sent.set_value();
          }
          for (std::string more; !(more = accepted.request()).empty();) {
            ++requests;
            accepted.send(answerOf(bodyOf(more)));
          }
        },
        context.get());
    EXPECT_EQ(said(post(peer, "one")), "one") << unasked.what;
    sent.get_future().wait();
    EXPECT_EQ(said(post(peer, "two")), "two") << unasked.what;
    EXPECT_EQ(said(post(peer, "three")), "three") << unasked.what;
    EXPECT_EQ(requests, 3) << unasked.what << ": nothing was sent on the spoilt connection";
    client = std::move(HttpClient::make(trusting, clock)).value();
  }
}

TEST_P(StaleAnswerTest, WhatComesWithAnAnswerIsNotTheNextOne) {
  for (const Unasked& unasked : kUnasked) {
    std::atomic<int> requests{0};
    ScriptedPeer peer(
        [&](Accepted& accepted, int) {
          for (std::string one; !(one = accepted.request()).empty();) {
            ++requests;
            accepted.send(answerOf(bodyOf(one)) + unasked.bytes);
          }
        },
        context.get());
    for (const char* body : {"one", "two", "three"})
      EXPECT_EQ(said(post(peer, body)), body) << unasked.what;
    EXPECT_EQ(requests, 3) << unasked.what;
    EXPECT_EQ(peer.connections(), 3) << unasked.what;
    client = std::move(HttpClient::make(trusting, clock)).value();
  }
}

TEST_P(StaleAnswerTest, AnAnswerBeforeTheFirstRequestIsAnError) {
  std::promise<void> spoke;
  std::atomic<int> requests{0};
  ScriptedPeer peer(
      [&](Accepted& accepted, int number) {
        accepted.send(answerOf("stale"));
        if (number == 0) spoke.set_value();
        requests += accepted.request().empty() ? 0 : 1;
      },
      context.get());
  const ServerAddress server{GetParam(), "127.0.0.1", peer.port()};
  auto tls = TlsClient::make(trusting);
  auto opened =
      PeerConnection::open(server, GetParam() ? *tls : nullptr, clock.steady() + 10s, clock);
  ASSERT_TRUE(opened.ok()) << opened.error().detail;
  spoke.get_future().wait();
  EXPECT_EQ((*opened)->silence(), PeerConnection::Silence::broken);
  opened->reset();
  EXPECT_EQ(requests, 0);
}

TEST_P(StaleAnswerTest, APeerThatSpokeUnaskedGetsAConnectionForEachCallForAWhile) {
  ScriptedPeer peer(
      [&](Accepted& accepted, int number) {
        for (std::string one; !(one = accepted.request()).empty();)
          accepted.send(answerOf(bodyOf(one)) + (number == 0 ? answerOf("stale") : ""));
      },
      context.get());
  for (const char* body : {"one", "two", "three"}) EXPECT_EQ(said(post(peer, body)), body);
  EXPECT_EQ(peer.connections(), 3);
  clock.advance(10min);
  for (const char* body : {"four", "five", "six"}) EXPECT_EQ(said(post(peer, body)), body);
  EXPECT_EQ(peer.connections(), 4);
  client.reset();
}

INSTANTIATE_TEST_SUITE_P(PlainAndTls, StaleAnswerTest, ::testing::Bool(),
                         [](const auto& of) { return of.param ? "Tls" : "Plain"; });

}  // namespace
}  // namespace lianqiao::http
