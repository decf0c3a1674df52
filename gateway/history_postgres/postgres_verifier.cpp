#include "history_postgres/postgres_verifier.h"

#include <map>

#include "history/block_codec.h"

namespace lianqiao::history {

using postgres::Connection;
using postgres::uuidValue;
using postgres::valueOf;

namespace {

constexpr std::size_t kMostProblems = 100;
constexpr int kBlocksAtOnce = 100;
constexpr int kPayloadsAtOnce = 100;
constexpr int kRecordsAtOnce = 20'000;

class PartitionVerifier {
 public:
  PartitionVerifier(Connection& connection, const Partition& partition, std::int64_t number,
                    Verified& found)
      : connection_(connection), partition_(partition), number_(number), found_(found) {}

  bool run() { return blocks() && records() && sent() && counts(); }

 private:
  void problem(const std::string& what) {
    if (found_.problems.size() < kMostProblems)
      found_.problems.push_back(partition_.name() + ": " + what);
  }

  bool blocks() {
    for (std::int64_t after = 0;;) {
      const auto rows = connection_.run(
          "SELECT number, count, bytes FROM block WHERE part=$1 AND number>$2 ORDER BY number"
          " LIMIT " +
              std::to_string(kBlocksAtOnce),
          {valueOf(number_), valueOf(after)});
      if (!rows) return false;
      for (int row = 0; row < rows->count(); ++row) {
        after = rows->integer(row, 0);
        const auto contents = unpackBlock(rows->bytes(row, 2));
        const std::size_t count = contents ? contents->size() : 0;
        if (count != static_cast<std::size_t>(rows->integer(row, 1)) || count == 0)
          problem("block " + std::to_string(after) +
                  " is damaged: the contents of its records are lost, their rows go on");
        counts_[after] = count;
        found_.contents += count;
      }
      if (rows->count() < kBlocksAtOnce) return true;
    }
  }

  bool records() {
    for (PackedId after;;) {
      const auto rows = connection_.run(
          "SELECT id, flags, block, place FROM record WHERE part=$1 AND id>$2 ORDER BY id LIMIT " +
              std::to_string(kRecordsAtOnce),
          {valueOf(number_), uuidValue(after.bytes())});
      if (!rows) return false;
      for (int row = 0; row < rows->count(); ++row) {
        after = PackedId::ofBytes(rows->bytes(row, 0)).value_or(after);
        record(after, rows->integer(row, 1), rows->integer(row, 2), rows->integer(row, 3));
      }
      if (rows->count() < kRecordsAtOnce) return true;
    }
  }

  void record(const PackedId& id, std::int64_t flags, std::int64_t block, std::int64_t place) {
    ++found_.records;
    if ((flags & flag::kUncounted) == 0) ++accepted_;
    if (Month::of(id.time()) != partition_.month)
      problem("the record " + id.text() + " belongs to another month");
    if ((flags & flag::kGone) != 0) return;
    const auto in = counts_.find(block);
    if (in == counts_.end() || (in->second > 0 && static_cast<std::size_t>(place) >= in->second))
      problem("the record " + id.text() + " has no content");
  }

  bool sent() {
    std::string peer;
    for (PackedId after;;) {
      const auto rows = connection_.run(
          "SELECT record, peer, bytes FROM sent WHERE part=$1 AND (record, peer)>($2, $3)"
          " ORDER BY record, peer LIMIT " +
              std::to_string(kPayloadsAtOnce),
          {valueOf(number_), uuidValue(after.bytes()), valueOf(peer)});
      if (!rows) return false;
      for (int row = 0; row < rows->count(); ++row) {
        after = PackedId::ofBytes(rows->bytes(row, 0)).value_or(after);
        peer = rows->bytes(row, 1);
        ++found_.sent;
        if (!decompress(rows->bytes(row, 2)))
          problem("what was sent to " + peer + " for the record " + after.text() +
                  " is damaged: bring it back from a backup, or it is lost");
      }
      if (rows->count() < kPayloadsAtOnce) return true;
    }
  }

  bool counts() {
    const auto row = connection_.run(
        "SELECT (SELECT coalesce(sum(number), 0)::bigint FROM day WHERE part=$1 AND what=0),"
        " (SELECT coalesce(sum(number), 0)::bigint FROM day WHERE part=$1 AND what=2),"
        " (SELECT coalesce(sum(times), 0)::bigint FROM repetition WHERE part=$1)",
        {valueOf(number_)});
    if (!row) return false;
    const auto differ = [&](std::int64_t counted, std::int64_t there, const char* what) {
      if (counted != there)
        problem("its days count " + std::to_string(counted) + what + " and it has " +
                std::to_string(there));
    };
    differ(row->integer(0, 0), accepted_, " records");
    differ(row->integer(0, 1), row->integer(0, 2), " repetitions");
    return true;
  }

  Connection& connection_;
  const Partition& partition_;
  const std::int64_t number_;
  Verified& found_;
  std::map<std::int64_t, std::size_t> counts_;  ///< Contents of each block.
  std::int64_t accepted_ = 0;
};

}  // namespace

bool verifyPartition(Connection& connection, const Partition& partition, std::int64_t number,
                     Verified& found) {
  return PartitionVerifier(connection, partition, number, found).run();
}

}  // namespace lianqiao::history
