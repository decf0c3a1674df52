// What a reminder says, and what of a thing is kept to choose its limits by.
#include "lifecycle/reminder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "lifecycle/public_part.h"
#include "record/schema_set.h"

namespace lianqiao::lifecycle {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;

const record::SchemaSet& shippedSchemas() {
  static const record::SchemaSet kShipped = [] {
    record::SchemaSet set;
    std::vector<Problem> problems;
    set.load(std::filesystem::path(LIANQIAO_SOURCE_DIR) / "schemas", problems);
    EXPECT_THAT(problems, IsEmpty());
    return set;
  }();
  return kShipped;
}

std::string publicPartOf(std::string_view data, std::string_view type = "work_order") {
  json::Document document, out;
  EXPECT_TRUE(json::parse(data, document).ok());
  const record::LeafClasses classes(shippedSchemas().find(type)->schema.source());
  const json::Value part = publicPart(document.root, classes.root(), out);
  return part.isNull() ? "" : json::write(part);
}

TEST(PublicPart, HasNothingThatTellsOfAPerson) {
  EXPECT_EQ(publicPartOf(R"({"orderNo":"A-1","title":"张三家停水","content":"x",)"
                         R"("category":{"code":"utilities.water","text":"停水"},)"
                         R"("reporter":{"name":"张三","phone":"13800138000"},"isSecret":true,)"
                         R"("location":{"address":"和平路1号"},"sourceFields":{"a":"b"}})"),
            R"({"orderNo":"A-1","category":{"code":"utilities.water","text":"停水"},)"
            R"("isSecret":true})");
  EXPECT_EQ(publicPartOf(R"({"title":"x"})"), "");
}

TEST(PublicPart, IsShort) {
  EXPECT_EQ(publicPartOf(R"({"orderNo":")" + std::string(301, 'x') + R"(","division":"411702"})"),
            R"({"division":"411702"})");
}

class ReminderText : public ::testing::Test {
 protected:
  ReminderText() {
    rule_.name = "accept-utilities";
    rule_.source = "Tianjin";
    rule_.type = "work_order";
    rule_.steps = {"signed", "replied"};
    EXPECT_TRUE(json::parse(R"({"orderNo":"A-1","category":{"code":"utilities.water"},)"
                            R"("department":{"name":"供水公司"},"grid":{"code":"G7"}})",
                            data_));
    subject_.data = &data_.root;
  }
  std::string textOf(const Moment& moment, const std::vector<Moment>& moments) {
    const json::Value data = reminderData(subject_, rule_, moment, moments, out_);
    std::vector<Problem> problems;
    EXPECT_TRUE(shippedSchemas().find("reminder")->schema.check(data, problems));
    for (const Problem& one : problems) ADD_FAILURE() << one.path << ' ' << one.message;
    return json::write(data);
  }
  static Moment at(std::chrono::minutes time, Stage stage) {
    return {WallTime(time), "accept-utilities", stage, 0, {}, false};
  }

  DeadlineRule rule_;
  json::Document data_, out_;
  ReminderSubject subject_{"work_order", "hotline:A-1", "dispatched", 2, nullptr};
};

TEST_F(ReminderText, SaysWhatIsDueWhenAndByWhatRule) {
  const std::vector<Moment> moments = {at(20min, Stage::warn), at(30min, Stage::due)};
  EXPECT_EQ(textOf(moments[0], moments),
            R"({"type":"work_order","key":"hotline:A-1","limit":{"name":"accept-utilities",)"
            R"("source":"Tianjin","steps":["signed","replied"]},"stage":"warn","round":2,)"
            R"("state":"dispatched","dueTime":"1970-01-01T00:30:00.000Z","number":"A-1",)"
            R"("category":{"code":"utilities.water"},"department":{"name":"供水公司"},)"
            R"("grid":{"code":"G7"}})");
}

TEST_F(ReminderText, AnEscalationBearsItsNameAndWhatIsNotSureIsCalledSo) {
  Moment late = at(90min, Stage::escalate);
  late.level = 1;
  late.name = "duty-leader";
  late.provisional = true;
  const std::string text = textOf(late, {at(30min, Stage::due), late});
  EXPECT_THAT(text, testing::HasSubstr(R"("escalationLevel":1,"escalation":"duty-leader")"));
  EXPECT_THAT(text, testing::HasSubstr(R"("dueTime":"1970-01-01T00:30:00.000Z")"));
  EXPECT_THAT(text, testing::HasSubstr(R"("provisional":true)"));
}

TEST_F(ReminderText, IsTheSameByLimitThingRoundAndStage) {
  Moment late = at(90min, Stage::escalate);
  late.level = 2;
  EXPECT_EQ(reminderSourceId(subject_, late), "accept-utilities/hotline:A-1/2/escalate2");
  const std::string before = json::write(reminderIdentity(subject_, late, out_));
  subject_.state = "signed";
  EXPECT_EQ(json::write(reminderIdentity(subject_, late, out_)), before);
  late.at += 1min;
  EXPECT_NE(json::write(reminderIdentity(subject_, late, out_)), before) << "it was put off";
}

}  // namespace
}  // namespace lianqiao::lifecycle
