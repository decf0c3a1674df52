#include "config/weekly_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/rfc3339.h"
#include "gateway/config/folder.h"
#include "gateway/yaml/reading.h"

/// `contact`, `expect` and `outbound.schedule` of peers.
namespace lianqiao::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

WallTime at(const std::string& text) { return *base::parseTime(text); }

/// The peer "p" of that file, and what is said of it.
struct Read {
  PeerConfig peer;
  std::vector<std::string> errors, warnings;
};

Read read(const std::string& text, const std::string& gateway = "") {
  const Folder folder;
  folder.write("lianqiao.yaml", "adapters: [hotline]\n" + gateway);
  folder.write("routes.yaml", "routes: []\n");
  folder.write(
      "peers/p.yaml",
      "adapter: hotline\nauth: {kind: token, tokens: [\"${env:HOTLINE_TOKEN}\"]}\n" + text);
  yaml::Findings findings;
  Contents contents = readAll(folder.path(), adapterNamed, findings, secretsOfTests());
  Read read;
  read.errors = yaml::textsOf(findings);
  read.warnings = yaml::textsOf(contents.warnings);
  if (!contents.config.peers.empty()) read.peer = contents.config.peers.front();
  return read;
}

TEST(WeeklyReader, ASetTimeIsOfThePeersZone) {
  const Read one =
      read("zone: \"+06:00\"\noutbound: {schedule: {at: [\"02:00\"], within: 2h, days: [1, 3]}}\n");
  ASSERT_TRUE(one.peer.outbound.schedule);
  EXPECT_TRUE(one.peer.outbound.schedule->at(at("2026-11-30T02:00:00+06:00")));  // Monday
  EXPECT_FALSE(one.peer.outbound.schedule->at(at("2026-11-30T04:00:00+06:00")));
  EXPECT_FALSE(one.peer.outbound.schedule->at(at("2026-12-01T02:00:00+06:00")));  // Tuesday
  EXPECT_TRUE(one.peer.outbound.schedule->at(at("2026-12-02T03:00:00+06:00")));
}

TEST(WeeklyReader, AnExpectationHoldsInItsHours) {
  const Read one = read("expect: {within: 30m, hours: [\"08:00-18:00\"], days: [1, 2, 3, 4, 5]}\n");
  ASSERT_TRUE(one.peer.expect);
  EXPECT_EQ(one.peer.expect->within, 30min);
  EXPECT_TRUE(one.peer.expect->hours.at(at("2026-11-30T17:59:00+08:00")));
  EXPECT_FALSE(one.peer.expect->hours.at(at("2026-11-30T18:00:00+08:00")));
  EXPECT_TRUE(read("expect: {within: 30m}\n").peer.expect->hours.at(at("2026-11-29T03:00:00Z")));
  const Read night = read("expect: {within: 1h, hours: [\"22:00-06:00\"]}\n");
  EXPECT_TRUE(night.peer.expect->hours.at(at("2026-11-30T05:00:00+08:00")));
  EXPECT_FALSE(night.peer.expect->hours.at(at("2026-11-30T07:00:00+08:00")));
}

TEST(WeeklyReader, AContactIsKeptAsItIsWritten) {
  const Read one = read("contact: {name: 王工, phone: \"0394-8123456 转 3\"}\n");
  EXPECT_EQ(one.peer.contact.name, "王工");
  EXPECT_EQ(one.peer.contact.phone, "0394-8123456 转 3");
}

TEST(WeeklyReader, WhatIsNoTimeIsToldAtItsPlace) {
  for (const auto& [text, said] : std::vector<std::pair<std::string, std::string>>{
           {"outbound: {schedule: {at: [\"25:00\"]}}\n", "'25:00' is no time of the day"},
           {"outbound: {schedule: {at: [\"2:00\"]}}\n", "'2:00' is no time of the day"},
           {"outbound: {schedule: {at: []}}\n", "a list of 1 to 48 times is wanted here"},
           {"outbound: {schedule: {within: 1h}}\n", "write at: [\"02:00\"]"},
           {"outbound: {schedule: {at: [\"02:00\"], days: [0]}}\n", "outbound.schedule.days"},
           {"outbound: {schedule: {at: [\"02:00\"], day: [1]}}\n", "days"},
           {"expect: {hours: [\"08:00-18:00\"]}\n", "write within: 30m"},
           {"expect: {within: 30m, hours: [\"08:00\"]}\n", "'08:00' is no span of a day"},
           {"expect: {within: 30m, hours: [\"08:00-08:00\"]}\n", "is no span of a day"}}) {
    const Read one = read(text);
    ASSERT_FALSE(one.errors.empty()) << text;
    EXPECT_THAT(one.errors.front(), HasSubstr("peers/p.yaml:3:")) << text;
    EXPECT_THAT(one.errors.front(), HasSubstr(said)) << text;
    EXPECT_FALSE(one.peer.outbound.schedule) << text;
    EXPECT_FALSE(one.peer.expect) << text;
  }
}

// The set times must keep what retention and the retry policy promise.
TEST(ScheduleLint, WarnsWhereSetTimesClashWithRetentionOrGiveUp) {
  const std::string weekly = "outbound: {schedule: {at: [\"02:00\"], days: [1]}}\n";
  EXPECT_THAT(read("outbound: {schedule: {at: [\"02:00\"]}}\n").warnings, IsEmpty());
  EXPECT_THAT(read(weekly).warnings,
              ElementsAre(HasSubstr("168h lie between two set times, and its retry policy gives "
                                    "up after 72h")));
  EXPECT_THAT(
      read(weekly, "retry: {default: {max_age: 30d}}\nretention: {duplicates: 5d}\n").warnings,
      ElementsAre(HasSubstr("retention.duplicates is 120h")));
}

}  // namespace
}  // namespace lianqiao::config
