#pragma once

#include <unistd.h>

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log_line.h"
#include "base/mutex.h"
#include "history/store.h"
#include "history_sqlite/batch_writer.h"
#include "history_sqlite/catalogue.h"
#include "history_sqlite/reader_pool.h"
#include "history_sqlite/sent_files.h"

namespace lianqiao::history {

/// The store in SQLite: a file for each month and class (FORMAT.md). One process at a time: it
/// locks the folder.
class SqliteStore final : public HistoryStore {
 public:
  /// A damaged catalogue is set aside and made anew from the files.
  static OpenStore open;

  [[nodiscard]] const std::string& identity() const override { return unsealing_.check(); }
  [[nodiscard]] record::JournalPosition position() const override;
  Result<void> write(const Batch& batch) override;
  Result<std::vector<std::string>> unknown(const std::vector<std::string>& ids) override;
  Result<Page> find(const Query& query) override;
  Result<std::optional<Trail>> show(std::string_view id) override;
  Result<void> scan(const Scan& scan, ScanVisitor& visitor) override;
  Result<std::optional<std::string>> sent(std::string_view record, std::string_view peer) override;
  Result<std::vector<DayCount>> counts(std::string_view day) override;
  Result<Verified> verify() override;
  [[nodiscard]] StoreState state() const override;
  Result<void> noteGap(const Gap& gap) override;
  Result<void> refill(const Batch& batch) override;
  Result<void> noteRefilled(std::uint64_t records) override;
  Result<void> keepConfiguration(std::string_view version, std::string_view content) override;
  Result<std::optional<std::string>> configuration(std::string_view version) override;
  Result<void> noteAct(const Act& act) override;
  Result<std::vector<Act>> acts(std::size_t most) override;
  Result<std::size_t> retire(WallTime now) override;
  Result<std::size_t> erase(std::string_view number, const Act& act) override;

 private:
  class Search;

  SqliteStore(StoreSettings settings, const std::string& secret, base::LogLine log,
              const base::Clock& clock);

  Result<void> enter();
  bool openCatalogue(Failure& failure) LIANQIAO_REQUIRES(writing_);
  Result<void> compareKey() LIANQIAO_REQUIRES(writing_);
  bool readCatalogue(Failure& failure) LIANQIAO_REQUIRES(writing_);
  bool takeUpFiles(Failure& failure) LIANQIAO_REQUIRES(writing_);
  std::string renameAside(const std::string& file) const;
  void setAside(const std::string& file, const std::string& why);
  void setAside(const PartName& part, const std::string& why) LIANQIAO_REQUIRES(writing_);
  [[nodiscard]] Error refusal(const Failure& failure, const std::string& file) const;
  [[nodiscard]] Error catalogueError() const LIANQIAO_REQUIRES(writing_);
  Result<void> writeParts(const Batch& batch, bool refills) LIANQIAO_REQUIRES(writing_);
  Result<void> advance(record::JournalPosition position) LIANQIAO_REQUIRES(writing_);

  [[nodiscard]] std::vector<PartEntry> parts() const LIANQIAO_EXCLUDES(state_);
  [[nodiscard]] std::vector<ClassSize> classes() const LIANQIAO_EXCLUDES(state_);
  [[nodiscard]] std::filesystem::path fileOf(const PartName& part) const;
  /// None where the file is gone meanwhile, or cannot be read: `unread` says so then.
  ReaderPool::Lease reader(const PartName& part, std::vector<std::string>& unread);
  /// What a reader met: damage of the whole file sets it aside.
  void met(const PartName& part, const Failure& failure, std::vector<std::string>& unread);
  std::optional<ExceptionTrail> exceptionOf(const PackedId& id, std::vector<std::string>& unread);

  struct FolderLock {
    ~FolderLock() { ::close(handle); }
    int handle = -1;
  };

  FolderLock folder_;  ///< First: until all files are closed.
  const StoreSettings settings_;
  const base::LogLine log_;
  const base::Clock& clock_;
  const NodeKey unsealing_;
  ReaderPool readers_;

  base::Mutex writing_;
  NodeKey writerKey_ LIANQIAO_GUARDED_BY(writing_);
  BatchWriter writer_ LIANQIAO_GUARDED_BY(writing_);
  SentFiles sent_ LIANQIAO_GUARDED_BY(writing_);
  std::unique_ptr<Catalogue> catalogue_ LIANQIAO_GUARDED_BY(writing_);

  base::Mutex terms_;  ///< Not held while anything waits.
  NodeKey readerKey_ LIANQIAO_GUARDED_BY(terms_);

  mutable base::Mutex state_;
  std::map<PartName, DayRange> parts_ LIANQIAO_GUARDED_BY(state_);
  record::JournalPosition position_ LIANQIAO_GUARDED_BY(state_);
  std::vector<std::string> damaged_ LIANQIAO_GUARDED_BY(state_);
  std::vector<Gap> gaps_ LIANQIAO_GUARDED_BY(state_);
};

}  // namespace lianqiao::history
