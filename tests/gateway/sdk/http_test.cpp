#include "lianqiao/http.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lianqiao {
namespace {

using ::testing::ElementsAre;
using ::testing::Pair;

TEST(Headers, CompareNamesWithoutCase) {
  Headers headers;
  headers.add("Content-Type", "a");
  headers.add("X-One", "1");
  headers.add("content-type", "b");
  EXPECT_EQ(headers.get("CONTENT-TYPE"), "a");
  EXPECT_EQ(headers.count("content-TYPE"), 2u);
  EXPECT_TRUE(headers.has("x-one"));
  EXPECT_EQ(headers.get("x-two"), "");
  headers.set("Content-TYPE", "c");
  EXPECT_EQ(headers.count("content-type"), 1u);
  EXPECT_EQ(headers.get("content-type"), "c");
}

TEST(PercentCoding, DecodesAndLeavesBadEscapes) {
  EXPECT_EQ(percentDecode("a%20b%E5%B7%A5+", false), "a b工+");
  EXPECT_EQ(percentDecode("a+b%2B", true), "a b+");
  EXPECT_EQ(percentDecode("%", false), "%");
  EXPECT_EQ(percentDecode("%4", false), "%4");
  EXPECT_EQ(percentDecode("%zz%41", false), "%zzA");
}

TEST(PercentCoding, EncodesAllButUnreserved) {
  EXPECT_EQ(percentEncode("aZ09-._~ /工"), "aZ09-._~%20%2F%E5%B7%A5");
}

TEST(Query, ComesApartInOrder) {
  EXPECT_THAT(parseQuery("b=2&a=1+1&&flag&x=%3D=y&=v"),
              ElementsAre(Pair("b", "2"), Pair("a", "1 1"), Pair("flag", ""), Pair("x", "==y"),
                          Pair("", "v")));
  EXPECT_THAT(parseQuery(""), ElementsAre());
}

TEST(HttpRequest, FindsTheFirstParameterOfAName) {
  HttpRequest request;
  request.query = "nonce=a%2Bb&nonce=c";
  EXPECT_EQ(request.parameter("nonce"), "a+b");
  EXPECT_EQ(request.parameter("none"), "");
}

}  // namespace
}  // namespace lianqiao
