#include "crash/strike_book.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <set>

#include "lianqiao/codes.h"

namespace lianqiao::crash {
namespace {

constexpr std::string_view kHead = "lianqiao strikes 1";

WallTime wallOf(std::int64_t ms) { return WallTime(std::chrono::milliseconds(ms)); }

std::string lineOf(const StrikeBook::Entry& entry) {
  char text[80];
  const int size = std::snprintf(
      text, sizeof text, "%016" PRIx64 " %d %" PRId64 " %c ", entry.key, entry.strikes,
      static_cast<std::int64_t>(entry.last.time_since_epoch().count()), entry.poll ? 'p' : 'r');
  return std::string(text, static_cast<std::size_t>(size)) + entry.peer + "\n";
}

/// False with errno.
bool writeSynced(const std::filesystem::path& file, std::string_view text) {
  const int out = ::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (out < 0) return false;
  bool written = true;
  while (written && !text.empty()) {
    const ssize_t size = ::write(out, text.data(), text.size());
    if (size < 0 && errno == EINTR) continue;
    written = size > 0;
    if (written) text.remove_prefix(static_cast<std::size_t>(size));
  }
  written = written && ::fsync(out) == 0;
  const int error = errno;
  ::close(out);
  errno = error;
  return written;
}

bool syncFolder(const std::filesystem::path& folder) {
  const int opened = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (opened < 0) return false;
  const bool synced = ::fsync(opened) == 0;
  ::close(opened);
  return synced;
}

/// Takes a number and the blank behind it off `text`; false when they are not there.
template <typename Number>
bool takeNumber(std::string_view& text, Number& number, int base) {
  const char* const past = text.data() + text.size();
  const auto [end, failed] = std::from_chars(text.data(), past, number, base);
  if (failed != std::errc() || end == past || *end != ' ') return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()) + 1);
  return true;
}

}  // namespace

StrikeBook::StrikeBook(std::filesystem::path file, Log log, Rule rule)
    : file_(std::move(file)), log_(std::move(log)), rule_(rule) {
  read();
}

void StrikeBook::read() {
  std::ifstream in(file_, std::ios::binary);
  std::string line;
  if (!in || !std::getline(in, line)) return;
  bool whole = line == kHead;
  const base::Lock lock(mutex_);
  while (whole && std::getline(in, line)) whole = readLine(line);
  dropBeyondBound();
  size_ = entries_.size();
  if (!whole) {
    log_(LogLevel::warning, file_.string() +
                                " cannot be read to its end; strikes of requests and polls that "
                                "ended the process are counted anew.");
  }
}

bool StrikeBook::readLine(const std::string& line) {
  Entry entry;
  std::int64_t last = 0;
  std::string_view rest = line;
  if (!takeNumber(rest, entry.key, 16) || !takeNumber(rest, entry.strikes, 10) ||
      !takeNumber(rest, last, 10))
    return false;
  if (entry.strikes < 1 || (!rest.starts_with("p ") && !rest.starts_with("r "))) return false;
  entry.last = wallOf(last);
  entry.poll = rest.front() == 'p';
  entry.peer = rest.substr(2);
  entries_[entry.key] = std::move(entry);
  return true;
}

Result<void> StrikeBook::add(const std::vector<Entry>& hit, WallTime now,
                             std::vector<Entry>& standing) {
  {
    const base::Lock lock(mutex_);
    std::set<std::uint64_t> counted;
    for (const Entry& one : hit) {
      if (!counted.insert(one.key).second) continue;
      Entry& entry = entries_[one.key];
      const bool lapsed =
          rule_.within.count() > 0 && entry.strikes < rule_.out && now - entry.last > rule_.within;
      const int strikes = lapsed ? 1 : std::min(entry.strikes + 1, rule_.out);
      entry = {one.key, strikes, now, one.poll, one.peer};
      standing.push_back(entry);
    }
    dropBeyondBound();
    size_ = entries_.size();
  }
  return write();
}

std::optional<StrikeBook::Entry> StrikeBook::find(std::uint64_t key) const {
  if (size_.load(std::memory_order_relaxed) == 0) return std::nullopt;
  const base::Lock lock(mutex_);
  const auto found = entries_.find(key);
  if (found == entries_.end()) return std::nullopt;
  return found->second;
}

void StrikeBook::clear(std::uint64_t key) {
  {
    const base::Lock lock(mutex_);
    if (entries_.erase(key) == 0) return;
    size_ = entries_.size();
  }
  writeOrTell();
}

std::size_t StrikeBook::forgive(std::string_view peer) {
  std::size_t forgiven = 0;
  {
    const base::Lock lock(mutex_);
    for (auto& [key, entry] : entries_) {
      if (entry.peer != peer || entry.strikes < rule_.out) continue;
      entry.strikes = rule_.out - 1;
      ++forgiven;
    }
  }
  if (forgiven > 0) writeOrTell();
  return forgiven;
}

void StrikeBook::dropBeyondBound() {
  if (entries_.size() <= kMost) return;
  std::vector<const Entry*> order;
  for (const auto& [key, entry] : entries_) order.push_back(&entry);
  std::sort(order.begin(), order.end(), [](const Entry* a, const Entry* b) {
    return std::pair(a->strikes, a->last) < std::pair(b->strikes, b->last);
  });
  order.resize(entries_.size() - kMost);
  for (const Entry* entry : order) entries_.erase(std::uint64_t{entry->key});
}

std::string StrikeBook::text() const {
  std::string text = std::string(kHead) + "\n";
  const base::Lock lock(mutex_);
  for (const auto& [key, entry] : entries_) text += lineOf(entry);
  return text;
}

Result<void> StrikeBook::write() {
  const base::Lock lock(writing_);
  const std::filesystem::path fresh = file_.string() + ".new";
  if (!writeSynced(fresh, text()) || std::rename(fresh.c_str(), file_.c_str()) != 0) {
    return Error{codes::kConfig, file_.string() + " cannot be written: " + std::strerror(errno)};
  }
  // It is in place: as an Error it would be counted a second time at the next start.
  if (!syncFolder(file_.parent_path())) {
    log_(LogLevel::warning, "The folder of " + file_.string() +
                                " cannot be synced, so a loss of power may take strikes back: " +
                                std::strerror(errno));
  }
  return {};
}

void StrikeBook::writeOrTell() {
  if (const auto written = write(); !written) log_(LogLevel::warning, written.error().detail);
}

}  // namespace lianqiao::crash
