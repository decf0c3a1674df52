#include "intake/entry.h"

#include "lianqiao/codes.h"

namespace lianqiao::intake {
namespace {

queue::Quarantined quarantine(std::string id, std::string_view peer, const RawItem& item,
                              std::string sourceId, std::vector<Problem> problems) {
  queue::Quarantined quarantined;
  quarantined.id = std::move(id);
  quarantined.peer = peer;
  quarantined.sourceId = std::move(sourceId);
  quarantined.origin = item.origin;
  quarantined.code = problems.empty() ? std::string(codes::kMalformed) : problems.front().code;
  quarantined.problems = std::move(problems);
  return quarantined;
}

}  // namespace

queue::Entry EntryMaker::make(std::string_view peer, RawItem item,
                              expression::Workspace& workspace) const {
  return make(peer, std::move(item), workspace, ids_.next(), clock_.wall());
}

queue::Entry EntryMaker::make(std::string_view peer, RawItem item, expression::Workspace& workspace,
                              std::string id, WallTime received) const {
  queue::Entry entry;
  if (!item.problems.empty()) {
    entry.quarantined =
        quarantine(std::move(id), peer, item, item.sourceId, std::move(item.problems));
  } else {
    workspace.former = former_ && former_();
    pipeline::Processed processed = pipeline_.process(peer, item, id, received, workspace);
    if (processed.problems.empty()) {
      entry.record = std::move(processed.record);
    } else {
      entry.quarantined =
          quarantine(std::move(id), peer, item, std::move(processed.record.sourceId),
                     std::move(processed.problems));
    }
  }
  entry.body = std::move(item.body);
  entry.evidence = std::move(item.evidence);
  return entry;
}

}  // namespace lianqiao::intake
