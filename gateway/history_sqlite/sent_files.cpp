#include "history_sqlite/sent_files.h"

#include <system_error>

namespace lianqiao::history {

using sqlite::Fault;

namespace {

/// A batch over the border of two months writes into both.
constexpr std::size_t kMostOpenFiles = 2;

}  // namespace

SentFiles::SentFiles(std::filesystem::path folder, std::chrono::milliseconds keep,
                     SetAside setAside)
    : folder_(std::move(folder)), keep_(keep), setAside_(std::move(setAside)) {}

bool SentFiles::fail(const Month& month, const Failure& failure) {
  failure_ = failure;
  failedFile_ = SentFile::nameOf(month);
  open_.erase(month);
  return false;
}

/// Null where it is not there, which is no failure, or cannot be opened.
SentFile* SentFiles::file(const Month& month, Opening opening) {
  failure_ = {};
  const auto known = open_.find(month);
  if (known != open_.end()) return known->second.get();
  std::error_code error;
  const auto path = folder_ / SentFile::nameOf(month);
  if (opening == Opening::there && !std::filesystem::exists(path, error)) return nullptr;
  Failure failure;
  auto opened = SentFile::open(folder_, month, opening, failure);
  if (opened == nullptr) {
    fail(month, failure);
    return nullptr;
  }
  if (open_.size() >= kMostOpenFiles) open_.erase(open_.begin());
  return open_.emplace(month, std::move(opened)).first->second.get();
}

bool SentFiles::addTo(const Month& month, const std::vector<const SentPayload*>& payloads) {
  for (const bool again : {true, false}) {
    SentFile* to = file(month, Opening::make);
    if (to != nullptr && to->add(payloads)) return true;
    if (to != nullptr) fail(month, to->failure());
    if (!again || failure_.fault != Fault::damaged) return false;
    setAside_(failedFile_, failure_.why);
  }
  return false;
}

bool SentFiles::write(const std::vector<SentPayload>& payloads) {
  if (keep_.count() == 0) return true;
  std::map<Month, std::vector<const SentPayload*>> byMonth;
  for (const SentPayload& one : payloads)
    if (const auto id = PackedId::read(one.record)) byMonth[Month::of(id->time())].push_back(&one);
  for (const auto& [month, its] : byMonth)
    if (!addTo(month, its)) return false;
  return true;
}

bool SentFiles::find(const PackedId& record, std::string_view peer,
                     std::optional<std::string>& into) {
  const Month month = Month::of(record.time());
  SentFile* from = file(month, Opening::there);
  if (from == nullptr) return failure_.fault == Fault::none;
  return from->find(record, peer, into) || fail(month, from->failure());
}

bool SentFiles::erase(const std::vector<PackedId>& records) {
  std::map<Month, std::vector<PackedId>> byMonth;
  for (const PackedId& one : records) byMonth[Month::of(one.time())].push_back(one);
  for (const auto& [month, its] : byMonth) {
    SentFile* of = file(month, Opening::there);
    if (of == nullptr && failure_.fault != Fault::none) return false;
    if (of != nullptr && !of->erase(its)) return fail(month, of->failure());
  }
  return true;
}

std::vector<Month> SentFiles::months() const {
  std::vector<Month> months;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(folder_, error))
    if (const auto month = SentFile::monthOf(entry.path().filename().string()))
      months.push_back(*month);
  return months;
}

std::optional<std::size_t> SentFiles::retire(WallTime now) {
  std::size_t gone = 0;
  for (const Month& month : months()) {
    if (now < month.end() + keep_) continue;
    open_.erase(month);
    std::error_code error;
    const std::string path = (folder_ / SentFile::nameOf(month)).string();
    std::filesystem::remove(path, error);
    if (error) {
      fail(month, {Fault::other, "it cannot be deleted: " + error.message()});
      return std::nullopt;
    }
    for (const char* end : {"-wal", "-shm"}) std::filesystem::remove(path + end, error);
    ++gone;
  }
  return gone;
}

void SentFiles::verify(Verified& found) {
  for (const Month& month : months()) {
    SentFile* of = file(month, Opening::there);
    if (of != nullptr && of->verify(found.sent)) continue;
    const std::string why = of != nullptr ? of->failure().why : failure_.why;
    found.problems.push_back(SentFile::nameOf(month) + ": " + why +
                             "; what was sent in it is recomputed, or bring it back from a backup");
    open_.erase(month);
  }
}

}  // namespace lianqiao::history
