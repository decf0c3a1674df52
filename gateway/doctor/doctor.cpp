#include "doctor/doctor.h"

#include <algorithm>

#include "lianqiao/json.h"

namespace lianqiao::doctor {
namespace {

std::string_view wordOf(Grade grade) {
  switch (grade) {
    case Grade::ok:
      return "ok  ";
    case Grade::warn:
      return "warn";
    default:
      return "FAIL";
  }
}

/// The configuration as far as it could be read; what is wrong in it is in `checkup`.
config::Contents readAndTell(const std::filesystem::path& directory, setup::AdapterSet& adapters,
                             Checkup& checkup) {
  yaml::Findings findings;
  config::Contents reading = setup::inspect(directory, adapters, findings).reading;
  const auto remedyOf = [](const yaml::Finding& finding) {
    return finding.remedy.empty() ? "mend it; `lianqiao check` tells when it is right"
                                  : finding.remedy;
  };
  const auto bare = [](yaml::Finding finding) {
    finding.remedy.clear();
    return finding.text();
  };
  for (const yaml::Finding& finding : findings.all())
    checkup.fail(bare(finding), remedyOf(finding));
  for (const yaml::Finding& finding : reading.warnings.all())
    checkup.warn(bare(finding), remedyOf(finding));
  if (findings.empty()) checkup.ok("the configuration in " + directory.string() + " has no error");
  return reading;
}

}  // namespace

bool Checkup::failed() const {
  return std::any_of(all_.begin(), all_.end(),
                     [](const Diagnosis& diagnosis) { return diagnosis.grade == Grade::fail; });
}

std::string Checkup::text() const {
  std::string out;
  for (const Diagnosis& diagnosis : all_) {
    out.append(wordOf(diagnosis.grade)).append("  ").append(diagnosis.what);
    if (!diagnosis.remedy.empty()) out.append("  — ").append(diagnosis.remedy);
    out += '\n';
  }
  return out;
}

std::string Checkup::json() const {
  std::string out = "[";
  for (const Diagnosis& diagnosis : all_) {
    if (out.size() > 1) out += ',';
    const bool well = diagnosis.grade == Grade::ok;
    out.append(R"({"grade":")")
        .append(well                             ? "ok"
                : diagnosis.grade == Grade::warn ? "warn"
                                                 : "fail");
    out += R"(","what":)";
    json::writeText(diagnosis.what, out);
    out += R"(,"remedy":)";
    json::writeText(diagnosis.remedy, out);
    out += '}';
  }
  return out + "]";
}

Checkup examine(const std::filesystem::path& directory, bool network) {
  Checkup checkup;
  setup::AdapterSet adapters;
  const config::Contents reading = readAndTell(directory, adapters, checkup);
  lookAtClock(checkup);
  if (!reading.sources.gateway) return checkup;
  const config::GatewayConfig& config = reading.config;
  const std::optional<bool> told = gatewayRuns(config.data);
  const bool running = told.value_or(true);
  if (!told) {
    checkup.warn("whether a gateway runs on " + config.data.string() + " cannot be told here",
                 "ask `systemctl status lianqiao`, or start doctor where it runs and as its user; "
                 "its ports, its spool and its own Redis are not looked at");
  } else if (running) {
    checkup.ok("a gateway runs on " + config.data.string());
  }
  lookAtLimits(config, checkup);
  lookAtPorts(config, running, checkup);
  lookAtSecrets(config, checkup);
  lookAtData(config, running, checkup);
  if (told || !config.redis.managed) lookAtRedis(config, running, checkup);
  lookAtSpoolFile(config, running, checkup);
  lookAtHistoryServer(config, checkup);
  if (told.value_or(false)) {
    lookAtRefusing(config, checkup);
    lookAtHistory(config, checkup);
  }
  if (network) lookAtPeers(config, adapters, checkup);
  return checkup;
}

}  // namespace lianqiao::doctor
