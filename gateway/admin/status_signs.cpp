#include "admin/status_signs.h"

#include <algorithm>

#include "admin/status.h"
#include "base/rfc3339.h"
#include "record/redact.h"
#include "review/deadline_book.h"

namespace lianqiao::admin {
namespace {

using std::chrono::duration_cast;
using std::chrono::seconds;

constexpr std::size_t kMostCallers = 20;

}  // namespace

StatusSigns::StatusSigns(const Backend& backend)
    : backend_(backend),
      now_(backend.clock.wall()),
      refusing_(backend.operations.refusing()),
      callers_(backend.operations.refusedCallers()) {}

Result<void> StatusSigns::read() {
  review::PeerSigns* signs = backend_.queue.signs();
  if (signs == nullptr) return {};
  auto last = signs->last();
  if (!last) return last.error();
  last_ = std::move(last).value();
  return {};
}

std::optional<PeerState> StatusSigns::refusing(const std::string& peer) const {
  for (const Refusing& one : refusing_)
    if (!one.outbound && (one.peer == peer || one.peer.empty()))
      return PeerState{"refusing", one.code, one.detail};
  const auto lately =
      std::find_if(callers_.begin(), callers_.end(), [&](const observe::RefusedCaller& caller) {
        return caller.peer == peer && now_ - caller.last <= kLately;
      });
  if (lately == callers_.end()) return std::nullopt;
  PeerState state{"refusing", lately->code,
                  lately->address + " was refused in its name, " + std::to_string(lately->times) +
                      " time(s): " + lately->detail};
  state.since = lately->first;
  return state;
}

void StatusSigns::writeLast(JsonBuilder& json, std::string_view name,
                            std::optional<WallTime> time) const {
  if (!time) return;
  json.field(name, base::formatTime(*time));
  json.field(std::string(name) + "_seconds", duration_cast<seconds>(now_ - *time).count());
}

Result<void> StatusSigns::write(JsonBuilder& json, const PeerFacts& peer) const {
  if (!peer.contact.name.empty() || !peer.contact.phone.empty())
    json.name("contact")
        .object()
        .field("name", peer.contact.name)
        .field("phone", peer.contact.phone)
        .end();
  if (const auto known = last_.find(peer.name); known != last_.end()) {
    writeLast(json, "last_in", known->second.in);
    writeLast(json, "last_out", known->second.out);
  }
  if (const auto silence = backend_.operations.silence(peer.name))
    json.name("silent")
        .object()
        .field("since", base::formatTime(silence->since))
        .field("seconds", duration_cast<seconds>(now_ - silence->since).count())
        .field("detail", silence->detail)
        .end();
  if (auto written = writeDeadlines(json, peer.name); !written) return written.error();
  writeCallers(json, peer.name);
  json.name("outages").array();
  if (review::PeerSigns* signs = backend_.queue.signs()) {
    const auto outages = signs->outages(peer.name);
    if (!outages) return outages.error();
    for (const review::Outage& outage : *outages) {
      json.object()
          .field("way", outage.inbound ? "in" : "out")
          .field("begin", base::formatTime(outage.begin));
      if (outage.end) json.field("end", base::formatTime(*outage.end));
      json.field("code", outage.code)
          .field("fault", faultOf(outage.code))
          .field("node", outage.node)
          .end();
    }
  }
  json.end();
  return {};
}

/// What it sent and is near its deadline, or past it.
Result<void> StatusSigns::writeDeadlines(JsonBuilder& json, const std::string& peer) const {
  review::DeadlineBook* const book = backend_.queue.deadlines();
  if (book == nullptr) return {};
  const auto counts = book->counts(std::span<const std::string>(&peer, 1));
  if (!counts) return counts.error();
  const review::DeadlineBook::Counts& its = counts->front();
  if (its.near + its.past == 0) return {};
  json.name("deadlines").object().field("near", its.near).field("past", its.past).end();
  return {};
}

void StatusSigns::writeCallers(JsonBuilder& json, const std::string& peer) const {
  json.name("refused_callers").array();
  std::size_t written = 0;
  for (const observe::RefusedCaller& caller : callers_) {
    if (caller.peer != peer) continue;
    if (written++ == kMostCallers) break;
    json.object()
        .field("address", caller.address)
        .field("code", caller.code)
        .field("detail", caller.detail)
        .field("times", caller.times)
        .field("first", base::formatTime(caller.first))
        .field("last", base::formatTime(caller.last))
        .end();
  }
  json.end();
}

void StatusSigns::writeStrangers(JsonBuilder& json) const {
  writeCallers(json, {});
  json.field("refused_callers_gone", backend_.operations.refusedCallersGone());
}

}  // namespace lianqiao::admin
