#include <algorithm>
#include <csignal>
#include <cstdio>
#include <map>
#include <thread>

#include "admin/client.h"
#include "cli/arguments.h"
#include "cli/commands.h"
#include "cli/mock_peer_server.h"
#include "config/no_such_peer.h"
#include "lianqiao/text.h"
#include "setup/setup.h"

namespace lianqiao::cli {
namespace {

constexpr const char* kMockUsage =
    "usage: lianqiao mock --config DIR [--peer PEER]… [--listen ADDRESS:PORT] [--gateway URL] "
    "[--records N]\n"
    "                     [--fail PERCENT]\n";

std::vector<const config::PeerConfig*> choose(const setup::Setup& setup,
                                              const std::vector<std::string>& names) {
  std::vector<const config::PeerConfig*> chosen;
  for (const config::PeerConfig& peer : setup.config.peers) {
    const bool named = std::find(names.begin(), names.end(), peer.name) != names.end();
    const bool hasMock = setup.adapters.find(peer.adapter)->makeMock != nullptr;
    if (named || (names.empty() && hasMock)) chosen.push_back(&peer);
  }
  return chosen;
}

/// Why these peers cannot be played; empty where they can.
std::string unfit(const setup::Setup& setup, const std::vector<std::string>& names) {
  if (names.empty() && choose(setup, names).empty())
    return "No adapter of the configured peers has a mock.";
  for (const std::string& name : names) {
    const auto peer = std::find_if(setup.config.peers.begin(), setup.config.peers.end(),
                                   [&](const auto& one) { return one.name == name; });
    if (peer == setup.config.peers.end())
      return config::noSuchPeer(name, setup::peerNames(setup.config));
    if (setup.adapters.find(peer->adapter)->makeMock == nullptr)
      return "The adapter " + peer->adapter + " of peer " + name + " has no mock.";
  }
  return {};
}

void printTaken(const std::vector<std::unique_ptr<MockPeerServer>>& mocks) {
  for (const auto& mock : mocks) std::printf("%s\n", mock->takenText().c_str());
  std::fflush(stdout);
}

}  // namespace

int runMock(int count, const char* const* texts) {
  auto arguments =
      parseArguments(count, texts, {"config", "peer", "listen", "gateway", "records", "fail"}, {});
  if (!arguments || !arguments->words.empty()) {
    std::fprintf(stderr, "%s\n", arguments ? kMockUsage : arguments.error().detail.c_str());
    return kUsage;
  }
  const auto records = arguments->number("records", 0);
  const auto fail = arguments->number("fail", 0);
  if (!records || !fail || *fail > 100) {
    std::fprintf(stderr, "%s", kMockUsage);
    return kUsage;
  }
  yaml::Findings findings;
  const auto setup = setup::loadSetup(arguments->get("config", "config"), findings);
  if (!setup) {
    setup::printFindings(findings);
    return kUsage;
  }
  const auto names = arguments->options.contains("peer") ? arguments->options.at("peer")
                                                         : std::vector<std::string>{};
  const std::string wrong = unfit(*setup, names);
  if (!wrong.empty()) {
    std::fprintf(stderr, "%s\n", wrong.c_str());
    return kUsage;
  }
  const auto chosen = choose(*setup, names);
  std::string gateway = arguments->get("gateway");
  if (gateway.empty()) {
    gateway = "http://127.0.0.1:" + std::to_string(setup->config.peersListener.port);
  }

  // Blocked before any thread starts, so that only sigwait below sees them.
  sigset_t signals;
  sigemptyset(&signals);
  sigaddset(&signals, SIGINT);
  sigaddset(&signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  std::vector<std::unique_ptr<MockPeerServer>> mocks;
  for (const config::PeerConfig* peer : chosen) {
    auto mock = MockPeerServer::start(*peer, *setup->adapters.find(peer->adapter),
                                      {.listen = arguments->get("listen"),
                                       .gateway = gateway,
                                       .records = *records,
                                       .failPercent = static_cast<int>(*fail)});
    if (!mock) {
      std::fprintf(stderr, "%s\n", mock.error().detail.c_str());
      return kFailed;
    }
    std::printf("%s plays %s at %s\n", peer->adapter.c_str(), peer->name.c_str(),
                (*mock)->address().c_str());
    mocks.push_back(std::move(mock).value());
  }
  std::fflush(stdout);
  int signal = 0;
  sigwait(&signals, &signal);
  for (const auto& mock : mocks) mock->stop();
  printTaken(mocks);
  return kOk;
}

}  // namespace lianqiao::cli
