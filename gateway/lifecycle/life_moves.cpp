#include "lifecycle/life_moves.h"

namespace lianqiao::lifecycle {

LifeMoves movesOf(const LifeCycles& cycles) {
  LifeMoves moves;
  for (const auto& [type, cycle] : cycles) {
    if (!cycle || !cycle->movedBy()) continue;
    moves[cycle->movedBy()->type] = {type, cycle->movedBy()->field};
  }
  return moves;
}

record::LifeTables tablesOf(const LifeCycles& cycles, const DeadlineRules& rules) {
  record::LifeTables tables;
  for (const auto& [type, cycle] : cycles) {
    if (!cycle || !cycle->movedBy()) continue;
    std::string path = "/data";
    for (const std::string& name : cycle->movedBy()->field) path += '/' + name;
    tables[type] = {type + ':' + cycle->version(), std::move(path), cycle->table(),
                    rules.limits(type)};
  }
  return tables;
}

}  // namespace lianqiao::lifecycle
