#include "intake/entry.h"

#include <algorithm>
#include <utility>

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

/// So that a replay knows by what it was to be made. No adapter's origin begins so.
constexpr std::string_view kDerivedOrigin = "/derivations.yaml/";

queue::Entry derivedEntry(pipeline::Derived derived) {
  queue::Entry entry;
  entry.level = derived.level;
  record::Record& record = derived.record;
  if (derived.problems.empty()) {
    entry.record = std::move(record);
  } else {
    RawItem item;
    item.origin = kDerivedOrigin;
    item.origin += derived.rule;
    entry.quarantined = quarantine(std::move(record.id), record.peer, item,
                                   std::move(record.sourceId), std::move(derived.problems));
  }
  if (derived.joining) {
    queue::Entry& step = entry.joins.emplace_back();
    step.level = derived.level;
    step.record = std::move(derived.joining->step);
    step.body = derived.event;
    entry.alike = std::move(derived.joining->alike);
    entry.within = derived.joining->within;
  }
  entry.body = std::move(derived.event);
  return entry;
}

queue::Entry entryOf(std::string_view peer, RawItem item, std::string id,
                     pipeline::Processed processed) {
  queue::Entry entry;
  for (pipeline::Derived& one : processed.derived)
    entry.derived.push_back(derivedEntry(std::move(one)));
  if (processed.problems.empty()) {
    entry.record = std::move(processed.record);
  } else {
    entry.quarantined = quarantine(std::move(id), peer, item, std::move(processed.record.sourceId),
                                   std::move(processed.problems));
  }
  entry.body = std::move(item.body);
  entry.evidence = std::move(item.evidence);
  return entry;
}

}  // namespace

queue::Entry EntryMaker::make(std::string_view peer, RawItem item,
                              expression::Workspace& workspace) const {
  return make(peer, std::move(item), workspace, ids_.next(), clock_.wall());
}

queue::Entry EntryMaker::make(std::string_view peer, RawItem item, expression::Workspace& workspace,
                              std::string id, WallTime received) const {
  std::vector<Received> one;
  one.push_back({std::move(item), std::move(id), received});
  return std::move(make(peer, std::move(one), workspace).front());
}

std::vector<queue::Entry> EntryMaker::make(std::string_view peer, std::vector<RawItem> items,
                                           expression::Workspace& workspace) const {
  std::vector<Received> all;
  all.reserve(items.size());
  for (RawItem& item : items) all.push_back({std::move(item), ids_.next(), clock_.wall()});
  return make(peer, std::move(all), workspace);
}

/// Those whose mappings lack a reference are made once more, when all of them are known.
std::vector<queue::Entry> EntryMaker::make(std::string_view peer, std::vector<Received> items,
                                           expression::Workspace& workspace) const {
  expression::References& references = workspace.references;
  references.keys.clear();
  std::vector<queue::Entry> entries(items.size());
  std::vector<std::size_t> lacking;
  std::vector<record::Reference> unknown;
  for (std::size_t i = 0; i < items.size(); ++i) {
    pipeline::Processed processed = process(peer, items[i], workspace);
    if (references.unknown.empty()) {
      entries[i] =
          entryOf(peer, std::move(items[i].item), std::move(items[i].id), std::move(processed));
      continue;
    }
    lacking.push_back(i);
    std::move(references.unknown.begin(), references.unknown.end(), std::back_inserter(unknown));
  }
  if (lacking.empty()) return entries;
  lookUp(std::move(unknown), references);
  for (const std::size_t i : lacking) {
    pipeline::Processed processed = process(peer, items[i], workspace);
    entries[i] =
        entryOf(peer, std::move(items[i].item), std::move(items[i].id), std::move(processed));
    await(entries[i], references, items[i].at);
  }
  return entries;
}

/// What has another fault, too, would not become a record by waiting.
void EntryMaker::await(queue::Entry& entry, const expression::References& references,
                       WallTime since) const {
  if (!entry.quarantined || references.unknown.empty()) return;
  queue::Quarantined& item = *entry.quarantined;
  const bool lacksAlone =
      std::all_of(item.problems.begin(), item.problems.end(),
                  [](const Problem& one) { return one.code == codes::kUnknownReference; });
  if (!lacksAlone || references_.waiting == 0) return;
  const record::Reference& missing = references.unknown.front();
  item.awaits = "ref:" + missing.peer + ":" + missing.id;
  item.until = since + references_.wait;
  item.most = references_.waiting;
}

pipeline::Processed EntryMaker::process(std::string_view peer, const Received& received,
                                        expression::Workspace& workspace) const {
  workspace.former = former_ && former_();
  const RawItem& item = received.item;
  if (item.origin.starts_with(kDerivedOrigin))
    return pipeline_.rederive(peer, item.origin.substr(kDerivedOrigin.size()), item.body,
                              received.id, received.at, workspace);
  return pipeline_.process(peer, item, received.id, received.at, workspace);
}

void EntryMaker::lookUp(std::vector<record::Reference> unknown,
                        expression::References& references) const {
  if (!lookUp_) return;
  std::sort(unknown.begin(), unknown.end());
  unknown.erase(std::unique(unknown.begin(), unknown.end()), unknown.end());
  auto keys = lookUp_(unknown);
  if (!keys) return;
  for (std::size_t i = 0; i < unknown.size() && i < keys->size(); ++i)
    if (!(*keys)[i].empty()) references.keys.emplace(std::move(unknown[i]), std::move((*keys)[i]));
}

}  // namespace lianqiao::intake
