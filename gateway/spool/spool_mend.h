#pragma once

#include <cstdint>
#include <filesystem>

#include "lianqiao/host.h"
#include "lianqiao/result.h"

/// Mending of a damaged spool file. Nobody may have it open.
namespace lianqiao::spool {

struct Mended {
  std::uint64_t intact = 0;     ///< Rows in the new file, with the numbers that they had.
  std::uint64_t damaged = 0;    ///< Rows seen that do not match their checksums.
  std::filesystem::path aside;  ///< The damaged file.
};

/// Copies what is intact into a new spool.db and renames the old one to
/// `spool.db.damaged-<time>`. Until the copy is whole nothing is changed. Fails with config.invalid
/// (no space, no rights).
Result<Mended> mendSpool(const std::filesystem::path& folder, WallTime now);

/// Ends a mending that was cut off between its two renames.
void finishMend(const std::filesystem::path& folder);

/// Makes renames in it durable.
void syncFolder(const std::filesystem::path& folder);

}  // namespace lianqiao::spool
