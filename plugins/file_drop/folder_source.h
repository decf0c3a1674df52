#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "file_drop/drop_folder.h"
#include "file_drop/drop_settings.h"
#include "file_drop/result_file.h"
#include "lianqiao/roles.h"

namespace lianqiao::file_drop {

/// Source over a drop folder. Each file is claimed, read through once to know that it can be read
/// to its end, then read in batches. The cursor is {"claim","digest","rows","failed"}; where to go
/// on is the smaller of the cursor and the rows that the result file holds, so that rows stored but
/// not confirmed before a crash come again (the gateway knows them as duplicates) and the result
/// misses none. A file that cannot be read becomes one item with problems. Errors of the folder
/// itself are deliver.connect.
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
  struct Job {
    Claim claim;
    ResultFile result;
    std::unique_ptr<ItemReader> reader;
    std::uint64_t position = 0;  ///< Items that `reader` has given.
    bool inspected = false;
    bool ended = false;
    std::optional<Error> unreadable;
  };
  /// What the cursor says of the current file.
  struct Stored {
    std::uint64_t rows = 0;
    bool failed = false;  ///< The last of them says that the file cannot be read.
  };
  struct Pending {
    std::string cursor;
    std::vector<Label> labels;
  };

  Result<void> start(const Claim& claim);
  Result<std::optional<Batch>> work(std::string_view cursor);
  Result<bool> inspect();
  Result<bool> goTo(std::uint64_t rows);
  Result<bool> pass(Item& item);
  Result<void> openReader();
  Result<Batch> readRows(std::uint64_t from);
  Batch failureBatch(std::uint64_t from);
  Result<void> finish();
  [[nodiscard]] bool spent() const;
  [[nodiscard]] std::string cursorAt(std::uint64_t rows, bool failed) const;
  [[nodiscard]] Stored storedRows(std::string_view cursor) const;

  DropSettings settings_;
  Host& host_;
  DropFolder folder_;
  std::uint64_t bytesLeft_ = 0;  ///< Of work that this call of poll() may still do.
  std::optional<Job> job_;
  std::optional<Pending> pending_;
};

/// Source over one file, for `lianqiao map`: nothing is claimed or moved.
class SampleSource final : public Source {
 public:
  SampleSource(DropSettings settings, std::filesystem::path file);
  Result<Batch> poll(std::string_view cursor, Deadline deadline) override;

 private:
  DropSettings settings_;
  std::filesystem::path file_;
  std::unique_ptr<ItemReader> reader_;
  std::uint64_t position_ = 0;
  bool ended_ = false;
};

}  // namespace lianqiao::file_drop
