// The front as curl sees it: a client that we did not write.
#include <gmock/gmock.h>

#include <cstdio>
#include <fstream>

#include "certificates.h"
#include "front_fixture.h"
#include "lianqiao/codes.h"

namespace lianqiao::http {
namespace {

using ::testing::HasSubstr;

struct Ran {
  int exitCode = -1;
  std::string output;
};

Ran run(const std::string& command) {
  Ran ran;
  FILE* pipe = ::popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return ran;
  char buffer[4096];
  for (std::size_t n = 0; (n = std::fread(buffer, 1, sizeof buffer, pipe)) > 0;)
    ran.output.append(buffer, n);
  ran.exitCode = WEXITSTATUS(::pclose(pipe));
  return ran;
}

class CurlTest : public FrontTest {
 protected:
  void SetUp() override {
    if (run("curl --version").exitCode != 0) GTEST_SKIP() << "no curl";
    handler = [](HttpRequest request, std::unique_ptr<Responder> responder) {
      responder->send({200, {}, request.method + " " + std::to_string(request.body.size()) + "\n"});
    };
  }
  Ran curl(const std::string& arguments, const std::string& scheme = "http") {
    return run("curl --noproxy '*' -sS -m 20 -w '%{http_code} %{num_connects}\\n' " + arguments +
               " " + scheme + "://localhost:" + std::to_string(front_->port()) + "/v1/x");
  }
  void useTls() {
    certificates.sign("server", "DNS:localhost,IP:127.0.0.1");
    certificates.sign("client", "DNS:client");
    ASSERT_TRUE(certificates.made()) << "the openssl program is needed";
    listener.tls.certificate = certificates.at("server.pem");
    listener.tls.key = certificates.at("server.key");
  }

  Certificates certificates;
};

TEST_F(CurlTest, Posts) {
  start();
  EXPECT_EQ(curl("-d hello").output, "POST 5\n200 1\n");
}

TEST_F(CurlTest, SendsChunked) {
  start();
  EXPECT_EQ(run("head -c 3000000 /dev/zero | curl --noproxy '*' -sS -m 20 -T - -X POST "
                "http://127.0.0.1:" +
                std::to_string(front_->port()) + "/")
                .output,
            "POST 3000000\n");
}

TEST_F(CurlTest, WaitsForContinue) {
  start();
  const Ran ran = curl("-v -H 'Expect: 100-continue' -d hello");
  EXPECT_THAT(ran.output, HasSubstr("< HTTP/1.1 100 Continue"));
  EXPECT_THAT(ran.output, HasSubstr("POST 5\n200 1\n"));
}

TEST_F(CurlTest, SeesTheRefusalOfABodyThatItHasNotSent) {
  admit = [](const HttpRequest&) { return HttpFront::Admission{10, {}}; };
  start();
  const std::string file = certificates.at("large");
  std::ofstream(file) << std::string(8u << 20, 'x');
  const Ran waiting = curl("--data-binary @" + file);
  EXPECT_THAT(waiting.output, HasSubstr("intake.too_large"));
  const Ran sending = curl("-H 'Expect:' --data-binary @" + file);
  EXPECT_THAT(sending.output, HasSubstr("413 1\n"));
  EXPECT_EQ(sending.exitCode, 0);
}

TEST_F(CurlTest, ReusesItsConnection) {
  start();
  const std::string url = "http://localhost:" + std::to_string(front_->port()) + "/v1/x";
  EXPECT_EQ(curl("-d a " + url).output, "POST 1\n200 1\nPOST 1\n200 0\n");
}

TEST_F(CurlTest, GetsHead) {
  start();
  EXPECT_THAT(curl("-I").output, HasSubstr("Content-Length: 7"));
}

TEST_F(CurlTest, SpeaksTls) {
  useTls();
  start();
  const std::string trust = "--cacert " + certificates.at("ca.pem") + " ";
  EXPECT_EQ(curl(trust + "-d hello", "https").output, "POST 5\n200 1\n");
  EXPECT_EQ(curl(trust + "--tls-max 1.2 -d hello", "https").output, "POST 5\n200 1\n");
  const std::string file = certificates.at("large");
  std::ofstream(file) << std::string(8u << 20, 'x');
  EXPECT_EQ(curl(trust + "--data-binary @" + file, "https").output, "POST 8388608\n200 1\n");
}

TEST_F(CurlTest, GetsALargeAnswerOverTls) {
  useTls();
  handler = [](HttpRequest, std::unique_ptr<Responder> responder) {
    responder->send({200, {}, std::string(8u << 20, 'x')});
  };
  start();
  const Ran ran =
      curl("-o /dev/null -w '%{size_download} ' --cacert " + certificates.at("ca.pem"), "https");
  EXPECT_EQ(ran.exitCode, 0);
  EXPECT_THAT(ran.output, HasSubstr("8388608"));
}

TEST_F(CurlTest, ATlsPortDoesNotSpeakOldVersionsOrPlainText) {
  useTls();
  start();
  EXPECT_NE(curl("-k --tls-max 1.1 --ciphers DEFAULT@SECLEVEL=0", "https").exitCode, 0);
  EXPECT_NE(curl("", "http").exitCode, 0);
}

TEST_F(CurlTest, CallersWithoutTheRightCertificateStayOutside) {
  useTls();
  listener.tls.clientAuthority = certificates.at("ca.pem");
  certificates.selfSign("stranger", "DNS:stranger");
  start();
  const std::string trust = "--cacert " + certificates.at("ca.pem") + " ";
  const auto as = [&](const std::string& name) {
    return trust + "--cert " + certificates.at(name + ".pem") + " --key " +
           certificates.at(name + ".key") + " -d hello";
  };
  EXPECT_EQ(curl(as("client"), "https").output, "POST 5\n200 1\n");
  EXPECT_NE(curl(as("stranger"), "https").exitCode, 0);
  EXPECT_NE(curl(trust + "-d hello", "https").exitCode, 0);
}

TEST_F(CurlTest, AnUnusableCertificateIsNamed) {
  listener.tls.certificate = certificates.at("none.pem");
  listener.tls.key = certificates.at("none.key");
  const auto failed = HttpFront::start(listener, limits, nullptr, nullptr);
  ASSERT_FALSE(failed.ok());
  EXPECT_EQ(failed.error().code, codes::kConfig);
  EXPECT_THAT(failed.error().detail, HasSubstr("none.pem"));
}

TEST_F(CurlTest, ASlowTlsHandshakeIsCutOff) {
  useTls();
  limits.headerTime = std::chrono::milliseconds(200);
  start();
  RawClient client = connect();
  client.send("\x16\x03\x01");
  EXPECT_EQ(client.rest(), "");
  EXPECT_TRUE(client.closed());
}

}  // namespace
}  // namespace lianqiao::http
