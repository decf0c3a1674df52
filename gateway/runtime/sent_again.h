#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "admin/operations.h"
#include "base/mutex.h"
#include "history/store.h"
#include "pipeline/pipeline.h"
#include "setup/setup.h"

namespace lianqiao::runtime {

/// What was sent: as it is kept, or made again from the record by the kept configuration of its
/// delivery. The digest of the delivery tells whether that is what was sent. Thread-safe.
class SentAgain {
 public:
  /// `scratch`: a folder for files of configurations, there during a call alone.
  explicit SentAgain(std::filesystem::path scratch) : scratch_(std::move(scratch)) {}

  Result<admin::SentPayload> of(history::HistoryStore& store, const setup::AdapterSet& adapters,
                                const history::Trail& trail, const history::Delivery& delivery);

 private:
  using Compiled = std::shared_ptr<const pipeline::Pipeline>;

  admin::SentPayload made(history::HistoryStore& store, const setup::AdapterSet& adapters,
                          const history::Trail& trail, const history::Delivery& delivery);
  /// Of a version: compiled once, and kept while few are asked for.
  Result<Compiled> pipelineOf(history::HistoryStore& store, const setup::AdapterSet& adapters,
                              const std::string& version);

  const std::filesystem::path scratch_;
  base::Mutex mutex_;
  std::vector<std::pair<std::string, Compiled>> compiled_ LIANQIAO_GUARDED_BY(mutex_);
};

}  // namespace lianqiao::runtime
