#include "intake/inflow.h"

#include <memory>
#include <utility>

#include "base/cut.h"
#include "lianqiao/codes.h"

namespace lianqiao::intake {

using std::chrono::milliseconds;

namespace {

constexpr std::size_t kMostUnread = 500;

}  // namespace

Inflow::Inflow(const config::PeerConfig& peer, const EntryMaker& entries, storage::WorkQueue& queue,
               Pause pause, ExceptionShare* share)
    : peer_(peer.name), entries_(entries), queue_(queue), pause_(std::move(pause)), share_(share) {
  status_.state = "ok";
}

queue::Submission Inflow::made(std::vector<RawItem> items) {
  queue::Submission submission;
  submission.entries = entries_.make(peer_, std::move(items), workspace_);
  return submission;
}

void Inflow::store(queue::Submission submission) {
  aside_ = share_ != nullptr ? share_->begun(submission.entries) : queue::ExceptionShare();
  const auto answer = std::make_shared<std::promise<Stored>>();
  stored_ = answer->get_future();
  queue_.submissions().submit(
      std::move(submission), [answer](Stored verdicts) { answer->set_value(std::move(verdicts)); });
}

std::optional<Inflow::Stored> Inflow::await(milliseconds time) {
  if (stored_.wait_for(time) != std::future_status::ready) return std::nullopt;
  return await();
}

Inflow::Stored Inflow::await() {
  Stored answer = stored_.get();
  if (share_ != nullptr) share_->ended(aside_);
  return answer;
}

void Inflow::note(std::string state, const Error& why, std::optional<WallTime> since) {
  const base::Lock lock(mutex_);
  status_.state = std::move(state);
  status_.cause = why.code;
  status_.detail = why.detail;
  status_.since = since;
  status_.nextTry.reset();
}

void Inflow::noteFailing(const Error& why, WallTime next) {
  note("failing", why);
  const base::Lock lock(mutex_);
  status_.nextTry = next;
}

void Inflow::noteHeldBack(const Permit& permit) {
  if (permit.way() == Permit::Way::busy) {
    note("waiting", {codes::kPluginCrashed,
                     "The process ended while its adapter was asked for it; such peers are asked "
                     "one at a time, and it is not its turn."});
    return;
  }
  note("resting",
       {codes::kPluginCrashed,
        "The process ended three times while its adapter was asked for it at this place: "
        "it is asked nothing any more. Take away what it stumbles over, then lianqiao "
        "resume " +
            peer_ + "; or exchange the adapter and start the gateway again."},
       permit.since());
}

void Inflow::noteUnread(std::string_view unread) {
  const base::Lock lock(mutex_);
  status_.unread = base::cutBeforeNumber(unread, kMostUnread);
}

void Inflow::noteItems(std::size_t count) {
  const base::Lock lock(mutex_);
  status_.items += count;
}

void Inflow::noteSession(const std::function<void(SessionStatus&)>& change) {
  const base::Lock lock(mutex_);
  if (!status_.session) status_.session.emplace();
  change(*status_.session);
}

InboundStatus Inflow::status() const {
  const base::Lock lock(mutex_);
  return status_;
}

}  // namespace lianqiao::intake
