#include "line_session/line_session.h"

#include <gtest/gtest.h>

#include "conformance/conformance.h"
#include "line_session/line_peer.h"

namespace lianqiao::line_session {
namespace {

// The conformance suite tries the role out with a real connection to a program of its own.
TEST(LineSession, PassesTheConformanceSuite) {
  constexpr int kLines = 25;  // more than the peer sends without an acknowledgement
  conformance::ConformanceCase whole;
  whole.descriptor = &kDescriptor;
  whole.settings = {{"port", "1"}};
  conformance::SessionCase session;
  session.begin = [](const std::filesystem::path& folder) {
    const auto peer = std::make_shared<test::LinePeer>(folder);
    for (int i = 0; i < kLines; ++i) peer->send(R"({"no":)" + std::to_string(i) + "}");
    conformance::SessionCase::World world;
    world.settings = {{"port", std::to_string(peer->port())}, {"ping", "100ms"}};
    world.die = [peer] { peer->kill(); };
    world.keeps = peer;
    return world;
  };
  session.items = kLines;
  session.payload = R"({"title":"路灯不亮"})";
  whole.session = std::move(session);
  conformance::run(whole);
}

}  // namespace
}  // namespace lianqiao::line_session
