#include "file_drop/folder_source.h"

#include <algorithm>

#include "file_drop/open_ledger.h"
#include "file_drop/table_items.h"
#include "lianqiao/codes.h"
#include "lianqiao/json.h"

namespace lianqiao::file_drop {

namespace {

constexpr std::size_t kBatchBytes = 4u << 20;
constexpr std::uint64_t kBytesPerCall = 32u << 20;
constexpr std::uint64_t kBytesPerRow = 256;  ///< What a row costs at least.

/// A fault of the folder, the disk or the network below it, not of the file's content.
bool isFolderFault(const Error& error) { return error.code == codes::kConnect; }

RawItem unreadableItem(const std::string& name, const Error& error) {
  RawItem item;
  item.origin = name;
  item.body = "{\"_origin\":{\"file\":";
  json::writeText(name, item.body);
  item.body += "}}";
  item.problems.push_back({error.code, "", error.detail});
  return item;
}

}  // namespace

FolderSource::FolderSource(DropSettings settings, Host& host)
    : settings_(std::move(settings)), host_(host), folder_(settings_, host) {
  settings_.read.scratch = host.dataDirectory();
}

bool FolderSource::spent() const { return bytesLeft_ == 0 || host_.stopRequested(); }

std::string FolderSource::cursorAt(std::uint64_t rows, bool failed) const {
  return "{\"claim\":\"" + job_->claim.id + "\",\"digest\":\"" + job_->claim.digest +
         "\",\"rows\":" + std::to_string(rows) + (failed ? ",\"failed\":true}" : "}");
}

/// Nothing when the cursor speaks of another file.
FolderSource::Stored FolderSource::storedRows(std::string_view cursor) const {
  json::Document document;
  if (cursor.empty() || !json::parse(cursor, document)) return {};
  const json::Value* claim = document.root.find("claim");
  const json::Value* digest = document.root.find("digest");
  const json::Value* rows = document.root.find("rows");
  if (claim == nullptr || digest == nullptr || rows == nullptr) return {};
  if (claim->text() != job_->claim.id || digest->text() != job_->claim.digest) return {};
  const std::int64_t stored = std::max<std::int64_t>(rows->integer().value_or(0), 0);
  return {static_cast<std::uint64_t>(stored), document.root.find("failed") != nullptr};
}

Result<Batch> FolderSource::poll(std::string_view cursor, Deadline) {
  pending_.reset();
  bytesLeft_ = kBytesPerCall;
  if (settings_.folder.empty()) return Batch{{}, std::string(cursor), false};
  for (;;) {
    auto claim = folder_.current();
    if (!claim) return claim.error();
    if (!claim->has_value()) {
      job_.reset();
      return Batch{{}, std::string(cursor), false};
    }
    if (!job_ || job_->claim.id != (*claim)->id) {
      if (auto started = start(**claim); !started) return started.error();
    }
    auto batch = work(cursor);
    if (!batch) {
      job_.reset();
      return batch.error();
    }
    if (batch->has_value()) return std::move(**batch);
    if (spent()) return Batch{{}, std::string(cursor), true};
  }
}

Result<void> FolderSource::start(const Claim& claim) {
  job_.reset();
  auto result = ResultFile::open(claim.partialResult(settings_.resultSuffix));
  if (!result) return result.error();
  job_.emplace(Job{claim, std::move(*result), nullptr, 0, false, false, std::nullopt});
  return {};
}

/// nullopt: the file is finished and has moved on.
Result<std::optional<Batch>> FolderSource::work(std::string_view cursor) {
  const Stored stored = storedRows(cursor);
  const std::uint64_t rows = std::min(stored.rows, job_->result.rows());
  if (auto kept = job_->result.keep(rows); !kept) return kept.error();
  if (!job_->inspected) {
    auto done = inspect();
    if (!done) return done.error();
    if (!*done) return std::optional(Batch{{}, std::string(cursor), true});
  }
  if (job_->unreadable && !(stored.failed && rows == stored.rows))
    return std::optional(failureBatch(rows));
  if (!job_->unreadable) {
    auto there = goTo(rows);
    if (!there) return there.error();
    if (!*there) return std::optional(Batch{{}, std::string(cursor), true});
    auto batch = readRows(rows);
    if (!batch) return batch.error();
    if (!batch->items.empty()) return std::optional(std::move(*batch));
  }
  if (auto finished = finish(); !finished) return finished.error();
  return std::optional<Batch>();
}

Result<void> FolderSource::openReader() {
  job_->reader.reset();
  job_->position = 0;
  job_->ended = false;
  auto reader = openLedger(job_->claim.file, job_->claim.name, settings_.read);
  if (!reader) return reader.error();
  job_->reader = std::move(*reader);
  return {};
}

/// Reads one item, counted against what this call may do.
Result<bool> FolderSource::pass(Item& item) {
  auto found = job_->reader->next(item);
  if (!found || !*found) return found;
  ++job_->position;
  bytesLeft_ -=
      std::min(bytesLeft_, kBytesPerRow + item.raw.body.size() + item.raw.evidence.size());
  return true;
}

/// Reads the whole file without keeping anything, so that a file broken half-way gives nothing
/// rather than half. False when time ran out; the next call goes on.
Result<bool> FolderSource::inspect() {
  const auto settle = [this](const Error& error) -> Result<bool> {
    if (isFolderFault(error)) return error;
    job_->reader.reset();
    job_->inspected = true;
    job_->unreadable = error;
    host_.log(LogLevel::warning, "cannot read a dropped file: " + error.detail);
    return true;
  };
  if (!job_->reader) {
    if (auto opened = openReader(); !opened) return settle(opened.error());
  }
  Item item;
  for (;;) {
    if (spent()) return false;
    auto found = pass(item);
    if (!found) return settle(found.error());
    if (!*found) break;
  }
  host_.log(LogLevel::info,
            "reading " + job_->claim.name + ": " + std::to_string(job_->position) + " rows");
  job_->reader.reset();
  job_->inspected = true;
  return true;
}

Result<bool> FolderSource::goTo(std::uint64_t rows) {
  if (!job_->reader || job_->position > rows) {
    if (auto opened = openReader(); !opened) return opened.error();
  }
  Item item;
  while (job_->position < rows) {
    if (spent()) return false;
    auto found = pass(item);
    if (!found) return found;
    if (!*found) break;
  }
  return true;
}

Result<Batch> FolderSource::readRows(std::uint64_t from) {
  Batch batch;
  Pending pending;
  std::size_t bytes = 0;
  while (batch.items.size() < settings_.batchItems && bytes < kBatchBytes) {
    Item item;
    auto found = pass(item);
    if (!found) return found.error();
    job_->ended = !*found;
    if (job_->ended) break;
    bytes += item.raw.body.size() + item.raw.evidence.size();
    pending.labels.push_back({item.row, std::move(item.sheet)});
    batch.items.push_back(std::move(item.raw));
  }
  batch.cursor = cursorAt(from + batch.items.size(), false);
  batch.more = true;
  pending.cursor = batch.cursor;
  pending_ = std::move(pending);
  host_.count("rows_read", batch.items.size());
  return batch;
}

Batch FolderSource::failureBatch(std::uint64_t from) {
  Batch batch;
  batch.items.push_back(unreadableItem(job_->claim.name, *job_->unreadable));
  batch.cursor = cursorAt(from + 1, true);
  batch.more = true;
  pending_ = Pending{batch.cursor, {Label{}}};
  job_->ended = true;
  return batch;
}

Result<void> FolderSource::finish() {
  if (auto synced = job_->result.sync(); !synced) return synced;
  auto finished = folder_.finish(job_->claim, !job_->unreadable);
  job_.reset();
  return finished;
}

Result<void> FolderSource::confirm(const Batch& batch, std::span<const ItemVerdict> verdicts) {
  // Not ours any more: poll() will bring these rows again and the result gets them then.
  if (!pending_ || !job_ || pending_->cursor != batch.cursor) return {};
  const Pending pending = std::move(*pending_);
  pending_.reset();
  if (verdicts.size() != pending.labels.size()) {
    return Error{std::string(codes::kProtocol),
                 "as many verdicts as rows are needed to write the result of " + job_->claim.name};
  }
  std::string lines;
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    lines += resultLine(pending.labels[i].row, pending.labels[i].sheet, verdicts[i]);
  }
  if (auto written = job_->result.append(lines, verdicts.size()); !written) return written;
  return job_->ended ? finish() : Result<void>();
}

SampleSource::SampleSource(DropSettings settings, std::filesystem::path file)
    : settings_(std::move(settings)), file_(std::move(file)) {}

Result<Batch> SampleSource::poll(std::string_view, Deadline) {
  Batch batch;
  const std::string name = displayName(file_.filename());
  const auto fail = [&](const Error& error) -> Result<Batch> {
    if (isFolderFault(error)) return error;
    ended_ = true;
    batch.items.push_back(unreadableItem(name, error));
    batch.more = false;
    return std::move(batch);
  };
  if (!reader_ && !ended_) {
    auto reader = openLedger(file_, name, settings_.read);
    if (!reader) return fail(reader.error());
    reader_ = std::move(*reader);
  }
  while (!ended_ && batch.items.size() < settings_.batchItems) {
    Item item;
    auto found = reader_->next(item);
    if (!found) return fail(found.error());
    ended_ = !*found;
    if (!ended_) batch.items.push_back(std::move(item.raw));
  }
  position_ += batch.items.size();
  batch.cursor = std::to_string(position_);
  batch.more = !ended_;
  return batch;
}

}  // namespace lianqiao::file_drop
