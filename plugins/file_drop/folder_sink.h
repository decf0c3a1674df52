#pragma once

#include <string>

#include "file_drop/delivered_log.h"
#include "file_drop/drop_settings.h"
#include "file_drop/folder.h"
#include "file_drop/output_manifest.h"
#include "lianqiao/host.h"
#include "lianqiao/mutex.h"
#include "lianqiao/roles.h"

namespace lianqiao::file_drop {

/// Sink that writes records into a folder, one file per batch. A file appears under its name whole
/// and synced, or not at all. The name is the first record's id (which sorts by time) and a digest
/// of the batch's idempotency keys.
///
/// Before a file is put in its place it is noted as ready with the keys in it, and after that as
/// placed: see DeliveredLog. Only what was placed is delivered: a record tried again, alone or in
/// another batch, even after its file was fetched away, is not written twice, and one whose file
/// was taken away or changed while it was only ready is written again. The manifest beside it is
/// there before it is noted as placed. Thread-safe.
class FolderSink final : public Sink {
 public:
  FolderSink(DropSettings settings, Host& host);

  Outcome deliver(const Delivery& delivery, Deadline deadline) override;
  [[nodiscard]] std::size_t batchLimit() const override { return settings_.outputBatch; }
  std::vector<Outcome> deliverBatch(std::span<const Delivery> deliveries,
                                    Deadline deadline) override;
  Result<void> probe(Deadline deadline) override;

 private:
  using Ready = DeliveredLog::Ready;

  Result<void> open() LIANQIAO_REQUIRES(mutex_);
  Result<std::string> whereIs(const std::string& key) LIANQIAO_REQUIRES(mutex_);
  Result<void> place(const std::string& file, const Ready& ready, const FileState* made)
      LIANQIAO_REQUIRES(mutex_);
  Result<void> openForManifest(const std::string& name, Fd& content) const
      LIANQIAO_REQUIRES(mutex_);
  Result<void> putManifest(const std::string& file, const Fd& content, std::size_t records)
      LIANQIAO_REQUIRES(mutex_);
  [[nodiscard]] Result<bool> isOurs(const std::string& name, const Ready& ready,
                                    const FileState* made) const LIANQIAO_REQUIRES(mutex_);
  [[nodiscard]] Result<FileState> prepare(const std::string& name, std::string_view bytes) const
      LIANQIAO_REQUIRES(mutex_);
  Result<std::string> write(std::span<const Delivery* const> deliveries) LIANQIAO_REQUIRES(mutex_);
  [[nodiscard]] std::string content(std::span<const Delivery* const> deliveries) const;

  DropSettings settings_;
  Host& host_;
  const OutputManifest manifest_;
  Mutex mutex_;
  bool opened_ LIANQIAO_GUARDED_BY(mutex_) = false;
  Folder output_ LIANQIAO_GUARDED_BY(mutex_);
  DeliveredLog log_ LIANQIAO_GUARDED_BY(mutex_);
};

}  // namespace lianqiao::file_drop
