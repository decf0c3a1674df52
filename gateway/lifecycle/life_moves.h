#pragma once

#include <map>
#include <string>
#include <vector>

#include "lifecycle/deadline_rules.h"
#include "lifecycle/life_cycle_reader.h"
#include "record/life_tables.h"

namespace lianqiao::lifecycle {

/// What a record of one type does to a life.
struct LifeMove {
  std::string cycle;               ///< The type whose life cycle it moves.
  std::vector<std::string> field;  ///< Below data: the step, or its own state.
};

/// By type of record.
using LifeMoves = std::map<std::string, LifeMove, std::less<>>;

LifeMoves movesOf(const LifeCycles& cycles);

/// What the queue judges steps by, and which things have limits.
record::LifeTables tablesOf(const LifeCycles& cycles, const DeadlineRules& rules = {});

}  // namespace lianqiao::lifecycle
