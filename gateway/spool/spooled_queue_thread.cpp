#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/named_thread.h"
#include "lianqiao/codes.h"
#include "queue/group_words.h"
#include "spool/spool_look.h"
#include "spool/spooled_queue.h"
#include "spool/submission_codec.h"

/// The thread's half of SpooledQueue: into the file, and from it to Redis.
namespace lianqiao::spool {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kLook = 20ms;  // how often it looks whether Redis is back
constexpr auto kFirstBackOff = 50ms;
constexpr auto kLastBackOff = 2000ms;
constexpr std::chrono::milliseconds kWriteAgain = 1000ms;
constexpr std::size_t kWindow = 1000;           // rows on their way to Redis
constexpr std::size_t kWindowBytes = 8u << 20;  // … and about so many bytes
constexpr std::size_t kWriteBytes = 16u << 20;  // of one transaction
constexpr std::chrono::milliseconds kLastAside = 1h;

std::chrono::steady_clock::time_point realNow() { return base::SystemClock().steady(); }

std::vector<ItemVerdict> verdictsOf(const queue::Submission& submission) {
  std::vector<ItemVerdict> verdicts;
  verdicts.reserve(submission.entries.size());
  for (const queue::Entry& entry : submission.entries) verdicts.push_back(queue::verdictOf(entry));
  return verdicts;
}

void subtract(const std::map<std::string, queue::ExceptionShare>& gone,
              std::map<std::string, queue::ExceptionShare>& shares) {
  for (const auto& [peer, share] : gone) {
    queue::ExceptionShare& left = shares[peer];
    left.count -= std::min(left.count, share.count);
    left.bytes -= std::min(left.bytes, share.bytes);
  }
}

void removeExceptions(const queue::Submission& submission,
                      std::map<std::string, queue::ExceptionShare>& shares) {
  std::map<std::string, queue::ExceptionShare> gone;
  addExceptions(submission, gone);
  subtract(gone, shares);
}

}  // namespace

SpooledQueue::SpooledQueue(std::unique_ptr<storage::WorkQueue> inner, SpoolOptions options,
                           std::unique_ptr<SpoolFile> file, const base::Clock& clock)
    : options_(std::move(options)),
      clock_(clock),
      depth_(file->depth()),
      file_(std::move(file)),
      window_(kWindow),
      asidePause_(options_.asideAgain),
      inner_(std::move(inner)) {
  for (const StoredNonce& one : file_->nonces())
    book_.add(one.nonce, one.use, one.until, clock_.wall());
  spooling_ = depth_.submissions > 0;
  asideNext_ = realNow() + asidePause_;
  countStored();
  tell();
  thread_ = base::startThread("spool", [this](const std::stop_token&) { run(); });
}

void SpooledQueue::run() {
  while (awaitWork()) {
    hearAnswers();
    goDirect();
    store();
    takeUpAside();
    drain();
    tell();
  }
}

/// False when the end is near.
bool SpooledQueue::awaitWork() {
  const base::Lock lock(mutex_);
  const auto look = realNow() + (spooling_ ? kLook : kWriteAgain);
  while (!closing_) {
    if (!answers_.empty() || !nonces_.empty() || !refused_.empty()) return true;
    if (!waiting_.empty() && direct_ == 0) return true;
    if (!spooling_ && gone_.empty()) {
      if (depth_.aside == 0) {
        wake_.wait(mutex_);
      } else if (!wake_.waitUntil(mutex_, asideNext_)) {
        return true;
      }
    } else if (!wake_.waitUntil(mutex_, look)) {
      return true;
    }
  }
  return false;
}

void SpooledQueue::hearAnswers() {
  std::vector<Answer> answers;
  {
    const base::Lock lock(mutex_);
    answers.swap(answers_);
  }
  for (Answer& answer : answers) {
    const auto found = sent_.extract(answer.number);
    if (answer.error) {
      hearRefusal({found.key(), found.mapped().bytes}, *answer.error);
      continue;
    }
    gone_.emplace(found.key(), found.mapped().bytes);
    known_.erase(found.key());
    const base::Lock lock(mutex_);
    subtract(found.mapped().shares, shares_);
    window_ = std::min(window_ * 2, kWindow);
    backOff_ = 0ms;
  }
  if (again_ && sent_.empty()) {
    again_ = false;
    sentUpTo_ = 0;
  }
}

void SpooledQueue::hearRefusal(const RowName& row, const Error& error) {
  if (error.code == codes::kQueueRefused) {
    aside_.emplace(row.number, row.bytes);
    if (!known_.insert(row.number).second) return;
    options_.log(LogLevel::error,
                 "A submission in the spool is refused by Redis for good and set aside in " +
                     file_->path().string() + " (row " + std::to_string(row.number) +
                     "); it is tried again now and then, and at each start. " + error.detail);
    return;
  }
  again_ = true;
  window_ = std::max<std::size_t>(window_ / 2, 1);
  backOff_ = std::clamp<std::chrono::milliseconds>(backOff_ * 2, kFirstBackOff, kLastBackOff);
  notBefore_ = realNow() + backOff_;
}

/// What was set aside goes to Redis again, in case somebody has mended what it was refused for.
void SpooledQueue::takeUpAside() {
  if (file_->depth().aside == 0) {
    // All of it passed: what is refused next is a new trouble, with a first pause of its own.
    const bool passed = sent_.empty() && aside_.empty() && !again_ && !spooling_;
    if (passed && asidePause_ != options_.asideAgain) asideNext_ = realNow() + options_.asideAgain;
    if (passed) asidePause_ = options_.asideAgain;
    return;
  }
  if (realNow() < asideNext_) return;
  asideNext_ = realNow() + kWriteAgain;
  if (spooling_ || !sent_.empty() || again_ || !inner_->submissions().accepts()) return;
  asidePause_ = std::min(asidePause_ * 2, kLastAside);
  asideNext_ = realNow() + asidePause_;
  // Where it fails it may have been written all the same: the file is read anew either way.
  if (const Result<void> taken = file_->takeUpAside(); !taken.ok())
    options_.log(LogLevel::error, taken.error().detail);
  sentUpTo_ = 0;
  const base::Lock lock(mutex_);
  depth_ = file_->depth();
  spooling_ = true;
}

/// The exceptions that a former run has left in the file.
void SpooledQueue::countStored() {
  std::int64_t after = 0;
  while (after < file_->newest()) {
    const auto rows = file_->read(after, kWindow, kWindowBytes);
    if (!rows.ok() || rows->empty()) return;
    for (const StoredRow& row : *rows) {
      after = row.number;
      const base::Lock lock(mutex_);
      if (const auto submission = decode(row.bytes)) addExceptions(*submission, shares_);
    }
  }
}

/// When every row is on its way to Redis, what has just arrived goes behind them without the file,
/// and then all the rest.
void SpooledQueue::goDirect() {
  if (!spooling_ || again_ || sentUpTo_ < file_->newest() || realNow() < notBefore_) return;
  if (!inner_->submissions().accepts()) return;
  for (bool first = true;; first = false) {
    std::map<std::uint64_t, Waiting> taken;
    {
      const base::Lock lock(mutex_);
      if (first && direct_ > 0) return;
      const bool refused = std::any_of(waiting_.begin(), waiting_.end(),
                                       [](const auto& one) { return one.second.refused; });
      if (refused || !answers_.empty()) return;
      if (waiting_.empty()) {
        spooling_ = false;
        return;
      }
      taken.swap(waiting_);
      for (const auto& [number, one] : taken) {
        waitingBytes_ -= one.bytes;
        removeExceptions(*one.submission, shares_);
      }
      direct_ += taken.size();
    }
    for (auto& [number, one] : taken) sendDirect(number, one.submission, std::move(one.done));
  }
}

/// One transaction for all that has arrived and all that Redis has confirmed.
void SpooledQueue::store() {
  SpoolWrite write;
  std::vector<Waiting> taken = takeWaiting(write);
  std::vector<Waiting> refused = takeRefused(write);
  std::vector<NonceRequest> nonces = takeNonces(write);
  const bool confirmed = !aside_.empty() || gone_.size() > kWindow / 2 ||
                         (!gone_.empty() && (sent_.empty() || !taken.empty()));
  if (taken.empty() && refused.empty() && nonces.empty() && !confirmed) return;
  for (const auto& [number, bytes] : gone_) write.gone.push_back({number, bytes});
  for (const auto& [number, bytes] : aside_) write.aside.push_back({number, bytes});
  std::optional<Error> noRoom;
  if ((!taken.empty() || !refused.empty()) && !hasRoom()) {
    write.rows.clear();
    write.refused.clear();
    noRoom = Error{codes::kQueueFull, "Redis takes no records and the disk of the spool " +
                                          file_->path().string() +
                                          " is nearly full; make room, or mend Redis"};
  }
  const Result<void> written = file_->write(write);
  if (written.ok()) {
    gone_.clear();
    aside_.clear();
  }
  for (NonceRequest& one : nonces) one.stored.set_value(written);
  const std::optional<Error> failed =
      noRoom || written.ok() ? noRoom : std::optional(written.error());
  answer(taken, failed);
  answer(refused, failed);
}

std::vector<SpooledQueue::Waiting> SpooledQueue::takeWaiting(SpoolWrite& write) {
  std::vector<Waiting> taken;
  {
    const base::Lock lock(mutex_);
    std::size_t bytes = 0;
    while (direct_ == 0 && !waiting_.empty() && bytes < kWriteBytes) {
      bytes += waiting_.begin()->second.bytes;
      taken.push_back(std::move(waiting_.extract(waiting_.begin()).mapped()));
    }
  }
  for (const Waiting& one : taken) write.rows.push_back(encode(*one.submission));
  return taken;
}

/// What Redis refused for good: into the file, aside, without its cursor.
std::vector<SpooledQueue::Waiting> SpooledQueue::takeRefused(SpoolWrite& write) {
  std::vector<Waiting> taken;
  {
    const base::Lock lock(mutex_);
    taken.swap(refused_);
  }
  for (const Waiting& one : taken) {
    if (!one.submission->cursor) {
      write.refused.push_back(encode(*one.submission));
      continue;
    }
    queue::Submission bare = *one.submission;
    bare.cursor.reset();
    write.refused.push_back(encode(bare));
  }
  return taken;
}

std::vector<SpooledQueue::NonceRequest> SpooledQueue::takeNonces(SpoolWrite& write) {
  std::vector<NonceRequest> taken;
  {
    const base::Lock lock(mutex_);
    taken.swap(nonces_);
  }
  for (const NonceRequest& one : taken) write.nonces.push_back(one.nonce);
  return taken;
}

void SpooledQueue::answer(std::vector<Waiting>& taken, const std::optional<Error>& error) {
  {
    const base::Lock lock(mutex_);
    for (const Waiting& one : taken) {
      waitingBytes_ -= one.bytes;
      if (error) removeExceptions(*one.submission, shares_);
    }
    depth_ = file_->depth();
    broken_ = error;
    brokenUntil_ = realNow() + kWriteAgain;
  }
  for (Waiting& one : taken) {
    if (error) {
      one.done(*error);
    } else if (one.submission->cursor) {
      moveOn(one);
    } else {
      one.done(verdictsOf(*one.submission));
    }
  }
}

/// The cursor of what lies in the file by now.
void SpooledQueue::moveOn(Waiting& one) {
  if (inner_ == nullptr)
    return one.done(Error{codes::kQueueUnavailable, "the gateway is stopping"});
  inner_->submissions().submit({{}, one.submission->cursor},
                               [submission = one.submission, done = std::move(one.done)](
                                   const Result<std::vector<ItemVerdict>>& stored) {
                                 if (!stored.ok()) return done(stored.error());
                                 done(verdictsOf(*submission));
                               });
}

bool SpooledQueue::hasRoom() const {
  std::error_code error;
  const std::filesystem::space_info space = std::filesystem::space(options_.folder, error);
  return error || space.available > leastFree(space.capacity);
}

void SpooledQueue::drain() {
  if (again_ || sent_.size() > window_ / 2 || sentUpTo_ >= file_->newest()) return;
  if (realNow() < notBefore_ || !inner_->submissions().accepts()) return;
  auto rows = file_->read(sentUpTo_, window_ - sent_.size(), kWindowBytes);
  if (!rows.ok()) {
    options_.log(LogLevel::error, rows.error().detail);
    notBefore_ = realNow() + kLastBackOff;
    return;
  }
  if (rows->empty()) {
    sentUpTo_ = file_->newest();
    const base::Lock lock(mutex_);
    depth_ = file_->depth();
  }
  for (StoredRow& row : *rows) {
    sentUpTo_ = row.number;
    if (gone_.contains(row.number) || aside_.contains(row.number)) continue;
    if (!send(std::move(row))) return;
  }
}

/// False when it failed at once: the next one must not pass it.
bool SpooledQueue::send(StoredRow row) {
  auto submission = decode(row.bytes);
  if (!submission) {
    options_.log(LogLevel::error, "Row " + std::to_string(row.number) + " of the spool " +
                                      file_->path().string() +
                                      " is of another version; it is kept there, set aside");
    aside_.emplace(row.number, row.bytes.size());
    return true;
  }
  submission->answered = true;
  Sent sent{row.bytes.size(), {}};
  addExceptions(*submission, sent.shares);
  sent_.emplace(row.number, std::move(sent));
  inner_->submissions().submitShared(
      std::make_shared<const queue::Submission>(std::move(*submission)),
      [this, number = row.number](const Result<std::vector<ItemVerdict>>& result) {
        const base::Lock lock(mutex_);
        answers_.push_back({number, {}});
        if (!result.ok()) {
          answers_.back().error = result.error();
          if (result.error().code != codes::kQueueRefused) spooling_ = true;
        }
        wake_.notifyOne();
      });
  const base::Lock lock(mutex_);
  return std::none_of(answers_.begin(), answers_.end(), [](const Answer& one) {
    return one.error && one.error->code != codes::kQueueRefused;
  });
}

void SpooledQueue::tell() {
  const std::uint64_t rows = file_->depth().submissions - gone_.size();
  if (rows > 0 && !told_) {
    options_.log(LogLevel::warning,
                 "Redis takes no records, or did not: they are kept in the spool " +
                     file_->path().string() + " (" + std::to_string(rows) +
                     " requests so far) and go to Redis, in order, when it takes them again.");
    told_ = true;
  } else if (rows == 0 && told_ && !spooling_) {
    options_.log(LogLevel::info, "The spool is empty again; all of it is in Redis.");
    told_ = false;
  }
}

}  // namespace lianqiao::spool
