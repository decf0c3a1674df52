#include "http/http_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zlib.h>

#include <future>

#include "http/answer_parser.h"
#include "lianqiao/codes.h"
#include "scripted_peer.h"
#include "support/eventually.h"
#include "support/manual_clock.h"

namespace lianqiao::http {
namespace {

using namespace std::chrono_literals;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

constexpr std::string_view kOk = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

class HttpClientTest : public ::testing::Test {
 protected:
  void SetUp() override { hangUp(); }
  /// Leaves no connection open, so that a peer can end; the next call has a new client.
  void hangUp() { client = std::move(HttpClient::make({}, clock)).value(); }
  Result<HttpResponse> post(const std::string& url, std::string body = "{}",
                            std::chrono::milliseconds time = 10s) {
    HttpCall call;
    call.url = url;
    call.body = std::move(body);
    return client->send(call, clock.steady() + time);
  }
  static std::string codeOf(const Result<HttpResponse>& result) {
    return result.ok() ? "ok " + std::to_string(result->status) : result.error().code;
  }
  /// Answers every request of every connection with `answer`, then closes.
  static ScriptedPeer::Script answering(std::string answer) {
    return [answer = std::move(answer)](Accepted& accepted, int) {
      if (!accepted.request().empty()) accepted.send(answer);
    };
  }
  /// Head and body of an answer of 100 KB of blanks, packed: some 120 bytes.
  static std::string unpackingToMore() {
    const std::string blanks(100u << 10, ' ');
    uLongf size = ::compressBound(static_cast<uLong>(blanks.size()));
    std::string packed(size, '\0');
    ::compress(reinterpret_cast<Bytef*>(packed.data()), &size,
               reinterpret_cast<const Bytef*>(blanks.data()), static_cast<uLong>(blanks.size()));
    packed.resize(size);
    return "Content-Encoding: deflate\r\nContent-Length: " + std::to_string(size) + "\r\n\r\n" +
           packed;
  }
  static ScriptedPeer::Script wellBehaved() {
    return [](Accepted& accepted, int) {
      while (!accepted.request().empty()) accepted.send(kOk);
    };
  }

  base::SystemClock clock;
  std::unique_ptr<HttpClient> client;
};

TEST_F(HttpClientTest, SendsRequestAndReadsAnswer) {
  std::promise<std::string> seen;
  ScriptedPeer peer([&](Accepted& accepted, int) {
    seen.set_value(accepted.request());
    accepted.send(
        "HTTP/1.1 202 Fine\r\nX-Id: 7\r\nTransfer-Encoding: "
        "chunked\r\n\r\n3\r\nabc\r\n2;x=y\r\nde\r\n0\r\nT: 1\r\n\r\n");
    accepted.awaitEnd();
  });
  HttpCall call;
  call.url = peer.url("/a?b=c");
  call.headers.add("Content-Type", "application/json");
  call.headers.add("Content-Length", "99");
  call.headers.add("Transfer-Encoding", "chunked");
  call.body = "{\"a\":1}";
  const auto answer = client->send(call, clock.steady() + 10s);
  ASSERT_TRUE(answer.ok()) << answer.error().detail;
  EXPECT_EQ(answer->status, 202);
  EXPECT_EQ(answer->headers.get("x-id"), "7");
  EXPECT_EQ(answer->body, "abcde");
  const std::string request = seen.get_future().get();
  EXPECT_THAT(request, StartsWith("POST /a?b=c HTTP/1.1\r\nHost: 127.0.0.1:" +
                                  std::to_string(peer.port()) + "\r\n"));
  EXPECT_THAT(request, HasSubstr("\r\nContent-Length: 7\r\n"));
  EXPECT_THAT(request, HasSubstr("\r\nContent-Type: application/json\r\n"));
  EXPECT_THAT(request, Not(HasSubstr("Content-Length: 99")));
  EXPECT_THAT(request, Not(HasSubstr("chunked")));
  EXPECT_THAT(request, EndsWith("\r\n\r\n{\"a\":1}"));
  hangUp();
}

TEST_F(HttpClientTest, AnEmptyPostStillTellsItsLength) {
  std::promise<std::string> seen;
  ScriptedPeer peer([&](Accepted& accepted, int) {
    seen.set_value(accepted.request());
    accepted.send(kOk);
  });
  EXPECT_TRUE(post(peer.url(""), "").ok());
  const std::string request = seen.get_future().get();
  EXPECT_THAT(request, StartsWith("POST / HTTP/1.1\r\n"));
  EXPECT_THAT(request, HasSubstr("\r\nContent-Length: 0\r\n"));
}

TEST_F(HttpClientTest, KeepsConnectionsAndUsesOnePerRunningCall) {
  ScriptedPeer peer(wellBehaved());
  for (int i = 0; i < 10; ++i) EXPECT_EQ(codeOf(post(peer.url())), "ok 200");
  EXPECT_EQ(peer.connections(), 1);
  std::vector<std::thread> threads;
  std::atomic<int> good{0};
  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&] {
      for (int i = 0; i < 50; ++i) good += post(peer.url()).ok() ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(good, 400);
  EXPECT_LE(peer.connections(), 9);
  hangUp();
}

TEST(HttpClient, WhatStaysUnusedIsClosedThoughOthersAreUsed) {
  test::ManualClock clock;
  auto client = std::move(HttpClient::make({}, clock)).value();
  std::promise<void> both;
  std::atomic<int> ended{0};
  ScriptedPeer peer([&, asked = both.get_future().share()](Accepted& accepted, int number) {
    if (accepted.request().empty()) return;
    if (number == 1) both.set_value();
    asked.wait();
    accepted.send(kOk);
    while (!accepted.request().empty()) accepted.send(kOk);
    ++ended;
  });
  HttpCall call;
  call.url = peer.url();
  const auto post = [&] { return client->send(call, clock.steady() + 10s).ok(); };
  auto beside = std::async(std::launch::async, post);
  EXPECT_TRUE(post());
  EXPECT_TRUE(beside.get());
  for (int half = 0; half < 2; ++half) {
    EXPECT_EQ(ended, 0);
    clock.advance(30s);
    EXPECT_TRUE(post());
  }
  EXPECT_EQ(peer.connections(), 2);
  EXPECT_TRUE(test::eventually([&] { return ended == 1; }));
  client.reset();
}

TEST_F(HttpClientTest, ConnectionCloseIsObeyed) {
  ScriptedPeer peer([](Accepted& accepted, int) {
    accepted.request();
    accepted.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok");
    accepted.awaitEnd();
  });
  EXPECT_TRUE(post(peer.url()).ok());
  EXPECT_TRUE(post(peer.url()).ok());
  EXPECT_EQ(peer.connections(), 2);
}

TEST_F(HttpClientTest, ErrorsAndRedirectsAreAnswers) {
  for (const int status : {301, 302, 400, 401, 404, 429, 500, 503}) {
    ScriptedPeer peer(
        answering("HTTP/1.1 " + std::to_string(status) +
                  " X\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 1\r\n\r\nx"));
    EXPECT_EQ(codeOf(post(peer.url())), "ok " + std::to_string(status));
    EXPECT_EQ(peer.connections(), 1);
  }
}

TEST_F(HttpClientTest, ATruncatedBodyIsAnError) {
  ScriptedPeer peer(answering("HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nabc"));
  const auto answer = post(peer.url());
  EXPECT_EQ(codeOf(answer), codes::kProtocol);
  EXPECT_THAT(answer.error().detail, HasSubstr("127.0.0.1:" + std::to_string(peer.port())));
  EXPECT_THAT(answer.error().detail, HasSubstr("before the answer was whole"));
  EXPECT_EQ(peer.connections(), 1) << "an answer that had begun is never asked for again";
}

// Who refuses does not read the whole request: its answer is often cut, or reset.
TEST_F(HttpClientTest, ATruncatedRefusalIsARefusal) {
  for (const bool reset : {false, true})
    for (const int status : {401, 403}) {
      ScriptedPeer peer([=](Accepted& accepted, int) {
        accepted.request();
        accepted.send("HTTP/1.1 " + std::to_string(status) +
                      " No\r\nContent-Length: 50\r\n\r\nabc");
        if (reset) accepted.resetOnClose();
      });
      const auto answer = post(peer.url());
      EXPECT_EQ(codeOf(answer), codes::kRefused) << status;
      EXPECT_EQ(peer.connections(), 1);
    }
}

TEST_F(HttpClientTest, ARefusalThatCannotBeReadIsARefusal) {
  // A page of 64 KB, and a length that is none.
  const std::string tooLong = "Content-Length: 65536\r\n\r\n" + std::string(65536, 'x');
  const std::string unreadable = "Transfer-Encoding: chunked\r\n\r\nzz\r\n";
  HttpCall call;
  call.maxAnswerBytes = 1000;
  for (const int status : {401, 403, 500})
    for (const std::string& rest : {tooLong, unreadable, unpackingToMore()}) {
      ScriptedPeer peer(answering("HTTP/1.1 " + std::to_string(status) + " No\r\n" + rest));
      call.url = peer.url();
      EXPECT_EQ(codeOf(client->send(call, clock.steady() + 10s)),
                status == 500 ? codes::kProtocol : codes::kRefused)
          << status << " " << rest.substr(0, 40);
    }
}

TEST_F(HttpClientTest, CutChunksAreAnError) {
  for (const char* body : {"5\r\nhel", "5\r\nhello\r\n", "5\r\nhello\r\n0\r\n", ""}) {
    ScriptedPeer peer(
        answering(std::string("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n") + body));
    EXPECT_EQ(codeOf(post(peer.url())), codes::kProtocol) << body;
  }
}

TEST_F(HttpClientTest, ABodyUntilTheEndOfTheConnectionIsTaken) {
  ScriptedPeer peer(answering("HTTP/1.0 200 OK\r\n\r\nall of it"));
  const auto answer = post(peer.url());
  ASSERT_TRUE(answer.ok()) << answer.error().detail;
  EXPECT_EQ(answer->body, "all of it");
}

TEST_F(HttpClientTest, InterimAnswersAreSkipped) {
  ScriptedPeer peer([](Accepted& accepted, int) {
    while (!accepted.request().empty()) {
      accepted.send("HTTP/1.1 102 Processing\r\nX: y\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n" +
                    std::string(kOk));
    }
  });
  EXPECT_EQ(codeOf(post(peer.url())), "ok 200");
  EXPECT_EQ(codeOf(post(peer.url())), "ok 200");
  EXPECT_EQ(peer.connections(), 1);
  hangUp();
}

TEST_F(HttpClientTest, OnlyInterimAnswersAreAnError) {
  ScriptedPeer once(answering("HTTP/1.1 102 Processing\r\n\r\n"));
  EXPECT_EQ(codeOf(post(once.url())), codes::kProtocol);
  ScriptedPeer endless([](Accepted& accepted, int) {
    accepted.request();
    while (accepted.send("HTTP/1.1 102 Processing\r\n\r\n")) {
    }
  });
  EXPECT_EQ(codeOf(post(endless.url())), codes::kProtocol);
  ScriptedPeer switching(answering("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n"));
  EXPECT_EQ(codeOf(post(switching.url())), codes::kProtocol);
}

TEST_F(HttpClientTest, NoAnswerInTimeIsATimeout) {
  ScriptedPeer peer([](Accepted& accepted, int) {
    accepted.request();
    accepted.awaitEnd();
  });
  const auto begin = clock.steady();
  const auto answer = post(peer.url(), "{}", 200ms);
  EXPECT_EQ(codeOf(answer), codes::kDeliverTimeout);
  EXPECT_LT(clock.steady() - begin, 3s);
  EXPECT_EQ(peer.connections(), 1) << "a timeout is never tried again here";
}

TEST_F(HttpClientTest, ADrippingAnswerEndsAtTheDeadline) {
  ScriptedPeer peer([](Accepted& accepted, int) {
    accepted.request();
    accepted.send("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n");
    while (!accepted.endsWithin(20ms) && accepted.send("x")) {
    }
  });
  const auto begin = clock.steady();
  EXPECT_EQ(codeOf(post(peer.url(), "{}", 300ms)), codes::kDeliverTimeout);
  EXPECT_LT(clock.steady() - begin, 3s);
}

TEST_F(HttpClientTest, APeerThatDoesNotTakeTheRequestEndsAtTheDeadline) {
  std::promise<void> done;
  ScriptedPeer peer([wait = done.get_future().share()](Accepted&, int) { wait.wait(); });
  EXPECT_EQ(codeOf(post(peer.url(), std::string(32u << 20, 'x'), 300ms)), codes::kDeliverTimeout);
  done.set_value();
}

TEST_F(HttpClientTest, AFullBacklogEndsAtTheDeadline) {
  const int listener = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(listener, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(listener, 0), 0);
  ASSERT_EQ(::getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size), 0);
  const std::string url = "http://127.0.0.1:" + std::to_string(ntohs(address.sin_port)) + "/";
  for (int i = 0; i < 4; ++i) EXPECT_EQ(codeOf(post(url, "{}", 200ms)), codes::kDeliverTimeout);
  ::close(listener);
}

TEST_F(HttpClientTest, WhatIsNotHttpIsAnError) {
  for (const char* garbage :
       {"SSH-2.0-OpenSSH\r\n", "<html>", "HTTP/2 200\r\n\r\n",
        "HTTP/1.1 002 OK\r\n\r\nno status below 100", "HTTP/1.1 200 OK\nContent-Length: 2\n\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nok",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"}) {
    ScriptedPeer peer(answering(garbage));
    EXPECT_EQ(codeOf(post(peer.url())), codes::kProtocol) << garbage;
  }
}

TEST(AnswerParser, TakesABodyWithoutContentHoweverItIsCut) {
  AnswerParser parser(false, 100);
  AnswerParser::State state = AnswerParser::State::need_more;
  for (const char c :
       std::string_view("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n")) {
    ASSERT_EQ(state, AnswerParser::State::need_more);
    state = parser.feed(std::string_view(&c, 1));
  }
  EXPECT_EQ(state, AnswerParser::State::complete);
  EXPECT_EQ(parser.take().body, "");
}

TEST_F(HttpClientTest, AnAnswerWithoutABytesIsAnError) {
  ScriptedPeer peer([](Accepted& accepted, int) { accepted.request(); });
  const auto answer = post(peer.url());
  EXPECT_EQ(codeOf(answer), codes::kProtocol);
  EXPECT_THAT(answer.error().detail, HasSubstr("without an answer"));
  EXPECT_EQ(peer.connections(), 1) << "a fresh connection is not tried again";
}

TEST_F(HttpClientTest, LargeHeadersAreTakenUpToALimit) {
  const auto withHeader = [](std::size_t size) {
    return "HTTP/1.1 200 OK\r\nX: " + std::string(size, 'x') + "\r\nContent-Length: 2\r\n\r\nok";
  };
  ScriptedPeer large(answering(withHeader(9 * 1024)));
  EXPECT_EQ(codeOf(post(large.url())), "ok 200");
  ScriptedPeer tooLarge(answering(withHeader(100 * 1024)));
  EXPECT_EQ(codeOf(post(tooLarge.url())), codes::kProtocol);
}

TEST_F(HttpClientTest, AnAnswerIsBounded) {
  HttpCall call;
  call.maxAnswerBytes = 100;
  const std::string body(101, 'x');
  for (const std::string& answer :
       {"HTTP/1.1 200 OK\r\nContent-Length: 101\r\n\r\n" + body,
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n65\r\n" + body + "\r\n0\r\n\r\n",
        "HTTP/1.1 200 OK\r\n\r\n" + body}) {
    ScriptedPeer peer(answering(answer));
    call.url = peer.url();
    EXPECT_EQ(codeOf(client->send(call, clock.steady() + 10s)), codes::kProtocol) << answer;
  }
  ScriptedPeer just(answering("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + body.substr(1)));
  call.url = just.url();
  EXPECT_EQ(codeOf(client->send(call, clock.steady() + 10s)), "ok 200");
}

TEST_F(HttpClientTest, AConnectionClosedWhileIdleIsReplacedUnseen) {
  for (const bool reset : {false, true}) {
    std::promise<void> closed;
    ScriptedPeer peer([&, reset](Accepted& accepted, int number) {
      accepted.request();
      accepted.send(kOk);
      if (number > 0) return accepted.awaitEnd();
      if (reset) accepted.resetOnClose();
      closed.set_value();
    });
    EXPECT_EQ(codeOf(post(peer.url())), "ok 200");
    closed.get_future().wait();
    EXPECT_EQ(codeOf(post(peer.url())), "ok 200");
    EXPECT_EQ(peer.connections(), 2);
    hangUp();
  }
}

TEST_F(HttpClientTest, AKeptConnectionThatDiesUnansweredIsTriedOnceOnAFreshOne) {
  std::atomic<int> requests{0};
  ScriptedPeer peer([&](Accepted& accepted, int number) {
    accepted.request();
    ++requests;
    if (number > 0) return;
    accepted.send(kOk);
    accepted.request();
    ++requests;
  });
  EXPECT_EQ(codeOf(post(peer.url())), "ok 200");
  EXPECT_EQ(codeOf(post(peer.url())), codes::kProtocol);
  EXPECT_EQ(peer.connections(), 2);
  EXPECT_EQ(requests, 3);
}

TEST_F(HttpClientTest, AKeptConnectionThatDiesInsideAnAnswerIsNotTriedAgain) {
  ScriptedPeer peer([&](Accepted& accepted, int) {
    accepted.request();
    accepted.send(kOk);
    accepted.request();
    accepted.send("HTTP/1.1 200 OK\r\nConten");
  });
  EXPECT_EQ(codeOf(post(peer.url())), "ok 200");
  EXPECT_EQ(codeOf(post(peer.url())), codes::kProtocol);
  EXPECT_EQ(peer.connections(), 1);
}

TEST_F(HttpClientTest, BytesBeyondAnAnswerAreNotTakenForTheNext) {
  ScriptedPeer peer([&](Accepted& accepted, int) {
    accepted.request();
    accepted.send(std::string(kOk) + "HTTP/1.1 500 Smuggled\r\nContent-Length: 0\r\n\r\n");
    accepted.awaitEnd();
  });
  EXPECT_EQ(codeOf(post(peer.url())), "ok 200");
  EXPECT_EQ(codeOf(post(peer.url())), "ok 200");
  EXPECT_EQ(peer.connections(), 2);
}

TEST_F(HttpClientTest, AnEarlyAnswerToALargeBodyIsRead) {
  ScriptedPeer peer([&](Accepted& accepted, int) {
    accepted.head();
    accepted.send("HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    accepted.endSending();
    accepted.awaitEnd();
  });
  EXPECT_EQ(codeOf(post(peer.url(), std::string(32u << 20, 'x'))), "ok 413");
}

TEST_F(HttpClientTest, HeadAndNoContentHaveNoBody) {
  ScriptedPeer peer([&](Accepted& accepted, int) {
    while (!accepted.request().empty())
      accepted.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n");
  });
  HttpCall call;
  call.method = "HEAD";
  call.url = peer.url();
  EXPECT_EQ(codeOf(client->send(call, clock.steady() + 10s)), "ok 200");
  hangUp();
  ScriptedPeer empty([&](Accepted& accepted, int) {
    while (!accepted.request().empty()) accepted.send("HTTP/1.1 204 No Content\r\n\r\n");
  });
  EXPECT_EQ(codeOf(post(empty.url())), "ok 204");
  EXPECT_EQ(codeOf(post(empty.url())), "ok 204");
  EXPECT_EQ(empty.connections(), 1);
  hangUp();
}

TEST_F(HttpClientTest, NobodyThereIsAConnectError) {
  std::string url;
  {
    ScriptedPeer peer([](Accepted&, int) {});
    url = peer.url();
  }
  const auto answer = post(url);
  EXPECT_EQ(codeOf(answer), codes::kConnect);
  EXPECT_THAT(answer.error().detail, HasSubstr("Connection refused"));
}

TEST_F(HttpClientTest, AnUnknownNameIsAConnectErrorOrATimeout) {
  const auto answer = post("http://no-such-host.invalid/", "{}", 2s);
  ASSERT_FALSE(answer.ok());
  EXPECT_THAT(answer.error().code, ::testing::AnyOf(codes::kConnect, codes::kDeliverTimeout));
  EXPECT_THAT(answer.error().detail, HasSubstr("no-such-host.invalid"));
}

TEST_F(HttpClientTest, NamesAreResolved) {
  ScriptedPeer peer(wellBehaved());
  EXPECT_EQ(codeOf(post("http://localhost:" + std::to_string(peer.port()) + "/")), "ok 200");
  hangUp();
}

TEST_F(HttpClientTest, UnsendableRequestsAreSaid) {
  for (const char* url : {"", "127.0.0.1", "ftp://a.example/", "http://", "http://:80/",
                          "http://a.example:x/", "http://a.example:99999/", "http://a.example:0/",
                          "http://a b/", "http://a.example/\r\nX: y",
                          "http://user:secret@a.example/", "http://a.example/\xe4\xb8\xad"}) {
    const auto answer = post(url);
    EXPECT_EQ(codeOf(answer), codes::kProtocol) << url;
    EXPECT_THAT(answer.error().detail, Not(HasSubstr("secret")));
  }
  HttpCall call;
  call.url = "http://127.0.0.1:1/";
  call.headers.add("X", "a\r\nY: b");
  EXPECT_EQ(codeOf(client->send(call, clock.steady() + 1s)), codes::kProtocol);
  call.headers.clear();
  call.method = "PO ST";
  EXPECT_EQ(codeOf(client->send(call, clock.steady() + 1s)), codes::kProtocol);
}

TEST_F(HttpClientTest, ErrorsTellHostAndPortButNotTheRest) {
  ScriptedPeer peer([](Accepted& accepted, int) { accepted.request(); });
  HttpCall call;
  call.url = peer.url("/private?access_token=hunter2");
  call.headers.add("Authorization", "Bearer hunter2");
  const auto answer = client->send(call, clock.steady() + 10s);
  ASSERT_FALSE(answer.ok());
  EXPECT_THAT(answer.error().detail, HasSubstr("127.0.0.1:" + std::to_string(peer.port())));
  EXPECT_THAT(answer.error().detail, Not(HasSubstr("hunter2")));
  EXPECT_THAT(answer.error().detail, Not(HasSubstr("private")));
}

}  // namespace
}  // namespace lianqiao::http
