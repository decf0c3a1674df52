#include "town_ledger.h"

#include "config/gateway_config.h"
#include "yaml/yaml_reader.h"

namespace lianqiao::file_drop::test {

namespace fs = std::filesystem;

namespace {

yaml::YamlNode shipped(const std::string& file, yaml::Findings& findings) {
  const std::string text =
      lianqiao::test::readFile(fs::path(LIANQIAO_SOURCE_DIR) / "config" / file);
  auto node = yaml::YamlReader::readText(text, file, findings);
  EXPECT_TRUE(node.has_value()) << file;
  return node.value();
}

}  // namespace

TownLedger::TownLedger() {
  yaml::Findings findings;
  config::GatewayConfig config;
  config.schemas = fs::path(LIANQIAO_SOURCE_DIR) / "schemas";
  config.mappings["town_ledger"] = shipped("mappings/town_ledger.yaml", findings);
  config.codeTables["complaint_category"] = shipped("codes/complaint_category.yaml", findings);
  config::PeerConfig ledger;
  ledger.name = "town-ledger";
  ledger.inbound.mappings = {"town_ledger"};
  config::PeerConfig grid;
  grid.name = "grid-platform";
  config.peers = {ledger, grid};
  config.routes = {{"all",
                    {{"type", config::RouteCondition::Operator::equals, {"work_order"}}},
                    {"grid-platform"},
                    {}}};
  pipeline_ = pipeline::Pipeline::compile(config, findings);
  for (const auto& finding : findings.all())
    ADD_FAILURE() << finding.message << "; " << finding.remedy;
}

pipeline::Processed TownLedger::process(const RawItem& item) {
  return pipeline_->process("town-ledger", item, "01JTEST", WallTime(std::chrono::hours(490'000)),
                            workspace_);
}

std::vector<pipeline::Processed> TownLedger::processAll(const Read& read) {
  EXPECT_EQ(read.errorDetail, "");
  std::vector<pipeline::Processed> all;
  for (const Item& item : read.items) all.push_back(process(item.raw));
  return all;
}

ReadOptions TownLedger::options() const {
  ReadOptions options;
  options.shapes = pipeline_->itemShapes("town-ledger");
  return options;
}

}  // namespace lianqiao::file_drop::test
