#include "queue/flight_book.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <numeric>

#include "lianqiao/codes.h"
#include "queue/lease_token.h"

namespace lianqiao::queue {
namespace {

constexpr std::array<char, 8> kMagic = {'L', 'Q', 'F', 'L', 'I', 'G', 'H', '1'};
constexpr std::size_t kTextBytes = 500;

std::array<char, 40> bootId() {
  std::array<char, 40> id{};
  std::ifstream("/proc/sys/kernel/random/boot_id").read(id.data(), id.size() - 1);
  return id;
}

std::string nameOf(std::string_view peer, std::string_view recordId, std::string_view token) {
  std::string name;
  name.reserve(peer.size() + recordId.size() + token.size() + 2);
  return name.append(peer).append("\n").append(recordId).append("\n").append(token);
}

}  // namespace

/// `size` is written last and cleared first, so a process that dies in between leaves no half one.
struct FlightBook::Slot {
  std::atomic<std::uint32_t> size;  ///< 0 = free.
  char text[kTextBytes];            ///< Peer, record and token, a line each.
};

struct FlightBook::Page {
  std::array<char, 8> magic;
  std::array<char, 40> boot;
  Slot slots[kSlots];
};

FlightBook::FlightBook(const std::filesystem::path& folder, std::string_view node, const Log& log) {
  if (folder.empty()) return;
  std::string name = nodeName(node);
  for (char& c : name)
    if (c == '/') c = '_';
  const std::filesystem::path file = folder / ("flights-" + name);
  if (Result<void> mapped = map(file); !mapped.ok()) {
    log(LogLevel::warning, "no strikes are counted, so a record that ends the process again and again stays: " +
                               mapped.error().detail);
    return;
  }
  readFormer();
  const base::Lock lock(mutex_);
  free_.resize(kSlots);
  std::iota(free_.rbegin(), free_.rend(), std::size_t{0});
}

FlightBook::~FlightBook() {
  {
    // A clean stop strikes nothing.
    const base::Lock lock(mutex_);
    for (const auto& [name, place] : places_) page_->slots[place.slot].size = 0;
  }
  if (page_ != nullptr) ::munmap(page_, sizeof(Page));
  if (file_ >= 0) ::close(file_);
}

Result<void> FlightBook::map(const std::filesystem::path& file) {
  const auto failed = [&file](const char* what) {
    return Error{std::string(codes::kQueueUnsafe), file.string() + " " + what + ": " + std::strerror(errno)};
  };
  std::error_code ignored;
  std::filesystem::create_directories(file.parent_path(), ignored);
  file_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file_ < 0) return failed("cannot be opened");
  if (::flock(file_, LOCK_EX | LOCK_NB) != 0) return failed("is another process's");
  // Allocated, not only made long: a full disk must show here and not as SIGBUS later.
  if (const int error = ::posix_fallocate(file_, 0, sizeof(Page)); error != 0) {
    errno = error;
    return failed("cannot be made as large as needed");
  }
  void* page = ::mmap(nullptr, sizeof(Page), PROT_READ | PROT_WRITE, MAP_SHARED, file_, 0);
  if (page == MAP_FAILED) return failed("cannot be mapped");
  page_ = static_cast<Page*>(page);
  return {};
}

void FlightBook::readFormer() {
  if (page_->magic == kMagic && page_->boot == bootId()) {
    for (const Slot& slot : page_->slots) {
      const std::size_t size = slot.size;
      if (size == 0 || size > kTextBytes) continue;
      const std::string_view text(slot.text, size);
      const std::size_t first = text.find('\n');
      const std::size_t second = text.find('\n', first + 1);
      if (first == std::string_view::npos || second == std::string_view::npos) continue;
      former_.push_back({std::string(text.substr(0, first)),
                         std::string(text.substr(first + 1, second - first - 1)),
                         std::string(text.substr(second + 1))});
    }
    return;
  }
  forgetFormer();
}

void FlightBook::forgetFormer() {
  if (page_ == nullptr) return;
  for (Slot& slot : page_->slots) slot.size = 0;
  page_->boot = bootId();
  page_->magic = kMagic;
  former_.clear();
}

void FlightBook::begin(const Lease& lease) {
  if (page_ == nullptr) return;
  std::string name = nameOf(lease.peer, lease.recordId, lease.entry);
  if (name.size() > kTextBytes) return;
  const base::Lock lock(mutex_);
  if (free_.empty()) return;
  const auto [at, isNew] = places_.try_emplace(std::move(name), Place{free_.back(), lease.era});
  if (!isNew) return;
  free_.pop_back();
  Slot& slot = page_->slots[at->second.slot];
  std::memcpy(slot.text, at->first.data(), at->first.size());
  slot.size.store(static_cast<std::uint32_t>(at->first.size()), std::memory_order_release);
}

void FlightBook::end(const Lease& lease) {
  if (page_ == nullptr) return;
  const std::string name = nameOf(lease.peer, lease.recordId, lease.entry);
  const base::Lock lock(mutex_);
  const auto at = places_.find(name);
  if (at == places_.end()) return;
  page_->slots[at->second.slot].size.store(0, std::memory_order_release);
  free_.push_back(at->second.slot);
  places_.erase(at);
}

std::optional<std::uint64_t> FlightBook::eraOf(std::string_view peer, std::string_view recordId,
                                               std::string_view token) const {
  const std::string name = nameOf(peer, recordId, token);
  const base::Lock lock(mutex_);
  const auto at = places_.find(name);
  if (at == places_.end()) return std::nullopt;
  return at->second.era;
}

}  // namespace lianqiao::queue
