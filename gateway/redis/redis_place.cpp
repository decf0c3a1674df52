#include "redis/redis_place.h"

#include <algorithm>

#include "base/clock.h"
#include "base/named_thread.h"
#include "lianqiao/codes.h"

namespace lianqiao::redis {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kOpening = 2s;  // a frozen server must not hold up the next
constexpr auto kWatchEvery = 1s;
constexpr std::chrono::milliseconds kFirstBackOff = 20ms;
constexpr std::chrono::milliseconds kLastBackOff = 250ms;

RedisAddress patient(RedisAddress entry) {
  entry.opening = std::min(entry.timeout, kOpening);
  return entry;
}

/// A connection to a server that calls itself a primary.
Result<std::unique_ptr<RedisConnection>> openPrimary(
    const RedisAddress& address, const std::shared_ptr<ServerState>& serverState) {
  auto opened = RedisConnection::open(address, serverState);
  if (!opened.ok()) {
    serverState->doubted = true;
    return opened;
  }
  const auto role = (*opened)->call({"ROLE"});
  if (!role.ok()) return role.error();
  const std::string_view word = (*role)->items.empty() ? "" : (*role)->items[0].text;
  if (word == "master") return opened;
  serverState->left = true;
  return Error{codes::kQueueUnavailable,
               "Redis at " + address.text() + " is no primary (role " + std::string(word) + ")"};
}

}  // namespace

RedisPlace::RedisPlace(RedisAddress address) : address_(std::move(address)) {}

RedisPlace::RedisPlace(std::unique_ptr<Sentinels> sentinels, base::LogLine log)
    : address_(patient(sentinels->entry())),
      sentinels_(std::move(sentinels)),
      log_(std::move(log)) {
  thread_ = base::startThread("redis-sentinels", [this](const std::stop_token&) { watch(); });
}

RedisPlace::~RedisPlace() {
  {
    const base::Lock lock(mutex_);
    stopping_ = true;
  }
  wake_.notifyAll();
  if (thread_.joinable()) thread_.join();
}

Result<std::unique_ptr<RedisConnection>> RedisPlace::open() {
  if (sentinels_ == nullptr) return RedisConnection::open(address_);
  if (auto opened = openKnown()) return opened;
  return find();
}

/// Null when none is known, or the known one does not answer as a primary.
std::unique_ptr<RedisConnection> RedisPlace::openKnown() {
  const Server known = server();
  if (!known.trusted()) return nullptr;
  auto opened = openPrimary(known.address, known.serverState);
  return opened.ok() ? std::move(*opened) : nullptr;
}

RedisPlace::Opened RedisPlace::find() {
  const base::Lock lock(finding_);
  // While this one waited another may have found it.
  if (auto opened = openKnown()) return opened;
  if (base::realNow() < notBefore_) return lastError_;
  Opened opened = ask();
  if (opened.ok()) {
    backOff_ = 0ms;
  } else {
    backOff_ = std::clamp(backOff_ * 2, kFirstBackOff, kLastBackOff);
    notBefore_ = base::realNow() + backOff_;
    lastError_ = opened.error();
  }
  return opened;
}

/// The latest server named. An older one is not taken while the latest is away: that would undo the
/// fail-over.
RedisPlace::Opened RedisPlace::ask() {
  const auto words = sentinels_->ask();
  if (!words.ok()) return words.error();
  if (words->front().epoch < server().epoch)
    return Error{
        codes::kQueueUnavailable,
        "the sentinels that answer know only an older fail-over of '" + sentinels_->primary() +
            "' than was followed; bring the others back, or restart the gateway if they were "
            "set up anew"};
  Opened opened = adopt(words->front());
  for (std::size_t i = 1; i < words->size() && !opened.ok(); ++i)
    if ((*words)[i].epoch == words->front().epoch) opened = adopt((*words)[i]);
  return opened;
}

RedisPlace::Opened RedisPlace::adopt(const Sentinels::Word& word) {
  const Server before = server();
  const bool first = before.serverState == nullptr;
  const bool same = !first && !before.serverState->left && sameServer(before.address, word.server);
  Server now{patient(word.server), same ? before.serverState : std::make_shared<ServerState>(),
             word.epoch};
  auto opened = openPrimary(now.address, now.serverState);
  if (!opened.ok()) return opened;
  now.serverState->doubted = false;
  const std::string where = "the primary '" + sentinels_->primary() + "' is " + now.address.text();
  if (first) {
    log_(LogLevel::info, where);
  } else if (!same) {
    before.serverState->left = true;
    if (Result<void> fit = inspect(**opened, now.address); !fit.ok()) return fit.error();
    log_(LogLevel::warning, where + " now; before: " + before.address.text());
  }
  const base::Lock lock(mutex_);
  server_ = std::move(now);
  return opened;
}

Result<void> RedisPlace::inspect(RedisConnection& connection, const RedisAddress& address) {
  if (!check_) return {};
  Result<void> fit = check_(connection);
  if (fit.ok()) {
    refused_.clear();
    return fit;
  }
  std::string detail = "Redis at " + address.text() + ", the primary '" + sentinels_->primary() +
                       "' now, cannot be used: " + fit.error().detail;
  if (refused_ != detail) log_(LogLevel::error, detail);
  refused_ = detail;
  return Error{codes::kQueueUnavailable, std::move(detail)};
}

RedisPlace::Server RedisPlace::server() const {
  const base::Lock lock(mutex_);
  return server_;
}

void RedisPlace::onFailOver(Check check) {
  const base::Lock lock(finding_);
  check_ = std::move(check);
}

void RedisPlace::watch() {
  while (true) {
    const TimePoint until = base::realNow() + kWatchEvery;
    {
      const base::Lock lock(mutex_);
      while (!stopping_ && base::realNow() < until) wake_.waitUntil(mutex_, until);
      if (stopping_) return;
    }
    look();
  }
}

/// A single sentinel that was cut off and still names the one before changes nothing: its word is
/// of an earlier epoch.
void RedisPlace::look() {
  const Server known = server();
  if (known.serverState == nullptr) return;
  if (!known.serverState->left) {
    const auto words = sentinels_->ask();
    if (!words.ok() || words->front().epoch < known.epoch) return;
    for (const Sentinels::Word& word : *words)
      if (word.epoch == words->front().epoch && sameServer(word.server, known.address)) return;
    known.serverState->left = true;
  }
  static_cast<void>(find());
}

std::string RedisPlace::text() const {
  if (sentinels_ == nullptr) return address_.text();
  const std::string where = primary();
  return (where.empty() ? "an address unknown yet" : where) + " (primary '" +
         sentinels_->primary() + "')";
}

std::string RedisPlace::primary() const {
  const Server known = server();
  return known.serverState == nullptr ? std::string() : known.address.text();
}

}  // namespace lianqiao::redis
