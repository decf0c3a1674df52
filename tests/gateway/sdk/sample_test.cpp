#include "lianqiao/sample.h"

#include <gtest/gtest.h>

#include <fstream>

#include "conformance/fake_host.h"
#include "lianqiao/codes.h"

namespace lianqiao {
namespace {

class SampleReader : public ::testing::Test {
 protected:
  Result<Batch> read(const std::string& bytes) {
    const auto file = host_.dataDirectory() / "sample.txt";
    std::ofstream(file, std::ios::binary) << bytes;
    return standardSampleReader(file)->poll("", Deadline::max());
  }
  std::string typeOf(const std::string& bytes) {
    const auto file = host_.dataDirectory() / "sample.txt";
    std::ofstream(file, std::ios::binary) << bytes;
    const auto batch =
        sampleReader(file, [](const HttpRequest& pushed) -> Result<std::vector<RawItem>> {
          std::vector<RawItem> items(1);
          items[0].body = pushed.headers.get("Content-Type");
          return items;
        })->poll("", Deadline::max());
    return batch ? batch->items.at(0).body : batch.error().detail;
  }
  test::FakeHost host_;
};

TEST_F(SampleReader, TellsTheFormByTheBeginning) {
  EXPECT_EQ(typeOf("\xEF\xBB\xBF \n<xml></xml>"), "text/xml");
  EXPECT_EQ(typeOf("{\"a\":1}\n{\"a\":2}\n"), "application/x-ndjson");
  EXPECT_EQ(typeOf("{\n\"a\":1\n}\n"), "application/json");
  EXPECT_EQ(typeOf("[{\"a\":1},\n{\"a\":2}]"), "application/json");
  EXPECT_EQ(typeOf(""), "application/json");
}

TEST_F(SampleReader, SaysWhereEachItemStood) {
  const auto batch = read("{\"a\":1}\n{\"a\":2}\n");
  ASSERT_TRUE(batch.ok()) << batch.error().detail;
  ASSERT_EQ(batch->items.size(), 2u);
  EXPECT_EQ(batch->items[1].body, "{\"a\":2}");
  EXPECT_EQ(batch->items[1].origin, "sample.txt, item 2");
  EXPECT_FALSE(batch->more);
}

TEST_F(SampleReader, AFileThatIsNotThereIsAnError) {
  const auto batch =
      standardSampleReader(host_.dataDirectory() / "none")->poll("", Deadline::max());
  ASSERT_FALSE(batch.ok());
  EXPECT_EQ(batch.error().code, codes::kBadFile);
}

}  // namespace
}  // namespace lianqiao
