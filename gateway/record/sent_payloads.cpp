#include "record/sent_payloads.h"

#include <utility>

#include "lianqiao/digest.h"

namespace lianqiao::record {
namespace {

constexpr std::size_t kDigestBytes = 8;
constexpr std::size_t kMostPlaces = 65'536;

std::string keyOf(std::string_view record, std::string_view peer) {
  return std::string(record).append(" ").append(peer);
}

}  // namespace

void SentPayloads::add(std::string_view record, std::string_view peer, std::string payload) {
  if (payload.size() > kMostOfOne) return;
  std::string key = keyOf(record, peer);
  const base::Lock lock(mutex_);
  One& one = all_[key];
  bytes_ += payload.size();
  bytes_ -= one.payload.size();
  one = {std::move(payload), ++next_};
  oldest_.push_back({std::move(key), next_});
  while (!oldest_.empty()) {
    const auto found = all_.find(oldest_.front().key);
    const bool isThat = found != all_.end() && found->second.number == oldest_.front().number;
    if (isThat && bytes_ <= most_ && oldest_.size() <= kMostPlaces) return;
    if (isThat) {
      bytes_ -= found->second.payload.size();
      all_.erase(found);
    }
    oldest_.pop_front();
  }
}

std::optional<std::string> SentPayloads::take(std::string_view record, std::string_view peer) {
  const base::Lock lock(mutex_);
  const auto found = all_.find(keyOf(record, peer));
  if (found == all_.end()) return std::nullopt;
  std::string payload = std::move(found->second.payload);
  bytes_ -= payload.size();
  all_.erase(found);
  return payload;
}

std::string payloadDigest(std::string_view payload) {
  return hex(digest(Hash::sha256, payload).substr(0, kDigestBytes));
}

}  // namespace lianqiao::record
