#include "config/schedule_lint.h"

#include "yaml/place_of.h"

namespace lianqiao::config {
namespace {

std::string hoursText(milliseconds time) {
  return std::to_string(std::chrono::ceil<std::chrono::hours>(time).count()) + "h";
}

void lookAtTimes(const GatewayConfig& config, const PeerConfig& peer, const yaml::YamlNode& place,
                 yaml::Findings& warnings) {
  const milliseconds wait = peer.outbound.schedule->longestWait();
  if (wait >= config.retention.duplicates)
    warnings.add(place.finding(
        "up to " + hoursText(wait) + " lie between two set times, and retention.duplicates is " +
            hoursText(config.retention.duplicates) +
            ": what is sent again meanwhile is not recognised",
        "set it more often, or lengthen retention.duplicates in lianqiao.yaml"));
  const auto policy = config.retry.find(peer.outbound.retry);
  const milliseconds maxAge =
      policy == config.retry.end() ? RetryPolicy().maxAge : policy->second.maxAge;
  if (!peer.outbound.pull && wait >= maxAge)
    warnings.add(place.finding(
        "up to " + hoursText(wait) + " lie between two set times, and its retry policy gives up " +
            "after " + hoursText(maxAge) + ": what fails in one is an exception in the next",
        "lengthen max_age of the policy '" + peer.outbound.retry + "' in lianqiao.yaml"));
}

}  // namespace

void lintSchedules(const GatewayConfig& config, const Sources& sources,
                   const AdapterLookup& adapter, yaml::Findings& errors, yaml::Findings& warnings) {
  for (const PeerConfig& peer : config.peers) {
    if (!peer.outbound.schedule) continue;
    const yaml::YamlNode& place =
        yaml::placeOf(*sources.peers.at(peer.name), {"outbound", "schedule"});
    const Descriptor* const descriptor = adapter ? adapter(peer.adapter) : nullptr;
    if (descriptor != nullptr && descriptor->makeSink == nullptr && !peer.outbound.pull) {
      errors.add(place.finding(
          "nothing is sent to this peer: its adapter '" + peer.adapter + "' has no sink",
          "leave the schedule out"));
      continue;
    }
    lookAtTimes(config, peer, place, warnings);
  }
}

}  // namespace lianqiao::config
