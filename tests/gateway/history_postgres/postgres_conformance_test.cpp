#include "gateway/history/store_conformance.h"
#include "history_postgres/postgres_store.h"
#include "support/postgres_server.h"

namespace lianqiao::history {

namespace {

const char* prepare(StoreSettings& settings) {
  test::PostgresServer* const server = test::PostgresServer::shared();
  if (server == nullptr) return "PostgreSQL is not installed (deploy/packages test)";
  settings.url = server->fresh();
  return nullptr;
}

}  // namespace

INSTANTIATE_TEST_SUITE_P(Postgres, StoreConformance,
                         ::testing::Values(StoreKind{"Postgres", &PostgresStore::open, &prepare}),
                         [](const auto& kind) { return std::string(kind.param.name); });

}  // namespace lianqiao::history
