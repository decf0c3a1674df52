#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log_line.h"
#include "lianqiao/result.h"
#include "queue/queue_health.h"
#include "sqlite/database.h"

namespace lianqiao::spool {

using sqlite::Database;
using sqlite::Fault;

/// A submission as it lies in the file.
struct StoredRow {
  std::int64_t number = 0;
  std::string bytes;
};

/// Names a row; write() wants its size, too, for the depth.
struct RowName {
  std::int64_t number = 0;
  std::size_t bytes = 0;
};

struct StoredNonce {
  std::string nonce;  ///< Scope, line feed, nonce.
  std::string use;
  WallTime until{};
};

/// What becomes durable in one transaction.
struct SpoolWrite {
  std::vector<std::string> rows;     ///< Appended in this order.
  std::vector<std::string> refused;  ///< The same, aside from the beginning.
  std::vector<RowName> gone;         ///< Redis has them.
  std::vector<RowName> aside;        ///< Redis refuses them for good.
  std::vector<StoredNonce> nonces;
};

/// The file of the spool: `<folder>/spool.db`, SQLite, synced with every write (layout: FORMAT.md).
/// A file that is damaged is mended by itself, when it is opened and whenever damage is met: all
/// intact rows go into a new file, the damaged one is kept beside it as `spool.db.damaged-<time>`,
/// and the log says what to do. For one thread at a time; only one process can have it open.
class SpoolFile {
 public:
  /// Makes or opens it. Rows set aside before are tried again. Fails with config.invalid (rights,
  /// another program's or version's file, no space to mend it); the message says what to do.
  static Result<std::unique_ptr<SpoolFile>> open(std::filesystem::path folder, base::LogLine log,
                                                 const base::Clock& clock);

  /// Whether this node has had one there before.
  static bool isThere(const std::filesystem::path& folder);

  /// On disk when it returns. Fails with queue.full where there is no room, else with
  /// queue.unavailable: all of it is then in the file, or nothing.
  Result<void> write(const SpoolWrite& write);

  /// The rows behind `after`, oldest first, each intact: at most so many, and no more once they
  /// have so many bytes. Fails with queue.unavailable.
  Result<std::vector<StoredRow>> read(std::int64_t after, std::size_t most, std::size_t bytes);

  /// All rows that lie aside are to be read again. Fails as write() does.
  Result<void> takeUpAside();

  /// The number of the newest row; rows with greater ones do not exist.
  [[nodiscard]] std::int64_t newest() const { return newest_; }
  /// Its `limit` is not set.
  [[nodiscard]] const queue::SpoolDepth& depth() const { return depth_; }
  /// Those whose time has not passed.
  std::vector<StoredNonce> nonces();
  [[nodiscard]] std::filesystem::path path() const { return folder_ / "spool.db"; }

 private:
  SpoolFile(std::filesystem::path folder, base::LogLine log, const base::Clock& clock)
      : folder_(std::move(folder)), log_(std::move(log)), clock_(clock) {}

  Result<void> enter();
  Result<void> create();
  Fault connect(std::string& why);
  Fault reconnect(std::string& why);
  Fault check(std::string& why);
  bool apply(const SpoolWrite& write, Fault& fault, std::string& why);
  bool applyRows(const SpoolWrite& write);
  bool measure();
  /// What lies aside lies there no more.
  Fault readmit(std::string& why);
  Fault readRows(std::int64_t after, std::size_t most, std::size_t bytes,
                 std::vector<StoredRow>& found, std::string& why);
  /// REQUIRES: damage was met.
  Result<void> mend(const std::string& why);
  [[nodiscard]] Error refusal(Fault fault, const std::string& why) const;

  const std::filesystem::path folder_;
  const base::LogLine log_;
  const base::Clock& clock_;
  std::unique_ptr<Database> database_;
  std::int64_t newest_ = 0;
  queue::SpoolDepth depth_;
};

/// The tables of a new file; false on failure.
bool makeTables(Database& database);

}  // namespace lianqiao::spool
