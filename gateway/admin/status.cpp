#include "admin/status.h"

#include <algorithm>
#include <set>

#include "admin/json_builder.h"
#include "admin/status_signs.h"
#include "base/rfc3339.h"
#include "lianqiao/codes.h"
#include "record/redact.h"

namespace lianqiao::admin {
namespace {

constexpr std::size_t kMostUnreadFiles = 5;

class StatusWriter {
 public:
  StatusWriter(const Backend& backend, std::string_view only)
      : backend_(backend), only_(only), signs_(backend) {}

  Result<std::string> run();

 private:
  void writeSpool(const queue::SpoolDepth& spool);
  void writeRefusing();
  void writeHistory();
  Result<void> readExceptions();
  Result<void> writeHeld();
  Result<void> writePeer(const PeerFacts& peer);
  void writeReconciled(const PeerFacts& peer);
  Result<void> writeUnreadFiles(const PeerFacts& peer);
  void writeIn(const PeerFacts& peer, const review::PeerCounts& count);
  void writeOut(const review::PeerCounts& count, const review::PeerDepth& depth,
                const PeerState& state);
  void writeState(const PeerState& state);
  void writeSession(const SessionState& session);
  void writeTotals();
  /// What waits for its time is tried then, where nothing else holds the peer back.
  static PeerState withRetry(PeerState state, const review::PeerDepth& depth) {
    if (!state.nextTry) state.nextTry = depth.nextRetry;
    return state;
  }
  [[nodiscard]] PeerState outState(const PeerFacts& peer, std::uint64_t open) const;

  const Backend& backend_;
  const std::string_view only_;  // peer; empty: all
  StatusSigns signs_;
  std::map<std::string, review::PeerCounts> counts_;
  std::map<std::string, std::uint64_t> exceptions_;  // by peer
  std::set<std::string> withUnreadFiles_;            // peers
  review::PeerCounts total_;
  std::uint64_t open_ = 0;
  std::uint64_t allExceptions_ = 0;
  JsonBuilder json_;
};

Result<std::string> StatusWriter::run() {
  auto counts = backend_.queue.records().counts();
  json_.object()
      .field("node", backend_.node)
      .field("at", base::formatTime(backend_.clock.wall()))
      .field("started", base::formatTime(backend_.started))
      .field("queue_available", counts.ok() && backend_.queue.health().available());
  if (const std::string primary = backend_.queue.health().primary(); !primary.empty())
    json_.field("redis_primary", primary);
  if (const auto spool = backend_.queue.health().spool()) writeSpool(*spool);
  writeRefusing();
  writeHistory();
  if (!counts) {
    // Without Redis nothing is known of the peers, and 0 would be a lie.
    json_.field("queue_error", counts.error().detail).end();
    return json_.take();
  }
  counts_ = std::move(counts).value();
  if (auto read = readExceptions(); !read) return read.error();
  if (auto read = signs_.read(); !read) return read.error();
  json_.name("peers").array();
  std::set<std::string> known;
  for (const PeerFacts& peer : backend_.operations.peers()) {
    known.insert(peer.name);
    if (!only_.empty() && only_ != peer.name) continue;
    if (auto written = writePeer(peer); !written) return written.error();
  }
  for (const auto& [name, count] : counts_) {
    if (known.contains(name) || (!only_.empty() && only_ != name)) continue;
    PeerFacts removed;
    removed.name = removed.title = name;
    removed.removed = true;
    if (auto written = writePeer(removed); !written) return written.error();
  }
  json_.end();
  signs_.writeStrangers(json_);
  if (auto written = writeHeld(); !written) return written.error();
  if (only_.empty()) writeTotals();
  json_.end();
  return json_.take();
}

void StatusWriter::writeSpool(const queue::SpoolDepth& spool) {
  const auto age =
      spool.oldest ? backend_.clock.wall() - *spool.oldest : std::chrono::milliseconds(0);
  json_.name("spool")
      .object()
      .field("requests", spool.submissions)
      .field("bytes", spool.bytes)
      .field("limit", spool.limit)
      .field("aside", spool.aside)
      .field("oldest_seconds", std::chrono::duration_cast<std::chrono::seconds>(age).count())
      .end();
}

void StatusWriter::writeRefusing() {
  if (const auto obstacle = backend_.queue.health().obstacle())
    json_.name("obstacle")
        .object()
        .field("code", obstacle->code)
        .field("detail", obstacle->detail)
        .field("since", base::formatTime(obstacle->since))
        .end();
  json_.name("refusing").array();
  for (const Refusing& one : backend_.operations.refusing())
    json_.object()
        .field("peer", one.peer)
        .field("code", one.code)
        .field("detail", one.detail)
        .end();
  json_.end();
}

void StatusWriter::writeHistory() {
  const HistoryState state = backend_.operations.historyState();
  if (!state.kept) return;
  json_.name("history")
      .object()
      .field("writing", state.writing)
      .field("writer", state.writer)
      .field("split", state.split)
      .field("behind", state.behind)
      .field("gaps", state.gaps)
      .field("refilled", state.refilled)
      .field("refilling", state.refilling);
  json_.name("damaged").array();
  for (const std::string& part : state.damaged) json_.text(part);
  json_.end().name("classes").array();
  for (const history::ClassSize& one : state.classes)
    json_.object()
        .field("class", one.kind)
        .field("bytes", one.bytes)
        .field("per_day", one.perDay)
        .end();
  json_.end();
  if (state.failing)
    json_.field("code", state.failing->code)
        .field("detail", state.failing->detail)
        .field("since", base::formatTime(state.since));
  json_.end();
}

/// What its mappings ignore by now is held no longer.
Result<void> StatusWriter::writeHeld() {
  const auto held = backend_.queue.records().held();
  if (!held) return held.error();
  json_.name("held").array();
  for (const review::HeldLeaf& leaf : *held) {
    const auto ignored = backend_.operations.ignored(leaf.peer);
    if (std::find(ignored.begin(), ignored.end(), leaf.path) != ignored.end()) continue;
    json_.object()
        .field("peer", leaf.peer)
        .field("path", record::maskNumbers(leaf.path))
        .field("updates", leaf.updates)
        .end();
  }
  json_.end();
  return {};
}

Result<void> StatusWriter::readExceptions() {
  const auto causes = backend_.queue.records().exceptionCounts();
  if (!causes) return causes.error();
  for (const auto& [cause, count] : *causes) {
    const std::string peer = cause.substr(0, cause.find(' '));
    exceptions_[peer] += count;
    if (cause == peer + ' ' + std::string(codes::kBadFile)) withUnreadFiles_.insert(peer);
  }
  return {};
}

Result<void> StatusWriter::writePeer(const PeerFacts& peer) {
  const auto found = counts_.find(peer.name);
  const review::PeerCounts count = found == counts_.end() ? review::PeerCounts{} : found->second;
  auto depth = backend_.queue.records().depth(peer.name);
  if (!depth) return depth.error();
  const std::uint64_t open = depth->waiting + depth->leased + depth->retrying;
  const auto exception = exceptions_.find(peer.name);
  const std::uint64_t exceptions = exception == exceptions_.end() ? 0 : exception->second;
  total_.accepted += count.accepted;
  total_.duplicates += count.duplicates;
  total_.quarantined += count.quarantined;
  total_.owed += count.owed;
  total_.delivered += count.delivered;
  total_.buried += count.buried;
  open_ += open;
  allExceptions_ += exceptions;
  if (peer.removed && open == 0 && exceptions == 0) return {};

  json_.object()
      .field("name", peer.name)
      .field("title", peer.title)
      .field("adapter", peer.adapter)
      .field("enabled", peer.enabled);
  json_.field("exceptions", exceptions);
  if (auto written = writeUnreadFiles(peer); !written) return written.error();
  if (auto written = signs_.write(json_, peer); !written) return written.error();
  if (peer.receives || peer.polls) writeIn(peer, count);
  if (peer.delivers || peer.pull || open > 0 || peer.removed)
    writeOut(count, *depth, withRetry(outState(peer, open), *depth));
  writeReconciled(peer);
  json_.end();
  return {};
}

void StatusWriter::writeReconciled(const PeerFacts& peer) {
  const std::vector<ReconciledLine> lines = backend_.operations.reconciled(peer.name);
  if (lines.empty()) return;
  json_.name("reconciled").array();
  for (const ReconciledLine& line : lines) {
    json_.object().field("direction", line.direction).field("daily", line.daily);
    if (!line.day.empty())
      json_.field("day", line.day)
          .field("at", base::formatTime(line.at))
          .field("equal", line.equal)
          .field("ours", line.ours)
          .field("theirs", line.theirs)
          .field("only_ours", line.onlyOurs)
          .field("only_theirs", line.onlyTheirs)
          .field("differing", line.differing)
          .field("open", line.open);
    if (line.error)
      json_.field("code", line.error->code)
          .field("detail", record::maskNumbers(line.error->detail));
    json_.end();
  }
  json_.end();
}

/// Files, and sheets of files, that were quarantined unread: for as long as nobody has closed that.
/// What the source says by itself of what lies before it now is not said twice.
Result<void> StatusWriter::writeUnreadFiles(const PeerFacts& peer) {
  if (!withUnreadFiles_.contains(peer.name)) return {};
  review::ExceptionFilter filter;
  filter.peer = peer.name;
  filter.code = codes::kBadFile;
  filter.limit = kMostUnreadFiles + 2;
  auto found = backend_.queue.records().exceptions(filter);
  if (!found) return found.error();
  const std::string said =
      peer.polls ? backend_.operations.polling(peer.name).unread : std::string();
  std::erase_if(*found, [&said](const review::ExceptionInfo& one) {
    return !one.inbound || said.starts_with(one.origin + ": ");
  });
  if (found->empty()) return {};
  json_.name("unread_files").array();
  for (std::size_t i = 0; i < std::min(found->size(), kMostUnreadFiles); ++i)
    json_.object()
        .field("exception", (*found)[i].id)
        .field("origin", record::maskNumbers((*found)[i].origin))
        .end();
  json_.end().field("more_unread_files", found->size() > kMostUnreadFiles);
  return {};
}

PeerState StatusWriter::outState(const PeerFacts& peer, std::uint64_t open) const {
  if (peer.removed) {
    return {"removed", std::string(codes::kConfig),
            std::to_string(open) +
                " deliveries wait for a peer that is no longer configured; configure it again to "
                "have them sent"};
  }
  if (!peer.enabled) {
    return {"off", std::string(codes::kConfig),
            "switched off, though something is owed to it; write enabled: true to have it sent"};
  }
  if (!peer.pull) return backend_.operations.delivery(peer.name);
  PeerState state{peer.opens ? "scheduled" : "pull", {}, {}};
  if (peer.opens) state.detail = "it is given what it is owed at set times";
  state.nextTry = peer.opens;
  return state;
}

void StatusWriter::writeIn(const PeerFacts& peer, const review::PeerCounts& count) {
  json_.name("in")
      .object()
      .field("accepted", count.accepted)
      .field("duplicates", count.duplicates)
      .field("quarantined", count.quarantined)
      .field("waiting", count.waiting);
  PeerState state{"ok", {}, {}};
  if (peer.polls || peer.closed) state = backend_.operations.polling(peer.name);
  if (state.state == "ok")
    if (auto refusing = signs_.refusing(peer.name)) {
      refusing->unread = std::move(state.unread);
      refusing->session = std::move(state.session);
      state = std::move(*refusing);
    }
  writeState(state);
  if (state.session) writeSession(*state.session);
  json_.end();
}

void StatusWriter::writeOut(const review::PeerCounts& count, const review::PeerDepth& depth,
                            const PeerState& state) {
  const auto age =
      depth.oldest ? backend_.clock.wall() - *depth.oldest : std::chrono::milliseconds(0);
  json_.name("out")
      .object()
      .field("owed", count.owed)
      .field("delivered", count.delivered)
      .field("buried", count.buried)
      .field("echoes", count.echoes)
      .field("failed_attempts", count.attempts)
      .field("waiting", depth.waiting)
      .field("leased", depth.leased)
      .field("retrying", depth.retrying)
      .field("oldest_seconds", std::chrono::duration_cast<std::chrono::seconds>(age).count());
  writeState(state);
  json_.end();
}

void StatusWriter::writeState(const PeerState& state) {
  const bool well = state.state == "ok" || state.state == "pull" || state.state == "scheduled";
  json_.field("state", state.state)
      .field("cause", state.cause)
      .field("fault", well ? std::string_view() : faultOf(state.cause))
      .field("detail", record::maskNumbers(state.detail));
  if (state.since) json_.field("since", base::formatTime(*state.since));
  if (state.nextTry) json_.field("next_try", base::formatTime(*state.nextTry));
  if (!state.unread.empty()) json_.field("unread", record::maskNumbers(state.unread));
}

void StatusWriter::writeSession(const SessionState& session) {
  json_.name("session").object().field("open", session.openSince.has_value());
  if (session.openSince) json_.field("open_since", base::formatTime(*session.openSince));
  if (session.lastHeard) json_.field("last_heard", base::formatTime(*session.lastHeard));
  json_.field("opened", session.opened);
  if (session.lostAt)
    json_.field("lost_at", base::formatTime(*session.lostAt))
        .field("lost_cause", session.lostCause)
        .field("lost_fault", faultOf(session.lostCause))
        .field("lost_detail", record::maskNumbers(session.lostDetail));
  json_.end();
}

void StatusWriter::writeTotals() {
  json_.name("totals").object();
  json_.field("accepted", total_.accepted)
      .field("duplicates", total_.duplicates)
      .field("quarantined", total_.quarantined)
      .field("owed", total_.owed)
      .field("delivered", total_.delivered)
      .field("buried", total_.buried)
      .field("open", open_)
      .field("exceptions", allExceptions_)
      .end();
}

}  // namespace

std::string_view faultOf(std::string_view code) {
  if (code.empty()) return {};
  if (code == codes::kConnect || code == codes::kDeliverTimeout) return "network";
  if (code == codes::kRefused || code == codes::kTls) return "credential";
  if (code == codes::kUnauthenticated || code == codes::kClockSkew ||
      code == codes::kReplayedNonce || code == codes::kForbidden)
    return "credential";
  if (code == codes::kRateLimited) return "peer";
  if (code == codes::kRejected) return "data";
  for (const std::string_view stage : {"decode.", "normalize.", "validate.", "deduplicate."}) {
    if (code.starts_with(stage)) return "data";
  }
  return code.starts_with("deliver.") ? "peer" : "us";
}

Result<std::string> statusText(const Backend& backend, std::string_view peer) {
  return StatusWriter(backend, peer).run();
}

}  // namespace lianqiao::admin
