#include "http/chunked_body.h"

#include <gtest/gtest.h>

namespace lianqiao::http {
namespace {

using State = ChunkedBody::State;

struct Decoded {
  State state;
  std::string body;
  std::size_t used;
};

Decoded decode(std::string_view bytes, std::size_t limit = 1000) {
  ChunkedBody chunks;
  Decoded decoded{State::need_more, {}, 0};
  decoded.state = chunks.advance(bytes, limit, decoded.body, decoded.used);
  return decoded;
}

TEST(ChunkedBody, JoinsChunksAndLeavesWhatFollows) {
  const Decoded decoded =
      decode("5\r\nhello\r\nA;x=\"a;\\\"b\";y\r\n 123456789\r\n000\r\nT: v\r\n\r\nGET /");
  EXPECT_EQ(decoded.state, State::complete);
  EXPECT_EQ(decoded.body, "hello 123456789");
  EXPECT_EQ(decoded.used,
            std::string_view("5\r\nhello\r\nA;x=\"a;\\\"b\";y\r\n 123456789\r\n000\r\nT: v\r\n\r\n")
                .size());
}

TEST(ChunkedBody, PiecesOfAnySizeDecodeTheSame) {
  const std::string bytes = "5;a=b\r\nhello\r\n1\r\n!\r\n0;z\r\nX: y\r\n\r\n";
  for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
    ChunkedBody chunks;
    std::string body;
    State state = State::need_more;
    for (std::size_t at = 0; at < bytes.size(); at += piece) {
      ASSERT_EQ(state, State::need_more);
      std::size_t used = 0;
      const std::string_view part = std::string_view(bytes).substr(at, piece);
      state = chunks.advance(part, 100, body, used);
      EXPECT_EQ(used, part.size());
    }
    EXPECT_EQ(state, State::complete) << piece;
    EXPECT_EQ(body, "hello!");
  }
}

TEST(ChunkedBody, EverythingElseIsMalformed) {
  using namespace std::string_view_literals;
  const std::string_view cases[] = {
      "\r\n",
      "x\r\n",
      " 5\r\nhello\r\n",
      "5 \r\nhello\r\n",
      "5\t\r\nhello\r\n",
      "+5\r\nhello\r\n",
      "-1\r\nhello\r\n",
      "0x5\r\nhello\r\n",
      "1_0\r\n",
      "5.0\r\n",
      "5,5\r\n",
      "5\nhello\r\n",
      "5\r\rhello",
      "5\rhello",
      "5;\r\nhello\r\n",
      "5;\nhello\r\n",
      "5;=a\r\nhello\r\n",
      "5;a=\r\nhello\r\n",
      "5;a=\"b\r\nhello\r\n",
      "5;a b\r\nhello\r\n",
      "5 ;a\r\nhello\r\n",
      "5;a\rb\r\nhello\r\n",
      "5;\0a\r\nhello\r\n"sv,
      "5\0\r\nhello\r\n"sv,
      "5\r\nhello0\r\n\r\n",
      "5\r\nhello\n0\r\n\r\n",
      "5\r\nhello\r0\r\n\r\n",
      "5\r\nhello \r\n0\r\n\r\n",
      "0\r\n\n",
      "0\n\r\n",
      "0\r\n X: y\r\n\r\n",
      "0\r\nX\r\n\r\n",
      "0\r\nX : y\r\n\r\n",
      "0\r\nX: a\nY: b\r\n\r\n",
      "0\r\nContent-Length: 5\r\n\r\n",
      "0\r\ntransfer-encoding: chunked\r\n\r\n",
      "0\r\nHost: a\r\n\r\n",
      "0\r\nAuthorization: Bearer a\r\n\r\n",
      "100000000\r\n",
      "FFFFFFFFFFFFFFFFF\r\n",
      "000000005\r\nhello\r\n",
  };
  for (const std::string_view one : cases) EXPECT_EQ(decode(one).state, State::malformed) << one;
}

TEST(ChunkedBody, TheLimitCountsAllChunks) {
  EXPECT_EQ(decode("5\r\nhello\r\n5\r\nworld\r\n0\r\n\r\n", 10).state, State::complete);
  EXPECT_EQ(decode("5\r\nhello\r\n6\r\n", 10).state, State::too_large);
  EXPECT_EQ(decode("FFFFFFFF\r\n", 10).state, State::too_large);
}

TEST(ChunkedBody, ExtensionsAndTrailersAreBounded) {
  EXPECT_EQ(decode("5;a=" + std::string(65536, 'a')).state, State::malformed);
  std::string drip;
  for (int i = 0; i < 100; ++i) drip += "1;a=" + std::string(1000, 'a') + "\r\nx\r\n";
  EXPECT_EQ(decode(drip).state, State::malformed);
  std::string trailers = "0\r\n";
  for (int i = 0; i < 100; ++i) trailers += "X: " + std::string(1000, 'a') + "\r\n";
  EXPECT_EQ(decode(trailers).state, State::malformed);
}

}  // namespace
}  // namespace lianqiao::http
