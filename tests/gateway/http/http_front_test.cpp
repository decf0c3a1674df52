#include "http/http_front.h"

#include <gmock/gmock.h>
#include <netinet/tcp.h>

#include <atomic>
#include <fstream>
#include <future>
#include <optional>
#include <vector>

#include "front_fixture.h"
#include "lianqiao/codes.h"

namespace lianqiao::http {
namespace {

using namespace std::chrono_literals;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

using FrontFixture = FrontTest;

TEST_F(FrontFixture, AnswersAndKeepsTheConnection) {
  start();
  RawClient client = connect();
  for (int i = 0; i < 3; ++i) {
    client.send(post("body " + std::to_string(i)));
    EXPECT_THAT(client.answer(), EndsWith("POST /p body " + std::to_string(i)));
  }
  EXPECT_FALSE(client.closed());
}

TEST_F(FrontFixture, ConnectionCloseIsObeyed) {
  start();
  const std::string answer = exchange(kLastGet);
  EXPECT_EQ(statusOf(answer), 200);
  EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
}

TEST_F(FrontFixture, PipelinedRequestsAreAnsweredInOrderThoughTheyEndInDisorder) {
  std::vector<std::thread> workers;
  handler = [&](HttpRequest request, std::unique_ptr<Responder> responder) {
    workers.emplace_back([request = std::move(request), responder = std::move(responder)] {
      responder->send({200, {}, request.body});
    });
  };
  start();
  RawClient client = connect();
  std::string all;
  for (int i = 0; i < 50; ++i) all += post("<" + std::to_string(i) + ">");
  client.send(all);
  for (int i = 0; i < 50; ++i) {
    EXPECT_THAT(client.answer(), EndsWith("<" + std::to_string(i) + ">"));
  }
  front_->stop(0ms);
  for (std::thread& worker : workers) worker.join();
}

TEST_F(FrontFixture, OneRequestOfAConnectionIsWorkedOnAtATime) {
  std::vector<std::unique_ptr<Responder>> waiting;
  std::promise<void> first;
  handler = [&](HttpRequest, std::unique_ptr<Responder> responder) {
    waiting.push_back(std::move(responder));
    if (waiting.size() == 1) first.set_value();
  };
  start();
  RawClient client = connect();
  client.send(std::string(kGet) + std::string(kGet));
  first.get_future().wait();
  RawClient other = connect();
  other.send("junk\r\n");
  other.rest();
  EXPECT_EQ(waiting.size(), 1u);
  front_->stop(0ms);
}

TEST_F(FrontFixture, ARequestInManyPiecesIsOneRequest) {
  start();
  RawClient client = connect();
  const std::string bytes =
      "POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
      "chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n";
  for (const char c : bytes) client.send({&c, 1});
  EXPECT_THAT(client.answer(), EndsWith("POST /p abcde"));
}

TEST_F(FrontFixture, LargeBodiesGoBothWays) {
  limits.body = 64u << 20;
  start();
  const std::string body(20u << 20, 'b');
  RawClient client = connect();
  std::thread sender([&] { client.send(post(body)); });
  const std::string answer = client.answer();
  sender.join();
  EXPECT_EQ(answer.size() - answer.find("\r\n\r\n") - 4, body.size() + 8);
}

TEST_F(FrontFixture, HeadGetsNoBody) {
  start();
  const std::string answer = exchange("HEAD /a HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_THAT(answer, HasSubstr("Content-Length: 8\r\n"));
  EXPECT_THAT(answer, EndsWith("\r\n\r\n"));
}

TEST_F(FrontFixture, OptionsOfTheServerItselfAreAnswered) {
  start();
  const std::string answer = exchange("OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(statusOf(answer), 204);
  EXPECT_THAT(answer, HasSubstr("Allow: GET"));
}

TEST_F(FrontFixture, AHalfClosedCallerGetsItsAnswer) {
  start();
  RawClient client = connect();
  client.send(kGet);
  client.endSending();
  EXPECT_EQ(statusOf(client.rest()), 200);
  EXPECT_TRUE(client.closed());
}

TEST_F(FrontFixture, ATruncatedBodyNeverReachesTheHandler) {
  std::atomic<int> handled{0};
  handler = [&](HttpRequest, std::unique_ptr<Responder> responder) {
    ++handled;
    responder->send({});
  };
  start();
  for (const std::string& bytes :
       {post("12345").substr(0, post("12345").size() - 1),
        std::string(
            "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n"),
        std::string("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
                    "chunked\r\n\r\n5\r\nhello\r\n0\r\n")}) {
    RawClient client = connect();
    client.send(bytes);
    client.endSending();
    EXPECT_EQ(statusOf(client.rest()), 400);
    EXPECT_TRUE(client.closed());
  }
  EXPECT_EQ(handled, 0);
}

TEST_F(FrontFixture, ExpectContinueIsAnsweredAfterAdmission) {
  start();
  RawClient client = connect();
  client.send("POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(client.answer(), "HTTP/1.1 100 Continue\r\n\r\n");
  client.send("body");
  EXPECT_THAT(client.answer(), EndsWith("POST /p body"));
}

TEST_F(FrontFixture, ARefusedExpectationIsNotContinued) {
  admit = [](const HttpRequest&) {
    return HttpFront::Admission{.refuse =
                                    errorResponse({std::string(codes::kUnauthenticated), "no"})};
  };
  start();
  const std::string answer =
      exchange("POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n");
  EXPECT_EQ(statusOf(answer), 401);
  EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
}

TEST_F(FrontFixture, Http10IsNeverSentAnInterimAnswer) {
  start();
  const std::string answer =
      exchange("POST /p HTTP/1.0\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\nbody");
  EXPECT_EQ(statusOf(answer), 200);
}

TEST_F(FrontFixture, AnEarlyAnswerIsSeenByACallerThatSendsItsWholeBodyFirst) {
  admit = [](const HttpRequest&) { return HttpFront::Admission{.bodyLimit = 10}; };
  start();
  for (int i = 0; i < 5; ++i) {
    RawClient client = connect();
    EXPECT_TRUE(client.send(post(std::string(5u << 20, 'b'))));
    client.endSending();
    const std::string answer = client.rest();
    EXPECT_EQ(statusOf(answer), 413);
    EXPECT_THAT(answer, HasSubstr(R"({"error":{"code":"intake.too_large")"));
    EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
  }
}

TEST_F(FrontFixture, TheBodyOfARefusedRequestIsNotTakenForTheNextRequest) {
  std::atomic<int> handled{0};
  admit = [](const HttpRequest& head) {
    HttpFront::Admission admission{.bodyLimit = 100};
    if (head.path == "/p") admission.refuse = errorResponse({std::string(codes::kNotFound), ""});
    return admission;
  };
  handler = [&](HttpRequest, std::unique_ptr<Responder> responder) {
    ++handled;
    responder->send({});
  };
  start();
  const std::string answer = exchange(post(kGet));
  EXPECT_EQ(statusOf(answer), 404);
  EXPECT_EQ(handled, 0);
}

TEST_F(FrontFixture, ARefusalWithoutBodyKeepsTheConnection) {
  admit = [](const HttpRequest&) {
    return HttpFront::Admission{.refuse = errorResponse({std::string(codes::kNotFound), "none"})};
  };
  start();
  RawClient client = connect();
  client.send(kGet);
  EXPECT_EQ(statusOf(client.answer()), 404);
  client.send(kGet);
  EXPECT_EQ(statusOf(client.answer()), 404);
}

TEST_F(FrontFixture, AChunkedBodyOverTheLimitIsRefused) {
  admit = [](const HttpRequest&) { return HttpFront::Admission{.bodyLimit = 10}; };
  start();
  const std::string answer = exchange(
      "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: "
      "chunked\r\n\r\n8\r\n12345678\r\n3\r\n123\r\n0\r\n\r\n");
  EXPECT_EQ(statusOf(answer), 413);
}

TEST_F(FrontFixture, ADroppedResponderAnswers500) {
  handler = [](HttpRequest, std::unique_ptr<Responder> responder) { responder.reset(); };
  start();
  EXPECT_EQ(statusOf(exchange(kLastGet)), 500);
}

TEST_F(FrontFixture, WhatHandlerOrAdmissionThrowIs500AndTheFrontGoesOn) {
  admit = [](const HttpRequest& head) -> HttpFront::Admission {
    if (head.path == "/z") throw std::runtime_error("admission");
    return {.bodyLimit = 100};
  };
  handler = [](HttpRequest, std::unique_ptr<Responder>) { throw std::runtime_error("handler"); };
  start();
  EXPECT_EQ(statusOf(exchange(kLastGet)), 500);
  RawClient client = connect();
  client.send(kGet);
  EXPECT_EQ(statusOf(client.answer()), 500);
  client.send(kGet);
  EXPECT_EQ(statusOf(client.answer()), 500);
}

TEST_F(FrontFixture, AnAnswerAfterTheCallerHasGoneIsHarmless) {
  std::promise<std::unique_ptr<Responder>> got;
  handler = [&, first = true](HttpRequest, std::unique_ptr<Responder> responder) mutable {
    if (!first) return responder->send({});
    first = false;
    got.set_value(std::move(responder));
  };
  start();
  std::unique_ptr<Responder> late;
  {
    RawClient client = connect();
    client.send(kGet);
    late = got.get_future().get();
  }
  EXPECT_EQ(statusOf(exchange(kLastGet)), 200);
  late->send({200, {}, "nobody reads this"});
  EXPECT_EQ(statusOf(exchange(kLastGet)), 200);
}

TEST_F(FrontFixture, AnAnswerAfterTheFrontHasGoneIsHarmless) {
  std::promise<std::unique_ptr<Responder>> got;
  handler = [&](HttpRequest, std::unique_ptr<Responder> responder) {
    got.set_value(std::move(responder));
  };
  start();
  RawClient client = connect();
  client.send(kGet);
  auto late = got.get_future().get();
  front_->stop(0ms);
  front_.reset();
  late->send({});
}

TEST_F(FrontFixture, ASlowHeaderIsCutOffAtItsDeadlineThoughBytesKeepComing) {
  limits.headerTime = 300ms;
  start();
  RawClient client = connect();
  const auto begin = std::chrono::steady_clock::now();
  client.send("GET / HTTP/1.1\r\n");
  while (client.send("X: y\r\n") && !client.readSome(20ms) && !client.closed()) {
  }
  const auto took = std::chrono::steady_clock::now() - begin;
  EXPECT_EQ(statusOf(client.rest()), 408);
  EXPECT_GE(took, 290ms);
  EXPECT_LT(took, 3s);
}

TEST_F(FrontFixture, ASlowBodyIsCutOffAtItsDeadline) {
  limits.bodyTime = 200ms;
  start();
  EXPECT_EQ(statusOf(exchange("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\nbody")), 408);
}

TEST_F(FrontFixture, AnIdleConnectionIsClosedWithoutAWord) {
  limits.idleTime = 100ms;
  start();
  EXPECT_EQ(exchange(""), "");
  RawClient client = connect();
  client.send(kGet);
  EXPECT_EQ(statusOf(client.answer()), 200);
  EXPECT_EQ(client.rest(), "");
}

TEST_F(FrontFixture, ACallerThatDoesNotTakeItsAnswerIsDropped) {
  limits.answerTime = 200ms;
  handler = [](HttpRequest request, std::unique_ptr<Responder> responder) {
    responder->send({200, {}, request.path == "/a" ? std::string(64u << 20, 'x') : "small"});
  };
  start();
  RawClient client = connect();
  client.send(kGet);
  EXPECT_EQ(statusOf(exchange(kLastGet)), 200) << "others are served meanwhile";
  RawClient patience = connect();
  EXPECT_FALSE(patience.readSome(500ms));
  EXPECT_LT(client.rest().size(), 64u << 20);
}

TEST_F(FrontFixture, ManyIdleConnectionsStopNobody) {
  limits.connections = limits.connectionsPerAddress = 600;
  start();
  std::vector<std::unique_ptr<RawClient>> idle;
  for (int i = 0; i < 500; ++i) {
    idle.push_back(std::make_unique<RawClient>(front_->port()));
    idle.back()->send("GET / HT");
  }
  EXPECT_EQ(statusOf(exchange(kLastGet)), 200);
}

TEST_F(FrontFixture, StopAnswersWhatIsInFlightAndClosesTheRest) {
  std::promise<std::unique_ptr<Responder>> got;
  handler = [&](HttpRequest, std::unique_ptr<Responder> responder) {
    got.set_value(std::move(responder));
  };
  start();
  RawClient idle = connect();
  RawClient busy = connect();
  busy.send(kGet);
  auto responder = got.get_future().get();
  std::thread stopper([&] { front_->stop(10s); });
  EXPECT_EQ(idle.rest(), "");
  EXPECT_TRUE(idle.closed());
  responder->send({200, {}, "done"});
  const std::string answer = busy.rest();
  EXPECT_THAT(answer, EndsWith("done"));
  EXPECT_THAT(answer, HasSubstr("Connection: close\r\n"));
  stopper.join();
  EXPECT_FALSE(RawClient(front_->port() == 0 ? 1 : front_->port()).connected());
  front_->stop(10s);
}

TEST_F(FrontFixture, StopDoesNotWaitLongerThanItsGrace) {
  std::promise<std::unique_ptr<Responder>> got;
  handler = [&](HttpRequest, std::unique_ptr<Responder> responder) {
    got.set_value(std::move(responder));
  };
  start();
  RawClient busy = connect();
  busy.send(kGet);
  auto responder = got.get_future().get();
  const auto begin = std::chrono::steady_clock::now();
  front_->stop(100ms);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 5s);
}

TEST_F(FrontFixture, AnAddressInUseIsSaid) {
  start();
  config::Listener second = listener;
  second.port = front_->port();
  const auto failed = HttpFront::start(second, limits, nullptr, nullptr);
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().code, codes::kConfig);
  EXPECT_THAT(failed.error().detail, HasSubstr(std::to_string(second.port)));
}

TEST_F(FrontFixture, TheCallersAddressIsKnown) {
  handler = [](HttpRequest request, std::unique_ptr<Responder> responder) {
    responder->send({200, {}, request.remoteAddress});
  };
  start();
  EXPECT_THAT(exchange(kLastGet), HasSubstr("\r\n\r\n127.0.0.1:"));
}

TEST_F(FrontFixture, ManyThreadsMayAnswerAtOnce) {
  std::mutex mutex;
  std::condition_variable some;
  std::deque<std::pair<std::string, std::unique_ptr<Responder>>> work;
  bool done = false;
  handler = [&](HttpRequest request, std::unique_ptr<Responder> responder) {
    const std::lock_guard lock(mutex);
    work.emplace_back(std::move(request.body), std::move(responder));
    some.notify_one();
  };
  start();
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      for (;;) {
        std::unique_lock lock(mutex);
        some.wait(lock, [&] { return done || !work.empty(); });
        if (work.empty()) return;
        auto [body, responder] = std::move(work.front());
        work.pop_front();
        lock.unlock();
        responder->send({200, {}, body});
      }
    });
  }
  std::vector<std::thread> callers;
  std::atomic<int> right{0};
  for (int c = 0; c < 8; ++c) {
    callers.emplace_back([&, c] {
      RawClient client(front_->port());
      for (int i = 0; i < 100; ++i) {
        const std::string body = std::to_string(c) + "/" + std::to_string(i);
        client.send(post(body));
        if (client.answer().ends_with("\r\n\r\n" + body)) ++right;
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(right, 800);
  {
    const std::lock_guard lock(mutex);
    done = true;
  }
  some.notify_all();
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace lianqiao::http
