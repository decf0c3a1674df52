#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "config/gateway_config.h"

namespace lianqiao::pipeline {

/// Which rules of derivations.yaml may take what another makes. A rule may where none of its
/// conditions surely fails: by type, by peer (what is derived keeps that of its cause), or by a
/// field that the other's mapping leaves out or makes a constant. Used while compiling only.
class DerivationChains {
 public:
  /// REQUIRES: every rule names a type, and a derived mapping that compiles. `config` must outlive
  /// it.
  explicit DerivationChains(const config::GatewayConfig& config);

  /// The rules in a row from that one back to it, without it at the end; empty: there is no loop.
  [[nodiscard]] std::vector<std::size_t> loopFrom(std::size_t rule) const;
  /// How many records may come of one record of that type and peer, by all rules that may hold of
  /// it and those behind them; a large number where there are more than anybody wants. REQUIRES:
  /// there is no loop.
  [[nodiscard]] std::size_t recordsOf(const std::string& type, const std::string& peer) const;

 private:
  [[nodiscard]] std::size_t recordsFrom(std::size_t rule) const;

  const config::GatewayConfig& config_;
  std::vector<std::vector<std::size_t>> next_;  // by rule
};

}  // namespace lianqiao::pipeline
