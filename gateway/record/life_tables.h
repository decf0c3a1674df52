#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace lianqiao::record {

/// A compiled life cycle as who judges steps needs it: one hash of Redis (lifecycle/life_cycle.h,
/// table()). Plain data.
struct LifeTable {
  std::string name;  ///< "<type>:<version>".
  std::string path;  ///< Where a record names its step: "/data/step".
  std::vector<std::pair<std::string, std::string>> fields{};
  bool isLimited = false;  ///< Some limit says when steps in it are due.
};

/// By the type whose life it is.
using LifeTables = std::map<std::string, LifeTable, std::less<>>;

}  // namespace lianqiao::record
