#include "runtime/reconciled_days.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

#include "lianqiao/codes.h"
#include "support/temporary_folder.h"

namespace lianqiao::runtime {
namespace {

ReconciledDay lacking() {
  ReconciledDay day;
  day.day = "2026-11-30";
  day.at = WallTime(std::chrono::seconds(1'796'000'000));
  day.ours = 1204;
  day.theirs = 1201;
  day.onlyOurs = 3;
  day.open = 2;
  day.missing = {"01A", "01B"};
  return day;
}

TEST(ReconciledDays, OutliveTheProcessEachDirectionForItself) {
  const test::TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "reconciled.json";
  {
    ReconciledDays days(file);
    EXPECT_FALSE(days.of("county", true).has_value());
    ASSERT_TRUE(days.keep("county", true, lacking()).ok());
    ReconciledDay failed;
    failed.day = "2026-11-30";
    failed.error = Error{codes::kConnect, "nobody \"listens\""};
    ASSERT_TRUE(days.keep("county", false, failed).ok());
  }
  const ReconciledDays days(file);
  const auto out = days.of("county", true);
  ASSERT_TRUE(out.has_value());
  EXPECT_EQ(out->day, "2026-11-30");
  EXPECT_EQ(out->at, lacking().at);
  EXPECT_EQ(out->ours, 1204U);
  EXPECT_EQ(out->onlyOurs, 3U);
  EXPECT_EQ(out->open, 2U);
  EXPECT_EQ(out->missing, (std::vector<std::string>{"01A", "01B"}));
  EXPECT_FALSE(out->equal);
  EXPECT_FALSE(out->error.has_value());
  const auto in = days.of("county", false);
  ASSERT_TRUE(in && in->error);
  EXPECT_EQ(in->error->code, codes::kConnect);
  EXPECT_EQ(in->error->detail, "nobody \"listens\"");
  struct stat found {};
  ASSERT_EQ(::stat(file.c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777U, 0600U);
}

TEST(ReconciledDays, AFileThatIsBrokenCountsAsNone) {
  const test::TemporaryFolder folder;
  const std::filesystem::path file = folder.path() / "reconciled.json";
  for (const char* text : {"", "{", "[]", R"({"days":7})", R"({"days":[{}]})"}) {
    std::ofstream(file, std::ios::trunc) << text;
    ReconciledDays days(file);
    EXPECT_FALSE(days.of("county", true).has_value()) << text;
    EXPECT_TRUE(days.keep("county", true, lacking()).ok());
  }
}

TEST(ReconciledDays, AResultThatCannotBeWrittenIsKnownAndSaidToBeLost) {
  const test::TemporaryFolder folder;
  ReconciledDays days(folder.path() / "none" / "reconciled.json");
  const auto kept = days.keep("county", true, lacking());
  ASSERT_FALSE(kept.ok());
  EXPECT_EQ(days.of("county", true)->ours, 1204U);
}

}  // namespace
}  // namespace lianqiao::runtime
