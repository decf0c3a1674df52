#pragma once

#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/ids.h"
#include "lianqiao/roles.h"
#include "pipeline/pipeline.h"
#include "queue/references.h"
#include "queue/submissions.h"

namespace lianqiao::intake {

/// Runs raw items through the pipeline into what the queue stores: every item becomes an entry,
/// whole as a record, with what is derived from it, or whole in quarantine. The references that
/// their mappings name are looked up for all items of a call at once; an item that lacks nothing
/// but one waits for it in quarantine. An item that was quarantined as something derived is derived
/// again. Thread-safe; a Workspace belongs to one thread.
class EntryMaker {
 public:
  /// queue::References::keysOf(). Where it fails nothing is known.
  using LookUp =
      std::function<Result<std::vector<std::string>>(std::span<const record::Reference>)>;

  /// `former`: asked before each record, whether WorkQueue::comparesFormer().
  EntryMaker(const pipeline::Pipeline& pipeline, base::Clock& clock, base::IdSource& ids,
             std::function<bool()> former = {}, LookUp lookUp = {},
             config::ReferenceSettings references = {})
      : pipeline_(pipeline),
        clock_(clock),
        ids_(ids),
        former_(std::move(former)),
        lookUp_(std::move(lookUp)),
        references_(references) {}

  queue::Entry make(std::string_view peer, RawItem item, expression::Workspace& workspace) const;
  /// An entry for each, in their order.
  std::vector<queue::Entry> make(std::string_view peer, std::vector<RawItem> items,
                                 expression::Workspace& workspace) const;
  /// Under an id that it has already, as received then.
  queue::Entry make(std::string_view peer, RawItem item, expression::Workspace& workspace,
                    std::string id, WallTime received) const;

 private:
  /// An item, and as what it is received.
  struct Received {
    RawItem item;
    std::string id;
    WallTime at;
  };

  std::vector<queue::Entry> make(std::string_view peer, std::vector<Received> items,
                                 expression::Workspace& workspace) const;
  pipeline::Processed process(std::string_view peer, const Received& received,
                              expression::Workspace& workspace) const;
  void await(queue::Entry& entry, const expression::References& references, WallTime since) const;
  void lookUp(std::vector<record::Reference> unknown, expression::References& references) const;

  const pipeline::Pipeline& pipeline_;
  base::Clock& clock_;
  base::IdSource& ids_;
  const std::function<bool()> former_;
  const LookUp lookUp_;
  const config::ReferenceSettings references_;
};

}  // namespace lianqiao::intake
