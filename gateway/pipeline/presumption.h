#pragma once

#include <optional>
#include <string>

#include "config/gateway_config.h"
#include "expression/event_shape.h"
#include "yaml/yaml_node.h"

/// What conditions say of an event of which one thing only is known. Used while compiling only.
namespace lianqiao::pipeline {

using expression::EventShape;

/// An event of `type` that has `value` at `path` (its one form; of a coded value without `.code`).
struct Presumption {
  std::string type;
  std::string path;  ///< Empty: nothing of the data is known.
  std::string value;
};

/// The one form of a path in which presumptions are made; empty where it is none.
[[nodiscard]] std::string presumedPath(const std::string& path);

/// Does the condition of an outbound mapping hold of such an event? nullopt: it depends. `event` is
/// what events can have at all.
[[nodiscard]] std::optional<bool> holds(const yaml::YamlNode& condition,
                                        const Presumption& presumed, const EventShape& event);
/// False: the route's conditions surely do not.
[[nodiscard]] bool mayHold(const config::Route& route, const Presumption& presumed,
                           const EventShape& event);

}  // namespace lianqiao::pipeline
