#include "setup/setup.h"

#include "gateway/runtime/gateway_fixture.h"

namespace lianqiao::setup {
namespace {

using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::Ne;

class SetupTest : public runtime::GatewayTest {
 protected:
  std::optional<setup::Setup> load() {
    findings_ = {};
    return loadSetup(config(), findings_);
  }
  std::string found() const {
    return findings_.all().empty() ? "" : findings_.all().front().text();
  }

  yaml::Findings findings_;
};

TEST_F(SetupTest, AWholeConfigurationIsReadCheckedAndCompiled) {
  const auto setup = load();
  ASSERT_TRUE(setup) << found();
  EXPECT_EQ(setup->config.peers.size(), 4u);
  EXPECT_NE(setup->pipeline, nullptr);
  EXPECT_NE(setup->adapters.find("webhook"), nullptr);
  EXPECT_EQ(setup->adapters.find("nothing"), nullptr);
}

TEST_F(SetupTest, WhatIsWrongIsAFindingAndNoSetup) {
  write("mappings/report.yaml", mappingText("what") + "colour: red\n");
  EXPECT_FALSE(load());
  EXPECT_THAT(found(), HasSubstr("mappings/report.yaml:"));
  write("lianqiao.yaml", "plugins: " LIANQIAO_BUILD_DIR "/plugins\nadapters: [webhok]\n");
  EXPECT_FALSE(load());
  EXPECT_THAT(found(), HasSubstr("did you mean webhook?"));
  EXPECT_FALSE(loadSetup(folder_.path() / "nowhere", findings_));
}

TEST_F(SetupTest, ARouteToAPeerWithoutItsAddressIsRefusedAndSaysWhatToSet) {
  write("peers/grid.yaml", "adapter: webhook\noutbound: {mappings: [plain]}\n");
  EXPECT_FALSE(load());
  EXPECT_THAT(found(), HasSubstr("routes.yaml:2:"));
  EXPECT_THAT(found(), HasSubstr("nothing can be sent to the peer 'grid': it lacks settings.url"));
  EXPECT_THAT(found(), HasSubstr("peers/grid.yaml"));
  write("peers/grid.yaml",
        "adapter: webhook\nauth: {kind: none}\noutbound: {pull: true, mappings: [plain]}\n");
  EXPECT_TRUE(load()) << "what fetches needs no address: " << found();
}

TEST_F(SetupTest, DeadlinesAreCompiledWithTheirCalendarAndTheLifeCyclesOfTheSchemas) {
  EXPECT_FALSE(load()->deadlines.calendar) << "there is no such file";
  write("calendar.yaml",
        "zone: \"+08:00\"\nhours: [\"09:00-17:00\"]\n"
        "years: {2026: {source: notice, holidays: []}}\n");
  write("deadlines.yaml",
        "deadlines:\n- {name: reply, source: s, type: work_order, step: replied, start: receipt, "
        "limit: 5 working_days}\n");
  const auto setup = load();
  ASSERT_TRUE(setup) << found();
  EXPECT_TRUE(setup->deadlines.calendar);
  EXPECT_EQ(setup->deadlines.rules.all().size(), 1u);
  EXPECT_TRUE(setup->deadlines.cycles.contains("work_order"));
  write("deadlines.yaml", "deadlines:\n- {name: reply}\n");
  EXPECT_FALSE(load());
  EXPECT_THAT(found(), HasSubstr("deadlines.yaml:2:3: deadlines[0]: the key 'source' is missing"));
}

TEST_F(SetupTest, TheDataFolderIsToldThoughTheRestIsWrong) {
  write("lianqiao.yaml", "data: ../elsewhere\nadapters: 5\n");
  yaml::Findings findings;
  EXPECT_EQ(dataDirectory(config(), findings), folder_.path() / "elsewhere");
  write("lianqiao.yaml", "data: [\n");
  EXPECT_EQ(dataDirectory(config(), findings), std::nullopt);
  EXPECT_FALSE(findings.empty());
}

TEST_F(SetupTest, APrintTellsAPeersOwnChangeFromThatOfItsMappingsMeaning) {
  const auto digestsOf = [&](const char* peer) { return load()->digests.peers.at(peer); };
  const PeerDigests before = digestsOf("app");
  const std::string grid = digestsOf("grid").meaning;
  write("mappings/report.yaml", "# a comment\n" + mappingText("what"));
  EXPECT_EQ(digestsOf("app").meaning, before.meaning);
  write("mappings/report.yaml", mappingText("text"));
  EXPECT_THAT(digestsOf("app").meaning, Ne(before.meaning));
  EXPECT_THAT(digestsOf("app").own, Eq(before.own));
  EXPECT_EQ(digestsOf("grid").meaning, grid);
  write("secrets/app", "other");
  EXPECT_THAT(digestsOf("app").own, Ne(before.own));
}

}  // namespace
}  // namespace lianqiao::setup
