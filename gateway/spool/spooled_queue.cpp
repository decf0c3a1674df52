#include "spool/spooled_queue.h"

#include <algorithm>

#include "base/named_thread.h"
#include "lianqiao/codes.h"
#include "queue/group_words.h"
#include "redis/obstacle.h"
#include "spool/submission_codec.h"

namespace lianqiao::spool {
namespace {

constexpr std::size_t kMostWaiting = 64u << 20;  // bytes in memory, on their way into the file

Error error(std::string_view code, std::string detail) {
  return {std::string(code), std::move(detail)};
}

}  // namespace

void addExceptions(const queue::Submission& submission,
                   std::map<std::string, queue::ExceptionShare>& shares) {
  const auto add = [&](const queue::Entry& entry) {
    if (!entry.quarantined) return;
    queue::ExceptionShare& share = shares[entry.quarantined->peer];
    ++share.count;
    share.bytes += queue::bytesOf(entry);
  };
  for (const queue::Entry& entry : submission.entries) {
    add(entry);
    std::for_each(entry.derived.begin(), entry.derived.end(), add);
  }
}

Result<std::unique_ptr<storage::WorkQueue>> SpooledQueue::open(
    std::unique_ptr<storage::WorkQueue> inner, SpoolOptions options, const base::Clock& clock) {
  auto file = SpoolFile::open(options.folder, options.log, clock);
  if (!file.ok()) return file.error();
  return std::unique_ptr<storage::WorkQueue>(
      new SpooledQueue(std::move(inner), std::move(options), std::move(*file), clock));
}

void SpooledQueue::submit(queue::Submission submission, Submitted done) {
  submitShared(std::make_shared<const queue::Submission>(std::move(submission)), std::move(done));
}

void SpooledQueue::submitShared(Shared submission, Submitted done) {
  std::optional<Error> refused;
  std::uint64_t number = 0;
  {
    const base::Lock lock(mutex_);
    number = ++numbers_;
    if (!spooling_) {
      ++direct_;
    } else if (submission->cursor) {
      const auto found = inner_->health().obstacle();
      refused = found ? Error{found->code, found->detail}
                      : error(codes::kQueueUnavailable,
                              "The spool is still being brought to Redis; polling goes on after "
                              "that");
    } else {
      const std::size_t bytes = sizeOf(*submission);
      refused = noRoomFor(bytes);
      if (!refused) return enqueue(number, {std::move(submission), std::move(done), bytes, false});
    }
  }
  if (refused) return done(std::move(*refused));
  sendDirect(number, submission, std::move(done));
}

void SpooledQueue::sendDirect(std::uint64_t number, const Shared& submission, Submitted done) {
  inner_->submissions().submitShared(submission, [this, number, submission, done = std::move(done)](
                                                     Result<std::vector<ItemVerdict>> result) {
    hearDirect(number, submission, done, std::move(result));
  });
}

void SpooledQueue::hearDirect(std::uint64_t number, const Shared& submission, const Submitted& done,
                              Result<std::vector<ItemVerdict>> result) {
  bool kept = false;
  {
    const base::Lock lock(mutex_);
    --direct_;
    const std::string_view code = result.ok() ? std::string_view() : result.error().code;
    const bool obstacle = redis::isObstacle(code);
    if (obstacle) spooling_ = true;
    // For a cursor the source comes again, but not for what Redis would refuse again.
    if (code == codes::kQueueRefused || (obstacle && !submission->cursor)) {
      const std::size_t bytes = sizeOf(*submission);
      std::optional<Error> noRoom = noRoomFor(bytes);
      kept = !noRoom;
      if (kept && obstacle) enqueue(number, {submission, done, bytes, true});
      if (kept && !obstacle) {
        addExceptions(*submission, shares_);
        refused_.push_back({submission, done, bytes, true});
        waitingBytes_ += bytes;
        wake_.notifyOne();
      }
      if (noRoom && obstacle) result = std::move(*noRoom);
    }
    if (direct_ == 0 && spooling_) wake_.notifyOne();
  }
  if (!kept) done(std::move(result));
}

void SpooledQueue::enqueue(std::uint64_t number, Waiting waiting) {
  addExceptions(*waiting.submission, shares_);
  waitingBytes_ += waiting.bytes;
  if (waiting_.empty()) wake_.notifyOne();
  waiting_.emplace(number, std::move(waiting));
}

/// Why so much more cannot be spooled now.
std::optional<Error> SpooledQueue::noRoomFor(std::size_t bytes) const {
  if (broken_ && base::SystemClock().steady() < brokenUntil_) return broken_;
  if (depth_.bytes + waitingBytes_ + bytes > options_.size)
    return error(codes::kQueueFull, "Redis takes no records and the spool " +
                                        file_->path().string() + " has reached its " +
                                        std::to_string(options_.size >> 20) +
                                        " MiB; mend Redis, or raise spool.size");
  if (waitingBytes_ > 0 && waitingBytes_ + bytes > kMostWaiting)
    return error(codes::kQueueFull, "the disk of the spool " + file_->path().string() +
                                        " does not follow; senders are told to come again");
  return std::nullopt;
}

bool SpooledQueue::accepts() const {
  if (!spooling_ && inner_->submissions().accepts()) return true;
  const base::Lock lock(mutex_);
  return !noRoomFor(1);
}

std::optional<Error> SpooledQueue::refusal() const {
  if (!spooling_ && inner_->submissions().accepts()) return std::nullopt;
  const base::Lock lock(mutex_);
  return noRoomFor(1);
}

std::optional<queue::SpoolDepth> SpooledQueue::spool() const {
  const base::Lock lock(mutex_);
  queue::SpoolDepth depth = depth_;
  depth.limit = options_.size;
  depth.exceptions = shares_;
  return depth;
}

Result<bool> SpooledQueue::remember(std::string_view scope, std::string_view nonce,
                                    std::string_view use, std::chrono::milliseconds keep) {
  const WallTime now = clock_.wall();
  StoredNonce one{std::string(scope).append("\n").append(nonce), std::string(use), now + keep};
  const NonceBook::Entry entry = book_.add(one.nonce, use, one.until, now);
  if (entry != NonceBook::Entry::fresh) return entry == NonceBook::Entry::same_use;
  if (inner_->health().available()) {
    Result<bool> good = inner_->nonces().remember(scope, nonce, use, keep);
    const bool away = !good.ok() && redis::isObstacle(good.error().code);
    if (!away && !(good.ok() && *good)) book_.remove(one.nonce);
    if (!away) return good;
  }
  const std::string key = one.nonce;
  if (Result<void> stored = storeNonce(std::move(one)); !stored.ok()) {
    book_.remove(key);
    return stored.error();
  }
  return true;
}

Result<void> SpooledQueue::storeNonce(StoredNonce nonce) {
  std::future<Result<void>> stored;
  {
    const base::Lock lock(mutex_);
    if (closing_) return error(codes::kQueueUnavailable, "the gateway is stopping");
    stored = nonces_.emplace_back(NonceRequest{std::move(nonce), {}}).stored.get_future();
    wake_.notifyOne();
  }
  return stored.get();
}

bool SpooledQueue::waits() const {
  const base::Lock lock(mutex_);
  return !waiting_.empty() || !refused_.empty();
}

SpooledQueue::~SpooledQueue() {
  {
    const base::Lock lock(mutex_);
    closing_ = true;
  }
  wake_.notifyOne();
  thread_.join();
  // Its last answers still come in; the thread's work is now done here.
  inner_ = nullptr;
  hearAnswers();
  do {
    store();
  } while (waits());
}

}  // namespace lianqiao::spool
