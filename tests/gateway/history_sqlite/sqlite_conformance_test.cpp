#include "gateway/history/store_conformance.h"
#include "history_sqlite/sqlite_store.h"

namespace lianqiao::history {

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreConformance,
                         ::testing::Values(StoreKind{"Sqlite", &SqliteStore::open}),
                         [](const auto& kind) { return std::string(kind.param.name); });

}  // namespace lianqiao::history
