#include "schema/formats.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "conformance/test_data.h"
#include "lianqiao/json.h"

namespace lianqiao::schema {
namespace {

TEST(Formats, HaveOneNameEach) {
  for (int i = 0; i < 8; ++i) {
    const auto format = static_cast<Format>(i);
    EXPECT_EQ(formatByName(formatName(format)), format);
    EXPECT_FALSE(formatRule(format).empty());
  }
  EXPECT_FALSE(formatByName("ipv4"));
}

TEST(ResidentId, ChecksDigitProvinceAndBirthDate) {
  for (const char* good : {"11010519491231002X", "440524188001010014", "411702199001010016"}) {
    EXPECT_TRUE(isResidentId(good)) << good;
  }
  for (const char* bad :
       {"11010519491231002x", "110105194912310021", "110105190013010017", "110105190002290017",
        "990105194912310023", "110105299901010014", "11010519491231002", "", "110105491231002"}) {
    EXPECT_FALSE(isResidentId(bad)) << bad;
  }
}

TEST(ResidentId, TakesTheResidencePermitsOfHongKongMacaoAndTaiwan) {
  for (const char* good : {"810000199001010019", "820000199001010010", "830000199001010012"}) {
    EXPECT_TRUE(isResidentId(good)) << good;
  }
  EXPECT_FALSE(isResidentId("840000199001010014"));
  EXPECT_FALSE(isDivisionCode("830000000000")) << "no division";
}

/// A case of the vectors counts as taken when the mapping's normalising brings it into the format.
template <typename Normalize, typename Is>
void runVectors(const std::string& file, const char* member, Normalize normalize, Is is) {
  LIANQIAO_NEEDS_DATA(file);
  const auto path = test::sharedData(file);
  const std::string text = test::readFile(path);
  json::Document document;
  ASSERT_TRUE(json::parse(text, document).ok());
  for (const json::Value& row : document.root.find("cases")->elements()) {
    const std::string name(row.find("name")->text());
    const std::string_view input = row.find(member)->text();
    const bool valid = row.find("valid")->boolean();
    if (const json::Value* expected = row.find("normalised"); expected != nullptr) {
      EXPECT_FALSE(is(input)) << name;
      EXPECT_EQ(normalize(input), expected->text()) << name;
      EXPECT_EQ(is(expected->text()), valid) << name;
    } else {
      EXPECT_EQ(is(input), valid) << name;
    }
    if (valid) {
      EXPECT_TRUE(is(normalize(input))) << name;
    }
  }
}

TEST(ResidentId, AgreesWithTheVectors) {
  runVectors("vectors/resident_id.json", "id", normalizeResidentId, isResidentId);
}

TEST(CreditCode, AgreesWithTheVectors) {
  runVectors("vectors/credit_code.json", "code", normalizeCreditCode, isCreditCode);
}

TEST(CreditCode, ChecksAlphabetAndCheckCharacter) {
  for (const char* good : {"91350100M000100Y43", "11411700MB0000000G", "91110000100000000R"}) {
    EXPECT_TRUE(isCreditCode(good)) << good;
  }
  for (const char* bad : {"91350100M000100Y44", "91350100m000100y43", "91350100M000100Y4", ""}) {
    EXPECT_FALSE(isCreditCode(bad)) << bad;
  }
}

TEST(Phone, TakesTheFormsOfTheField) {
  for (const char* good : {"13800008000",
                           "19912345678",
                           "+8613800008000",
                           "+86-13800008000",
                           "0394-8260000",
                           "03948260000",
                           "0394-8260000-801",
                           "8260000",
                           "82600000-12",
                           "+86-394-8260000",
                           "+86-010-65432100",
                           "400-826-0000",
                           "4008260000",
                           "800-8260000",
                           "110",
                           "12345",
                           "10086",
                           "95588",
                           "96111",
                           "023-65432100"}) {
    EXPECT_TRUE(isPhone(good)) << good;
  }
}

TEST(Phone, RefusesOtherTexts) {
  for (const char* bad :
       {"", "1380000800", "138000080000", "12800008000", "0394-826000", "0394--8260000", "-8260000",
        "8260000-", "8260000-1234567", "+8512345678", "+86", "400-82600000", "0", "abc", "99999",
        "138 0000 8000", "１３８００００８０００", "13800008000,13800008001"}) {
    EXPECT_FALSE(isPhone(bad)) << bad;
  }
}

TEST(Phone, NormalizesHowPeopleWriteIt) {
  EXPECT_EQ(normalizePhone(" １３８-００００-８０００ "), "13800008000");
  EXPECT_EQ(normalizePhone("(0394)8260000转801"), "0394-8260000-801");
  EXPECT_EQ(normalizePhone("（0394）8260000"), "0394-8260000");
  EXPECT_EQ(normalizePhone("0086 138 0000 8000"), "+8613800008000");
  EXPECT_EQ(normalizePhone("8613800008000"), "+8613800008000");
  EXPECT_EQ(normalizePhone("0394—8260000"), "0394-8260000");
  EXPECT_EQ(normalizePhone("没有"), "没有");
}

TEST(DivisionCode, TakesTwelveDigitsOfAKnownProvince) {
  for (const char* good :
       {"411702000000", "411700000000", "410000000000", "411702001003", "441900003001"}) {
    EXPECT_TRUE(isDivisionCode(good)) << good;
  }
  for (const char* bad : {"411702", "991702000000", "41170200000a", "411702000003", "410002000000",
                          "4117020000000", ""}) {
    EXPECT_FALSE(isDivisionCode(bad)) << bad;
  }
}

TEST(DivisionCode, TakesEveryCodeOfTheNationalList) {
  LIANQIAO_NEEDS_DATA("divisions/divisions_l1-l4.csv");
  const auto path = test::sharedData("divisions/divisions_l1-l4.csv");
  std::ifstream in(path);
  std::string line;
  std::getline(in, line);
  int refused = 0;
  int rows = 0;
  for (; std::getline(in, line); ++rows) refused += isDivisionCode(line.substr(0, 12)) ? 0 : 1;
  EXPECT_GT(rows, 40000);
  EXPECT_EQ(refused, 0);
}

TEST(Uri, NeedsASchemeAndAscii) {
  EXPECT_TRUE(isUri("https://example.org/a?b=c#d"));
  EXPECT_TRUE(isUri("urn:lianqiao:schema:work_order:1.0"));
  EXPECT_FALSE(isUri("/files/1.jpg"));
  EXPECT_FALSE(isUri("https://example.org/图.jpg"));
}

TEST(Email, NeedsALocalPartAndADomain) {
  EXPECT_TRUE(isEmail("hotline@example.org"));
  EXPECT_FALSE(isEmail("hotline"));
  EXPECT_FALSE(isEmail("hot line@example.org"));
}

}  // namespace
}  // namespace lianqiao::schema
