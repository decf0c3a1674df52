#include "lianqiao/codes.h"
#include "service_run.h"

namespace lianqiao::intake {
namespace {

using test::orderOf;
using ::testing::HasSubstr;

// The rule: what a caller hears before he has proved himself is the same whomever he names and
// whatever he lacks.
TEST_F(IntakeServiceTest, AnUnknownPeerAndAWrongProofAreAnsweredAlike) {
  peer("grid").inbound.mappings.clear();  // it needs no proof, and nobody has a reason to call
  const auto answer = [this](const std::string& method, const std::string& path,
                             const std::string& headers) {
    std::string text = call(method, path, orderOf("a"), headers);
    const std::size_t date = text.find("Date: ");
    return text.erase(date, text.find("\r\n", date) - date);
  };
  const std::string unknown = answer("POST", "/v1/peers/nobody/records", "");
  EXPECT_EQ(http::statusOf(unknown), 401);
  const std::string wrong = "Authorization: Bearer wrong\r\n";
  EXPECT_EQ(answer("POST", "/v1/peers/nobody/records", wrong), unknown);
  for (const char* path :
       {"/v1/peers/hotline/records", "/v1/peers/hotline", "/v1/peers/hotline/outbox",
        "/v1/peers/off/records", "/v1/peers/off/else", "/v1/peers/grid/records",
        "/v1/peers/grid/outbox"}) {
    for (const std::string& headers : {std::string(), wrong}) {
      EXPECT_EQ(answer("POST", path, headers), unknown) << path;
      EXPECT_EQ(answer("GET", path, headers), unknown) << path;
    }
  }
  EXPECT_EQ(faults_.size(), 3u) << "one line a minute for each peer, however many come";
  EXPECT_THAT(faults_.front(), HasSubstr("Authorization: Bearer"));
}

/// Headers of a form to that path, signed as `signer`; the form is its body.
std::string signedForm(const SigningIdentity& signer, const std::string& path,
                       const std::string& form) {
  HttpCall call{.method = "POST", .url = "http://gateway" + path, .headers = {}, .body = form};
  call.headers.set("Content-Type", "application/x-www-form-urlencoded");
  sign(signer, base::SystemClock().wall(), "n", call);
  std::string text;
  for (const auto& [name, value] : call.headers.all()) text += name + ": " + value + "\r\n";
  return text;
}

// The rule: how it stands with a peer is told with the proof, where that needs the body, too.
TEST_F(IntakeServiceTest, WhoseProofNeedsTheBodyHearsNothingOfThePeerBefore) {
  const SigningIdentity signer{Scheme::x_hmac_auth, "app-1", {}, "its secret"};
  for (const char* name : {"signed", "signed-off"}) {
    config::PeerConfig one = peer("hotline");
    one.name = name;
    one.enabled = one.name == "signed";
    one.auth = {.kind = config::CallerAuth::Kind::hmac, .tokens = {}, .identity = signer};
    config_.peers.push_back(one);
    one.name += "-by-adapter";
    one.auth = {.kind = config::CallerAuth::Kind::adapter, .tokens = {}, .identity = {}};
    config_.peers.push_back(one);
  }
  start();
  endpoints_.at("signed")->backlogged = true;
  SigningIdentity stranger = signer;
  stranger.secret = "guessed";
  const auto ask = [&](const SigningIdentity& as, const std::string& path) {
    return call("POST", path, "a=1", signedForm(as, path, "a=1"));
  };
  for (const std::string path :
       {"/v1/peers/nobody/records", "/v1/peers/signed/records", "/v1/peers/signed",
        "/v1/peers/signed/outbox", "/v1/peers/signed-off/records",
        "/v1/peers/signed-off-by-adapter/records", "/v1/peers/signed-by-adapter/outbox"}) {
    expectRefusal(ask(stranger, path), 401, codes::kUnauthenticated);
  }
  expectRefusal(ask(signer, "/v1/peers/signed/records"), 503, codes::kOverloaded);
  endpoints_.at("signed-by-adapter")->backlogged = true;
  const std::string text = "Content-Type: application/json\r\n";
  expectRefusal(call("POST", "/v1/peers/signed-by-adapter/records", orderOf("a"), text), 503,
                codes::kOverloaded);
  EXPECT_EQ(http::statusOf(call("GET", "/v1/peers/signed-by-adapter/check")), 200);
  EXPECT_EQ(counts("hotline").accepted, 0u);
}

// The rule: what no signature can cover is not read for one.
TEST_F(IntakeServiceTest, AFormThatIsTooLongToBeSignedIsRefusedAtItsHead) {
  const SigningIdentity signer{Scheme::x_hmac_auth, "app-1", {}, "its secret"};
  config::PeerConfig one = peer("hotline");
  one.name = "signed";
  one.auth = {.kind = config::CallerAuth::Kind::hmac, .tokens = {}, .identity = signer};
  config_.peers.push_back(one);
  start();
  const std::string path = "/v1/peers/signed/records";
  for (const char* framing : {"Content-Length: 65537", "Transfer-Encoding: chunked"}) {
    http::RawClient client(front_->port());
    client.send("POST " + path + " HTTP/1.1\r\nHost: gateway\r\n" +
                signedForm(signer, path, "a=1") + framing + "\r\n\r\n");
    expectRefusal(client.answer(), 401, codes::kUnauthenticated);
  }
}

TEST_F(IntakeServiceTest, TheOwnAddressesTakeGetAndHeadAloneAndNoBody) {
  for (const std::string path : {"/", "/health"}) {
    EXPECT_EQ(http::statusOf(call("GET", path)), 200);
    http::RawClient head(front_->port());
    head.send("HEAD " + path + " HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_EQ(http::statusOf(head.answer(true)), 200);
    for (const char* method : {"POST", "PUT", "DELETE", "PATCH", "OPTIONS"}) {
      const std::string refused = call(method, path, orderOf("a"));
      expectRefusal(refused, 405, codes::kMethod);
      EXPECT_THAT(refused, HasSubstr("Allow: GET, HEAD\r\n"));
    }
    expectRefusal(call("GET", path, orderOf("a")), 413, codes::kTooLarge);
    http::RawClient endless(front_->port());
    endless.send("GET " + path + " HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n");
    expectRefusal(endless.answer(), 413, codes::kTooLarge);
  }
  for (const char* path : {"/healthz", "/health/", "/v1", "/records"})
    expectRefusal(call("POST", path, orderOf("a")), 404, codes::kNotFound);
}

TEST_F(IntakeServiceTest, PathsThatTwoProgramsReadDifferentlyAreRefused) {
  for (const char* path : {"/v1/peers/hotline%2Frecords", "/v1/peers/hotline/%2e%2e/records",
                           "/v1/peers/x/../hotline/records", "/v1%5Cpeers/hotline/records"}) {
    expectRefusal(call("POST", path, orderOf("a")), 400, codes::kMalformed);
  }
}

}  // namespace
}  // namespace lianqiao::intake
