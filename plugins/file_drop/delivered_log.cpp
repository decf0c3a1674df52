#include "file_drop/delivered_log.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "lianqiao/digest.h"

namespace lianqiao::file_drop {

namespace {

constexpr std::size_t kRemembered = 50'000;
/// A key stands there twice, once ready and once in its place.
constexpr std::size_t kMostNoted = 4 * kRemembered;
constexpr std::size_t kKeyDigits = 32;
constexpr std::string_view kLog = "delivered.log";
constexpr std::string_view kReady = "ready ";

std::string_view takeWord(std::string_view& text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

}  // namespace

std::string DeliveredLog::keyOf(std::string_view idempotencyKey) {
  return hex(digest(Hash::sha256, idempotencyKey)).substr(0, kKeyDigits);
}

Result<void> DeliveredLog::open(Folder own) {
  own_ = std::move(own);
  files_.clear();
  order_.clear();
  ready_.clear();
  noted_ = 0;
  auto log = own_.append(std::string(kLog));
  if (!log) return log.error();
  log_ = std::move(*log);
  return load();
}

Result<void> DeliveredLog::load() {
  const auto size = sizeOf(log_);
  if (!size) return size.error();
  std::string text(static_cast<std::size_t>(*size), '\0');
  auto n = readAt(log_, 0, text);
  if (!n) return n.error();
  text.resize(*n);
  // A line cut off by a crash was never followed by its step.
  const std::size_t whole = text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1;
  if (whole < text.size() && ::ftruncate(log_.get(), static_cast<off_t>(whole)) != 0)
    return fileError("cannot mend", own_.path() / kLog, errno);
  for (std::size_t at = 0; at < whole;) {
    const std::size_t end = text.find('\n', at);
    take(std::string_view(text).substr(at, end - at));
    at = end + 1;
  }
  return {};
}

void DeliveredLog::take(std::string_view line) {
  if (line.starts_with(kReady)) return takeReady(line.substr(kReady.size()));
  if (line.size() <= kKeyDigits + 1) return;
  const std::string key(line.substr(0, kKeyDigits));
  ready_.erase(fileOf(key));
  remember(key, std::string(line.substr(kKeyDigits + 1)));
}

void DeliveredLog::takeReady(std::string_view line) {
  Ready ready;
  ready.digest = takeWord(line);
  const std::string_view bytes = takeWord(line);
  std::from_chars(bytes.data(), bytes.data() + bytes.size(), ready.bytes);
  const std::string file(takeWord(line));
  while (!line.empty()) {
    ready.keys.emplace_back(takeWord(line));
    remember(ready.keys.back(), file);
  }
  ready_[file] = std::move(ready);
}

void DeliveredLog::remember(const std::string& key, const std::string& file) {
  ++noted_;
  if (!files_.insert_or_assign(key, file).second) return;
  order_.push_back(key);
  if (order_.size() <= kRemembered) return;
  const auto oldest = ready_.find(fileOf(order_.front()));
  files_.erase(order_.front());
  order_.pop_front();
  if (oldest == ready_.end()) return;
  // The others of that file must not pass for delivered because it is not known as ready.
  const Ready waiting = std::move(oldest->second);
  forget(std::string(oldest->first), waiting.keys);
}

std::string DeliveredLog::fileOf(const std::string& key) const {
  const auto found = files_.find(key);
  return found == files_.end() ? std::string() : found->second;
}

std::vector<std::string> DeliveredLog::keysOf(const std::string& file) const {
  std::vector<std::string> keys;
  for (const auto& [key, where] : files_)
    if (where == file) keys.push_back(key);
  return keys;
}

const DeliveredLog::Ready* DeliveredLog::ready(const std::string& file) const {
  const auto found = ready_.find(file);
  return found == ready_.end() ? nullptr : &found->second;
}

/// Without those that stand in another file by now.
std::string DeliveredLog::readyLine(const std::string& file, const Ready& ready) const {
  std::string line =
      std::string(kReady) + ready.digest + " " + std::to_string(ready.bytes) + " " + file;
  for (const std::string& key : ready.keys) {
    if (fileOf(key) == file) line += " " + key;
  }
  return line + "\n";
}

Result<void> DeliveredLog::append(std::string_view lines) {
  const auto before = sizeOf(log_);
  if (!before) return before.error();
  auto written = writeAll(log_, lines, own_.path() / kLog);
  if (written) written = syncFile(log_, own_.path() / kLog);
  // Half a line would spoil the next one.
  if (!written && ::ftruncate(log_.get(), static_cast<off_t>(*before)) != 0)
    return fileError("cannot mend", own_.path() / kLog, errno);
  return written;
}

Result<void> DeliveredLog::noteReady(const std::string& file, Ready ready) {
  if (auto compacted = compact(); !compacted) return compacted;
  for (const std::string& key : ready.keys) remember(key, file);
  if (auto appended = append(readyLine(file, ready)); !appended) {
    forget(file, ready.keys);
    return appended;
  }
  ready_[file] = std::move(ready);
  return {};
}

Result<void> DeliveredLog::notePlaced(const std::string& file, std::span<const std::string> keys,
                                      const std::string& name) {
  std::string lines;
  for (const std::string& key : keys) {
    if (fileOf(key) == file) lines += key + " " + name + "\n";
  }
  auto noted = append(lines);
  for (const std::string& key : keys) {
    if (fileOf(key) == file) remember(key, name);
  }
  ready_.erase(file);
  return noted;
}

void DeliveredLog::forget(const std::string& file, std::span<const std::string> keys) {
  for (const std::string& key : keys) {
    const auto found = files_.find(key);
    if (found != files_.end() && found->second == file) found->second.clear();
  }
  ready_.erase(file);
}

Result<void> DeliveredLog::compact() {
  if (noted_ < kMostNoted) return {};
  const std::string next = std::string(kLog) + ".new";
  own_.remove(next);
  auto file = own_.append(next);
  if (!file) return file.error();
  std::string lines;
  std::size_t noted = 0;
  for (const std::string& key : order_) {
    const std::string& where = files_[key];
    if (where.empty()) continue;
    ++noted;
    if (ready_.contains(where)) continue;
    lines += key + " " + where + "\n";
  }
  for (const auto& [name, ready] : ready_) lines += readyLine(name, ready);
  const std::filesystem::path path = own_.path() / next;
  if (auto written = writeAll(*file, lines, path); !written) return written;
  if (auto synced = syncFile(*file, path); !synced) return synced;
  if (auto replaced = own_.replace(next, std::string(kLog)); !replaced) return replaced;
  log_ = std::move(*file);
  noted_ = noted;
  return own_.sync();
}

}  // namespace lianqiao::file_drop
