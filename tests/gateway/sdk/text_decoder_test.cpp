#include "lianqiao/text_decoder.h"

#include <gtest/gtest.h>

#include <vector>

#include "lianqiao/codes.h"
#include "lianqiao/text.h"

namespace lianqiao {
namespace {

TextDecoder decoderOf(std::string_view encoding) {
  auto decoder = TextDecoder::make(encoding);
  EXPECT_TRUE(decoder.ok()) << encoding;
  return std::move(*decoder);
}

std::string inPieces(std::string_view encoding, std::string_view bytes, std::size_t length) {
  TextDecoder decoder = decoderOf(encoding);
  std::string out;
  for (std::size_t at = 0; at < bytes.size(); at += length)
    decoder.decode(bytes.substr(at, length), out);
  decoder.finish(out);
  return out;
}

struct Sample {
  std::string_view encoding;
  std::string bytes;
  std::string text;
};

std::vector<Sample> samples() {
  using namespace std::string_literals;
  return {{"utf-8", "工单💡é", "工单💡é"},
          {"gb18030", "\xB9\xA4\x94\x39\xFC\x36\x80", "工😀€"},
          {"gbk", "\xB9\xA4\xB5\xA5", "工单"},
          {"big5", "\xA4\xBD\xB3\xF8\x88\x62", "公報\xC3\x8A\xCC\x84"},
          {"shift_jis", "\x83\x65\x83\x58\x83\x67", "テスト"},
          {"euc-kr", "\xBC\xAD\xBF\xEF", "서울"},
          {"latin1", "caf\xE9 \x80", "café €"},
          {"utf-16le", "\xE5\x5D\x3D\xD8\xA1\xDC"s, "工💡"},
          {"utf-16be", "\x5D\xE5\xD8\x3D\xDC\xA1"s, "工💡"}};
}

// Rule: where a text is cut into pieces changes nothing of what it says.
TEST(TextDecoder, PiecesOfAnyLengthSayTheSame) {
  for (const Sample& sample : samples()) {
    for (std::size_t length = 1; length <= sample.bytes.size(); ++length)
      EXPECT_EQ(inPieces(sample.encoding, sample.bytes, length), sample.text)
          << sample.encoding << " in pieces of " << length;
  }
}

// Rule: what cannot be decoded shows at its place, is told by its position, and costs nothing of
// what follows.
TEST(TextDecoder, WhatIsBrokenShowsAtItsPlaceAndTheRestIsRead) {
  using namespace std::string_literals;
  const std::vector<Sample> broken{{"utf-8", "a\xC0z", "a\xFFz"},
                                   {"gb18030", "a\xFFz\xB9", "a\xFFz\xFF"},
                                   {"shift_jis", "a\xFDz", "a\xFFz"},
                                   {"utf-16le", "a\0\x00\xDCz\0"s, "a\xFFz"},
                                   {"utf-16be", "\0a\xD8\x00\0z\x5D"s, "a\xFFz\xFF"}};
  for (const Sample& sample : broken) {
    for (std::size_t length = 1; length <= sample.bytes.size(); ++length)
      EXPECT_EQ(inPieces(sample.encoding, sample.bytes, length), sample.text)
          << sample.encoding << " in pieces of " << length;
  }
  TextDecoder decoder = decoderOf("gb18030");
  std::string out;
  decoder.decode("\xB9\xA4\x80\n", out);
  EXPECT_EQ(out, "工€\n");
  decoder.decode("ok\xB9", out);
  decoder.decode("\n\xFF", out);
  EXPECT_EQ(out, "工€\nok\xFF\n\xFF");
}

TEST(TextDecoder, AnEncodingThatNobodyKnowsIsRefusedByName) {
  const auto decoder = TextDecoder::make("ebcdic");
  ASSERT_FALSE(decoder.ok());
  EXPECT_EQ(decoder.error().code, codes::kBadEncoding);
  EXPECT_NE(decoder.error().detail.find("ebcdic"), std::string::npos);
}

// Rule: a piece adds what it says and no more: nothing grows with what went before.
TEST(TextDecoder, ALongTextIsNeverHeld) {
  TextDecoder decoder = decoderOf("gbk");
  const std::string piece = *toGb18030(std::string(4096, 'a') + "工单");
  std::string out;
  for (int i = 0; i < 4096; ++i) {
    out.clear();
    decoder.decode(piece, out);
    ASSERT_EQ(out.size(), 4096u + 6);
    ASSERT_EQ(out.find(TextDecoder::kBroken), std::string::npos);
  }
  out.clear();
  decoder.finish(out);
  EXPECT_EQ(out, "") << "nothing waited";
}

}  // namespace
}  // namespace lianqiao
