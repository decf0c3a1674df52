#include "setup/kept_configuration.h"

#include "gateway/runtime/gateway_fixture.h"

namespace lianqiao::setup {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Key;
using ::testing::Not;

class KeptConfigurationTest : public runtime::GatewayTest {
 protected:
  setup::Setup load() {
    yaml::Findings findings;
    auto setup = loadSetup(config(), findings);
    if (!setup) throw std::runtime_error(findings.all().front().text());
    return std::move(*setup);
  }
  [[nodiscard]] std::string payloadOf(const pipeline::Pipeline& pipeline) const {
    expression::Workspace workspace;
    const auto payload = pipeline.outbound(
        "grid",
        R"({"specversion":"1.0","id":"1","source":"app","peer":"app","type":"lianqiao.work_order.v1",)"
        R"("data":{"orderNo":"A-1","title":"a title"}})",
        workspace);
    return payload.ok() ? payload->text : payload.error().detail;
  }
};

TEST_F(KeptConfigurationTest, ItsPipelineCompilesAgainWhenFilesAndSecretsAreGone) {
  const setup::Setup setup = load();
  const std::string text = KeptConfiguration::read(setup.config).text();
  EXPECT_THAT(text, Not(HasSubstr("t0ken"))) << "a secret";
  std::filesystem::remove_all(config());
  const auto kept = KeptConfiguration::ofText(text);
  ASSERT_TRUE(kept.has_value());
  const auto scratch = folder_.path() / "scratch";
  const auto pipeline = kept->compile(setup.adapters, scratch);
  ASSERT_TRUE(pipeline.ok()) << pipeline.error().detail;
  EXPECT_EQ(payloadOf(**pipeline), R"({"orderNo":"A-1","title":"a title"})");
  EXPECT_EQ(payloadOf(**pipeline), payloadOf(*setup.pipeline));
  EXPECT_FALSE(std::filesystem::exists(scratch));
}

TEST_F(KeptConfigurationTest, APeerThatKeepsItsFormerPartKeepsItsFormerFiles) {
  const setup::Setup setup = load();
  const auto former = KeptConfiguration::read(setup.config);
  write("mappings/plain.yaml", "not what it was");
  write("peers/archive.yaml", "also changed");
  auto kept = KeptConfiguration::read(setup.config);
  kept.keepPeer(former, "grid", setup.digests.peers.find("grid")->second);
  EXPECT_EQ(kept.files().at("mappings/plain.yaml"), former.files().at("mappings/plain.yaml"));
  EXPECT_EQ(kept.files().at("peers/grid.yaml"), former.files().at("peers/grid.yaml"));
  EXPECT_EQ(kept.files().at("peers/archive.yaml"), "also changed");
}

TEST_F(KeptConfigurationTest, WhatIsNotWholeCompilesToAnErrorThatSaysWhat) {
  const setup::Setup setup = load();
  write("mappings/plain.yaml", "mapping: plain\ndirection: outbound\ntype: [no_such_type]\n");
  const auto kept = KeptConfiguration::read(setup.config);
  const auto pipeline = kept.compile(setup.adapters, folder_.path() / "scratch");
  ASSERT_FALSE(pipeline.ok());
  EXPECT_THAT(pipeline.error().detail, HasSubstr("mappings/plain.yaml"));
}

TEST_F(KeptConfigurationTest, OnlyWhatItHasWrittenItselfIsRead) {
  EXPECT_FALSE(KeptConfiguration::ofText("5:a.yaml").has_value());
  EXPECT_FALSE(KeptConfiguration::ofText("9:../a.yaml1:x").has_value());
  EXPECT_FALSE(KeptConfiguration::ofText("12:/etc/a.yaml.1:x").has_value());
  const auto read = KeptConfiguration::ofText("6:a.yaml1:x");
  ASSERT_TRUE(read.has_value());
  EXPECT_THAT(read->files(), Contains(Key("a.yaml")));
}

}  // namespace
}  // namespace lianqiao::setup
