#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "config/gateway_config.h"
#include "lianqiao/host.h"
#include "lianqiao/roles.h"
#include "record/record.h"

/// normalize → validate → route, and back out through the outbound mapping. Pure: no thread, no
/// socket, no clock, no queue.
namespace lianqiao::pipeline {

/// What a raw item became: a record with destinations, or the reasons why not.
struct Processed {
  record::Record record;          ///< sourceId and key are filled as far as they could be read.
  std::vector<Problem> problems;  ///< Empty = the record is whole.
};

/// Per-thread memory that makes a warm pass allocate little. Not thread-safe.
struct Workspace {
  json::Document input;
  json::Document output;
  std::string buffer;
  std::vector<const json::Value*> slots;  ///< Values of the paths that the mapping reads.
  std::vector<json::Member> members;      ///< Stack of the objects being made.
  std::vector<json::Value> values;        ///< Stack of the arrays being made.
  std::vector<json::Member> rest;         ///< Members of the source that the mapping does not read.
  std::shared_ptr<const void>
      keeps;  ///< What the last payload views into, where that may be exchanged.
};

/// An outbound payload; views into the workspace it was made in.
struct Payload {
  json::Value value;
  std::string text;
};

/// Compiled from a whole configuration. Immutable and thread-safe after compile().
class Pipeline {
 public:
  /// Compiles mappings, code tables, schemas and routes. Everything wrong is added to `findings`;
  /// the pipeline is then null.
  static std::unique_ptr<Pipeline> compile(const config::GatewayConfig& config,
                                           config::Findings& findings);
  /// The same, but the peers of `keep` stay as they are in `former`, with mappings, tables and
  /// schemas of theirs, whatever the configuration says of those. REQUIRES: compile() has made
  /// `former`.
  static std::unique_ptr<Pipeline> compile(const config::GatewayConfig& config,
                                           config::Findings& findings, const Pipeline& former,
                                           const std::set<std::string>& keep);
  virtual ~Pipeline() = default;

  /// Normalizes, validates and routes one raw item of `peer`. `id` and `received` are stamped on
  /// it.
  virtual Processed process(std::string_view peer, const RawItem& item, std::string_view id,
                            WallTime received, Workspace& workspace) const = 0;

  /// The payload for `peer` of a stored event. Fails with normalize.* when the outbound mapping
  /// cannot.
  virtual Result<Payload> outbound(std::string_view peer, std::string_view event,
                                   Workspace& workspace) const = 0;

  /// What the inbound mappings of `peer` read at the top of an item, in their order.
  [[nodiscard]] virtual std::vector<ItemShape> itemShapes(std::string_view peer) const = 0;

  /// The event with every field of `data` masked by its class (record/redact): for screens and
  /// answers.
  [[nodiscard]] virtual std::string masked(std::string_view event) const = 0;
};

}  // namespace lianqiao::pipeline
