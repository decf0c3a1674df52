#include "queue/takers.h"

#include <gtest/gtest.h>

#include "support/called_taker.h"

namespace lianqiao::queue {
namespace {

// After a reload the former runtime ends when the new one already takes.
TEST(Takers, RemoveNobodyButTheOneThatIsNamed) {
  Takers takers;
  const auto former = std::make_shared<test::CalledTaker>();
  const auto present = std::make_shared<test::CalledTaker>();
  takers.set("province", former);
  takers.set("province", present);
  takers.remove("province", former.get());
  takers.remove("city", present.get());
  EXPECT_EQ(takers.find("province"), present);
  takers.remove("province", present.get());
  EXPECT_EQ(takers.find("province"), nullptr);
  takers.wake("province");
}

TEST(Takers, WakeTheOneOfThatPeer) {
  Takers takers;
  int woken = 0;
  for (const char* peer : {"province", "city"}) {
    const auto taker = std::make_shared<test::CalledTaker>();
    taker->onWake = [&woken, peer] { woken += std::string_view(peer) == "city" ? 1 : 100; };
    takers.set(peer, taker);
  }
  takers.wake("city");
  EXPECT_EQ(woken, 1);
}

}  // namespace
}  // namespace lianqiao::queue
