#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <string>

#include "expression/expression.h"
#include "places/grids.h"

namespace lianqiao::expression {

/// The code of the grid (网格) that something is in: the code that is given, where there is one, for
/// it names a grid; else that of the grid in which the place lies. Absent where it lies in none.
/// Immutable and thread-safe.
class GridOf final : public Origin {
 public:
  std::shared_ptr<const places::Grids> grids;
  std::optional<std::size_t> code;
  std::string source;                   ///< Of the code, for messages.
  std::unique_ptr<const Origin> place;  ///< Makes {lng, lat, datum, original}; may be null.
  json::Value take(Run& run, const Scope& scope) const override;

 private:
  [[nodiscard]] std::string_view codeAt(const json::Value& point) const;
};

}  // namespace lianqiao::expression
