#pragma once

#include "history/store.h"
#include "history_postgres/layout.h"
#include "postgres/connection.h"

namespace lianqiao::history {

/// Reads one partition whole and adds what it finds. Within a transaction that sees one state.
/// False where the connection failed.
bool verifyPartition(postgres::Connection& connection, const Partition& partition,
                     std::int64_t number, Verified& found);

}  // namespace lianqiao::history
