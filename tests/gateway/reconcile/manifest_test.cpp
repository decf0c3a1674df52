#include "reconcile/manifest.h"

#include "lianqiao/codes.h"
#include "lianqiao/json.h"

namespace lianqiao::reconcile {
namespace {

using namespace std::chrono_literals;

OurDay dayOf(int count, const std::string& type = "work_order") {
  OurDay day;
  for (int i = 0; i < count; ++i) {
    OurThing thing;
    thing.identity = "A" + std::to_string(i);
    thing.content = heldContent(std::vector<std::string>{"done"});
    thing.type = type;
    thing.at = WallTime(1'795'147'200s);
    if (i == 0) thing.state = OurThing::State::open;
    day.add(std::move(thing));
  }
  day.seal();
  return day;
}

HeldQuery asked() { return {.day = "2026-11-20"}; }

ManifestRequest requestOf(std::string query) {
  HttpRequest request;
  request.query = std::move(query);
  auto read = manifestRequestOf(request);
  EXPECT_TRUE(read.ok()) << (read.ok() ? "" : read.error().detail);
  return read.ok() ? *read : ManifestRequest();
}

TEST(Manifest, TellsCountAndDigestOfEachType) {
  EXPECT_EQ(manifestText(dayOf(1), asked(), requestOf("day=2026-11-20")),
            R"({"day":"2026-11-20","direction":"out","types":[]})")
      << "what is open is not in it";
  const OurDay day = dayOf(2);
  const std::uint64_t hash = heldHash("A1", "", heldContent(std::vector<std::string>{"done"}));
  char sum[17];
  std::snprintf(sum, sizeof sum, "%016llx", static_cast<unsigned long long>(hash));
  EXPECT_EQ(
      manifestText(day, asked(), requestOf("day=2026-11-20")),
      R"({"day":"2026-11-20","direction":"out","types":[{"type":"work_order","count":1,"sum":")" +
          std::string(sum) + "\"}]}");
}

TEST(Manifest, TellsBucketsThatAddUp) {
  const OurDay day = dayOf(500);
  json::Document document;
  const std::string text = manifestText(day, asked(), requestOf("day=2026-11-20&type=work_order"));
  ASSERT_TRUE(json::parse(text, document).ok());
  const json::Value* buckets = document.root.find("buckets");
  ASSERT_TRUE(buckets != nullptr && buckets->size() == kHeldBuckets);
  std::int64_t count = 0;
  for (const json::Value& one : buckets->elements()) count += *one.find("count")->integer();
  EXPECT_EQ(count, 499);
}

TEST(Manifest, PagesTheListOfBuckets) {
  const OurDay day = dayOf(9000);
  std::string all;
  for (int i = 0; i < 256; ++i) {
    char text[4];
    std::snprintf(text, sizeof text, "%02x,", static_cast<unsigned>(i));
    all += text;
  }
  all.pop_back();
  std::string after;
  std::size_t seen = 0;
  int pages = 0;
  do {
    json::Document document;
    const std::string text = manifestText(day, asked(),
                                          requestOf("day=2026-11-20&type=work_order&bucket=" + all +
                                                    "&after=" + percentEncode(after)));
    ASSERT_TRUE(json::parse(text, document).ok());
    EXPECT_EQ(document.root.find("total")->integer(), 8999);
    seen += document.root.find("items")->size();
    after = document.root.find("next")->text();
    ASSERT_LE(++pages, 5);
  } while (!after.empty());
  EXPECT_EQ(seen, 8999U);
  EXPECT_EQ(pages, 5);
}

TEST(Manifest, RefusesQuestionsThatCannotBeMeant) {
  for (const char* query :
       {"", "day=20261120", "day=2026-11-20&direction=both", "day=2026-11-20&bucket=0a",
        "day=2026-11-20&type=a&bucket=0", "day=2026-11-20&type=a&bucket=0a,",
        "day=2026-11-20&type=a&bucket=0a;0b", "day=2026-11-20&type=a&bucket=zz"}) {
    HttpRequest request;
    request.query = query;
    const auto read = manifestRequestOf(request);
    ASSERT_FALSE(read.ok()) << query;
    EXPECT_EQ(read.error().code, codes::kMalformed);
  }
}

}  // namespace
}  // namespace lianqiao::reconcile
