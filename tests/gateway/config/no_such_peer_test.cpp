#include "config/no_such_peer.h"

#include <gtest/gtest.h>

namespace lianqiao::config {
namespace {

TEST(NoSuchPeer, NamesThoseThatAreThereAndTheNearest) {
  EXPECT_EQ(noSuchPeer("gird", {"hotline", "grid"}),
            "There is no peer gird; configured: grid, hotline. Did you mean grid?");
  EXPECT_EQ(noSuchPeer("province", {"grid"}), "There is no peer province; configured: grid.");
  EXPECT_EQ(noSuchPeer("grid", {}), "There is no peer grid; configured: none.");
}

}  // namespace
}  // namespace lianqiao::config
