// The one rule by which numbers of persons are masked in whatever somebody wrote: sentences, keys,
// receipts, names of files and members, answers of platforms.
#include <gtest/gtest.h>

#include <algorithm>

#include "record/redact.h"

namespace lianqiao::record {
namespace {

TEST(MaskNumbers, KnowsAMobileNumberHoweverItIsWritten) {
  for (const char* written :
       {"13800008000", "138 0000 8000", "138-0000-8000", "138.0000.8000", "138_0000_8000",
        "138\u20140000\u20148000", "138\u20110000\u20118000", "138\u00B70000\u00B78000",
        "138\u00A00000\u00A08000", "1\u200B3800008000", "１３８００００８０００", "138－0000－8000",
        "1 3 8 0 0 0 0 8 0 0 0"}) {
    EXPECT_EQ(maskNumbers(written), "138****8000") << written;
    EXPECT_EQ(maskNumbers("电话" + std::string(written) + "。"), "电话138****8000。") << written;
    EXPECT_EQ(maskNumbers("tel" + std::string(written) + ", 7"), "tel138****8000, 7") << written;
  }
  for (const char* code : {"+86", "+86 ", "+86-", "0086", "86 ", "0"}) {
    const std::string masked = maskNumbers(code + std::string("13800008000"));
    EXPECT_EQ(masked, code + std::string("138****8000"));
  }
}

TEST(MaskNumbers, KnowsOneInBrackets) {
  EXPECT_EQ(maskNumbers("(138)0000-8000"), "(138****8000");
  EXPECT_EQ(maskNumbers("+86 (138) 0000 8000"), "+86 (138****8000");
  EXPECT_EQ(maskNumbers("（138）0000-8000"), "（138****8000");
}

TEST(MaskNumbers, KnowsBothKindsOfIdentityCards) {
  EXPECT_EQ(maskNumbers("411702199001010016"), "411702********0016");
  EXPECT_EQ(maskNumbers("41170219900101001X号"), "411702********001X号");
  EXPECT_EQ(maskNumbers("411702 1990-01-01 001x"), "411702********001x");
  EXPECT_EQ(maskNumbers("４１１７０２１９９００１０１００１Ｘ"), "411702********001X");
  EXPECT_EQ(maskNumbers("证件411702900101001"), "证件4*************1");
}

TEST(MaskNumbers, LeavesWhatIsNoNumberOfAPerson) {
  for (const char* written :
       {"", "2026-11-20 13:00:00", "1700000000000", "order 20261120138000080001",
        "139.196.122.33:8080", "cannot connect to 130.130.130.130:18101", "114.0312345678",
        "13800008000123", "0394-8260000", "代码 404", "9b2c1380000800fe", "138000080001"}) {
    EXPECT_EQ(maskNumbers(written), written);
  }
}

TEST(MaskKey, MasksThePartsOfACompoundKeyWhateverParts) {
  EXPECT_EQ(maskKey("411681/2026-0001"), "411681/2026-0001");
  EXPECT_EQ(maskKey("13800008000:留言"), "138****8000:留*");
  for (const char* between : {"/", ":", "|", ",", ";", "#", "&", "=", "@", "+", "~", " "}) {
    const std::string b(between);
    EXPECT_EQ(maskKey("7" + b + "王小明" + b + "13800008000" + b + "x"),
              "7" + b + "王**" + b + "138****8000" + b + "x");
  }
  EXPECT_EQ(maskKey("A-13800008000-411702199001010016"), "A-138****8000-411702********0016");
  EXPECT_EQ(maskKey("+86 13800008000"), "+86 138****8000");
  EXPECT_EQ(maskKey("tel13800008000_2"), "tel138****8000_2");
  EXPECT_EQ(maskKey("411702900101001"), "4*************1");
  EXPECT_EQ(maskKey("１３８００００８０００"), "１***")
      << "no key of ours is written so: a name's rule";
  EXPECT_EQ(maskKey("王小明"), "王**");
}

/// Rule: what is bounded is masked first. Cut first, a number left ten digits of eleven.
TEST(MaskNumbers, LeavesNoPartOfANumberWhereATextIsCut) {
  for (const std::string& number : std::vector<std::string>{
           "13800008000", "138-0000-8000", "+86 138 0000 8000", "411702199001010016",
           "１３８００００８０００", "1380000800" + std::string(200, ' ') + "0"}) {
    for (std::size_t before = 0; before <= 60; ++before) {
      const std::string text =
          std::string(before, 'x') + std::string(number) + std::string(500, 'y');
      const std::string start = maskedStart(text, 60);
      EXPECT_LE(start.size(), 60u);
      EXPECT_EQ(maskNumbers(text).rfind(start, 0), 0u) << start;
      EXPECT_EQ(start, maskNumbers(start)) << "nothing is left to mask";
      const auto digits =
          std::count_if(start.begin(), start.end(), [](char c) { return c >= '0' && c <= '9'; });
      EXPECT_LE(digits, 12) << start;
    }
  }
  EXPECT_EQ(maskedStart("tel 13800008000", 15), "tel 138****8000");
  EXPECT_EQ(maskedStart("tel 13800008000", 10), "tel 138***");
}

// Whatever class a field has, a sender may put a number of a person into it.
TEST(Redact, MasksNumbersInPublicFieldsToo) {
  json::Document schema, data;
  ASSERT_TRUE(json::parse(R"({"properties":{"no":{"x-class":"public"}}})", schema));
  ASSERT_TRUE(json::parse(R"({"no":"S-+86 138-0000-8000"})", data));
  EXPECT_EQ(redacted(schema.root, data.root), R"({"no":"S-+86 138****8000"})");
}

// A member's name out of a foreign record is data, too.
TEST(Redact, MasksNumbersInTheNamesOfMembers) {
  json::Document schema, data;
  ASSERT_TRUE(json::parse(
      R"({"properties":{"s":{"additionalProperties":{"x-class":"sensitive"}}}})", schema));
  ASSERT_TRUE(json::parse(R"({"s":{"联系 138 0000 8000":"x","页码":1}})", data));
  EXPECT_EQ(redacted(schema.root, data.root), R"({"s":{"联系 138****8000":"***","页码":"***"}})");
}

}  // namespace
}  // namespace lianqiao::record
