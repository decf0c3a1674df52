#include "config/route_lint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "gateway/config/folder.h"

/// Rule: a way on which each record would become an exception, or none would ever come, is found
/// before the start, at the place that must be mended.
namespace lianqiao::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class RouteLint : public testing::Test {
 protected:
  void SetUp() override {
    writeCounty(folder_);
    folder_.write("mappings/orders.yaml",
                  "mapping: orders\ndirection: inbound\ntype: work_order\n");
    folder_.write("mappings/out.yaml",
                  "mapping: out\ndirection: outbound\ntype: [work_order, work_order_step]\n");
    folder_.write("peers/province.yaml", "adapter: province\noutbound: {mappings: [out]}\n");
    ASSERT_THAT(found(folder_), IsEmpty());
  }
  void route(const std::string& when, const std::string& to = "province") const {
    folder_.write("routes.yaml",
                  "routes:\n  - {name: all, when: " + when + ", to: [" + to + "]}\n");
  }

  Folder folder_;
};

TEST_F(RouteLint, FindsWhatAMappingMakesAndNoRouteTakes) {
  const auto finding = ElementsAre(
      "peers/hotline.yaml:3:22: inbound.mappings[0]: no route takes what the mapping orders makes "
      "(work_order of this peer): every record of it would become an exception; add a route to "
      "routes.yaml whose `when` lets type: work_order pass, or mend one");
  route("{type: alert}");
  EXPECT_THAT(found(folder_), finding);
  route("{type: work_order, peer: province}");
  EXPECT_THAT(found(folder_), finding);
  for (const char* when :
       {"{type: work_order}", "{type: [alert, ' work_order ']}", "{type: {prefix: work}}",
        "{peer: hotline}", "{type: work_order, data.status: closed}", "{priority: high}"}) {
    route(when);
    EXPECT_THAT(found(folder_), IsEmpty()) << when;
  }
}

TEST_F(RouteLint, FindsWhatARuleDerivesAndNoRouteTakes) {
  folder_.write("mappings/whistle.yaml", "mapping: whistle\ndirection: derived\ntype: alert\n");
  folder_.write("derivations.yaml",
                "derivations:\n  - {name: a, when: {type: work_order}, mapping: whistle}\n");
  route("{type: work_order}");
  EXPECT_THAT(found(folder_),
              ElementsAre(HasSubstr("derivations.yaml:2:50: derivations[0].mapping: no route takes "
                                    "what the mapping whistle makes (alert of this peer)")));
  route("{peer: hotline}");
  EXPECT_THAT(found(folder_),
              ElementsAre(HasSubstr("this route brings records of type alert, and no outbound "
                                    "mapping of the peer 'province' takes them")));
  folder_.write("derivations.yaml",
                "derivations:\n  - {name: a, when: {type: visit_log}, mapping: whistle}\n");
  EXPECT_THAT(found(folder_), IsEmpty()) << "nobody sends what it is made of";
}

TEST_F(RouteLint, FindsOutboundMappingsThatNoRouteLeadsTo) {
  folder_.write("peers/grid.yaml", "adapter: province\noutbound: {mappings: [out]}\n");
  folder_.write("mappings/in.yaml", "mapping: in\ndirection: inbound\ntype: work_order\n");
  folder_.write("peers/town.yaml",
                "adapter: hotline\nauth: {kind: none}\ninbound: {mappings: [in]}\n"
                "outbound: {mappings: [out]}\n");
  EXPECT_THAT(
      found(folder_),
      ElementsAre(HasSubstr("peers/grid.yaml:1:1: the peer does nothing"),
                  HasSubstr("peers/grid.yaml:2:11: outbound: this peer has outbound mappings, "
                            "and no route leads to it"),
                  HasSubstr("peers/town.yaml:4:11: outbound: this peer has outbound")));
}

TEST_F(RouteLint, FindsADestinationWithoutAMappingForWhatTheRouteBrings) {
  folder_.write("mappings/out.yaml", "mapping: out\ndirection: outbound\ntype: alert\n");
  EXPECT_THAT(
      found(folder_),
      ElementsAre("routes.yaml:2:22: routes[0].to[0]: this route brings records of type "
                  "work_order, and no outbound mapping of the peer 'province' takes them: "
                  "each would become an exception; add work_order to the type of one, or let "
                  "this route take other types only"));
  folder_.write("peers/province.yaml", "adapter: province\n");
  folder_.remove("mappings/out.yaml");
  EXPECT_THAT(found(folder_), IsEmpty()) << "without mappings records go out as they are";
}

TEST_F(RouteLint, SaysNothingThatFollowsFromAnotherFinding) {
  folder_.write("routes.yaml", "routes:\n  - {name: all, wen: {type: alert}, to: [province]}\n");
  EXPECT_THAT(found(folder_), ElementsAre(HasSubstr("routes.yaml:2:17:")));
  folder_.write("routes.yaml", "routes:\n  - {name: all, to: [province]}\n");
  folder_.write("mappings/out.yaml", "mapping: out\n direction: [\n");
  EXPECT_THAT(found(folder_), ElementsAre(HasSubstr("mappings/out.yaml:")));
}

}  // namespace
}  // namespace lianqiao::config
