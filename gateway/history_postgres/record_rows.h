#pragma once

#include <optional>
#include <string>
#include <vector>

#include "history/node_key.h"
#include "history/store.h"
#include "history_postgres/layout.h"
#include "postgres/connection.h"

/// Reads rows as the contract has them. Where a function gives false or nothing the connection
/// tells of its failure.
namespace lianqiao::history {

struct RecordRow {
  Envelope envelope;
  PackedId id;
  std::int64_t part = 0;
  std::int64_t block = 0;
  std::int64_t place = 0;
  std::vector<std::string> destinations;
  std::vector<Delivery> deliveries;  ///< See addDeliveries().
};

/// Of a record named r, for recordIn().
inline constexpr const char* kRecordColumns =
    "r.part, r.id, r.peer, r.type, r.key, r.source, r.revision, r.accepted, r.happened,"
    " r.division, r.grid, r.configuration, r.flags, r.block, r.place,"
    " array_to_string(r.destinations, ',')";
inline constexpr int kRecordColumnCount = 16;
[[nodiscard]] RecordRow recordIn(const NodeKey& key, const postgres::Rows& rows, int row);

/// For exceptionIn(). The last one, its contents, may be taken away.
inline constexpr const char* kExceptionColumns =
    "id, peer, code, record, source, at, seen, last, ended, how, note, contents";
[[nodiscard]] ExceptionTrail exceptionIn(const NodeKey& key, const postgres::Rows& rows, int row);

/// Those of which something has happened, then those that are owed. `parts` has those of the rows.
bool addDeliveries(postgres::Connection& connection, const NodeKey& key,
                   const postgres::Value& parts, std::vector<RecordRow>& rows);
bool readAttempts(postgres::Connection& connection, const RecordRow& row,
                  std::vector<FailedAttempt>& into);
bool readRepetitions(postgres::Connection& connection, const RecordRow& row,
                     std::vector<RepetitionCount>& into);

}  // namespace lianqiao::history
