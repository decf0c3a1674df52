#pragma once

#include "gateway/history/history_fixture.h"

namespace lianqiao::history {

struct StoreKind {
  const char* name;
  StoreOpener open;
};

/// The suite of store_conformance.cpp, which the program of each store compiles and instantiates.
class StoreConformance : public HistoryTest, public ::testing::WithParamInterface<StoreKind> {
 protected:
  void SetUp() override { open(); }
  void open() { HistoryTest::open(GetParam().open); }
};

}  // namespace lianqiao::history
