#include "record/redact.h"

#include <gtest/gtest.h>

namespace lianqiao::record {
namespace {

std::string shown(std::string_view schema, std::string_view data) {
  json::Document schemaDocument;
  json::Document dataDocument;
  EXPECT_TRUE(json::parse(schema, schemaDocument).ok());
  EXPECT_TRUE(json::parse(data, dataDocument).ok());
  return redacted(schemaDocument.root, dataDocument.root);
}

TEST(Redact, ShowsOnlyWhatIsPublic) {
  EXPECT_EQ(shown(R"({"properties":{"a":{"x-class":"public"},"b":{"x-class":"personal"},
                       "c":{"x-class":"sensitive"},"d":{"type":"string"}}})",
                  R"({"a":"CANARY-OK","b":"CANARY","c":"CANARY","d":"CANARY","n":null})"),
            R"({"a":"CANARY-OK","b":"***","c":"***","d":"***","***1":null})");
}

TEST(Redact, HidesPersonsInKeysAndLeavesNumbers) {
  EXPECT_EQ(maskKey("town-ledger:1001/王小明/20260131"), "town-ledger:1001/王**/20260131");
  EXPECT_EQ(maskKey("hotline:case/5f1c-77"), "hotline:case/5f1c-77");
  EXPECT_EQ(maskKey("13800012345"), "138****2345");
  EXPECT_EQ(maskNumbers("来电13800012345，身份证41170219800101001X已核实，工单 20261120001"),
            "来电138****2345，身份证411702********001X已核实，工单 20261120001");
  EXPECT_EQ(maskKey("a/411702199001010016/b"), "a/411702********0016/b");
  EXPECT_EQ(maskKey("202103090805070012"), "202103090805070012") << "an order's number";
  EXPECT_EQ(maskKey(""), "");
  EXPECT_EQ(shown(R"({"properties":{"k":{"x-class":"personal","x-mask":"key"}}})",
                  R"({"k":"x:CANARY/王小明"})"),
            R"({"k":"x:CANARY/王**"})");
}

TEST(Redact, HidesNumbersOfPersonsHoweverTheyAreWritten) {
  for (const auto& [written, masked] :
       {std::pair{"138 0001 2345", "138****2345"}, std::pair{"138-0001-2345", "138****2345"},
        std::pair{"+86 138 0001 2345", "+86 138****2345"},
        std::pair{"+86-13800012345", "+86-138****2345"},
        std::pair{"+8613800012345", "+86138****2345"},
        std::pair{"008613800012345", "0086138****2345"}, std::pair{"013800012345", "0138****2345"},
        std::pair{"411702 19980101 001x", "411702********001x"},
        std::pair{"411702-19980101-0016", "411702********0016"},
        std::pair{"411702800101001", "4*************1"},
        std::pair{"１３８００００８０００", "138****8000"},
        std::pair{"４１１７０２１９９８０１０１００１Ｘ", "411702********001X"}}) {
    EXPECT_EQ(maskNumbers(std::string("请回") + written + "。"),
              std::string("请回") + masked + "。");
    EXPECT_EQ(maskNumbers(written), masked);
  }
  for (const char* other :
       {"2026-11-20 08:15", "2026-11-20 13:45:12 3", "工单 20261120001", "1380001234567890",
        "400-800-1234", "202611201130123", "第２０２６号，见附件：３　＋", "15 - 3", "1", ""}) {
    EXPECT_EQ(maskNumbers(other), other);
  }
}

TEST(Redact, HidesUnknownFieldsWithTheirNames) {
  EXPECT_EQ(shown(R"({"properties":{"a":{"x-class":"public"}}})",
                  R"({"13800008000":"CANARY","e":{"deep":["CANARY"]},"a":true})"),
            R"({"***1":"***","***2":"***","a":true})");
}

TEST(Redact, HidesEverythingWithoutASchema) {
  EXPECT_EQ(redacted({}, json::Value::ofText("CANARY")), R"("***")");
  EXPECT_EQ(shown("{}", R"({"a":"CANARY"})"), R"({"***1":"***"})");
}

TEST(Redact, HidesNumbersAndTruthsToo) {
  EXPECT_EQ(shown(R"({"properties":{"lng":{"x-class":"personal"},"sick":{"x-class":"sensitive"}}})",
                  R"({"lng":114.03,"sick":true})"),
            R"({"lng":"***","sick":"***"})");
}

TEST(Redact, FollowsReferencesListsAndAdditionalProperties) {
  EXPECT_EQ(shown(R"({"$defs":{"p":{"properties":{"name":{"x-class":"personal","x-mask":"name"},
                                                  "no":{"x-class":"public"}}}},
                      "properties":{"list":{"items":{"$ref":"#/$defs/p"}},
                                    "pair":{"prefixItems":[{"x-class":"public"}],
                                            "items":{"x-class":"personal"}},
                                    "free":{"additionalProperties":{"x-class":"personal"}}}})",
                  R"({"list":[{"name":"王小明","no":"7"}],"pair":["open","CANARY"],
                      "free":{"k":"CANARY"}})"),
            R"({"list":[{"name":"王**","no":"7"}],"pair":["open","***"],"free":{"k":"***"}})");
}

TEST(Redact, LetsTheStrictestAlternativeDecide) {
  EXPECT_EQ(shown(R"({"anyOf":[{"properties":{"a":{"x-class":"public"}}},
                               {"properties":{"a":{"x-class":"personal"}}}]})",
                  R"({"a":"CANARY"})"),
            R"({"a":"***"})");
}

TEST(Redact, EndsOnASchemaThatContainsItself) {
  EXPECT_EQ(shown(R"({"$ref":"#","properties":{"a":{"x-class":"public"}}})", R"({"a":1})"),
            R"({"a":1})");
}

TEST(Mask, KeepsTheSurname) {
  EXPECT_EQ(maskName("王明"), "王*");
  EXPECT_EQ(maskName("王小明"), "王**");
  EXPECT_EQ(maskName("欧阳小明"), "欧阳**");
  EXPECT_EQ(maskName("欧阳"), "欧*");
  EXPECT_EQ(maskName("王"), "***");
  EXPECT_EQ(maskName("示例餐饮有限公司"), "示***");
}

TEST(Mask, KeepsTheEndsOfANumber) {
  EXPECT_EQ(maskPhone("13800008000"), "138****8000");
  EXPECT_EQ(maskPhone("+8613800008000"), "+86138****8000");
  EXPECT_EQ(maskPhone("0394-8260000-801"), "0394-****");
  EXPECT_EQ(maskPhone("8260000"), "***");
  EXPECT_EQ(maskPhone("微信13800008000"), "***");
  EXPECT_EQ(maskId("411702199001010016"), "411702********0016");
  EXPECT_EQ(maskId("E00000000"), "E*******0");
  EXPECT_EQ(maskId("12345"), "***");
}

TEST(Mask, KeepsAnAddressDownToTheStreet) {
  EXPECT_EQ(maskAddress("河南省项城市示例街道一号院"), "河南省项城市示例街道***");
  EXPECT_EQ(maskAddress("示例县示例镇二组"), "示例县示例镇***");
  EXPECT_EQ(maskAddress("三号楼402"), "***");
}

}  // namespace
}  // namespace lianqiao::record
