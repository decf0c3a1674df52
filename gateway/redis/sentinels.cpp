#include "redis/sentinels.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <numeric>

#include "lianqiao/codes.h"
#include "redis/redis_connection.h"

namespace lianqiao::redis {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::milliseconds kPatience = 1s;

Error unavailable(std::string what) { return {codes::kQueueUnavailable, std::move(what)}; }

/// Of a flat list of names and values.
long long numberOf(const RedisReply& list, std::string_view name) {
  for (std::size_t i = 0; i + 1 < list.items.size(); i += 2)
    if (list.items[i].text == name) return list.items[i + 1].number();
  return 0;
}

void enter(std::vector<Sentinels::Word>& words, std::vector<std::size_t>& votes,
           Sentinels::Word word) {
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (!sameServer(words[i].server, word.server) || words[i].epoch != word.epoch) continue;
    ++votes[i];
    return;
  }
  words.push_back(std::move(word));
  votes.push_back(1);
}

}  // namespace

bool sameServer(const RedisAddress& a, const RedisAddress& b) {
  return a.host == b.host && a.port == b.port;
}

Sentinels::Sentinels(std::vector<RedisAddress> sentinels, std::string primary, RedisAddress entry)
    : sentinels_(std::move(sentinels)),
      primary_(std::move(primary)),
      entry_(std::move(entry)),
      order_(sentinels_.size()) {
  std::iota(order_.begin(), order_.end(), std::size_t{0});
}

Result<std::vector<Sentinels::Word>> Sentinels::ask() {
  std::vector<std::size_t> order;
  {
    const base::Lock lock(mutex_);
    order = order_;
  }
  std::vector<Word> words;
  std::vector<std::size_t> votes;
  std::vector<std::size_t> silent;
  std::string refusals;
  for (const std::size_t one : order) {
    Result<Word> word = askOne(sentinels_[one]);
    if (word.ok()) {
      enter(words, votes, std::move(*word));
      if (*std::max_element(votes.begin(), votes.end()) * 2 > sentinels_.size()) break;
    } else {
      silent.push_back(one);
      refusals += (refusals.empty() ? "" : "; ") + word.error().detail;
    }
  }
  const auto spoke = [&](std::size_t one) {
    return std::find(silent.begin(), silent.end(), one) == silent.end();
  };
  std::stable_partition(order.begin(), order.end(), spoke);
  {
    const base::Lock lock(mutex_);
    order_ = std::move(order);
  }
  if (words.empty())
    return unavailable("no sentinel tells where the primary '" + primary_ + "' is: " + refusals);
  std::stable_sort(words.begin(), words.end(),
                   [](const Word& a, const Word& b) { return a.epoch > b.epoch; });
  return words;
}

Result<Sentinels::Word> Sentinels::askOne(const RedisAddress& sentinel) const {
  RedisAddress address = sentinel;
  address.timeout = std::min(entry_.timeout, kPatience);
  const auto connection = RedisConnection::open(address);
  if (!connection.ok()) return connection.error();
  RedisCommand question;
  question.add({"SENTINEL", "GET-MASTER-ADDR-BY-NAME", primary_});
  question.add({"SENTINEL", "MASTER", primary_});
  const auto replies = (*connection)->exchange(question);
  if (!replies.ok()) return replies.error();
  const RedisReply& place = *replies->front();
  if (place.isError())
    return unavailable("the server at " + address.text() +
                       " is no sentinel, or does not let us ask: " + std::string(place.text));
  if (place.items.size() != 2)
    return unavailable("the sentinel at " + address.text() + " knows no primary '" + primary_ +
                       "' (redis.primary)");
  Word word{entry_, numberOf(*replies->back(), "config-epoch")};
  word.server.host = place.items[0].text;
  const std::string_view port = place.items[1].text;
  std::from_chars(port.data(), port.data() + port.size(), word.server.port);
  return word;
}

}  // namespace lianqiao::redis
