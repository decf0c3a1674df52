#pragma once

#include <deque>
#include <filesystem>
#include <mutex>
#include <string>
#include <unordered_map>

#include "file_drop/drop_settings.h"
#include "file_drop/folder.h"
#include "lianqiao/host.h"
#include "lianqiao/roles.h"

namespace lianqiao::file_drop {

/// Sink that writes records into a folder, one file per batch. A file appears under its name whole
/// and synced, or not at all. The name is the first record's id (which sorts by time) and a digest
/// of the batch's idempotency keys.
///
/// Before a file is put in its place, the keys in it are noted in `delivered.log` in the peer's
/// data folder: a record tried again, alone or in another batch, even after its file was fetched
/// away, is delivered without writing it twice. The last 50,000 keys are remembered. Thread-safe.
class FolderSink final : public Sink {
 public:
  FolderSink(DropSettings settings, Host& host);

  Outcome deliver(const Delivery& delivery, Deadline deadline) override;
  [[nodiscard]] std::size_t batchLimit() const override { return settings_.outputBatch; }
  std::vector<Outcome> deliverBatch(std::span<const Delivery> deliveries,
                                    Deadline deadline) override;
  Result<void> probe(Deadline deadline) override;

 private:
  Result<void> open();
  Result<void> load();
  Result<void> compact();
  void remember(std::string key, std::string file);
  /// Puts a file in its place that was noted and is only ready; nothing where it did reach it.
  Result<void> settle(const std::string& file);
  Result<void> prepare(const std::string& name, std::string_view bytes);
  Result<std::string> write(std::span<const Delivery* const> deliveries);
  [[nodiscard]] std::string content(std::span<const Delivery* const> deliveries) const;

  DropSettings settings_;
  Host& host_;
  std::mutex mutex_;
  bool opened_ = false;
  Folder output_;
  Folder own_;  ///< The peer's data folder.
  Fd log_;
  std::size_t logLines_ = 0;
  std::unordered_map<std::string, std::string> files_;  ///< By digest of the idempotency key.
  std::deque<std::string> order_;
};

}  // namespace lianqiao::file_drop
