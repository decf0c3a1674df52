#include <gmock/gmock.h>

#include <future>
#include <list>
#include <optional>

#include "front_fixture.h"
#include "http/shares.h"
#include "lianqiao/codes.h"

namespace lianqiao::http {
namespace {

using namespace std::chrono_literals;
using ::testing::EndsWith;
using ::testing::HasSubstr;

/// A front whose requests all share, as those of one peer; `proved` is what its callers are.
class FrontLimits : public FrontTest {
 protected:
  void start() {
    shares_.emplace(limits);
    admit = [this](const HttpRequest& head) {
      HttpFront::Admission admission{.bodyLimit = limits.body, .proved = proved(head)};
      if (!shares_->take(load_, admission.proved, head.remoteAddress, admission.hold)) {
        admission.refuse = errorResponse({std::string(codes::kOverloaded), "full"});
      }
      return admission;
    };
    handler = [this](HttpRequest request, std::unique_ptr<Responder> responder) {
      const std::lock_guard lock(mutex_);
      if (request.path == "/work") {
        working_.push_back(std::move(responder));
        return;
      }
      responder->send({200, {}, request.remoteAddress});
    };
    FrontTest::start();
  }
  static bool proved(const HttpRequest& head) { return head.headers.has("Proof"); }
  bool served() { return statusOf(exchange(kLastGet)) == 200; }
  std::size_t working() {
    const std::lock_guard lock(mutex_);
    return working_.size();
  }
  void letGo() {
    const std::lock_guard lock(mutex_);
    working_.clear();
  }
  bool within(std::chrono::milliseconds time, const std::function<bool()>& holds) {
    const auto until = std::chrono::steady_clock::now() + time;
    while (!holds()) {
      if (std::chrono::steady_clock::now() > until) return false;
      std::this_thread::yield();
    }
    return true;
  }

  std::optional<Shares> shares_;
  std::shared_ptr<PeerLoad> load_ = std::make_shared<PeerLoad>();
  std::mutex mutex_;
  std::vector<std::unique_ptr<Responder>> working_;
};

// The rule: a connection that waits for nothing of ours never keeps anybody out.
TEST_F(FrontLimits, SilentConnectionsThatFillTheFrontMakeRoomTheOldestFirst) {
  limits.connections = limits.connectionsPerAddress = 4;
  start();
  std::list<RawClient> silent;
  for (int i = 0; i < 4; ++i) silent.emplace_back(front_->port());
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(served());
  EXPECT_EQ(silent.front().rest(), "");
  EXPECT_TRUE(silent.front().closed());
  silent.back().send(kLastGet);
  EXPECT_EQ(statusOf(silent.back().rest()), 200) << "the youngest is there still";
}

// The rule: whatever phase of a connection a caller without proof sits in, he keeps nobody out.
TEST_F(FrontLimits, NoPhaseOfAnUnprovedCallersConnectionKeepsAnybodyOut) {
  limits.connections = limits.connectionsPerAddress = 4;
  static const std::string much(32u << 20, 'm');
  handler = [](const HttpRequest& request, std::unique_ptr<Responder> responder) {
    responder->send({200, {}, request.path == "/much" ? much : ""});
  };
  admit = [this](const HttpRequest& head) {
    HttpFront::Admission admission{.bodyLimit = limits.body, .proved = proved(head)};
    if (head.path == "/refused") admission.refuse = HttpResponse{401, {}, much};
    return admission;
  };
  FrontTest::start();
  for (const std::string_view sent :
       {"", "GET / HT", "POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n1",
        "POST /p HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n",
        "GET /much HTTP/1.1\r\nHost: a\r\n\r\n", "GET /refused HTTP/1.1\r\nHost: a\r\n\r\n"}) {
    std::list<RawClient> sitting;
    for (int i = 0; i < 8; ++i) sitting.emplace_back(front_->port()).send(sent);
    for (int i = 0; i < 3; ++i) EXPECT_TRUE(served()) << sent;
  }
}

// The rule: where no body is taken none is waited for, whatever its framing.
TEST_F(FrontLimits, ABodyWithoutLengthIsRefusedAtTheHeadWhereNoneIsTaken) {
  limits.bodyTime = 60s;
  admit = [](const HttpRequest&) { return HttpFront::Admission{}; };
  FrontTest::start();
  for (const char* body : {"", "0\r\n\r\n", "1\r\na\r\n0\r\n\r\n"}) {
    EXPECT_EQ(statusOf(exchange("GET / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" +
                                std::string(body))),
              413);
  }
}

TEST_F(FrontLimits, WhoProvedHimselfKeepsHisConnectionLongerThanWhoDidNot) {
  limits.connections = limits.connectionsPerAddress = 3;
  start();
  RawClient proven = connect();
  proven.send("GET /a HTTP/1.1\r\nHost: a\r\nProof: 1\r\n\r\n");
  EXPECT_EQ(statusOf(proven.answer()), 200);
  for (int i = 0; i < 8; ++i) {
    RawClient other = connect();
    other.send(kGet);
    EXPECT_EQ(statusOf(other.answer()), 200);
    RawClient silent = connect();
    EXPECT_TRUE(served());
  }
  proven.send("GET /a HTTP/1.1\r\nHost: a\r\nProof: 1\r\n\r\n");
  EXPECT_EQ(statusOf(proven.answer()), 200);
}

TEST_F(FrontLimits, WhereAllConnectionsAreAtWorkTheNextGets503) {
  limits.connections = limits.connectionsPerAddress = 4;
  start();
  std::list<RawClient> busy;
  for (int i = 0; i < 2; ++i) {
    busy.emplace_back(front_->port()).send("GET /work HTTP/1.1\r\nHost: a\r\nProof: 1\r\n\r\n");
  }
  EXPECT_TRUE(within(5s, [&] { return working() == 2; }));
  const std::string refused =
      exchange("GET /a HTTP/1.1\r\nHost: a\r\nProof: 1\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(statusOf(refused), 503) << "a peer leaves as much free as it has";
  EXPECT_THAT(refused, HasSubstr("Retry-After: "));
  letGo();
}

// A silent caller kept all others behind the same address out for the time of a header.
// Rule: at the share of an address one of its own that waits goes, the oldest first.
TEST_F(FrontLimits, SilentConnectionsThatFillAnAddressMakeRoomForItsNextCaller) {
  limits.connections = 100;
  limits.connectionsPerAddress = 3;
  start();
  RawClient elsewhere(front_->port(), "127.0.0.9");
  std::list<RawClient> silent;
  for (int i = 0; i < 3; ++i) silent.emplace_back(front_->port());
  for (int i = 0; i < 2; ++i) EXPECT_TRUE(served());
  EXPECT_EQ(silent.front().rest(), "");
  EXPECT_TRUE(silent.front().closed());
  silent.back().send(kLastGet);
  EXPECT_EQ(statusOf(silent.back().rest()), 200) << "the youngest is there still";
  elsewhere.send(kLastGet);
  EXPECT_EQ(statusOf(elsewhere.rest()), 200) << "another address lost nothing";
}

TEST_F(FrontLimits, OneAddressHasItsShareOfConnections) {
  limits.connections = 100;
  limits.connectionsPerAddress = 3;
  start();
  std::list<RawClient> mine;
  for (int i = 0; i < 3; ++i) {
    mine.emplace_back(front_->port()).send("GET /work HTTP/1.1\r\nHost: a\r\nProof: 1\r\n\r\n");
  }
  EXPECT_TRUE(within(5s, [&] { return working() == 3; }));
  RawClient more = connect();
  const std::string refused = more.rest();
  EXPECT_EQ(statusOf(refused), 503);
  EXPECT_THAT(refused, HasSubstr("of this address"));
  letGo();
  EXPECT_TRUE(within(5s, [&] { return served(); })) << "what waits may go for another";
}

// The rule: the time of a head runs from the accept, whatever comes in drops.
TEST_F(FrontLimits, TheFirstHeaderMustComeWithinItsTimeFromTheAccept) {
  limits.headerTime = 2s;
  start();
  RawClient silent = connect();
  RawClient client = connect();
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_FALSE(client.readSome(1500ms));
  client.send("GET / HT");
  EXPECT_EQ(statusOf(client.rest()), 408);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 3400ms) << "not from the first byte";
  EXPECT_EQ(silent.rest(), "");
}

TEST_F(FrontLimits, BodiesInFlightAreBounded) {
  limits.bodiesInFlight = 2000;
  start();
  RawClient client = connect();
  client.send("POST /work HTTP/1.1\r\nHost: a\r\nProof: 1\r\nContent-Length: 900\r\n\r\n" +
              std::string(900, 'a'));
  EXPECT_TRUE(within(5s, [&] { return working() == 1; }));
  const std::string refused = exchange(post(std::string(600, 'b'), "Proof: 1\r\n"));
  EXPECT_EQ(statusOf(refused), 503);
  EXPECT_THAT(refused, HasSubstr("Retry-After: "));
  const std::string chunked = exchange(
      "POST / HTTP/1.1\r\nHost: a\r\nProof: 1\r\nTransfer-Encoding: chunked\r\n\r\n258\r\n" +
      std::string(600, 'c') + "\r\n0\r\n\r\n");
  EXPECT_EQ(statusOf(chunked), 503);
  letGo();
  EXPECT_EQ(statusOf(client.answer()), 500);
  EXPECT_EQ(statusOf(exchange(post(std::string(600, 'd'), "Proof: 1\r\nConnection: close\r\n"))),
            200)
      << "answered bodies are let go";
}

// The rule: bytes count from when they come, not from when they are whole, and unproved callers
// have a pot of their own.
TEST_F(FrontLimits, BodiesThatNeverEndLeaveRoomForWhoProvesHimself) {
  limits.bodiesInFlight = 100'000;
  limits.unprovedInFlight = 20'000;
  start();
  std::list<RawClient> unending;
  for (int i = 0; i < 30; ++i) {
    RawClient& client = unending.emplace_back(front_->port());
    client.send("POST /p HTTP/1.1\r\nHost: a\r\nContent-Length: 9000\r\n\r\n" +
                std::string(8000, 'x'));
  }
  EXPECT_TRUE(within(5s, [&] { return statusOf(exchange(post(std::string(9000, 'u')))) == 503; }));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(
        statusOf(exchange(post(std::string(20'000, 'd'), "Proof: 1\r\nConnection: close\r\n"))),
        200);
  }
}

}  // namespace
}  // namespace lianqiao::http
