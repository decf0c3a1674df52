#include "queue/awaited_queue.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/named_thread.h"
#include "lianqiao/codes.h"

namespace lianqiao::queue {
namespace {

using namespace std::chrono_literals;

constexpr auto kSayEvery = 1min;

// Waiting is in real time.
std::chrono::steady_clock::time_point realNow() { return base::SystemClock().steady(); }

}  // namespace

AwaitedQueue::AwaitedQueue(Open open, Error why, Log log, std::chrono::milliseconds every)
    : open_(std::move(open)), log_(std::move(log)), every_(every), why_(std::move(why)) {
  log_(LogLevel::warning,
       "The gateway starts without its Redis and goes on asking for it: " + why_.detail);
  thread_ = base::startThread("redis-await", [this](const std::stop_token& stop) { await(stop); });
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

void AwaitedQueue::await(const std::stop_token& stop) {
  auto sayNext = realNow() + kSayEvery;
  for (auto pause = every_;; pause = std::min(pause * 2, every_ * 4)) {
    {
      const base::Lock lock(mutex_);
      const auto until = realNow() + pause;
      while (!stopping_ && realNow() < until) wake_.waitUntil(mutex_, until);
      if (stopping_) return;
    }
    auto opened = open_();
    if (opened.ok()) return take(std::move(*opened));
    if (stop.stop_requested()) return;
    bool other = false;
    {
      const base::Lock lock(mutex_);
      other = opened.error().code != why_.code;
      why_ = opened.error();
    }
    if (!other && realNow() < sayNext) continue;
    sayNext = realNow() + kSayEvery;
    log_(LogLevel::error, "The gateway runs without its Redis: " + opened.error().code + ": " +
                              opened.error().detail);
  }
}

void AwaitedQueue::take(std::unique_ptr<WorkQueue> queue) {
  {
    const base::Lock lock(mutex_);
    queue_ = std::move(queue);
    if (ready_) queue_->onReady(std::move(ready_));
    if (owed_) queue_->onOwed(std::move(owed_));
    opened_.store(queue_.get(), std::memory_order_release);
  }
  log_(LogLevel::info, "Redis is there; the queue is open.");
}

Error AwaitedQueue::why() const {
  const base::Lock lock(mutex_);
  return {std::string(codes::kQueueUnavailable), why_.detail};
}

void AwaitedQueue::submit(Submission submission, Submitted done) {
  if (WorkQueue* queue = opened()) return queue->submit(std::move(submission), std::move(done));
  done(why());
}

void AwaitedQueue::submitShared(std::shared_ptr<const Submission> submission, Submitted done) {
  if (WorkQueue* queue = opened())
    return queue->submitShared(std::move(submission), std::move(done));
  done(why());
}

Result<std::vector<Lease>> AwaitedQueue::lease(std::string_view peer, std::size_t max,
                                               std::chrono::milliseconds time) {
  if (WorkQueue* queue = opened()) return queue->lease(peer, max, time);
  return why();
}

Result<std::size_t> AwaitedQueue::hasten(std::string_view peer) {
  if (WorkQueue* queue = opened()) return queue->hasten(peer);
  return why();
}

bool AwaitedQueue::begin(const Lease& lease) {
  WorkQueue* queue = opened();
  return queue != nullptr && queue->begin(lease);
}

// Nothing was leased before it was there.
void AwaitedQueue::settle(Settlement settlement) {
  if (WorkQueue* queue = opened()) queue->settle(std::move(settlement));
}

Result<std::vector<std::size_t>> AwaitedQueue::settleNow(std::vector<Settlement> settlements) {
  if (WorkQueue* queue = opened()) return queue->settleNow(std::move(settlements));
  return why();
}

Result<void> AwaitedQueue::flush() {
  if (WorkQueue* queue = opened()) return queue->flush();
  return {};
}

void AwaitedQueue::onReady(std::function<void(std::string_view peer)> callback) {
  const base::Lock lock(mutex_);
  if (WorkQueue* queue = opened()) return queue->onReady(std::move(callback));
  ready_ = std::move(callback);
}

void AwaitedQueue::onOwed(std::function<Demand(std::string_view peer)> ask) {
  const base::Lock lock(mutex_);
  if (WorkQueue* queue = opened()) return queue->onOwed(std::move(ask));
  owed_ = std::move(ask);
}

Result<std::optional<std::string>> AwaitedQueue::pollRight(std::string_view peer) {
  if (WorkQueue* queue = opened()) return queue->pollRight(peer);
  return why();
}

void AwaitedQueue::giveUpPolling(std::string_view peer) {
  if (WorkQueue* queue = opened()) queue->giveUpPolling(peer);
}

Result<std::string> AwaitedQueue::cursor(std::string_view peer) {
  if (WorkQueue* queue = opened()) return queue->cursor(peer);
  return why();
}

Result<bool> AwaitedQueue::rememberNonce(std::string_view scope, std::string_view nonce,
                                         std::string_view use, std::chrono::milliseconds keep) {
  if (WorkQueue* queue = opened()) return queue->rememberNonce(scope, nonce, use, keep);
  return why();
}

bool AwaitedQueue::available() const {
  const WorkQueue* queue = opened();
  return queue != nullptr && queue->available();
}

std::string AwaitedQueue::primary() const {
  const WorkQueue* queue = opened();
  return queue == nullptr ? std::string() : queue->primary();
}

Result<PeerDepth> AwaitedQueue::Records::depth(std::string_view peer) {
  if (WorkQueue* queue = queue_.opened()) return queue->records().depth(peer);
  return queue_.why();
}

Result<std::map<std::string, PeerCounts>> AwaitedQueue::Records::counts() {
  if (WorkQueue* queue = queue_.opened()) return queue->records().counts();
  return queue_.why();
}

Result<std::vector<ExceptionInfo>> AwaitedQueue::Records::exceptions(
    const ExceptionFilter& filter) {
  if (WorkQueue* queue = queue_.opened()) return queue->records().exceptions(filter);
  return queue_.why();
}

Result<std::map<std::string, std::uint64_t>> AwaitedQueue::Records::exceptionCounts() {
  if (WorkQueue* queue = queue_.opened()) return queue->records().exceptionCounts();
  return queue_.why();
}

Result<std::optional<ExceptionInfo>> AwaitedQueue::Records::exception(std::string_view id) {
  if (WorkQueue* queue = queue_.opened()) return queue->records().exception(id);
  return queue_.why();
}

Result<bool> AwaitedQueue::Records::requeue(std::string_view exceptionId) {
  if (WorkQueue* queue = queue_.opened()) return queue->records().requeue(exceptionId);
  return queue_.why();
}

Result<std::vector<KnownRevision>> AwaitedQueue::Records::revisions(std::string_view source,
                                                                    std::string_view sourceId,
                                                                    std::string_view to) {
  if (WorkQueue* queue = queue_.opened()) return queue->records().revisions(source, sourceId, to);
  return queue_.why();
}

Result<std::vector<KnownRevision>> AwaitedQueue::Records::steps(std::string_view key,
                                                                std::string_view to) {
  if (WorkQueue* queue = queue_.opened()) return queue->records().steps(key, to);
  return queue_.why();
}

Result<bool> AwaitedQueue::Records::dropException(std::string_view exceptionId,
                                                  std::string_view note) {
  if (WorkQueue* queue = queue_.opened()) return queue->records().dropException(exceptionId, note);
  return queue_.why();
}

Result<std::vector<Trail>> AwaitedQueue::Records::trail(std::string_view anyId) {
  if (WorkQueue* queue = queue_.opened()) return queue->records().trail(anyId);
  return queue_.why();
}

}  // namespace lianqiao::queue
