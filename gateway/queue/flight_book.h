#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/mutex.h"
#include "queue/log.h"
#include "queue/work_queue.h"

namespace lianqiao::queue {

/// Which deliveries are with an adapter right now, in a file mapped into memory: it outlives the
/// process however that ends, and an entry costs no system call. So the next start knows exactly
/// what was in flight when the process died, and what merely waited in its hands. After a start of
/// the machine the file tells nothing: that was no adapter's doing.
///
/// At most kSlots deliveries are noted, more go unnoted (they then get no strikes). One process has
/// the file (flock), as long as it lives. Thread-safe.
class FlightBook {
 public:
  static constexpr std::size_t kSlots = 4096;
  struct Flight {
    std::string peer;
    std::string recordId;
    std::string token;
  };

  /// The book of this node in `folder`. Without one (no rights, disk full, another process has it)
  /// the queue works all the same, but nothing gets strikes: logged, and a book that notes nothing.
  FlightBook(const std::filesystem::path& folder, std::string_view node, const Log& log);
  ~FlightBook();
  FlightBook(const FlightBook&) = delete;
  FlightBook& operator=(const FlightBook&) = delete;

  /// What was in flight when the former process died.
  [[nodiscard]] const std::vector<Flight>& former() const { return former_; }
  /// Its strikes are written down: the next process need not.
  void forgetFormer();

  /// Idempotent. `lease.era` is remembered.
  void begin(const Lease& lease);
  void end(const Lease& lease);
  /// The era in which that attempt began, while it is under way.
  [[nodiscard]] std::optional<std::uint64_t> eraOf(std::string_view peer, std::string_view recordId,
                                                   std::string_view token) const;

 private:
  struct Slot;
  struct Page;
  struct Place {
    std::size_t slot = 0;
    std::uint64_t era = 0;
  };

  Result<void> map(const std::filesystem::path& file);
  void readFormer();

  int file_ = -1;
  Page* page_ = nullptr;
  std::vector<Flight> former_;
  mutable base::Mutex mutex_;
  std::unordered_map<std::string, Place> places_ LIANQIAO_GUARDED_BY(mutex_);
  std::vector<std::size_t> free_ LIANQIAO_GUARDED_BY(mutex_);
};

}  // namespace lianqiao::queue
