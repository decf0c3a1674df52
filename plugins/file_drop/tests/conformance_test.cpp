#include "conformance/conformance.h"

#include <fstream>
#include <sstream>

#include "drop_fixture.h"
#include "file_drop/file_drop.h"
#include "plugin/describe.h"

namespace lianqiao::file_drop::test {
namespace {

conformance::SourceCase::World dropThree(const std::filesystem::path& folder) {
  std::ofstream(folder / "a.csv", std::ios::binary) << "编号,姓名\n1,赵某某\n2,b,c\n3,d\n";
  std::ofstream(folder / "b.xlsx", std::ios::binary)
      << writeWorkbook("台账", {{"编号", "姓名"}, {"4", "赵某某"}, {"5", "e"}});
  std::ofstream(folder / "c.xlsx", std::ios::binary) << "PK\x03\x04 and nothing more";
  return {.settings = {{"folder", folder.native()},
                       {"settle_time", "0s"},
                       {"give_up_time", "0s"},
                       {"batch", "2"}},
          .platform = nullptr};
}

conformance::CounterpartCase::World listTwo(const std::filesystem::path& folder) {
  std::ofstream(folder / "2026-01-01.csv", std::ios::binary) << "编号,姓名\n1,赵某某\n2,b\n";
  return {.settings = {{"list_file", (folder / "{day}.csv").native()},
                       {"list_id", "编号"},
                       {"settle_time", "0s"}},
          .platform = nullptr};
}

TEST(FileDrop, KeepsThePromisesOfEveryAdapter) {
  const TempFolder output;
  conformance::ConformanceCase c;
  c.descriptor = &descriptor();
  c.settings = {{"output_folder", output.path().native()}};
  c.personal = {"赵某某"};
  c.more = {{"folder", (output.path() / "drop").native()}};
  c.readme = LIANQIAO_SOURCE_DIR "/plugins/file_drop/README.md";
  c.source = {.begin = dropThree, .items = 6};
  c.sink = conformance::SinkCase{};
  c.sink->payload = R"({"title":"灯","caller":"赵某某"})";
  c.sink->receipt = "rec_idem_0001-bba9a148.jsonl";
  c.sink->said = {{"nothing", {}, Verdict::delivered}};
  c.sink->http = false;
  c.counterpart = {.begin = listTwo, .items = 2};
  c.mock = {.drives = false, .takes = false};
  c.reader = {.good = {{"a.csv", "编号,姓名\n1,赵某某\n2,b\n", 2},
                       {"b.xlsx", writeWorkbook("台账", {{"编号", "姓名"}, {"4", "赵某某"}}), 1},
                       {"c.jsonl", "{\"编号\":\"5\"}\n", 1}}};
  conformance::run(c);
}

TEST(FileDrop, ARoleWithoutItsFolderIsSwitchedOff) {
  lianqiao::test::FakeHost host;
  const Settings neither = settingsWith({});
  EXPECT_EQ(descriptor().makeSource(neither, host), nullptr);
  EXPECT_EQ(descriptor().makeSink(neither, host), nullptr);
}

TEST(FileDrop, TheChineseReadmeListsEverySetting) {
  const std::string readme =
      lianqiao::test::readFile(LIANQIAO_SOURCE_DIR "/plugins/file_drop/README.zh.md");
  std::istringstream table(plugin::describeMarkdown(descriptor(), plugin::Language::chinese));
  for (std::string line; std::getline(table, line);) {
    if (!line.starts_with("| `")) continue;
    EXPECT_NE(readme.find(line + "\n"), std::string::npos) << line;
  }
}

}  // namespace
}  // namespace lianqiao::file_drop::test
