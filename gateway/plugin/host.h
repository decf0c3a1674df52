#pragma once

#include <filesystem>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "lianqiao/host.h"

namespace lianqiao::plugin {

/// What the gateway lends one peer. Every function is set, thread-safe and outlives the PeerHost.
struct PeerServices {
  std::function<Result<HttpResponse>(const HttpCall&, Deadline)> send;
  std::function<void(LogLevel, std::string_view message)> log;
  std::function<void(std::string_view counter, std::uint64_t n)> count;
  std::function<std::string(std::size_t bytes)> nonce;
  std::function<bool()> stopRequested;
  std::function<std::vector<ItemShape>()> itemShapes;
  const base::Clock* clock = nullptr;
  std::filesystem::path dataDirectory;  ///< Existing and writable.
};

/// The Host of one peer over those services. Holds the adapter to the contract: a counter's name is
/// lower_snake and out of at most 32 (others are dropped and logged once, since each becomes a
/// metric), a log message is one line of at most 500 bytes, and a deadline that has passed sends
/// nothing. Thread-safe.
class PeerHost final : public Host {
 public:
  explicit PeerHost(PeerServices services) : services_(std::move(services)) {}

  void log(LogLevel level, std::string_view message) override;
  void count(std::string_view name, std::uint64_t n) override;
  [[nodiscard]] WallTime now() const override { return services_.clock->wall(); }
  std::string nonce(std::size_t bytes) override { return services_.nonce(bytes); }
  Result<HttpResponse> send(const HttpCall& call, Deadline deadline) override;
  [[nodiscard]] std::vector<ItemShape> itemShapes() const override {
    return services_.itemShapes();
  }
  [[nodiscard]] const std::filesystem::path& dataDirectory() const override {
    return services_.dataDirectory;
  }
  [[nodiscard]] bool stopRequested() const override { return services_.stopRequested(); }

 private:
  [[nodiscard]] bool mayCount(std::string_view name);

  const PeerServices services_;
  base::Mutex mutex_;
  std::set<std::string, std::less<>> counters_ LIANQIAO_GUARDED_BY(mutex_);
  bool complained_ LIANQIAO_GUARDED_BY(mutex_) = false;
};

}  // namespace lianqiao::plugin
