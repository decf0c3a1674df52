#pragma once

#include <chrono>
#include <cstddef>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lianqiao/http.h"
#include "lianqiao/result.h"

namespace lianqiao {

using WallTime = std::chrono::sys_time<std::chrono::milliseconds>;
using Deadline = std::chrono::steady_clock::time_point;

/// What one inbound mapping of the peer reads at the top of an item: the names by which an adapter
/// knows the header of a table.
struct ItemShape {
  std::vector<std::string> names;  ///< Members that it reads, each once.
  /// Of each group one member must be there: without it the mapping makes no record.
  std::vector<std::vector<std::string>> needed;
};

enum class LogLevel { debug, info, warning, error };

/// What an adapter may ask of the gateway. One per peer; outlives every role made with it.
/// Thread-safe. An adapter opens no listener, keeps no retry loop and reads the steady clock alone.
class Host {
 public:
  virtual ~Host() = default;

  /// Not for one line per record: count instead. Must not contain personal data or secrets.
  virtual void log(LogLevel level, std::string_view message) = 0;
  /// Adds to lianqiao_adapter_events_total{peer=…,name=…}; `name` is lower_snake out of a fixed
  /// set.
  virtual void count(std::string_view name, std::uint64_t n = 1) = 0;

  [[nodiscard]] virtual WallTime now() const = 0;
  /// `bytes` random bytes as lower-case hex.
  virtual std::string nonce(std::size_t bytes) = 0;

  /// Sends over the peer's connections. A whole answer of any status is a value; fails with
  /// deliver.connect, deliver.tls, deliver.timeout (total time, not per read) or deliver.protocol
  /// (truncated, too long, 1xx as final), or with deliver.refused where the outbound proxy does not
  /// let us through or what is truncated is a 401 or 403. Whether the peer saw a failed call is
  /// unknown.
  virtual Result<HttpResponse> send(const HttpCall& call, Deadline deadline) = 0;

  /// One for each inbound mapping of the peer, in its order, as of now: a reload may change them.
  /// Empty where the mappings are not known.
  [[nodiscard]] virtual std::vector<ItemShape> itemShapes() const { return {}; }

  /// What the roles of this peer have in common, such as the connection that a session keeps and a
  /// sink sends over: made for the first factory that asks, it ends after the roles that hold it.
  /// For factories alone. REQUIRES: an adapter asks for one type only.
  template <typename T>
  std::shared_ptr<T> common() {
    if (common_ == nullptr) common_ = std::make_shared<T>();
    return std::static_pointer_cast<T>(common_);
  }

  /// A folder of this peer's own, existing and writable.
  [[nodiscard]] virtual const std::filesystem::path& dataDirectory() const = 0;
  /// True once the gateway stops; long work returns early.
  [[nodiscard]] virtual bool stopRequested() const = 0;

 private:
  std::shared_ptr<void> common_;
};

}  // namespace lianqiao
