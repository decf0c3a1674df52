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
  record.formerFingerprint = "def";
  record.rest = "sourceFields\nsendTime";
  record.reference = "W-1";
  record.event = std::string(300, 'e');
  record.destinations = {"province", "city"};
  record.lifeOf = "alert";
  record.step = "accept";
  record.happened =
      record::Happened{WallTime(std::chrono::milliseconds(-5)), std::chrono::hours(24)};
  record.namesKey = true;
  record.keyHolders = {"city"};
  first.forced = true;
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
  bad.awaits = "ref:city:W-1";
  bad.until = WallTime(std::chrono::milliseconds(1'717'000'000'456));
  bad.most = 70'000;
  second.body = std::string(70'000, 'b');
  submission.entries.emplace_back();
  for (const int level : {1, 2}) {
    queue::Entry derived = submission.entries[static_cast<std::size_t>(level) - 1];
    derived.derived.clear();
    derived.level = level;
    if (derived.record) derived.record->cause = "01M7YWJECN22BQJPC9VYHKCMPX";
    submission.entries[0].derived.push_back(std::move(derived));
  }
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
  EXPECT_EQ(record.reference, given.reference);
  EXPECT_EQ(record.received, given.received);
  EXPECT_EQ(record.fingerprint, given.fingerprint);
  EXPECT_EQ(record.formerFingerprint, given.formerFingerprint);
  EXPECT_EQ(record.rest, given.rest);
  EXPECT_EQ(record.event, given.event);
  EXPECT_EQ(record.destinations, given.destinations);
  EXPECT_EQ(record.lifeOf, given.lifeOf);
  EXPECT_EQ(record.step, given.step);
  ASSERT_TRUE(record.happened.has_value());
  EXPECT_EQ(record.happened->time, given.happened->time);
  EXPECT_EQ(record.happened->unit, given.happened->unit);
  EXPECT_TRUE(record.namesKey);
  EXPECT_EQ(record.keyHolders, given.keyHolders);
  EXPECT_TRUE(back->entries[0].forced);
  EXPECT_EQ(back->entries[0].evidence, "raw");
  const queue::Quarantined& bad = *back->entries[1].quarantined;
  EXPECT_EQ(bad.id, "X");
  EXPECT_EQ(bad.origin, "ledger.xlsx, row 12");
  EXPECT_EQ(bad.code, "validate.schema");
  EXPECT_EQ(bad.awaits, "ref:city:W-1");
  EXPECT_EQ(bad.until, submission.entries[1].quarantined->until);
  EXPECT_EQ(bad.most, 70'000u);
  ASSERT_EQ(bad.problems.size(), 2u);
  EXPECT_EQ(bad.problems[0].path, "/data/title");
  EXPECT_EQ(back->entries[1].body.size(), 70'000u);
  EXPECT_FALSE(back->entries[2].record || back->entries[2].quarantined);
  const std::vector<queue::Entry>& derived = back->entries[0].derived;
  ASSERT_EQ(derived.size(), 2u);
  EXPECT_EQ(derived[0].record->cause, "01M7YWJECN22BQJPC9VYHKCMPX");
  EXPECT_EQ(derived[0].record->event, given.event);
  EXPECT_EQ(derived[0].level, 1);
  EXPECT_EQ(derived[1].quarantined->origin, "ledger.xlsx, row 12");
  EXPECT_EQ(derived[1].level, 2);
  EXPECT_TRUE(record.cause.empty() && back->entries[1].derived.empty());
}

TEST(SubmissionCodec, ReadsARowFromBeforeDerivations) {
  std::string bytes("\x02\x01\x01", 3);  // version, entries, record
  const auto text = [&bytes](std::string_view value) {
    bytes.push_back(static_cast<char>(value.size()));
    bytes += value;
  };
  for (const char* one : {"ID", "hotline", "work_order", "k", "S-1", "3"}) text(one);
  bytes += std::string("\x01\x07", 2);  // priority, received
  for (const char* one : {"print", "{}"}) text(one);
  bytes.push_back('\x01');
  for (const char* one : {"province", ""}) text(one);
  bytes += std::string("\0\1\0", 3);  // happened, rights, holders
  for (const char* one : {"former", "rest", "body", "raw"}) text(one);
  bytes.push_back('\1');  // forced
  const auto back = decode(bytes);
  ASSERT_TRUE(back && back->entries.size() == 1 && back->entries[0].record);
  EXPECT_EQ(back->entries[0].record->rest, "rest");
  EXPECT_TRUE(back->entries[0].forced && back->entries[0].derived.empty());
  EXPECT_EQ(back->entries[0].record->cause, "");
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
  for (const char other : {'\0', '\4', '\x7F'}) {
    bytes[0] = other;
    EXPECT_FALSE(decode(bytes));
  }
}

/// Rule: what 0.1 has answered and still holds in its file is read by the version after it.
TEST(SubmissionCodec, ReadsWhatTheVersionBeforeHasKept) {
  std::string bytes = "\1\1\1";  // version, one entry, a record
  const auto text = [&bytes](std::string_view value) {
    bytes.push_back(static_cast<char>(value.size()));
    bytes += value;
  };
  for (const char* value : {"ID", "hotline", "work_order", "hotline:1", "S-1", ""}) text(value);
  bytes += std::string("\0\7", 2);  // priority, received
  for (const char* value : {"abc", "{}"}) text(value);
  bytes += "\1";  // destinations
  for (const char* value : {"province", "", "raw", ""}) text(value);
  const auto back = decode(bytes);
  ASSERT_TRUE(back);
  const record::Record& record = *back->entries.at(0).record;
  EXPECT_EQ(record.fingerprint, "abc");
  EXPECT_EQ(record.formerFingerprint, "abc");
  EXPECT_EQ(record.rest, "");
  EXPECT_EQ(record.destinations, std::vector<std::string>{"province"});
  EXPECT_EQ(back->entries[0].body, "raw");
}

/// A gateway that is replaced while Redis is away leaves its rows to the next version.
TEST(SubmissionCodec, ReadsTheRowsOfTheVersionBefore) {
  std::string bytes("\x01\x01\x01", 3);  // version, entries, record
  const auto text = [&bytes](std::string_view value) {
    bytes.push_back(static_cast<char>(value.size()));
    bytes += value;
  };
  for (const char* one : {"ID", "hotline", "work_order_step", "k", "S-1", "3"}) text(one);
  bytes += std::string("\x01\x07", 2);  // priority, received
  for (const char* one : {"print", "{}"}) text(one);
  bytes.push_back('\x01');
  for (const char* one : {"province", "signed", "body", "raw"}) text(one);
  const auto back = decode(bytes);
  ASSERT_TRUE(back && back->entries.size() == 1 && back->entries[0].record);
  const queue::Entry& entry = back->entries[0];
  EXPECT_EQ(entry.record->lifeOf, "work_order");
  EXPECT_EQ(entry.record->step, "signed");
  EXPECT_EQ(entry.record->destinations, std::vector<std::string>{"province"});
  EXPECT_EQ(entry.body, "body");
  EXPECT_EQ(entry.evidence, "raw");
  EXPECT_FALSE(entry.record->happened || entry.record->namesKey || entry.forced);
}

}  // namespace
}  // namespace lianqiao::spool
