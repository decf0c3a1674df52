#include "intake/authenticate.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "fixed_clock.h"
#include "lianqiao/codes.h"

namespace lianqiao::intake {
namespace {

using namespace std::chrono_literals;
using Kind = config::CallerAuth::Kind;

class AuthenticatorTest : public ::testing::Test {
 protected:
  Authenticator make(config::CallerAuth auth) {
    return {"city-hotline", std::move(auth), clock,
            [this](std::string_view scope, std::string_view nonce, std::string_view use,
                   std::chrono::milliseconds keep) -> Result<bool> {
              if (memoryAway) return Error{codes::kQueueUnavailable, "away"};
              kept = keep;
              const auto [at, fresh] =
                  seen.emplace(std::string(scope) + "|" + std::string(nonce), use);
              return fresh || (!use.empty() && at->second == use);
            }};
  }
  static HttpRequest bearing(std::string value) {
    HttpRequest request;
    request.headers.add("Authorization", std::move(value));
    return request;
  }
  /// A request signed by `identity` as our own sink would.
  HttpRequest signedBy(const SigningIdentity& identity, std::string_view nonce,
                       std::string_view body = R"({"a":1})",
                       std::string_view method = "POST") const {
    HttpCall call;
    call.method = method;
    call.url = "http://gateway.example/v1/peers/city-hotline/records?a=1";
    call.body = body;
    sign(identity, clock.wall(), nonce, call);
    HttpRequest request;
    request.method = call.method;
    request.target = "/v1/peers/city-hotline/records?a=1";
    request.path = "/v1/peers/city-hotline/records";
    request.query = "a=1";
    request.headers = call.headers;
    request.headers.add("Host", "gateway.example");
    request.body = call.body;
    return request;
  }
  static std::string codeOf(const Result<void>& result) {
    return result.ok() ? "ok" : result.error().code;
  }

  FixedClock clock;
  std::map<std::string, std::string> seen;
  std::chrono::milliseconds kept{0};
  bool memoryAway = false;
};

config::CallerAuth tokens(std::vector<Secret> values) {
  config::CallerAuth auth;
  auth.kind = Kind::token;
  auth.tokens = std::move(values);
  return auth;
}

config::CallerAuth hmacBy(Scheme scheme) {
  config::CallerAuth auth;
  auth.kind = Kind::hmac;
  auth.identity = {scheme, "app-1", "service-1", "a secret of the test"};
  return auth;
}

TEST_F(AuthenticatorTest, AnyOfThePeersTokensPasses) {
  const auto authenticator = make(tokens({Secret("old"), Secret("new")}));
  EXPECT_TRUE(authenticator.check(bearing("Bearer old")).ok());
  EXPECT_TRUE(authenticator.check(bearing("bearer new")).ok());
}

TEST_F(AuthenticatorTest, NoOtherTokenPasses) {
  const auto authenticator = make(tokens({Secret("token")}));
  for (const char* value :
       {"Bearer toke", "Bearer tokenn", "Bearer", "Bearer ", "Basic token", "token", ""}) {
    EXPECT_EQ(codeOf(authenticator.check(bearing(value))), codes::kUnauthenticated) << value;
  }
  EXPECT_EQ(codeOf(authenticator.check({})), codes::kUnauthenticated);
}

TEST_F(AuthenticatorTest, AnEmptyConfiguredTokenOpensNothing) {
  EXPECT_FALSE(make(tokens({Secret("")})).check(bearing("Bearer ")).ok());
  EXPECT_FALSE(make(tokens({})).check(bearing("Bearer x")).ok());
}

TEST_F(AuthenticatorTest, TwoAuthorizationHeadersAreRefused) {
  const auto authenticator = make(tokens({Secret("token")}));
  for (const auto& [first, second] :
       {std::pair("wrong", "token"), std::pair("token", "wrong"), std::pair("token", "token")}) {
    HttpRequest request = bearing(std::string("Bearer ") + first);
    request.headers.add("Authorization", std::string("Bearer ") + second);
    EXPECT_FALSE(authenticator.check(request).ok()) << first << ", " << second;
  }
}

TEST_F(AuthenticatorTest, MessagesDoNotRepeatTheToken) {
  const auto result = make(tokens({Secret("token")})).check(bearing("Bearer guessed-secret"));
  ASSERT_FALSE(result.ok());
  EXPECT_EQ(result.error().detail.find("guessed"), std::string::npos);
}

TEST_F(AuthenticatorTest, NoneAndAdapterPass) {
  config::CallerAuth auth;
  EXPECT_TRUE(make(auth).check({}).ok());
  auth.kind = Kind::adapter;
  EXPECT_TRUE(make(auth).check({}).ok());
}

/// A caller whom the adapter proves: it is held to the clock only where the peer's settings say so.
TEST_F(AuthenticatorTest, TheTimeInAQueryIsHeldToTheSkewUnlessThatIsZero) {
  config::CallerAuth auth;
  auth.kind = Kind::adapter;
  const auto codeAt = [&](std::chrono::milliseconds skew, const std::string& time) {
    HeadMarks marks{{}, skew};
    marks.of.time = "timestamp";
    marks.of.skew = "clock_skew";
    HttpRequest head;
    head.query = "timestamp=" + time;
    const auto known = Authenticator("wechat", auth, clock, {}, marks).checkHead(head);
    return known.ok() ? "ok" : known.error().code;
  };
  const auto now = std::chrono::floor<std::chrono::seconds>(clock.wall().time_since_epoch());
  const auto at = [now](std::chrono::seconds apart) {
    return std::to_string((now + apart).count());
  };
  for (const auto apart : {-1h, 1h}) {
    EXPECT_EQ(codeAt(0ms, at(apart)), "ok") << "not checked";
    EXPECT_EQ(codeAt(1h, at(apart)), "ok");
    EXPECT_EQ(codeAt(1h, at(apart + (apart < 0h ? -1s : 1s))), codes::kClockSkew);
  }
  EXPECT_EQ(codeAt(0ms, "soon"), codes::kUnauthenticated);
}

class EverySchemeTest : public AuthenticatorTest, public ::testing::WithParamInterface<Scheme> {};

bool hasNonce(Scheme scheme) {
  return scheme == Scheme::tif || scheme == Scheme::x_hmac_auth || scheme == Scheme::client_id;
}

TEST_P(EverySchemeTest, TheSameRequestSentAgainAfterA503Passes) {
  const auto auth = hmacBy(GetParam());
  const auto authenticator = make(auth);
  const HttpRequest request = signedBy(auth.identity, "n1");
  const auto first = authenticator.check(request);
  EXPECT_TRUE(first.ok()) << first.error().detail;
  EXPECT_EQ(codeOf(authenticator.check(request)), "ok");
  EXPECT_EQ(kept, hasNonce(GetParam()) ? 2 * defaultSkew(GetParam()) : 0ms);
}

TEST_P(EverySchemeTest, AnotherBodyPassesUnlessItTakesAUsedNonce) {
  const auto auth = hmacBy(GetParam());
  const auto authenticator = make(auth);
  EXPECT_TRUE(authenticator.check(signedBy(auth.identity, "n1")).ok());
  // At the same moment: without a nonce this is the same signature.
  EXPECT_EQ(codeOf(authenticator.check(signedBy(auth.identity, "n2", R"({"a":2})"))), "ok");
  EXPECT_EQ(codeOf(authenticator.check(signedBy(auth.identity, "n1", R"({"a":2})"))),
            hasNonce(GetParam()) ? codes::kReplayedNonce : "ok");
}

TEST_P(EverySchemeTest, AFetchMustBeSignedAnewWhereTheSchemeHasANonce) {
  const auto auth = hmacBy(GetParam());
  const auto authenticator = make(auth);
  const HttpRequest request = signedBy(auth.identity, "n1", "", "GET");
  EXPECT_EQ(codeOf(authenticator.check(request)), "ok");
  EXPECT_EQ(codeOf(authenticator.check(request)),
            hasNonce(GetParam()) ? codes::kReplayedNonce : "ok");
}

TEST_P(EverySchemeTest, AnotherSecretIsRefusedAndUsesUpNoNonce) {
  const auto auth = hmacBy(GetParam());
  SigningIdentity other = auth.identity;
  other.secret = "another";
  EXPECT_EQ(codeOf(make(auth).check(signedBy(other, "n1"))), codes::kUnauthenticated);
  EXPECT_TRUE(seen.empty());
}

TEST_P(EverySchemeTest, AnOldSignatureIsClockSkew) {
  const auto auth = hmacBy(GetParam());
  const HttpRequest request = signedBy(auth.identity, "n1");
  clock.pass(defaultSkew(GetParam()) + 2s);
  EXPECT_EQ(codeOf(make(auth).check(request)), codes::kClockSkew);
}

INSTANTIATE_TEST_SUITE_P(Schemes, EverySchemeTest,
                         ::testing::Values(Scheme::gjgxjhpt, Scheme::gjzwfwpt, Scheme::bg_hmac,
                                           Scheme::tif, Scheme::x_hmac_auth, Scheme::client_id),
                         [](const auto& scheme) {
                           std::string name(schemeName(scheme.param));
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

TEST_F(AuthenticatorTest, TheConfiguredSkewCounts) {
  auto auth = hmacBy(Scheme::client_id);
  auth.skew = 5s;
  const HttpRequest request = signedBy(auth.identity, "n1");
  clock.pass(7s);
  EXPECT_EQ(codeOf(make(auth).check(request)), codes::kClockSkew);
}

TEST_F(AuthenticatorTest, WithoutTheNonceMemoryNothingIsLetIn) {
  const auto auth = hmacBy(Scheme::client_id);
  memoryAway = true;
  EXPECT_EQ(codeOf(make(auth).check(signedBy(auth.identity, "n1"))), codes::kQueueUnavailable);
}

}  // namespace
}  // namespace lianqiao::intake
