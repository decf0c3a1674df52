#include "data_exchange/signing_key.h"

#include <algorithm>

#include "kit/answers/json_at.h"
#include "kit/time/china_time.h"

namespace lianqiao::data_exchange {
namespace {

using namespace std::chrono_literals;

/// The scheme's headers again as members of the body, as the older clients send them.
std::string bodyOf(const HttpCall& call, Scheme scheme) {
  const std::string prefix = std::string(schemeName(scheme)) + '_';
  std::string body = "{";
  for (const auto& [name, value] : call.headers.all()) {
    if (!name.starts_with(prefix)) continue;
    if (body.size() > 1) body += ',';
    json::writeText(name, body);
    body += ':';
    json::writeText(value, body);
  }
  return body + '}';
}

Error refusedBecause(std::string detail) { return {codes::kRefused, std::move(detail)}; }

}  // namespace

SigningKey::SigningKey(const Connection& connection, std::string serviceId,
                       const PlatformRules& rules, Host& host)
    : connection_(connection), serviceId_(std::move(serviceId)), rules_(rules), host_(host) {}

Result<SigningKey::Key> SigningKey::current(Deadline deadline) {
  if (!renewable()) return Key{connection_.secret.reveal(), 0};
  const Lock lock(mutex_);
  if (connection_.refresh == KeyRefresh::every_call) return renewed(deadline);
  const WallTime now = host_.now();
  const bool good = key_.number != 0 && now < end_;
  if (good && (now < renewAt_ || fetching_)) return key_;
  auto key = renewed(deadline);
  if (key || !good) return key;
  // Not every call of the last minutes is to try again.
  renewAt_ = host_.now() + std::min<std::chrono::milliseconds>(1min, (end_ - host_.now()) / 2);
  return key_;
}

Result<SigningKey::Key> SigningKey::newerThan(std::uint64_t stale, Deadline deadline) {
  const Lock lock(mutex_);
  if (key_.number > stale) return key_;
  return renewed(deadline);
}

Result<SigningKey::Key> SigningKey::renewed(Deadline deadline) {
  if (fetching_) {
    const std::uint64_t seen = rounds_;
    while (rounds_ == seen) {
      if (!changed_.waitUntil(mutex_, deadline) && rounds_ == seen) {
        return Error{codes::kDeliverTimeout, "Another delivery's key refresh did not end in time."};
      }
    }
  } else {
    // Also when the fetch throws, its end is told: the others would wait for it for ever.
    struct Round {
      SigningKey& key;
      ~Round() {
        key.fetching_ = false;
        ++key.rounds_;
        key.changed_.notifyAll();
      }
    };
    fetching_ = true;
    failure_ = Error{std::string(codes::kPeerError), "The key refresh was broken off by a fault."};
    const Round round{*this};
    Result<Fetched> fetched = *failure_;
    {
      const Unlocked meanwhile(mutex_);
      fetched = fetch(deadline);
    }
    take(fetched);
  }
  if (failure_) return *failure_;
  return key_;
}

void SigningKey::take(const Result<Fetched>& fetched) {
  if (!fetched) {
    failure_ = fetched.error();
    return;
  }
  failure_.reset();
  key_ = {fetched->secret, key_.number + 1};
  end_ = fetched->end;
  const WallTime now = host_.now();
  const std::chrono::milliseconds life = std::max<std::chrono::milliseconds>(end_ - now, 0ms);
  // Close to midnight the rest of the life is shorter than the margin: half of it is used.
  renewAt_ = end_ - std::min(connection_.refreshEarly, life / 2);
  host_.count("key_refreshes");
}

Result<SigningKey::Fetched> SigningKey::fetch(Deadline deadline) {
  HttpCall call;
  call.url = connection_.url + connection_.refreshPath;
  call.headers.add("Content-Type", "application/json; charset=utf-8");
  sign({connection_.scheme, connection_.id, serviceId_, connection_.appkey.reveal()}, host_.now(),
       host_.nonce(8), call);
  call.body = bodyOf(call, connection_.scheme);
  auto response = host_.send(call, deadline);
  if (!response) {
    return Error{response.error().code, "Key refresh: " + response.error().detail};
  }
  PlatformAnswer answer;
  answer.response = std::move(*response);
  rules_.judge(host_.now(), call.body, answer);
  const json::Value& root = answer.document.root;
  const std::string_view secret = kit::scalarText(kit::at(root, "data.secret"));
  if (answer.response.status / 100 != 2 || secret.empty()) {
    const Outcome& outcome = answer.outcome;
    // A refused or empty answer to this is never the fault of the record that waits for the key.
    const bool later = outcome.verdict == Verdict::retry || outcome.verdict == Verdict::throttled;
    if (outcome.verdict == Verdict::delivered) {
      return refusedBecause(
          "Key refresh: the platform's answer has no data.secret; check "
          "refresh_path.");
    }
    std::string detail = "Key refresh at " + connection_.refreshPath + ": " + outcome.detail;
    const std::string words = blotted(answer.message);
    if (!words.empty()) detail += " It says: " + words;
    if (later) return Error{outcome.code, std::move(detail)};
    return refusedBecause(std::move(detail));
  }
  const auto sealed = unbase64(secret);
  auto plain = sealed ? aesEcbDecrypt(exchangeSecretKey(connection_.appkey.reveal()), *sealed)
                      : std::nullopt;
  if (!plain || plain->empty()) {
    return refusedBecause(
        "Key refresh: the secret that came cannot be decrypted with the appkey; "
        "check appkey.");
  }
  const WallTime now = host_.now();
  const json::Value* end = kit::at(root, "data.secretEndTime");
  if (end == nullptr) end = kit::at(root, "data.secretendtime");
  const auto told = kit::readMoment(kit::scalarText(end));
  return Fetched{std::move(*plain), told && *told > now ? *told : kit::endOfChinaDay(now)};
}

}  // namespace lianqiao::data_exchange
