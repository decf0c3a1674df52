#include "lianqiao/codes.h"
#include "life_fixture.h"

/// Rows that are passed over are counted and named in the result; nothing of a file goes in
/// silence.
namespace lianqiao::file_drop::test {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::SizeIs;

class Skipped : public Life {
 protected:
  Skipped() { host_.setItemShapes({{{"案号", "案由"}, {{"案号"}}}}); }
};

TEST_F(Skipped, TheResultCountsAndNamesThem) {
  restart({{"skip", std::vector<std::string>{"合计"}}});
  drop_.write("a.csv", "某镇台账,\r\n案号,案由\r\n7,邻里\r\n8,借款\r\n合计,2\r\n");
  drop_.write("b.csv", "案号,案由\r\n合计,0\r\n");
  runAll();
  EXPECT_THAT(stored_, SizeIs(2));
  EXPECT_THAT(result("a.csv"), HasSubstr("3,,已受理 accepted"));
  EXPECT_THAT(result("a.csv"),
              EndsWith(",,跳过 skipped,,,,\"2 行 rows: line 1 (above the header), line 5\"\r\n"));
  EXPECT_THAT(result("b.csv"), EndsWith("1 行 rows: line 2\r\n"));
  EXPECT_THAT(namesIn(drop_.path() / "archive"), SizeIs(2));
}

TEST_F(Skipped, WhereNothingWasTheResultSaysNothing) {
  drop_.write("a.csv", "案号,案由\r\n7,邻里\r\n");
  runAll();
  EXPECT_THAT(result("a.csv"), Not(HasSubstr("skipped")));
}

TEST_F(Skipped, AFileWithoutHeaderIsOneExceptionAndReadAndEmptyIsSuccess) {
  drop_.write("none.csv", "7,邻里\r\n8,借款\r\n9,噪声\r\n");
  drop_.write("empty.csv", "案号,案由\r\n");
  runAll();
  ASSERT_THAT(stored_, SizeIs(1));
  EXPECT_THAT(stored_[0], HasSubstr("none.csv"));
  EXPECT_THAT(result("none.csv"), HasSubstr("异常 exception"));
  EXPECT_THAT(namesIn(drop_.path() / "failed"), SizeIs(1));
  EXPECT_THAT(namesIn(drop_.path() / "archive"), SizeIs(1));
  EXPECT_THAT(result("empty.csv"), EndsWith("problems\r\n"));
}

TEST_F(Skipped, AFileWithoutRowsIsAnExceptionWhereRowsAreExpected) {
  restart({{"expect", std::string("rows")}});
  drop_.write("empty.csv", "案号,案由\r\n");
  runAll();
  EXPECT_THAT(result("empty.csv"), HasSubstr("has no row, and this peer expects some"));
  EXPECT_THAT(namesIn(drop_.path() / "failed"), SizeIs(1));
}

TEST_F(Skipped, AReloadedMappingHoldsForTheNextFile) {
  drop_.write("a.csv", "编号,案由\r\n7,邻里\r\n");
  runAll();
  EXPECT_THAT(namesIn(drop_.path() / "failed"), SizeIs(1));
  host_.setItemShapes({{{"编号", "案由"}, {{"编号"}}}});
  drop_.write("b.csv", "编号,案由\r\n7,邻里\r\n");
  runAll();
  EXPECT_THAT(namesIn(drop_.path() / "archive"), SizeIs(1));
}

}  // namespace
}  // namespace lianqiao::file_drop::test
