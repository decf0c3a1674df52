#include "lianqiao/signing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lianqiao/codes.h"
#include "lianqiao/digest.h"

namespace lianqiao {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

// The values of protocols §2; 1700000000 is Tue, 14 Nov 2023 22:13:20 GMT.
constexpr WallTime kNow{1700000000000ms};
constexpr std::array kAll = {Scheme::gjgxjhpt, Scheme::gjzwfwpt,    Scheme::bg_hmac,
                             Scheme::tif,      Scheme::x_hmac_auth, Scheme::client_id};

std::string upper(std::string_view text) {
  std::string out(text);
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  }
  return out;
}

HttpRequest arrived(const HttpCall& call) {
  HttpRequest request;
  request.method = call.method;
  request.target = call.url.substr(call.url.find('/', call.url.find("://") + 3));
  request.path = percentDecode(request.target.substr(0, request.target.find('?')), false);
  const std::size_t mark = request.target.find('?');
  request.query = mark == std::string::npos ? "" : request.target.substr(mark + 1);
  request.headers = call.headers;
  request.body = call.body;
  return request;
}

SigningIdentity identity(Scheme scheme) {
  const bool service = scheme == Scheme::gjgxjhpt || scheme == Scheme::gjzwfwpt;
  return {scheme, "caller-1", service ? "s_0000000000000_0001" : "", "a-secret"};
}

HttpCall signedCall(Scheme scheme, std::string url = "http://peer/api/x?b=2&a=1") {
  HttpCall call;
  call.url = std::move(url);
  call.body = "{}";
  sign(identity(scheme), kNow, "nonce-1", call);
  return call;
}

TEST(SigningVectors, NationalPlatformsSignWithAppkeyAndSecret) {
  SigningIdentity who{Scheme::gjgxjhpt, "11111111-2222-3333-4444-555555555555@df-1",
                      "s_0000000000000_0001", "0123456789abcdef0123456789abcdef"};
  HttpCall call;
  call.url = "http://platform/sysapi/auth/refreshappsecret";
  sign(who, kNow, "", call);
  EXPECT_EQ(call.headers.get("gjgxjhpt_rid"), who.id);
  EXPECT_EQ(call.headers.get("gjgxjhpt_sid"), who.serviceId);
  EXPECT_EQ(call.headers.get("gjgxjhpt_rtime"), "1700000000000");
  EXPECT_EQ(call.headers.get("gjgxjhpt_sign"), "yAISesycRL8o0WGrsozjohc34SR8Tc+RZuKkU+3Z6hk=");
  EXPECT_EQ(call.headers.all().size(), 4u);

  who.scheme = Scheme::gjzwfwpt;
  who.secret = "fedcba9876543210fedcba9876543210";
  HttpCall other;
  sign(who, kNow, "", other);
  EXPECT_EQ(other.headers.get("gjzwfwpt_sign"), "PwssW8bUqpU0Y3RTWKPz1SFcJOKZGA1lXMztZpU7bW0=");
  EXPECT_EQ(other.headers.get("gjzwfwpt_rtime"), "1700000000000");
  EXPECT_TRUE(other.headers.has("gjzwfwpt_rid"));
  EXPECT_TRUE(other.headers.has("gjzwfwpt_sid"));
}

TEST(SigningVectors, RefreshedSecretOpensAndSigns) {
  const std::string key = exchangeSecretKey("0123456789abcdef0123456789abcdef");
  EXPECT_EQ(hex(key), "2d703e10a32f30251a2370355793e786");
  const auto delivered =
      unbase64("LDh6LJzNCB09fXMknMzXpiw4eiyczQgdPX1zJJzM16ZUfuRMyoXTthzV/Enp8P/V");
  ASSERT_TRUE(delivered);
  const auto secret = aesEcbDecrypt(key, *delivered);
  ASSERT_EQ(secret, "fedcba9876543210fedcba9876543210");
  EXPECT_EQ(aesEcbEncrypt(key, *secret), delivered);

  HttpCall call;
  sign({Scheme::gjgxjhpt, "11111111-2222-3333-4444-555555555555@df-1", "s_0000000000000_0001",
        *secret},
       kNow, "", call);
  EXPECT_EQ(call.headers.get("gjgxjhpt_sign"), "PwssW8bUqpU0Y3RTWKPz1SFcJOKZGA1lXMztZpU7bW0=");
}

TEST(SigningVectors, BgHmac) {
  HttpCall call;
  call.url = "https://gw.example/restapi/prod/IC00000000000000000001/demo?test=1&v=123#top";
  sign({Scheme::bg_hmac, "BCDSGA_test", "", "BCDSGS_test"}, kNow, "", call);
  EXPECT_EQ(call.headers.get("X-BG-HMAC-SIGNATURE"),
            "+JBdffheyHEJbnDqFafw9RWM6f6JabHPxMuR7J2Hka4=");
  EXPECT_EQ(call.headers.get("X-BG-HMAC-ACCESS-KEY"), "BCDSGA_test");
  EXPECT_EQ(call.headers.get("X-BG-HMAC-ALGORITHM"), "hmac-sha256");
  EXPECT_EQ(call.headers.get("X-BG-DATE-TIME"), "Tue, 14 Nov 2023 22:13:20 GMT");

  HttpCall unsorted;
  unsorted.url = "https://gw.example/restapi/prod/IC00000000000000000001/demo?v=123&test=1";
  sign({Scheme::bg_hmac, "BCDSGA_test", "", "BCDSGS_test"}, kNow, "", unsorted);
  EXPECT_EQ(unsorted.headers.get("X-BG-HMAC-SIGNATURE"), call.headers.get("X-BG-HMAC-SIGNATURE"));
}

TEST(SigningVectors, TifShortAndLong) {
  const SigningIdentity who{Scheme::tif, "paas", "", "TOKEN0123456789abcdefTOKEN012345"};
  HttpCall call;
  sign(who, kNow, "18bcfe56800-a1b2c3", call);
  EXPECT_EQ(call.headers.get("x-tif-paasid"), "paas");
  EXPECT_EQ(call.headers.get("x-tif-timestamp"), "1700000000");
  EXPECT_EQ(call.headers.get("x-tif-nonce"), "18bcfe56800-a1b2c3");
  EXPECT_EQ(upper(call.headers.get("x-tif-signature")),
            "844B23AA19A844E3EFA01604A2478421427E4E9CF94149B16DFB753D7816C956");

  HttpCall user;
  user.headers.add("x-tif-uid", "u1");
  user.headers.add("x-tif-uinfo", "eyJuYW1lIjoidGVzdCJ9");
  user.headers.add("x-tif-ext", "e1");
  sign(who, kNow, "18bcfe56800-a1b2c3", user);
  EXPECT_EQ(upper(user.headers.get("x-tif-signature")),
            "18E1CA22D0CF1E948632101291392D578F830E368E999C32054B70A4060C25AF");
}

TEST(SigningVectors, XHmacAuthWithAndWithoutParameters) {
  const SigningIdentity who{Scheme::x_hmac_auth, "demo-app", "", "demo-secret"};
  const std::string nonce = "17000000000001234";
  const std::string expected = "+bjM8PeeY89MoIlbt0+Q5i5Nw9D6r7+xTb4RDJjjn40=";
  HttpCall query;
  query.url = "https://zzd.example/gettoken.json?appsecret=demo-secret&appkey=demo-app";
  sign(who, kNow, nonce, query);
  EXPECT_EQ(query.headers.get("X-Hmac-Auth-Signature"), expected);
  EXPECT_EQ(query.headers.get("X-Hmac-Auth-Timestamp"), "2023-11-15T06:13:20.000+08:00");
  EXPECT_EQ(query.headers.get("X-Hmac-Auth-Version"), "1.0");
  EXPECT_EQ(query.headers.get("X-Hmac-Auth-Nonce"), nonce);
  EXPECT_EQ(query.headers.get("apiKey"), "demo-app");

  HttpCall form;
  form.url = "https://zzd.example/gettoken.json";
  form.headers.add("Content-Type", "application/x-www-form-urlencoded; charset=utf-8");
  form.body = "appkey=demo-app&appsecret=demo%2Dsecret";
  sign(who, kNow, nonce, form);
  EXPECT_EQ(form.headers.get("X-Hmac-Auth-Signature"), expected);

  HttpCall get;
  get.method = "GET";
  get.url = "https://zzd.example/gettoken.json";
  sign(who, kNow, nonce, get);
  EXPECT_EQ(get.headers.get("X-Hmac-Auth-Signature"),
            "DBtRnCRw0Vhq3lAwqKzJZz0P5j09bNN6xX6Nkv5aQ7E=");
}

TEST(SigningVectors, ClientId) {
  HttpCall call;
  sign({Scheme::client_id, "client-001", "", "demo-secret"}, kNow, "a1b2c3d4", call);
  EXPECT_EQ(call.headers.get("X-Signature"), "6+kkEvrgRDXNQgkPjvHt+HhGg3D5kQ5dt2CTJpJ6yhM=");
  EXPECT_EQ(call.headers.get("X-Client-Id"), "client-001");
  EXPECT_EQ(call.headers.get("X-Timestamp"), "1700000000000");
  EXPECT_EQ(call.headers.get("X-Nonce"), "a1b2c3d4");
}

TEST(Verify, TakesWhatSignMade) {
  for (const Scheme scheme : kAll) {
    SCOPED_TRACE(schemeName(scheme));
    const HttpCall call = signedCall(scheme);
    const auto nonce = verify(identity(scheme), kNow, defaultSkew(scheme), arrived(call));
    ASSERT_TRUE(nonce.ok()) << nonce.error().detail;
    const bool hasNonce =
        scheme == Scheme::tif || scheme == Scheme::x_hmac_auth || scheme == Scheme::client_id;
    std::string signature;
    for (const auto& [name, value] : call.headers.all()) {
      if (name.ends_with("ignature")) signature = value;
    }
    EXPECT_EQ(*nonce, hasNonce ? signature : "") << "without a nonce a signature tells nothing";
  }
}

TEST(Verify, RefusesEveryMissingAlteredOrRepeatedHeader) {
  for (const Scheme scheme : kAll) {
    const HttpRequest good = arrived(signedCall(scheme));
    for (const auto& [name, value] : good.headers.all()) {
      if (name == "X-BG-HMAC-ALGORITHM" || name == "X-Hmac-Auth-Version") continue;
      SCOPED_TRACE(std::string(schemeName(scheme)) + " " + name);
      HttpRequest missing = good;
      missing.headers.set(name, "");
      const auto without = verify(identity(scheme), kNow, 600s, missing);
      ASSERT_FALSE(without.ok());
      EXPECT_EQ(without.error().code, codes::kUnauthenticated);
      EXPECT_THAT(without.error().detail, HasSubstr(name));

      HttpRequest altered = good;
      altered.headers.set(name, value + "1");
      const auto changed = verify(identity(scheme), kNow, 600s, altered);
      ASSERT_FALSE(changed.ok());
      EXPECT_THAT(changed.error().code, AnyOf(codes::kUnauthenticated, codes::kClockSkew));

      HttpRequest repeated = good;
      repeated.headers.add(name, value);
      EXPECT_FALSE(verify(identity(scheme), kNow, 600s, repeated).ok());
    }
  }
}

TEST(Verify, NeverTellsTheExpectedSignatureOrTheSecret) {
  for (const Scheme scheme : kAll) {
    HttpCall call = signedCall(scheme);
    SigningIdentity other = identity(scheme);
    other.secret = "another-secret";
    const auto result = verify(other, kNow, 600s, arrived(call));
    ASSERT_FALSE(result.ok());
    HttpCall expected;
    expected.url = call.url;
    expected.body = call.body;
    sign(other, kNow, "nonce-1", expected);
    for (const auto& [name, value] : expected.headers.all()) {
      if (name.find("ign") == name.npos && name.find("SIGN") == name.npos) continue;
      EXPECT_EQ(result.error().detail.find(value), std::string::npos);
    }
    EXPECT_EQ(result.error().detail.find(other.secret), std::string::npos);
  }
}

TEST(Verify, HoldsToTheSkewOnBothSides) {
  for (const Scheme scheme : kAll) {
    SCOPED_TRACE(schemeName(scheme));
    const HttpRequest request = arrived(signedCall(scheme));
    const auto skew = defaultSkew(scheme);
    EXPECT_TRUE(verify(identity(scheme), kNow + skew, skew, request));
    EXPECT_TRUE(verify(identity(scheme), kNow - skew, skew, request));
    for (const auto distance : {skew + 1s, -skew - 1s}) {
      const auto late = verify(identity(scheme), kNow + distance, skew, request);
      ASSERT_FALSE(late.ok());
      EXPECT_EQ(late.error().code, codes::kClockSkew);
      EXPECT_THAT(late.error().detail, HasSubstr(std::to_string((skew + 1s) / 1s) +
                                                 (distance > 0s ? " s before" : " s after")));
    }
  }
  EXPECT_EQ(defaultSkew(Scheme::bg_hmac), 90s);
  EXPECT_EQ(defaultSkew(Scheme::gjgxjhpt), 600s);
}

TEST(Verify, CoversMethodPathAndParametersWhereTheSchemeDoes) {
  for (const Scheme scheme : {Scheme::bg_hmac, Scheme::x_hmac_auth}) {
    const HttpRequest good = arrived(signedCall(scheme));
    HttpRequest method = good;
    method.method = "GET";
    HttpRequest path = good;
    path.target = "/api/y?b=2&a=1";
    HttpRequest query = good;
    query.target = "/api/x?b=2&a=2";
    for (const HttpRequest& bad : {method, path, query}) {
      EXPECT_FALSE(verify(identity(scheme), kNow, 600s, bad).ok());
    }
    HttpRequest order = good;
    order.target = "/api/x?a=1&b=2";
    EXPECT_TRUE(verify(identity(scheme), kNow, 600s, order).ok());
  }
}

// The rule: what is cheap is judged first, so that a caller who only guesses costs no hash and no
// sort.
TEST(Verify, JudgesTimeAndCheapPartsBeforeTheSignature) {
  for (const Scheme scheme : kAll) {
    SCOPED_TRACE(schemeName(scheme));
    HttpRequest old = arrived(signedCall(scheme));
    old.target += "&tampered=1";
    const auto late = verify(identity(scheme), kNow + 24h, 600s, old);
    ASSERT_FALSE(late.ok());
    EXPECT_EQ(late.error().code, codes::kClockSkew);
  }
}

TEST(Verify, BoundsWhatASignatureMayCover) {
  for (const Scheme scheme : {Scheme::bg_hmac, Scheme::x_hmac_auth}) {
    HttpRequest many = arrived(signedCall(scheme));
    for (int i = 0; i < 1000; ++i) many.target += "&a";
    const auto refused = verify(identity(scheme), kNow, 600s, many);
    ASSERT_FALSE(refused.ok());
    EXPECT_THAT(refused.error().detail, HasSubstr("cannot be signed"));
  }
  HttpRequest form = arrived(signedCall(Scheme::x_hmac_auth));
  form.headers.set("Content-Type", "application/x-www-form-urlencoded");
  form.body = std::string((64 << 10) + 1, 'a');
  const auto refused = verify(identity(Scheme::x_hmac_auth), kNow, 600s, form);
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.error().detail, HasSubstr("64 KiB"));
  HttpRequest longNonce = arrived(signedCall(Scheme::client_id));
  longNonce.headers.set("X-Nonce", std::string(129, 'n'));
  EXPECT_FALSE(verify(identity(Scheme::client_id), kNow, 600s, longNonce).ok());
}

// The rule: whatever of a signed request can be judged without its body is.
TEST(VerifyHead, ProvesTheCallerWhereTheSchemeCoversNoBody) {
  for (const Scheme scheme : kAll) {
    SCOPED_TRACE(schemeName(scheme));
    HttpRequest head = arrived(signedCall(scheme));
    head.body.clear();
    const auto proved = verifyHead(identity(scheme), kNow, 600s, head);
    ASSERT_TRUE(proved.ok()) << proved.error().detail;
    EXPECT_TRUE(*proved);
    SigningIdentity other = identity(scheme);
    other.secret = "another";
    EXPECT_FALSE(verifyHead(other, kNow, 600s, head).ok());
    EXPECT_FALSE(verifyHead(identity(scheme), kNow + 24h, 600s, head).ok());
  }
  HttpRequest form = arrived(signedCall(Scheme::x_hmac_auth));
  form.headers.set("Content-Type", "application/x-www-form-urlencoded");
  const auto open = verifyHead(identity(Scheme::x_hmac_auth), kNow, 600s, form);
  ASSERT_TRUE(open.ok());
  EXPECT_FALSE(*open) << "its parameters are in the body";
  form.headers.set("X-Hmac-Auth-Signature", "short");
  EXPECT_FALSE(verifyHead(identity(Scheme::x_hmac_auth), kNow, 600s, form).ok());
}

TEST(Verify, TakesTifHexInEitherCaseAndChecksTheUser) {
  HttpCall call;
  call.url = "http://peer/x";
  call.headers.add("x-tif-uid", "u1");
  sign(identity(Scheme::tif), kNow, "n", call);
  HttpRequest request = arrived(call);
  request.headers.set("x-tif-signature", upper(request.headers.get("x-tif-signature")));
  EXPECT_TRUE(verify(identity(Scheme::tif), kNow, 600s, request));
  request.headers.set("x-tif-uid", "u2");
  EXPECT_FALSE(verify(identity(Scheme::tif), kNow, 600s, request).ok());
}

TEST(Verify, ReadsZonedTimesOnlyInTheirForm) {
  const SigningIdentity who = identity(Scheme::x_hmac_auth);
  for (const char* time :
       {"2023-11-15T06:13:20+08:00", "2023-11-14T22:13:20.000Z", "2023-11-15 06:13:20.000+08:00",
        "2023-02-30T06:13:20.000+08:00", "2023-11-15T06:13:20.000", "2023-11-15T25:13:20.000+08:00",
        "x", "2023-11-15T06:13:20.000+0800"}) {
    HttpRequest request = arrived(signedCall(Scheme::x_hmac_auth));
    request.headers.set("X-Hmac-Auth-Timestamp", time);
    const auto result = verify(who, kNow, 600s, request);
    ASSERT_FALSE(result.ok());
    const std::string wanted =
        std::string(time).find("20+08:00") != std::string::npos || std::string(time).ends_with("Z")
            ? "differs"
            : "is not a time";
    EXPECT_THAT(result.error().detail, HasSubstr(wanted)) << time;
  }
}

TEST(Verify, SurvivesAbsurdTimes) {
  for (const Scheme scheme : kAll) {
    HttpRequest request = arrived(signedCall(scheme));
    for (const char* time :
         {"999999999999999", "99999999999999999999", "-1", "", " 1700000000000"}) {
      for (const char* name : {"gjgxjhpt_rtime", "gjzwfwpt_rtime", "X-BG-DATE-TIME",
                               "x-tif-timestamp", "X-Hmac-Auth-Timestamp", "X-Timestamp"}) {
        if (request.headers.has(name)) request.headers.set(name, time);
      }
      EXPECT_FALSE(verify(identity(scheme), kNow, 600s, request).ok());
    }
  }
}

TEST(Scheme, NamesComeBack) {
  for (const Scheme scheme : kAll) EXPECT_EQ(schemeByName(schemeName(scheme)), scheme);
  EXPECT_EQ(schemeByName("bg-hmac"), Scheme::bg_hmac);
  EXPECT_EQ(schemeByName("bg_hmac"), std::nullopt);
}

}  // namespace
}  // namespace lianqiao
