#include "record/sent_payloads.h"

#include <gtest/gtest.h>

#include "lianqiao/digest.h"

namespace lianqiao::record {
namespace {

TEST(SentPayloads, EachIsHandedOverOnce) {
  SentPayloads sent;
  sent.add("r1", "county", "one");
  sent.add("r1", "town", "two");
  EXPECT_EQ(sent.take("r1", "county"), "one");
  EXPECT_EQ(sent.take("r1", "county"), std::nullopt);
  EXPECT_EQ(sent.take("r1", "town"), "two");
}

TEST(SentPayloads, TheOldestMakeRoom) {
  SentPayloads sent(10);
  sent.add("r1", "p", "12345");
  sent.add("r2", "p", "12345");
  sent.add("r1", "p", "54321");  // again: it is the younger one now
  sent.add("r3", "p", "12345");
  EXPECT_EQ(sent.take("r2", "p"), std::nullopt);
  EXPECT_EQ(sent.take("r1", "p"), "54321");
  EXPECT_EQ(sent.take("r3", "p"), "12345");
}

TEST(SentPayloads, WhatIsTooLargeIsNotKept) {
  SentPayloads sent;
  sent.add("r1", "p", std::string(SentPayloads::kMostOfOne + 1, 'x'));
  EXPECT_EQ(sent.take("r1", "p"), std::nullopt);
}

TEST(SentPayloads, TheDigestIsTheBeginOfItsSha256) {
  EXPECT_EQ(payloadDigest("{}"), hex(digest(Hash::sha256, "{}")).substr(0, 16));
  EXPECT_EQ(payloadDigest("{}").size(), 16U);
}

}  // namespace
}  // namespace lianqiao::record
