#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <cstdlib>

#include "platform.h"

/// Signatures made by the openssl command, a program that we did not write, are those that our
/// platform takes: the two sides of this adapter do not merely agree with each other.
namespace lianqiao::data_exchange {
namespace {

using namespace test;

constexpr const char* kSecret = "canary-secret-0001";
constexpr const char* kId = "11111111-2222-3333-4444-555555555555@df-1";

bool hasOpenssl() { return std::system("openssl version >/dev/null 2>&1") == 0; }

/// Base64 HMAC-SHA256 by a shell pipeline. `text` goes through printf, so that \n is a line's end.
std::string signedByOpenssl(const std::string& text) {
  const std::string command = "printf '" + text + "' | openssl dgst -sha256 -hmac '" + kSecret +
                              "' -binary | base64 | tr -d '\\n'";
  FILE* const pipe = popen(command.c_str(), "r");
  if (pipe == nullptr) return "";
  std::string out;
  char bytes[256];
  while (std::fgets(bytes, sizeof bytes, pipe) != nullptr) out += bytes;
  return pclose(pipe) == 0 ? out : "";
}

HttpRequest request(std::string target) {
  HttpRequest made;
  made.method = "POST";
  made.target = std::move(target);
  made.path = made.target.substr(0, made.target.find('?'));
  made.headers.add("Content-Type", "application/json");
  made.headers.add("Idempotency-Key", "key-1");
  made.body = R"({"orderNum":"A1"})";
  return made;
}

class Openssl : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!hasOpenssl()) GTEST_SKIP() << "there is no openssl command";
  }

  /// Taken as it is; refused with the last character of the signature changed.
  static void expectJudged(std::string_view scheme, const HttpRequest& good,
                           const std::string& signatureHeader, const Givens& more = {}) {
    ASSERT_FALSE(good.headers.get(signatureHeader).empty());
    const Settings settings = settingsWith(scheme, more);
    ExchangeMock mock(settings);
    const WallTime now(std::chrono::milliseconds(1700000000000));
    const HttpResponse taken = mock.handle(good, now);
    EXPECT_EQ(taken.status, 200) << taken.body;
    EXPECT_EQ(mock.taken().distinct, 1U) << taken.body;
    HttpRequest bad = good;
    std::string signature(good.headers.get(signatureHeader));
    signature[3] = signature[3] == 'A' ? 'B' : 'A';
    bad.headers.set(signatureHeader, signature);
    EXPECT_NE(mock.handle(bad, now).body.find("Invalid signature"), std::string::npos);
    EXPECT_EQ(mock.taken().distinct, 1U);
  }
};

TEST_F(Openssl, SignsForTheNationalPlatform) {
  HttpRequest made = request("/httpproxy");
  made.headers.add("gjgxjhpt_rid", kId);
  made.headers.add("gjgxjhpt_sid", "s_0000000000000_0001");
  made.headers.add("gjgxjhpt_rtime", "1700000000000");
  made.headers.add("gjgxjhpt_sign",
                   signedByOpenssl("s_0000000000000_0001" + std::string(kId) + "1700000000000"));
  expectJudged("gjgxjhpt", made, "gjgxjhpt_sign");
}

TEST_F(Openssl, SignsForAGatewayWithACanonicalRequest) {
  HttpRequest made = request("/restapi/prod/demo?test=1&a=2");
  made.headers.add("X-BG-HMAC-ACCESS-KEY", kId);
  made.headers.add("X-BG-HMAC-ALGORITHM", "hmac-sha256");
  made.headers.add("X-BG-DATE-TIME", "Tue, 14 Nov 2023 22:13:20 GMT");
  made.headers.add("X-BG-HMAC-SIGNATURE",
                   signedByOpenssl("POST\\n/restapi/prod/demo\\na=2&test=1\\n" + std::string(kId) +
                                   "\\nTue, 14 Nov 2023 22:13:20 GMT\\n"));
  expectJudged("bg-hmac", made, "X-BG-HMAC-SIGNATURE", {{"send_path", "/restapi/prod/demo"}});
}

TEST_F(Openssl, SignsForAnOpenDataGateway) {
  HttpRequest made = request("/gateway/api/1/orders");
  made.headers.add("X-Client-Id", kId);
  made.headers.add("X-Timestamp", "1700000000000");
  made.headers.add("X-Nonce", "a1b2c3d4");
  made.headers.add("X-Signature", signedByOpenssl(std::string(kId) + "1700000000000a1b2c3d4"));
  expectJudged("client-id", made, "X-Signature", {{"send_path", "/gateway/api/1/orders"}});
}

}  // namespace
}  // namespace lianqiao::data_exchange
