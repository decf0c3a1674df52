#pragma once

#include <functional>
#include <string_view>

#include "base/clock.h"
#include "base/ids.h"
#include "lianqiao/roles.h"
#include "pipeline/pipeline.h"
#include "queue/submissions.h"

namespace lianqiao::intake {

/// Runs raw items through the pipeline into what the queue stores: every item becomes an entry,
/// whole as a record or whole in quarantine. Thread-safe; a Workspace belongs to one thread.
class EntryMaker {
 public:
  /// `former`: asked before each record, whether WorkQueue::comparesFormer().
  EntryMaker(const pipeline::Pipeline& pipeline, base::Clock& clock, base::IdSource& ids,
             std::function<bool()> former = {})
      : pipeline_(pipeline), clock_(clock), ids_(ids), former_(std::move(former)) {}

  queue::Entry make(std::string_view peer, RawItem item, expression::Workspace& workspace) const;
  /// Under an id that it has already, as received then.
  queue::Entry make(std::string_view peer, RawItem item, expression::Workspace& workspace,
                    std::string id, WallTime received) const;

 private:
  const pipeline::Pipeline& pipeline_;
  base::Clock& clock_;
  base::IdSource& ids_;
  const std::function<bool()> former_;
};

}  // namespace lianqiao::intake
