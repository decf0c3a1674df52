#include "intake/replay.h"

#include <algorithm>
#include <future>
#include <set>
#include <utility>

#include "lianqiao/codes.h"
#include "lianqiao/json.h"

namespace lianqiao::intake {
namespace {

using Outcome = ReplayItem::Result;

ReplayItem itemOf(const review::ExceptionInfo& exception) {
  ReplayItem item;
  item.id = exception.id;
  item.peer = exception.peer;
  return item;
}

void fail(ReplayItem& item, const std::vector<Problem>& problems) {
  item.result = Outcome::failing;
  if (problems.empty()) return;
  item.problems = problems;
  const Problem& first = problems.front();
  item.code = first.code;
  item.message = first.path.empty() ? first.message : first.path + ": " + first.message;
  if (problems.size() > 1) {
    item.message += " (and " + std::to_string(problems.size() - 1) + " more)";
  }
}

/// Where the adapter read only a part, the rest would make a good record of a shifted row.
std::vector<Problem> partlyRead(const review::ExceptionInfo& exception) {
  if (exception.code == codes::kPluginCrashed) {
    return {{exception.code, "",
             "The request was never read and cannot be replayed; when its adapter is mended, or "
             "after lianqiao resume, have it sent again."}};
  }
  if (!exception.code.starts_with("decode.")) return {};
  return {{exception.code, "",
           "The item was not read as a whole and cannot be replayed; mend it at its source and "
           "send it again."}};
}

void supersede(ReplayItem& item, const review::KnownRevision& later) {
  item.result = Outcome::superseded;
  item.message =
      "Record " + later.recordId +
      " of the same thing came later and would be overtaken; --force replays it all the same.";
}

/// Has arrived after `id`: ids sort by time, and a replayed item keeps its own. What was late then
/// is none to fall back from.
const review::KnownRevision* laterThan(std::string_view id,
                                       const std::vector<review::KnownRevision>& known) {
  const auto last =
      std::find_if(known.rbegin(), known.rend(), [](const auto& one) { return !one.late; });
  return last == known.rend() || last->recordId <= id ? nullptr : &*last;
}

/// The same of a record that is to be accepted, by its sender's own times where those tell it.
const review::KnownRevision* laterThan(const record::Record& record,
                                       const std::vector<review::KnownRevision>& known) {
  const auto last = std::find_if(known.begin(), known.end(),
                                 [](const auto& one) { return one.happened.has_value(); });
  if (record.happened && last != known.end()) {
    if (record.happened->time + record.happened->unit <= last->happened->time) return &*last;
    if (last->happened->time + last->happened->unit <= record.happened->time) return nullptr;
  }
  return laterThan(record.id, known);
}

std::string_view attribute(const json::Value& event, std::string_view name) {
  const json::Value* value = event.find(name);
  return value == nullptr ? std::string_view() : value->text();
}

RawItem rawItemOf(const review::ExceptionInfo& exception) {
  RawItem item;
  item.body = exception.body;
  item.evidence = exception.evidence;
  item.origin = exception.origin;
  item.sourceId = exception.sourceId;
  return item;
}

}  // namespace

Result<ReplayItem> Replay::one(std::string_view exceptionId, ReplayMode mode) {
  auto exception = records_.exception(exceptionId);
  if (!exception) return exception.error();
  if (!exception->has_value()) return review::noSuchException(records_, exceptionId);
  ReplayPage page;
  std::vector<queue::Entry> pending;
  auto item = take(**exception, mode, pending);
  if (!item) return item;
  page.items.push_back(std::move(item).value());
  submit(std::move(pending), page);
  if (page.items.empty()) return *page.stopped;
  return std::move(page.items.front());
}

Result<ReplayPage> Replay::page(const review::ExceptionFilter& filter, ReplayMode mode) {
  auto found = records_.exceptions(filter);
  if (!found) return found.error();
  std::vector<std::string> ids;
  ids.reserve(found->size());
  for (const review::ExceptionInfo& one : *found) ids.push_back(one.id);
  std::size_t looked = 0;
  auto page = take(ids, mode, looked);
  if (!page) return page;
  const bool more = looked < ids.size() || ids.size() >= filter.limit;
  if (more && looked > 0 && !page->stopped) page->next = ids[looked - 1];
  return page;
}

Result<ReplayPage> Replay::those(const std::vector<std::string>& exceptionIds, ReplayMode mode) {
  std::size_t looked = 0;
  return take(exceptionIds, mode, looked);
}

/// `looked`: at so many of them.
Result<ReplayPage> Replay::take(const std::vector<std::string>& ids, ReplayMode mode,
                                std::size_t& looked) {
  ReplayPage page;
  std::vector<queue::Entry> pending;
  std::size_t bytes = 0;
  for (looked = 0; looked < ids.size() && bytes <= kMostBytes; ++looked) {
    auto exception = records_.exception(ids[looked]);
    if (!exception) {
      page.stopped = exception.error();
      break;
    }
    if (!exception->has_value()) continue;
    bytes += (**exception).body.size() + (**exception).evidence.size();
    // In order of arrival: a delivery is owed again at once, so what stands before it goes first.
    if (!(**exception).inbound && !pending.empty()) {
      submit(std::exchange(pending, {}), page);
      if (page.stopped) break;
    }
    auto item = take(**exception, mode, pending);
    if (!item) {
      page.stopped = item.error();
      break;
    }
    page.items.push_back(std::move(item).value());
  }
  submit(std::move(pending), page);
  if (page.stopped && page.items.empty()) return *page.stopped;
  return page;
}

Result<ReplayItem> Replay::take(const review::ExceptionInfo& exception, ReplayMode mode,
                                std::vector<queue::Entry>& pending) {
  ReplayItem item = itemOf(exception);
  auto taken = exception.inbound ? takeInbound(exception, mode, item, pending)
                                 : takeDelivery(exception, mode, item);
  if (!taken) return taken.error();
  return item;
}

Result<void> Replay::takeDelivery(const review::ExceptionInfo& exception, ReplayMode mode,
                                  ReplayItem& item) {
  item.result = Outcome::requeued;
  json::Document event;
  if (!json::parse(exception.event, event)) {
    fail(item, {{exception.code, "", "Its record is no longer kept."}});
    return {};
  }
  if (!mode.force) {
    auto known = records_.revisions(attribute(event.root, "peer"),
                                    attribute(event.root, "sourceid"), exception.peer);
    if (!known) return known.error();
    // Each step is a thing of its own; what it could set back is the thing that it moved.
    auto steps =
        records_.steps(attribute(event.root, "subject"), exception.recordId, exception.peer);
    if (!steps) return steps.error();
    known->insert(known->end(), steps->begin(), steps->end());
    std::sort(known->begin(), known->end(),
              [](const auto& a, const auto& b) { return a.recordId < b.recordId; });
    // What the peer was never owed, or has not had either, it cannot fall back from.
    std::erase_if(*known, [](const review::KnownRevision& one) {
      return one.state.empty() || one.state == "buried";
    });
    if (const auto* later = laterThan(exception.recordId, *known)) {
      supersede(item, *later);
      return {};
    }
  }
  if (mode.preview) return {};
  auto requeued = records_.requeue(exception.id, mode.who);
  if (!requeued) return requeued.error();
  if (!*requeued) fail(item, {{exception.code, "", "It is owed again already."}});
  return {};
}

Result<void> Replay::takeInbound(const review::ExceptionInfo& exception, ReplayMode mode,
                                 ReplayItem& item, std::vector<queue::Entry>& pending) {
  if (const auto problems = partlyRead(exception); !problems.empty()) {
    fail(item, problems);
    return {};
  }
  expression::Workspace workspace;
  queue::Entry entry =
      entries_.make(exception.peer, rawItemOf(exception), workspace, exception.id, exception.at);
  if (entry.quarantined) {
    // Still bad: the first exception stays, with its evidence and age.
    fail(item, entry.quarantined->problems);
    item.awaits = entry.quarantined->awaits;
    return {};
  }
  const record::Record& record = *entry.record;
  auto known = records_.revisions(
      record.peer, record.sourceId.empty() ? "#" + record.fingerprint : record.sourceId, {});
  if (!known) return known.error();
  item.result = Outcome::accepted;
  const auto alike = [&](const review::KnownRevision& one) {
    return one.fingerprint == record.fingerprint ||
           (!record.formerFingerprint.empty() && one.fingerprint == record.formerFingerprint);
  };
  const auto same = std::find_if(known->begin(), known->end(), [&](const auto& one) {
    return one.revision == record.revision && (!record.revision.empty() || alike(one));
  });
  if (same != known->end()) {
    if (!alike(*same)) {
      fail(item, {{codes::kConflict, "/revision",
                   "this revision came with other content, as record " + same->recordId}});
      return {};
    }
    if (same->recordId != exception.id) item.result = Outcome::duplicate;
  } else if (const auto* later = laterThan(record, *known); later != nullptr && !mode.force) {
    supersede(item, *later);
    return {};
  }
  entry.forced = mode.force;
  if (!mode.preview) pending.push_back(std::move(entry));
  return {};
}

void Replay::submit(std::vector<queue::Entry> pending, ReplayPage& page) {
  if (pending.empty()) return;
  std::set<std::string> ids;
  for (const queue::Entry& entry : pending) ids.insert(entry.record->id);
  queue::Submission submission;
  submission.entries = std::move(pending);
  submission.answered = true;  // with the exception's id
  std::promise<Result<std::vector<ItemVerdict>>> stored;
  auto settled = stored.get_future();
  submissions_.submit(std::move(submission), [&stored](Result<std::vector<ItemVerdict>> verdicts) {
    stored.set_value(std::move(verdicts));
  });
  const auto verdicts = settled.get();
  if (!verdicts) {
    // What is not known to be stored keeps its exception; replayed again, it is recognised.
    std::erase_if(page.items, [&](const ReplayItem& item) { return ids.contains(item.id); });
    page.stopped = verdicts.error();
    return;
  }
  auto verdict = verdicts->begin();
  for (ReplayItem& item : page.items) {
    if (!ids.contains(item.id)) continue;
    if (auto concluded = conclude(*verdict++, item); !concluded) page.stopped = concluded.error();
  }
}

Result<void> Replay::conclude(const ItemVerdict& verdict, ReplayItem& item) {
  if (verdict.status == ItemVerdict::Status::quarantined) {
    // The queue has not quarantined it again: an exception of this id was there.
    fail(item, verdict.problems);
    return {};
  }
  const bool duplicate = verdict.status == ItemVerdict::Status::duplicate;
  item.result = duplicate ? Outcome::duplicate : Outcome::accepted;
  auto dropped = records_.dropException(item.id);
  if (!dropped) return dropped.error();
  return {};
}

}  // namespace lianqiao::intake
