#include "crash/flight_book.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <set>

#include "lianqiao/codes.h"

namespace lianqiao::crash {
namespace {

constexpr std::array<char, 8> kMagic = {'L', 'Q', 'F', 'L', 'I', 'G', 'H', '2'};
constexpr std::size_t kTextBytes = 500;
constexpr std::uint32_t kBeingWritten = 0xffffffff;
constexpr std::size_t kMostTries = 1024;
constexpr std::size_t kSlotsOfThread = 61;

std::array<char, 40> bootId() {
  std::array<char, 40> id{};
  std::ifstream("/proc/sys/kernel/random/boot_id").read(id.data(), id.size() - 1);
  return id;
}

}  // namespace

/// Whoever raises `size` from 0 to kBeingWritten has the slot; the true size is written last, so a
/// process that dies in between leaves no half one.
struct FlightBook::Slot {
  std::atomic<std::uint32_t> size;  ///< 0 = free.
  char text[kTextBytes];            ///< The kind; then peer, id and token, a line each.
};

struct FlightBook::Page {
  std::array<char, 8> magic;
  std::array<char, 40> boot;
  Slot slots[kSlots];
};

FlightBook::FlightBook(const std::filesystem::path& folder, std::string_view node,
                       const base::LogLine& log) {
  if (folder.empty()) return;
  std::string name(node);
  for (char& c : name)
    if (c == '/' || c == ' ') c = '_';
  const std::filesystem::path file = folder / ("flights-" + name);
  if (Result<void> mapped = map(file); !mapped.ok()) {
    log(LogLevel::warning,
        "no strikes are counted, so a record that ends the process again and again stays: " +
            mapped.error().detail);
    return;
  }
  readFormer();
}

FlightBook::~FlightBook() {
  if (page_ != nullptr) ::munmap(page_, sizeof(Page));
  if (file_ >= 0) ::close(file_);
}

Result<void> FlightBook::map(const std::filesystem::path& file) {
  const auto failed = [&file](const char* what) {
    return Error{codes::kQueueUnsafe, file.string() + " " + what + ": " + std::strerror(errno)};
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
  const bool ours = page_->magic == kMagic && page_->boot == bootId();
  for (Slot& slot : page_->slots) {
    const std::size_t size = ours ? slot.size.load() : 0;
    const std::string_view text(slot.text, size > kTextBytes ? 0 : size);
    const std::size_t first = text.find('\n');
    const std::size_t second = text.find('\n', first + 1);
    if (first == std::string_view::npos || second == std::string_view::npos) {
      slot.size = 0;
      continue;
    }
    former_.push_back({static_cast<Kind>(text.front()),
                       &slot,
                       {std::string(text.substr(1, first - 1)),
                        std::string(text.substr(first + 1, second - first - 1)),
                        std::string(text.substr(second + 1))}});
  }
  page_->boot = bootId();
  page_->magic = kMagic;
}

std::vector<FlightBook::Flight> FlightBook::former(Kind kind) const {
  std::vector<Flight> found;
  for (const Former& one : former_)
    if (one.kind == kind) found.push_back(one.flight);
  return found;
}

void FlightBook::forgetFormer(Kind kind) {
  std::erase_if(former_, [kind](const Former& one) {
    if (one.kind != kind) return false;
    one.slot->size = 0;
    return true;
  });
}

void FlightBook::beginStop() {
  stopping_ = true;
  if (page_ == nullptr) return;
  std::set<const Slot*> kept;
  for (const Former& one : former_) kept.insert(one.slot);
  for (Slot& slot : page_->slots) {
    // What is being written now, its writer takes out again.
    if (!kept.contains(&slot) && slot.size != kBeingWritten) slot.size = 0;
  }
}

FlightBook::Mark FlightBook::note(Kind kind, std::string_view peer, std::string_view id,
                                  std::string_view token) {
  const std::size_t size = 1 + peer.size() + 1 + id.size() + 1 + token.size();
  if (page_ == nullptr || size > kTextBytes || stopping_) return {};
  // Each thread begins where it found room last: mostly the slot that it has just freed.
  static std::atomic<std::size_t> threads{0};
  thread_local std::size_t place = threads++ * kSlotsOfThread;
  for (std::size_t tries = 0; tries < kMostTries; ++tries, ++place) {
    Slot& slot = page_->slots[place % kSlots];
    std::uint32_t free = 0;
    if (slot.size.load(std::memory_order_relaxed) != 0 ||
        !slot.size.compare_exchange_strong(free, kBeingWritten, std::memory_order_acquire)) {
      continue;
    }
    char* at = slot.text;
    const auto write = [&at](std::string_view text) {
      at = std::copy(text.begin(), text.end(), at);
    };
    *at++ = static_cast<char>(kind);
    write(peer);
    *at++ = '\n';
    write(id);
    *at++ = '\n';
    write(token);
    slot.size = static_cast<std::uint32_t>(size);
    Mark mark(slot.size);
    // In one order with beginStop: either it sees this note, or this sees that it has begun.
    if (stopping_) mark.end();
    return mark;
  }
  return {};
}

}  // namespace lianqiao::crash
