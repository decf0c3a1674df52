#include "review/retold.h"

#include <gtest/gtest.h>

namespace lianqiao::review {
namespace {

using record::Attempt;

std::vector<Attempt> retold(std::string_view state, std::string_view failed) {
  std::vector<record::JournalEntry> entries;
  appendRetold("R1", "county", state, failed, entries);
  std::vector<Attempt> attempts;
  for (const record::JournalEntry& entry : entries) {
    EXPECT_EQ(entry.attempts.size(), 1U);
    attempts.push_back(entry.attempts.front());
  }
  return attempts;
}

TEST(Retold, ADeliveryTellsItsFailedAttemptsAndItsReceipt) {
  std::vector<record::JournalEntry> entries;
  appendRetold("R1", "county", "d 3000 3 R-7 b", "1000 deliver.connect no one\n2000 deliver.late x",
               entries);
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[2].at, WallTime(std::chrono::milliseconds(3000)));
  EXPECT_EQ(entries[0].attempts[0].number, 1);
  EXPECT_EQ(entries[1].attempts[0].number, 2);
  EXPECT_EQ(entries[1].attempts[0].code, "deliver.late");
  EXPECT_EQ(entries[2].attempts[0].number, 3);
  EXPECT_EQ(entries[2].attempts[0].receipt, "R-7 b");
  EXPECT_EQ(entries[2].attempts[0].verdict, Attempt::Verdict::delivered);
}

TEST(Retold, TheLastAttemptOfABuriedOneTellsItsException) {
  const auto attempts = retold("b 2000 2 EXC1", "1000 deliver.connect a\n2000 deliver.rejected b");
  ASSERT_EQ(attempts.size(), 2U);
  EXPECT_EQ(attempts[0].verdict, Attempt::Verdict::retry);
  EXPECT_EQ(attempts[1].verdict, Attempt::Verdict::buried);
  EXPECT_EQ(attempts[1].exception, "EXC1");
  EXPECT_EQ(attempts[1].detail, "b");
}

TEST(Retold, WhatAPersonEndedIsNoAttemptAndWhatIsOwedHasNone) {
  EXPECT_EQ(retold("w 0 0 ", "").size(), 0U);
  EXPECT_EQ(retold("", "").size(), 0U);
  EXPECT_EQ(retold("r 9 1 8", "5 deliver.connect a\n6 deliver.cancelled wang: no").size(), 1U);
}

}  // namespace
}  // namespace lianqiao::review
