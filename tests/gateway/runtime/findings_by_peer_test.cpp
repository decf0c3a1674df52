#include "runtime/findings_by_peer.h"

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

FindingsByPeer sorted(std::initializer_list<const char*> files,
                      const setup::ConfigDigests& read = county(),
                      const setup::ConfigDigests& running = county()) {
  yaml::Findings findings;
  for (const char* file : files) findings.add({file, {1, 1}, "", "is wrong", ""});
  return findingsByPeer(findings, read, running);
}

TEST(FindingsByPeer, APeersFileIsItsOwn) {
  const FindingsByPeer found = sorted({"peers/grid.yaml", "peers/new.yaml"});
  EXPECT_THAT(found.whole, IsEmpty());
  EXPECT_THAT(found.peers, SizeIs(2));
  EXPECT_TRUE(found.peers.contains("new"));
}

TEST(FindingsByPeer, AMappingOrTableIsThatOfAllWhoUseIt) {
  const FindingsByPeer found = sorted({"mappings/orders.yaml", "codes/status.yaml"});
  EXPECT_THAT(found.whole, IsEmpty());
  EXPECT_THAT(found.peers.at("hotline"), SizeIs(1));
  EXPECT_THAT(found.peers.at("app"), SizeIs(2));
  EXPECT_FALSE(found.peers.contains("grid"));
  EXPECT_TRUE(found.tables.contains("status"));
}

TEST(FindingsByPeer, WhatNobodyUsesAndWhatAllUseIsTheWholes) {
  EXPECT_THAT(sorted({"mappings/lost.yaml"}).whole, SizeIs(1));
  EXPECT_THAT(sorted({"routes.yaml", "lianqiao.yaml", "calendar.yaml", "schemas", "peers"}).whole,
              SizeIs(5));
}

TEST(FindingsByPeer, AMappingOfAPeerWhoseFileIsBrokenIsThatPeers) {
  setup::ConfigDigests read = county();
  read.peers.erase("app");
  EXPECT_THAT(sorted({"peers/app.yaml", "mappings/steps.yaml"}, read).whole, IsEmpty());
  EXPECT_THAT(sorted({"mappings/steps.yaml"}, read).whole, SizeIs(1));
}

}  // namespace
}  // namespace lianqiao::runtime
