// No scheme separates all that it signs. Whatever a caller may move from one signed field to
// another without changing the signed text must not serve another request: it is refused, or it is
// known as what was signed before.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <map>

#include "fixed_clock.h"
#include "intake/authenticate.h"
#include "lianqiao/codes.h"
#include "lianqiao/signing.h"

namespace lianqiao::intake {
namespace {

constexpr std::array kUserHeaders{"x-tif-uid", "x-tif-uinfo", "x-tif-ext"};

class SignedTextTest : public ::testing::TestWithParam<Scheme> {
 protected:
  [[nodiscard]] SigningIdentity identity() const {
    return {GetParam(), "app-1", "", "a secret of the test"};
  }
  [[nodiscard]] HttpRequest requestOf(HttpCall call) const {
    HttpRequest request;
    request.method = call.method;
    request.target = call.url.substr(call.url.find("/v1"));
    request.path = request.target.substr(0, request.target.find('?'));
    request.query = request.target.substr(request.target.find('?') + 1);
    request.headers = std::move(call.headers);
    request.body = std::move(call.body);
    return request;
  }
  [[nodiscard]] HttpRequest original() const {
    HttpCall call;
    call.url = "http://gateway.example/v1/peers/p/records?a=1&b=2";
    call.body = R"({"a":1})";
    if (GetParam() == Scheme::tif) {
      for (const char* name : kUserHeaders) call.headers.add(name, std::string("v-") + name[6]);
    }
    sign(identity(), clock.wall(), "n0nce-1", call);
    return requestOf(std::move(call));
  }
  Result<void> check(const HttpRequest& request) {
    config::CallerAuth auth;
    auth.kind = config::CallerAuth::Kind::hmac;
    auth.identity = identity();
    return Authenticator("peer", auth, clock,
                         [this](std::string_view, std::string_view nonce, std::string_view use,
                                std::chrono::milliseconds) -> Result<bool> {
                           const auto [at, fresh] = seen.emplace(nonce, use);
                           return fresh || at->second == use;
                         })
        .check(request);
  }
  [[nodiscard]] bool hasNonce() const {
    return GetParam() == Scheme::tif || GetParam() == Scheme::x_hmac_auth ||
           GetParam() == Scheme::client_id;
  }
  /// The original was let in; this one, which differs in body and split, must not be.
  void expectRefused(const HttpRequest& moved, const std::string& how) {
    EXPECT_FALSE(check(moved).ok()) << schemeName(GetParam()) << ": " << how;
  }

  FixedClock clock;
  std::map<std::string, std::string> seen;
};

/// The headers of a signed request that hold signed text, in any order.
std::vector<std::string> signedHeaders(const HttpRequest& request) {
  std::vector<std::string> names;
  for (const auto& [name, value] : request.headers.all()) {
    if (name.find("ignature") == std::string::npos && name.find("sign") == std::string::npos)
      names.push_back(name);
  }
  return names;
}

TEST_P(SignedTextTest, BytesMovedBetweenHeadersServeNoOtherBody) {
  const HttpRequest first = original();
  ASSERT_TRUE(check(first).ok()) << check(first).error().detail;
  const auto names = signedHeaders(first);
  for (const std::string& from : names) {
    for (const std::string& to : names) {
      if (from == to) continue;
      const std::string source(first.headers.get(from)), target(first.headers.get(to));
      for (std::size_t count = 1; count <= source.size(); ++count) {
        for (const std::string joint : {"", ",", "&", "\t"}) {
          HttpRequest moved = first;
          moved.body = R"({"a":2})";
          moved.headers.set(from, source.substr(0, source.size() - count));
          moved.headers.set(to, source.substr(source.size() - count) + joint + target);
          expectRefused(moved, from + " to the front of " + to);
          moved.headers.set(from, source.substr(count));
          moved.headers.set(to, target + joint + source.substr(0, count));
          expectRefused(moved, from + " to the end of " + to);
        }
      }
    }
  }
}

// Shown: the user's headers moved into the nonce passed with another body.
TEST_P(SignedTextTest, WholeHeadersMovedIntoTheNonceServeNoOtherBody) {
  if (GetParam() != Scheme::tif) GTEST_SKIP() << "has no such headers";
  const HttpRequest first = original();
  ASSERT_TRUE(check(first).ok());
  HttpRequest moved;
  moved.method = first.method;
  moved.target = first.target;
  moved.path = first.path;
  moved.query = first.query;
  moved.body = R"({"a":2})";
  std::string nonce(first.headers.get("x-tif-nonce"));
  for (const char* name : kUserHeaders) nonce += "," + std::string(first.headers.get(name));
  for (const auto& [name, value] : first.headers.all()) {
    const bool user =
        std::find(kUserHeaders.begin(), kUserHeaders.end(), name) != kUserHeaders.end();
    if (!user) moved.headers.add(name, name == "x-tif-nonce" ? nonce : value);
  }
  expectRefused(moved, "all into the nonce");
  // And back: a nonce with commas in it, whose request names no user.
  for (const std::string& bad : {std::string("a,u,i,e"), std::string("a,"), std::string(",")}) {
    HttpCall call;
    call.url = "http://gateway.example/v1/peers/p/records?a=1&b=2";
    sign(identity(), clock.wall(), bad, call);
    EXPECT_FALSE(check(requestOf(call)).ok()) << bad;
  }
  // Unsigned where there is no uid; twice, or with a comma, its signed text would have two
  // readings.
  for (const auto& [name, value] : {std::pair{"x-tif-uinfo", "i"}, std::pair{"x-tif-ext", "e"}}) {
    HttpCall call;
    call.url = "http://gateway.example/v1/peers/p/records?a=1&b=2";
    call.headers.add(name, value);
    sign(identity(), clock.wall(), "n2", call);
    EXPECT_FALSE(check(requestOf(call)).ok()) << name << " without uid";
  }
  for (const char* name : {"x-tif-uid", "x-tif-uinfo"}) {
    HttpCall call;
    call.url = "http://gateway.example/v1/peers/p/records?a=1&b=2";
    for (const char* user : kUserHeaders)
      call.headers.add(user, user == std::string(name) ? "a,b" : "v");
    sign(identity(), clock.wall(), "n3", call);
    EXPECT_FALSE(check(requestOf(call)).ok()) << name << " with a comma";
  }
}

TEST_P(SignedTextTest, ParametersMovedAndMergedServeNoOtherRequest) {
  if (!hasNonce()) GTEST_SKIP() << "remembers nothing: its time alone bounds it";
  const HttpRequest first = original();
  ASSERT_TRUE(check(first).ok());
  const auto with = [&](std::string query, std::string body, bool form) {
    HttpRequest moved = first;
    moved.target = first.path + (query.empty() ? "" : "?" + query);
    moved.query = std::move(query);
    moved.body = std::move(body);
    if (form) moved.headers.set("Content-Type", "application/x-www-form-urlencoded");
    return moved;
  };
  expectRefused(with("a=1%26b%3D2", R"({"a":2})", false), "merged into one value");
  expectRefused(with("a%3D1%26b=2", R"({"a":2})", false), "merged into one name");
  expectRefused(with("b=2&a=1", R"({"a":2})", false), "in another order");
  expectRefused(with("a=1", "b=2", true), "one into the body");
  expectRefused(with("", "a=1&b=2", true), "all into the body");
  expectRefused(with("%61=1&b=%32", R"({"a":2})", false), "written otherwise");
}

TEST_P(SignedTextTest, AHeaderThatComesTwiceIsRefused) {
  for (const std::string& name : signedHeaders(original())) {
    // They say the same always, and are not read.
    if (name.find("Version") != std::string::npos || name.find("ALGORITHM") != std::string::npos)
      continue;
    HttpRequest twice = original();
    twice.headers.add(name, std::string(twice.headers.get(name)));
    EXPECT_FALSE(check(twice).ok()) << name;
  }
}

INSTANTIATE_TEST_SUITE_P(Schemes, SignedTextTest,
                         ::testing::Values(Scheme::gjgxjhpt, Scheme::gjzwfwpt, Scheme::bg_hmac,
                                           Scheme::tif, Scheme::x_hmac_auth, Scheme::client_id),
                         [](const auto& scheme) {
                           std::string name(schemeName(scheme.param));
                           std::replace(name.begin(), name.end(), '-', '_');
                           return name;
                         });

}  // namespace
}  // namespace lianqiao::intake
