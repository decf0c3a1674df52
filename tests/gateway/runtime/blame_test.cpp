#include "runtime/blame.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lianqiao::runtime {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

setup::ConfigDigests county() {
  setup::ConfigDigests digests;
  digests.peers["hotline"] = {"", "", {"orders"}, {"channel"}};
  digests.peers["app"] = {"", "", {"orders", "steps"}, {"channel", "status"}};
  digests.peers["grid"] = {"", "", {}, {}};
  return digests;
}

Blame blame(std::initializer_list<const char*> files, const setup::ConfigDigests& read = county(),
            const setup::ConfigDigests& running = county()) {
  config::Findings findings;
  for (const char* file : files) findings.add({file, {1, 1}, "", "is wrong", ""});
  return blameOf(findings, read, running);
}

TEST(Blame, APeersFileIsItsOwn) {
  const Blame found = blame({"peers/grid.yaml", "peers/new.yaml"});
  EXPECT_THAT(found.whole, IsEmpty());
  EXPECT_THAT(found.peers, SizeIs(2));
  EXPECT_TRUE(found.peers.contains("new"));
}

TEST(Blame, AMappingOrTableIsThatOfAllWhoUseIt) {
  const Blame found = blame({"mappings/orders.yaml", "codes/status.yaml"});
  EXPECT_THAT(found.whole, IsEmpty());
  EXPECT_THAT(found.peers.at("hotline"), SizeIs(1));
  EXPECT_THAT(found.peers.at("app"), SizeIs(2));
  EXPECT_FALSE(found.peers.contains("grid"));
  EXPECT_TRUE(found.tables.contains("status"));
}

TEST(Blame, WhatNobodyUsesAndWhatAllUseIsTheWholes) {
  EXPECT_THAT(blame({"mappings/lost.yaml"}).whole, SizeIs(1));
  EXPECT_THAT(blame({"routes.yaml", "lianqiao.yaml", "calendar.yaml", "schemas", "peers"}).whole,
              SizeIs(5));
}

TEST(Blame, AMappingOfAPeerWhoseFileIsBrokenIsThatPeers) {
  setup::ConfigDigests read = county();
  read.peers.erase("app");
  EXPECT_THAT(blame({"peers/app.yaml", "mappings/steps.yaml"}, read).whole, IsEmpty());
  EXPECT_THAT(blame({"mappings/steps.yaml"}, read).whole, SizeIs(1));
}

}  // namespace
}  // namespace lianqiao::runtime
