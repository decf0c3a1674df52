#include "file_drop/folder_sink.h"

#include <unistd.h>

#include <cerrno>
#include <map>

#include "file_drop/content_digest.h"
#include "file_drop/result_file.h"
#include "lianqiao/ascii.h"
#include "lianqiao/codes.h"
#include "lianqiao/digest.h"
#include "lianqiao/json.h"

namespace lianqiao::file_drop {

namespace fs = std::filesystem;

namespace {

/// The name under which a file is written until it is whole.
std::string partOf(const std::string& file) { return "." + file + ".part"; }

/// A record id is safe as a file name; nothing else that might stand there is.
std::string safeName(std::string_view id) {
  std::string name;
  for (const char c : id.substr(0, 64)) {
    const bool fine = isLetter(c) || isDigit(c);
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
    : settings_(std::move(settings)), host_(host), manifest_(settings_) {}

Outcome FolderSink::deliver(const Delivery& delivery, Deadline deadline) {
  return deliverBatch({&delivery, 1}, deadline).front();
}

Result<void> FolderSink::open() {
  if (opened_ && output_.isStillAtItsPath()) return {};
  std::error_code failed;
  if (opened_ && !fs::is_directory(settings_.outputFolder, failed))
    return fileError("cannot find the folder", settings_.outputFolder, ENOENT);
  if (settings_.outputFolder.empty()) {
    return Error{codes::kConfig, "records go to this peer, but its output_folder is not set"};
  }
  auto output = Folder::at(settings_.outputFolder);
  if (!output) return output.error();
  output_ = std::move(*output);
  if (opened_) return {};
  auto own = Folder::at(host_.dataDirectory());
  if (!own) return own.error();
  auto log = log_.open(std::move(*own));
  opened_ = log.ok();
  return log;
}

/// Whether a file is what was written for `ready`: the one that was made just now, or one of its
/// content. Its owner proves nothing on a share that maps owners; it must do where a version of
/// this adapter that noted no digest left the file.
Result<bool> FolderSink::isOurs(const std::string& name, const Ready& ready,
                                const FileState* made) const {
  const auto state = output_.look(name);
  if (!state) return state.error();
  if (!*state || !(*state)->isFile()) return false;
  if (ready.digest.empty()) return (*state)->owner == ::geteuid();
  if ((*state)->size != ready.bytes) return false;
  if (made != nullptr && (*state)->isSameFileAs(*made)) return true;
  const auto file = output_.read(name);
  if (!file) return file.error();
  ContentDigest digest(false);
  Pace pace{.left = ready.bytes + 1, .stopped = {}};
  const auto whole = digest.go(*file, pace);
  if (!whole) return whole.error();
  return *whole && digest.sha256() == ready.digest;
}

/// Held open, it can be read also after somebody has fetched it away.
Result<void> FolderSink::openForManifest(const std::string& name, Fd& content) const {
  if (!manifest_.wanted()) return {};
  auto opened = output_.read(name);
  if (!opened) return opened.error();
  content = std::move(*opened);
  return {};
}

Result<void> FolderSink::putManifest(const std::string& file, const Fd& content,
                                     std::size_t records) {
  const auto text = manifest_.textFor(file, content, records);
  if (!text) return text.error();
  const std::string name = manifest_.nameFor(file);
  const std::string part = partOf(name);
  if (auto made = prepare(part, *text); !made) return made.error();
  // What stands there is ours, from before a crash.
  output_.remove(name);
  auto moved = output_.move(part, output_, name, fs::path(name).extension().native());
  if (!moved) return moved.error();
  return output_.sync();
}

/// Puts a file that is ready in its place, if it is not there already. Where it is in neither, or
/// is not what was written, its records are forgotten: they must be written again.
Result<void> FolderSink::place(const std::string& file, const Ready& ready, const FileState* made) {
  const std::string part = partOf(file);
  std::string name = file;
  const auto waits = isOurs(part, ready, made);
  if (!waits) return waits.error();
  Fd content;
  if (*waits) {
    if (auto opened = openForManifest(part, content); !opened) return opened;
    auto moved = output_.move(part, output_, file, fs::path(file).extension().native());
    if (!moved) return moved.error();
    name = std::move(*moved);
  } else {
    const auto there = isOurs(file, ready, nullptr);
    if (!there) return there.error();
    if (!*there) {
      host_.count("files_lost");
      host_.log(LogLevel::warning, displayName(file) + " was taken away or changed before it got " +
                                       "its name; its records are written again");
      output_.remove(part);
      log_.forget(file, ready.keys);
      return {};
    }
    if (auto opened = openForManifest(file, content); !opened) return opened;
  }
  if (auto synced = output_.sync(); !synced) return synced;
  if (manifest_.wanted()) {
    if (auto put = putManifest(name, content, ready.keys.size()); !put) return put;
  }
  // It is there, whether or not that can be noted: then a restart looks for it.
  if (!log_.notePlaced(file, ready.keys, name)) opened_ = false;
  return {};
}

/// The file in which a record stands; empty: it must be written.
Result<std::string> FolderSink::whereIs(const std::string& key) {
  const std::string file = log_.fileOf(key);
  if (file.empty()) return file;
  Ready ready;
  if (const Ready* known = log_.ready(file)) {
    ready = *known;
  } else {
    const auto left = output_.look(partOf(file));
    if (!left) return left.error();
    if (!*left) return file;
    ready.keys = log_.keysOf(file);
  }
  if (auto placed = place(file, ready, nullptr); !placed) return placed.error();
  return log_.fileOf(key);
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

Result<FileState> FolderSink::prepare(const std::string& name, std::string_view bytes) const {
  output_.remove(name);
  auto file = output_.create(name);
  if (!file) return file.error();
  const fs::path path = output_.path() / name;
  if (auto set = setMode(*file, settings_.outputMode, path); !set) return set.error();
  if (auto written = writeAll(*file, bytes, path); !written) return written.error();
  if (auto synced = syncFile(*file, path); !synced) return synced.error();
  if (auto synced = output_.sync(); !synced) return synced.error();
  return stateOf(*file);
}

Result<std::string> FolderSink::write(std::span<const Delivery* const> deliveries) {
  Ready ready;
  std::string joined;
  for (const Delivery* delivery : deliveries) {
    ready.keys.push_back(DeliveredLog::keyOf(delivery->idempotencyKey));
    joined += ready.keys.back();
  }
  const std::string file = safeName(deliveries.front()->recordId) + "-" +
                           DeliveredLog::keyOf(joined).substr(0, 8) +
                           (settings_.outputCsv ? ".csv" : ".jsonl");
  const std::string bytes = content(deliveries);
  ready.bytes = bytes.size();
  ready.digest = hex(digest(Hash::sha256, bytes));
  const auto made = prepare(partOf(file), bytes);
  if (!made) {
    output_.remove(partOf(file));
    return made.error();
  }
  if (auto noted = log_.noteReady(file, ready); !noted) {
    output_.remove(partOf(file));
    opened_ = false;
    return noted.error();
  }
  if (auto placed = place(file, ready, &*made); !placed) return placed.error();
  std::string name = log_.fileOf(ready.keys.front());
  if (!name.empty()) return name;
  return Error{codes::kConnect, displayName(output_.path() / file) +
                                    " was taken away before it got its name; it is written again"};
}

std::vector<Outcome> FolderSink::deliverBatch(std::span<const Delivery> deliveries, Deadline) {
  const Lock lock(mutex_);
  std::vector<Outcome> outcomes(deliveries.size());
  const auto failAll = [&](const Error& error) {
    for (Outcome& outcome : outcomes) {
      if (!outcome.code.empty() || outcome.verdict == Verdict::delivered) continue;
      const Verdict verdict = error.code == codes::kConfig ? Verdict::refused : Verdict::retry;
      outcome = Outcome::failed(verdict, error.code, error.detail);
    }
  };
  if (auto ready = open(); !ready) {
    failAll(ready.error());
    return outcomes;
  }
  std::vector<const Delivery*> fresh;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < deliveries.size(); ++i) {
    const auto file = whereIs(DeliveredLog::keyOf(deliveries[i].idempotencyKey));
    if (!file) {
      outcomes[i] = Outcome::failed(Verdict::retry, file.error().code, file.error().detail);
    } else if (!file->empty()) {
      outcomes[i] = Outcome::delivered(*file);
    } else {
      fresh.push_back(&deliveries[i]);
      places.push_back(i);
    }
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
  const Lock lock(mutex_);
  if (auto ready = open(); !ready) return ready;
  const std::string trial = ".probe-" + host_.nonce(8);
  auto file = output_.create(trial);
  if (!file) return file.error();
  auto written = writeAll(*file, "probe", output_.path() / trial);
  output_.remove(trial);
  return written;
}

}  // namespace lianqiao::file_drop
