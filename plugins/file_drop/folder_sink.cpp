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
constexpr std::string_view kLog = "delivered.log";

/// The name under which a file is written until it is whole.
std::string partOf(const std::string& file) { return "." + file + ".part"; }

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
  if (opened_ && output_.isStillAtItsPath()) return {};
  std::error_code failed;
  if (opened_ && !fs::is_directory(settings_.outputFolder, failed))
    return fileError("cannot find the folder", settings_.outputFolder, ENOENT);
  if (settings_.outputFolder.empty()) {
    return Error{std::string(codes::kConfig),
                 "records go to this peer, but its output_folder is not set"};
  }
  auto output = Folder::at(settings_.outputFolder);
  if (!output) return output.error();
  output_ = std::move(*output);
  if (opened_) return {};
  auto own = Folder::at(host_.dataDirectory());
  if (!own) return own.error();
  own_ = std::move(*own);
  files_.clear();
  order_.clear();
  logLines_ = 0;
  auto log = own_.append(std::string(kLog));
  if (!log) return log.error();
  log_ = std::move(*log);
  if (auto loaded = load(); !loaded) return loaded;
  opened_ = true;
  return {};
}

Result<void> FolderSink::load() {
  const auto size = sizeOf(log_);
  if (!size) return size.error();
  std::string text(static_cast<std::size_t>(*size), '\0');
  auto n = readAt(log_, 0, text);
  if (!n) return n.error();
  text.resize(*n);
  // A line cut off by a crash was never followed by its file.
  const std::size_t whole = text.rfind('\n') == std::string::npos ? 0 : text.rfind('\n') + 1;
  if (whole < text.size() && ::ftruncate(log_.get(), static_cast<off_t>(whole)) != 0) {
    return fileError("cannot mend", own_.path() / kLog, errno);
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
  const std::string next = std::string(kLog) + ".new";
  own_.remove(next);
  auto file = own_.append(next);
  if (!file) return file.error();
  std::string lines;
  for (const std::string& key : order_) lines += key + " " + files_[key] + "\n";
  const fs::path path = own_.path() / next;
  if (auto written = writeAll(*file, lines, path); !written) return written;
  if (auto synced = syncFile(*file, path); !synced) return synced;
  if (auto replaced = own_.replace(next, std::string(kLog)); !replaced) return replaced;
  log_ = std::move(*file);
  logLines_ = order_.size();
  return own_.sync();
}

Result<void> FolderSink::settle(const std::string& file) {
  const std::string ready = partOf(file);
  const auto state = output_.look(ready);
  if (!state) return state.error();
  if (!*state) return {};
  if (!(*state)->isFile() || (*state)->owner != ::geteuid()) {
    return Error{std::string(codes::kConnect),
                 displayName(output_.path() / ready) +
                     " is not what the gateway wrote; take it away, and the records are written "
                     "again"};
  }
  auto moved = output_.move(ready, output_, file, fs::path(file).extension().native());
  if (!moved) return moved.error();
  return output_.sync();
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

Result<void> FolderSink::prepare(const std::string& name, std::string_view bytes) {
  output_.remove(name);
  auto file = output_.create(name);
  if (!file) return file.error();
  const fs::path path = output_.path() / name;
  if (auto set = setMode(*file, settings_.outputMode, path); !set) return set;
  if (auto written = writeAll(*file, bytes, path); !written) return written;
  if (auto synced = syncFile(*file, path); !synced) return synced;
  return output_.sync();
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
  if (auto prepared = prepare(partOf(file), content(deliveries)); !prepared) {
    output_.remove(partOf(file));
    return prepared.error();
  }
  std::string lines;
  for (const std::string& key : keys) lines += key + " " + file + "\n";
  const auto before = sizeOf(log_);
  if (!before) return before.error();
  auto noted = writeAll(log_, lines, host_.dataDirectory());
  if (noted) noted = syncFile(log_, host_.dataDirectory());
  if (!noted) {
    output_.remove(partOf(file));
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
  const std::string trial = ".probe-" + host_.nonce(8);
  auto file = output_.create(trial);
  if (!file) return file.error();
  auto written = writeAll(*file, "probe", output_.path() / trial);
  output_.remove(trial);
  return written;
}

}  // namespace lianqiao::file_drop
