#pragma once

#include "gateway/history/history_fixture.h"
#include "history_sqlite/sqlite_store.h"

namespace lianqiao::history {

class SqliteHistory : public HistoryTest {
 protected:
  void open() { HistoryTest::open(&SqliteStore::open); }
};

}  // namespace lianqiao::history
