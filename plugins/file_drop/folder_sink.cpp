#include "file_drop/folder_sink.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>

#include "file_drop/result_file.h"
#include "lianqiao/codes.h"
#include "lianqiao/digest.h"
#include "lianqiao/json.h"

namespace lianqiao::file_drop {

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kRemembered = 50'000;
constexpr std::size_t kKeyDigits = 32;

std::string keyOf(std::string_view idempotencyKey) {
  return hex(digest(Hash::sha256, idempotencyKey)).substr(0, kKeyDigits);
}

/// A record id is safe as a file name; nothing else that might stand there is.
std::string safeName(std::string_view id) {
  std::string name;
  for (const char c : id.substr(0, 64)) {
    const bool fine = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    name += fine ? c : '_';
  }
  return name;
}

void writeCsvField(std::string& out, std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    out += c;
    if (c == '"') out += c;
  }
  out += '"';
}

/// As in the result file: who opens the CSV in Excel must not run what a citizen wrote.
std::string defused(std::string_view text) {
  return (runsAsFormula(text) ? "'" : "") + std::string(text);
}

std::string cellText(const json::Value& value) {
  if (value.isString() || value.isNumber()) return std::string(value.text());
  return value.isNull() ? std::string() : json::write(value);
}

/// Columns in the order in which the batch's records first name them.
std::string csvOf(std::span<const Delivery* const> deliveries) {
  std::map<std::string_view, std::size_t> places;
  std::vector<std::string_view> columns;
  for (const Delivery* delivery : deliveries) {
    for (const json::Member& member : delivery->payload.members()) {
      if (places.try_emplace(member.name, columns.size()).second) columns.push_back(member.name);
    }
  }
  std::string out = "\xEF\xBB\xBF";
  for (std::size_t i = 0; i < columns.size(); ++i) {
    if (i > 0) out += ',';
    writeCsvField(out, defused(columns[i]));
  }
  out += "\r\n";
  for (const Delivery* delivery : deliveries) {
    for (std::size_t i = 0; i < columns.size(); ++i) {
      if (i > 0) out += ',';
      const json::Value* value = delivery->payload.find(columns[i]);
      if (value == nullptr) continue;
      const std::string text = cellText(*value);
      writeCsvField(out, value->isNumber() ? text : defused(text));
    }
    out += "\r\n";
  }
  return out;
}

}  // namespace

FolderSink::FolderSink(DropSettings settings, Host& host)
    : settings_(std::move(settings)), host_(host) {}

Outcome FolderSink::deliver(const Delivery& delivery, Deadline deadline) {
  return deliverBatch({&delivery, 1}, deadline).front();
}

Result<void> FolderSink::open() {
  if (opened_) return {};
  if (settings_.outputFolder.empty()) {
    return Error{std::string(codes::kConfig),
                 "records go to this peer, but its output_folder is not set"};
  }
  if (auto made = makeFolder(settings_.outputFolder); !made) return made;
  const fs::path path = host_.dataDirectory() / "delivered.log";
  files_.clear();
  order_.clear();
  logLines_ = 0;
  auto log = openForAppending(path);
  if (!log) return log.error();
  log_ = std::move(*log);
  if (auto loaded = load(path); !loaded) return loaded;
  opened_ = true;
  return {};
}

Result<void> FolderSink::load(const fs::path& path) {
  const auto size = sizeOf(log_);
  if (!size) return size.error();
  std::string text(static_cast<std::size_t>(*size), '\0');
  auto n = readAt(log_, 0, text);
  if (!n) return n.error();
  text.resize(*n);
  // A line cut off by a crash was never followed by its file.
  const std::size_t whole = text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1;
  if (whole < text.size() && ::ftruncate(log_.get(), static_cast<off_t>(whole)) != 0) {
    return fileError("cannot mend", path, errno);
  }
  for (std::size_t at = 0; at < whole;) {
    const std::size_t end = text.find('\n', at);
    const std::string_view line = std::string_view(text).substr(at, end - at);
    if (line.size() > kKeyDigits + 1) {
      remember(std::string(line.substr(0, kKeyDigits)), std::string(line.substr(kKeyDigits + 1)));
      ++logLines_;
    }
    at = end + 1;
  }
  return {};
}

void FolderSink::remember(std::string key, std::string file) {
  if (!files_.insert_or_assign(key, std::move(file)).second) return;
  order_.push_back(std::move(key));
  if (order_.size() <= kRemembered) return;
  files_.erase(order_.front());
  order_.pop_front();
}

Result<void> FolderSink::compact() {
  if (logLines_ < 2 * kRemembered) return {};
  const fs::path path = host_.dataDirectory() / "delivered.log";
  fs::path next = path;
  next += ".new";
  ::unlink(next.c_str());
  auto file = openForAppending(next);
  if (!file) return file.error();
  std::string lines;
  for (const std::string& key : order_) lines += key + " " + files_[key] + "\n";
  if (auto written = writeAll(*file, lines, next); !written) return written;
  if (auto synced = syncFile(*file, next); !synced) return synced;
  if (::rename(next.c_str(), path.c_str()) != 0) return fileError("cannot replace", path, errno);
  log_ = std::move(*file);
  logLines_ = order_.size();
  return syncFolder(host_.dataDirectory());
}

/// True when `file`, once noted, did reach its place; one that was only ready is put there now.
Result<bool> FolderSink::settle(const std::string& file) {
  const fs::path ready = settings_.outputFolder / ("." + file + ".part");
  std::error_code failed;
  if (!fs::is_directory(settings_.outputFolder, failed)) {
    return fileError("cannot find the folder", settings_.outputFolder, ENOENT);
  }
  if (!fs::exists(ready, failed)) return true;
  if (::rename(ready.c_str(), (settings_.outputFolder / file).c_str()) != 0) {
    return fileError("cannot put in place", settings_.outputFolder / file, errno);
  }
  if (auto synced = syncFolder(settings_.outputFolder); !synced) return synced.error();
  return true;
}

std::string FolderSink::content(std::span<const Delivery* const> deliveries) const {
  if (settings_.outputCsv) return csvOf(deliveries);
  std::string text;
  for (const Delivery* delivery : deliveries) {
    text += delivery->payloadText;
    text += '\n';
  }
  return text;
}

Result<std::string> FolderSink::write(std::span<const Delivery* const> deliveries) {
  std::vector<std::string> keys;
  std::string joined;
  for (const Delivery* delivery : deliveries) {
    keys.push_back(keyOf(delivery->idempotencyKey));
    joined += keys.back();
  }
  const std::string file = safeName(deliveries.front()->recordId) + "-" +
                           keyOf(joined).substr(0, 8) + (settings_.outputCsv ? ".csv" : ".jsonl");
  const fs::path ready = settings_.outputFolder / ("." + file + ".part");
  ::unlink(ready.c_str());
  const auto prepared = [&]() -> Result<void> {
    auto created = createNew(ready);
    if (!created) return created.error();
    if (auto written = writeAll(*created, content(deliveries), ready); !written) return written;
    if (auto synced = syncFile(*created, ready); !synced) return synced;
    return syncFolder(settings_.outputFolder);
  }();
  if (!prepared) {
    ::unlink(ready.c_str());
    return prepared.error();
  }
  std::string lines;
  for (const std::string& key : keys) lines += key + " " + file + "\n";
  const auto before = sizeOf(log_);
  if (!before) return before.error();
  auto noted = writeAll(log_, lines, host_.dataDirectory());
  if (noted) noted = syncFile(log_, host_.dataDirectory());
  if (!noted) {
    ::unlink(ready.c_str());
    if (::ftruncate(log_.get(), static_cast<off_t>(*before)) != 0) opened_ = false;
    return noted.error();
  }
  for (std::string& key : keys) remember(std::move(key), file);
  logLines_ += keys.size();
  if (auto settled = settle(file); !settled) return settled.error();
  return file;
}

std::vector<Outcome> FolderSink::deliverBatch(std::span<const Delivery> deliveries, Deadline) {
  const std::lock_guard lock(mutex_);
  std::vector<Outcome> outcomes(deliveries.size());
  const auto failAll = [&](const Error& error) {
    for (Outcome& outcome : outcomes) {
      if (!outcome.code.empty() || outcome.verdict == Verdict::delivered) continue;
      const Verdict verdict = error.code == codes::kConfig ? Verdict::refused : Verdict::retry;
      outcome = Outcome::failed(verdict, error.code, error.detail);
    }
  };
  auto ready = open();
  if (ready) ready = compact();
  if (!ready) {
    failAll(ready.error());
    return outcomes;
  }
  std::vector<const Delivery*> fresh;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < deliveries.size(); ++i) {
    const auto known = files_.find(keyOf(deliveries[i].idempotencyKey));
    if (known == files_.end()) {
      fresh.push_back(&deliveries[i]);
      places.push_back(i);
      continue;
    }
    auto settled = settle(known->second);
    outcomes[i] =
        settled ? Outcome::delivered(known->second)
                : Outcome::failed(Verdict::retry, settled.error().code, settled.error().detail);
  }
  if (fresh.empty()) return outcomes;
  auto file = write(fresh);
  if (!file) {
    failAll(file.error());
    return outcomes;
  }
  host_.count("files_written");
  for (const std::size_t place : places) outcomes[place] = Outcome::delivered(*file);
  return outcomes;
}

Result<void> FolderSink::probe(Deadline) {
  const std::lock_guard lock(mutex_);
  if (auto ready = open(); !ready) return ready;
  const fs::path trial = settings_.outputFolder / (".probe-" + host_.nonce(8));
  auto file = createNew(trial);
  if (!file) return file.error();
  auto written = writeAll(*file, "probe", trial);
  ::unlink(trial.c_str());
  return written;
}

}  // namespace lianqiao::file_drop
