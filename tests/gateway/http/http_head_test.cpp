#include "http/http_head.h"

#include <gtest/gtest.h>

#include "http/http_target.h"
#include "lianqiao/codes.h"

namespace lianqiao::http {
namespace {

struct Read {
  int status = 0;  ///< 0 = taken.
  RequestHead head;
};

/// As the front does: scan to the end of the head, then parse it.
Read readHead(std::string_view bytes, std::size_t limit = 32768) {
  Read read;
  HeadScan scan;
  switch (scan.advance(bytes, limit)) {
    case HeadScan::State::refused:
      read.status = scan.refusal().status;
      return read;
    case HeadScan::State::need_more:
      read.status = -1;
      return read;
    case HeadScan::State::complete:
      break;
  }
  const auto refusal = parseHead(bytes.substr(scan.begin(), scan.end() - scan.begin()), read.head);
  if (refusal) read.status = refusal->status;
  return read;
}

Read withLine(std::string_view line) {
  return readHead(std::string(line) + "\r\nHost: a.example\r\n\r\n");
}

Read withFields(std::string_view fields) {
  return readHead("POST /x HTTP/1.1\r\nHost: a.example\r\n" + std::string(fields) + "\r\n\r\n");
}

struct Case {
  std::string_view text;
  int status;
};

TEST(HttpHead, ReadsRequestLineAndFields) {
  const Read read = readHead(
      "POST /v1/p%C3%A9/records?a=%20b&c HTTP/1.1\r\nHost: a.example:8480\r\nX-One: \t one two "
      "\t\r\n"
      "x-one: \xe4\xb8\xad\r\nEmpty:\r\nContent-Length: 12\r\n\r\n");
  ASSERT_EQ(read.status, 0);
  const HttpRequest& request = read.head.request;
  EXPECT_EQ(request.method, "POST");
  EXPECT_EQ(request.target, "/v1/p%C3%A9/records?a=%20b&c");
  EXPECT_EQ(request.path, "/v1/p\xc3\xa9/records");
  EXPECT_EQ(request.query, "a=%20b&c");
  EXPECT_EQ(request.headers.get("X-ONE"), "one two");
  EXPECT_EQ(request.headers.count("X-One"), 2u);
  EXPECT_TRUE(request.headers.has("empty"));
  EXPECT_EQ(read.head.length, 12u);
  EXPECT_TRUE(read.head.keepAlive);
  EXPECT_FALSE(read.head.chunked);
}

TEST(HttpHead, RequestLines) {
  const Case cases[] = {
      {"GET / HTTP/1.1", 0},
      {"GET  / HTTP/1.1", 400},
      {"GET /  HTTP/1.1", 400},
      {"GET / HTTP/1.1 ", 400},
      {" GET / HTTP/1.1", 400},
      {"GET\t/\tHTTP/1.1", 400},
      {"GET / ", 400},
      {"GET /", 400},
      {"GET", 400},
      {"GET / HTTP/1.1 extra", 400},
      {"GET /a b HTTP/1.1", 400},
      {"GET / http/1.1", 400},
      {"GET / HTTP/1.10", 400},
      {"GET / HTTP/01.1", 400},
      {"GET / HTTP/1", 400},
      {"GET / HTTP/ 1.1", 400},
      {"GET / HTTPS/1.1", 400},
      {"GET / HTTP/1,1", 400},
      {"GET / HTTP/1.1\rX: y", 400},
      {"GET / HTTP/1.1\r", 400},
      {"GET / HTTP/2.0\rX: y", 400},
      {"GET / HTTP/1.2", 505},
      {"GET / HTTP/2.0", 505},
      {"GET / HTTP/0.9", 505},
      {"G\x01T / HTTP/1.1", 400},
      {"G(T / HTTP/1.1", 400},
      {"BREW / HTTP/1.1", 501},
      {"get / HTTP/1.1", 501},
      {"CONNECT a.example:443 HTTP/1.1", 405},
      {"TRACE / HTTP/1.1", 405},
      {"HEAD / HTTP/1.1", 0},
      {"PUT / HTTP/1.1", 0},
      {"DELETE / HTTP/1.1", 0},
      {"PATCH / HTTP/1.1", 0},
      {"OPTIONS / HTTP/1.1", 0},
      {"OPTIONS * HTTP/1.1", 0},
  };
  for (const Case& one : cases) EXPECT_EQ(withLine(one.text).status, one.status) << one.text;
}

TEST(HttpHead, Targets) {
  const Case cases[] = {
      {"/", 0},
      {"/a/b;c=1/d,e(f)!$&'*+=:@~-._", 0},
      {"/?q", 0},
      {"/a?b=c/d?e&f[]=1", 0},
      {"//a.example/", 0},
      {"*", 400},
      {"a", 400},
      {"a.example:80", 400},
      {"?a", 400},
      {"/a#b", 400},
      {"/a\\b", 400},
      {"/a\"b", 400},
      {"/<a>", 400},
      {"/a{b}", 400},
      {"/a|b", 400},
      {"/[a]", 400},
      {"/a?<b>", 400},
      {"/\xe4\xb8\xad", 400},
      {"/\xc0\xaf", 400},
      {"/a\x7f", 400},
      {"/%", 400},
      {"/%4", 400},
      {"/%zz", 400},
      {"/a%00b", 400},
      {"/a%0d%0aX:1", 400},
      {"/a%7F", 400},
      {"/a?b=%zz", 400},
      {"/a?b=%0d%0a", 0},
      {"/%E4%B8%AD", 0},
      {"http://a.example/b", 0},
      {"HTTP://A.EXAMPLE:80/b", 0},
      {"https://a.example:443", 0},
      {"http://b.example/", 400},
      {"http://a.example:81/", 400},
      {"http://u@a.example/", 400},
      {"http:///b", 400},
      {"http://", 400},
      {"ftp://a.example/", 400},
      {"http:/a.example/", 400},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(withLine("GET " + std::string(one.text) + " HTTP/1.1").status, one.status)
        << one.text;
  }
}

TEST(HttpHead, PathsThatTwoProgramsReadDifferentlyAreKnown) {
  for (const char* target : {"/a%2Fb", "/a%2fb", "/a%5Cb", "/a%5cb", "/a%2e%2e/b", "/a%2Ecsv",
                             "/a/../b", "/./b", "/a/..", "/%2F?a"}) {
    EXPECT_TRUE(isAmbiguous(target)) << target;
  }
  for (const char* target :
       {"/", "/a", "/a%252Fb", "/a../.b/c.d", "/a?b=%2F%5C%2e/../", "/%E4%B8%AD", "*"}) {
    EXPECT_FALSE(isAmbiguous(target)) << target;
  }
}

TEST(HttpHead, AbsoluteFormBecomesOriginForm) {
  EXPECT_EQ(withLine("GET http://a.example/b?c HTTP/1.1").head.request.target, "/b?c");
  const Read bare = withLine("GET http://a.example?c HTTP/1.1");
  EXPECT_EQ(bare.head.request.target, "/?c");
  EXPECT_EQ(bare.head.request.path, "/");
  EXPECT_EQ(bare.head.request.query, "c");
}

TEST(HttpHead, Hosts) {
  const Case cases[] = {
      {"Host: a.example\r\n", 0},
      {"Host: a.example:8480\r\n", 0},
      {"Host: a.example:\r\n", 0},
      {"HOST: 127.0.0.1:1\r\n", 0},
      {"Host: [::1]:8480\r\n", 0},
      {"Host: a_b.example\r\n", 0},
      {"", 400},
      {"Host:\r\n", 400},
      {"Host: :80\r\n", 400},
      {"Host: a.example\r\nHost: a.example\r\n", 400},
      {"Host: a.example\r\nhost: b.example\r\n", 400},
      {"Host: a.example, b.example\r\n", 400},
      {"Host: a.example b.example\r\n", 400},
      {"Host: u@a.example\r\n", 400},
      {"Host: a.example/b\r\n", 400},
      {"Host: http://a.example\r\n", 400},
      {"Host: a.example?b\r\n", 400},
      {"Host: a.example:b\r\n", 400},
      {"Host: a.example:65536\r\n", 400},
      {"Host: a.example:8480:1\r\n", 400},
      {"Host: [::1\r\n", 400},
      {"Host: []\r\n", 400},
      {"Host: [g::1]\r\n", 400},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(readHead("GET / HTTP/1.1\r\n" + std::string(one.text) + "\r\n").status, one.status)
        << one.text;
  }
  EXPECT_EQ(readHead("GET / HTTP/1.0\r\n\r\n").status, 0) << "HTTP/1.0 needs no Host";
}

TEST(HttpHead, Lengths) {
  const Case cases[] = {
      {"Content-Length: 5", 0},
      {"Content-Length:5", 0},
      {"Content-Length:\t 5 \t", 0},
      {"Content-Length: 0", 0},
      {"Content-Length: 999999999999999999", 0},
      {"Content-Length: 9999999999999999999", 413},
      {"Content-Length: 18446744073709551621", 413},
      {"Content-Length: 99999999999999999999999999999999999999999999", 413},
      {"Content-Length: 018446744073709551621", 400},
      {"Content-Length: 18446744073709551621a", 400},
      {"Content-Length: 18446744073709551621\r\nContent-Length: 1", 400},
      {"Content-Length:", 400},
      {"Content-Length: -5", 400},
      {"Content-Length: +5", 400},
      {"Content-Length: 5a", 400},
      {"Content-Length: 0x5", 400},
      {"Content-Length: 5.0", 400},
      {"Content-Length: 5 0", 400},
      {"Content-Length: 5_0", 400},
      {"Content-Length: 00", 400},
      {"Content-Length: 05", 400},
      {"Content-Length: \"5\"", 400},
      {"Content-Length: 5;", 400},
      {"Content-Length: 5,", 400},
      {"Content-Length: ,5", 400},
      {"Content-Length: 5, 5", 400},
      {"Content-Length: 5\r\nContent-Length: 5", 400},
      {"Content-Length: 5\r\ncontent-length: 6", 400},
      {"Content-Length : 5", 400},
      {"Content-Length\t: 5", 400},
      {"Content-Length: \xd9\xa5", 400},
  };
  for (const Case& one : cases) EXPECT_EQ(withFields(one.text).status, one.status) << one.text;
}

TEST(HttpHead, Codings) {
  const Case cases[] = {
      {"Transfer-Encoding: chunked", 0},
      {"Transfer-Encoding: CHUNKED", 0},
      {"Transfer-Encoding: gzip", 501},
      {"Transfer-Encoding: gzip, chunked", 501},
      {"Transfer-Encoding:", 400},
      {"Transfer-Encoding: xchunked", 400},
      {"Transfer-Encoding: chunkedx", 400},
      {"Transfer-Encoding: identity", 400},
      {"Transfer-Encoding: chunked, gzip", 400},
      {"Transfer-Encoding: chunked, chunked", 400},
      {"Transfer-Encoding: chunked,", 400},
      {"Transfer-Encoding: ,chunked", 400},
      {"Transfer-Encoding: chunked;a=b", 400},
      {"Transfer-Encoding: \"chunked\"", 400},
      {"Transfer-Encoding: \x0b"
       "chunked",
       400},
      {"Transfer-Encoding: chun ked", 400},
      {"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked", 400},
      {"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", 400},
      {"Transfer-Encoding: identity\r\nTransfer-Encoding: chunked", 400},
      {"Transfer-Encoding: chunked\r\nContent-Length: 5", 400},
      {"Content-Length: 5\r\nTransfer-Encoding: chunked", 400},
      {"Content-Length: 5\r\nTransfer-Encoding: gzip", 400},
      {"Content-Length: 5\r\nTransfer-Encoding:", 400},
      {"Transfer-Encoding : chunked", 400},
      {"Transfer-Encoding:\r\n chunked", 400},
      {"Transfer-Encoding\r\n: chunked", 400},
  };
  for (const Case& one : cases) EXPECT_EQ(withFields(one.text).status, one.status) << one.text;
  EXPECT_EQ(readHead("POST / HTTP/1.0\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n").status,
            400);
}

TEST(HttpHead, Fields) {
  using namespace std::string_view_literals;
  const Case cases[] = {
      {"gjgxjhpt_rid: 1", 0},
      {"X: \xe4\xb8\xad\t|", 0},
      {"X", 400},
      {": a", 400},
      {"X : a", 400},
      {" X: a", 400},
      {"\tX: a", 400},
      {"X: a\r\n b", 400},
      {"X: a\r\n\tb", 400},
      {"X: a\nY: b", 400},
      {"X: a\rY: b", 400},
      {"X: a\r\r", 400},
      {"X: a\0b"sv, 400},
      {"X: a\x01", 400},
      {"X: a\x7f", 400},
      {"X\0: a"sv, 400},
      {"X(: a", 400},
      {"X\xc3\xab: a", 400},
      {"Connection: close", 0},
      {"Connection: a b", 400},
      {"Expect: 100-continue", 0},
      {"Expect: 100-Continue", 0},
      {"Expect: 200-ok", 417},
      {"Expect: 100-continue\r\nExpect: 100-continue", 417},
  };
  for (const Case& one : cases) EXPECT_EQ(withFields(one.text).status, one.status) << one.text;
}

TEST(HttpHead, Limits) {
  const std::string a(100'000, 'a');
  EXPECT_EQ(withLine(a + " / HTTP/1.1").status, 400);
  EXPECT_EQ(withLine("GET /" + a + " HTTP/1.1").status, 414);
  EXPECT_EQ(withLine("GET /" + a.substr(0, 8100) + " HTTP/1.1").status, 0);
  EXPECT_EQ(withFields(a + ": b").status, 431);
  EXPECT_EQ(withFields("X: " + a).status, 431);
  EXPECT_EQ(withFields("X: " + a.substr(0, 30'000)).status, 0);
  std::string many;
  for (std::size_t i = 0; i < kMaxFields - 1; ++i) many += "X-" + std::to_string(i) + ": a\r\n";
  EXPECT_EQ(withFields(many.substr(0, many.size() - 2)).status, 0);
  EXPECT_EQ(withFields(many + "X-Last: a").status, 431);
}

TEST(HttpHead, WhatCanNoLongerBecomeARequestIsRefusedBeforeItEnds) {
  const Case cases[] = {
      {"\x16\x03\x01\x02", 400},  // TLS to the plain port
      {"   ", 400},
      {"GET@", 400},
      {"GET / HTTP/1.1\n", 400},
      {"\n", 400},
      {"\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n \r\n", 400},
      {"", -1},
      {"GE", -1},
      {"\r", -1},
      {"\r\n", -1},
      {"\r\nGET / HT", -1},
      {"GET / HTTP/1.1\r\nHost: a\r\n", -1},
      {"\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n", 0},
  };
  for (const Case& one : cases) EXPECT_EQ(readHead(one.text).status, one.status) << one.text;
}

TEST(HttpHead, AHeadThatComesByteByByteIsReadTheSame) {
  const std::string bytes = "\r\nPOST /x HTTP/1.1\r\nHost: a\r\nX: b\r\n\r\nbody";
  HeadScan scan;
  for (std::size_t n = 1; n < bytes.size() - 4; ++n) {
    ASSERT_EQ(scan.advance(bytes.substr(0, n), 1024), HeadScan::State::need_more) << n;
  }
  ASSERT_EQ(scan.advance(bytes, 1024), HeadScan::State::complete);
  EXPECT_EQ(scan.begin(), 2u);
  EXPECT_EQ(scan.end(), bytes.size() - 4);
}

TEST(HttpHead, PersistenceFollowsVersionAndConnection) {
  EXPECT_FALSE(withFields("Connection: close").head.keepAlive);
  EXPECT_FALSE(withFields("Connection: x, Close").head.keepAlive);
  EXPECT_TRUE(withFields("Connection: keep-alive").head.keepAlive);
  EXPECT_FALSE(readHead("GET / HTTP/1.0\r\n\r\n").head.keepAlive);
}

TEST(HttpHead, RefusalsDoNotRepeatWhatWasSent) {
  RequestHead head;
  const auto refusal = parseHead("GET / HTTP/1.1\r\nHost: a\r\nX-Secret : hunter2\r\n\r\n", head);
  ASSERT_TRUE(refusal.has_value());
  EXPECT_EQ(refusal->message.find("hunter2"), std::string::npos);
  EXPECT_EQ(refusal->code, codes::kMalformed);
}

}  // namespace
}  // namespace lianqiao::http
