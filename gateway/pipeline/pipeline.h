#pragma once

#include <chrono>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "config/gateway_config.h"
#include "expression/workspace.h"
#include "lianqiao/host.h"
#include "lianqiao/roles.h"
#include "record/record.h"

/// normalize → validate → route, and back out through the outbound mapping. Pure: no thread, no
/// socket, no clock, no queue.
namespace lianqiao::pipeline {

/// How what is derived may join an order that something alike has made (derivations.yaml, `once`).
struct Joining {
  std::string alike;  ///< The same for all that is alike; names rule and peer, too.
  std::chrono::milliseconds within{0};
  record::Record step;  ///< `supplemented`, under the key of its own order until that is known.
};

/// What a rule of derivations.yaml made of a record: a record of the same peer, or the reasons why
/// not.
struct Derived {
  std::string rule;
  int level = 1;                    ///< How many rules lie between it and the item.
  record::Record record;            ///< Its `cause` and source id are filled whatever else is.
  std::vector<Problem> problems{};  ///< Empty = the record is whole.
  std::string event{};              ///< What it was made of.
  /// Where something alike made an order not long before, that one gets this step instead.
  std::optional<Joining> joining{};
};

/// What a raw item became: a record with destinations, or the reasons why not.
struct Processed {
  record::Record record;          ///< sourceId and key are filled as far as they could be read.
  std::vector<Problem> problems;  ///< Empty = the record is whole.
  /// Of a whole record what rules make of it, each followed by what they make of that.
  std::vector<Derived> derived;
};

/// What the gateway itself has to tell of the deadline of a thing.
struct Reminder {
  /// Its id, peer, key, source id, fingerprint, priority, cause and time of receipt.
  record::Record record;
  json::Value data;  ///< As schemas/reminder.json has it.
  std::string time;  ///< When what it tells came to be, RFC 3339.
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
                                           yaml::Findings& findings);
  /// The same; what works and is surely not meant is added to `warnings`.
  static std::unique_ptr<Pipeline> compile(const config::GatewayConfig& config,
                                           yaml::Findings& findings, yaml::Findings& warnings);
  /// The same, but the peers of `keep` stay as they are in `former`, with mappings, tables and
  /// schemas of theirs, whatever the configuration says of those. What outbound mappings send is
  /// not checked again. REQUIRES: compile() has made `former`, and found nothing of what is new
  /// here.
  static std::unique_ptr<Pipeline> compile(const config::GatewayConfig& config,
                                           yaml::Findings& findings, const Pipeline& former,
                                           const std::set<std::string>& keep);
  virtual ~Pipeline() = default;

  /// Normalizes, validates and routes one raw item of `peer`. `id` and `received` are stamped on
  /// it. References are taken from the workspace; those that it lacks are told there and fail the
  /// item: look them up and process it again.
  virtual Processed process(std::string_view peer, const RawItem& item, std::string_view id,
                            WallTime received, expression::Workspace& workspace) const = 0;

  /// The rule makes a record anew of the event of another, which came from `peer`: what it could
  /// not make before. Nothing is derived from that in turn.
  virtual Processed rederive(std::string_view, std::string_view rule, std::string_view,
                             std::string_view id, WallTime received,
                             expression::Workspace& workspace) const;

  /// A record of the gateway's own making: `record` bears its type and all that no route gives;
  /// `time` is when it happened, RFC 3339. Validated and routed as any.
  virtual Processed own(record::Record record, const json::Value& data, std::string_view time,
                        expression::Workspace& workspace) const;

  /// Reminders as records, in their order: routed as any, and those for the same recipients told to
  /// be one group. One that no route takes has no destinations, and no event.
  virtual std::vector<Processed> remind(std::vector<Reminder> reminders,
                                        expression::Workspace& workspace) const;

  /// The payload for `peer` of a stored event. Fails with normalize.* when the outbound mapping
  /// cannot.
  virtual Result<Payload> outbound(std::string_view peer, std::string_view event,
                                   expression::Workspace& workspace) const = 0;

  /// Some mapping takes ids of peers for our keys: what is not known yet may wait for them.
  [[nodiscard]] virtual bool namesReferences() const { return false; }
  /// The ids that this peer gives to things are kept, for some mapping names them.
  [[nodiscard]] virtual bool keepsReferences(std::string_view) const { return false; }
  /// What goes out to this peer may bear its own id of the thing: outbound() then finds that in the
  /// workspace's references.
  [[nodiscard]] virtual bool namesTheirs(std::string_view) const { return false; }

  /// What the inbound mappings of `peer` read at the top of an item, in their order.
  [[nodiscard]] virtual std::vector<ItemShape> itemShapes(std::string_view peer) const = 0;
  /// The paths that the inbound mappings of `peer` ignore.
  [[nodiscard]] virtual std::vector<std::string> ignored(std::string_view) const { return {}; }
  /// What works and yet loses something, one sentence each.
  [[nodiscard]] virtual std::vector<std::string> cautions() const { return {}; }

  /// The event with every field of `data` masked by its class (record/redact): for screens and
  /// answers.
  [[nodiscard]] virtual std::string masked(std::string_view event) const = 0;
};

}  // namespace lianqiao::pipeline
