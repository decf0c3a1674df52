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
constexpr int kRefusals = 3;

std::chrono::steady_clock::time_point realNow() { return base::SystemClock().steady(); }

std::vector<ItemVerdict> verdictsOf(const queue::Submission& submission) {
  std::vector<ItemVerdict> verdicts;
  verdicts.reserve(submission.entries.size());
  for (const queue::Entry& entry : submission.entries) verdicts.push_back(queue::verdictOf(entry));
  return verdicts;
}

}  // namespace

SpooledQueue::SpooledQueue(std::unique_ptr<queue::WorkQueue> inner, SpoolOptions options,
                           std::unique_ptr<SpoolFile> file, const base::Clock& clock)
    : options_(std::move(options)),
      clock_(clock),
      depth_(file->depth()),
      file_(std::move(file)),
      window_(kWindow),
      inner_(std::move(inner)) {
  for (const StoredNonce& one : file_->nonces())
    book_.add(one.nonce, one.use, one.until, clock_.wall());
  spooling_ = depth_.submissions > 0;
  tell();
  thread_ = base::startThread("spool", [this](const std::stop_token&) { run(); });
}

void SpooledQueue::run() {
  while (awaitWork()) {
    hearAnswers();
    goDirect();
    store();
    drain();
    tell();
  }
}

/// False when the end is near.
bool SpooledQueue::awaitWork() {
  const base::Lock lock(mutex_);
  const auto look = realNow() + (spooling_ ? kLook : kWriteAgain);
  while (!closing_) {
    if (!answers_.empty() || !nonces_.empty()) return true;
    if (!waiting_.empty() && direct_ == 0) return true;
    if (!spooling_ && gone_.empty()) {
      wake_.wait(mutex_);
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
  bool pressed = false;
  for (Answer& answer : answers) {
    const auto found = sent_.extract(answer.number);
    if (answer.error) {
      pressed = pressed || answer.error->code == codes::kQueueFull;
      hearRefusal({found.key(), found.mapped()}, *answer.error);
      continue;
    }
    gone_.emplace(found.key(), found.mapped());
    window_ = std::min(window_ * 2, kWindow);
    refusals_ = 0;
    backOff_ = 0ms;
  }
  if (again_ && sent_.empty()) {
    again_ = false;
    sentUpTo_ = 0;
  }
  const base::Lock lock(mutex_);
  if (!pressed && !answers.empty()) pressure_.reset();
}

void SpooledQueue::hearRefusal(const RowName& row, const Error& error) {
  again_ = true;
  backOff_ = std::clamp<std::chrono::milliseconds>(backOff_ * 2, kFirstBackOff, kLastBackOff);
  notBefore_ = realNow() + backOff_;
  if (error.code == codes::kQueueFull) {
    const base::Lock lock(mutex_);
    pressure_ = error;
  }
  if (error.code != codes::kQueueRefused) return;
  // One bad row fails all that went with it: they go again one by one until it is found.
  refusals_ = window_ == 1 ? refusals_ + 1 : 0;
  window_ = 1;
  if (refusals_ < kRefusals) return;
  refusals_ = 0;
  options_.log(LogLevel::error,
               "A submission in the spool is refused by Redis for good and set aside in " +
                   file_->path().string() + " (row " + std::to_string(row.number) +
                   "); it is tried again at each start. " + error.detail);
  aside_.emplace(row.number, row.bytes);
}

/// When every row is on its way to Redis, what has just arrived goes behind them without the file,
/// and then all the rest.
void SpooledQueue::goDirect() {
  if (!spooling_ || again_ || sentUpTo_ < file_->newest() || realNow() < notBefore_) return;
  if (!inner_->available()) return;
  for (bool first = true;; first = false) {
    std::map<std::uint64_t, Waiting> taken;
    {
      const base::Lock lock(mutex_);
      if (first && direct_ > 0) return;
      const bool refused = std::any_of(waiting_.begin(), waiting_.end(),
                                       [](const auto& one) { return one.second.refused; });
      if (refused || pressure_ || !answers_.empty()) return;
      if (waiting_.empty()) {
        spooling_ = false;
        return;
      }
      taken.swap(waiting_);
      waitingBytes_ = 0;
      direct_ += taken.size();
    }
    for (auto& [number, one] : taken)
      sendDirect(number, std::move(one.submission), std::move(one.done));
  }
}

/// One transaction for all that has arrived and all that Redis has confirmed.
void SpooledQueue::store() {
  SpoolWrite write;
  std::vector<Waiting> taken = takeWaiting(write);
  std::vector<NonceRequest> nonces = takeNonces(write);
  const bool confirmed = !aside_.empty() || gone_.size() > kWindow / 2 ||
                         (!gone_.empty() && (sent_.empty() || !taken.empty()));
  if (taken.empty() && nonces.empty() && !confirmed) return;
  for (const auto& [number, bytes] : gone_) write.gone.push_back({number, bytes});
  for (const auto& [number, bytes] : aside_) write.aside.push_back({number, bytes});
  std::optional<Error> noRoom;
  if (!taken.empty() && !hasRoom()) {
    write.rows.clear();
    noRoom = Error{std::string(codes::kQueueFull),
                   "Redis is away and the disk of the spool " + file_->path().string() +
                       " is nearly full; make room, or bring Redis back"};
  }
  const Result<void> written = file_->write(write);
  if (written.ok()) {
    gone_.clear();
    aside_.clear();
  }
  for (NonceRequest& one : nonces) one.stored.set_value(written);
  if (noRoom || written.ok()) return answer(taken, noRoom);
  answer(taken, written.error());
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
    for (const Waiting& one : taken) waitingBytes_ -= one.bytes;
    depth_ = file_->depth();
    broken_ = error;
    brokenUntil_ = realNow() + kWriteAgain;
  }
  for (const Waiting& one : taken) {
    if (error) {
      one.done(*error);
    } else {
      one.done(verdictsOf(*one.submission));
    }
  }
}

bool SpooledQueue::hasRoom() const {
  std::error_code error;
  const std::filesystem::space_info space = std::filesystem::space(options_.folder, error);
  return error || space.available > leastFree(space.capacity);
}

void SpooledQueue::drain() {
  if (again_ || sent_.size() > window_ / 2 || sentUpTo_ >= file_->newest()) return;
  if (realNow() < notBefore_ || !inner_->available()) return;
  auto rows = file_->read(sentUpTo_, window_ - sent_.size(), kWindowBytes);
  if (!rows.ok()) {
    options_.log(LogLevel::error, rows.error().detail);
    notBefore_ = realNow() + kLastBackOff;
    return;
  }
  if (rows->empty()) {
    sentUpTo_ = file_->newest();
    const base::Lock lock(mutex_);
    pressure_.reset();
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
  sent_.emplace(row.number, row.bytes.size());
  inner_->submitShared(std::make_shared<const queue::Submission>(std::move(*submission)),
                       [this, number = row.number](const Result<std::vector<ItemVerdict>>& result) {
                         const base::Lock lock(mutex_);
                         answers_.push_back({number, {}});
                         if (!result.ok()) {
                           answers_.back().error = result.error();
                           spooling_ = true;
                         }
                         wake_.notifyOne();
                       });
  const base::Lock lock(mutex_);
  return std::none_of(answers_.begin(), answers_.end(),
                      [](const Answer& one) { return one.error.has_value(); });
}

void SpooledQueue::tell() {
  const std::uint64_t rows = file_->depth().submissions - gone_.size();
  if (rows > 0 && !told_) {
    options_.log(LogLevel::warning,
                 "Redis is away, or has been: records are kept in the spool " +
                     file_->path().string() + " (" + std::to_string(rows) +
                     " requests so far) and go to Redis, in order, when it is back.");
    told_ = true;
  } else if (rows == 0 && told_ && !spooling_) {
    options_.log(LogLevel::info, "The spool is empty again; all of it is in Redis.");
    told_ = false;
  }
}

}  // namespace lianqiao::spool
