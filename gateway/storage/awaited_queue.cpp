#include "storage/awaited_queue.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/named_thread.h"
#include "lianqiao/codes.h"

namespace lianqiao::storage {
Result<std::unique_ptr<WorkQueue>> AwaitedQueue::open(Open open, base::LogLine log,
                                                      const base::Clock& clock,
                                                      std::chrono::milliseconds patience) {
  std::unique_ptr<AwaitedQueue> awaited(new AwaitedQueue(std::move(open), std::move(log), clock));
  const auto until = base::realNow() + patience;
  {
    const base::Lock lock(awaited->mutex_);
    while (awaited->opened() == nullptr && !awaited->failed_)
      if (!awaited->changed_.waitUntil(awaited->mutex_, until)) break;
    if (awaited->opened() != nullptr) return std::move(awaited->queue_);
    if (awaited->failed_) return Error(*awaited->failed_);
    awaited->obstacle_.met(
        {codes::kQueueLoading,
         "Redis is still reading its append-only file, or coming up; this ends by itself"});
  }
  return std::unique_ptr<WorkQueue>(std::move(awaited));
}

AwaitedQueue::AwaitedQueue(Open open, base::LogLine log, const base::Clock& clock)
    : open_(std::move(open)), log_(log), every_(kEvery), obstacle_(std::move(log), clock) {
  thread_ =
      base::startThread("redis-await", [this](const std::stop_token& stop) { await(stop, true); });
}

AwaitedQueue::AwaitedQueue(Open open, const Error& why, base::LogLine log, const base::Clock& clock,
                           std::chrono::milliseconds every)
    : open_(std::move(open)), log_(log), every_(every), obstacle_(std::move(log), clock) {
  log_(LogLevel::warning, "The gateway starts without its Redis and goes on asking for it.");
  obstacle_.met(why);
  thread_ =
      base::startThread("redis-await", [this](const std::stop_token& stop) { await(stop, false); });
}

AwaitedQueue::~AwaitedQueue() {
  {
    const base::Lock lock(mutex_);
    stopping_ = true;
  }
  thread_.request_stop();
  wake_.notifyAll();
  thread_.join();
}

/// False when it is told to stop.
bool AwaitedQueue::pause(std::chrono::milliseconds time) {
  const base::Lock lock(mutex_);
  const auto until = base::realNow() + time;
  while (!stopping_ && base::realNow() < until) wake_.waitUntil(mutex_, until);
  return !stopping_;
}

void AwaitedQueue::await(const std::stop_token& stop, bool atOnce) {
  for (auto rest = every_;; rest = std::min(rest * 2, every_ * 4)) {
    if (!std::exchange(atOnce, false) && !pause(rest)) return;
    auto opened = open_(stop);
    if (opened.ok()) return adopt(std::move(*opened));
    if (stop.stop_requested()) return;
    // Before it is known whether the gateway starts at all, that is not ours to log.
    if (obstacle_.stands()) obstacle_.met(opened.error());
    const base::Lock lock(mutex_);
    failed_ = opened.error();
    changed_.notifyAll();
  }
}

void AwaitedQueue::adopt(std::unique_ptr<WorkQueue> queue) {
  {
    const base::Lock lock(mutex_);
    queue_ = std::move(queue);
    opened_.store(queue_.get(), std::memory_order_release);
    changed_.notifyAll();
  }
  if (!obstacle_.stands()) return;
  obstacle_.over();
  log_(LogLevel::info, "Redis is there; the queue is open.");
}

void AwaitedQueue::submit(queue::Submission submission, Submitted done) {
  if (WorkQueue* queue = opened())
    return queue->submissions().submit(std::move(submission), std::move(done));
  done(why());
}

void AwaitedQueue::submitShared(std::shared_ptr<const queue::Submission> submission,
                                Submitted done) {
  if (WorkQueue* queue = opened())
    return queue->submissions().submitShared(std::move(submission), std::move(done));
  done(why());
}

Result<std::vector<queue::Lease>> AwaitedQueue::lease(std::string_view peer, std::size_t max,
                                                      std::chrono::milliseconds time) {
  if (WorkQueue* queue = opened()) return queue->deliveries().lease(peer, max, time);
  return why();
}

Result<std::size_t> AwaitedQueue::makeRetriesDue(std::string_view peer) {
  if (WorkQueue* queue = opened()) return queue->deliveries().makeRetriesDue(peer);
  return why();
}

bool AwaitedQueue::begin(const queue::Lease& lease) {
  WorkQueue* queue = opened();
  return queue != nullptr && queue->deliveries().begin(lease);
}

// Nothing was leased before it was there.
void AwaitedQueue::settle(queue::Settlement settlement) {
  if (WorkQueue* queue = opened()) queue->deliveries().settle(std::move(settlement));
}

Result<std::vector<std::size_t>> AwaitedQueue::settleNow(
    std::vector<queue::Settlement> settlements) {
  if (WorkQueue* queue = opened()) return queue->deliveries().settleNow(std::move(settlements));
  return why();
}

Result<void> AwaitedQueue::flush() {
  if (WorkQueue* queue = opened()) return queue->deliveries().flush();
  return {};
}

Result<std::optional<std::string>> AwaitedQueue::take(std::string_view peer) {
  if (WorkQueue* queue = opened()) return queue->pollRights().take(peer);
  return why();
}

void AwaitedQueue::giveUp(std::string_view peer) {
  if (WorkQueue* queue = opened()) queue->pollRights().giveUp(peer);
}

Result<std::string> AwaitedQueue::cursor(std::string_view peer) {
  if (WorkQueue* queue = opened()) return queue->pollRights().cursor(peer);
  return why();
}

Result<bool> AwaitedQueue::remember(std::string_view scope, std::string_view nonce,
                                    std::string_view use, std::chrono::milliseconds keep) {
  if (WorkQueue* queue = opened()) return queue->nonces().remember(scope, nonce, use, keep);
  return why();
}

Result<std::vector<std::string>> AwaitedQueue::keysOf(std::span<const record::Reference> ids,
                                                      For who) {
  if (WorkQueue* queue = opened()) return queue->references().keysOf(ids, who);
  return why();
}

Result<queue::References::Lack> AwaitedQueue::lack(std::string_view peer, std::string_view key,
                                                   std::string_view record,
                                                   std::chrono::milliseconds wait) {
  if (WorkQueue* queue = opened()) return queue->references().lack(peer, key, record, wait);
  return why();
}

Result<queue::References::Arrived> AwaitedQueue::arrived(std::size_t most) {
  if (WorkQueue* queue = opened()) return queue->references().arrived(most);
  return why();
}

Result<bool> AwaitedQueue::waitOn(std::string_view exception, std::string_view what,
                                  std::string_view code, std::string_view detail) {
  if (WorkQueue* queue = opened()) return queue->references().waitOn(exception, what, code, detail);
  return why();
}

Result<std::vector<std::string>> AwaitedQueue::idsOf(std::string_view peer,
                                                     std::span<const std::string> keys) {
  if (WorkQueue* queue = opened()) return queue->references().idsOf(peer, keys);
  return why();
}

bool AwaitedQueue::available() const {
  WorkQueue* queue = opened();
  return queue != nullptr && queue->health().available();
}

bool AwaitedQueue::accepts() const {
  WorkQueue* queue = opened();
  return queue != nullptr && queue->submissions().accepts();
}

std::optional<Error> AwaitedQueue::refusal() const {
  if (WorkQueue* queue = opened()) return queue->submissions().refusal();
  return why();
}

std::optional<queue::Obstacle> AwaitedQueue::obstacle() const {
  if (WorkQueue* queue = opened()) return queue->health().obstacle();
  return obstacle_.get();
}

std::string AwaitedQueue::primary() const {
  WorkQueue* queue = opened();
  return queue == nullptr ? std::string() : queue->health().primary();
}

Result<review::PeerDepth> AwaitedQueue::Records::depth(std::string_view peer) {
  if (WorkQueue* queue = queue_.opened()) return queue->records().depth(peer);
  return queue_.why();
}

Result<std::map<std::string, review::PeerCounts>> AwaitedQueue::Records::counts() {
  if (WorkQueue* queue = queue_.opened()) return queue->records().counts();
  return queue_.why();
}

Result<std::vector<review::ExceptionInfo>> AwaitedQueue::Records::exceptions(
    const review::ExceptionFilter& filter) {
  if (WorkQueue* queue = queue_.opened()) return queue->records().exceptions(filter);
  return queue_.why();
}

Result<std::map<std::string, std::uint64_t>> AwaitedQueue::Records::exceptionCounts() {
  if (WorkQueue* queue = queue_.opened()) return queue->records().exceptionCounts();
  return queue_.why();
}

Result<std::map<std::string, review::PeerShares>> AwaitedQueue::Records::exceptionShares() {
  if (WorkQueue* queue = queue_.opened()) return queue->records().exceptionShares();
  return queue_.why();
}

Result<std::optional<review::ExceptionInfo>> AwaitedQueue::Records::exception(std::string_view id) {
  if (WorkQueue* queue = queue_.opened()) return queue->records().exception(id);
  return queue_.why();
}

Result<std::optional<review::EndedException>> AwaitedQueue::Records::ended(
    std::string_view exceptionId) {
  if (WorkQueue* queue = queue_.opened()) return queue->records().ended(exceptionId);
  return queue_.why();
}

Result<bool> AwaitedQueue::Records::requeue(std::string_view exceptionId, std::string_view who) {
  if (WorkQueue* queue = queue_.opened()) return queue->records().requeue(exceptionId, who);
  return queue_.why();
}

Result<std::vector<review::KnownRevision>> AwaitedQueue::Records::revisions(
    std::string_view source, std::string_view sourceId, std::string_view to) {
  if (WorkQueue* queue = queue_.opened()) return queue->records().revisions(source, sourceId, to);
  return queue_.why();
}

Result<std::vector<review::KnownRevision>> AwaitedQueue::Records::steps(std::string_view key,
                                                                        std::string_view recordId,
                                                                        std::string_view to) {
  if (WorkQueue* queue = queue_.opened()) return queue->records().steps(key, recordId, to);
  return queue_.why();
}

Result<bool> AwaitedQueue::Records::dropException(std::string_view exceptionId,
                                                  std::string_view note) {
  if (WorkQueue* queue = queue_.opened()) return queue->records().dropException(exceptionId, note);
  return queue_.why();
}

Result<std::vector<review::HeldLeaf>> AwaitedQueue::Records::held() {
  if (WorkQueue* queue = queue_.opened()) return queue->records().held();
  return queue_.why();
}

Result<std::optional<review::Released>> AwaitedQueue::Records::release(std::string_view peer,
                                                                       std::string_view path) {
  if (WorkQueue* queue = queue_.opened()) return queue->records().release(peer, path);
  return queue_.why();
}

Result<std::vector<review::Trail>> AwaitedQueue::Records::ownTrails(std::string_view peer,
                                                                    std::string_view anyId,
                                                                    std::size_t most) {
  if (WorkQueue* queue = queue_.opened()) return queue->records().ownTrails(peer, anyId, most);
  return queue_.why();
}

Result<std::vector<review::Trail>> AwaitedQueue::Records::trail(std::string_view anyId) {
  if (WorkQueue* queue = queue_.opened()) return queue->records().trail(anyId);
  return queue_.why();
}

Result<void> AwaitedQueue::Resends::make(const std::string& id, const review::ResendWish& wish) {
  if (WorkQueue* queue = queue_.opened()) return queue->resends().make(id, wish);
  return queue_.why();
}

Result<std::uint64_t> AwaitedQueue::Resends::add(
    const std::string& id, const std::vector<review::ListedDelivery>& deliveries) {
  if (WorkQueue* queue = queue_.opened()) return queue->resends().add(id, deliveries);
  return queue_.why();
}

Result<std::optional<review::ResendStep>> AwaitedQueue::Resends::run(
    const std::string& id, std::size_t most, const std::optional<review::ResendKnowledge>& known) {
  if (WorkQueue* queue = queue_.opened()) return queue->resends().run(id, most, known);
  return queue_.why();
}

Result<std::optional<std::vector<review::ResendVerdict>>> AwaitedQueue::Resends::look(
    const std::string& id, const std::optional<review::ListedDelivery>& after, std::size_t most) {
  if (WorkQueue* queue = queue_.opened()) return queue->resends().look(id, after, most);
  return queue_.why();
}

Result<std::optional<review::ResendList>> AwaitedQueue::Resends::list(const std::string& id) {
  if (WorkQueue* queue = queue_.opened()) return queue->resends().list(id);
  return queue_.why();
}

Result<std::vector<review::ListedDelivery>> AwaitedQueue::Resends::deliveriesOf(
    const std::vector<std::string>& records) {
  if (WorkQueue* queue = queue_.opened()) return queue->resends().deliveriesOf(records);
  return queue_.why();
}

}  // namespace lianqiao::storage
