#include "history_sqlite/reader_pool.h"

namespace lianqiao::history {

using base::Lock;

namespace {

/// Five years of two classes; each takes three files of the process, and 1 MiB of pages.
constexpr std::size_t kMostIdle = 128;

}  // namespace

ReaderPool::Lease::~Lease() {
  if (reader_ != nullptr) pool_.give(part_, era_, std::move(reader_));
}

ReaderPool::Lease ReaderPool::take(const PartName& part, Failure& failure) {
  std::uint64_t era = 0;
  {
    const Lock lock(mutex_);
    era = era_;
    const auto idle = idle_.find(part);
    if (idle != idle_.end() && !idle->second.empty()) {
      auto reader = std::move(idle->second.back());
      idle->second.pop_back();
      --count_;
      return {*this, part, era, std::move(reader)};
    }
  }
  return {*this, part, era, MonthReader::open(folder_ / part.file(), part.month, key_, failure)};
}

void ReaderPool::give(const PartName& part, std::uint64_t era,
                      std::unique_ptr<MonthReader> reader) {
  if (!reader->forget()) return;
  const Lock lock(mutex_);
  if (era != era_ || count_ >= kMostIdle) return;
  idle_[part].push_back(std::move(reader));
  ++count_;
}

void ReaderPool::drop(const PartName& part) {
  const Lock lock(mutex_);
  ++era_;
  const auto idle = idle_.find(part);
  if (idle == idle_.end()) return;
  count_ -= idle->second.size();
  idle_.erase(idle);
}

}  // namespace lianqiao::history
