#include "queue/lease_calls.h"

#include <algorithm>
#include <span>
#include <string>

#include "queue/group_words.h"
#include "queue/lease_token.h"
#include "queue/scripts.h"

namespace lianqiao::queue {
namespace {

constexpr std::size_t kMostLeases = 1000;
constexpr std::size_t kLeaseWords = 9;

Lease readLease(std::string_view peer, std::span<const redis::RedisReply> words) {
  Lease lease;
  lease.peer = peer;
  lease.recordId = words[0].text;
  lease.entry = words[1].text;
  lease.event = words[2].text;
  lease.key = words[3].text;
  lease.type = words[4].text;
  lease.priority = words[5].text == "h" ? record::Priority::high : record::Priority::normal;
  lease.accepted = WallTime(std::chrono::milliseconds(words[6].number()));
  lease.attempt = static_cast<int>(words[7].number());
  lease.newKey = words[8].text;
  lease.suspect = LeaseToken(words[1].text).suspect;
  return lease;
}

}  // namespace

LeaseCalls::Call LeaseCalls::begin(std::chrono::milliseconds time) {
  // Read before Redis counts: our era and our time end first.
  Call call{++calls_, heart_.era(), clock_.steady() + time, {}};
  call.holder =
      heart_.incarnation() + " " + std::to_string(time.count()) + "." + std::to_string(call.number);
  return call;
}

void LeaseCalls::add(redis::RedisCommand& command, std::string_view peer, std::size_t max,
                     const Call& call) {
  beginScript(command, Script::lease, keys_, 4);
  command.word(peer);
  command.word(static_cast<long long>(std::min(max, kMostLeases)));
  command.word(retries_.now().time_since_epoch().count());
  command.word(call.holder);
}

std::vector<Lease> LeaseCalls::read(std::string_view peer, const Call& call,
                                    const redis::RedisReply& reply) {
  std::vector<Lease> leases;
  std::span<const redis::RedisReply> words = reply.items;
  leases.reserve(words.size() / kLeaseWords);
  for (; words.size() >= kLeaseWords; words = words.subspan(kLeaseWords)) {
    leases.push_back(readLease(peer, words));
    leases.back().until = call.until;
    leases.back().era = call.era;
  }
  return leases;
}

}  // namespace lianqiao::queue
