#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "lianqiao/result.h"
#include "runtime/findings_by_peer.h"
#include "runtime/reload_report.h"
#include "setup/setup.h"

namespace lianqiao::runtime {

/// What a new reading of the configuration folder changes against the setup in force, and what of
/// it can be applied: all or nothing for each peer, for the routes, and for what concerns
/// everybody. In three steps: read, then (the caller makes what the changed peers need, and refuses
/// those where that fails) settle. Changes nothing that runs. Not thread-safe.
class ReloadPlan {
 public:
  /// Reads and compares. `running` outlives the plan.
  ReloadPlan(const setup::Setup& running, const std::filesystem::path& directory);

  /// Peers that need a runtime of their own anew: added ones, and those whose own part has changed.
  [[nodiscard]] std::vector<const config::PeerConfig*> toMake() const;
  [[nodiscard]] config::RetryPolicy retryOf(const config::PeerConfig& peer) const;
  [[nodiscard]] const Descriptor& adapterOf(const config::PeerConfig& peer) const;
  [[nodiscard]] std::string adapterBuildOf(const config::PeerConfig& peer) const {
    return adapters_.buildOf(peer.adapter);
  }

  /// The peer keeps its former version; one that is new stays out.
  void refuse(const std::string& peer, std::string why);
  /// Decides about the routes and compiles what is then in force. nullopt when the whole is
  /// refused.
  std::optional<setup::Setup> settle();

  [[nodiscard]] ReloadReport& report() { return report_; }

 private:
  using Result = ReloadOutcome::Result;

  void compare();
  void compareNode();
  [[nodiscard]] const config::PeerConfig* readPeer(const std::string& name) const;
  [[nodiscard]] const config::PeerConfig* runningPeer(const std::string& name) const;
  /// As it would be in force; null when there is none.
  [[nodiscard]] const config::PeerConfig* effective(const std::string& name) const;
  [[nodiscard]] bool canBeOwed(const std::string& name) const;
  [[nodiscard]] std::optional<std::string> unreachable(
      const std::vector<config::Route>& routes) const;
  void settleRoutes();
  [[nodiscard]] setup::Setup compose() const;

  const setup::Setup& running_;
  setup::AdapterSet adapters_;
  config::Contents reading_;
  lifecycle::Deadlines deadlines_;
  std::vector<report::Report> reports_;
  setup::ConfigDigests digests_;
  FindingsByPeer findings_;
  ReloadReport report_;
};

}  // namespace lianqiao::runtime
