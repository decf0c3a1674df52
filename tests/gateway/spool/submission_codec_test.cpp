#include "spool/submission_codec.h"

#include <gtest/gtest.h>

namespace lianqiao::spool {
namespace {

queue::Submission sample() {
  queue::Submission submission;
  queue::Entry& first = submission.entries.emplace_back();
  record::Record& record = first.record.emplace();
  record.id = "01M7YWJECN22BQJPC9VYHKCMPX";
  record.peer = "hotline";
  record.type = "work_order";
  record.key = "钥匙";
  record.sourceId = std::string("S\0-1", 4);
  record.revision = "7";
  record.priority = record::Priority::high;
  record.received = WallTime(std::chrono::milliseconds(1'717'000'000'123));
  record.fingerprint = "abc";
  record.event = std::string(300, 'e');
  record.destinations = {"province", "city"};
  record.step = "accept";
  first.body = "{}";
  first.evidence = "raw";
  queue::Entry& second = submission.entries.emplace_back();
  queue::Quarantined& bad = second.quarantined.emplace();
  bad.id = "X";
  bad.peer = "town";
  bad.sourceId = "S-2";
  bad.origin = "ledger.xlsx, row 12";
  bad.problems = {{"validate.schema", "/data/title", "is missing"}, {"a", "", "b"}};
  bad.code = "validate.schema";
  second.body = std::string(70'000, 'b');
  submission.entries.emplace_back();
  return submission;
}

TEST(SubmissionCodec, GivesBackWhatItTook) {
  const queue::Submission submission = sample();
  const auto back = decode(encode(submission));
  ASSERT_TRUE(back.has_value());
  ASSERT_EQ(back->entries.size(), 3u);
  const record::Record& record = *back->entries[0].record;
  const record::Record& given = *submission.entries[0].record;
  EXPECT_EQ(record.id, given.id);
  EXPECT_EQ(record.peer, given.peer);
  EXPECT_EQ(record.type, given.type);
  EXPECT_EQ(record.key, given.key);
  EXPECT_EQ(record.sourceId, given.sourceId);
  EXPECT_EQ(record.revision, given.revision);
  EXPECT_EQ(record.priority, given.priority);
  EXPECT_EQ(record.received, given.received);
  EXPECT_EQ(record.fingerprint, given.fingerprint);
  EXPECT_EQ(record.event, given.event);
  EXPECT_EQ(record.destinations, given.destinations);
  EXPECT_EQ(record.step, given.step);
  EXPECT_EQ(back->entries[0].evidence, "raw");
  const queue::Quarantined& bad = *back->entries[1].quarantined;
  EXPECT_EQ(bad.id, "X");
  EXPECT_EQ(bad.origin, "ledger.xlsx, row 12");
  EXPECT_EQ(bad.code, "validate.schema");
  ASSERT_EQ(bad.problems.size(), 2u);
  EXPECT_EQ(bad.problems[0].path, "/data/title");
  EXPECT_EQ(back->entries[1].body.size(), 70'000u);
  EXPECT_FALSE(back->entries[2].record || back->entries[2].quarantined);
}

TEST(SubmissionCodec, TakesNoPartOfARow) {
  const std::string bytes = encode(sample());
  for (std::size_t size = 0; size < bytes.size(); size += size < 900 ? 1 : 997)
    EXPECT_FALSE(decode(std::string_view(bytes).substr(0, size))) << size;
  EXPECT_FALSE(decode(bytes + "x"));
}

TEST(SubmissionCodec, SurvivesAnyByteThatIsWrong) {
  const std::string bytes = encode(sample());
  for (std::size_t at = 0; at < 900; ++at)
    for (const char wrong : {'\0', '\x7F', '\xFF'}) {
      std::string damaged = bytes;
      damaged[at] = wrong;
      (void)decode(damaged);
      if (damaged == bytes) continue;
      EXPECT_NE(checksum(damaged), checksum(bytes));
    }
}

TEST(SubmissionCodec, RefusesAnotherVersion) {
  std::string bytes = encode(sample());
  bytes[0] = 2;
  EXPECT_FALSE(decode(bytes));
}

}  // namespace
}  // namespace lianqiao::spool
