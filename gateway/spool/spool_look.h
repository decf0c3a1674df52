#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "sqlite/database.h"

namespace lianqiao::spool {

using sqlite::Database;
using sqlite::Fault;
using sqlite::Statement;

/// What a spool's folder looks like to one who changes nothing in it, not even a lock.
struct SpoolLook {
  enum class State : std::uint8_t {
    absent,         ///< No spool yet.
    whole,          ///< Every page and every checksum is right.
    unfinished,     ///< A crash has cut off a write; the gateway takes it back at its start.
    damaged,        ///< `why` says where; the gateway mends it at its start.
    other_version,  ///< Of a newer gateway.
    unreadable,     ///< No rights.
  };
  State state = State::absent;
  std::string why;
  std::uint64_t submissions = 0;             ///< Of a whole one.
  std::vector<std::filesystem::path> aside;  ///< Damaged files that were kept.
};

/// Bytes of a disk of this size that are left to Redis and the system: where no more are free, the
/// spool takes nothing.
[[nodiscard]] std::uint64_t leastFree(std::uint64_t capacity);

/// REQUIRES: no gateway runs on it.
SpoolLook lookAtSpool(const std::filesystem::path& folder);

/// Every page and every checksum. `why` tells of a fault.
Fault examine(Database& database, std::string& why);

}  // namespace lianqiao::spool
