// What is done to the store besides writing: verified, retired, erased; and what stands in the
// catalogue alone.
#include "history/terms.h"
#include "history_sqlite/month_eraser.h"
#include "history_sqlite/month_verifier.h"
#include "history_sqlite/sqlite_store.h"
#include "lianqiao/codes.h"

namespace lianqiao::history {

using base::Lock;
using sqlite::Fault;

Result<Verified> SqliteStore::verify() {
  Verified found;
  for (const PartEntry& part : parts()) verifyMonth(fileOf(part.name), part.name.month, found);
  // By files of its own: it takes minutes, and nobody waits for it.
  SentFiles(settings_.folder, settings_.sent, [](auto&, auto&) {}).verify(found);
  for (const std::string& aside : state().damaged) found.problems.push_back(aside);
  return found;
}

Result<void> SqliteStore::noteGap(const Gap& gap) {
  const Lock lock(writing_);
  if (!catalogue_->addGap(gap)) return catalogueError();
  const Lock stateLock(state_);
  gaps_.insert(gaps_.begin(), gap);
  return {};
}

Result<void> SqliteStore::noteRefilled(std::uint64_t records) {
  const Lock lock(writing_);
  if (!catalogue_->fillGaps(records)) return catalogueError();
  const Lock stateLock(state_);
  for (Gap& gap : gaps_)
    if (!gap.refilled) gap.refilled = records;
  return {};
}

Result<void> SqliteStore::keepConfiguration(std::string_view version, std::string_view content) {
  const Lock lock(writing_);
  if (catalogue_->addConfiguration(version, content)) return {};
  return catalogueError();
}

Result<std::optional<std::string>> SqliteStore::configuration(std::string_view version) {
  const Lock lock(writing_);
  std::optional<std::string> found;
  if (catalogue_->configuration(version, found)) return found;
  return catalogueError();
}

Result<void> SqliteStore::noteAct(const Act& act) {
  const Lock lock(writing_);
  if (catalogue_->addAct(act)) return {};
  return catalogueError();
}

Result<std::vector<Act>> SqliteStore::acts(std::size_t most) {
  const Lock lock(writing_);
  auto found = catalogue_->acts(most);
  if (found) return std::move(*found);
  return catalogueError();
}

Result<std::size_t> SqliteStore::retire(WallTime now) {
  const Lock lock(writing_);
  std::size_t gone = 0;
  for (const PartEntry& part : parts()) {
    const auto kept = settings_.retention.find(part.name.kind);
    if (kept == settings_.retention.end() || now < part.name.month.end() + kept->second) continue;
    writer_.close(part.name);
    readers_.drop(part.name);
    const std::string file = fileOf(part.name).string();
    std::error_code error;
    std::filesystem::remove(file, error);
    if (error)
      return refusal({Fault::other, "it cannot be deleted: " + error.message()}, part.name.file());
    for (const char* end : {"-wal", "-shm"}) std::filesystem::remove(file + end, error);
    if (!catalogue_->remove(part.name)) return catalogueError();
    const Lock stateLock(state_);
    parts_.erase(part.name);
    ++gone;
  }
  const auto sent = sent_.retire(now);
  if (!sent) return refusal(sent_.failure(), sent_.failedFile());
  return gone + *sent;
}

Result<std::size_t> SqliteStore::erase(std::string_view number, const Act& act) {
  const std::string searched = searchableNumber(number);
  if (searched.size() < 5)
    return Error{codes::kMalformed, "A whole telephone or id number is erased, no part of one."};
  const Lock lock(writing_);
  // First: an act that is done and not written down would be none.
  if (!catalogue_->addAct(act)) return catalogueError();
  const std::uint64_t term = numberTerm(writerKey_, searched);
  std::size_t erased = 0;
  for (const PartEntry& part : parts()) {
    writer_.close(part.name);
    readers_.drop(part.name);
    Failure failure;
    const auto eraser = MonthEraser::open(fileOf(part.name), writerKey_, failure);
    if (eraser == nullptr) return refusal(failure, part.name.file());
    const auto count = eraser->erase(term);
    if (!count) return refusal(eraser->failure(), part.name.file());
    if (!sent_.erase(eraser->erased())) return refusal(sent_.failure(), sent_.failedFile());
    erased += *count;
  }
  return erased;
}

}  // namespace lianqiao::history
