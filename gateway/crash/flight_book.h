#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/log_line.h"
#include "lianqiao/result.h"

namespace lianqiao::crash {

/// What is with an adapter right now, in a file mapped into memory: it outlives the process however
/// that ends, and a note costs no system call, no lock and no memory. So the next start knows
/// exactly what was in flight when the process died, and what merely waited in its hands. After a
/// start of the machine the file tells nothing: that was no adapter's doing.
///
/// One book for a node, of all kinds: deliveries are noted by the queue (queue/lease_flights.h),
/// which strikes the former ones in Redis; requests and polls by the CrashGuard, which strikes them
/// in a file (strike_book.h). Some thousand notes fit, more go unnoted (they then get no strikes).
/// One process has the file (flock), as long as it lives. Thread-safe, but former and forgetFormer
/// are for the start.
class FlightBook {
 public:
  static constexpr std::size_t kSlots = 4096;
  enum class Kind : char { delivery = 'd', request = 'r', poll = 'p' };
  struct Flight {
    std::string peer;
    std::string id;
    std::string token;
  };

  /// Keeps one note in the book until it ends. It may end on any thread, before its book does.
  class Mark {
   public:
    Mark() = default;
    Mark(Mark&& other) noexcept : size_(std::exchange(other.size_, nullptr)) {}
    Mark& operator=(Mark&& other) noexcept {
      end();
      size_ = std::exchange(other.size_, nullptr);
      return *this;
    }
    ~Mark() { end(); }
    void end() {
      if (size_ != nullptr) size_->store(0, std::memory_order_release);
      size_ = nullptr;
    }
    /// False: it went unnoted.
    [[nodiscard]] bool stands() const { return size_ != nullptr; }

   private:
    friend class FlightBook;
    explicit Mark(std::atomic<std::uint32_t>& size) : size_(&size) {}
    std::atomic<std::uint32_t>* size_ = nullptr;
  };

  /// The book of this node in `folder`. Without one (no rights, disk full, another process has it)
  /// all works the same, but nothing gets strikes: logged, and a book that notes nothing.
  FlightBook(const std::filesystem::path& folder, std::string_view node, const base::LogLine& log);
  ~FlightBook();
  FlightBook(const FlightBook&) = delete;
  FlightBook& operator=(const FlightBook&) = delete;

  /// What of that kind was in flight when the former process died.
  [[nodiscard]] std::vector<Flight> former(Kind kind) const;
  /// Their strikes are written down: the next process need not.
  void forgetFormer(Kind kind);
  /// From the beginning of a clean stop on, however it ends: what this process has noted is taken
  /// out of the file, and nothing more is noted. What is left of former processes stays.
  void beginStop();

  /// Peer and id hold no line end.
  [[nodiscard]] Mark note(Kind kind, std::string_view peer, std::string_view id,
                          std::string_view token);

 private:
  struct Slot;
  struct Page;
  struct Former {
    Kind kind;
    Slot* slot;
    Flight flight;
  };

  Result<void> map(const std::filesystem::path& file);
  void readFormer();

  int file_ = -1;
  Page* page_ = nullptr;
  std::atomic<bool> stopping_{false};
  std::vector<Former> former_;
};

}  // namespace lianqiao::crash
