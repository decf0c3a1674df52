#include "file_drop/folder_source.h"

#include <algorithm>

#include "file_drop/open_ledger.h"
#include "lianqiao/codes.h"

namespace lianqiao::file_drop {

namespace {

constexpr std::size_t kBatchBytes = 4u << 20;
constexpr std::uint64_t kBytesPerCall = 32u << 20;
constexpr std::uint64_t kBytesPerRow = 256;  ///< What a row costs at least.
/// What a file costs at least: it is claimed, its result is begun, and both are synced.
constexpr std::uint64_t kBytesPerFile = 256u << 10;

}  // namespace

FolderSource::FolderSource(DropSettings settings, Host& host)
    : settings_(std::move(settings)), host_(host), folder_(settings_, host) {
  settings_.read.scratch = host.dataDirectory();
  settings_.read.pace = pace_;
  pace_->stopped = [&host] { return host.stopRequested(); };
}

std::string FolderSource::cursorAt(DropCursor at, std::uint64_t rows, bool failed) const {
  at.claim = job_->id;
  at.digest = job_->digest;
  at.rows = rows;
  at.failed = failed;
  return at.text();
}

Result<Batch> FolderSource::poll(std::string_view cursor, Deadline) {
  pending_.reset();
  reported_.reset();
  pace_->left = kBytesPerCall;
  auto batch = pollFolder(cursor);
  if (batch) batch->unread = folder_.unread().note(settings_.folder);
  return batch;
}

Result<Batch> FolderSource::pollFolder(std::string_view cursor) {
  if (settings_.folder.empty()) return Batch{{}, std::string(cursor), false};
  const DropCursor at = DropCursor::parse(cursor);
  for (;;) {
    auto claim = folder_.current(*pace_);
    if (!claim) {
      job_.reset();
      return claim.error();
    }
    if (auto report = reportUnread(at)) return std::move(*report);
    if (*claim == nullptr) {
      job_.reset();
      return Batch{{}, std::string(cursor), pace_->left == 0};
    }
    Result<void> started;
    if (!job_ || job_->id != (*claim)->id) started = start(**claim);
    auto batch = started ? work(at) : Result<std::optional<Batch>>(started.error());
    if (!batch) {
      job_.reset();
      folder_.putOff();
      return batch.error();
    }
    if (batch->has_value()) return std::move(**batch);
    if (pace_->spent()) return Batch{{}, std::string(cursor), true};
  }
}

Result<void> FolderSource::start(Claim& claim) {
  job_.reset();
  pace_->spend(kBytesPerFile);
  auto result = ResultFile::open(claim.folder, claim.partialResult(settings_.resultSuffix),
                                 settings_.resultMode);
  if (!result) return result.error();
  const auto state = stateOf(claim.content);
  if (!state) return state.error();
  // A reload in the middle must not change what is a row of it.
  settings_.read.shapes = host_.itemShapes();
  settings_.read.unmerged = std::make_shared<std::set<std::string>>();
  job_.emplace(Job{.id = claim.id,
                   .claim = &claim,
                   .result = std::move(*result),
                   .reader = nullptr,
                   .ahead = std::nullopt,
                   .state = *state,
                   .digest = {},
                   .digesting = nullptr,
                   .unreadable = std::nullopt,
                   .last = std::nullopt,
                   .labels = {}});
  return {};
}

/// nullopt: the file is finished and has moved on, or waits to be read again.
Result<std::optional<Batch>> FolderSource::work(const DropCursor& at) {
  // Before it is inspected too: one that grows without end would be inspected without end.
  for (bool inspected = !job_->digest.empty();; inspected = true) {
    const auto changed = hasChanged();
    if (!changed) return changed.error();
    if (*changed) {
      readAgain();
      return std::optional<Batch>();
    }
    if (inspected) break;
    auto done = inspect();
    if (!done) return done.error();
    if (!*done) return std::optional(Batch{{}, at.text(), true});
  }
  return job_->last ? giveLast(at) : goOn(at);
}

Result<std::optional<Batch>> FolderSource::goOn(const DropCursor& at) {
  const bool ours = at.claim == job_->id && at.digest == job_->digest;
  const std::uint64_t stored = ours ? at.rows : 0;
  const std::uint64_t rows = std::min(stored, job_->result.rows());
  if (auto kept = job_->result.keep(rows); !kept) return kept.error();
  if (job_->unreadable) {
    if (!(ours && at.failed && rows == stored)) return std::optional(failureBatch(at, rows));
    if (auto finished = finish(); !finished) return finished.error();
    return std::optional<Batch>();
  }
  auto there = goTo(rows);
  if (there ? !*there : isPaused(there.error())) return std::optional(Batch{{}, at.text(), true});
  auto batch = there ? readRows() : Result<Batch>(there.error());
  const auto changed = hasChanged();
  if (!changed) return changed.error();
  if (*changed) {
    readAgain();
    return std::optional<Batch>();
  }
  if (!batch && isPaused(batch.error())) return std::optional(Batch{{}, at.text(), true});
  if (!batch) return batch.error();
  if (!job_->ended) return std::optional(give(at, std::move(*batch)));
  job_->last = std::move(*batch);
  return giveLast(at);
}

/// The last rows of a file are given once all of it proved to be what was read.
Result<std::optional<Batch>> FolderSource::giveLast(const DropCursor& at) {
  const std::string before = job_->digest;
  auto done = takeDigest();
  if (!done) return done.error();
  if (!*done) return std::optional(Batch{{}, at.text(), true});
  if (job_->digesting->sha256() != before) {
    readAgain();
    return std::optional<Batch>();
  }
  job_->digesting.reset();
  Batch last = std::move(*job_->last);
  job_->last.reset();
  if (!last.items.empty()) return std::optional(give(at, std::move(last)));
  if (auto finished = finish(); !finished) return finished.error();
  return std::optional<Batch>();
}

Batch FolderSource::give(const DropCursor& at, Batch batch) {
  batch.cursor = cursorAt(at, job_->position, false);
  batch.more = true;
  pending_ = Pending{batch.cursor, std::move(job_->labels)};
  host_.count("rows_read", batch.items.size());
  return batch;
}

Result<bool> FolderSource::hasChanged() const {
  const auto state = stateOf(job_->claim->content);
  if (!state) return state.error();
  return !state->isUnchangedSince(job_->state);
}

void FolderSource::readAgain() {
  host_.count("files_changed");
  host_.log(LogLevel::warning, job_->claim->name +
                                   " is still being written, or was while it was read; it is read "
                                   "again, from its first row, when it has settled");
  job_.reset();
  folder_.park();
}

Result<void> FolderSource::openReader() {
  job_->reader.reset();
  job_->ahead.reset();
  job_->position = 0;
  job_->ended = false;
  auto content = duplicate(job_->claim->content);
  if (!content) return content.error();
  auto reader = openLedger(std::move(*content), job_->claim->name, settings_.read);
  if (!reader) return reader.error();
  job_->reader = std::move(*reader);
  return {};
}

/// Reads one item ahead, counted against what this call may do. False at the end.
Result<bool> FolderSource::peek() {
  if (job_->ahead) return true;
  Item item;
  auto found = job_->reader->next(item);
  if (!found || !*found) return found;
  pace_->spend(kBytesPerRow + item.raw.body.size() + item.raw.evidence.size());
  job_->ahead = std::move(item);
  return true;
}

Result<bool> FolderSource::pass(Item& item) {
  auto found = peek();
  if (!found || !*found) return found;
  item = std::move(*job_->ahead);
  job_->ahead.reset();
  ++job_->position;
  return true;
}

/// Reads the whole file without keeping anything, so that a file broken half-way gives nothing
/// rather than half, and takes its digest. False when time ran out; the next call goes on.
Result<bool> FolderSource::inspect() {
  if (!job_->readThrough) {
    auto done = readThrough();
    if (!done && isFolderFault(done.error())) return done.error();
    if (done ? !*done : isPaused(done.error())) return false;
    job_->reader.reset();
    job_->readThrough = true;
    if (!done) job_->unreadable = done.error();
  }
  if (job_->state.size > settings_.read.maxFile) {
    job_->digest = ContentDigest::insteadOf(job_->state);
  } else {
    auto done = takeDigest();
    if (!done || !*done) return done;
    job_->digest = job_->digesting->sha256();
    if (auto agrees = compareWithManifest(*job_->digesting); !agrees) {
      if (isFolderFault(agrees.error())) return agrees.error();
      job_->unreadable = agrees.error();
    }
    job_->digesting.reset();
  }
  if (job_->unreadable) {
    host_.log(LogLevel::warning, "cannot read a dropped file: " + job_->unreadable->detail);
  } else {
    host_.log(LogLevel::info,
              "reading " + job_->claim->name + ": " + std::to_string(job_->position) + " rows");
  }
  return true;
}

Result<bool> FolderSource::readThrough() {
  if (!job_->reader) {
    if (auto opened = openReader(); !opened) return opened.error();
  }
  Item item;
  for (;;) {
    if (pace_->spent()) return false;
    auto found = pass(item);
    if (!found) return found;
    if (!*found) return true;
  }
}

Result<bool> FolderSource::takeDigest() {
  if (!job_->digesting) {
    job_->digesting = std::make_unique<ContentDigest>(!settings_.manifest.empty());
  }
  return job_->digesting->go(job_->claim->content, *pace_);
}

Result<void> FolderSource::compareWithManifest(ContentDigest& digest) {
  if (job_->unreadable) return {};
  auto manifest = folder_.manifest();
  if (!manifest) return manifest.error();
  if (!*manifest) return {};
  const std::string difference =
      differenceFrom(**manifest, job_->position, digest.bytes(), job_->digest, digest.md5());
  if (difference.empty()) return {};
  return Error{codes::kBadFile, job_->claim->name + " " + difference + "; put both there again"};
}

Result<bool> FolderSource::goTo(std::uint64_t rows) {
  if (!job_->reader || job_->position > rows) {
    if (auto opened = openReader(); !opened) return opened.error();
  }
  Item item;
  while (job_->position < rows) {
    if (pace_->spent()) return false;
    auto found = pass(item);
    if (!found) return found;
    if (!*found) break;
  }
  return true;
}

Result<Batch> FolderSource::readRows() {
  Batch batch;
  job_->labels.clear();
  std::size_t bytes = 0;
  while (batch.items.size() < settings_.batchItems && bytes < kBatchBytes) {
    Item item;
    auto found = pass(item);
    // What is there need not wait for the rest.
    if (!found && isPaused(found.error()) && !batch.items.empty()) return batch;
    if (!found) return found.error();
    if (!*found) break;
    bytes += item.raw.body.size() + item.raw.evidence.size();
    job_->labels.push_back({item.row, std::move(item.sheet)});
    batch.items.push_back(std::move(item.raw));
  }
  const auto more = peek();
  if (!more && (!isPaused(more.error()) || batch.items.empty())) return more.error();
  job_->ended = more && !*more;
  return batch;
}

Batch FolderSource::failureBatch(const DropCursor& at, std::uint64_t from) {
  Batch batch;
  batch.items.push_back(unreadableItem(job_->claim->name, *job_->unreadable));
  batch.cursor = cursorAt(at, from + 1, true);
  batch.more = true;
  pending_ = Pending{batch.cursor, {Label{}}};
  job_->ended = true;
  return batch;
}

/// The result counts what was passed over; a restart before the move cuts that line off again.
Result<void> FolderSource::finish() {
  const auto changed = hasChanged();
  if (!changed) return changed.error();
  if (*changed || writersOf(job_->claim->content) == Writers::some) {
    readAgain();
    return {};
  }
  const PassedOver passed = job_->reader ? job_->reader->passedOver() : PassedOver();
  if (passed.rows > 0 && !job_->unreadable) {
    if (auto told = job_->result.append(passedOverLine(passed), 1); !told) return told;
  }
  if (auto synced = job_->result.sync(); !synced) return synced;
  auto finished = folder_.finish(!job_->unreadable, job_->digest, job_->state);
  job_.reset();
  return finished;
}

Result<void> FolderSource::confirm(const Batch& batch, std::span<const ItemVerdict> verdicts) {
  if (reported_ && batch.cursor == reported_->text()) {
    confirmReport(verdicts);
    return {};
  }
  // Not ours any more: poll() will bring these rows again and the result gets them then.
  if (!pending_ || !job_ || pending_->cursor != batch.cursor) return {};
  const Pending pending = std::move(*pending_);
  pending_.reset();
  if (verdicts.size() != pending.labels.size()) {
    return Error{codes::kProtocol,
                 "as many verdicts as rows are needed to write the result of " + job_->claim->name};
  }
  std::string lines;
  for (std::size_t i = 0; i < verdicts.size(); ++i) {
    lines += resultLine(pending.labels[i].row, pending.labels[i].sheet, verdicts[i]);
  }
  if (auto written = job_->result.append(lines, verdicts.size()); !written) return written;
  return job_->ended ? finish() : Result<void>();
}

/// A batch that brings the exception of what is not read up to date; nullopt when it is.
std::optional<Batch> FolderSource::reportUnread(DropCursor at) {
  Batch batch;
  batch.more = true;
  if (!at.unread.empty() && !folder_.knowsAll()) return std::nullopt;
  if (told_) {
    at.unread = told_->unread;
    at.exception = told_->exception;
    at.outdated.clear();
    told_.reset();
    batch.cursor = at.text();
    return batch;
  }
  const UnreadList unread = folder_.unread();
  const std::string mark = unread.mark();
  const bool named = mark.empty() || !at.exception.empty();
  if (mark == at.unread && named && at.outdated.empty()) return std::nullopt;
  if (!at.outdated.empty()) batch.closes.push_back(at.outdated);
  if (mark != at.unread && !at.exception.empty()) {
    at.outdated = at.exception;
    at.exception.clear();
    batch.closes.push_back(at.outdated);
  }
  at.unread = mark;
  if (!mark.empty() && at.exception.empty())
    batch.items.push_back(unread.item(settings_.folder, settings_.patterns));
  reported_ = at;
  batch.cursor = at.text();
  return batch;
}

void FolderSource::confirmReport(std::span<const ItemVerdict> verdicts) {
  told_ = std::move(*reported_);
  reported_.reset();
  if (!verdicts.empty()) told_->exception = verdicts.front().id;
}

}  // namespace lianqiao::file_drop
