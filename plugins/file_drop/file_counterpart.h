#pragma once

#include <memory>
#include <optional>
#include <string>

#include "file_drop/completeness.h"
#include "file_drop/content_digest.h"
#include "file_drop/list_name.h"
#include "lianqiao/counterpart.h"
#include "lianqiao/json.h"
#include "lianqiao/roles.h"

namespace lianqiao::file_drop {

/// Role counterpart over files: the other side puts a list of what it holds of a day beside the
/// ledgers, and it is read as they are. It is taken when a ledger would be: nobody writes it, it
/// has settled, its marker and manifest are there where they are set. Its manifest's rows are the
/// list's total; what else the manifest says must be true before the first row counts.
///
/// Read from one descriptor, a page a call, in bounded steps. Fails with
/// - reconcile.not_yet while there is no list, or it is still being written: it is asked for again;
/// - reconcile.cut_short where it is not what its manifest says, or changed while it was read;
/// - decode.* where it cannot be read, with file and row, and without their content.
///
/// Nothing is moved or removed: the lists are the other side's.
class FileCounterpart final : public Counterpart {
 public:
  /// Throws what ListName throws.
  FileCounterpart(DropSettings settings, Host& host);

  Result<HeldPage> list(const HeldQuery& query, std::string_view after, Deadline deadline) override;

 private:
  /// One list from its first page to its last.
  struct Reading {
    std::string name;
    Fd content;
    FileState state;
    std::optional<Manifest> manifest;
    std::unique_ptr<ContentDigest> digest;  ///< Null: nothing is to be compared.
    std::unique_ptr<ItemReader> rows;       ///< Null until the list is known to be whole.
    std::uint64_t pages = 0;
    bool listed = false;  ///< A page had items.
  };

  Result<void> open(const HeldQuery& query);
  /// False when the pace was spent; the next call goes on.
  Result<bool> isWhole();
  Result<bool> agreesWithManifest();
  Result<void> openRows(const HeldQuery& query);
  Result<HeldPage> readPage(const HeldQuery& query);
  Result<HeldItem> heldItem(const Item& row, const HeldQuery& query);
  [[nodiscard]] Result<bool> hasChanged() const;
  [[nodiscard]] std::string shownName() const;

  DropSettings settings_;
  Host& host_;
  const ListName name_;
  CompletenessCheck check_;
  Folder folder_;
  /// Of work that this call of list() may still do.
  std::shared_ptr<Pace> pace_ = std::make_shared<Pace>();
  Deadline deadline_{};
  std::optional<Reading> reading_;
  json::Document document_;
};

}  // namespace lianqiao::file_drop
