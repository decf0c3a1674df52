#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <vector>

#include "base/mutex.h"
#include "history_sqlite/catalogue.h"
#include "history_sqlite/month_reader.h"

namespace lianqiao::history {

/// Files that stay open for reading: a search over sixty months would else spend most of its time
/// with opening them. Thread-safe.
class ReaderPool {
 public:
  /// A reader for one caller. It goes back by itself, unless it has met a failure.
  class Lease {
   public:
    Lease(ReaderPool& pool, PartName part, std::uint64_t era, std::unique_ptr<MonthReader> reader)
        : pool_(pool), part_(std::move(part)), era_(era), reader_(std::move(reader)) {}
    ~Lease();
    Lease(Lease&&) noexcept = default;
    Lease& operator=(Lease&&) = delete;

    /// False where the file could not be opened.
    explicit operator bool() const { return reader_ != nullptr; }
    MonthReader* operator->() const { return reader_.get(); }
    MonthReader& operator*() const { return *reader_; }

   private:
    ReaderPool& pool_;
    const PartName part_;
    const std::uint64_t era_;
    std::unique_ptr<MonthReader> reader_;
  };

  /// `key` must outlive it.
  ReaderPool(std::filesystem::path folder, const NodeKey& key)
      : folder_(std::move(folder)), key_(key) {}

  Lease take(const PartName& part, Failure& failure) LIANQIAO_EXCLUDES(mutex_);
  /// Its file is changed behind the readers, moved, or deleted.
  void drop(const PartName& part) LIANQIAO_EXCLUDES(mutex_);

 private:
  void give(const PartName& part, std::uint64_t era, std::unique_ptr<MonthReader> reader)
      LIANQIAO_EXCLUDES(mutex_);

  const std::filesystem::path folder_;
  const NodeKey& key_;
  base::Mutex mutex_;
  std::map<PartName, std::vector<std::unique_ptr<MonthReader>>> idle_ LIANQIAO_GUARDED_BY(mutex_);
  std::size_t count_ LIANQIAO_GUARDED_BY(mutex_) = 0;
  std::uint64_t era_ LIANQIAO_GUARDED_BY(mutex_) = 0;
};

}  // namespace lianqiao::history
