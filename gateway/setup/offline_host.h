#pragma once

#include <filesystem>
#include <vector>

#include "base/clock.h"
#include "lianqiao/host.h"

namespace lianqiao::setup {

/// The Host of commands that run without a gateway (`map`): has a temporary folder and a
/// clock, sends nothing. Thread-safe.
class OfflineHost final : public Host {
 public:
  explicit OfflineHost(const base::Clock& clock, std::vector<ItemShape> itemShapes = {});
  ~OfflineHost() override;

  void log(LogLevel level, std::string_view message) override;
  void count(std::string_view, std::uint64_t) override {}
  [[nodiscard]] WallTime now() const override { return clock_.wall(); }
  std::string nonce(std::size_t bytes) override;
  /// Always fails with deliver.connect.
  Result<HttpResponse> send(const HttpCall& call, Deadline deadline) override;
  [[nodiscard]] std::vector<ItemShape> itemShapes() const override { return itemShapes_; }
  [[nodiscard]] const std::filesystem::path& dataDirectory() const override { return folder_; }
  [[nodiscard]] bool stopRequested() const override { return false; }

 private:
  const base::Clock& clock_;
  const std::vector<ItemShape> itemShapes_;
  std::filesystem::path folder_;
};

/// `bytes` bytes of the machine's randomness as hex.
std::string randomHex(std::size_t bytes);

}  // namespace lianqiao::setup
