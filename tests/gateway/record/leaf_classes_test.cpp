#include "record/leaf_classes.h"

#include <gmock/gmock.h>

#include "record/person_numbers.h"
#include "record/redact.h"

namespace lianqiao::record {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(LeafClasses, SayOfEachPlaceWhatItsSchemasSay) {
  json::Document document;
  const std::string text =
      R"({"$defs":{"person":{"properties":{"phone":{"x-class":"personal","x-mask":"phone"},)"
      R"("friend":{"$ref":"#/$defs/person"}}}},"properties":{"no":{"x-class":"public","x-finds":true},)"
      R"("who":{"$ref":"#/$defs/person"},"list":{"prefixItems":[{"x-class":"public"}],)"
      R"("items":{"$ref":"#/$defs/person"}}},"additionalProperties":{"x-mask":"key"}})";
  ASSERT_TRUE(json::parse(text, document).ok());
  const LeafClasses classes(document.root);
  const LeafClasses::Place& root = classes.root();
  EXPECT_TRUE(root.member("no")->isPublic);
  EXPECT_TRUE(root.member("no")->finds);
  EXPECT_FALSE(root.member("who")->finds);
  EXPECT_EQ(root.member("other")->mask, LeafClasses::Mask::key);
  EXPECT_FALSE(root.member("other")->isPublic);
  const LeafClasses::Place* deep = root.member("who")->member("friend")->member("friend");
  EXPECT_EQ(deep->member("phone")->mask, LeafClasses::Mask::phone);
  EXPECT_FALSE(deep->member("unknown")->isPublic);
  EXPECT_TRUE(root.member("list")->element(0)->isPublic);
  EXPECT_EQ(root.member("list")->element(5)->member("phone")->mask, LeafClasses::Mask::phone);
  EXPECT_FALSE(LeafClasses(json::Value()).root().member("any")->isPublic);
}

TEST(PersonNumbers, AreThoseThatAreMasked) {
  EXPECT_THAT(personNumbers("请回电 138-0013 8000 或１３９００００８０００"),
              ElementsAre("13800138000", "13900008000"));
  EXPECT_THAT(personNumbers("+8613800138000;41170219900101001x"),
              ElementsAre("13800138000", "41170219900101001x"));
  for (const char* none : {"", "SL20240527000123", "2024-05-27T02:08:51+08:00", "路灯不亮"}) {
    EXPECT_THAT(personNumbers(none), IsEmpty()) << none;
    EXPECT_EQ(maskNumbers(none), none);
  }
  EXPECT_TRUE(holdsPersonNumber("tel:13800138000"));
}

}  // namespace
}  // namespace lianqiao::record
