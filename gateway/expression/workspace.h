#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "expression/references.h"
#include "expression/rest.h"
#include "expression/uses.h"
#include "lianqiao/json.h"

namespace lianqiao::expression {

/// Per-thread memory that makes a warm pass allocate little. Not thread-safe.
struct Workspace {
  json::Document input;
  json::Document output;
  std::string buffer;
  std::vector<const json::Value*> slots;  ///< Values of the paths that the mapping reads.
  std::vector<json::Member> members;      ///< Stack of the objects being made.
  std::vector<json::Value> values;        ///< Stack of the arrays being made.
  Uses uses;                              ///< What of the source reaches the record.
  Rest rest;                              ///< What does not.
  std::span<const Rest::Part> parts;      ///< What `rest` has found last.
  bool former = false;                    ///< The fingerprint by the rule of 0.1 is wanted, too.
  References references;                  ///< Between our keys and peers' own ids.
  /// What the last payload views into, where that may be exchanged.
  std::shared_ptr<const void> keeps;
};

}  // namespace lianqiao::expression
