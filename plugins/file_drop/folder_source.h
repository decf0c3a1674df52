#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "file_drop/content_digest.h"
#include "file_drop/drop_cursor.h"
#include "file_drop/drop_folder.h"
#include "file_drop/drop_settings.h"
#include "file_drop/result_file.h"
#include "lianqiao/roles.h"

namespace lianqiao::file_drop {

/// Source over a drop folder. Each file is claimed, read through once to know that it can be read
/// to its end, then read in batches. Where to go on is the smaller of the cursor and the rows that
/// the result file holds, so that rows stored but not confirmed before a crash come again (the
/// gateway knows them as duplicates) and the result misses none. A file that cannot be read becomes
/// one item with problems. Errors of the folder itself are deliver.connect.
///
/// A file is read from one descriptor. Its size and time are compared behind each batch, and with
/// its digest behind the last row, before that batch is given: a file that somebody still writes is
/// read again from its first row when it has settled.
///
/// What lies in the folder and is not read becomes one item with problems for the whole folder: see
/// UnreadList.
///
/// One poll() does a bounded amount of work and goes on in the next, so that it stays far below its
/// deadline whatever the size of the file; such a batch is empty and has `more` set.
class FolderSource final : public Source {
 public:
  FolderSource(DropSettings settings, Host& host);

  Result<Batch> poll(std::string_view cursor, Deadline deadline) override;
  Result<void> confirm(const Batch& batch, std::span<const ItemVerdict> verdicts) override;

 private:
  struct Label {
    std::uint64_t row = 0;
    std::string sheet;
  };
  /// What was given and not yet confirmed.
  struct Pending {
    std::string cursor;
    std::vector<Label> labels;
  };
  struct Job {
    std::string id;
    Claim* claim = nullptr;  ///< Of `folder_`; valid while it is the current one.
    ResultFile result;
    std::unique_ptr<ItemReader> reader;
    std::optional<Item> ahead;
    std::uint64_t position = 0;  ///< Items that were taken from it.
    bool readThrough = false;
    FileState state;     ///< Before the first row was read.
    std::string digest;  ///< Empty until the file was read through.
    std::unique_ptr<ContentDigest> digesting;
    bool ended = false;
    std::optional<Error> unreadable;
    std::optional<Batch> last;  ///< Read, and given once the digest was compared.
    std::vector<Label> labels;  ///< Of the batch that was read last.
  };

  Result<Batch> pollFolder(std::string_view cursor);
  Result<void> start(Claim& claim);
  Result<std::optional<Batch>> work(const DropCursor& at);
  Result<bool> inspect();
  Result<bool> readThrough();
  Result<bool> takeDigest();
  Result<void> compareWithManifest(ContentDigest& digest);
  Result<std::optional<Batch>> goOn(const DropCursor& at);
  Result<bool> goTo(std::uint64_t rows);
  Result<bool> peek();
  Result<bool> pass(Item& item);
  Result<void> openReader();
  Result<Batch> readRows();
  Result<std::optional<Batch>> giveLast(const DropCursor& at);
  Batch give(const DropCursor& at, Batch batch);
  Batch failureBatch(const DropCursor& at, std::uint64_t from);
  Result<void> finish();
  void readAgain();
  [[nodiscard]] Result<bool> hasChanged() const;
  [[nodiscard]] std::string cursorAt(DropCursor at, std::uint64_t rows, bool failed) const;
  std::optional<Batch> reportUnread(DropCursor at);
  void confirmReport(std::span<const ItemVerdict> verdicts);

  DropSettings settings_;
  Host& host_;
  DropFolder folder_;
  /// Of work that this call of poll() may still do.
  std::shared_ptr<Pace> pace_ = std::make_shared<Pace>();
  std::optional<Job> job_;
  std::optional<Pending> pending_;
  std::optional<DropCursor> reported_;  ///< The report that was given and not yet confirmed.
  std::optional<DropCursor> told_;      ///< The same when it was: the next cursor says so.
};

}  // namespace lianqiao::file_drop
