#include "file_drop/file_counterpart.h"

#include <algorithm>
#include <cerrno>

#include "file_drop/open_ledger.h"
#include "kit/answers/json_at.h"
#include "kit/time/china_time.h"
#include "lianqiao/ascii.h"
#include "lianqiao/codes.h"

namespace lianqiao::file_drop {

namespace {

constexpr std::size_t kRowsPerPage = 2000;
constexpr std::uint64_t kBytesPerPage = 32u << 20;
constexpr std::uint64_t kBytesPerListRow = 256;  ///< What a row costs at least.
constexpr std::size_t kContentDigits = 16;

/// For how long the file has been as it is, by the clock of whoever wrote it; 0 where that clock is
/// ahead of ours.
std::chrono::milliseconds ageOf(const FileState& state, WallTime now) {
  using namespace std::chrono;
  const auto written = floor<milliseconds>(nanoseconds(state.changed));
  return std::max(milliseconds(0), now.time_since_epoch() - written);
}

Error notYet(std::string detail) {
  return {codes::kReconcileNotYet, std::move(detail) + " It is asked for again later."};
}

/// Columns are named as the paths of what was sent; JSON may be laid out as that was.
const json::Value* valueAt(const json::Value& row, const std::string& path) {
  const json::Value* value = row.find(path);
  return value != nullptr ? value : kit::at(row, path);
}

bool isContentDigest(std::string_view text) {
  return text.size() == kContentDigits && std::all_of(text.begin(), text.end(), [](char c) {
           return isDigit(c) || (c >= 'a' && c <= 'f');
         });
}

/// By these names the header is known.
ItemShape shapeOf(const ListSettings& list, const HeldQuery& query) {
  ItemShape shape;
  const auto need = [&](const std::string& name) {
    if (name.empty()) return;
    shape.names.push_back(name);
    shape.needed.push_back({name});
  };
  for (const std::string& name : list.id) need(name);
  need(list.time);
  need(query.revision);
  need(list.content);
  if (list.content.empty())
    for (const std::string& path : query.fields) need(path);
  std::sort(shape.names.begin(), shape.names.end());
  shape.names.erase(std::unique(shape.names.begin(), shape.names.end()), shape.names.end());
  return shape;
}

/// The day of a list of which no row is of the day that was asked for; empty otherwise.
std::string otherDay(const std::vector<HeldItem>& items, const HeldQuery& query) {
  const auto strange = [&](const HeldItem& item) {
    return item.at != WallTime() && (item.at < query.begin || item.at >= query.end);
  };
  if (items.empty() || !std::all_of(items.begin(), items.end(), strange)) return {};
  return kit::chinaTime(items.front().at).substr(0, 10);
}

}  // namespace

FileCounterpart::FileCounterpart(DropSettings settings, Host& host)
    : settings_(std::move(settings)), host_(host), name_(settings_), check_(settings_) {
  // What the settings say of ledgers' layout is not true of lists.
  ReadOptions& read = settings_.read;
  read.sheet.clear();
  read.headerRow = 0;
  read.expectRows = false;
  read.idColumns.clear();
  read.scratch = host.dataDirectory();
  read.pace = pace_;
  pace_->stopped = [this] {
    return host_.stopRequested() || std::chrono::steady_clock::now() >= deadline_;
  };
}

std::string FileCounterpart::shownName() const {
  return "the list " + displayName(folder_.path() / reading_->name);
}

Result<HeldPage> FileCounterpart::list(const HeldQuery& query, std::string_view after,
                                       Deadline deadline) {
  deadline_ = deadline;
  pace_->left = kBytesPerPage;
  if (after.empty()) {
    if (auto opened = open(query); !opened) return opened.error();
  } else if (!reading_ || after != std::to_string(reading_->pages)) {
    return Error{codes::kProtocol, "this page of the list is none that was named"};
  }
  auto page = readPage(query);
  if (!page || page->next.empty()) reading_.reset();
  return page;
}

Result<void> FileCounterpart::open(const HeldQuery& query) {
  reading_.reset();
  auto folder = Folder::at(name_.folder());
  if (!folder) return folder.error();
  folder_ = std::move(*folder);
  Reading reading;
  reading.name = name_.of(query.day, query.sentToUs);
  const std::string shown = displayName(folder_.path() / reading.name);
  const auto there = folder_.look(reading.name);
  if (!there) return there.error();
  if (!*there) return notYet("The other side has put no " + shown + " there yet.");
  if (!(*there)->isFile())
    return Error{codes::kBadFile,
                 shown + " is " + std::string(kindOf(**there)) + "; a list is a plain file"};
  auto content = folder_.read(reading.name);
  if (!content) return content.error();
  reading.content = std::move(*content);
  const auto state = stateOf(reading.content);
  if (!state) return state.error();
  reading.state = *state;
  reading_ = std::move(reading);
  return {};
}

Result<HeldPage> FileCounterpart::readPage(const HeldQuery& query) {
  HeldPage page;
  page.next = std::to_string(++reading_->pages);
  if (!reading_->rows) {
    const auto whole = isWhole();
    if (!whole) return whole.error();
    if (!*whole) return page;
    if (auto opened = openRows(query); !opened) return opened.error();
  }
  if (reading_->manifest) page.total = reading_->manifest->rows;
  while (page.items.size() < kRowsPerPage && !pace_->spent()) {
    Item row;
    const auto found = reading_->rows->next(row);
    if (!found && isPaused(found.error())) break;
    if (!found) return found.error();
    if (!*found) {
      page.next.clear();
      break;
    }
    pace_->spend(kBytesPerListRow + row.raw.body.size() + row.raw.evidence.size());
    auto item = heldItem(row, query);
    if (!item) return item.error();
    page.items.push_back(std::move(*item));
  }
  if (!reading_->listed) page.day = otherDay(page.items, query);
  reading_->listed = reading_->listed || !page.items.empty();
  const auto changed = hasChanged();
  if (!changed) return changed.error();
  if (*changed)
    return Error{codes::kReconcileCutShort,
                 shownName() + " changed while it was read; it is asked for again later"};
  return page;
}

Result<bool> FileCounterpart::hasChanged() const {
  const auto state = stateOf(reading_->content);
  if (!state) return state.error();
  return !state->isUnchangedSince(reading_->state);
}

Result<bool> FileCounterpart::isWhole() {
  if (reading_->digest) return agreesWithManifest();
  const auto age = ageOf(reading_->state, host_.now());
  if (age < settings_.settleTime) return notYet(shownName() + " was written to a moment ago.");
  const Completeness judged = check_.of(folder_, reading_->name, reading_->content, age, *pace_);
  if (judged.goesOn) return false;
  if (!judged.complete)
    return notYet(shownName() + (judged.missing.empty() ? " is still being written, or lacks its "
                                                          "end, its marker or its manifest."
                                                        : " " + judged.missing + "."));
  if (reading_->state.size == 0 && settings_.manifest.empty())
    return notYet(shownName() + " is empty; a day without anything has a header, or [].");
  if (settings_.manifest.empty()) return true;
  const std::string beside = settings_.manifest.of(reading_->name);
  const auto file = folder_.read(beside);
  if (!file) return file.error();
  auto manifest = readManifest(*file);
  if (!manifest)
    return Error{manifest.error().code, displayName(beside) + " " + manifest.error().detail};
  reading_->manifest = std::move(*manifest);
  if (reading_->state.size > settings_.read.maxFile) return true;
  reading_->digest = std::make_unique<ContentDigest>(!reading_->manifest->md5.empty());
  return agreesWithManifest();
}

Result<bool> FileCounterpart::agreesWithManifest() {
  const auto done = reading_->digest->go(reading_->content, *pace_);
  if (!done || !*done) return done;
  const Manifest& manifest = *reading_->manifest;
  const std::string md5 = manifest.md5.empty() ? std::string() : reading_->digest->md5();
  const std::string difference =
      differenceFrom(manifest, manifest.rows.value_or(0), reading_->digest->bytes(),
                     reading_->digest->sha256(), md5);
  if (difference.empty()) return true;
  return Error{codes::kReconcileCutShort,
               shownName() + " " + difference + "; the other side must put both there again"};
}

Result<void> FileCounterpart::openRows(const HeldQuery& query) {
  reading_->digest.reset();
  settings_.read.shapes = {shapeOf(settings_.list, query)};
  settings_.read.unmerged = std::make_shared<std::set<std::string>>();
  auto content = duplicate(reading_->content);
  if (!content) return content.error();
  auto rows = openLedger(std::move(*content), displayName(reading_->name), settings_.read);
  if (!rows) return rows.error();
  reading_->rows = std::move(*rows);
  return {};
}

Result<HeldItem> FileCounterpart::heldItem(const Item& row, const HeldQuery& query) {
  const auto refuse = [&](std::string_view why) {
    return Error{codes::kBadRow, row.raw.origin + ": " + std::string(why) +
                                     "; nothing is concluded from this list"};
  };
  if (!row.raw.problems.empty())
    return refuse("the row cannot be read (" + row.raw.problems.front().code + ")");
  if (!json::parse(row.raw.body, document_)) return refuse("the row is no JSON object");
  const json::Value& cells = document_.root;
  HeldItem held;
  for (const std::string& column : settings_.list.id) {
    const std::string part = kit::fieldText(valueAt(cells, column));
    if (part.empty()) return refuse("its column " + column + " (list_id) is empty");
    held.id += (held.id.empty() ? "" : "|") + part;
  }
  if (!query.revision.empty()) held.revision = kit::fieldText(valueAt(cells, query.revision));
  if (settings_.list.content.empty()) {
    for (const std::string& path : query.fields)
      held.fields.push_back(kit::fieldText(valueAt(cells, path)));
  } else {
    held.content = kit::fieldText(valueAt(cells, settings_.list.content));
    if (!isContentDigest(held.content))
      return refuse(settings_.list.content +
                    " (list_content) is no digest of 16 lower-case "
                    "hexadecimal digits");
  }
  if (settings_.list.time.empty()) return held;
  const auto moment = kit::readMoment(kit::fieldText(valueAt(cells, settings_.list.time)));
  if (!moment) return refuse(settings_.list.time + " (list_time) is no time");
  held.at = *moment;
  return held;
}

}  // namespace lianqiao::file_drop
