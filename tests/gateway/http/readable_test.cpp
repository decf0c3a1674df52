// What a platform answers is read in whatever encoding HTTP lets it choose, or the message says
// which it was: a confirmation in GBK or gzip must not become an endless retry, nor a bomb memory.
#include "http/readable.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/http_client.h"
#include "http/inflate.h"
#include "lianqiao/codes.h"
#include "lianqiao/digest.h"
#include "lianqiao/text.h"
#include "scripted_peer.h"

namespace lianqiao::http {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr std::string_view kAnswer = R"({"code":"0","message":"成功","data":{"id":"回执-7"}})";
// Of python's gzip and zlib modules.
const std::string kGzip = *unbase64(
    "H4sIAAAAAAACA6tWSs5PSVWyUjJQ0lHKTS0uTkwH8Z51THjaNR8olJJYkqhkVa2UmQIUfTp73rPO5brmSrW1ACRqb3"
    "A4AAAA");
const std::string kGzipGbk = *unbase64(
    "H4sIAAAAAAACA6tWSs5PSVWyUjJQ0lHKTS0uTkwH8Taf3LkMKJCSWJKoZFWtlJkCFNt949oWXXOl2loACKgQADQAAAA=");
const std::string kTwoMembers = *unbase64(
    "H4sIAAAAAAACA6tWSs5PSVWyUjIAAGbjpQIKAAAAH4sIAAAAAAACA1PSUcpNLS5OTE9VslJ61jHhadd8JR2llMSSRC"
    "WraqXMFKDo09nznnUu1zVXqq0FAPMDPkMuAAAA");
const std::string kZlib =
    *unbase64("eNqrVkrOT0lVslIyUNJRyk0tLk5MB/GedUx42jUfKJSSWJKoZFWtlJkCFH06e96zzuW65kq1tQAoihTI");
const std::string kBareDeflate =
    *unbase64("q1ZKzk9JVbJSMlDSUcpNLS5OTAfxnnVMeNo1HyiUkliSqGRVrZSZAhR9Onves87luuZKtbUA");

HttpResponse answer(std::string body, std::string_view type = "", std::string_view coding = "") {
  HttpResponse response;
  if (!type.empty()) response.headers.add("Content-Type", std::string(type));
  if (!coding.empty()) response.headers.add("Content-Encoding", std::string(coding));
  response.body = std::move(body);
  return response;
}

HttpResponse read(HttpResponse response) {
  const auto done = makeReadable(response, 1u << 20);
  EXPECT_TRUE(done.ok()) << done.error().detail;
  return response;
}

TEST(Readable, WhateverCodingAndCharsetHttpNamesTheTextIsTheSame) {
  const std::string gbk = *toGb18030(kAnswer);
  const struct {
    const char* what;
    HttpResponse came;
  } rows[] = {
      {"plain", answer(std::string(kAnswer))},
      {"utf-8", answer(std::string(kAnswer), "application/json; charset=UTF-8")},
      {"quoted charset", answer(std::string(kAnswer), "application/json;charset=\"utf-8\"")},
      {"mark", answer("\xEF\xBB\xBF" + std::string(kAnswer), "application/json")},
      {"mark and a wrong charset",
       answer("\xEF\xBB\xBF" + std::string(kAnswer), "text/plain; charset=gbk")},
      {"gbk", answer(gbk, "application/json;charset=GBK")},
      {"gb2312", answer(gbk, "text/html; charset=gb2312")},
      {"gb18030", answer(gbk, "text/plain; boundary=x; Charset=GB18030")},
      {"gzip", answer(kGzip, "application/json", "gzip")},
      {"x-gzip", answer(kGzip, "application/json", "X-GZip")},
      {"two members", answer(kTwoMembers, "application/json", "gzip")},
      {"gzip and gbk", answer(kGzipGbk, "application/json; charset=gbk", "gzip")},
      {"deflate", answer(kZlib, "application/json", "deflate")},
      {"deflate without frame", answer(kBareDeflate, "application/json", "deflate")},
      {"identity", answer(std::string(kAnswer), "application/json", "identity")},
  };
  for (const auto& row : rows) {
    const HttpResponse got = read(row.came);
    EXPECT_EQ(got.body, kAnswer) << row.what;
    EXPECT_EQ(got.unread, "") << row.what;
  }
}

TEST(Readable, WhatCannotBeReadSaysWhichEncodingCameAndLeavesNothing) {
  const std::string gbk = *toGb18030(kAnswer);
  const std::string text(kAnswer);
  const struct {
    HttpResponse came;
    const char* says;
  } rows[] = {
      {answer("\x1b\x00", "application/json", "br"), "the encoding br"},
      {answer("x", "application/json", "gzip, gzip"), "the encoding gzip, gzip"},
      {answer("x", "application/json", "zstd<b>"), "that has no proper name"},
      {answer("no gzip", "application/json", "gzip"), "gzip and is damaged"},
      {answer(kGzip.substr(0, kGzip.size() - 1), "application/json", "gzip"), "damaged"},
      {answer(kGzip.substr(0, kGzip.size() / 2), "application/json", "gzip"), "damaged"},
      {answer(kGzip + "more", "application/json", "gzip"), "damaged"},
      {answer(kZlib.substr(0, kZlib.size() - 4), "application/json", "deflate"), "damaged"},
      {answer(gbk, "application/json"), "not UTF-8, and its Content-Type names no charset"},
      {answer(gbk, "application/json; charset=utf-8"), "says charset utf-8 and is not UTF-8"},
      {answer(text + "\xff", "text/plain; charset=gbk"), "says charset gbk and is none"},
      {answer(gbk, "text/plain; charset=big5"), "the charset big5"},
      {answer(gbk, "text/plain; charset=iso-8859-1"), "the charset iso-8859-1"},
      {answer("\xFF\xFE{", "application/json"), "UTF-16"},
      {answer("{}", "text/plain; charset=utf-16le"), "the charset utf-16le"},
      {answer("\xEF\xBB\xBF\xff", "application/json"), "mark of UTF-8 and is none"},
  };
  for (const auto& row : rows) {
    const HttpResponse got = read(row.came);
    EXPECT_THAT(got.unread, HasSubstr(row.says));
    EXPECT_EQ(got.body, "");
    EXPECT_EQ(got.status, 200) << "its status counts all the same";
  }
}

TEST(Readable, AsciiIsReadInWhateverCharsetAndMediaThatAreNoTextStayAsTheyCame) {
  EXPECT_EQ(read(answer("{}", "text/plain; charset=iso-8859-1")).body, "{}");
  const std::string picture("\xFF\xD8\xFF\xE0\x00", 5);
  EXPECT_EQ(read(answer(picture, "image/jpeg")).body, picture);
  EXPECT_EQ(read(answer("", "application/json", "gzip")).body, "");
}

TEST(Readable, NothingUnpacksBeyondTheBoundOfTheAnswer) {
  // 2 MiB of zeros in two kilobytes.
  const std::string bomb = *unbase64(
      "H4sIAAAAAAACA+3BMQEAAADCoPVPbQwfoAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
      "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAC+Bn6HiY0AACAA");
  HttpResponse small = answer(bomb, "application/json", "gzip");
  const auto done = makeReadable(small, (2u << 20) - 1);
  ASSERT_FALSE(done.ok());
  EXPECT_EQ(done.error().code, codes::kProtocol);
  EXPECT_THAT(done.error().detail, HasSubstr("longer than 2097151 bytes"));
  HttpResponse large = answer(bomb, "application/octet-stream", "gzip");
  ASSERT_TRUE(makeReadable(large, 2u << 20).ok());
  EXPECT_EQ(large.body.size(), 2u << 20);
  for (std::size_t bound : {0u, 1u, 100u, 16384u}) {
    EXPECT_EQ(inflate(Packing::gzip, bomb, bound).state, Inflated::State::too_long);
    EXPECT_EQ(inflate(Packing::gzip, bomb, bound).text.capacity(), std::string().capacity());
  }
}

TEST(Readable, TheClientAsksForWhatItReadsAndReadsWhatComes) {
  base::SystemClock clock;
  auto client = std::move(HttpClient::make({}, clock)).value();
  std::string request;
  ScriptedPeer peer([&](Accepted& accepted, int) {
    request = accepted.request();
    accepted.send(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=GBK\r\n"
        "Content-Encoding: gzip\r\nConnection: close\r\nContent-Length: " +
        std::to_string(kGzipGbk.size()) + "\r\n\r\n" + kGzipGbk);
  });
  HttpCall call;
  call.url = peer.url();
  const auto got = client->send(call, clock.steady() + 10s);
  ASSERT_TRUE(got.ok()) << got.error().detail;
  EXPECT_EQ(got->body, kAnswer);
  EXPECT_THAT(request, HasSubstr("\r\nAccept-Encoding: gzip, deflate\r\n"));
}

}  // namespace
}  // namespace lianqiao::http
