#pragma once

#include "gateway/history/history_fixture.h"

namespace lianqiao::history {

struct StoreKind {
  const char* name;
  OpenStore* open;
  /// Of a store on a server: names one in the settings. Why not, where there is none.
  const char* (*prepare)(StoreSettings&) = nullptr;
};

/// The suite of store_conformance.cpp, which the program of each store compiles and instantiates.
class StoreConformance : public HistoryTest, public ::testing::WithParamInterface<StoreKind> {
 protected:
  void SetUp() override {
    const char* const missing =
        GetParam().prepare == nullptr ? nullptr : GetParam().prepare(settings_);
    if (missing != nullptr) GTEST_SKIP() << missing;
    open();
  }
  void open() { HistoryTest::open(GetParam().open); }
};

}  // namespace lianqiao::history
