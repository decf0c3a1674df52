#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>

#include "base/snapshot.h"
#include "lifecycle/life_moves.h"
#include "record/life_tables.h"

namespace lianqiao::test {

/// The tables of the life cycles that are shipped.
inline record::LifeTables shippedTables() {
  yaml::Findings findings;
  const auto cycles =
      lifecycle::loadLifeCycles(std::filesystem::path(LIANQIAO_SOURCE_DIR) / "schemas", findings);
  EXPECT_TRUE(findings.empty());
  return lifecycle::tablesOf(cycles);
}

inline std::shared_ptr<base::Snapshot<record::LifeTables>> shippedLives() {
  return std::make_shared<base::Snapshot<record::LifeTables>>(
      std::make_shared<const record::LifeTables>(shippedTables()));
}

}  // namespace lianqiao::test
