#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "lianqiao/host.h"
#include "queue/keys.h"
#include "redis/redis_connection.h"

namespace lianqiao::queue {

/// A piece of what is owed to one peer.
struct MendPiece {
  long long from = 0;  ///< Rank, as the last piece said.
  std::size_t most = 200;
  WallTime before{};   ///< Only what was accepted until then.
  bool change = true;  ///< False: looks only.
};

struct Mended {
  long long next = 0;   ///< Rank to go on at; 0: the end was reached.
  long long found = 0;  ///< Owed, and in no line.
  /// The record of some is gone, or a damaged key hid them or kept them out of their line: which
  /// key that is, of the first.
  std::string hidden;
};

/// Finds what is owed and neither in its line nor leased nor waiting for its retry, and lines it
/// up (FORMAT.md, "Halves"). One step of Redis. Fails where nothing of that peer can be looked at.
Result<Mended> mendLines(redis::RedisConnection& connection, const Keys& keys,
                         std::string_view peer, const MendPiece& piece);

struct Lost {
  long long count = 0;
  std::string hidden;  ///< Empty, or what could not be looked at, and why.
};

/// How many there are, of all peers; of each the first 20,000 that it is owed are looked at. One
/// peer that cannot be looked at hides no other. Changes nothing.
Result<Lost> countLost(redis::RedisConnection& connection, const Keys& keys, WallTime now);

}  // namespace lianqiao::queue
