#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "config/gateway_config.h"
#include "setup/setup.h"

/// `lianqiao doctor`: finds before users do what would keep a gateway from starting or from keeping
/// its promises. Changes nothing, takes no lock, and leaves a running gateway alone: it tries what
/// the user of Redis may do on one key, gone within the same step.
namespace lianqiao::doctor {

enum class Grade : std::uint8_t { ok, warn, fail };

/// One thing that was looked at.
struct Diagnosis {
  Grade grade = Grade::ok;
  std::string what;
  std::string remedy;  ///< What to do; empty where all is well.
};

/// Collects diagnoses in the order in which things were looked at. Not thread-safe.
class Checkup {
 public:
  void ok(std::string what) { all_.push_back({Grade::ok, std::move(what), {}}); }
  void warn(std::string what, std::string remedy) {
    all_.push_back({Grade::warn, std::move(what), std::move(remedy)});
  }
  void fail(std::string what, std::string remedy) {
    all_.push_back({Grade::fail, std::move(what), std::move(remedy)});
  }

  [[nodiscard]] const std::vector<Diagnosis>& all() const { return all_; }
  [[nodiscard]] bool failed() const;
  /// A line each: `ok|warn|FAIL  what  — what to do`.
  [[nodiscard]] std::string text() const;
  /// `[{"grade":"ok|warn|fail","what":…,"remedy":…},…]`
  [[nodiscard]] std::string json() const;

 private:
  std::vector<Diagnosis> all_;
};

/// Everything. `network`: the peers are called up, too (a connection; through a proxy in clear a
/// HEAD of `/`).
Checkup examine(const std::filesystem::path& directory, bool network);

// The parts. `running`: a gateway runs on this data folder, so that its ports, lock and files are
// in use.

/// Whether a process holds the lock of the data folder; nothing where that cannot be told, as on
/// file systems and in containers where /proc/locks does not list it.
std::optional<bool> gatewayRuns(const std::filesystem::path& data);

void lookAtClock(Checkup& checkup);
void lookAtLimits(const config::GatewayConfig& config, Checkup& checkup);
void lookAtPorts(const config::GatewayConfig& config, bool running, Checkup& checkup);
void lookAtSecrets(const config::GatewayConfig& config, Checkup& checkup);
void lookAtData(const config::GatewayConfig& config, bool running, Checkup& checkup);
void lookAtSpoolFile(const config::GatewayConfig& config, bool running, Checkup& checkup);
/// Whom the gateway that runs refuses, and why.
void lookAtRefusing(const config::GatewayConfig& config, Checkup& checkup);
/// How large the history of the gateway that runs will be.
void lookAtHistory(const config::GatewayConfig& config, Checkup& checkup);
/// `history` is that of the status; `free`: bytes on its disk.
void judgeHistory(const config::HistorySettings& settings, std::string_view history,
                  std::uint64_t free, Checkup& checkup);
void lookAtRedis(const config::GatewayConfig& config, bool running, Checkup& checkup);
/// The PostgreSQL that keeps the history, where one does.
void lookAtHistoryServer(const config::GatewayConfig& config, Checkup& checkup);
/// The managed Redis' program and file.
void lookAtOwnRedis(const config::GatewayConfig& config, Checkup& checkup);
void lookAtPeers(const config::GatewayConfig& config, const setup::AdapterSet& adapters,
                 Checkup& checkup);

/// What free space means for records; figures in bytes, `capacity` of the whole disk.
void judgeSpace(const std::filesystem::path& folder, std::uint64_t free, std::uint64_t capacity,
                Checkup& checkup);
/// What redis-check-aof's words mean; `manifest` is the file that it was given.
void judgeAppendOnlyFile(const std::filesystem::path& manifest, int exit, const std::string& words,
                         Checkup& checkup);

}  // namespace lianqiao::doctor
